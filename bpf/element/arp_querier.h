/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ARPQuerier: puts IP packets into Ethernet frames for the next hop, whose address it learns by ARP
 * (RFC 826, RFC 1112 6.4, RFC 1122 2.3.2). There is no place to keep a packet until the answer is
 * there: the packet that finds its neighbour unknown becomes the query.
 */
#ifndef SL_ELEMENT_ARP_QUERIER_H
#define SL_ELEMENT_ARP_QUERIER_H

#include "verdict.h"
#include "arp_table.h"
#include "../arp_frame.h"
#include "../fresh.h"

struct arp_querier_conf {
	struct arp_table_conf table; /* of the table it works with; first, as an ARPTable's */
	__u64 poll_ns;		     /* an entry is asked for again after; 0: never */
	__u8 eth[6];		     /* ours */
	__u8 peer[6];		     /* constant: the only neighbour's */
	__u8 constant;		     /* the device has one neighbour: nothing is ever asked */
	__u8 broadcast_poll;
	__u8 query_port;      /* output for queries */
	__u8 shared;	      /* the table is an ARPTable's */
	__be32 ip, broadcast; /* initial values of rw */
};

struct arp_querier_state {
	__u64 queries;
	__u64 responses;
	__u64 drops; /* IP packets lost, those that became a query too */
};

struct arp_querier_rw {
	struct arp_table_rw table; /* of its own table; first, as an ARPTable's */
	__be32 ip;
	__be32 broadcast;
};

/* The packet goes on in a frame to `dst`. */
sl_inline __u32 arp_querier_encap(struct sl_pkt *p, const struct arp_querier_conf *c,
				  struct arp_querier_state *st, const __u8 dst[SL_ETH_ALEN])
{
	struct sl_eth *eth;

	if (sl_push(p, sizeof(*eth))) {
		st->drops++;
		return SL_KILL(HEADROOM);
	}
	eth = sl_at(p, 0, sizeof(*eth));
	SL_SURELY(eth, SL_KILL(HEADROOM));
	sl_mac_pair((__u8 *)eth, dst, c->eth);
	eth->type = sl_htons(SL_ETH_P_IP);
	p->mac = p->off;
	p->nh = p->off + sizeof(*eth);
	return SL_OUT(0);
}

/* The packet becomes a query for `want`, sent to `dst`. */
sl_inline __u32 arp_querier_query(struct sl_pkt *p, const struct arp_querier_conf *c,
				  struct arp_querier_state *st, const struct arp_querier_rw *rw,
				  __be32 want, const __u8 dst[SL_ETH_ALEN])
{
	__be16 tci = p->anno.vlan_tci;
	struct sl_arp_frame *f;

	st->drops++;
	if (sl_push(p, SL_ETH_HLEN) || sl_set_len(p, sizeof(*f)))
		return SL_KILL(HEADROOM);
	f = sl_at(p, 0, sizeof(*f));
	SL_SURELY(f, SL_KILL(HEADROOM));
	sl_arp_head(f, SL_ARP_REQUEST, dst, c->eth);
	sl_mac_copy(f->arp.sha, c->eth);
	f->arp.spa = rw->ip;
	__builtin_memset(f->arp.tha, 0, SL_ETH_ALEN);
	f->arp.tpa = want;

	sl_fresh(p);
	p->mac = p->off;
	p->anno.vlan_tci = tci;
	st->queries++;
	return SL_OUT(c->query_port);
}

/* An IP packet whose neighbour is not in a slot. */
sl_inline __u32 arp_querier_seek(struct sl_pkt *p, const struct arp_querier_conf *c,
				 struct arp_querier_state *st, const struct arp_querier_rw *rw,
				 __u32 epoch, void *known, void *wait, struct arp_table_slot *slot,
				 __u64 tick)
{
	static const __u8 all[SL_ETH_ALEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	__u64 now = sl_now_coarse_ns(p);
	__be32 dst = p->anno.dst_ip;
	struct sl_neigh_known *k = sl_table_find(known, &dst);

	if (k && arp_table_valid(&c->table, k->updated, now)) {
		if (sl_unlikely(c->poll_ns && (__s64)(now - k->updated) >= (__s64)c->poll_ns) &&
		    sl_neigh_due(&k->asked, k->asks, now)) {
			if (k->asks < SL_NEIGH_PATIENCE)
				k->asks++;
			return arp_querier_query(p, c, st, rw, dst,
						 c->broadcast_poll ? all : k->eth);
		}
		if (slot)
			arp_table_remember(slot, dst, tick, epoch, k->eth);
		return arp_querier_encap(p, c, st, k->eth);
	}
	if (dst == 0xffffffff || dst == rw->broadcast)
		return arp_querier_encap(p, c, st, all);
	if ((dst & sl_htonl(0xf0000000)) == sl_htonl(0xe0000000)) {
		__u32 group = sl_ntohl(dst);
		__u8 mac[SL_ETH_ALEN] = {
			0x01, 0x00, 0x5e, (group >> 16) & 0x7f, (__u8)(group >> 8), (__u8)group};

		return arp_querier_encap(p, c, st, mac);
	}
	if (!sl_neigh_ask(wait, &dst, now, c->table.timeout_ns)) {
		st->drops++;
		return SL_KILL(NOARP);
	}
	return arp_querier_query(p, c, st, rw, dst, all);
}

/* An IP packet. */
sl_inline __u32 arp_querier_ip(struct sl_pkt *p, const struct arp_querier_conf *c,
			       struct arp_querier_state *st, const struct arp_querier_rw *rw,
			       const struct arp_table_rw *table, void *known, void *wait,
			       void *slots)
{
	__be32 dst = p->anno.dst_ip;
	struct arp_table_slot *slot;
	__u8 mac[SL_ETH_ALEN];
	__u32 index = arp_table_index(dst);
	__u64 tick;

	if (c->constant && dst)
		return arp_querier_encap(p, c, st, c->peer);
	tick = sl_ticks(p);
	slot = c->constant ? NULL : sl_table_find(slots, &index);
	if (sl_likely(slot && rw->ip && arp_table_recall(slot, dst, tick, table->epoch, mac)))
		return arp_querier_encap(p, c, st, mac);
	SL_SELDOM(p);
	if (!dst || !rw->ip) {
		st->drops++;
		return SL_KILL(NOARP);
	}
	return arp_querier_seek(p, c, st, rw, table->epoch, known, wait, slot, tick);
}

/* Whether an address can be a neighbour's: where packets to it go is not for an answer to say. */
sl_inline int arp_querier_host(__be32 ip, const struct arp_querier_rw *rw)
{
	return ip && ip != 0xffffffff && ip != rw->broadcast &&
	       (ip & sl_htonl(0xf0000000)) != sl_htonl(0xe0000000);
}

/* What came in as an ARP reply: learned, then done with. */
sl_inline __u32 arp_querier_reply(struct sl_pkt *p, const struct arp_querier_conf *c,
				  struct arp_querier_state *st, const struct arp_querier_rw *rw,
				  void *known, void *wait, void *slots)
{
	const struct sl_arp_frame *f = sl_at(p, 0, sizeof(*f));

	if (!f)
		return SL_DONE_KEPT;
	st->responses++;
	/* A group address is nobody's own. */
	if (c->constant || !sl_arp_is(f, SL_ARP_REPLY) || (f->arp.sha[0] & 1))
		return SL_DONE_KEPT;
	if (!arp_querier_host(f->arp.spa, rw))
		return SL_DONE_KEPT;
	arp_table_learn(known, wait, slots, f->arp.spa, f->arp.sha, sl_now_coarse_ns(p));
	return SL_DONE_KEPT;
}

/* `table`, `known`, `wait` and `slots` are its own or an ARPTable's. */
sl_inline __u32 arp_querier(struct sl_pkt *p, __u32 port, const struct arp_querier_conf *c,
			    struct arp_querier_state *st, struct arp_querier_rw *rw,
			    const struct arp_table_rw *table, void *known, void *wait, void *slots)
{
	if (port == 1)
		SL_SELDOM(p);
	if (port == 1)
		return arp_querier_reply(p, c, st, rw, known, wait, slots);
	return arp_querier_ip(p, c, st, rw, table, known, wait, slots);
}

#endif
