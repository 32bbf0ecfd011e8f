// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of AggregatePaint. */
#include <errno.h>

#include "loader/element/element.h"
#include "bpf/element/aggregate_paint.h"

static const struct sl_param params[] = {
	SL_PARAM("BITS", U8, SL_P_POS, "8", struct aggregate_paint_conf, bits,
		 "so many low bits of the paint, 1 to 8"),
	SL_PARAM("INCREMENTAL", BOOL, 0, "false", struct aggregate_paint_conf, incremental,
		 "the annotation moves left to make room for them"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct aggregate_paint_conf, bits, U8),
	SL_FIELD(struct aggregate_paint_conf, incremental, BOOL),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	const struct aggregate_paint_conf *c = cf->inst->conf;

	if (c->bits >= 1 && c->bits <= 8)
		return 0;
	sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "BITS"), "bad-argument",
				   "BITS: %u: a paint has 8 bits", c->bits),
		     "give 1 to 8");
	return -EINVAL;
}

const struct sl_class sl_class_aggregate_paint = {
	.spec = {.name = "AggregatePaint", .ports = "1/1", .processing = "a"},
	.base = "aggregate_paint",
	.summary = "the aggregate annotation becomes the paint",
	.help = "With INCREMENTAL behind another Aggregate element, both count.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct aggregate_paint_conf),
	.conf = conf,
	.configure = configure,
	.weight = 6,
};
