// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of CheckTCPHeader. */
#include "loader/element/element.h"
#include "bpf/element/check_tcp_header.h"

static const struct sl_param params[] = {
	SL_PARAM_X("VERBOSE", BOOL, SL_P_IGNORED, "false",
		   "nothing is printed: see the handlers and the drop reasons"),
	SL_PARAM_X("DETAILS", BOOL, SL_P_IGNORED, "false",
		   "counts for each reason are always kept"),
	SL_PARAMS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct check_tcp_header_state, not_tcp, U64),
	SL_FIELD(struct check_tcp_header_state, len, U64),
	SL_FIELD(struct check_tcp_header_state, sum, U64),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_DROPS,
	SL_HANDLER_DROP_DETAILS("not TCP\nbad packet length\nbad TCP checksum"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_check_tcp_header = {
	.spec = {.name = "CheckTCPHeader", .ports = "1/1-2", .processing = "a/ah"},
	.base = "check_tcp_header",
	.summary = "verifies TCP headers",
	.help = "Checks that the packet is TCP, that its header is at least 20 bytes and, as the "
		"segment the IP header tells of, within the packet, and the checksum (RFC 793). "
		"A bad packet leaves by output 1 or is dropped; fragments have a wrong checksum. "
		"Needs network and transport header (CheckIPHeader).\n\n"
		"The checksum covers the address a packet goes to in the end: with a source route, "
		"the last one in it, until that is reached (RFC 1122 3.2.1.8; Click takes the last "
		"one in any case).",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.state_size = sizeof(struct check_tcp_header_state),
	.state = state,
	.weight = 3500,
};
