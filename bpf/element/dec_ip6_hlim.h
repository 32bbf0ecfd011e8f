/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DecIP6HLIM: decrement the hop limit (RFC 8200 3). */
#ifndef SL_ELEMENT_DEC_IP6_HLIM_H
#define SL_ELEMENT_DEC_IP6_HLIM_H

#include "verdict.h"

struct dec_ip6_hlim_state {
	__u64 drops; /* expired packets, whether output 1 is connected or not */
};

sl_inline __u32 dec_ip6_hlim(struct sl_pkt *p, struct dec_ip6_hlim_state *st)
{
	struct sl_ip6 *ip = sl_net(p, 0, sizeof(*ip));

	if (!ip)
		return SL_KILL(SHORT);
	if (ip->hlim <= 1) {
		st->drops++;
		return SL_OUT_OR(1, TTL);
	}
	ip->hlim--;
	return SL_OUT(0);
}

#endif
