/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Congestion marks across a tunnel (RFC 6040, normal mode): the outer header says of itself what
 * the inner one does, and what routers on the way marked there is said of the inner packet when it
 * comes out. Other payloads than IP have no such field and go as they are.
 */
#ifndef SL_BPF_ECN_H
#define SL_BPF_ECN_H

#include "abi.h"
#include "helpers.h"
#include "net.h"
#include "words.h"

#define ECN_NOT 0 /* not capable of it */
#define ECN_ECT1 1
#define ECN_ECT0 2
#define ECN_CE 3 /* congestion experienced */

/* Marks of an outer header that say something an inner one might not: CE and ECT(1). */
#define ECN_TELLS(ecn) ((ecn)&1)

/* The field of an IP header of this EtherType, from its first two bytes as they stand. */
sl_inline __u32 ecn_of(__be16 type, __u16 first)
{
	if (type == sl_htons(SL_ETH_P_IP))
		return first >> 8 & 3;
	return type == sl_htons(SL_ETH_P_IPV6) ? first >> 12 & 3 : 0;
}

/* What an inner packet that came in as `inner` is to say (RFC 6040, 4.2), or -1: drop it. */
sl_inline int ecn_decided(__u32 inner, __u32 outer)
{
	if (outer == ECN_CE)
		return inner == ECN_NOT ? -1 : ECN_CE;
	return outer == ECN_ECT1 && inner == ECN_ECT0 ? ECN_ECT1 : (int)inner;
}

/*
 * Says in the inner packet at `at` what the outer header of ECN_TELLS() did. `type` is its
 * EtherType, or that of Ethernet (transparent bridging). 0, or the reason to drop.
 */
sl_global int ecn_inward(struct xdp_md *ctx, __u32 at, __u32 type, __u32 outer)
{
	char *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct sl_ip4 *ip;
	__be16 proto = sl_htons((__u16)type);
	__u32 inner;
	__u16 was, is;
	int ecn;

	opaque(at);
	if (at > 0xfff)
		return 0;
	p += at;
	if (type == SL_ETH_P_TEB) {
		if (p + SL_ETH_HLEN > end)
			return 0;
		proto = ld16(p + 2 * SL_ETH_ALEN);
		p += SL_ETH_HLEN;
	}
	ip = (void *)p;
	if ((void *)(ip + 1) > (void *)end)
		return 0;
	was = ld16(p);
	inner = ecn_of(proto, was);
	if (proto != sl_htons(SL_ETH_P_IP) && proto != sl_htons(SL_ETH_P_IPV6))
		return 0;
	ecn = ecn_decided(inner, outer);
	if (ecn < 0)
		return SL_R_ECN;
	if (proto == sl_htons(SL_ETH_P_IPV6)) {
		st16(p, (__u16)((was & ~0x3000) | ecn << 12));
		return 0;
	}
	is = (__u16)((was & ~0x300) | ecn << 8);
	st16(p, is);
	ip->check = sl_sum_update(ip->check, was, is);
	return 0;
}

#endif
