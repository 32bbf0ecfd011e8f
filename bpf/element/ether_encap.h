/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* EtherEncap: prepend an Ethernet header. */
#ifndef SL_ELEMENT_ETHER_ENCAP_H
#define SL_ELEMENT_ETHER_ENCAP_H

#include "verdict.h"
#include "mac.h"

struct ether_encap_conf {
	__be16 type;
	__u8 src[6];
	__u8 dst[6];
};

sl_inline __u32 ether_encap(struct sl_pkt *p, const struct ether_encap_conf *c)
{
	struct sl_eth *eth;

	if (sl_push(p, sizeof(*eth)))
		return SL_KILL(HEADROOM);
	eth = sl_at(p, 0, sizeof(*eth));
	SL_SURELY(eth, SL_KILL(HEADROOM));
	sl_mac_pair((__u8 *)eth, c->dst, c->src);
	eth->type = c->type;
	p->mac = p->off;
	p->nh = p->off + sizeof(*eth);
	return SL_OUT(0);
}

#endif
