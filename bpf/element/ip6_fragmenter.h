/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IP6Fragmenter: packets that fit pass; routers cut no IPv6 packet (RFC 8200 5). */
#ifndef SL_ELEMENT_IP6_FRAGMENTER_H
#define SL_ELEMENT_IP6_FRAGMENTER_H

#include "verdict.h"

struct ip6_fragmenter_conf {
	__u32 mtu;
};

struct ip6_fragmenter_state {
	__u64 drops;
};

sl_inline __u32 ip6_fragmenter(struct sl_pkt *p, const struct ip6_fragmenter_conf *c,
			       struct ip6_fragmenter_state *st)
{
	__u32 len = sl_len(p);

	if (p->nh != SL_UNSET && p->nh >= p->off)
		len -= p->nh - p->off;
	if (sl_likely(len <= c->mtu))
		return SL_OUT(0);
	st->drops++;
	return SL_OUT_OR(1, FRAGMENT);
}

#endif
