/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first of the two routers by hand, with an ACL (acl_hand.bpf.c) and without one
 * (router_hand.bpf.c): a program that the trusted one enters in place of a tenant's segment 0, for
 * two IP links (the benchmark's tool compiles the graph for the same two). It forwards and drops by
 * itself; what a router answers with a packet of its own (errors, redirects, echo, ARP) and what
 * has IP options goes to a slow path in another program (router_slow.bpf.c), as it would in any
 * such router.
 */
#ifndef SL_SELFTESTS_ROUTER_HAND_H
#define SL_SELFTESTS_ROUTER_HAND_H

#include "abi.h"
#include "helpers.h"
#include "net.h"

#define HEAD 28 /* H of the graph the tool compiles */
#define MTU 1500

#define ADDR(a, b, c, d) ((__u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))

/* Slow path: router_slow.bpf.c. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} slow SEC(".maps");

/* Elements of the graph that a forwarded packet passes. */
enum counter {
	FROM,
	CLASSIFY,
	PAINT,
	STRIP,
	CHECK,
	ROUTE,
	BROADCASTS,
	TEE,
	OPTIONS,
	FIX_SRC,
	TTL,
	FRAGMENT,
	ARP,
	QUEUE,
	TO,
	N_COUNTERS
};
struct counters {
	__u64 n[2][N_COUNTERS]; /* by way: out of eth0, out of eth1 */
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

sl_inline int drop(__u32 reason)
{
	return (int)SL_ANSWER(SL_V_DROP, reason, SL_ELEM_NONE);
}

sl_inline int divert(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &slow, 0);
	return (int)SL_ANSWER(SL_V_DROP, SL_R_TAILCALL, SL_ELEM_NONE);
}

/* Which device leads to an address; 2: the router is meant. */
sl_inline __u32 route(__u32 dst)
{
	__u32 host = dst & 0xff;

	/* 10.0.0.0/24 and 10.0.1.0/24: the router, the network and the broadcast are ours. */
	if ((dst & 0xfffffe00) == ADDR(10, 0, 0, 0))
		return host == 0 || host >= 254 ? 2 : (dst >> 8) & 1;
	return dst == ADDR(255, 255, 255, 255) ? 2 : 1;
}

/* Addresses no packet can come from, unless the router itself is meant. */
sl_inline int bad_source(__be32 src, __be32 dst)
{
	if (sl_likely(src != 0 && src != 0xffffffff &&
		      (src & sl_htonl(0xfffffeff)) != sl_htonl(ADDR(10, 0, 0, 255))))
		return 0;
	return (dst & sl_htonl(0xfffffeff)) != sl_htonl(ADDR(10, 0, 0, 254));
}

sl_inline void decrement_ttl(struct sl_ip4 *ip)
{
	__u32 sum = (__u32)ip->check + sl_htons(0x0100);

	ip->ttl--;
	ip->check = (__sum16)(sum + (sum >= 0xffff));
}

sl_inline void rewrite(struct sl_eth *eth, __u32 out)
{
	__u32 *w = (__u32 *)eth;

	/* 06:00:00:00:00:Ax from 02:00:00:00:00:Ax */
	w[0] = sl_htonl(0x06000000);
	w[1] = sl_htonl(0x00a00200) | out << 8;
	w[2] = sl_htonl(0x000000a0) | out << 24;
	eth->type = sl_htons(SL_ETH_P_IP);
}

/* Sum of a header with options, `hlen` bytes: few packets have them. */
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

/* An ACL: why a packet may not pass, whose message is at `l4` and has `len` bytes; 0 if it may. */
typedef __u32 acl_fn(const struct sl_ip4 *ip, const char *l4, __u64 len, const char *end);

/* `c`: where to count, or NULL; `acl`: the ACL, or NULL. Both are constants to the compiler. */
sl_inline int router(struct xdp_md *ctx, struct counters *c, acl_fn *acl)
{
	char *data = (char *)(long)ctx->data, *end = (char *)(long)ctx->data_end;
	struct sl_eth *eth = (void *)(data + HEAD);
	struct sl_ip4 *ip = (void *)(eth + 1);
	__u32 in, out;
	__u64 len, room,
		hlen = sizeof(*ip); /* a difference of pointers is 64 bits wide to the verifier */

	if ((char *)(eth + 1) > end)
		return drop(SL_R_SHORT);
	in = ((struct sl_entry *)data)->dev;
	if (in > 1)
		return drop(SL_R_NODEV);
	if (sl_unlikely(eth->type != sl_htons(SL_ETH_P_IP)))
		return eth->type == sl_htons(SL_ETH_P_ARP) ? divert(ctx) : drop(SL_R_ELEMENT);
	if ((char *)(ip + 1) > end)
		return drop(SL_R_SHORT);

	if (sl_unlikely(ip->ver_ihl != 0x45)) {
		if ((ip->ver_ihl & 0xf0) != 0x40 || (ip->ver_ihl & 0x0f) < 5)
			return drop(SL_R_BADHDR);
		if (!acl)
			return divert(ctx);
		hlen = (ip->ver_ihl & 0x0f) * 4u;
	}
	len = sl_ntohs(ip->len);
	room = (__u64)(end - (char *)ip);
	if (len < hlen || len > room)
		return drop(SL_R_BADHDR);
	if (sl_likely(hlen == sizeof(*ip)) ? !sl_ip4_sum20_ok(ip) : long_sum(ctx, hlen) != 0xffff)
		return drop(SL_R_BADSUM);
	if (bad_source(ip->src, ip->dst))
		return drop(SL_R_BADADDR);
	if (acl) {
		__u32 reason = acl(ip, (char *)ip + hlen, len - hlen, end);

		if (reason)
			return drop(reason);
	}
	if (acl && sl_unlikely(hlen != sizeof(*ip)))
		return divert(ctx);
	out = route(sl_ntohl(ip->dst));
	if (sl_unlikely(out == in || out == 2 || ip->ttl <= 1 || len > MTU))
		return divert(ctx);

	decrement_ttl(ip);
	rewrite(eth, out);
	if (c) {
		__u64 *n = c->n[out];

		for (int i = 0; i < N_COUNTERS; i++)
			n[i]++;
	}
	/* Last, as it makes the pointers void: what the link padded goes. */
	if (sl_unlikely(len != room) && bpf_xdp_adjust_tail(ctx, (int)(len - room)))
		return drop(SL_R_BADHDR);
	return (int)SL_ANSWER(SL_V_OUT, out, HEAD);
}

#endif
