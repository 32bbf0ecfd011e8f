/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * CheckIPHeader: what a router verifies before it looks at anything else (RFC 1812 5.2.2, 5.3.7).
 * The lists of addresses are functions of each instance.
 */
#ifndef SL_ELEMENT_CHECK_IP_HEADER_H
#define SL_ELEMENT_CHECK_IP_HEADER_H

#include "verdict.h"
#include "../ipcsum.h"

struct check_ip_header_conf {
	__u32 offset;  /* of the IP header in the window */
	__u8 checksum; /* verify it */
};

/* Bad packets, by what was found first. */
struct check_ip_header_state {
	__u64 tiny;
	__u64 version;
	__u64 hlen;
	__u64 len;
	__u64 sum;
	__u64 src;
};

/* Whether an address is in one of the lists: written for each instance. */
typedef int check_ip_header_list(__be32 addr);

/* What was seen of a well-formed header. */
struct check_ip_header_seen {
	__u32 at, hlen;
	__u32 padding; /* bytes behind the IP packet */
	__be32 src, dst;
};

/* Version and header length: nearly always those of a header without options. */
sl_inline __u32 check_ip_header_first(const struct sl_pkt *p, const struct sl_ip4 *ip,
				      struct check_ip_header_state *st,
				      struct check_ip_header_seen *s)
{
	s->hlen = sizeof(*ip);
	if (sl_likely(ip->ver_ihl == 0x45))
		return SL_OUT(0);
	SL_SELDOM(p);
	if ((ip->ver_ihl & 0xf0) != 0x40) {
		st->version++;
		return SL_OUT_OR(1, BADHDR);
	}
	s->hlen = sl_ip4_hlen(ip);
	if (s->hlen < sizeof(*ip)) {
		st->hlen++;
		return SL_OUT_OR(1, BADHDR);
	}
	return SL_OUT(0);
}

sl_inline int check_ip_header_sum_ok(const struct sl_pkt *p, const struct sl_ip4 *ip,
				     const struct check_ip_header_seen *s)
{
	__u32 sum;

	if (sl_likely(s->hlen == sizeof(*ip)))
		return sl_ip4_sum20_ok(ip);
	SL_SURELY(!sl_ip4_sum(p, s->at, s->hlen, &sum), 0);
	return sl_fold(sum) == 0xffff;
}

/* Lengths, version, checksum. SL_OUT(0) if all is well. */
sl_inline __u32 check_ip_header_form(struct sl_pkt *p, const struct check_ip_header_conf *c,
				     struct check_ip_header_state *st,
				     struct check_ip_header_seen *s)
{
	const struct sl_ip4 *ip;
	__u32 len, have, r;

	s->at = p->off + c->offset;
	ip = sl_abs(p, s->at, sizeof(*ip));
	if (!ip) {
		SL_APART(1);
		st->tiny++;
		return SL_OUT_OR(1, SHORT);
	}
	r = check_ip_header_first(p, ip, st, s);
	if (r != SL_OUT(0))
		return r;
	len = sl_ntohs(ip->len);
	have = sl_len(p) - c->offset;
	if (len < s->hlen || len > have) {
		SL_APART(2);
		st->len++;
		return SL_OUT_OR(1, BADHDR);
	}
	s->padding = have - len;
	s->src = ip->src;
	s->dst = ip->dst;
	if (c->checksum && !check_ip_header_sum_ok(p, ip, s)) {
		SL_APART(3);
		st->sum++;
		return SL_OUT_OR(1, BADSUM);
	}
	return SL_OUT(0);
}

sl_inline __u32 check_ip_header_bad_src(struct check_ip_header_state *st)
{
	SL_APART(4);
	st->src++;
	return SL_OUT_OR(1, BADADDR);
}

/* The header is good: mark it, drop the link's padding. */
sl_inline __u32 check_ip_header_good(struct sl_pkt *p, const struct check_ip_header_seen *s)
{
	p->nh = s->at;
	p->th = s->at + s->hlen;
	p->anno.dst_ip = s->dst;
	/* The header is looked for again, as a verifier takes every packet that moved for new. */
	if (s->padding) {
		SL_SURELY(!sl_take(p, s->padding), SL_KILL(BADHDR));
		SL_SURELY(sl_abs(p, s->at, sizeof(struct sl_ip4)), SL_KILL(BADHDR));
	}
	return SL_OUT(0);
}

sl_inline __u32 check_ip_header(struct sl_pkt *p, const struct check_ip_header_conf *c,
				struct check_ip_header_state *st, check_ip_header_list *bad_src,
				check_ip_header_list *good_dst)
{
	struct check_ip_header_seen s;
	__u32 r = check_ip_header_form(p, c, st, &s);

	if (r != SL_OUT(0))
		return r;
	if (bad_src(s.src) && !good_dst(s.dst))
		return check_ip_header_bad_src(st);
	return check_ip_header_good(p, &s);
}

#endif
