// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of GREEncap. */
#include "loader/config/gre.h"
#include "bpf/element/gre_encap.h"

static const struct sl_param params[] = {
	SL_GRE_PARAMS(struct gre_encap_conf),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_GRE_FIELDS(struct gre_encap_conf),
	SL_FIELDS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct gre_encap_rw, seq, U32),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	const struct gre_encap_conf *c = cf->inst->conf;
	int ret = sl_gre_configure(cf);

	cf->inst->weight = c->gre.flags & SL_GRE_F_CSUM ? 2900 : 60;
	return ret;
}

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct gre_encap_conf *c = in->conf;

	(void)port, (void)out;
	sl_facts_push(f, gre_header_len(&c->gre));
	sl_facts_read(f, f->off, gre_header_len(&c->gre));
	return true;
}

const struct sl_class sl_class_gre_encap = {
	.spec = {.name = "GREEncap", .ports = "1/1", .processing = "a"},
	.base = "gre_encap",
	.summary = "prepends a GRE header",
	.help = "Not a class of Click's. The header is that of RFC 2784 with the options of RFC "
		"2890 that are asked for; sequence numbers count from 0. The IP header in front of "
		"it is IPEncap's: GREEncap(KEY 7) -> IPEncap(gre, 192.0.2.1, 192.0.2.2). "
		"PROTOCOL is 0x0800 for IPv4 packets, 0x86dd for IPv6, 0x6558 for Ethernet "
		"frames. A packet without room in front is dropped as headroom.",
	.flags = SL_C_REWRITE,
	.params = params,
	.conf_size = sizeof(struct gre_encap_conf),
	.conf = conf,
	.rw_size = sizeof(struct gre_encap_rw),
	.rw = rw,
	.configure = configure,
	.facts = facts,
	.weight = 2900,
};
