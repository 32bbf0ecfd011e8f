/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * IPFragmenter: packets that fit pass; those that may not be cut go to output 1 (RFC 791, RFC
 * 1191). One packet cannot become several at this level, so what would have to be cut is dropped.
 */
#ifndef SL_ELEMENT_IP_FRAGMENTER_H
#define SL_ELEMENT_IP_FRAGMENTER_H

#include "verdict.h"
#include "../ipcsum.h"

struct ip_fragmenter_conf {
	__u32 mtu;
	__u8 honor_df;
};

struct ip_fragmenter_state {
	__u64 drops; /* too long and DF set, or MTU too small to cut anything */
	__u64 uncut; /* too long: would have become fragments */
};

sl_inline __u32 ip_fragmenter(struct sl_pkt *p, const struct ip_fragmenter_conf *c,
			      struct ip_fragmenter_state *st)
{
	const struct sl_ip4 *ip;
	__u32 len, hlen;

	if (p->nh == SL_UNSET || p->nh < p->off)
		len = sl_len(p);
	else
		len = sl_len(p) - (p->nh - p->off);
	if (sl_likely(len <= c->mtu))
		return SL_OUT(0);
	ip = sl_net(p, 0, sizeof(*ip));
	if (!ip)
		return SL_KILL(SHORT);
	hlen = sl_ip4_hlen(ip);
	if ((c->honor_df && (ip->frag & sl_htons(SL_IP_DF))) || c->mtu < hlen + 8) {
		st->drops++;
		return SL_OUT_OR(1, FRAGMENT);
	}
	st->uncut++;
	return SL_KILL(FRAGMENT);
}

#endif
