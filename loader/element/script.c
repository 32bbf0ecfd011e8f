// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Script. */
#include "loader/script/element.h"

const struct sl_class sl_class_script = {
	.spec = {.name = "Script", .ports = "0/0", .processing = "a", .info = true},
	.base = "script",
	.summary = "a small program that calls handlers",
	.help = SL_SCRIPT_HELP,
	.flags = SL_C_INFO,
	.params = sl_script_params,
	.handlers = sl_script_handlers,
	.configure = sl_script_configure,
	.release = sl_script_release,
};
