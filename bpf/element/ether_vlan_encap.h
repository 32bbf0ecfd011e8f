/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* EtherVLANEncap: prepend an Ethernet header with a VLAN tag. */
#ifndef SL_ELEMENT_ETHER_VLAN_ENCAP_H
#define SL_ELEMENT_ETHER_VLAN_ENCAP_H

#include "verdict.h"
#include "mac.h"
#include "vlan.h"

struct ether_vlan_encap_conf {
	struct vlan_conf vlan;
	__be16 type;
	__u8 src[6];
	__u8 dst[6];
};

sl_inline __u32 ether_vlan_encap(struct sl_pkt *p, const struct ether_vlan_encap_conf *c)
{
	__be16 tci = vlan_tci(p, &c->vlan);

	if (vlan_untagged(tci, &c->vlan)) {
		struct sl_eth *eth;

		if (sl_push(p, sizeof(*eth)))
			return SL_KILL(HEADROOM);
		eth = sl_at(p, 0, sizeof(*eth));
		SL_SURELY(eth, SL_KILL(HEADROOM));
		sl_mac_copy(eth->dst, c->dst);
		sl_mac_copy(eth->src, c->src);
		eth->type = c->type;
		vlan_mark(p, sizeof(*eth));
	} else {
		struct vlan_eth *eth;

		if (sl_push(p, sizeof(*eth)))
			return SL_KILL(HEADROOM);
		eth = sl_at(p, 0, sizeof(*eth));
		SL_SURELY(eth, SL_KILL(HEADROOM));
		sl_mac_copy(eth->dst, c->dst);
		sl_mac_copy(eth->src, c->src);
		eth->tpid = sl_htons(SL_ETH_P_8021Q);
		eth->tci = tci;
		eth->type = c->type;
		vlan_mark(p, sizeof(*eth));
	}
	return SL_OUT(0);
}

#endif
