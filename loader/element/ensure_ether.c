// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of EnsureEther. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/ensure_ether.h"

static const struct sl_param params[] = {
	SL_PARAM_X("ETHERTYPE", U16, SL_P_POS, "0x0800", "the type"),
	SL_PARAM("SRC", ETHER, SL_P_POS, "1:1:1:1:1:1", struct ensure_ether_conf, src, "source"),
	SL_PARAM("DST", ETHER, SL_P_POS, "2:2:2:2:2:2", struct ensure_ether_conf, dst,
		 "destination"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct ensure_ether_conf, type, BE16),
	SL_FIELD(struct ensure_ether_conf, src, ETHER),
	SL_FIELD(struct ensure_ether_conf, dst, ETHER),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct ensure_ether_conf *c = cf->inst->conf;
	uint16_t type = 0;

	sl_inst_param(cf->inst, "ETHERTYPE", &type);
	c->type = sl_htons(type);
	return 0;
}

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	if (f->nh == SL_UNSET ||
	    (sl_facts_fixed(f->nh) && sl_facts_fixed(f->off) && f->nh < f->off))
		return true;
	if (!sl_facts_fixed(f->nh) || !sl_facts_fixed(f->off)) {
		*f = sl_facts_none();
		return true;
	}
	/* The header ends where the network header begins, one's own or the one that was there. */
	if (f->nh > f->known) {
		*f = sl_facts_none();
		return true;
	}
	if (f->nh - f->off == sizeof(struct sl_eth)) {
		f->mac = f->mac == f->off ? f->off : SL_ANY;
		return true;
	}
	f->off = f->nh;
	sl_facts_push(f, sizeof(struct sl_eth));
	f->mac = f->off;
	return true;
}

const struct sl_class sl_class_ensure_ether = {
	.spec = {.name = "EnsureEther", .ports = "1/1", .processing = "a"},
	.base = "ensure_ether",
	.summary = "puts an Ethernet header in front of IP packets that have none",
	.help = "A packet without a network header passes unchanged, and so does one that begins "
		"with an Ethernet header of the type of IP or IPv6 in front of it. If such a "
		"header was stripped, it comes back. Otherwise whatever is in front of the network "
		"header goes, and the header given is prepended.\n\n"
		"Click takes any 14 bytes in front of the packet for a stripped header if the last "
		"two look like one's type; here it must be the packet's Ethernet header.",
	.params = params,
	.conf_size = sizeof(struct ensure_ether_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 60,
};
