// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of StripIPHeader. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/strip_ip_header.h"

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	f->off = SL_ANY; /* options are as long as they are */
	return true;
}

const struct sl_class sl_class_strip_ip_header = {
	.spec = {.name = "StripIPHeader", .ports = "1/1", .processing = "a"},
	.base = "strip_ip_header",
	.summary = "takes off the IPv4 header",
	.help = "The packet then begins with what the IP header carries; options go as well. "
		"Needs a network header (CheckIPHeader, MarkIPHeader), or the packet is dropped "
		"as short.",
	.flags = SL_C_READS,
	.facts = facts,
	.weight = 8,
};
