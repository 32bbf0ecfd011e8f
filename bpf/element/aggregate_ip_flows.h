/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* AggregateIPFlows: numbers TCP and UDP flows, and says which direction a packet goes in. */
#ifndef SL_ELEMENT_AGGREGATE_IP_FLOWS_H
#define SL_ELEMENT_AGGREGATE_IP_FLOWS_H

#include "../icmp.h"
#include "flow_number.h"

#define AGGREGATE_IP_FLOWS_DONE 3
#define AGGREGATE_IP_FLOWS_FIN 0x01
#define AGGREGATE_IP_FLOWS_SYN 0x02
#define AGGREGATE_IP_FLOWS_RST 0x04

struct aggregate_ip_flows_conf {
	__u64 tcp_ns, done_ns, udp_ns; /* timeouts */
	__u8 icmp;		       /* ICMP errors belong to the flow they are about */
	__u32 capacity;
};

struct aggregate_ip_flows_key {
	__be32 a, b;   /* a is the smaller, as a number in memory */
	__be16 pa, pb; /* the ports of each */
	__u32 proto;
};

/* What was seen of a packet. */
struct aggregate_ip_flows_seen {
	struct aggregate_ip_flows_key key;
	__u32 paint; /* bit 0: from b to a; bit 1: an ICMP error */
	__u8 flags;  /* TCP's, of a packet that is no ICMP error; else 0 */
};

/* Where the header is that names the flow, from the packet's start; SL_UNSET: the packet has none.
 */
sl_inline __u32 aggregate_ip_flows_header(const struct sl_pkt *p, int icmp, __u32 *paint)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	const struct sl_icmp *e;

	if (!ip)
		return SL_UNSET;
	if (!icmp || ip->proto != SL_IPPROTO_ICMP || (ip->frag & sl_htons(SL_IP_OFFMASK)))
		return p->nh;
	e = sl_transport(p, 0, sizeof(*e));
	if (!e || !sl_icmp_is_error(e->type))
		return SL_UNSET;
	*paint = 2;
	return p->th + sizeof(*e);
}

/* 0, or the reason why this packet is of no flow. */
sl_inline __u32 aggregate_ip_flows_look(struct sl_pkt *p, const struct aggregate_ip_flows_conf *c,
					struct aggregate_ip_flows_seen *s)
{
	__u32 at = aggregate_ip_flows_header(p, c->icmp, &s->paint), hl;
	const struct sl_ip4 *ip = at == SL_UNSET ? NULL : sl_abs(p, at, sizeof(*ip));
	const sl_u16_wire *ports;
	const struct sl_tcp *tcp;
	__be32 src, dst;
	__u32 later;

	if (!ip)
		return SL_R_SHORT;
	src = ip->src;
	dst = ip->dst;
	s->key.proto = ip->proto;
	hl = (ip->ver_ihl & 15u) * 4;
	later = ip->frag & sl_htons(SL_IP_OFFMASK);
	if ((s->key.proto != SL_IPPROTO_TCP && s->key.proto != SL_IPPROTO_UDP) || (!src && !dst) ||
	    hl < sizeof(*ip))
		return SL_R_NOMATCH;
	if (src > dst)
		s->paint ^= 1;
	if (later) {
		p->anno.aggregate = 0;
		p->anno.paint = (__u8)s->paint;
		return SL_R_FRAGMENT;
	}
	ports = sl_abs(p, at + hl, 4);
	if (!ports)
		return SL_R_SHORT;
	if (src == dst && ports[0] > ports[1])
		s->paint ^= 1;
	s->key.a = s->paint & 1 ? dst : src;
	s->key.b = s->paint & 1 ? src : dst;
	s->key.pa = ports[s->paint & 1 ? 1 : 0];
	s->key.pb = ports[s->paint & 1 ? 0 : 1];
	if (s->key.proto == SL_IPPROTO_TCP && !(s->paint & 2)) {
		/* The flags are what is needed of the header. */
		tcp = sl_abs(p, at + hl, 14);
		s->flags = tcp ? tcp->flags : 0;
	}
	return 0;
}

sl_inline int aggregate_ip_flows_dead(const struct sl_flow *f,
				      const struct aggregate_ip_flows_conf *c,
				      const struct aggregate_ip_flows_seen *s, __u64 now)
{
	int done = f->over == AGGREGATE_IP_FLOWS_DONE;
	__u64 timeout = s->key.proto == SL_IPPROTO_UDP ? c->udp_ns : done ? c->done_ns : c->tcp_ns;

	return (__s64)(now - f->last_ns) > (__s64)timeout ||
	       (done && (s->flags & AGGREGATE_IP_FLOWS_SYN));
}

sl_inline void aggregate_ip_flows_note(struct sl_flow *f, __u8 flags, __u32 paint)
{
	if (flags & AGGREGATE_IP_FLOWS_RST)
		f->over = AGGREGATE_IP_FLOWS_DONE;
	else if (flags & AGGREGATE_IP_FLOWS_FIN)
		__sync_fetch_and_or(&f->over, 1u << paint);
	else if (flags & AGGREGATE_IP_FLOWS_SYN)
		f->over = 0;
}

sl_inline __u32 aggregate_ip_flows(struct sl_pkt *p, const struct aggregate_ip_flows_conf *c,
				   void *flows, void *words)
{
	struct aggregate_ip_flows_seen s = {{0}, 0, 0};
	__u32 why = aggregate_ip_flows_look(p, c, &s), epoch;
	struct sl_flow *f, fresh = {0};
	__u64 now;

	if (why)
		return 1 | why << 8;
	now = sl_now_coarse_ns(p);
	epoch = sl_flow_epoch(words);
	f = sl_table_find(flows, &s.key);
	if (!f) {
		fresh.last_ns = now;
		fresh.number = sl_flow_number(words);
		fresh.epoch = epoch;
		fresh.reverse = s.paint & 1;
		sl_table_set(flows, &s.key, &fresh, 1);
		/* Another CPU may have been quicker; then its number counts. */
		f = sl_table_find(flows, &s.key);
		if (!f)
			return SL_OUT_OR(1, STATE);
	} else if (f->epoch != epoch || aggregate_ip_flows_dead(f, c, &s, now)) {
		sl_flow_renew(f, words, epoch, s.paint & 1);
	}
	if (f->last_ns != now)
		f->last_ns = now;
	s.paint ^= f->reverse & 1;
	aggregate_ip_flows_note(f, s.flags, s.paint & 1);
	p->anno.aggregate = f->number;
	p->anno.paint = (__u8)s.paint;
	return SL_OUT(0);
}

#endif
