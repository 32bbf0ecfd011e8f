// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of EtherEncap. */
#include <arpa/inet.h>

#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/ether_encap.h"

static const struct sl_param params[] = {
	SL_PARAM_X("ETHERTYPE", U16, SL_P_REQ | SL_P_POS, NULL, "the type, such as 0x0800"),
	SL_PARAM("SRC", ETHER, SL_P_REQ | SL_P_POS, NULL, struct ether_encap_conf, src, "source"),
	SL_PARAM("DST", ETHER, SL_P_REQ | SL_P_POS, NULL, struct ether_encap_conf, dst,
		 "destination"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_VALUE(struct ether_encap_conf, type, BE16),
	SL_VALUE(struct ether_encap_conf, src, ETHER),
	SL_VALUE(struct ether_encap_conf, dst, ETHER),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct ether_encap_conf *c = cf->inst->conf;
	uint16_t type = 0;
	int ret = sl_inst_param(cf->inst, "ETHERTYPE", &type);

	c->type = sl_htons(type);
	return ret;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("src", "SRC", "source"),
	SL_HANDLER_PARAM("dst", "DST", "destination"),
	SL_HANDLER_PARAM("ethertype", "ETHERTYPE", "the type, decimal"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct ether_encap_conf *c = in->conf;
	struct sl_ranges type = sl_ranges_of(ntohs(c->type), ntohs(c->type));

	(void)port, (void)out;
	sl_facts_push(f, sizeof(struct sl_eth));
	f->mac = f->off;
	f->nh = f->off == SL_ANY ? SL_ANY : f->off + sizeof(struct sl_eth);
	sl_facts_read(f, f->off, sizeof(struct sl_eth));
	sl_facts_wrote(f, f->off, sizeof(struct sl_eth));
	if (sl_facts_fixed(f->off))
		sl_facts_bits(f, 8 * (f->off + (uint32_t)offsetof(struct sl_eth, type)), 16, &type);
	return true;
}

const struct sl_class sl_class_ether_encap = {
	.spec = {.name = "EtherEncap", .ports = "1/1", .processing = "a"},
	.base = "ether_encap",
	.summary = "prepends an Ethernet header",
	.help = "The network header then is what was the packet. A packet without room in front is "
		"dropped as headroom.",
	.flags = SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ether_encap_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 30,
};
