// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of CheckPaint. */
#include "loader/element/element.h"
#include "bpf/element/check_paint.h"

static const struct sl_param params[] = {
	SL_PARAM("COLOR", U8, SL_P_REQ | SL_P_POS, NULL, struct check_paint_conf, color,
		 "the colour"),
	SL_PARAM("ANNO", ANNO8, SL_P_POS, "PAINT", struct check_paint_conf, anno, "the annotation"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct check_paint_conf, color, U8),
	SL_FIELD(struct check_paint_conf, anno, U8),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("color", "COLOR", "the colour"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_check_paint = {
	.spec = {.name = "CheckPaint", .ports = "1/1-2", .processing = "a/ah"},
	.base = "check_paint",
	.summary = "packets of one colour go on; others leave by output 1",
	.help = "Packets whose annotation is COLOR leave by output 0, others by output 1 or are "
		"dropped.",
	.flags = SL_C_STILL | SL_C_PLAIN | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct check_paint_conf),
	.conf = conf,
	.weight = 6,
};
