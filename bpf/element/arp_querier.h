/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ARPQuerier: puts IP packets into Ethernet frames for the next hop, whose address it learns by ARP
 * (RFC 826, RFC 1112 6.4, RFC 1122 2.3.2). There is no place to keep a packet until the answer is
 * there: the packet that finds its neighbour unknown becomes the query.
 *
 * Known neighbours and those being asked for are in tables of their own, so that a scan over
 * addresses nobody has cannot drive out neighbours that exist. In front of them is an array that
 * remembers for a few ticks what was found: looking into a table and at a clock for each packet
 * costs more than all else a router does.
 */
#ifndef SL_ELEMENT_ARP_QUERIER_H
#define SL_ELEMENT_ARP_QUERIER_H

#include "verdict.h"
#include "../arp_frame.h"
#include "../fresh.h"

/* Not more than 10 queries a second for an address, and one in two seconds once 10 were in vain. */
#define ARP_QUERIER_GAP_NS 100000000ll
#define ARP_QUERIER_SLOW_GAP_NS 2000000000ll
#define ARP_QUERIER_PATIENCE 10

struct arp_querier_conf {
	__u64 timeout_ns; /* an entry is valid so long; 0: for ever */
	__u64 poll_ns;	  /* an entry is asked for again after; 0: never */
	__u8 eth[6];	  /* ours */
	__u8 peer[6];	  /* constant: the only neighbour's */
	__u8 constant;	  /* the device has one neighbour: nothing is ever asked */
	__u8 broadcast_poll;
	__u8 query_port; /* output for queries */
	/* Not for the data path. */
	__u32 entries, waiting, slots; /* sizes of the tables */
	__be32 ip, broadcast;	       /* initial values of rw */
};

struct arp_querier_state {
	__u64 queries;
	__u64 responses;
	__u64 drops; /* IP packets lost, those that became a query too */
};

struct arp_querier_rw {
	__be32 ip;
	__be32 broadcast;
	__u32 epoch; /* goes up when a handler changes the tables: slots of another are void */
};

/* Tables, by IP address. */
struct arp_querier_known {
	__u64 updated; /* when the answer came */
	__u64 asked;   /* the last query */
	__u8 eth[6];
	__u8 zero;
	__u8 asks; /* queries since the answer */
};
struct arp_querier_wait {
	__u64 asked;
	__u32 asks; /* queries in vain */
	__u32 zero;
};

/*
 * A neighbour looked up lately, in the array of slots. Several CPUs write without a lock: each word
 * that holds a part of the Ethernet address says whose it is.
 */
struct arp_querier_slot {
	__u64 front; /* IP address, first four bytes of its Ethernet address */
	__u64 back;  /* IP address, last two bytes, epoch */
	__u64 tick;  /* when it was looked up */
};
#define ARP_QUERIER_SLOTS 1024
#define ARP_QUERIER_TICKS 8

/* A slot's word as it is in memory at this moment. */
#define ARP_QUERIER_WORD(w) (*(volatile __u64 *)&(w))

/* Index of an address's slot; neighbours of one network get different ones. */
sl_inline __u32 arp_querier_index(__be32 ip)
{
	__u32 a = sl_ntohl(ip);

	return (a ^ a >> 10 ^ a >> 20) & (ARP_QUERIER_SLOTS - 1);
}

/* Takes an Ethernet address from a slot. 0 when it is not there, or old. */
sl_inline int arp_querier_recall(struct arp_querier_slot *s, __be32 ip, __u64 tick, __u32 epoch,
				 __u8 mac[SL_ETH_ALEN])
{
	__u64 front = ARP_QUERIER_WORD(s->front), back = ARP_QUERIER_WORD(s->back);
	__u32 head = (__u32)front;
	__u16 tail = (__u16)(back >> 16);

	if ((__u32)(front >> 32) != ip || (__u32)(back >> 32) != ip || (__u16)back != (__u16)epoch)
		return 0;
	if (tick - ARP_QUERIER_WORD(s->tick) >= ARP_QUERIER_TICKS)
		return 0;
	__builtin_memcpy(mac, &head, 4);
	__builtin_memcpy(mac + 4, &tail, 2);
	return 1;
}

sl_inline void arp_querier_remember(struct arp_querier_slot *s, __be32 ip, __u64 tick, __u32 epoch,
				    const __u8 mac[SL_ETH_ALEN])
{
	__u32 head;
	__u16 tail;

	__builtin_memcpy(&head, mac, 4);
	__builtin_memcpy(&tail, mac + 4, 2);
	ARP_QUERIER_WORD(s->front) = (__u64)ip << 32 | head;
	ARP_QUERIER_WORD(s->back) = (__u64)ip << 32 | (__u32)tail << 16 | (epoch & 0xffff);
	ARP_QUERIER_WORD(s->tick) = tick;
}

/* Whether it is time for another query; if so it is noted. One CPU alone gets a yes. */
sl_inline int arp_querier_due(__u64 *asked, __u32 asks, __u64 now)
{
	__u64 last = *asked;
	__s64 gap = asks >= ARP_QUERIER_PATIENCE ? ARP_QUERIER_SLOW_GAP_NS : ARP_QUERIER_GAP_NS;

	return (__s64)(now - last) >= gap && __sync_val_compare_and_swap(asked, last, now) == last;
}

/* The same for an address that is not known. */
sl_inline int arp_querier_ask(void *wait, __be32 dst, __u64 now, const struct arp_querier_conf *c)
{
	struct arp_querier_wait *w = sl_table_find(wait, &dst);

	if (!w) {
		struct arp_querier_wait first = {.asked = now, .asks = 1};

		return sl_table_set(wait, &dst, &first, 1) == 0;
	}
	/* Nobody asked for long: be quick again. */
	if (c->timeout_ns && (__s64)(now - w->asked) > (__s64)c->timeout_ns)
		w->asks = 0;
	if (!arp_querier_due(&w->asked, w->asks, now))
		return 0;
	if (w->asks < ARP_QUERIER_PATIENCE)
		w->asks++;
	return 1;
}

/* The packet goes on in a frame to `dst`. */
sl_inline __u32 arp_querier_encap(struct sl_pkt *p, const struct arp_querier_conf *c,
				  struct arp_querier_state *st, const __u8 dst[SL_ETH_ALEN])
{
	struct sl_eth *eth;

	if (sl_push(p, sizeof(*eth)) || !(eth = sl_at(p, 0, sizeof(*eth)))) {
		st->drops++;
		return SL_KILL(HEADROOM);
	}
	sl_mac_copy(eth->dst, dst);
	sl_mac_copy(eth->src, c->eth);
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
	if (sl_push(p, SL_ETH_HLEN) || sl_set_len(p, sizeof(*f)) || !(f = sl_at(p, 0, sizeof(*f))))
		return SL_KILL(HEADROOM);
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
				 void *known, void *wait, struct arp_querier_slot *slot, __u64 tick)
{
	static const __u8 all[SL_ETH_ALEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	__u64 now = sl_now_coarse_ns(p);
	__be32 dst = p->anno.dst_ip;
	struct arp_querier_known *k = sl_table_find(known, &dst);

	if (k && (!c->timeout_ns || (__s64)(now - k->updated) <= (__s64)c->timeout_ns)) {
		if (sl_unlikely(c->poll_ns && (__s64)(now - k->updated) >= (__s64)c->poll_ns) &&
		    arp_querier_due(&k->asked, k->asks, now)) {
			if (k->asks < ARP_QUERIER_PATIENCE)
				k->asks++;
			return arp_querier_query(p, c, st, rw, dst,
						 c->broadcast_poll ? all : k->eth);
		}
		if (slot)
			arp_querier_remember(slot, dst, tick, rw->epoch, k->eth);
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
	if (!arp_querier_ask(wait, dst, now, c)) {
		st->drops++;
		return SL_KILL(NOARP);
	}
	return arp_querier_query(p, c, st, rw, dst, all);
}

/* An IP packet. */
sl_inline __u32 arp_querier_ip(struct sl_pkt *p, const struct arp_querier_conf *c,
			       struct arp_querier_state *st, const struct arp_querier_rw *rw,
			       void *known, void *wait, void *slots)
{
	__be32 dst = p->anno.dst_ip;
	struct arp_querier_slot *slot;
	__u8 mac[SL_ETH_ALEN];
	__u32 index = arp_querier_index(dst);
	__u64 tick;

	if (c->constant && dst)
		return arp_querier_encap(p, c, st, c->peer);
	tick = sl_ticks(p);
	slot = c->constant ? NULL : sl_table_find(slots, &index);
	if (sl_likely(slot && rw->ip && arp_querier_recall(slot, dst, tick, rw->epoch, mac)))
		return arp_querier_encap(p, c, st, mac);
	SL_SELDOM(p);
	if (!dst || !rw->ip) {
		st->drops++;
		return SL_KILL(NOARP);
	}
	return arp_querier_seek(p, c, st, rw, known, wait, slot, tick);
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
	struct arp_querier_slot *slot;
	struct arp_querier_known k = {0};
	__u32 index;
	__be32 ip;

	if (!f)
		return SL_DONE_KEPT;
	st->responses++;
	/* A group address is nobody's own. */
	if (c->constant || !sl_arp_is(f, SL_ARP_REPLY) || (f->arp.sha[0] & 1))
		return SL_DONE_KEPT;
	ip = f->arp.spa;
	if (!arp_querier_host(ip, rw))
		return SL_DONE_KEPT;
	sl_mac_copy(k.eth, f->arp.sha);
	k.updated = sl_now_coarse_ns(p);
	k.asked = k.updated - ARP_QUERIER_SLOW_GAP_NS;
	sl_table_set(known, &ip, &k, 0);
	sl_table_del(wait, &ip);
	index = arp_querier_index(ip);
	slot = sl_table_find(slots, &index);
	if (slot)
		ARP_QUERIER_WORD(slot->front) = 0;
	return SL_DONE_KEPT;
}

sl_inline __u32 arp_querier(struct sl_pkt *p, __u32 port, const struct arp_querier_conf *c,
			    struct arp_querier_state *st, struct arp_querier_rw *rw, void *known,
			    void *wait, void *slots)
{
	if (port == 1)
		SL_SELDOM(p);
	if (port == 1)
		return arp_querier_reply(p, c, st, rw, known, wait, slots);
	return arp_querier_ip(p, c, st, rw, known, wait, slots);
}

#endif
