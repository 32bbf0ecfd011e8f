/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nat.click by hand, the first of two: one hash table of the kernel's with an entry for each
 * direction of a flow, which says all there is to do. Entries note when and with what flags their
 * packets came; ending them is the work of a process beside it, which walks the table now and then.
 */
#include "abi.h"
#include "helpers.h"
#include "net.h"

LICENSE("GPL");

#define HEAD 28 /* H of the graph the tool compiles */
#define DROP(reason) ((int)SL_ANSWER(SL_V_DROP, SL_R_##reason, SL_ELEM_NONE))
#define ADDR(a, b, c, d) ((__u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))

#define OUTSIDE sl_htonl(ADDR(198, 51, 100, 1))
#define FIRST_PORT 1024
#define N_PORTS 64512
#define TRIES 16
#define FLOWS 16384

struct key {
	__be32 src, dst;
	__be16 sport, dport;
	__u32 proto;
};

struct entry {
	__be32 src, dst;
	__be16 sport, dport;
	__u16 ip_delta, l4_delta; /* added to the complement of checksums */
	__u32 out;
	__u32 tick; /* of the last packet, for who ends flows */
	__u32 seen; /* TCP: DATA, DONE; of other protocols packets, up to three */
	__u32 zero;
};
#define SEEN_DATA 1
#define SEEN_DONE 2
#define SEEN_RESET 4

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * FLOWS);
	__type(key, struct key);
	__type(value, struct entry);
} flows SEC(".maps");

static __u32 next_port; /* counted from FIRST_PORT */

sl_noinline __u32 long_sum(struct xdp_md *ctx, __u32 hlen)
{
	const char *data = (char *)(long)ctx->data, *end = (char *)(long)ctx->data_end;
	const __u16 *w = (const void *)(data + HEAD + sizeof(struct sl_eth));
	__u32 sum = 0;

	for (int i = 0; i < 30; i++, w++) {
		if ((const char *)(w + 1) > end || i * 2u >= hlen)
			break;
		sum += *w;
	}
	return sl_fold(sum);
}

/* ---- A new flow ------------------------------------------------------------------------------*/

sl_inline __u32 change32(__be32 from, __be32 to)
{
	return (__u32)(__u16)~from + (__u16) ~(from >> 16) + (__u16)to + (__u16)(to >> 16);
}

/* The delta of no change is 0, so that a checksum stays as it is. */
sl_inline __u16 delta(__u32 sum)
{
	__u16 d = sl_fold(sum);

	return d == 0xffff ? 0 : d;
}

/* Takes the next free port and enters both directions. 0 or -1. */
sl_noinline int begin(const struct key *k)
{
	struct key back = {.src = k->dst, .dst = OUTSIDE, .sport = k->dport, .proto = k->proto};
	struct entry e = {.src = OUTSIDE, .dst = k->dst, .dport = k->dport, .out = 1};
	__u32 port = *(volatile __u32 *)&next_port, sum = change32(k->src, OUTSIDE);
	int i;

	for (i = 0; i < TRIES; i++) {
		if (port >= N_PORTS)
			port = 0;
		back.dport = sl_htons((__u16)(FIRST_PORT + port++));
		if (!bpf_map_lookup_elem(&flows, &back))
			break;
	}
	if (i == TRIES)
		return -1;
	next_port = port;
	e.sport = back.dport;
	e.ip_delta = delta(sum);
	e.l4_delta = delta(sum + (__u16)~k->sport + e.sport);
	e.tick = (__u32)bpf_jiffies64();

	struct entry r = {.src = k->dst,
			  .dst = k->src,
			  .sport = k->dport,
			  .dport = k->sport,
			  .ip_delta = e.ip_delta ? (__u16)~e.ip_delta : 0,
			  .l4_delta = e.l4_delta ? (__u16)~e.l4_delta : 0,
			  .tick = e.tick};

	/* The answers first: a port that another CPU took meanwhile is noticed here. */
	if (bpf_map_update_elem(&flows, &back, &r, BPF_NOEXIST))
		return -1;
	if (bpf_map_update_elem(&flows, k, &e, BPF_NOEXIST)) {
		bpf_map_delete_elem(&flows, &back);
		return bpf_map_lookup_elem(&flows, k) ? 0 : -1;
	}
	return 0;
}

/* ---- Packets of a flow -----------------------------------------------------------------------*/

sl_inline __sum16 add(__sum16 check, __u32 d)
{
	return (__sum16)~sl_fold((__u32)(__u16)~check + d);
}

sl_inline void note_tcp(struct entry *e, const struct sl_tcp *tcp, __u32 headers, __u32 len)
{
	__u32 seen = e->seen, now = seen;

	if (headers + (tcp->off >> 4) * 4u < len)
		now = (now | SEEN_DATA) & ~(__u32)(tcp->flags & 5 ? 0 : SEEN_DONE);
	if (sl_unlikely(tcp->flags & 7)) {
		if ((tcp->flags & 7) == 2)
			now &= ~(__u32)SEEN_DONE;
		if (tcp->flags & 1)
			now |= SEEN_DONE;
		if (tcp->flags & 4)
			now |= SEEN_RESET;
	}
	if (now != seen)
		e->seen = now;
}

sl_inline void ethernet(struct sl_eth *eth, __u32 out)
{
	__u32 *w = (__u32 *)eth;

	/* 06:00:00:00:00:Ax from 02:00:00:00:00:Ax */
	w[0] = sl_htonl(0x06000000);
	w[1] = sl_htonl(0x00a00200) | out << 8;
	w[2] = sl_htonl(0x000000a0) | out << 24;
}

SEC("xdp")
int hand(struct xdp_md *ctx)
{
	char *data = (char *)(long)ctx->data, *end = (char *)(long)ctx->data_end;
	struct sl_eth *eth = (void *)(data + HEAD);
	struct sl_ip4 *ip = (void *)(eth + 1);
	struct sl_udp *udp;
	struct sl_tcp *tcp;
	struct entry *e;
	struct key k;
	__u32 in, tick;
	__u64 hlen = sizeof(*ip), len, room;

	if ((char *)(eth + 1) > end)
		return DROP(SHORT);
	in = ((struct sl_entry *)data)->dev;
	if (in > 1)
		return DROP(NODEV);
	if (eth->type != sl_htons(SL_ETH_P_IP))
		return DROP(ELEMENT);
	if ((char *)(ip + 1) > end)
		return DROP(SHORT);
	if (sl_unlikely(ip->ver_ihl != 0x45)) {
		hlen = (ip->ver_ihl & 0x0f) * 4u;
		if (ip->ver_ihl >> 4 != 4 || hlen < sizeof(*ip))
			return DROP(BADHDR);
	}
	len = sl_ntohs(ip->len);
	room = (__u64)(end - (char *)ip);
	if (len < hlen || len > room)
		return DROP(BADHDR);
	if (sl_likely(hlen == sizeof(*ip)) ? !sl_ip4_sum20_ok(ip) : long_sum(ctx, hlen) != 0xffff)
		return DROP(BADSUM);
	if (!in &&
	    sl_unlikely(ip->src == 0 || ip->src == 0xffffffff ||
			ip->src == sl_htonl(ADDR(10, 0, 0, 255))) &&
	    ip->dst != sl_htonl(ADDR(10, 0, 0, 254)))
		return DROP(BADADDR);
	if (ip->ttl <= 1)
		return DROP(TTL);

	if (ip->proto != SL_IPPROTO_TCP && ip->proto != SL_IPPROTO_UDP)
		return DROP(ELEMENT);
	if (ip->frag & sl_htons(SL_IP_OFFMASK))
		return DROP(FRAGMENT);
	udp = (void *)((char *)ip + hlen);
	if ((char *)(udp + 1) > end || len < hlen + sizeof(*udp))
		return DROP(SHORT);
	k = (struct key){ip->src, ip->dst, udp->sport, udp->dport, ip->proto};
	e = bpf_map_lookup_elem(&flows, &k);
	if (sl_unlikely(!e)) {
		if (in)
			return DROP(ELEMENT);
		if (begin(&k))
			return DROP(STATE);
		e = bpf_map_lookup_elem(&flows, &k);
		if (!e)
			return DROP(STATE);
	}

	/* The time to live goes down with the addresses: one change of the checksum. */
	ip->ttl--;
	ip->check = add(ip->check, (__u32)e->ip_delta + (__u16)~sl_htons(0x0100));
	ip->src = e->src;
	ip->dst = e->dst;
	udp->sport = e->sport;
	udp->dport = e->dport;
	tick = (__u32)bpf_jiffies64();
	if (e->tick != tick)
		e->tick = tick;
	if (k.proto == SL_IPPROTO_TCP) {
		tcp = (void *)udp;
		if ((char *)tcp + 18 <= end && len >= hlen + 18) {
			tcp->check = add(tcp->check, e->l4_delta);
			note_tcp(e, tcp, (__u32)hlen, (__u32)len);
		}
	} else {
		if (udp->check) {
			udp->check = add(udp->check, e->l4_delta);
			if (!udp->check)
				udp->check = 0xffff;
		}
		if (e->seen < 3)
			e->seen++;
	}
	in = e->out;
	ethernet(eth, in & 1);
	if (sl_unlikely(len != room) && bpf_xdp_adjust_tail(ctx, (int)(len - room)))
		return DROP(BADHDR);
	return (int)SL_ANSWER(SL_V_OUT, in, HEAD);
}
