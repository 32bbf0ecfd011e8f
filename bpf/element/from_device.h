/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* FromDevice: where frames of a device enter the graph. */
#ifndef SL_ELEMENT_FROM_DEVICE_H
#define SL_ELEMENT_FROM_DEVICE_H

#include "verdict.h"
#include "mac.h"

struct from_device_conf {
	__u8 dev; /* first: the planner looks here */
	__u8 mac[6];
	__u8 force_ip;
	__u8 ip_link;
};

sl_inline void from_device_type(struct sl_pkt *p, const struct sl_eth *eth,
				const struct from_device_conf *c)
{
	if (c->ip_link || sl_mac_eq(eth->dst, c->mac))
		p->type = SL_PKT_HOST;
	else if (sl_mac_broadcast(eth->dst))
		p->type = SL_PKT_BROADCAST;
	else if (eth->dst[0] & 1)
		p->type = SL_PKT_MULTICAST;
	else
		p->type = SL_PKT_OTHERHOST;
}

sl_inline __u32 from_device(struct sl_pkt *p, const struct from_device_conf *c)
{
	const struct sl_eth *eth = sl_at(p, 0, sizeof(*eth));

	SL_SURELY(eth, SL_KILL(SHORT));
	p->mac = p->off;
	from_device_type(p, eth, c);
	if (c->force_ip) {
		const struct sl_ip4 *ip = sl_at(p, sizeof(*eth), sizeof(*ip));

		if (eth->type != sl_htons(SL_ETH_P_IP) || !ip || ip->ver_ihl >> 4 != 4 ||
		    (ip->ver_ihl & 0xf) < 5 || sizeof(*eth) + (ip->ver_ihl & 0xf) * 4u > sl_len(p))
			return SL_OUT_OR(1, BADHDR);
		p->nh = p->off + sizeof(*eth);
		p->th = p->nh + (ip->ver_ihl & 0xf) * 4u;
		p->anno.dst_ip = ip->dst;
	}
	return SL_OUT(0);
}

#endif
