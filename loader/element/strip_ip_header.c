// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of StripIPHeader. */
#include "loader/element/element.h"
#include "bpf/element/strip_ip_header.h"

const struct sl_class sl_class_strip_ip_header = {
	.spec = {.name = "StripIPHeader", .ports = "1/1", .processing = "a"},
	.base = "strip_ip_header",
	.summary = "takes off the IPv4 header",
	.help = "The packet then begins with what the IP header carries; options go as well. "
		"Needs a network header (CheckIPHeader, MarkIPHeader), or the packet is dropped "
		"as short.",
	.weight = 8,
};
