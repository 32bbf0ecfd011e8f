// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of PaintTee. */
#include "loader/element/element.h"
#include "bpf/element/paint_tee.h"

static const struct sl_param params[] = {
	SL_PARAM("COLOR", U8, SL_P_REQ | SL_P_POS, NULL, struct paint_tee_conf, color,
		 "the colour"),
	SL_PARAM("ANNO", ANNO8, SL_P_POS, "PAINT", struct paint_tee_conf, anno, "the annotation"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct paint_tee_conf, color, U8),
	SL_FIELD(struct paint_tee_conf, anno, U8),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("color", "COLOR", "the colour"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_paint_tee = {
	.spec = {.name = "PaintTee", .ports = "1/2", .processing = "a/ah"},
	.base = "paint_tee",
	.summary = "copies packets of one colour to output 1",
	.help = "Every packet leaves by output 0. Of those whose annotation is COLOR a copy leaves "
		"by output 1: if "
		"what is behind it only counts, prints or drops, it looks at the packet in passing "
		"and nothing is "
		"copied; otherwise the platform makes a copy, which is charged to the tenant and "
		"may be lost like "
		"any packet (counted as copy).",
	.flags = SL_C_COPY | SL_C_LAST_FIRST | SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct paint_tee_conf),
	.conf = conf,
	.weight = 6,
};
