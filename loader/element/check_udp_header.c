// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of CheckUDPHeader. */
#include "loader/element/element.h"
#include "bpf/element/check_udp_header.h"

static const struct sl_param params[] = {
	SL_PARAM_X("VERBOSE", BOOL, SL_P_IGNORED, "false",
		   "nothing is printed: see the handlers and the drop reasons"),
	SL_PARAM_X("DETAILS", BOOL, SL_P_IGNORED, "false",
		   "counts for each reason are always kept"),
	SL_PARAMS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct check_udp_header_state, not_udp, U64),
	SL_FIELD(struct check_udp_header_state, len, U64),
	SL_FIELD(struct check_udp_header_state, sum, U64),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_DROPS,
	SL_HANDLER_DROP_DETAILS("not UDP\nbad packet length\nbad UDP checksum"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_check_udp_header = {
	.spec = {.name = "CheckUDPHeader", .ports = "1/1-2", .processing = "a/ah"},
	.base = "check_udp_header",
	.summary = "verifies UDP headers",
	.help = "Checks that the packet is UDP, that its length is at least 8 and within the "
		"packet, "
		"and the checksum, unless that is 0 (RFC 768). A bad packet leaves by output 1 or "
		"is dropped; fragments have a wrong checksum or length. Needs network and "
		"transport "
		"header (CheckIPHeader). Of source routes see CheckTCPHeader.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.state_size = sizeof(struct check_udp_header_state),
	.state = state,
	.weight = 3500,
};
