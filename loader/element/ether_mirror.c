// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of EtherMirror. */
#include "loader/element/element.h"
#include "bpf/element/ether_mirror.h"

const struct sl_class sl_class_ether_mirror = {
	.spec = {.name = "EtherMirror", .ports = "1/1", .processing = "a"},
	.base = "ether_mirror",
	.summary = "swaps Ethernet source and destination",
	.help = "A packet too short for an Ethernet header is dropped as short.",
	.flags = SL_C_STILL,
	.weight = 16,
};
