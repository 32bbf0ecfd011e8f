// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Null. */
#include "loader/element/element.h"

static const char *const aliases[] = {"Null1", "Null2", "Null3", "Null4", "Null5",
				      "Null6", "Null7", "Null8", NULL};

static const struct sl_handler handlers[] = {
	SL_HANDLER_PACKETS("count", "packets that came by"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_null = {
	.spec = {.name = "Null", .ports = "1/1", .processing = "a"},
	.base = "null",
	.aliases = aliases,
	.summary = "passes packets unchanged",
	.help = "Costs nothing but its packet count; the aliases are the same.",
	.flags = SL_C_IDLE | SL_C_LOOK,
	.handlers = handlers,
	.weight = 1,
};
