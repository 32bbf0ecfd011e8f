/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * IP6NDSolicitor: puts IPv6 packets into Ethernet frames for the next hop, whose address it learns
 * by neighbour discovery (RFC 4861 7.2, RFC 2464). There is no place to keep a packet until the
 * answer is there: the packet that finds its neighbour unknown becomes the solicitation.
 */
#ifndef SL_ELEMENT_IP6_ND_SOLICITOR_H
#define SL_ELEMENT_IP6_ND_SOLICITOR_H

#include "verdict.h"
#include "../fresh.h"
#include "../nd.h"
#include "../neigh.h"

/* As in Click: an answer is good for two minutes, and asked for again after one. */
#define IP6_ND_SOLICITOR_TIMEOUT_NS 120000000000ll
#define IP6_ND_SOLICITOR_POLL_NS 60000000000ll

struct ip6_nd_solicitor_conf {
	__be32 ip[4]; /* ours */
	__u8 eth[6];
	__u8 constant;	 /* the device has one neighbour: nothing is ever asked */
	__u8 query_port; /* output for solicitations */
	__u8 peer[6];	 /* constant: the only neighbour's */
	/* Not for the data path: sizes of the tables. */
	__u32 entries, waiting;
};

struct ip6_nd_solicitor_state {
	__u64 queries;
	__u64 responses;
	__u64 drops; /* IPv6 packets lost, those that became a solicitation too */
};

/* The packet goes on in a frame to `dst`. */
sl_inline __u32 ip6_nd_solicitor_encap(struct sl_pkt *p, const struct ip6_nd_solicitor_conf *c,
				       struct ip6_nd_solicitor_state *st,
				       const __u8 dst[SL_ETH_ALEN])
{
	struct sl_eth *eth;

	if (sl_push(p, sizeof(*eth))) {
		st->drops++;
		return SL_KILL(HEADROOM);
	}
	eth = sl_at(p, 0, sizeof(*eth));
	SL_SURELY(eth, SL_KILL(HEADROOM));
	sl_mac_copy(eth->dst, dst);
	sl_mac_copy(eth->src, c->eth);
	eth->type = sl_htons(SL_ETH_P_IPV6);
	p->mac = p->off;
	p->nh = p->off + sizeof(*eth);
	return SL_OUT(0);
}

/* The packet becomes a solicitation for `want`: to the neighbour `mac`, or (NULL) to the group its
 * owner is in. */
sl_inline __u32 ip6_nd_solicitor_query(struct sl_pkt *p, const struct ip6_nd_solicitor_conf *c,
				       struct ip6_nd_solicitor_state *st, const __be32 want[4],
				       const __u8 *mac)
{
	struct sl_nd_make m = {.type = SL_ICMP6_SOLICIT, .option = SL_ND_SOURCE};
	__be16 tci = p->anno.vlan_tci;

	st->drops++;
	sl_ip6_copy(m.src, c->ip);
	sl_ip6_copy(m.target, want);
	if (mac) {
		sl_ip6_copy(m.dst, want);
		sl_mac_copy(m.to, mac);
	} else {
		sl_nd_solicited(m.dst, want);
		sl_nd_group_mac(m.to, m.dst);
	}
	sl_mac_copy(m.from, c->eth);
	sl_mac_copy(m.mac, c->eth);
	if (sl_push(p, SL_ETH_HLEN) || sl_nd_write(p, &m))
		return SL_KILL(HEADROOM);
	sl_fresh(p);
	sl_nd_mark(p);
	p->anno.vlan_tci = tci;
	st->queries++;
	return SL_OUT(c->query_port);
}

sl_inline int ip6_nd_solicitor_valid(const struct sl_neigh_known *k, __u64 now)
{
	return (__s64)(now - k->updated) <= IP6_ND_SOLICITOR_TIMEOUT_NS;
}

/* An IPv6 packet. */
sl_inline __u32 ip6_nd_solicitor_ip(struct sl_pkt *p, const struct ip6_nd_solicitor_conf *c,
				    struct ip6_nd_solicitor_state *st, void *known, void *wait)
{
	struct sl_neigh_known *k;
	__u8 mac[SL_ETH_ALEN];
	__be32 dst[4];
	__u64 now;

	sl_ip6_copy(dst, p->anno.dst_ip6);
	if (sl_ip6_unset(dst)) {
		st->drops++;
		return SL_KILL(NOARP);
	}
	if (c->constant)
		return ip6_nd_solicitor_encap(p, c, st, c->peer);
	if (sl_ip6_multicast(dst)) {
		sl_nd_group_mac(mac, dst);
		return ip6_nd_solicitor_encap(p, c, st, mac);
	}
	now = sl_now_coarse_ns(p);
	k = sl_table_find(known, dst);
	if (sl_likely(k && ip6_nd_solicitor_valid(k, now))) {
		if (sl_unlikely((__s64)(now - k->updated) >= IP6_ND_SOLICITOR_POLL_NS) &&
		    sl_neigh_due(&k->asked, k->asks, now)) {
			if (k->asks < SL_NEIGH_PATIENCE)
				k->asks++;
			return ip6_nd_solicitor_query(p, c, st, dst, k->eth);
		}
		return ip6_nd_solicitor_encap(p, c, st, k->eth);
	}
	if (!sl_neigh_ask(wait, dst, now, IP6_ND_SOLICITOR_TIMEOUT_NS)) {
		st->drops++;
		return SL_KILL(NOARP);
	}
	return ip6_nd_solicitor_query(p, c, st, dst, NULL);
}

/*
 * Learns from a good advertisement about an address that was asked for (RFC 4861 7.2.5): one that
 * nobody solicited is believed, but asked again before long.
 */
sl_inline void ip6_nd_solicitor_learn(const __be32 addr[4], const struct sl_nd_seen *s, __u8 flags,
				      __u64 now, void *known, void *wait)
{
	const struct sl_neigh_known *k = sl_table_find(known, addr);
	struct sl_neigh_known new = {.updated = now};

	if (k && ip6_nd_solicitor_valid(k, now)) {
		int same = !s->has_mac || sl_mac_eq(s->mac, k->eth);

		if (same ? !(flags & SL_ND_SOLICITED) : !(flags & SL_ND_OVERRIDE))
			return;
		sl_mac_copy(new.eth, k->eth);
	} else if (!s->has_mac || !sl_table_find(wait, addr)) {
		return;
	}
	if (s->has_mac)
		sl_mac_copy(new.eth, s->mac);
	if (!(flags & SL_ND_SOLICITED))
		new.updated -= IP6_ND_SOLICITOR_POLL_NS;
	new.asked = now - SL_NEIGH_SLOW_GAP_NS;
	sl_table_set(known, addr, &new, 0);
	sl_table_del(wait, addr);
}

/* What came in as an advertisement: learned, then done with. */
sl_inline __u32 ip6_nd_solicitor_reply(struct sl_pkt *p, const struct ip6_nd_solicitor_conf *c,
				       struct ip6_nd_solicitor_state *st, void *known, void *wait)
{
	const struct sl_nd_frame *f;
	struct sl_nd_seen s;
	__be32 addr[4];

	st->responses++;
	if (c->constant || !sl_nd_is(p, SL_ICMP6_ADVERT, SL_ND_TARGET, &s))
		return SL_DONE_KEPT;
	f = sl_at(p, 0, __builtin_offsetof(struct sl_nd_frame, option));
	SL_SURELY(f, SL_DONE_KEPT);
	/* To a group goes only what nobody solicited (7.1.2); a group address is nobody's own. */
	if ((sl_ip6_multicast(f->ip.dst) && (f->nd.icmp.rest[0] & SL_ND_SOLICITED)) ||
	    (s.has_mac && (s.mac[0] & 1)))
		return SL_DONE_KEPT;
	sl_ip6_copy(addr, f->nd.target);
	ip6_nd_solicitor_learn(addr, &s, f->nd.icmp.rest[0], sl_now_coarse_ns(p), known, wait);
	return SL_DONE_KEPT;
}

sl_inline __u32 ip6_nd_solicitor(struct sl_pkt *p, __u32 port,
				 const struct ip6_nd_solicitor_conf *c,
				 struct ip6_nd_solicitor_state *st, void *known, void *wait)
{
	if (port == 1)
		return ip6_nd_solicitor_reply(p, c, st, known, wait);
	return ip6_nd_solicitor_ip(p, c, st, known, wait);
}

#endif
