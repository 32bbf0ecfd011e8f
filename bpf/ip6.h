/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPv6 (RFC 8200, RFC 4291): addresses, and the way through extension headers. */
#ifndef SL_BPF_IP6_H
#define SL_BPF_IP6_H

#include "ipcsum.h"

/* ---- Addresses -------------------------------------------------------------------------------
 * In packets 16 bytes, in configurations and annotations __be32[4]: both are taken as words.
 */

/* Word by word, and not memcpy: see sl_mac_copy. */
sl_inline void sl_ip6_copy(void *to, const void *from)
{
	sl_u32_wire *t = to;
	const sl_u32_wire *f = from;

	t[0] = f[0];
	t[1] = f[1];
	t[2] = f[2];
	t[3] = f[3];
}

/* Is it the address of words a to d? */
sl_inline int sl_ip6_is(const void *addr, __be32 a, __be32 b, __be32 c, __be32 d)
{
	const sl_u32_wire *w = addr;

	return w[3] == d && w[2] == c && w[1] == b && w[0] == a;
}

/* "::", which stands for no address. */
sl_inline int sl_ip6_unset(const void *addr)
{
	return sl_ip6_is(addr, 0, 0, 0, 0);
}

sl_inline int sl_ip6_multicast(const void *addr)
{
	return *(const __u8 *)addr == 0xff;
}

/* Version 6 in the first four bytes of a header? */
sl_inline int sl_ip6_version_ok(const struct sl_ip6 *ip)
{
	return (ip->vcf & sl_htonl(0xf0000000)) == sl_htonl(6u << 28);
}

/* ---- Extension headers -----------------------------------------------------------------------*/

#define SL_IPPROTO_HOPOPTS 0
#define SL_IPPROTO_ROUTING 43
#define SL_IPPROTO_FRAGMENT 44
#define SL_IPPROTO_AH 51
#define SL_IPPROTO_NONE 59

/* No packet that is worth a look has more extension headers. */
#define SL_IP6_EXTS 8

/* What stands behind a packet's extension headers. */
struct sl_ip6_upper {
	__u32 at; /* from the packet's start */
	__u8 proto;
	__u8 fragment; /* one that does not begin the packet */
};

sl_inline int sl_ip6_is_ext(__u8 proto)
{
	return proto == SL_IPPROTO_HOPOPTS || proto == SL_IPPROTO_ROUTING ||
	       proto == SL_IPPROTO_FRAGMENT || proto == SL_IPPROTO_AH ||
	       proto == SL_IPPROTO_DSTOPTS;
}

/* One extension header: 1 if there was one, 0 if what is there is the upper layer, -1 if the packet
 * ends before. */
sl_inline int sl_ip6_ext(const struct sl_pkt *p, struct sl_ip6_upper *u)
{
	const __u8 *h;

	if (!sl_ip6_is_ext(u->proto))
		return 0;
	h = sl_abs(p, u->at, 8);
	if (!h)
		return -1;
	if (u->proto == SL_IPPROTO_FRAGMENT) {
		u->fragment = h[2] || h[3] & 0xf8;
		u->at += 8;
	} else {
		u->at += u->proto == SL_IPPROTO_AH ? (h[1] + 2u) * 4 : (h[1] + 1u) * 8;
	}
	u->proto = h[0];
	if (u->at > SL_OFF_MASK)
		return -1;
	/* All the verifier is to know of it, each time round. */
	SL_OPAQUE(u->at);
	u->at &= SL_OFF_MASK;
	return 1;
}

/* Finds the upper layer of the IPv6 packet at `at`, or the end of a fragment's headers. 0; -1 if
 * the packet ends before, or has more headers than are looked at. */
sl_inline int sl_ip6_upper(const struct sl_pkt *p, __u32 at, struct sl_ip6_upper *u)
{
	const struct sl_ip6 *ip = sl_abs(p, at, sizeof(*ip));
	int i;

	if (!ip)
		return -1;
	*u = (struct sl_ip6_upper){.at = at + sizeof(*ip), .proto = ip->next};
#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
	for (i = 0; i < SL_IP6_EXTS; i++) {
		int more = sl_ip6_ext(p, u);

		if (more <= 0)
			return more;
		if (u->fragment)
			return 0;
	}
	return sl_ip6_is_ext(u->proto) ? -1 : 0;
}

/* ---- Checksums -------------------------------------------------------------------------------*/

/*
 * The sum of the pseudo header and the `len` bytes behind the IPv6 header at `at`, which are of the
 * upper layer `proto` (RFC 8200 8.1). 0, or -1 if the packet ends before.
 */
sl_inline int sl_ip6_sum(const struct sl_pkt *p, __u32 at, __u8 proto, __u32 len, __u32 *sum)
{
	*sum = sl_htons((__u16)len) + sl_htons(proto);
	/* The two addresses stand in front of the upper layer. */
	return sl_csum_range(p, at + 8, 32 + len, SL_OFF_MASK, sum);
}

#endif
