/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* EnsureEther: an Ethernet header in front of IP packets that have none. */
#ifndef SL_ELEMENT_ENSURE_ETHER_H
#define SL_ELEMENT_ENSURE_ETHER_H

#include "verdict.h"
#include "mac.h"

struct ensure_ether_conf {
	__be16 type;
	__u8 src[6];
	__u8 dst[6];
};

/* Whether what is in front of the network header looks like an Ethernet header that says IP. */
sl_inline int ensure_ether_has(const struct sl_pkt *p)
{
	const __be16 *type = sl_abs(p, p->nh - sizeof(*type), sizeof(*type));

	return type && (*type == sl_htons(SL_ETH_P_IP) || *type == sl_htons(SL_ETH_P_IPV6));
}

sl_inline __u32 ensure_ether(struct sl_pkt *p, const struct ensure_ether_conf *c)
{
	struct sl_eth *eth;

	if (p->nh == SL_UNSET || p->nh < p->off)
		return SL_OUT(0);
	if (p->nh - p->off == sizeof(*eth) && ensure_ether_has(p))
		return SL_OUT(0);
	/* One that was stripped comes back; in front of it is nothing of the packet's. */
	if (p->nh == p->off && p->mac != SL_UNSET && p->mac + sizeof(*eth) == p->nh &&
	    ensure_ether_has(p)) {
		p->off = p->mac;
		return SL_OUT(0);
	}
	sl_pull(p, p->nh - p->off);
	if (sl_push(p, sizeof(*eth)))
		return SL_KILL(HEADROOM);
	eth = sl_at(p, 0, sizeof(*eth));
	SL_SURELY(eth, SL_KILL(HEADROOM));
	sl_mac_copy(eth->dst, c->dst);
	sl_mac_copy(eth->src, c->src);
	eth->type = c->type;
	p->mac = p->off;
	return SL_OUT(0);
}

#endif
