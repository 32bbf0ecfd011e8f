/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IP6Mirror: swaps source and destination; no checksum changes by that. */
#ifndef SL_ELEMENT_IP6_MIRROR_H
#define SL_ELEMENT_IP6_MIRROR_H

#include "verdict.h"
#include "../ip6.h"

sl_inline __u32 ip6_mirror(struct sl_pkt *p)
{
	struct sl_ip6 *ip = sl_net(p, 0, sizeof(*ip));
	struct sl_udp *ports;
	__be32 src[4];
	__be16 sport;

	if (!ip)
		return SL_KILL(SHORT);
	sl_ip6_copy(src, ip->src);
	sl_ip6_copy(ip->src, ip->dst);
	sl_ip6_copy(ip->dst, src);
	if (ip->next != SL_IPPROTO_TCP && ip->next != SL_IPPROTO_UDP)
		return SL_OUT(0);
	ports = sl_transport(p, 0, sizeof(*ports));
	if (ports) {
		sport = ports->sport;
		ports->sport = ports->dport;
		ports->dport = sport;
	}
	return SL_OUT(0);
}

#endif
