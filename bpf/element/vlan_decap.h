/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* VLANDecap: take the outer tag out of an Ethernet frame, if it has one. */
#ifndef SL_ELEMENT_VLAN_DECAP_H
#define SL_ELEMENT_VLAN_DECAP_H

#include "verdict.h"
#include "mac.h"
#include "vlan.h"

struct vlan_decap_conf {
	__u8 anno;
	__be16 tpid;
};

sl_inline __u32 vlan_decap(struct sl_pkt *p, const struct vlan_decap_conf *c)
{
	struct sl_eth *eth = sl_at(p, 0, sizeof(*eth));
	__be16 tci = 0;

	if (!eth)
		return SL_KILL(SHORT);
	if (eth->type == c->tpid) {
		struct vlan_eth *tagged = sl_at(p, 0, sizeof(*tagged));
		__u8 mac[SL_ETH_ALEN];

		if (!tagged)
			return SL_KILL(SHORT);
		tci = tagged->tci;
		sl_mac_copy(mac, tagged->src);
		sl_mac_copy((__u8 *)tagged + sizeof(struct sl_vlan) + SL_ETH_ALEN, mac);
		sl_mac_copy(mac, tagged->dst);
		sl_mac_copy((__u8 *)tagged + sizeof(struct sl_vlan), mac);
		p->off += sizeof(struct sl_vlan);
	}
	vlan_mark(p, SL_ETH_HLEN);
	if (c->anno)
		p->anno.vlan_tci = tci;
	return SL_OUT(0);
}

#endif
