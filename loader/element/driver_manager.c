// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of DriverManager. */
#include "loader/script/element.h"

const struct sl_class sl_class_driver_manager = {
	.spec = {.name = "DriverManager", .ports = "0/0", .processing = "a", .info = true},
	.base = "driver_manager",
	.summary = "a Script that is asked before the driver stops",
	.help = "A Script whose TYPE is DRIVER if none is given. The driver is here what runs the "
		"graph's scripts: when a script says stop, or writes the handler stop, the driver "
		"script makes a step, and when it ends or says stop itself, all scripts of the "
		"graph end. Packets go on: no script takes a tenant's graph away. Without a "
		"driver script, the first stop ends them.\n\n" SL_SCRIPT_HELP,
	.flags = SL_C_INFO,
	.params = sl_script_params,
	.handlers = sl_script_handlers,
	.configure = sl_script_configure,
	.release = sl_script_release,
};
