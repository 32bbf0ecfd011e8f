/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What all rewriters (IPRewriter and its relatives) share: the tables of mappings, looking a packet
 * up. rewrite_apply.h changes it, rewrite_new.h makes mappings.
 *
 * Three tables. `flows` is an array: slot 1 and on hold one flow each, with what its packets look
 * like before and behind the rewriter, in one cache line. `map` is a hash table with two entries a
 * flow, by what packets that come in look like, in the flow's direction and in that of its answers;
 * an entry is the number of the flow's slot, and the direction. So an established flow costs one
 * hash lookup and one array access, and both directions see the same state. `hints` remembers what
 * was found last, by a hash that is quickly made: a wrong hint costs time only, as the flow it
 * leads to is not the packet's, and most packets need no look into the hash table.
 *
 * CPUs do not lock each other out; what makes it right all the same:
 * - A slot's `word` says whether it is free, live, or being worked on by one CPU, which got it by
 *   an atomic exchange. It counts, so that who reads a flow sees whether it changed meanwhile.
 * - An entry counts only if the slot it names is live and holds the very packet the entry is for.
 *   What is left over otherwise is removed by whoever comes across it.
 * - A new flow is written into its slot first. Then the entry for answers is inserted, which fails
 *   if there is one: so no port is given out twice. Then the slot becomes live, and last the entry
 *   for the flow itself is inserted: of two CPUs that see the first packets of one flow at once,
 *   one fails here, gives back what it took, and uses the other's mapping.
 *
 * Time is in units of 2^26 ns (67 ms) in 32 bits: what is compared may be four years apart, as a
 * flow may be that nobody looked at for so long. A flow's times are written when the kernel's tick
 * has moved on by REWRITE_TICKS, so that packets in quick succession only read.
 *
 * A flood of new flows costs each of its packets a bounded search for a port (REWRITE_TRIES) and
 * for a slot (REWRITE_LOOK): a free one, or else the flow that would time out first among those
 * looked at, but none within its guaranteed time. If all are, the packet is dropped.
 */
#ifndef SL_ELEMENT_REWRITE_H
#define SL_ELEMENT_REWRITE_H

#include "verdict.h"

#define REWRITE_UNIT_BITS 26
#define REWRITE_TICKS 4
/* Guarantees are longer by this, in units: times are up to so old (REWRITE_TICKS at 100 Hz). */
#define REWRITE_SLACK 1

/* What of a packet is looked up, and changed. */
enum rewrite_mode {
	REWRITE_PORTS, /* addresses and ports */
	REWRITE_ADDR,  /* the source address; of answers, the destination address */
	REWRITE_PAIR,  /* both addresses */
	REWRITE_PING,  /* addresses and the identifier of ICMP echo */
};

/* Protocols a rewriter of ports takes: TCP in any case. */
#define REWRITE_TCP 0x01
#define REWRITE_UDP 0x02
#define REWRITE_DCCP 0x04

#define SL_IPPROTO_DCCP 33

/*
 * Indices of times: TCP, and all else. `plain` is how long a flow lives, `full` one that has shown
 * itself to be a conversation, `done` a TCP connection at its end, all after its last packet.
 */
enum { REWRITE_T_TCP, REWRITE_T_OTHER };

struct rewrite_conf {
	__u64 reap; /* in ns: flows that timed out are gone at multiples of this; 0: never */
	__u32 plain[2], full[2], done, guarantee[2];
	__u32 slots;	 /* flows there may be */
	__u32 hint_mask; /* of indices of hints */
	__u32 space;	 /* of keys: whose they are, when rewriters share tables */
	__u8 mode, protos;
	__u8 by_proto; /* TCP and UDP are told apart */
	__u8 n_out;
	__u8 dst_anno;	 /* sets the destination annotation */
	__u8 reply_anno; /* offset, plus one, of the annotation answers get from the first packet */
	/* Not for the data path. */
	__u32 flows, map, hints; /* sizes of the tables */
};

struct rewrite_state {
	__u64 failures; /* packets that should have made a mapping and could not */
};

/* Inputs of a rewriter, patterns of a list of them. */
#define REWRITE_INPUTS 32
#define REWRITE_PATTERNS 64

struct rewrite_rw {
	__u32 hand;  /* the slot from which a free one is looked for */
	__u32 zero;  /* stays 0, which the verifier does not know */
	__u32 epoch; /* a flow of another one is over */
	__u32 unused;
	__u32 next[REWRITE_INPUTS]; /* per input: next in a sequence of ports or addresses */
};

/* What IPRewriterPatterns, RoundRobinIPMapper and SourceIPHashMapper share with their users. */
struct rewrite_list_rw {
	__u64 turn;
	__u32 next[REWRITE_PATTERNS];
};

/* ---- Tables ----------------------------------------------------------------------------------*/

/* Addresses and ports as in a packet: two words. */
struct rewrite_side {
	__be32 saddr, daddr;
	__be16 sport, dport;
} __attribute__((aligned(8)));

struct rewrite_key {
	__be32 saddr, daddr;
	__be16 sport, dport;
	__u32 space; /* conf's, and the protocol if it matters */
} __attribute__((aligned(8)));

/* With REWRITE_ADDR, a key holds one address of a packet. What this is in says which, so that
 * 0.0.0.0 as a source is not the same as 0.0.0.0 as a destination: the destination port of a
 * source, the source port of a destination. */
#define REWRITE_SIDE ((__be16)1)

enum { REWRITE_FREE, REWRITE_BUSY, REWRITE_LIVE, REWRITE_WORD_MASK };

struct rewrite_flow {
	__u32 word;
	__u32 mark;	     /* of what made it: it ends when that changes */
	__be32 saddr, daddr; /* what its packets look like before the rewriter */
	__be16 sport, dport;
	__u32 space;
	__be32 back_saddr, back_daddr; /* what answers to them look like before the rewriter */
	__be16 back_sport, back_dport;
	__u16 ip_delta, l4_delta; /* what is to be added to the complement of checksums */
	__u32 expires, safe;	  /* when it times out; until when it must stay */
	__u32 tick;		  /* when these were written */
	__u32 seen;		  /* REWRITE_S_* */
	__u32 epoch;		  /* of the rewriter, when it was made */
	__u8 input, anno, out, reply_out;
} __attribute__((aligned(8)));

/* TCP: an end was seen, data was seen; in the direction of the flow, times two for answers. */
#define REWRITE_S_DONE 0x1
#define REWRITE_S_BOTH_DONE 0x3
#define REWRITE_S_DATA 0x4
#define REWRITE_S_BOTH_DATA 0xc
/* Other: an answer was seen; packets, up to three. */
#define REWRITE_S_REPLY 0x1
#define REWRITE_S_PACKET 0x2

/* A value of `map`. */
#define REWRITE_REF(slot, dir) ((__u64)(slot) << 1 | (dir))

#define REWRITE_READ32(x) (*(volatile __u32 *)&(x))
#define REWRITE_READ64(x) (*(volatile __u64 *)&(x))

/* ---- Packets ---------------------------------------------------------------------------------*/

struct rewrite_packet {
	__u64 addrs; /* the key's words: addresses; */
	__u32 ports; /* ports */
	__u32 space;
	__u8 first; /* first fragment */
};

/* The protocol, read anew each time it is asked for: the verifier would go all ways behind a test
 * once for each value otherwise. */
sl_inline __u8 rewrite_proto(const struct sl_pkt *p)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));

	return ip ? *(const volatile __u8 *)&ip->proto : 0;
}

sl_inline __u32 rewrite_now(struct sl_pkt *p)
{
	return (__u32)(sl_now_coarse_ns(p) >> REWRITE_UNIT_BITS);
}

sl_inline int rewrite_takes(const struct rewrite_conf *c, __u8 proto)
{
	return proto == SL_IPPROTO_TCP || ((c->protos & REWRITE_UDP) && proto == SL_IPPROTO_UDP) ||
	       ((c->protos & REWRITE_DCCP) && proto == SL_IPPROTO_DCCP);
}

#define REWRITE_ADDRS(saddr, daddr) ((__u64)(daddr) << 32 | (saddr))
#define REWRITE_PORT_PAIR(sport, dport) ((__u32)(dport) << 16 | (sport))

/* The key of a ping: a request's destination port is its identifier plus one, and an answer's the
 * other way round, so that no request looks like an answer. */
sl_inline __u32 rewrite_read_ping(struct sl_pkt *p, struct rewrite_packet *k)
{
	const struct sl_icmp *icmp;
	__be16 id, more;

	if (rewrite_proto(p) != SL_IPPROTO_ICMP)
		return SL_R_ELEMENT;
	if (!k->first)
		return SL_R_FRAGMENT;
	icmp = sl_transport(p, 0, 6);
	if (!icmp)
		return SL_R_SHORT;
	if (icmp->type != 8 && icmp->type != 0)
		return SL_R_ELEMENT;
	id = *(const sl_u16_wire *)icmp->rest;
	more = sl_htons((__u16)(sl_ntohs(id) + 1));
	k->ports = icmp->type ? REWRITE_PORT_PAIR(id, more) : REWRITE_PORT_PAIR(more, id);
	return 0;
}

/* What is looked up of a packet. 0, or the reason why it is none for mappings. */
sl_inline __u32 rewrite_read(struct sl_pkt *p, const struct rewrite_conf *c,
			     struct rewrite_packet *k)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	const struct sl_udp *ports;

	if (!ip)
		return SL_R_SHORT;
	k->first = !(ip->frag & sl_htons(SL_IP_OFFMASK));
	k->addrs = REWRITE_ADDRS(ip->src, c->mode == REWRITE_ADDR ? 0 : ip->dst);
	k->ports = REWRITE_PORT_PAIR(0, c->mode == REWRITE_ADDR ? REWRITE_SIDE : 0);
	k->space = c->by_proto ? c->space | rewrite_proto(p) : c->space;
	if (c->mode == REWRITE_PING)
		return rewrite_read_ping(p, k);
	if (c->mode != REWRITE_PORTS)
		return 0;
	if (!rewrite_takes(c, rewrite_proto(p)))
		return SL_R_ELEMENT;
	if (!k->first)
		return SL_R_FRAGMENT;
	ports = sl_transport(p, 0, sizeof(*ports));
	if (!ports)
		return SL_R_SHORT;
	k->ports = REWRITE_PORT_PAIR(ports->sport, ports->dport);
	return 0;
}

/* The same, of an answer to a changed source address. */
sl_inline void rewrite_read_answer(struct sl_pkt *p, struct rewrite_packet *k)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));

	k->addrs = REWRITE_ADDRS(0, ip ? ip->dst : 0);
	k->ports = REWRITE_PORT_PAIR(REWRITE_SIDE, 0);
}

/* ---- Looking up ------------------------------------------------------------------------------*/

enum rewrite_found {
	REWRITE_NONE,
	REWRITE_HIT,
	REWRITE_WAIT, /* another CPU is at work on it */
	REWRITE_LEFT, /* an entry that leads nowhere */
};

struct rewrite_hit {
	struct rewrite_flow *f;
	__u32 slot, dir, word;
	__u32 tick; /* now */
};

/* What packets of a flow in a direction look like before the rewriter; behind it, as those of the
 * other direction, the other way round. */
sl_inline const struct rewrite_side *rewrite_side(const struct rewrite_flow *f, __u32 dir)
{
	return (const struct rewrite_side *)((const char *)f +
					     __builtin_offsetof(struct rewrite_flow, saddr) +
					     (dir & 1) * sizeof(struct rewrite_side));
}

sl_inline __u64 rewrite_addrs(const struct rewrite_side *s)
{
	__u64 addrs;

	__builtin_memcpy(&addrs, s, sizeof(addrs));
	return addrs;
}

sl_inline __u32 rewrite_ports_of(const struct rewrite_side *s)
{
	__u32 ports;

	__builtin_memcpy(&ports, &s->sport, sizeof(ports));
	return ports;
}

/* Whether a flow's packets in this direction have this key. One test instead of many: fewer ways
 * for the verifier to go. */
sl_inline int rewrite_is(const struct rewrite_flow *f, __u32 dir, __u64 addrs, __u32 ports,
			 __u32 space)
{
	const struct rewrite_side *s = rewrite_side(f, dir);

	return !((rewrite_addrs(s) ^ addrs) | (rewrite_ports_of(s) ^ ports) | (f->space ^ space));
}

sl_inline int rewrite_has(const struct rewrite_flow *f, __u32 dir, const struct rewrite_key *k)
{
	const struct rewrite_side *s = (const struct rewrite_side *)k;

	return rewrite_is(f, dir, rewrite_addrs(s), rewrite_ports_of(s), k->space);
}

/* Whether the flow an entry or a hint names is that of packets with this key. */
sl_inline enum rewrite_found rewrite_at(const struct rewrite_conf *c, void *flows, __u64 ref,
					__u64 addrs, __u32 ports, __u32 space,
					struct rewrite_hit *h)
{
	__u32 slot = (__u32)(ref >> 1);

	h->slot = slot;
	h->dir = ref & 1;
	if (!slot || slot > c->slots)
		return REWRITE_LEFT;
	h->f = sl_table_find(flows, &slot);
	SL_SURELY(h->f, REWRITE_LEFT);
	h->word = REWRITE_READ32(h->f->word);
	if ((h->word & REWRITE_WORD_MASK) == REWRITE_BUSY)
		return REWRITE_WAIT;
	if ((h->word & REWRITE_WORD_MASK) != REWRITE_LIVE ||
	    !rewrite_is(h->f, h->dir, addrs, ports, space))
		return REWRITE_LEFT;
	return REWRITE_HIT;
}

sl_inline enum rewrite_found rewrite_find(const struct rewrite_conf *c, void *map, void *flows,
					  const struct rewrite_key *key, struct rewrite_hit *h)
{
	const struct rewrite_side *s = (const struct rewrite_side *)key;
	__u64 *entry = sl_table_find(map, key);

	return entry ? rewrite_at(c, flows, REWRITE_READ64(*entry), rewrite_addrs(s),
				  rewrite_ports_of(s), key->space, h)
		     : REWRITE_NONE;
}

/* Where the last answer for keys like this one is noted. */
sl_inline __u32 rewrite_hint_at(const struct rewrite_conf *c, const struct rewrite_packet *k)
{
	__u64 x = k->addrs;

	x = (x ^ x >> 29) * 0x9e3779b97f4a7c15ull;
	x ^= (__u64)k->space << 32 | k->ports;
	return (__u32)((x * 0xd6e8feb86659fd93ull) >> 40) & c->hint_mask;
}

/* What a hint says, if it is right. */
sl_inline enum rewrite_found rewrite_recall(const struct rewrite_conf *c, void *flows, void *hints,
					    const struct rewrite_packet *k, struct rewrite_hit *h)
{
	__u32 at = rewrite_hint_at(c, k);
	__u64 *hint = sl_table_find(hints, &at);

	SL_SURELY(hint, REWRITE_NONE);
	return rewrite_at(c, flows, REWRITE_READ64(*hint), k->addrs, k->ports, k->space, h);
}

/* Notes an answer. */
sl_inline void rewrite_remember(const struct rewrite_conf *c, void *hints,
				const struct rewrite_packet *k, __u32 slot, __u32 dir)
{
	__u32 at = rewrite_hint_at(c, k);
	__u64 *hint = sl_table_find(hints, &at);

	SL_SURELY(hint, );
	REWRITE_READ64(*hint) = REWRITE_REF(slot, dir);
}

/* When flows that had timed out were cleared away last. The interval is no whole number of units:
 * its multiples are those of the clock itself. */
sl_inline __u32 rewrite_reaping(const struct rewrite_conf *c, __u32 now)
{
	__u64 ns = (__u64)now << REWRITE_UNIT_BITS;

	return c->reap ? (__u32)((ns - ns % c->reap) >> REWRITE_UNIT_BITS) : 0;
}

/* Whether a flow that times out at `expires` was, too. */
sl_inline int rewrite_reaped(const struct rewrite_conf *c, __u32 expires, __u32 reaping)
{
	return c->reap && (__s32)(reaping - expires) >= 0;
}

/* Whether a flow that was found is still in force; `mark` is that of what made it, `epoch` that of
 * the rewriter whose tables these are. */
sl_inline int rewrite_valid(struct sl_pkt *p, const struct rewrite_conf *c,
			    const struct rewrite_flow *f, __u32 mark, __u32 epoch, __u32 tick)
{
	__u32 now;

	if (f->mark != mark || f->epoch != epoch)
		return 0;
	if (tick - f->tick < REWRITE_TICKS)
		return 1;
	now = rewrite_now(p);
	if ((__s32)(now - f->expires) < 0)
		return 1;
	return !rewrite_reaped(c, f->expires, rewrite_reaping(c, now));
}

#endif
