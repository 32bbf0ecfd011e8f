// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Discard. */
#include <inttypes.h>

#include "loader/element/element.h"
#include "bpf/element/discard.h"

static const struct sl_param params[] = {
	SL_PARAM_X("ACTIVE", BOOL, SL_P_IGNORED, "true", "packets are pushed, never pulled, here"),
	SL_PARAM_X("BURST", U32, SL_P_IGNORED, "1", "packets are pushed, never pulled, here"),
	SL_PARAMS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct discard_rw, base, U64),
	SL_FIELDS_END,
};

static int read_count(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	struct discard_rw rw;
	uint64_t n;
	int ret = l->ops->packets(l, in->index, &n);

	(void)h, (void)args, (void)d;
	if (!ret)
		ret = l->ops->rw_get(l, in->index, &rw, 0, sizeof(rw));
	if (!ret)
		fprintf(out, "%" PRIu64, sl_since(n, (uint64_t)rw.base));
	return ret;
}

static int reset(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		 const char *value, struct sl_diags *d)
{
	struct discard_rw rw = {0};
	uint64_t n;
	int ret = l->ops->packets(l, in->index, &n);

	(void)h, (void)value, (void)d;
	rw.base = n;
	return ret ? ret : l->ops->rw_set(l, in->index, &rw, 0, sizeof(rw));
}

static const struct sl_handler handlers[] = {
	{.name = "count",
	 .flags = SL_H_READ,
	 .help = "packets dropped since the last reset",
	 .read = read_count},
	{.name = "reset_counts",
	 .flags = SL_H_WRITE | SL_H_BUTTON,
	 .help = "count from 0 again",
	 .write = reset},
	SL_HANDLERS_END,
};

const struct sl_class sl_class_discard = {
	.spec = {.name = "Discard", .ports = "1/0", .processing = "a"},
	.base = "discard",
	.summary = "drops all packets, which is what is wanted of them",
	.help = "The natural end of packets nobody needs. They are counted here and not as losses.",
	.flags = SL_C_SINK,
	.params = params,
	.handlers = handlers,
	.rw_size = sizeof(struct discard_rw),
	.rw = rw,
	.weight = 4,
};
