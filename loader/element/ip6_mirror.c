// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IP6Mirror. */
#include "loader/element/element.h"
#include "bpf/element/ip6_mirror.h"

const struct sl_class sl_class_ip6_mirror = {
	.spec = {.name = "IP6Mirror", .ports = "1/1", .processing = "a"},
	.base = "ip6_mirror",
	.summary = "swaps IPv6 source and destination, and the ports of TCP and UDP",
	.help = "Ports are swapped if TCP or UDP follows the IPv6 header at once and at least 8 "
		"bytes of it are there; behind extension headers, so in fragments, they stay. "
		"Checksums need no change. Needs a network header (CheckIP6Header, "
		"MarkIP6Header).",
	.flags = SL_C_STILL | SL_C_REWRITE,
	.weight = 40,
};
