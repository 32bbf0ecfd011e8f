/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PathMTU: frames too long for the device they were to leave by, from all the graph's ToDevices.
 * The sender is told the MTU (RFC 792 and 1191; RFC 4443 3.2), by a message that goes back by the
 * device the packet came in by, from that device's address. The packet itself becomes the message.
 * Whatever may not be answered goes on as it would have: who sends it drops and counts it, by the
 * MTU of that moment.
 */
#ifndef SL_ELEMENT_PATH_MTU_H
#define SL_ELEMENT_PATH_MTU_H

#include "mac.h"
#include "icmp6_error.h"
#include "icmp_error.h"
#include "to_device.h"

/* A device of the graph, by its index. */
struct path_mtu_dev {
	__u32 mtu; /* 0: no IP link, messages cannot go back there */
	__be32 ip, mask;
	__u8 ip6[16]; /* all zero: none */
	__u8 mac[SL_ETH_ALEN], peer[SL_ETH_ALEN];
};

/* What became of the packets. */
struct path_mtu_state {
	__u64 answered;
	__u64 limited;	 /* no message: too many at this time */
	__u64 uncut;	 /* IPv4 without DF: would have to be cut */
	__u64 no_source; /* no message: the device has no address of that version */
	__u64 refused;	 /* no message may be sent about such a packet */
};

struct path_mtu_rw {
	__u64 next_ns; /* when the next message is due at the mean rate */
	__u32 id;      /* of the last IPv4 message */
};

/* Messages: one a millisecond in the long run, this many at once. */
#define PATH_MTU_GAP_NS 1000000ull
#define PATH_MTU_BURST 50

/* Longest IPv4 message: what every host takes (RFC 1812 4.3.2.3). */
#define PATH_MTU_LONGEST4 576u

/* Whether there may be a message now (RFC 1812 4.3.2.8, RFC 4443 2.4 f). Two CPUs that ask at the
 * same time may both be told yes. */
sl_inline int path_mtu_allowed(struct sl_pkt *p, struct path_mtu_rw *rw)
{
	__u64 now = sl_now_ns(p), next = rw->next_ns;

	/* A time too far off is of another clock. */
	if (next < now || next > now + PATH_MTU_BURST * PATH_MTU_GAP_NS)
		next = now;
	if (next > now + (PATH_MTU_BURST - 1) * PATH_MTU_GAP_NS)
		return 0;
	rw->next_ns = next + PATH_MTU_GAP_NS;
	return 1;
}

/* The broadcast address of the network `d` is on. */
sl_inline int path_mtu_broadcast(const struct path_mtu_dev *d, __be32 a)
{
	__be32 host = ~d->mask;

	/* Networks of two addresses have none (RFC 3021). */
	return d->ip && sl_ntohl(host) > 1 && (a | host) == (d->ip | host) && (a & host) == host;
}

/* Puts the link's Ethernet header in front. */
sl_inline __u32 path_mtu_send(struct sl_pkt *p, const struct path_mtu_dev *in,
			      struct path_mtu_state *st, __u16 type)
{
	struct sl_eth *eth;

	if (sl_push(p, sizeof(*eth)))
		return SL_KILL(HEADROOM);
	eth = sl_at(p, 0, sizeof(*eth));
	SL_SURELY(eth, SL_KILL(HEADROOM));
	sl_mac_pair((__u8 *)eth, in->peer, in->mac);
	eth->type = sl_htons(type);
	st->answered++;
	return SL_DONE_OUT(p->dev);
}

/* ---- IPv4 ------------------------------------------------------------------------------------*/

/* Length of the packet at nh if it is a good one (RFC 1812 5.2.2), otherwise 0. */
sl_inline __u32 path_mtu_len4(const struct sl_pkt *p)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	__u32 hlen, len, sum = 0;

	SL_SURELY(ip, 0);
	if (ip->ver_ihl >> 4 != 4)
		return 0;
	hlen = sl_ip4_hlen(ip);
	len = sl_ntohs(ip->len);
	if (hlen < sizeof(*ip) || len < hlen || len + SL_ETH_HLEN > sl_len(p))
		return 0;
	SL_SURELY(!sl_ip4_sum(p, p->nh, hlen, &sum), 0);
	return sl_fold(sum) == 0xffff ? len : 0;
}

sl_inline __u32 path_mtu_4(struct sl_pkt *p, const struct path_mtu_dev *in,
			   const struct path_mtu_dev *to, struct path_mtu_state *st,
			   struct path_mtu_rw *rw)
{
	struct icmp_error_conf c = {.src = in->ip,
				    .mtu = PATH_MTU_LONGEST4,
				    .pmtu = (__u16)to->mtu,
				    .type = SL_ICMP_UNREACHABLE,
				    .code = SL_ICMP_UNREACHABLE_NEEDFRAG};
	struct icmp_error_seen seen;
	const struct sl_ip4 *ip;
	__u32 len = path_mtu_len4(p), r;
	__u8 dev = to_device_aside(p);

	ip = sl_net(p, 0, sizeof(*ip));
	SL_SURELY(ip, SL_KILL(SHORT));
	if (len <= to->mtu) {
		st->refused++;
		return SL_DONE_OUT(dev);
	}
	if (!(ip->frag & sl_htons(SL_IP_DF))) {
		st->uncut++;
		return SL_DONE_OUT(dev);
	}
	if (icmp_error_judge(p, &c, &seen) != SL_OUT(0) || seen.src == in->ip ||
	    path_mtu_broadcast(in, seen.dst) || path_mtu_broadcast(to, seen.dst) ||
	    path_mtu_broadcast(in, seen.src)) {
		st->refused++;
		return SL_DONE_OUT(dev);
	}
	if (!in->ip) {
		st->no_source++;
		return SL_DONE_OUT(dev);
	}
	if (!path_mtu_allowed(p, rw)) {
		st->limited++;
		return SL_DONE_OUT(dev);
	}
	if (in->mtu < c.mtu)
		c.mtu = in->mtu;
	/* Padding is not quoted. */
	SL_SURELY(!sl_set_len(p, SL_ETH_HLEN + len), SL_KILL(HEADROOM));
	r = icmp_error_make(p, &c, PATH_MTU_LONGEST4, &rw->id, &seen);
	return r == SL_OUT(0) ? path_mtu_send(p, in, st, SL_ETH_P_IP) : r;
}

/* ---- IPv6 ------------------------------------------------------------------------------------*/

sl_inline __u32 path_mtu_6(struct sl_pkt *p, const struct path_mtu_dev *in,
			   const struct path_mtu_dev *to, struct path_mtu_state *st,
			   struct path_mtu_rw *rw)
{
	struct icmp6_error_conf c = {.type = SL_ICMP6_TOO_BIG, .pmtu = to->mtu, .hlim = 64};
	const struct sl_ip6 *ip = sl_net(p, 0, sizeof(*ip));
	__u8 dev = to_device_aside(p);
	__u32 len, r;

	SL_SURELY(ip, SL_KILL(SHORT));
	len = sizeof(*ip) + sl_ntohs(ip->plen);
	/* A payload length of 0 is a jumbogram's (RFC 2675) or a lie. There might be a message
	 * about multicasts; nothing here forwards them. */
	if (!sl_ip6_version_ok(ip) || len <= to->mtu || len + SL_ETH_HLEN > sl_len(p) ||
	    icmp6_error_group(p, ip) || icmp6_error_judge(p, &c) != SL_OUT(0)) {
		st->refused++;
		return SL_DONE_OUT(dev);
	}
	if (sl_ip6_unset(in->ip6)) {
		st->no_source++;
		return SL_DONE_OUT(dev);
	}
	if (!path_mtu_allowed(p, rw)) {
		st->limited++;
		return SL_DONE_OUT(dev);
	}
	sl_ip6_copy(c.src, in->ip6);
	r = icmp6_error_make(p, &c, len,
			     in->mtu < ICMP6_ERROR_LONGEST ? in->mtu : ICMP6_ERROR_LONGEST);
	return r == SL_OUT(0) ? path_mtu_send(p, in, st, SL_ETH_P_IPV6) : r;
}

/* `devs`, `n`: the graph's devices; `ip4`, `ip6` (constants): one of them has such an address, so
 * that what is never sent costs no code. */
sl_inline __u32 path_mtu(struct sl_pkt *p, const struct path_mtu_dev *devs, __u32 n, int ip4,
			 int ip6, struct path_mtu_state *st, struct path_mtu_rw *rw)
{
	__u32 dev = to_device_aside(p), from = p->dev;
	const struct sl_eth *eth = sl_at(p, 0, sizeof(*eth));

	SL_OPAQUE(dev);
	SL_OPAQUE(from);
	SL_SURELY(dev < n, SL_KILL(SHORT));
	SL_SURELY(from < n, SL_KILL(SHORT));
	SL_SURELY(eth, SL_KILL(SHORT));
	p->nh = p->off + sizeof(*eth);
	if (!devs[from].mtu) {
		st->refused++;
		return SL_DONE_OUT(dev);
	}
	if (ip4 && eth->type == sl_htons(SL_ETH_P_IP))
		return path_mtu_4(p, &devs[from], &devs[dev], st, rw);
	if (ip6 && eth->type == sl_htons(SL_ETH_P_IPV6))
		return path_mtu_6(p, &devs[from], &devs[dev], st, rw);
	if (eth->type == sl_htons(SL_ETH_P_IP) || eth->type == sl_htons(SL_ETH_P_IPV6))
		st->no_source++;
	else
		st->refused++;
	return SL_DONE_OUT(dev);
}

#endif
