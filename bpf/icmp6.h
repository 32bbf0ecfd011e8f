/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMPv6 (RFC 4443): types, the checksum, and the way to it through extension headers. */
#ifndef SL_BPF_ICMP6_H
#define SL_BPF_ICMP6_H

#include "ipcsum.h"
#include "ipopt.h"

#define SL_ICMP6_TOO_BIG 2
#define SL_ICMP6_INFO 128 /* from here on messages are not about errors */
#define SL_ICMP6_REDIRECT 137

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

/* One extension header: 1 if there was one, 0 if what is there is the upper layer, -1 if the packet
 * ends before. */
sl_inline int sl_ip6_ext(const struct sl_pkt *p, struct sl_ip6_upper *u)
{
	const __u8 *h;

	if (u->proto != SL_IPPROTO_HOPOPTS && u->proto != SL_IPPROTO_ROUTING &&
	    u->proto != SL_IPPROTO_FRAGMENT && u->proto != SL_IPPROTO_AH &&
	    u->proto != SL_IPPROTO_DSTOPTS)
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
	SL_OPT_LOOP
	for (i = 0; i < SL_IP6_EXTS; i++) {
		int more = sl_ip6_ext(p, u);

		if (more <= 0)
			return more;
		if (u->fragment)
			return 0;
	}
	return -1;
}

/* Sets the checksum of the ICMPv6 message of `len` bytes behind the IPv6 header at `at` (RFC 4443
 * 2.3, RFC 8200 8.1). 0 or -1. */
sl_inline int sl_icmp6_set_sum(struct sl_pkt *p, __u32 at, __u32 len)
{
	struct sl_icmp *icmp = sl_abs(p, at + sizeof(struct sl_ip6), sizeof(*icmp));
	__u32 sum = sl_htons((__u16)len) + sl_htons(SL_IPPROTO_ICMPV6);

	if (!icmp)
		return -1;
	icmp->check = 0;
	/* The two addresses stand in front of the message. */
	if (sl_csum_range(p, at + 8, 32 + len, &sum))
		return -1;
	icmp = sl_abs(p, at + sizeof(struct sl_ip6), sizeof(*icmp));
	if (!icmp)
		return -1;
	icmp->check = (__sum16)~sl_fold(sum);
	return 0;
}

#endif
