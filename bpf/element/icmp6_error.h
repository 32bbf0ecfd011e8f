/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMP6Error: the packet becomes an ICMPv6 error message about itself (RFC 4443 2.4, 3), or a
 * redirect (RFC 4861 4.5). The new headers go in front of the old packet, whose end is cut: nothing
 * is copied.
 */
#ifndef SL_ELEMENT_ICMP6_ERROR_H
#define SL_ELEMENT_ICMP6_ERROR_H

#include "verdict.h"
#include "../fresh.h"
#include "../icmp6.h"

/* Longest message: what every host takes (RFC 4443 2.4 c). */
#define ICMP6_ERROR_LONGEST 1280u

struct icmp6_error_conf {
	__be32 src[4];
	__u32 pmtu; /* what "packet too big" reports */
	__u8 type, code;
	__u8 redirect; /* it is one: another layout */
	__u8 hlim;
};

/* Sent to a group, of hosts or of stations? */
sl_inline int icmp6_error_group(const struct sl_pkt *p, const struct sl_ip6 *ip)
{
	return p->type == SL_PKT_BROADCAST || p->type == SL_PKT_MULTICAST ||
	       sl_ip6_multicast(ip->dst);
}

/* The two kinds of messages that are also about what was sent to a group (RFC 4443 2.4 e.3). */
sl_inline int icmp6_error_for_group(const struct sl_pkt *p, const struct icmp6_error_conf *c)
{
	const __u8 *option;

	if (c->type == SL_ICMP6_TOO_BIG)
		return 1;
	if (c->type != SL_ICMP6_PARAMETER_PROBLEM || c->code != SL_ICMP6_PARAMETER_OPTION)
		return 0;
	option = sl_net(p, p->anno.param_prob, 1);
	return option && (*option & 0xc0) == 0x80;
}

/* Whether there may be this message about the packet at nh: SL_OUT(0), or a drop. */
sl_inline __u32 icmp6_error_judge(const struct sl_pkt *p, const struct icmp6_error_conf *c)
{
	const struct sl_ip6 *ip = sl_net(p, 0, sizeof(*ip));
	struct sl_ip6_upper u;
	const __u8 *type;

	if (!ip)
		return SL_KILL(SHORT);
	if (icmp6_error_group(p, ip) && !icmp6_error_for_group(p, c))
		return SL_KILL(NOICMP);
	/* A source that is no one node. */
	if (sl_ip6_multicast(ip->src) || sl_ip6_unset(ip->src) ||
	    sl_ip6_is(ip->src, 0, 0, 0, sl_htonl(1)))
		return SL_KILL(NOICMP);
	if (sl_ip6_upper(p, p->nh, &u) || u.fragment)
		return SL_KILL(NOICMP);
	if (u.proto != SL_IPPROTO_ICMPV6)
		return SL_OUT(0);
	type = sl_abs(p, u.at, 1);
	return type && *type >= SL_ICMP6_INFO && *type != SL_ICMP6_REDIRECT ? SL_OUT(0)
									    : SL_KILL(NOICMP);
}

/* The four bytes behind type, code and checksum. */
sl_inline __be32 icmp6_error_particulars(const struct sl_pkt *p, const struct icmp6_error_conf *c)
{
	if (c->type == SL_ICMP6_TOO_BIG)
		return sl_htonl(c->pmtu);
	if (c->type == SL_ICMP6_PARAMETER_PROBLEM)
		return sl_htonl(p->anno.param_prob);
	return 0;
}

/* What a redirect has between its ICMPv6 header and the quote. */
struct icmp6_error_redirect {
	__u8 target[16], dst[16];
	__u8 option, option_len; /* Redirected Header, in units of 8 bytes */
	__u8 zero[6];
} SL_WIRE;

sl_inline void icmp6_error_fill_redirect(struct sl_pkt *p, const __be32 dst[4], __u32 quote)
{
	struct icmp6_error_redirect *r =
		sl_at(p, sizeof(struct sl_ip6) + sizeof(struct sl_icmp), sizeof(*r));

	SL_SURELY(r, );
	sl_ip6_copy(r->target, p->anno.dst_ip6);
	sl_ip6_copy(r->dst, dst);
	r->option = 4;
	r->option_len = (__u8)((quote + 8) / 8);
	__builtin_memset(r->zero, 0, sizeof(r->zero));
}

/* The packet at nh, `len` bytes, becomes the message, of at most `most` bytes. */
sl_inline __u32 icmp6_error_make(struct sl_pkt *p, const struct icmp6_error_conf *c, __u32 len,
				 __u32 most)
{
	__u32 head = sizeof(struct sl_ip6) + sizeof(struct sl_icmp);
	struct sl_icmp *icmp;
	struct sl_ip6 *ip;
	__be32 src[4], dst[4], rest = icmp6_error_particulars(p, c);

	ip = sl_net(p, 0, sizeof(*ip));
	SL_SURELY(ip, SL_KILL(SHORT));
	sl_ip6_copy(src, ip->src);
	sl_ip6_copy(dst, ip->dst);
	p->off = p->nh;
	if (c->redirect) {
		head += sizeof(struct icmp6_error_redirect);
		len &= ~7u;
		most &= ~7u;
		if (sl_push(p, sizeof(struct icmp6_error_redirect)))
			return SL_KILL(HEADROOM);
	}
	if (sl_push(p, sizeof(*ip) + sizeof(*icmp)))
		return SL_KILL(HEADROOM);
	len += head;
	if (len > most)
		len = most;
	if (len < head || sl_set_len(p, len))
		return SL_KILL(HEADROOM);
	if (c->redirect)
		icmp6_error_fill_redirect(p, dst, len - head);
	ip = sl_at(p, 0, sizeof(*ip));
	SL_SURELY(ip, SL_KILL(HEADROOM));
	ip->vcf = sl_htonl(6u << 28);
	ip->plen = sl_htons((__u16)(len - sizeof(*ip)));
	ip->next = SL_IPPROTO_ICMPV6;
	ip->hlim = c->hlim;
	sl_ip6_copy(ip->src, c->src);
	sl_ip6_copy(ip->dst, src);
	icmp = sl_at(p, sizeof(*ip), sizeof(*icmp));
	SL_SURELY(icmp, SL_KILL(HEADROOM));
	icmp->type = c->type;
	icmp->code = c->code;
	*(sl_u32_wire *)icmp->rest = rest;
	SL_SURELY(!sl_icmp6_set_sum(p, p->off, len - sizeof(*ip)), SL_KILL(HEADROOM));
	sl_fresh(p);
	p->nh = p->off;
	p->th = p->off + sizeof(*ip);
	sl_ip6_copy(p->anno.dst_ip6, src);
	return SL_OUT(0);
}

sl_inline __u32 icmp6_error(struct sl_pkt *p, const struct icmp6_error_conf *c)
{
	__u32 r = icmp6_error_judge(p, c);

	if (r != SL_OUT(0))
		return r;
	r = icmp6_error_make(p, c, (__u32)((char *)p->data_end - (char *)p->data) - p->nh,
			     ICMP6_ERROR_LONGEST);
	p->anno.fix_ip_src = 1;
	return r;
}

#endif
