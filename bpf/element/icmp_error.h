/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMPError: the packet becomes an ICMP error message about itself (RFC 792, 1122 3.2.2,
 * 1812 4.3.2). The new headers go in front of the old packet, whose end is cut: nothing is copied.
 * In two parts, since the instance's list of bad addresses is asked between them.
 */
#ifndef SL_ELEMENT_ICMP_ERROR_H
#define SL_ELEMENT_ICMP_ERROR_H

#include "verdict.h"
#include "../fresh.h"
#include "../icmp.h"
#include "../ipcsum.h"
#include "../ipopt.h"

struct icmp_error_conf {
	__be32 src;
	__u32 mtu;  /* longest message, IP header included */
	__u16 pmtu; /* what "needfrag" reports */
	__u8 type, code;
	__u8 fix; /* let FixIPSrc replace the source address */
};

struct icmp_error_rw {
	__u32 id; /* of the last message sent */
};

/* What the second part needs to know. */
struct icmp_error_seen {
	__be32 src, dst;
	__u32 hlen;
	__u32 route; /* offset of a source route option in the IP header, 0: none */
};

/* Not a broadcast or multicast address as far as the address alone tells. */
sl_inline int icmp_error_unicast(__be32 a)
{
	return a != 0xffffffff && (a & sl_htonl(0xf0000000)) != sl_htonl(0xe0000000);
}

/* A source that may be answered (RFC 1812 5.3.7): no broadcast, net 0, loopback, class E. */
sl_inline int icmp_error_source(__be32 a)
{
	__u32 net = sl_ntohl(a) >> 24;

	return icmp_error_unicast(a) && net != 0 && net != 127 && (net & 0xf0) != 0xf0;
}

/* Notes a valid source route option. */
sl_inline void icmp_error_route(const struct sl_pkt *p, struct icmp_error_seen *s)
{
	const __u8 *option;
	struct sl_opts o;

	sl_opt_scan(p, s->hlen, SL_IPOPT_LSRR, SL_IPOPT_SSRR, &o);
	option = o.first ? sl_net(p, o.first, 3) : NULL;
	if (option && option[1] >= 3 && option[2] >= 4 && option[2] % 4 == 0 &&
	    option[2] <= option[1] + 1)
		s->route = o.first;
}

/* Whether there may be an error message about this packet: SL_OUT(0), or a drop. */
sl_inline __u32 icmp_error_judge(struct sl_pkt *p, const struct icmp_error_conf *c,
				 struct icmp_error_seen *s)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	/* What is learned of these in a test is not to be known where they are used. */
	__u32 type = __builtin_constant_p(c->type) ? c->type : sl_blur(p, c->type, 0xff);
	__u32 code = __builtin_constant_p(c->code) ? c->code : sl_blur(p, c->code, 0xff);
	__u32 prob = sl_blur(p, p->anno.param_prob, 0xff);

	__builtin_memset(s, 0, sizeof(*s));
	if (!ip)
		return SL_KILL(SHORT);
	s->hlen = sl_ip4_hlen(ip);
	s->src = ip->src;
	s->dst = ip->dst;
	if (s->hlen < sizeof(*ip))
		return SL_KILL(BADHDR);
	if (p->type == SL_PKT_BROADCAST || p->type == SL_PKT_MULTICAST)
		return SL_KILL(NOICMP);
	if ((ip->frag & sl_htons(SL_IP_OFFMASK)) || !icmp_error_unicast(ip->dst) ||
	    !icmp_error_source(ip->src))
		return SL_KILL(NOICMP);
	if (ip->proto == SL_IPPROTO_ICMP) {
		const __u8 *type = sl_net(p, s->hlen, 4);

		if (!type || sl_icmp_is_error(*type))
			return SL_KILL(NOICMP);
	}
	if (sl_unlikely(s->hlen > sizeof(*ip)))
		icmp_error_route(p, s);
	if (!s->route)
		return SL_OUT(0);
	/* No redirect for source-routed packets (RFC 1812 5.2.7.2). */
	if (type == SL_ICMP_REDIRECT)
		return SL_KILL(NOICMP);
	/* A broken source route is not taken back (RFC 1812 4.3.2.6). */
	if (type == SL_ICMP_PARAMETER_PROBLEM && code == SL_ICMP_PARAMETER_AT_POINTER &&
	    prob >= s->route) {
		const __u8 *len = sl_net(p, s->route + 1, 1);

		SL_SURELY(len, SL_KILL(BADHDR));
		if (prob < s->route + *len)
			s->route = 0;
	}
	return SL_OUT(0);
}

/* Where in memory the option that came and the one that goes back stand. */
#define ICMP_ERROR_CAME 8
#define ICMP_ERROR_BACK 64

/*
 * The source route for the way back: the routers the packet has been at, last one first, put
 * together in `b`. Its length, which is the pointer of the packet's own: 4 plus 4 for each router
 * the packet has been at (an option of three bytes and the addresses, and an end of list behind
 * it). 0 if the option is not there.
 */
sl_inline __u32 icmp_error_way_back(struct sl_pkt *p, const struct icmp_error_seen *s, __u8 *b)
{
	const __u8 *o;
	__u32 i, len, at;

	SL_SURELY(b, 0);
	o = sl_net(p, s->route, 3);
	SL_SURELY(o, 0);
	len = o[2];
	SL_SURELY(len <= SL_IPOPT_MAX, 0);
	if (sl_copy_bytes(p, p->nh + s->route, b + ICMP_ERROR_CAME, len - 1, SL_IPOPT_MAX))
		return 0;
	b[ICMP_ERROR_BACK] = b[ICMP_ERROR_CAME];
	b[ICMP_ERROR_BACK + 1] = (__u8)(len - 1);
	b[ICMP_ERROR_BACK + 2] = 4;
	/* All there may be, as that takes no branch; `len` bytes of it are sent. */
	at = len;
#ifdef __clang__
#pragma clang loop unroll(full)
#endif
	for (i = 0; i < 9; i++) {
		const __u8 *from;

		at -= 4;
		SL_OPAQUE(at);
		at &= 63;
		from = b + ICMP_ERROR_CAME + at;
		SL_OPAQUE(from);
		*(sl_u32_wire *)(b + ICMP_ERROR_BACK + 3 + 4 * i) =
			*(const sl_u32_wire *)(from - 1);
	}
	at = len - 1;
	SL_OPAQUE(at);
	b[ICMP_ERROR_BACK + (at & 63)] = SL_IPOPT_EOL;
	return len;
}

/* The four bytes behind type, code and checksum. */
sl_inline void icmp_error_particulars(const struct sl_pkt *p, const struct icmp_error_conf *c,
				      __u8 rest[4])
{
	__builtin_memset(rest, 0, 4);
	if (c->type == SL_ICMP_PARAMETER_PROBLEM && c->code == SL_ICMP_PARAMETER_AT_POINTER) {
		rest[0] = p->anno.param_prob;
	} else if (c->type == SL_ICMP_REDIRECT) {
		__builtin_memcpy(rest, &p->anno.dst_ip, 4);
	} else if (c->type == SL_ICMP_UNREACHABLE && c->code == SL_ICMP_UNREACHABLE_NEEDFRAG) {
		rest[2] = (__u8)(c->pmtu >> 8);
		rest[3] = (__u8)c->pmtu;
	}
}

/* Room for the new headers in front of the network header: the window then begins with them. `opt`
 * is the length of their IP options. 0 or -1. */
sl_inline int icmp_error_room(struct sl_pkt *p, __u32 opt)
{
	p->off = p->nh;
	if (sl_push(p, sizeof(struct sl_ip4) + sizeof(struct sl_icmp)))
		return -1;
	if (opt) {
		if (sl_push(p, SL_IPOPT_MAX))
			return -1;
		p->off += SL_IPOPT_MAX - opt;
	}
	return 0;
}

/* Makes the message; `*id` is the last one's. `most`: a constant that c->mtu does not exceed. */
sl_inline __u32 icmp_error_make(struct sl_pkt *p, const struct icmp_error_conf *c, __u32 most,
				__u32 *id, const struct icmp_error_seen *s)
{
	__u32 hlen, opt = 0, sum = 0;
	__u8 *back = NULL, rest[4];
	struct sl_ip4 *ip;
	struct sl_icmp *icmp;

	if (s->route) {
		back = SL_BYTES();
		opt = icmp_error_way_back(p, s, back);
		if (!opt)
			return SL_KILL(HEADROOM);
	}
	hlen = sizeof(*ip) + opt;
	if (hlen + sizeof(*icmp) > c->mtu || icmp_error_room(p, opt))
		return SL_KILL(HEADROOM);
	if (opt)
		SL_SURELY(!sl_store_bytes(p, p->off + sizeof(*ip), back + ICMP_ERROR_BACK, opt,
					  SL_IPOPT_MAX),
			  SL_KILL(HEADROOM));
	/* With or without a route, moved or not: one way from here on. */
	hlen = sl_blur(p, hlen, 63);
	p->off = sl_blur(p, p->off, SL_OFF_MASK);
	if (sl_len(p) > c->mtu)
		SL_SURELY(!sl_set_len(p, c->mtu), SL_KILL(HEADROOM));

	ip = sl_at(p, 0, sizeof(*ip));
	SL_SURELY(ip, SL_KILL(HEADROOM));
	ip->ver_ihl = (__u8)(0x40 | hlen >> 2);
	ip->tos = 0;
	ip->len = sl_htons((__u16)sl_len(p));
	ip->id = sl_htons((__u16)(__sync_fetch_and_add(id, 1) + 1));
	ip->frag = 0;
	ip->ttl = 200;
	ip->proto = SL_IPPROTO_ICMP;
	ip->check = 0;
	ip->src = c->src;
	ip->dst = s->src;
	SL_SURELY(!sl_ip4_set_sum(p, p->off, hlen), SL_KILL(HEADROOM));

	icmp_error_particulars(p, c, rest);
	icmp = sl_at(p, hlen, sizeof(*icmp));
	SL_SURELY(icmp, SL_KILL(HEADROOM));
	icmp->type = c->type;
	icmp->code = c->code;
	icmp->check = 0;
	__builtin_memcpy(icmp->rest, rest, 4);
	SL_SURELY(!sl_csum_range(p, p->off + hlen, sl_len(p) - hlen, most, &sum),
		  SL_KILL(HEADROOM));
	icmp = sl_at(p, hlen, sizeof(*icmp));
	SL_SURELY(icmp, SL_KILL(HEADROOM));
	icmp->check = (__sum16)~sl_fold(sum);

	sl_fresh(p);
	p->nh = p->off;
	p->th = p->off + hlen;
	p->anno.dst_ip = s->src;
	p->anno.fix_ip_src = c->fix;
	return SL_OUT(0);
}

#endif
