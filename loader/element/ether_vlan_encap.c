// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of EtherVLANEncap. */
#include "loader/config/vlan.h"
#include "bpf/element/ether_vlan_encap.h"

static const char *const aliases[] = {"EtherVlanEncap", NULL};

static const struct sl_param params[] = {
	SL_PARAM_X("ETHERTYPE", U16, SL_P_REQ | SL_P_POS, NULL,
		   "the type of what the frame carries, such as 0x0800"),
	SL_PARAM("SRC", ETHER, SL_P_REQ | SL_P_POS, NULL, struct ether_vlan_encap_conf, src,
		 "source"),
	SL_PARAM("DST", ETHER, SL_P_REQ | SL_P_POS, NULL, struct ether_vlan_encap_conf, dst,
		 "destination"),
	SL_PARAMS_VLAN_TCI("the TCI, 0 to 65535; ANNO: the packet's annotation VLAN_TCI"),
	SL_PARAM_VLAN_NATIVE,
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELDS_VLAN(struct ether_vlan_encap_conf),
	SL_FIELD(struct ether_vlan_encap_conf, type, BE16),
	SL_FIELD(struct ether_vlan_encap_conf, src, ETHER),
	SL_FIELD(struct ether_vlan_encap_conf, dst, ETHER),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct ether_vlan_encap_conf *c = cf->inst->conf;
	uint16_t type = 0;

	sl_inst_param(cf->inst, "ETHERTYPE", &type);
	c->type = sl_htons(type);
	return sl_conf_vlan(cf);
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM("src", "SRC", "source"),
	SL_HANDLER_PARAM("dst", "DST", "destination"),
	SL_HANDLER_PARAM("ethertype", "ETHERTYPE", "the type of what the frame carries, decimal"),
	SL_HANDLERS_VLAN_TCI,
	SL_HANDLER_VLAN_NATIVE,
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct ether_vlan_encap_conf *c = in->conf;

	(void)port, (void)out;
	sl_facts_vlan(&c->vlan, sizeof(struct vlan_eth), sizeof(struct sl_eth), f);
	return true;
}

const struct sl_class sl_class_ether_vlan_encap = {
	.spec = {.name = "EtherVLANEncap", .ports = "1/1", .processing = "a"},
	.base = "ether_vlan_encap",
	.aliases = aliases,
	.summary = "prepends an Ethernet header with a VLAN tag",
	.help = "The tag's type is 0x8100 (802.1Q). VLAN_PCP is added to VLAN_TCI or VLAN_ID. A "
		"packet of the native VLAN (0 unless NATIVE_VLAN says otherwise) gets an Ethernet "
		"header without a tag. A packet without room in front is dropped as headroom.",
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ether_vlan_encap_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 50,
};
