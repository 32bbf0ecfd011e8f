/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SetVLANAnno: set the annotation VLAN_TCI. */
#ifndef SL_ELEMENT_SET_VLAN_ANNO_H
#define SL_ELEMENT_SET_VLAN_ANNO_H

#include "verdict.h"
#include "vlan.h"

struct set_vlan_anno_conf {
	struct vlan_conf vlan;
};

sl_inline __u32 set_vlan_anno(struct sl_pkt *p, const struct set_vlan_anno_conf *c)
{
	p->anno.vlan_tci = c->vlan.tci;
	return SL_OUT(0);
}

#endif
