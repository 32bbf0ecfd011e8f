/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* UDPIP6Encap: prepends UDP and IPv6 headers (RFC 768, RFC 8200 8.1). */
#ifndef SL_ELEMENT_UDP_IP6_ENCAP_H
#define SL_ELEMENT_UDP_IP6_ENCAP_H

#include "ip6_encap.h"

struct udp_ip6_encap_conf {
	struct ip6_encap_conf ip;
	__be16 sport, dport;
};

sl_inline __u32 udp_ip6_encap(struct sl_pkt *p, const struct udp_ip6_encap_conf *c)
{
	struct sl_udp *udp;
	__u32 len, sum;

	if (sl_push(p, sizeof(*udp)))
		return SL_KILL(HEADROOM);
	udp = sl_at(p, 0, sizeof(*udp));
	SL_SURELY(udp, SL_KILL(HEADROOM));
	len = sl_len(p);
	udp->sport = c->sport;
	udp->dport = c->dport;
	udp->len = sl_htons((__u16)len);
	udp->check = 0;
	if (ip6_encap_push(p, &c->ip, c->ip.anno ? NULL : c->ip.dst))
		return SL_KILL(HEADROOM);
	SL_SURELY(!sl_ip6_sum(p, p->off, SL_IPPROTO_UDP, len, &sum), SL_KILL(HEADROOM));
	udp = sl_at(p, sizeof(struct sl_ip6), sizeof(*udp));
	SL_SURELY(udp, SL_KILL(HEADROOM));
	udp->check = (__sum16)~sl_fold(sum);
	/* 0 would say that there is none. */
	if (!udp->check)
		udp->check = 0xffff;
	return SL_OUT(0);
}

#endif
