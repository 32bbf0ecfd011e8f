/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * CheckIP6Header: what a router verifies before it looks at anything else (RFC 8200 3, RFC 4291
 * 2.7). The list of bad sources is in a function of each instance, called between the two parts.
 */
#ifndef SL_ELEMENT_CHECK_IP6_HEADER_H
#define SL_ELEMENT_CHECK_IP6_HEADER_H

#include "verdict.h"
#include "../ip6.h"

struct check_ip6_header_conf {
	__u32 offset; /* of the IPv6 header in the window */
};

struct check_ip6_header_state {
	__u64 drops;
};

/* Lengths, version, source. SL_OUT(0) if all is well; *padding is what follows the packet. */
sl_inline __u32 check_ip6_header_form(const struct sl_pkt *p, const struct check_ip6_header_conf *c,
				      const struct sl_ip6 *ip, __u32 *padding)
{
	__u32 len, have;

	if (!sl_ip6_version_ok(ip))
		return SL_OUT_OR(1, BADHDR);
	len = sizeof(*ip) + sl_ntohs(ip->plen);
	have = sl_len(p) - c->offset;
	if (len > have)
		return SL_OUT_OR(1, BADHDR);
	*padding = have - len;
	return sl_ip6_multicast(ip->src) ? SL_OUT_OR(1, BADADDR) : SL_OUT(0);
}

/* The header is good: mark it, drop the link's padding. */
sl_inline __u32 check_ip6_header_good(struct sl_pkt *p, __u32 at, __u32 padding)
{
	p->nh = at;
	p->th = at + sizeof(struct sl_ip6);
	/* The header is looked for again, as a verifier takes every packet that moved for new. */
	if (padding) {
		SL_SURELY(!sl_take(p, padding), SL_KILL(BADHDR));
		SL_SURELY(sl_abs(p, at, sizeof(struct sl_ip6)), SL_KILL(BADHDR));
	}
	return SL_OUT(0);
}

#endif
