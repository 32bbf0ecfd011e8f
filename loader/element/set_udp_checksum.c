// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetUDPChecksum. */
#include "loader/element/element.h"
#include "bpf/element/set_udp_checksum.h"

static const struct sl_field state[] = {
	SL_FIELD(struct set_udp_checksum_state, drops, U64),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_STATE("drops", struct set_udp_checksum_state, drops,
			 "fragments, and packets too short for what their headers say"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_set_udp_checksum = {
	.spec = {.name = "SetUDPChecksum", .ports = "1/1-2", .processing = "a/ah"},
	.base = "set_udp_checksum",
	.summary = "computes the checksum of UDP datagrams",
	.help = "The datagram is as long as its header says; that the protocol is UDP is not "
		"checked. Fragments, packets shorter than that and lengths below 8 leave unchanged "
		"by output 1 or are dropped. A sum of 0 is written as 0xffff (RFC 768). Needs "
		"network and transport header (CheckIPHeader). Of source routes see "
		"CheckTCPHeader.",
	.flags = SL_C_STILL,
	.handlers = handlers,
	.state_size = sizeof(struct set_udp_checksum_state),
	.state = state,
	.weight = 3500,
};
