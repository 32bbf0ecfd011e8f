// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ToDevice. */
#include "loader/element/element.h"
#include "bpf/element/to_device.h"

static const struct sl_param params[] = {
	SL_PARAM("DEVNAME", DEV, SL_P_REQ | SL_P_POS, NULL, struct to_device_conf, dev,
		 "the device"),
	SL_PARAM_X("BURST", U32, SL_P_IGNORED, "1", "packets are sent as they come"),
	SL_PARAM_X("METHOD", TEXT, SL_P_IGNORED, "XDP", "there is one method"),
	SL_PARAM_X("QUIET", BOOL, SL_P_IGNORED, "false",
		   "a device that is away is said by the daemon"),
	SL_PARAM_X("DEBUG", BOOL, SL_P_IGNORED, "false", "use Print"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct to_device_conf, dev, U8),
	SL_VALUE(struct to_device_conf, mtu, U16),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_PACKETS("count", "frames sent"),
	SL_HANDLER_PACKETS("pulls", "the same: a packet is taken when it comes"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_to_device = {
	.spec = {.name = "ToDevice", .ports = "1/0", .processing = "a"},
	.base = "to_device",
	.summary = "frames leave by one of the tenant's devices",
	.help = "The packet, from its first byte an Ethernet frame, is sent. A queue in front is "
		"the device's own "
		"ring; unlike in Click none need be there, and packets may also be pushed. A frame "
		"longer than the device's MTU allows is dropped (too-big), after PathMTU had it "
		"where the device is an IP link.",
	.flags = SL_C_SINK | SL_C_TODEV,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct to_device_conf),
	.conf = conf,
	.weight = 6,
};
