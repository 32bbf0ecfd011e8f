/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* VLANEncap: put a tag into an Ethernet frame. */
#ifndef SL_ELEMENT_VLAN_ENCAP_H
#define SL_ELEMENT_VLAN_ENCAP_H

#include "verdict.h"
#include "mac.h"
#include "vlan.h"

struct vlan_encap_conf {
	struct vlan_conf vlan;
	__be16 tpid;
};

sl_inline __u32 vlan_encap(struct sl_pkt *p, const struct vlan_encap_conf *c)
{
	__be16 tci = vlan_tci(p, &c->vlan);
	struct vlan_eth *eth;
	__u8 mac[SL_ETH_ALEN];

	if (vlan_untagged(tci, &c->vlan)) {
		vlan_mark(p, SL_ETH_HLEN);
		return SL_OUT(0);
	}
	if (sl_push(p, sizeof(struct sl_vlan)))
		return SL_KILL(HEADROOM);
	eth = sl_at(p, 0, sizeof(*eth));
	if (!eth)
		return SL_KILL(SHORT);
	/* The addresses go to the front, each before its place is written. */
	sl_mac_copy(mac, (__u8 *)eth + sizeof(struct sl_vlan));
	sl_mac_copy(eth->dst, mac);
	sl_mac_copy(mac, (__u8 *)eth + sizeof(struct sl_vlan) + SL_ETH_ALEN);
	sl_mac_copy(eth->src, mac);
	eth->tpid = c->tpid;
	eth->tci = tci;
	vlan_mark(p, sizeof(*eth));
	return SL_OUT(0);
}

#endif
