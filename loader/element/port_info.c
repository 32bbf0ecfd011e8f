// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of PortInfo. */
#include "loader/config/config.h"
#include "loader/element/element.h"

static const struct sl_param params[] = {
	SL_PARAM_X("NAMES", ARG, SL_P_POS | SL_P_REST, NULL, "NAME PORT[/PROTOCOL], once or more"),
	SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	int status = 0;

	for (size_t i = 0; i < cf->n_rest; i++) {
		int ret = sl_names_add_port(cf, cf->rest[i]);

		if (ret)
			status = ret;
	}
	return status;
}

const struct sl_class sl_class_port_info = {
	.spec = {.name = "PortInfo", .ports = "0/0", .processing = "a", .info = true},
	.base = "port_info",
	.summary = "names for TCP and UDP ports",
	.help = "Each argument is a name and its port, for TCP (`/tcp`), UDP (`/udp`) or both; "
		"further names for it may follow, and behind # a comment. "
		"Elements of the same "
		"compound, and of those inside it, may use the name; it goes before the well-known "
		"names.",
	.flags = SL_C_INFO,
	.params = params,
	.configure = configure,
};
