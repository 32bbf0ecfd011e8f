// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of SetVLANAnno. */
#include "loader/config/vlan.h"
#include "bpf/element/set_vlan_anno.h"

static const char *const aliases[] = {"SetVlanAnno", NULL};

static const struct sl_param params[] = {
	SL_PARAMS_VLAN_TCI("the TCI, 0 to 65535"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct set_vlan_anno_conf, vlan.tci, BE16),
	SL_FIELDS_END,
};

static const struct sl_handler handlers[] = {
	SL_HANDLERS_VLAN_TCI,
	SL_HANDLERS_END,
};

const struct sl_class sl_class_set_vlan_anno = {
	.spec = {.name = "SetVLANAnno", .ports = "1/1", .processing = "a"},
	.base = "set_vlan_anno",
	.aliases = aliases,
	.summary = "sets the annotation VLAN_TCI",
	.help = "VLAN_PCP is added to VLAN_TCI or VLAN_ID. VLANEncap and EtherVLANEncap with ANNO "
		"write it into frames. The annotation shares its bytes with AGGREGATE.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct set_vlan_anno_conf),
	.conf = conf,
	.configure = sl_conf_vlan,
	.weight = 4,
};
