// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ToHost. */
#include <errno.h>
#include <string.h>

#include "loader/element/element.h"
#include "bpf/element/to_host.h"

static const struct sl_param params[] = {
	SL_PARAM_X("DEVNAME", TEXT, SL_P_POS | SL_P_IGNORED, NULL,
		   "the stack sees the tenant's own device"),
	SL_PARAM_X("SNIFFERS", BOOL, SL_P_IGNORED, "false", "packet sockets see it with the stack"),
	SL_PARAM_X("TYPE", TEXT, 0, "ETHER",
		   "must be ETHER: put an EtherEncap in front of IP packets"),
	SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	const struct sl_arg *type = sl_conf_arg(cf, "TYPE");

	if (!type || !strcmp(type->text, "ETHER"))
		return 0;
	sl_diag_hint(sl_conf_error(cf, type, "unsupported-argument", "TYPE: must be ETHER"),
		     "leave it out; an EtherEncap in front gives IP packets their header");
	return -EINVAL;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PACKETS("count", "packets handed over"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_to_host = {
	.spec = {.name = "ToHost", .ports = "1/0", .processing = "a"},
	.base = "to_host",
	.summary = "packets go to the host's own network stack",
	.help = "The packet must begin with its Ethernet header. The tenant's network namespace "
		"receives it on its "
		"own device, if it has one; otherwise the node's stack does.",
	.flags = SL_C_SINK | SL_C_TOHOST,
	.params = params,
	.handlers = handlers,
	.configure = configure,
	.weight = 6,
};
