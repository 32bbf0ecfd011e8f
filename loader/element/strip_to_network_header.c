// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of StripToNetworkHeader. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/strip_to_network_header.h"

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	f->off = f->nh;
	sl_facts_read(f, f->nh, 0);
	return true;
}

const struct sl_class sl_class_strip_to_network_header = {
	.spec = {.name = "StripToNetworkHeader", .ports = "1/1", .processing = "a"},
	.base = "strip_to_network_header",
	.summary = "packets begin at their network header",
	.help = "Everything in front of the network header is taken off. A packet without one "
		"(nothing marked or checked it), or that ends in front of it, is dropped as "
		"bad-header.",
	.flags = SL_C_READS,
	.facts = facts,
	.weight = 6,
};
