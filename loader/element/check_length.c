// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of CheckLength. */
#include "loader/element/element.h"
#include "bpf/element/check_length.h"

static const struct sl_param params[] = {
	SL_PARAM("LENGTH", U32, SL_P_REQ | SL_P_POS, NULL, struct check_length_conf, length,
		 "bytes"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct check_length_conf, length, U32),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("length", "LENGTH", "bytes"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_check_length = {
	.spec = {.name = "CheckLength", .ports = "1/1-2", .processing = "a/ah"},
	.base = "check_length",
	.summary = "packets longer than LENGTH leave by output 1",
	.help = "Packets of at most LENGTH bytes leave by output 0, longer ones by output 1 or are "
		"dropped.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct check_length_conf),
	.conf = conf,
	.weight = 8,
};
