// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of MarkIP6Header. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/mark_ip6_header.h"

static const struct sl_param params[] = {
	SL_PARAM("OFFSET", U32, SL_P_POS, "0", struct mark_ip6_header_conf, offset,
		 "where the IPv6 header begins"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct mark_ip6_header_conf, offset, U32),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	const struct mark_ip6_header_conf *c = cf->inst->conf;

	return c->offset > SL_OFF_MASK ? sl_conf_too_far(cf, "OFFSET") : 0;
}

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct mark_ip6_header_conf *c = in->conf;

	(void)port, (void)out;
	f->nh = f->th = SL_ANY;
	if (sl_facts_fixed(f->off)) {
		f->nh = f->off + c->offset;
		f->th = f->nh + sizeof(struct sl_ip6);
	}
	return true;
}

const struct sl_class sl_class_mark_ip6_header = {
	.spec = {.name = "MarkIP6Header", .ports = "1/1", .processing = "a"},
	.base = "mark_ip6_header",
	.summary = "says where the IPv6 header begins",
	.help = "Sets the network header to OFFSET bytes into the packet, and the transport "
		"header 40 bytes behind it. Nothing is checked: use CheckIP6Header on packets "
		"from outside.",
	.flags = SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct mark_ip6_header_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 4,
};
