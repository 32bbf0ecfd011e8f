/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a mapping does to a packet, and the packet to the mapping (see rewrite.h for the tables). */
#ifndef SL_ELEMENT_REWRITE_APPLY_H
#define SL_ELEMENT_REWRITE_APPLY_H

#include "rewrite.h"

/* ---- State of a flow -------------------------------------------------------------------------*/

sl_inline void rewrite_note(struct rewrite_flow *f, __u32 set, __u32 clear)
{
	__u32 seen = REWRITE_READ32(f->seen);

	if (set & ~seen)
		__sync_fetch_and_or(&f->seen, set);
	if (clear & seen)
		__sync_fetch_and_and(&f->seen, ~clear);
}

sl_inline void rewrite_note_tcp(struct sl_pkt *p, struct rewrite_flow *f, __u32 dir, __u32 seen)
{
	const struct sl_tcp *tcp = sl_transport(p, 0, 18);
	__u32 set = 0, clear = 0, headers;
	const struct sl_ip4 *ip;

	/* Not the packet's length anew, of which the verifier would forget what it knew. */
	SL_OPAQUE(tcp);
	if (!tcp)
		return;
	/* In the midst of a conversation there is nothing new. */
	if (sl_likely(!(tcp->flags & 0x07) &&
		      ((seen >> dir) & (REWRITE_S_DATA | REWRITE_S_DONE)) == REWRITE_S_DATA))
		return;
	ip = sl_net(p, 0, sizeof(*ip));
	SL_OPAQUE(ip);
	SL_SURELY(ip, );
	headers = ((__u32)(ip->ver_ihl & 0xf) + (tcp->off >> 4)) << 2;
	if (headers < sl_ntohs(ip->len)) {
		set = (__u32)REWRITE_S_DATA << dir;
		clear = (__u32)REWRITE_S_DONE << dir;
	}
	if (tcp->flags & 0x02) /* SYN: begins anew */
		clear = (__u32)REWRITE_S_DONE << dir;
	if (tcp->flags & 0x05) /* FIN, RST */
		clear = 0;
	if (tcp->flags & 0x01)
		set |= (__u32)REWRITE_S_DONE << dir;
	if (tcp->flags & 0x04)
		set |= REWRITE_S_BOTH_DONE;
	rewrite_note(f, set, clear);
}

sl_inline void rewrite_note_other(struct rewrite_flow *f, __u32 dir, __u32 seen)
{
	if (dir && !(seen & REWRITE_S_REPLY))
		__sync_fetch_and_or(&f->seen, REWRITE_S_REPLY);
	if (seen < 3 * REWRITE_S_PACKET)
		__sync_fetch_and_add(&f->seen, REWRITE_S_PACKET);
}

sl_inline __u32 rewrite_time(const struct rewrite_conf *c, __u32 t, __u32 seen)
{
	if (t == REWRITE_T_TCP) {
		if ((seen & REWRITE_S_BOTH_DONE) == REWRITE_S_BOTH_DONE)
			return c->done;
		if ((seen & REWRITE_S_BOTH_DATA) == REWRITE_S_BOTH_DATA)
			return c->full[t];
		return c->plain[t];
	}
	return (seen & REWRITE_S_REPLY) && seen >= 3 * REWRITE_S_PACKET ? c->full[t] : c->plain[t];
}

/* Whose times a packet's flow has. */
sl_inline __u32 rewrite_t(const struct sl_pkt *p, const struct rewrite_conf *c)
{
	if (c->mode != REWRITE_PORTS || !(c->by_proto || c->protos == REWRITE_TCP))
		return REWRITE_T_OTHER;
	return rewrite_proto(p) == SL_IPPROTO_TCP ? REWRITE_T_TCP : REWRITE_T_OTHER;
}

/* A packet of the flow was seen. */
sl_inline void rewrite_touch(struct sl_pkt *p, const struct rewrite_conf *c, struct rewrite_flow *f,
			     __u32 dir, __u32 tick)
{
	__u32 seen = REWRITE_READ32(f->seen), t = rewrite_t(p, c), now;

	if (t == REWRITE_T_TCP)
		rewrite_note_tcp(p, f, dir, seen);
	else if (c->mode == REWRITE_PORTS)
		rewrite_note_other(f, dir, seen);
	if (sl_likely(f->seen == seen && tick - f->tick < REWRITE_TICKS))
		return;
	now = rewrite_now(p);
	f->expires = now + rewrite_time(c, t, REWRITE_READ32(f->seen));
	f->safe = c->guarantee[t] ? now + c->guarantee[t] + REWRITE_SLACK : now;
	f->tick = tick;
}

/* ---- Changing the packet ---------------------------------------------------------------------*/

/* Adds to what a checksum is the complement of; a flow's delta is 0 where nothing changes. */
sl_inline __sum16 rewrite_sum(__sum16 check, __u16 delta)
{
	return (__sum16)~sl_fold((__u32)(__u16)~check + delta);
}

/* The checksum of TCP, UDP or DCCP, if it is there. */
sl_inline void rewrite_l4_sum(struct sl_pkt *p, __u8 proto, __u16 delta)
{
	if (proto == SL_IPPROTO_TCP) {
		struct sl_tcp *tcp = sl_transport(p, 0, 18);

		if (tcp)
			tcp->check = rewrite_sum(tcp->check, delta);
	} else if (proto == SL_IPPROTO_UDP || proto == SL_IPPROTO_DCCP) {
		struct sl_udp *udp = sl_transport(p, 0, sizeof(*udp));

		/* UDP: 0 is no checksum, and one that comes to 0 is written as its complement. */
		if (udp && (udp->check || proto != SL_IPPROTO_UDP)) {
			udp->check = rewrite_sum(udp->check, delta);
			if (!udp->check && proto == SL_IPPROTO_UDP)
				udp->check = 0xffff;
		}
	}
}

/* What a packet of a flow becomes. */
struct rewrite_change {
	__be32 src, dst;
	__be16 sport, dport;
	__u16 ip_delta, l4_delta;
	__u8 out, anno;
};

/* A sum's change in a direction: in the other, what undoes it. 0 is none in both. */
sl_inline __u16 rewrite_delta_in(__u16 delta, __u32 dir)
{
	return (__u16)(delta ^ (0 - (((delta + 0xffffu) >> 16) & dir)));
}

sl_inline void rewrite_change(const struct rewrite_flow *f, __u32 dir, struct rewrite_change *to)
{
	const struct rewrite_side *other = rewrite_side(f, dir ^ 1);

	to->src = other->daddr;
	to->dst = other->saddr;
	to->sport = other->dport;
	to->dport = other->sport;
	to->ip_delta = rewrite_delta_in(f->ip_delta, dir);
	to->l4_delta = rewrite_delta_in(f->l4_delta, dir);
	to->out = (&f->out)[dir & 1];
	to->anno = f->anno;
}

sl_inline void rewrite_ports(struct sl_pkt *p, const struct rewrite_conf *c, __u8 first, __u32 dir,
			     const struct rewrite_change *to)
{
	if (c->mode == REWRITE_PING) {
		struct sl_icmp *icmp = sl_transport(p, 0, 6);
		__be16 id = dir ? to->dport : to->sport;

		/* The sum does not tell: 0 and ffff are the same to it. */
		SL_SURELY(icmp, );
		if (*(const sl_u16_wire *)icmp->rest == id)
			return;
		*(sl_u16_wire *)icmp->rest = id;
		icmp->check = rewrite_sum(icmp->check, to->l4_delta);
		/* Of a message of zeroes only ffff is right, of all others both are. */
		if (!icmp->check)
			icmp->check = 0xffff;
		return;
	}
	if (c->mode == REWRITE_PORTS) {
		struct sl_udp *ports = sl_transport(p, 0, sizeof(*ports));

		SL_SURELY(ports, );
		ports->sport = to->sport;
		ports->dport = to->dport;
	}
	if (first)
		rewrite_l4_sum(p, rewrite_proto(p), to->l4_delta);
}

/* Changes a packet of a live flow. The output it leaves by, or a reason to drop it. */
sl_inline __u32 rewrite_apply(struct sl_pkt *p, const struct rewrite_conf *c, __u8 first,
			      const struct rewrite_hit *h)
{
	struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	struct rewrite_change to;

	SL_SURELY(ip, SL_KILL(SHORT));
	rewrite_change(h->f, h->dir, &to);
	if (REWRITE_READ32(h->f->word) != h->word || to.out >= c->n_out)
		return SL_KILL(STATE);
	if (c->mode != REWRITE_ADDR || !h->dir)
		ip->src = to.src;
	if (c->mode != REWRITE_ADDR || h->dir) {
		ip->dst = to.dst;
		if (c->dst_anno)
			p->anno.dst_ip = to.dst;
	}
	ip->check = rewrite_sum(ip->check, to.ip_delta);
	if (c->reply_anno && h->dir)
		sl_set_anno_u8(p, c->reply_anno - 1u, to.anno);
	rewrite_ports(p, c, first, h->dir, &to);
	rewrite_touch(p, c, h->f, h->dir, h->tick);
	return SL_OUT(to.out);
}

#endif
