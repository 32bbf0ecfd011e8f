// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of AggregateFirst. */
#include "loader/config/capacity.h"
#include "loader/element/element.h"
#include "bpf/element/aggregate_first.h"

static const struct sl_param params[] = {
	SL_PARAM_X("NOTIFIER", ARG, SL_P_IGNORED, NULL,
		   "what was not seen for long is forgotten in any case"),
	SL_PARAM_CAPACITY(struct aggregate_first_conf, "aggregates remembered, 1024 to 65536"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct aggregate_first_conf, capacity, U32),
	SL_FIELDS_END,
};

struct key {
	uint32_t aggregate;
};
static const struct sl_field key[] = {
	SL_FIELD(struct key, aggregate, U32),
	SL_FIELDS_END,
};
struct value {
	uint64_t seen;
};
static const struct sl_field value[] = {
	SL_FIELD(struct value, seen, U64),
	SL_FIELDS_END,
};
static const struct sl_table tables[] = {
	{.name = "aggseen",
	 .type = SL_TABLE_LRU,
	 .key_size = sizeof(struct key),
	 .value_size = sizeof(struct value),
	 .entries_offset = offsetof(struct aggregate_first_conf, capacity),
	 .key = key,
	 .value = value},
	{.name = NULL},
};

static int configure(struct sl_conf *cf)
{
	const struct aggregate_first_conf *c = cf->inst->conf;

	return sl_capacity_check(cf, c->capacity);
}

const struct sl_class sl_class_aggregate_first = {
	.spec = {.name = "AggregateFirst", .ports = "1/1-2", .processing = "a/ah"},
	.base = "aggregate_first",
	.summary = "the first packet of each aggregate by output 0, the others by output 1",
	.help = "Without output 1 the others are dropped (sampled). Aggregates seen are remembered "
		"in a table of CAPACITY; when it is full, one that was not seen for long is "
		"forgotten, and its next packet counts as the first again. Click's table grows "
		"without a limit.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct aggregate_first_conf),
	.conf = conf,
	.tables = tables,
	.configure = configure,
	.weight = 40,
};
