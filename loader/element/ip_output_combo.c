// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPOutputCombo, which is a compound of other classes. */
#include "loader/element/element.h"

static const struct sl_param params[] = {
	SL_PARAM_X("COLOR", U8, SL_P_REQ | SL_P_POS, NULL,
		   "packets of this colour are copied to output 1"),
	SL_PARAM_X("IPADDR", IP4, SL_P_REQ | SL_P_POS, NULL,
		   "address of the interface packets leave by"),
	SL_PARAM_X("MTU", U32, SL_P_REQ | SL_P_POS, NULL, "longest packet that passes, bytes"),
	SL_PARAMS_END,
};

static const char body[] =
	"COLOR $color, IPADDR $addr, MTU $mtu |"
	"input -> broadcasts :: DropBroadcasts -> color :: PaintTee($color)"
	" -> options :: IPGWOptions($addr) -> src :: FixIPSrc($addr) -> ttl :: DecIPTTL"
	" -> length :: CheckLength($mtu) -> output;"
	"color [1] -> [1] output; options [1] -> [2] output;"
	"ttl [1] -> [3] output; length [1] -> [4] output";

const struct sl_class sl_class_ip_output_combo = {
	.spec = {.name = "IPOutputCombo", .ports = "1/5", .processing = "h", .body = body},
	.base = "ip_output_combo",
	.summary = "what a router does last with IP packets",
	.help = "A compound element called NAME is what `NAME/broadcasts :: DropBroadcasts -> "
		"NAME/color :: PaintTee(COLOR) -> NAME/options :: IPGWOptions(IPADDR) -> NAME/src "
		":: FixIPSrc(IPADDR) -> NAME/ttl :: DecIPTTL -> NAME/length :: CheckLength(MTU)` "
		"is; handlers are those of these elements, by these names. Link broadcasts are "
		"dropped, the usual packets leave by output 0. Output 1 gets copies of those that "
		"leave where they came from, as they came (for ICMPError, redirect), output 2 "
		"packets with bad options (parameterproblem), output 3 those whose TTL expired "
		"(timeexceeded), output 4 those longer than MTU, with a TTL that went down (for "
		"IPFragmenter). All five must be connected. See also IPInputCombo.",
	.params = params,
};
