// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Paint. */
#include "loader/element/element.h"
#include "bpf/element/paint.h"

static const struct sl_param params[] = {
	SL_PARAM("COLOR", U8, SL_P_REQ | SL_P_POS, NULL, struct paint_conf, color, "the colour"),
	SL_PARAM("ANNO", ANNO8, SL_P_POS, "PAINT", struct paint_conf, anno, "the annotation"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct paint_conf, color, U8),
	SL_FIELD(struct paint_conf, anno, U8),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("color", "COLOR", "the colour"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_paint = {
	.spec = {.name = "Paint", .ports = "1/1", .processing = "a"},
	.base = "paint",
	.summary = "sets packets' paint annotation",
	.help = "Writes COLOR into the annotation; CheckPaint, PaintSwitch and PaintTee look at "
		"it.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct paint_conf),
	.conf = conf,
	.weight = 4,
};
