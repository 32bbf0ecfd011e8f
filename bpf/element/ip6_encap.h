/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IP6Encap: prepends an IPv6 header (RFC 8200 3). */
#ifndef SL_ELEMENT_IP6_ENCAP_H
#define SL_ELEMENT_IP6_ENCAP_H

#include "verdict.h"
#include "../ip6.h"

struct ip6_encap_conf {
	__be32 src[4];
	__be32 dst[4];
	__u8 anno; /* the destination is the annotation, unless that is unset */
	__u8 proto;
	__u8 hlim;
	__u8 class;
};

/*
 * The header in front of the window, and its marks. The destination is `dst`; NULL: the annotation,
 * which it becomes otherwise. 0 or -1.
 */
sl_inline int ip6_encap_push(struct sl_pkt *p, const struct ip6_encap_conf *c, const void *dst)
{
	struct sl_ip6 *ip;
	__u32 len = sl_len(p);

	if (sl_push(p, sizeof(*ip)))
		return -1;
	ip = sl_at(p, 0, sizeof(*ip));
	SL_SURELY(ip, -1);
	ip->vcf = sl_htonl(6u << 28 | (__u32)c->class << 20);
	ip->plen = sl_htons((__u16)len);
	ip->next = c->proto;
	ip->hlim = c->hlim;
	sl_ip6_copy(ip->src, c->src);
	if (dst)
		sl_ip6_copy(p->anno.dst_ip6, dst);
	sl_ip6_copy(ip->dst, p->anno.dst_ip6);
	p->nh = p->off;
	p->th = p->off + sizeof(*ip);
	return 0;
}

sl_inline __u32 ip6_encap(struct sl_pkt *p, const struct ip6_encap_conf *c)
{
	if (ip6_encap_push(p, c, c->anno ? NULL : c->dst))
		return SL_KILL(HEADROOM);
	return SL_OUT(0);
}

#endif
