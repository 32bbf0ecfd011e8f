// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetTCPChecksum. */
#include "loader/element/element.h"
#include "bpf/element/set_tcp_checksum.h"

static const struct sl_param params[] = {
	SL_PARAM("FIXOFF", BOOL, SL_P_POS, "false", struct set_tcp_checksum_conf, fixoff,
		 "put header lengths right that are less than 20 bytes or more than the segment"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct set_tcp_checksum_conf, fixoff, BOOL),
	SL_FIELDS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct set_tcp_checksum_state, drops, U64),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_STATE("drops", struct set_tcp_checksum_state, drops,
			 "packets too short for what their headers say"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_set_tcp_checksum = {
	.spec = {.name = "SetTCPChecksum", .ports = "1/1", .processing = "a"},
	.base = "set_tcp_checksum",
	.summary = "computes the checksum of TCP segments",
	.help = "The segment is as long as the IP header says; that the protocol is TCP is not "
		"checked. What is too short for that is dropped. Needs network and transport "
		"header "
		"(CheckIPHeader). A fragment gets the sum of what it holds, as in Click. Of source "
		"routes see CheckTCPHeader.",
	.flags = SL_C_STILL,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct set_tcp_checksum_conf),
	.conf = conf,
	.state_size = sizeof(struct set_tcp_checksum_state),
	.state = state,
	.weight = 3500,
};
