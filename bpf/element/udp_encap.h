/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPv4 and UDP headers in front of packets: UDPIPEncap and DynamicUDPIPEncap. */
#ifndef SL_ELEMENT_UDP_ENCAP_H
#define SL_ELEMENT_UDP_ENCAP_H

#include "verdict.h"
#include "encap4.h"
#include "transport.h"

struct udp_encap {
	struct encap4 ip;
	__u16 sport, dport;
	__u8 checksum; /* compute it */
};

/* `id` is the IP header's; `later` is added to the ports. */
sl_inline __u32 udp_encap(struct sl_pkt *p, const struct udp_encap *c, __u32 id, __u32 later)
{
	struct sl_ip4 *ip = encap4(p, &c->ip, sizeof(struct sl_udp), id);
	struct sl_udp *udp;
	__u32 len, sum;

	if (!ip)
		return SL_KILL(HEADROOM);
	len = sl_len(p) - sizeof(*ip);
	udp = (struct sl_udp *)(ip + 1);
	udp->sport = sl_htons((__u16)(c->sport + later));
	udp->dport = sl_htons((__u16)(c->dport + later));
	udp->len = sl_htons((__u16)len);
	udp->check = 0;
	if (!c->checksum)
		return SL_OUT(0);
	sum = transport_pseudo(ip->src, ip->dst, SL_IPPROTO_UDP, len);
	SL_SURELY(!sl_csum_range(p, p->th, len, SL_OFF_MASK, &sum), SL_KILL(HEADROOM));
	udp = sl_transport(p, 0, sizeof(*udp));
	SL_SURELY(udp, SL_KILL(HEADROOM));
	/* 0 would say that there is none (RFC 768). */
	udp->check = sl_fold(sum) == 0xffff ? 0xffff : (__sum16)~sl_fold(sum);
	return SL_OUT(0);
}

#endif
