// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of UnstripIPHeader. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/unstrip_ip_header.h"

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	if (!sl_facts_fixed(f->off) || !sl_facts_fixed(f->nh))
		f->off = SL_ANY;
	else if (f->nh < f->off)
		f->off = f->nh;
	return true;
}

const struct sl_class sl_class_unstrip_ip_header = {
	.spec = {.name = "UnstripIPHeader", .ports = "1/1", .processing = "a"},
	.base = "unstrip_ip_header",
	.summary = "puts back the IPv4 header taken off by StripIPHeader",
	.help = "The packet begins with its network header again; one that still does is left "
		"alone. Without a network header it is dropped as short.",
	.flags = SL_C_READS,
	.facts = facts,
	.weight = 6,
};
