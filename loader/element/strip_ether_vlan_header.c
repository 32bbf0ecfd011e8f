// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of StripEtherVLANHeader. */
#include <errno.h>

#include "loader/element/element.h"
#include "loader/element/facts.h"
#include "bpf/element/strip_ether_vlan_header.h"

static const char *const aliases[] = {"StripEtherVlanHeader", NULL};

static const struct sl_param params[] = {
	SL_PARAM_X("NATIVE_VLAN", S32, SL_P_POS, "0",
		   "the VLAN of frames without a tag; negative: they leave by output 1"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct strip_ether_vlan_header_conf, native, BE16),
	SL_FIELD(struct strip_ether_vlan_header_conf, has_native, BOOL),
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct strip_ether_vlan_header_conf *c = cf->inst->conf;
	int32_t native = 0;

	sl_inst_param(cf->inst, "NATIVE_VLAN", &native);
	if (native > VLAN_ID_MASK) {
		sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "NATIVE_VLAN"), "bad-argument",
					   "NATIVE_VLAN: must be at most 4095"),
			     "give a VLAN, or -1 if there is none");
		return -EINVAL;
	}
	c->has_native = native >= 0;
	c->native = sl_htons(c->has_native ? (uint16_t)native : 0);
	return 0;
}

static bool facts(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f)
{
	const struct strip_ether_vlan_header_conf *c = in->conf;

	(void)port;
	sl_facts_read(f, f->off, sizeof(struct sl_eth));
	if (out)
		return !c->has_native;
	if (c->has_native) {
		f->off = SL_ANY;
		return true;
	}
	sl_facts_read(f, f->off, sizeof(struct vlan_eth));
	sl_facts_pull(f, sizeof(struct vlan_eth));
	return true;
}

const struct sl_class sl_class_strip_ether_vlan_header = {
	.spec = {.name = "StripEtherVLANHeader", .ports = "1/1-2", .processing = "a/ah"},
	.base = "strip_ether_vlan_header",
	.aliases = aliases,
	.summary = "takes off the Ethernet header, and its VLAN tag",
	.help = "From a frame with a tag (type 0x8100) 18 bytes go, and the annotation VLAN_TCI is "
		"the tag's. From others 14 go, and it is NATIVE_VLAN; with a negative NATIVE_VLAN "
		"they leave unchanged by output 1, or are dropped. A packet shorter than its "
		"header is dropped as short.",
	.flags = SL_C_READS,
	.params = params,
	.conf_size = sizeof(struct strip_ether_vlan_header_conf),
	.conf = conf,
	.configure = configure,
	.facts = facts,
	.weight = 24,
};
