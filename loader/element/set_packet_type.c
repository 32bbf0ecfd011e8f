// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetPacketType. */
#include <errno.h>
#include <strings.h>

#include "loader/element/element.h"
#include "bpf/element/set_packet_type.h"

static const struct sl_param params[] = {
	SL_PARAM_X("TYPE", ARG, SL_P_REQ | SL_P_POS, NULL,
		   "HOST, BROADCAST, MULTICAST, OTHERHOST, OUTGOING or LOOPBACK"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct set_packet_type_conf, type, U8),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	/* In the order of Linux's numbers. */
	static const char *const names[] = {"HOST",	 "BROADCAST", "MULTICAST",
					    "OTHERHOST", "OUTGOING",  "LOOPBACK"};
	struct set_packet_type_conf *c = cf->inst->conf;
	const struct sl_arg *arg = sl_conf_arg(cf, "TYPE");

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcasecmp(arg->text, names[i]))
			continue;
		c->type = (uint8_t)i;
		return 0;
	}
	sl_diag_hint(
		sl_conf_error(cf, arg, "bad-argument", "TYPE: '%s': no packet type", arg->text),
		"give HOST, BROADCAST, MULTICAST, OTHERHOST, OUTGOING or LOOPBACK");
	return -EINVAL;
}

const struct sl_class sl_class_set_packet_type = {
	.spec = {.name = "SetPacketType", .ports = "1/1", .processing = "a"},
	.base = "set_packet_type",
	.summary = "sets the packet type annotation",
	.help = "The type is what FromDevice and HostEtherFilter set from the destination address, "
		"and DropBroadcasts and ICMPError look at.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct set_packet_type_conf),
	.conf = conf,
	.configure = configure,
	.weight = 4,
};
