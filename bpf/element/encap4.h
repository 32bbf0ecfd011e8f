/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An IPv4 header of constants in front of packets: IPEncap, UDPIPEncap, ICMPIPEncap and others. */
#ifndef SL_ELEMENT_ENCAP4_H
#define SL_ELEMENT_ENCAP4_H

#include "../pkt.h"

/* The first member of their configurations. */
struct encap4 {
	__be32 src, dst;
	__be16 frag;
	__u8 tos, ttl, proto;
	__u8 dst_anno; /* the destination is the packet's annotation, not `dst` */
};

/*
 * Prepends the header and room for `more` bytes behind it, which are the caller's to fill, and
 * marks both headers. The header, with that room; NULL if there is none in front of the packet.
 */
sl_inline struct sl_ip4 *encap4(struct sl_pkt *p, const struct encap4 *c, __u32 more, __u32 id)
{
	__be32 dst = c->dst_anno ? p->anno.dst_ip : c->dst;
	struct sl_ip4 *ip;
	__u32 sum;

	if (sl_push(p, sizeof(*ip) + more))
		return NULL;
	ip = sl_at(p, 0, sizeof(*ip) + more);
	SL_SURELY(ip, NULL);
	ip->ver_ihl = 0x45;
	ip->tos = c->tos;
	ip->len = sl_htons((__u16)sl_len(p));
	ip->id = sl_htons((__u16)id);
	ip->frag = c->frag;
	ip->ttl = c->ttl;
	ip->proto = c->proto;
	ip->src = c->src;
	ip->dst = dst;
	/* Of constants but for the length, the number and perhaps the destination. */
	sum = sl_htons((__u16)(0x4500 | c->tos)) + sl_htons((__u16)(c->ttl << 8 | c->proto)) +
	      c->frag + (c->src & 0xffff) + (c->src >> 16) + (dst & 0xffff) + (dst >> 16);
	sum += sl_htons((__u16)sl_len(p)) + sl_htons((__u16)id);
	ip->check = (__sum16)~sl_fold(sum);

	p->nh = p->off;
	p->th = p->off + sizeof(*ip);
	p->anno.dst_ip = dst;
	return ip;
}

#endif
