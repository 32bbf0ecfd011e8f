// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetIPChecksum. */
#include "loader/element/element.h"
#include "bpf/element/set_ip_checksum.h"

static const struct sl_field state[] = {
	SL_FIELD(struct set_ip_checksum_state, drops, U64),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_STATE("drops", struct set_ip_checksum_state, drops, "packets without a header"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_set_ip_checksum = {
	.spec = {.name = "SetIPChecksum", .ports = "1/1", .processing = "a"},
	.base = "set_ip_checksum",
	.summary = "computes the IPv4 header checksum",
	.help = "Works on the network header, or on the packet's start when none is set. What is "
		"too short for the header it announces is dropped.",
	.flags = SL_C_STILL,
	.handlers = handlers,
	.state_size = sizeof(struct set_ip_checksum_state),
	.state = state,
	.weight = 80,
};
