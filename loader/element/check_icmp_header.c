// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of CheckICMPHeader. */
#include "loader/element/element.h"
#include "bpf/element/check_icmp_header.h"

static const struct sl_param params[] = {
	SL_PARAM_X("VERBOSE", BOOL, SL_P_IGNORED, "false",
		   "nothing is printed: see the handlers and the drop reasons"),
	SL_PARAM_X("DETAILS", BOOL, SL_P_IGNORED, "false",
		   "counts for each reason are always kept"),
	SL_PARAMS_END,
};

static const struct sl_field state[] = {
	SL_FIELD(struct check_icmp_header_state, not_icmp, U64),
	SL_FIELD(struct check_icmp_header_state, len, U64),
	SL_FIELD(struct check_icmp_header_state, sum, U64),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLER_DROPS,
	SL_HANDLER_DROP_DETAILS("not ICMP\nbad packet length\nbad ICMP checksum"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_check_icmp_header = {
	.spec = {.name = "CheckICMPHeader", .ports = "1/1-2", .processing = "a/ah"},
	.base = "check_icmp_header",
	.summary = "verifies ICMP messages",
	.help = "Checks that the packet is ICMP, that its length fits its type (errors carry at "
		"least 28 bytes of the packet they are about, timestamps are 20 bytes, "
		"information messages 8), and its checksum. A bad packet leaves by output 1 or "
		"is dropped. Needs network and transport header (CheckIPHeader).",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.state_size = sizeof(struct check_icmp_header_state),
	.state = state,
	.weight = 2800,
};
