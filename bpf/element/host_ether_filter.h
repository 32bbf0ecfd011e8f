/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* HostEtherFilter: drop frames for others, say for whom the rest are. */
#ifndef SL_ELEMENT_HOST_ETHER_FILTER_H
#define SL_ELEMENT_HOST_ETHER_FILTER_H

#include "verdict.h"
#include "mac.h"

struct host_ether_filter_conf {
	__u8 ether[6];
	__u8 drop_own;
	__u8 drop_other;
	__u32 offset;
};

sl_inline __u32 host_ether_filter(struct sl_pkt *p, const struct host_ether_filter_conf *c)
{
	const struct sl_eth *eth = sl_at(p, c->offset, sizeof(*eth));

	if (!eth)
		return SL_KILL(SHORT);
	if (c->drop_own && sl_mac_eq(eth->src, c->ether))
		return SL_OUT_OR(1, NOTFORUS);
	if (sl_mac_eq(eth->dst, c->ether)) {
		p->type = SL_PKT_HOST;
	} else if (sl_mac_broadcast(eth->dst)) {
		p->type = SL_PKT_BROADCAST;
	} else if (eth->dst[0] & 1) {
		p->type = SL_PKT_MULTICAST;
	} else {
		p->type = SL_PKT_OTHERHOST;
		if (c->drop_other)
			return SL_OUT_OR(1, NOTFORUS);
	}
	return SL_OUT(0);
}

#endif
