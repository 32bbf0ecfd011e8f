/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPMirror: a packet goes back to where it came from. No checksum changes by that. */
#ifndef SL_ELEMENT_IP_MIRROR_H
#define SL_ELEMENT_IP_MIRROR_H

#include "verdict.h"

struct ip_mirror_conf {
	__u8 dst_anno; /* the annotation is the new destination */
};

/* Ports of TCP and UDP, sequence and acknowledgement number of TCP, as far as they are there. */
sl_inline void ip_mirror_transport(struct sl_pkt *p, __u32 proto)
{
	struct sl_udp *udp = sl_transport(p, 0, sizeof(*udp));
	struct sl_tcp *tcp;
	__be16 port;
	__be32 seq;

	if (!udp)
		return;
	port = udp->sport;
	udp->sport = udp->dport;
	udp->dport = port;
	if (proto != SL_IPPROTO_TCP)
		return;
	tcp = sl_transport(p, 0, __builtin_offsetof(struct sl_tcp, off));
	if (!tcp)
		return;
	seq = tcp->seq;
	tcp->seq = tcp->ack;
	tcp->ack = seq;
}

sl_inline __u32 ip_mirror(struct sl_pkt *p, const struct ip_mirror_conf *c)
{
	struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	__be32 src;

	if (!ip)
		return SL_KILL(SHORT);
	src = ip->src;
	ip->src = ip->dst;
	ip->dst = src;
	if (c->dst_anno)
		p->anno.dst_ip = src;
	if ((ip->proto == SL_IPPROTO_TCP || ip->proto == SL_IPPROTO_UDP) &&
	    !(ip->frag & sl_htons(SL_IP_OFFMASK)))
		ip_mirror_transport(p, ip->proto);
	return SL_OUT(0);
}

#endif
