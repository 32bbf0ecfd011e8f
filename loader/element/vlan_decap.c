// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of VLANDecap. */
#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/vlan_decap.h"

static const struct sl_param params[] = {
	SL_PARAM("ANNO", BOOL, SL_P_POS, "true", struct vlan_decap_conf, anno,
		 "set the annotation VLAN_TCI: the tag's, or 0 for a frame without"),
	SL_PARAM_X("ETHERTYPE", U16, 0, "0x8100", "the tag's type; 0x88a8: an 802.1ad service tag"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct vlan_decap_conf, anno, BOOL),
	SL_FIELD(struct vlan_decap_conf, tpid, BE16),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct vlan_decap_conf *c = cf->inst->conf;
	uint16_t type = 0;

	sl_inst_param(cf->inst, "ETHERTYPE", &type);
	c->tpid = sl_htons(type);
	return 0;
}

/* Whether there was a tag differs from packet to packet. */
static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	(void)in, (void)port, (void)out;
	sl_facts_read(f, f->off, sizeof(struct sl_eth));
	f->off = f->mac = f->nh = SL_ANY;
	return true;
}

const struct sl_class sl_class_vlan_decap = {
	.spec = {.name = "VLANDecap", .ports = "1/1", .processing = "a"},
	.base = "vlan_decap",
	.summary = "takes the VLAN tag out of Ethernet frames",
	.help = "A frame whose type is ETHERTYPE loses its outermost tag; others pass as they are. "
		"The annotation VLAN_TCI tells them apart afterwards. A packet shorter than its "
		"header is dropped as short.",
	.params = params,
	.conf_size = sizeof(struct vlan_decap_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 40,
};
