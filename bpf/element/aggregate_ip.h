/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* AggregateIP: the aggregate annotation becomes a field of a header. */
#ifndef SL_ELEMENT_AGGREGATE_IP_H
#define SL_ELEMENT_AGGREGATE_IP_H

#include "verdict.h"

/* Where a field is counted from, when not from the header of protocol conf.proto. */
#define AGGREGATE_IP_NET 0x100	   /* the IP header */
#define AGGREGATE_IP_TCPUDP 0x101  /* a TCP or UDP header */
#define AGGREGATE_IP_TRANSP 0x102  /* whatever transport header */
#define AGGREGATE_IP_PAYLOAD 0x103 /* behind a TCP or UDP header */

struct aggregate_ip_conf {
	__u16 proto;
	__u16 offset; /* of the four bytes the field is in */
	__u8 shift;   /* to the right */
	__u8 bits;    /* INCREMENTAL: the annotation moves left by so many; 0: it is replaced */
	__u32 mask;
};

sl_inline __u32 aggregate_ip_set(struct sl_pkt *p, const struct aggregate_ip_conf *c, const void *q)
{
	__u32 v;

	if (!q)
		return SL_OUT_OR(1, SHORT);
	v = (sl_ntohl(*(const sl_u32_wire *)q) >> c->shift) & c->mask;
	p->anno.aggregate = c->bits ? (p->anno.aggregate << c->bits) + v : v;
	return SL_OUT(0);
}

/* Bytes from the transport header to the payload; 0 if that is not known. */
sl_inline __u32 aggregate_ip_header(const struct sl_pkt *p, __u8 proto)
{
	const struct sl_tcp *tcp;

	if (proto == SL_IPPROTO_UDP)
		return sizeof(struct sl_udp);
	if (proto != SL_IPPROTO_TCP)
		return 0;
	tcp = sl_transport(p, 0, sizeof(*tcp));
	return tcp ? (__u32)(tcp->off >> 4) * 4 : 0;
}

sl_inline __u32 aggregate_ip(struct sl_pkt *p, const struct aggregate_ip_conf *c)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	__u32 skip;
	__u8 proto;

	if (!ip)
		return SL_OUT_OR(1, SHORT);
	if (c->proto == AGGREGATE_IP_NET)
		return aggregate_ip_set(p, c, sl_net(p, c->offset, 4));
	if (ip->frag & sl_htons(SL_IP_OFFMASK))
		return SL_OUT_OR(1, FRAGMENT);
	proto = ip->proto;
	if (c->proto == AGGREGATE_IP_PAYLOAD) {
		skip = aggregate_ip_header(p, proto);
		if (!skip || p->th == SL_UNSET)
			return SL_OUT_OR(1, NOMATCH);
		return aggregate_ip_set(p, c, sl_abs(p, p->th + skip + c->offset, 4));
	}
	if (c->proto == AGGREGATE_IP_TCPUDP ? proto != SL_IPPROTO_TCP && proto != SL_IPPROTO_UDP
					    : c->proto != AGGREGATE_IP_TRANSP && c->proto != proto)
		return SL_OUT_OR(1, NOMATCH);
	return aggregate_ip_set(p, c, sl_transport(p, c->offset, 4));
}

#endif
