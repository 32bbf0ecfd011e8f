// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of VLANEncap. */
#include "loader/config/vlan.h"
#include "bpf/element/vlan_encap.h"

static const struct sl_param params[] = {
	SL_PARAMS_VLAN_TCI("the TCI, 0 to 65535; ANNO: the packet's annotation VLAN_TCI"),
	SL_PARAM_VLAN_NATIVE,
	SL_PARAM_X("ETHERTYPE", U16, 0, "0x8100", "the tag's type; 0x88a8: an 802.1ad service tag"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELDS_VLAN(struct vlan_encap_conf),
	SL_FIELD(struct vlan_encap_conf, tpid, BE16),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct vlan_encap_conf *c = cf->inst->conf;
	uint16_t type = 0;

	sl_inst_param(cf->inst, "ETHERTYPE", &type);
	c->tpid = sl_htons(type);
	return sl_conf_vlan(cf);
}

static const struct sl_handler handlers[] = {
	SL_HANDLERS_VLAN_TCI,
	SL_HANDLER_VLAN_NATIVE,
	SL_HANDLER_PARAM("ethertype", "ETHERTYPE", "the tag's type, decimal"),
	SL_HANDLERS_END,
};

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct vlan_encap_conf *c = in->conf;

	(void)port, (void)out;
	sl_facts_vlan(&c->vlan, sizeof(struct sl_vlan), 0, f);
	return true;
}

const struct sl_class sl_class_vlan_encap = {
	.spec = {.name = "VLANEncap", .ports = "1/1", .processing = "a"},
	.base = "vlan_encap",
	.summary = "puts a VLAN tag into Ethernet frames",
	.help = "The packet is an Ethernet frame; a tag of four bytes goes behind its addresses. "
		"VLAN_PCP is added to VLAN_TCI or VLAN_ID. A frame of the native VLAN (0 unless "
		"NATIVE_VLAN says otherwise) passes without a tag. A packet shorter than an "
		"Ethernet header is dropped as short.",
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct vlan_encap_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 40,
};
