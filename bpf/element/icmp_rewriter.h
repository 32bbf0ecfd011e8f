/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMPRewriter: ICMP errors about packets that were rewritten, rewritten back. The packet quoted in
 * an error is looked up, as if answered, in the tables of rewriters (rewrite.h); the function that
 * does so is generated for each instance (loader/element/icmp_rewriter.c).
 */
#ifndef SL_ELEMENT_ICMP_REWRITER_H
#define SL_ELEMENT_ICMP_REWRITER_H

#include "rewrite_apply.h"

struct icmp_rewriter_conf {
	__u8 n_out;
	__u8 dst_anno;	 /* sets the destination annotation */
	__u8 reply_anno; /* offset of an annotation, plus one; 0: none */
	__u8 rest_port;	 /* output for what is not rewritten */
};

/* The packet quoted in an error. */
struct icmp_rewriter_quote {
	__u32 ip, l4; /* where its headers are, from the packet's start */
	__be32 src, dst;
	__be16 sport, dport; /* of echo, the identifier, and one more */
	__u8 proto;
	__u8 ports; /* these are there */
};

/* Where the quoted packet's ports or its identifier begin. */
sl_inline void icmp_rewriter_ports(const struct sl_pkt *p, struct icmp_rewriter_quote *q)
{
	if (q->proto == SL_IPPROTO_ICMP) {
		const struct sl_icmp *icmp = sl_abs(p, q->l4, 6);

		if (!icmp || icmp->type != 8)
			return;
		q->sport = *(const sl_u16_wire *)icmp->rest;
		q->dport = sl_htons((__u16)(sl_ntohs(q->sport) + 1));
		q->ports = 1;
	} else if (q->proto == SL_IPPROTO_TCP || q->proto == SL_IPPROTO_UDP ||
		   q->proto == SL_IPPROTO_DCCP) {
		const struct sl_udp *udp = sl_abs(p, q->l4, sizeof(*udp));

		if (!udp)
			return;
		q->sport = udp->sport;
		q->dport = udp->dport;
		q->ports = 1;
	}
}

/* Reads an error. 0, or -1: it is none, or too little is quoted. */
sl_inline int icmp_rewriter_read(const struct sl_pkt *p, struct icmp_rewriter_quote *q)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip)), *in;
	const struct sl_icmp *icmp;
	__u32 hlen;

	SL_SURELY(ip, -1);
	if (ip->frag & sl_htons(SL_IP_OFFMASK))
		return -1;
	icmp = sl_transport(p, 0, sizeof(*icmp));
	if (!icmp || (icmp->type != 3 && icmp->type != 4 && icmp->type != 5 && icmp->type != 11 &&
		      icmp->type != 12))
		return -1;
	in = sl_transport(p, sizeof(*icmp), sizeof(*in));
	if (!in || in->ver_ihl < 0x45 || in->ver_ihl > 0x4f)
		return -1;
	hlen = (__u32)(in->ver_ihl & 0xf) << 2;
	q->ip = p->th + sizeof(*icmp);
	q->l4 = q->ip + hlen;
	q->src = in->src;
	q->dst = in->dst;
	q->proto = in->proto;
	q->ports = 0;
	q->sport = q->dport = 0;
	if (!(in->frag & sl_htons(SL_IP_OFFMASK)))
		icmp_rewriter_ports(p, q);
	return 0;
}

/* The key of answers to the quoted packet in the table of a rewriter. 0, or -1: it has none. */
sl_inline int icmp_rewriter_key(const struct rewrite_conf *of, const struct icmp_rewriter_quote *q,
				struct rewrite_key *k)
{
	int ports = of->mode == REWRITE_PORTS || of->mode == REWRITE_PING;

	if (ports && !q->ports)
		return -1;
	if (of->mode == REWRITE_PORTS && !rewrite_takes(of, q->proto))
		return -1;
	if (of->mode == REWRITE_PING && q->proto != SL_IPPROTO_ICMP)
		return -1;
	k->saddr = q->dst;
	k->daddr = of->mode == REWRITE_ADDR ? 0 : q->src;
	k->sport = ports ? q->dport : 0;
	k->dport = ports ? q->sport : of->mode == REWRITE_ADDR ? REWRITE_SIDE : 0;
	k->space = of->by_proto ? of->space | q->proto : of->space;
	return 0;
}

/* The quoted transport header, and its checksum if it is there; what the outer sum changes by. */
sl_inline __u32 icmp_rewriter_l4(struct sl_pkt *p, const struct icmp_rewriter_quote *q,
				 __be16 sport, __be16 dport, __u32 addrs)
{
	__u32 ports = (__u32)(__u16)~q->sport + sport, delta = ports, outer;
	sl_u16_wire *sum = NULL;
	__u16 old;

	if (q->proto == SL_IPPROTO_ICMP) {
		struct sl_icmp *icmp = sl_abs(p, q->l4, 6);

		SL_SURELY(icmp, 0);
		*(sl_u16_wire *)icmp->rest = sport;
		sum = (sl_u16_wire *)&icmp->check;
	} else {
		struct sl_udp *udp = sl_abs(p, q->l4, sizeof(*udp));

		SL_SURELY(udp, 0);
		udp->sport = sport;
		udp->dport = dport;
		ports += (__u32)(__u16)~q->dport + dport;
		delta = ports + addrs;
		if (q->proto == SL_IPPROTO_TCP) {
			struct sl_tcp *tcp = sl_abs(p, q->l4, 18);

			if (tcp)
				sum = (sl_u16_wire *)&tcp->check;
		} else if (udp->check || q->proto != SL_IPPROTO_UDP) {
			sum = (sl_u16_wire *)&udp->check;
		}
	}
	outer = ports;
	if (sum) {
		old = *sum;
		*sum = rewrite_sum(old, sl_fold(delta));
		outer += (__u32)(__u16)~old + *sum;
	}
	return outer;
}

/* Rewrites an error back. The output it leaves by (`offset` is what its number begins from, or
 * negative), or a reason to drop it. */
sl_inline __u32 icmp_rewriter_apply(struct sl_pkt *p, const struct icmp_rewriter_conf *c,
				    const struct rewrite_conf *of,
				    const struct icmp_rewriter_quote *q,
				    const struct rewrite_hit *h, int offset)
{
	struct sl_icmp *icmp = sl_transport(p, 0, sizeof(*icmp));
	struct sl_ip4 *ip, *in;
	struct rewrite_change to;
	__u32 addrs, outer, out;

	SL_SURELY(icmp, SL_KILL(SHORT));
	ip = sl_net(p, 0, sizeof(*ip));
	SL_SURELY(ip, SL_KILL(SHORT));
	in = sl_abs(p, q->ip, sizeof(*in));
	SL_SURELY(in, SL_KILL(SHORT));
	rewrite_change(h->f, h->dir, &to);
	if (REWRITE_READ32(h->f->word) != h->word)
		return SL_KILL(STATE);
	/* Where only one address has a mapping, the other stays. */
	if (of->mode == REWRITE_ADDR && h->dir)
		to.src = q->dst;
	if (of->mode == REWRITE_ADDR && !h->dir)
		to.dst = q->src;
	if (ip->dst == q->src && to.dst != q->src) {
		ip->check = sl_sum_update32(ip->check, ip->dst, to.dst);
		ip->dst = to.dst;
		if (c->dst_anno)
			p->anno.dst_ip = to.dst;
	}
	if (c->reply_anno && h->dir)
		sl_set_anno_u8(p, c->reply_anno - 1u, to.anno);

	addrs = (__u32)(__u16)~q->src + (__u16) ~(q->src >> 16) + (__u16)to.dst +
		(__u16)(to.dst >> 16);
	addrs += (__u32)(__u16)~q->dst + (__u16) ~(q->dst >> 16) + (__u16)to.src +
		 (__u16)(to.src >> 16);
	outer = addrs + (__u16)~in->check;
	in->src = to.dst;
	in->dst = to.src;
	in->check = rewrite_sum(in->check, sl_fold(addrs));
	outer += in->check;
	if (of->mode == REWRITE_PORTS || of->mode == REWRITE_PING)
		outer += icmp_rewriter_l4(p, q, to.dport, to.sport, addrs);
	else if (q->ports && q->proto != SL_IPPROTO_ICMP)
		outer += icmp_rewriter_l4(p, q, q->sport, q->dport, addrs);
	icmp = sl_transport(p, 0, sizeof(*icmp));
	SL_SURELY(icmp, SL_KILL(SHORT));
	icmp->check = rewrite_sum(icmp->check, sl_fold(outer));
	out = offset < 0 ? 0 : (__u32)offset + to.out;
	return out < c->n_out ? SL_OUT(out) : SL_KILL(STATE);
}

/* What is not rewritten. */
sl_inline __u32 icmp_rewriter_rest(const struct icmp_rewriter_conf *c)
{
	return c->rest_port == SL_PORT_NONE ? SL_KILL(NOMATCH) : SL_OUT(c->rest_port);
}

#endif
