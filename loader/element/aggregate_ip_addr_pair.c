// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of AggregateIPAddrPair. */
#include "loader/config/capacity.h"
#include "loader/config/flow_number.h"
#include "bpf/element/aggregate_ip_addr_pair.h"

static const struct sl_param params[] = {
	SL_PARAM("TIMEOUT", NS, 0, "0", struct aggregate_ip_addr_pair_conf, timeout_ns,
		 "a pair that was not seen for so long gets a new number; 0: none does"),
	SL_PARAM_X("REAP", NS, SL_P_IGNORED, "20m", "there is nothing to clear away"),
	SL_PARAM_CAPACITY(struct aggregate_ip_addr_pair_conf, "pairs remembered, 1024 to 65536"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct aggregate_ip_addr_pair_conf, timeout_ns, U64),
	SL_FIELD(struct aggregate_ip_addr_pair_conf, capacity, U32),
	SL_FIELDS_END,
};

static const struct sl_field key[] = {
	SL_FIELD(struct aggregate_ip_addr_pair_key, a, IP4),
	SL_FIELD(struct aggregate_ip_addr_pair_key, b, IP4),
	SL_FIELDS_END,
};

static const struct sl_table tables[] = {
	{.name = "pairs",
	 .type = SL_TABLE_LRU,
	 .key_size = sizeof(struct aggregate_ip_addr_pair_key),
	 .value_size = sizeof(struct sl_flow),
	 .entries_offset = offsetof(struct aggregate_ip_addr_pair_conf, capacity),
	 .key = key,
	 .value = sl_flow_fields},
	SL_FLOW_WORDS_TABLE,
	{.name = NULL},
};

static int configure(struct sl_conf *cf)
{
	struct aggregate_ip_addr_pair_conf *c = cf->inst->conf;

	/* Ages are compared as signed numbers; 292 years are for ever. */
	if (c->timeout_ns > INT64_MAX)
		c->timeout_ns = 0;
	return sl_capacity_check(cf, c->capacity);
}

const struct sl_class sl_class_aggregate_ip_addr_pair = {
	.spec = {.name = "AggregateIPAddrPair", .ports = "1/1-2", .processing = "a/ah"},
	.base = "aggregate_ip_addr_pair",
	.summary = "the aggregate annotation becomes a number of the pair of IP addresses",
	.help = "Packets between two addresses get one number in both directions; the paint is 0 "
		"in "
		"that of the pair's first packet, 1 in the other. Numbers are given from 1 on; "
		"when several CPUs see the first packets of a pair at once, some may be left out. "
		"Packets without an IP header leave by output 1, or are dropped (short).\n\n"
		"Pairs are in a table of CAPACITY; when it is full, one that was not seen for long "
		"is forgotten, and gets a new number if it comes again. TIMEOUT is held against "
		"the kernel's ticks, 1 to 10 ms apart, and not rounded to seconds.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = sl_flow_handlers,
	.conf_size = sizeof(struct aggregate_ip_addr_pair_conf),
	.conf = conf,
	.tables = tables,
	.configure = configure,
	.weight = 90,
};
