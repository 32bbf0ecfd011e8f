// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of UnstripIPHeader. */
#include "loader/element/element.h"
#include "bpf/element/unstrip_ip_header.h"

const struct sl_class sl_class_unstrip_ip_header = {
	.spec = {.name = "UnstripIPHeader", .ports = "1/1", .processing = "a"},
	.base = "unstrip_ip_header",
	.summary = "puts back the IPv4 header taken off by StripIPHeader",
	.help = "The packet begins with its network header again; one that still does is left "
		"alone. Without a network header it is dropped as short.",
	.weight = 6,
};
