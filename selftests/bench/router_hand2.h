/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second of the two routers by hand, with an ACL (acl_hand2.bpf.c) and without one
 * (router_hand2.bpf.c): the header is read in words, once, and one test on each tells what is usual
 * from all else, which is sorted out apart. Addresses stay as they are in memory of a little-endian
 * machine. Slow path: router_slow.bpf.c.
 */
#ifndef SL_SELFTESTS_ROUTER_HAND2_H
#define SL_SELFTESTS_ROUTER_HAND2_H

#include "abi.h"
#include "helpers.h"

#define START 28 /* where frames begin: H */
#define L3 (START + 14)

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} slow SEC(".maps");

sl_inline int refuse(__u32 reason)
{
	return (int)SL_ANSWER(SL_V_DROP, reason, SL_ELEM_NONE);
}

sl_inline int leave(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &slow, 0);
	return refuse(SL_R_TAILCALL);
}

/* Not an IP packet without options: what is it? JUDGE: one with options, unless those `leave`
 * anyway. */
#define JUDGE -1
sl_inline int unusual(struct xdp_md *ctx, const __u8 *p, const __u8 *end, int leaves)
{
	__u32 type;

	if (p + L3 > end)
		return refuse(SL_R_SHORT);
	if (p[0] > 1)
		return refuse(SL_R_NODEV);
	type = *(const __u16 *)(p + L3 - 2);
	if (type == 0x0608)
		return leave(ctx);
	if (type != 0x0008)
		return refuse(SL_R_ELEMENT);
	if (p + L3 + 20 > end)
		return refuse(SL_R_SHORT);
	if ((p[L3] & 0xf0) != 0x40 || (p[L3] & 15) <= 5)
		return refuse(SL_R_BADHDR);
	return leaves ? leave(ctx) : JUDGE;
}

/* An ACL: why a packet may not pass, or 0. Addresses as in memory; the message is at `l4`, `len`
 * bytes of it, and no address behind `end` is the packet's. */
typedef __u32 judge_fn(__u32 protocol, __u32 fragment, __u32 src, __u32 dst, const __u8 *l4,
		       __u64 len, const __u8 *end);

/* Sum of the words of a header with options, folded; 0 if it is cut off. */
sl_noinline __u32 sum_of_options(struct xdp_md *ctx, __u32 words)
{
	__u32 sum = 0, w;

	for (__u32 i = 0; i < 15; i++) {
		if (i >= words)
			break;
		if (bpf_xdp_load_bytes(ctx, L3 + 4 * i, &w, 4))
			return 0;
		sum += (w & 0xffff) + (w >> 16);
	}
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* `judge`: the ACL, or NULL; a constant to the compiler. */
sl_inline int router(struct xdp_md *ctx, judge_fn *judge)
{
	__u8 *p = (__u8 *)(long)ctx->data, *end = (__u8 *)(long)ctx->data_end;
	__u32 w0, w1, w2, src, dst, dev, out, check;
	__u64 len, have, sum, hlen = 20;

	if (sl_unlikely(p + L3 + 20 > end))
		return unusual(ctx, p, end, 1);
	dev = p[0];
	w0 = *(__u32 *)(p + L3);
	if (sl_unlikely(dev > 1 || *(__u16 *)(p + L3 - 2) != 8 || (w0 & 0xff) != 0x45)) {
		int ret = unusual(ctx, p, end, !judge);

		if (ret != JUDGE)
			return ret;
		hlen = 4 * (w0 & 15);
	}
	w1 = *(__u32 *)(p + L3 + 4);
	w2 = *(__u32 *)(p + L3 + 8);
	src = *(__u32 *)(p + L3 + 12);
	dst = *(__u32 *)(p + L3 + 16);

	len = __builtin_bswap16(w0 >> 16);
	have = (__u64)(end - (p + L3));
	if (sl_unlikely(len < hlen || len > have))
		return refuse(SL_R_BADHDR);
	/* Of 18 bits, adding the upper ones once leaves ffff only if it is a multiple of that. */
	if (sl_unlikely(hlen != 20))
		sum = sum_of_options(ctx, w0 & 15);
	else
		sum = (__u64)w0 + w1 + w2 + src + dst;
	sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
	if (sl_unlikely((sum & 0xffff) + (sum >> 16) != 0xffff))
		return refuse(SL_R_BADSUM);
	/* No host is 0.0.0.0, all ones or 10.0.0.255, 10.0.1.255; to 10.0.0.254 and 10.0.1.254 it
	 * does not matter. */
	if (sl_unlikely(src + 1 <= 1 || (src & 0xfffeffff) == 0xff00000a) &&
	    (dst & 0xfffeffff) != 0xfe00000a)
		return refuse(SL_R_BADADDR);
	if (judge) {
		__u32 reason = judge(w2 >> 8 & 0xff, w1 & 0xff1f0000, src, dst, p + L3 + hlen,
				     len - hlen, end);

		if (reason)
			return refuse(reason);
		if (sl_unlikely(hlen != 20))
			return leave(ctx);
	}

	out = 1;
	if ((dst & 0x00feffff) == 0x0000000a) {
		/* Hosts 254, 255 and 0 are the router. */
		if (sl_unlikely(((dst >> 24) + 2 & 0xff) < 3))
			return leave(ctx);
		out = dst >> 16 & 1;
	}
	if (sl_unlikely(dst == 0xffffffff || out == dev || (w2 & 0xff) < 2 || len > 1500))
		return leave(ctx);

	/* One less in the time to live is one more in the checksum's first byte. */
	check = (w2 >> 16) + 1;
	check += check >= 0xffff;
	*(__u32 *)(p + L3 + 8) = ((w2 - 1) & 0xffff) | check << 16;
	/* 06:00:00:00:00:ax 02:00:00:00:00:ax, a or b by the device; the type is there. */
	*(__u64 *)(p + START) = 0x0002a00000000006ull + ((__u64)out << 40);
	*(__u32 *)(p + START + 8) = 0xa0000000u + (out << 24);
	if (sl_unlikely(have != len) && bpf_xdp_adjust_tail(ctx, (int)(len - have)))
		return refuse(SL_R_BADHDR);
	return (int)SL_ANSWER(SL_V_OUT, out, START);
}

#endif
