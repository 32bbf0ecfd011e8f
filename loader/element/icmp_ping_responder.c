// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ICMPPingResponder. */
#include "loader/element/element.h"
#include "bpf/element/icmp_ping_responder.h"

const struct sl_class sl_class_icmp_ping_responder = {
	.spec = {.name = "ICMPPingResponder", .ports = "1/1-2", .processing = "a/ah"},
	.base = "icmp_ping_responder",
	.summary = "answers ICMP echo requests",
	.help = "An echo request becomes the reply: addresses swapped, TTL 255, fragment field "
		"cleared, checksums updated, destination address annotation set, paint 0. All "
		"else leaves by output 1 or is dropped; so do fragments of requests (in Click "
		"the first one is answered as if it were whole).",
	.flags = SL_C_STILL | SL_C_COLD | SL_C_REPLY,
	.weight = 1500,
};
