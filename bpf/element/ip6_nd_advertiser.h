/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * IP6NDAdvertiser: a solicitation for an address of ours becomes the advertisement, in place (RFC
 * 4861 7.2). Which addresses are ours is in a function of each instance, called between the two
 * parts here.
 */
#ifndef SL_ELEMENT_IP6_ND_ADVERTISER_H
#define SL_ELEMENT_IP6_ND_ADVERTISER_H

#include "verdict.h"
#include "../fresh.h"
#include "../nd.h"

/* The address that a good solicitation asks for. 0 when the packet is none. */
sl_inline int ip6_nd_advertiser_wanted(const struct sl_pkt *p, __be32 want[4])
{
	const struct sl_nd_frame *f;
	struct sl_nd_seen seen;
	__be32 group[4];

	if (!sl_nd_is(p, SL_ICMP6_SOLICIT, SL_ND_SOURCE, &seen))
		return 0;
	f = sl_at(p, 0, __builtin_offsetof(struct sl_nd_frame, option));
	SL_SURELY(f, 0);
	if (sl_ip6_multicast(f->ip.src))
		return 0;
	sl_ip6_copy(want, f->nd.target);
	/* Who asks is told where his frame came from. */
	if (!sl_ip6_unset(f->ip.src))
		return !(f->eth.src[0] & 1);
	/* Somebody looks whether his address is free (RFC 4862 5.4); all are told. */
	sl_nd_solicited(group, want);
	return !seen.has_mac && sl_ip6_is(f->ip.dst, group[0], group[1], group[2], group[3]);
}

/* The advertisement: the wanted address is at `mac`. `own`: it is no other's that we answer for. */
sl_inline __u32 ip6_nd_advertiser_reply(struct sl_pkt *p, const __be32 want[4],
					const __u8 mac[SL_ETH_ALEN], int own)
{
	struct sl_nd_make m = {
		.type = SL_ICMP6_ADVERT, .option = SL_ND_TARGET, .flags = SL_ND_ROUTER};
	const struct sl_nd_frame *f = sl_at(p, 0, __builtin_offsetof(struct sl_nd_frame, option));
	__be16 tci = p->anno.vlan_tci;

	SL_SURELY(f, SL_KILL(SHORT));
	if (own)
		m.flags |= SL_ND_OVERRIDE;
	if (sl_ip6_unset(f->ip.src)) {
		m.dst[0] = sl_htonl(0xff020000);
		m.dst[3] = sl_htonl(1);
		sl_nd_group_mac(m.to, m.dst);
	} else {
		m.flags |= SL_ND_SOLICITED;
		sl_ip6_copy(m.dst, f->ip.src);
		sl_mac_copy(m.to, f->eth.src);
	}
	sl_ip6_copy(m.src, want);
	sl_ip6_copy(m.target, want);
	sl_mac_copy(m.from, mac);
	sl_mac_copy(m.mac, mac);
	if (sl_nd_write(p, &m))
		return SL_KILL(SHORT);
	sl_fresh(p);
	sl_nd_mark(p);
	p->anno.vlan_tci = tci;
	return SL_OUT(0);
}

#endif
