/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* StripEtherVLANHeader: take off an Ethernet header, with its VLAN tag if it has one. */
#ifndef SL_ELEMENT_STRIP_ETHER_VLAN_HEADER_H
#define SL_ELEMENT_STRIP_ETHER_VLAN_HEADER_H

#include "verdict.h"
#include "vlan.h"

struct strip_ether_vlan_header_conf {
	__be16 native;	 /* what the annotation is for frames without a tag */
	__u8 has_native; /* 0: such frames leave by output 1 */
};

sl_inline __u32 strip_ether_vlan_header(struct sl_pkt *p,
					const struct strip_ether_vlan_header_conf *c)
{
	const struct sl_eth *eth = sl_at(p, 0, sizeof(*eth));
	const struct vlan_eth *tagged;

	if (!eth)
		return SL_KILL(SHORT);
	if (eth->type == sl_htons(SL_ETH_P_8021Q)) {
		tagged = sl_at(p, 0, sizeof(*tagged));
		if (!tagged)
			return SL_KILL(SHORT);
		p->anno.vlan_tci = tagged->tci;
		p->off += sizeof(*tagged);
		return SL_OUT(0);
	}
	if (!c->has_native)
		return SL_OUT_OR(1, ELEMENT);
	p->anno.vlan_tci = c->native;
	p->off += sizeof(*eth);
	return SL_OUT(0);
}

#endif
