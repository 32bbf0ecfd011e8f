/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * encap.click by hand, the second of two: what the graph says is in a table of tunnels and one of
 * networks, packets are read in words of four and eight bytes, and a packet's new headers are a
 * tunnel's, ready but for length, number and checksum.
 */
#include "abi.h"
#include "helpers.h"

LICENSE("GPL");

#define START 28 /* where frames begin: H */
#define L3 (START + 14)
#define BE16(x) __builtin_bswap16(x)
#define BE32(x) __builtin_bswap32(x)

sl_inline int refuse(__u32 reason)
{
	return (int)SL_ANSWER(SL_V_DROP, reason, SL_ELEM_NONE);
}

/* A tunnel: its far end 192.0.2.x; x of 0 is nowhere, and `gre` then the reason. */
struct tunnel {
	__u8 far, gre;
};
#define NOROUTE                                                                                    \
	{                                                                                          \
		0, SL_R_NOROUTE                                                                    \
	}

/* Networks 10.x.0.0/16 by x; each in quarters. */
#define ALL(t...)                                                                                  \
	{                                                                                          \
		t, t, t, t                                                                         \
	}
#define G(x)                                                                                       \
	{                                                                                          \
		x, 1                                                                               \
	}
#define I(x)                                                                                       \
	{                                                                                          \
		x, 0                                                                               \
	}
static const struct tunnel nets[16][4] = {
	[0] = ALL(G(10)),
	[1] = ALL(G(11)),
	[2] = ALL(G(12)),
	[3] = {G(13), I(14), G(13), G(13)},
	[4] = ALL(I(15)),
	[5] = ALL(I(15)),
	[6] = ALL(I(15)),
	[7] = ALL(I(15)),
	[8] = {I(16), I(16), G(17), I(16)},
	[9] = ALL(I(16)),
	[10] = ALL(I(18)),
	[11] = ALL(NOROUTE),
	[12] = ALL(NOROUTE),
	[13] = ALL(NOROUTE),
	[14] = ALL(NOROUTE),
	[15] = ALL(NOROUTE),
};

static __u32 numbers_gre, numbers_ipip;

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

/* The 14 bytes that all frames out begin with. */
sl_inline void frame(__u8 *p)
{
	*(__u64 *)p = 0x0002a10000000006ull;
	*(__u32 *)(p + 8) = 0xa1000000;
	*(__u16 *)(p + 12) = 8;
}

/* The outer header; `base` is the sum of what is the same for all of this kind. */
sl_inline void header(__u8 *p, __u32 protocol, __u32 len, __u32 number, __u32 far)
{
	__u32 l = BE16((__u16)len), n = BE16((__u16)number), sum;
	/* 45 00, 40 xx, c000 0201 and c000 02xx. */
	const __u32 base = 0x0045 + (0x40 | protocol << 8) + 0x00c0 + 0x0102 + 0x00c0 + 0x0002;

	sum = base + l + n + (far << 8);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	*(__u32 *)p = 0x45 | l << 16;
	*(__u32 *)(p + 4) = n;
	*(__u32 *)(p + 8) = 0x40 | protocol << 8 | (~sum & 0xffff) << 16;
	*(__u32 *)(p + 12) = 0x010200c0;
	*(__u32 *)(p + 16) = 0x000200c0 | far << 24;
}

SEC("xdp")
int hand(struct xdp_md *ctx)
{
	__u8 *p = (__u8 *)(long)ctx->data, *end = (__u8 *)(long)ctx->data_end;
	__u32 w0, w1, w2, src, dst, c, start;
	__u64 sum, have, len;
	const struct tunnel *t;

	if (sl_unlikely(p + L3 + 20 > end)) {
		/* Rare, so what is first found is found out here. */
		if (p + L3 > end)
			return refuse(SL_R_SHORT);
		if (p[0])
			return refuse(p[0] == 1 ? SL_R_ELEMENT : SL_R_NODEV);
		return refuse(*(__u16 *)(p + L3 - 2) == 8 ? SL_R_SHORT : SL_R_ELEMENT);
	}
	if (sl_unlikely(p[0]))
		return refuse(p[0] == 1 ? SL_R_ELEMENT : SL_R_NODEV);
	if (sl_unlikely(*(__u16 *)(p + L3 - 2) != 8))
		return refuse(SL_R_ELEMENT);
	w0 = *(__u32 *)(p + L3);
	w1 = *(__u32 *)(p + L3 + 4);
	w2 = *(__u32 *)(p + L3 + 8);
	src = *(__u32 *)(p + L3 + 12);
	dst = *(__u32 *)(p + L3 + 16);
	len = BE16(w0 >> 16);
	have = (__u64)(end - (p + L3));
	if (sl_likely((w0 & 0xff) == 0x45)) {
		if (len < 20 || len > have)
			return refuse(SL_R_BADHDR);
		sum = (__u64)w0 + w1 + w2 + src + dst;
		sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
		sum = (sum & 0xffff) + (sum >> 16);
	} else {
		__u32 words = w0 & 15;

		if ((w0 & 0xf0) != 0x40 || words < 5 || len < 4 * words || len > have)
			return refuse(SL_R_BADHDR);
		sum = sum_of_options(ctx, words);
	}
	if (sum != 0xffff)
		return refuse(SL_R_BADSUM);
	if (sl_unlikely(src == 0 || src == 0xffffffff || src == BE32(0x0a0000ff)) &&
	    dst != BE32(0x0a0000fe))
		return refuse(SL_R_BADADDR);
	if ((w2 & 0xff) <= 1)
		return refuse(SL_R_TTL);
	/* One less in the time to live's byte is one more in the checksum's first. */
	c = (w2 >> 16) + 1;
	c = c + (c >= 0xffff);
	*(__u32 *)(p + L3 + 8) = ((w2 & 0xffff) - 1) | c << 16;

	if (sl_unlikely((dst & 0xff) != 10 || (dst >> 8 & 0xff) > 15))
		return refuse((dst & 0xf0) == 0xe0 ? SL_R_ELEMENT : SL_R_NOROUTE);
	t = &nets[dst >> 8 & 15][dst >> 22 & 3];
	if (sl_unlikely(!t->far))
		return refuse(t->gre);
	if (t->gre) {
		*(__u32 *)(p + L3 - 4) = 0x00080000;
		header(p + L3 - 24, 47, (__u32)len + 24, __sync_fetch_and_add(&numbers_gre, 1),
		       t->far);
		frame(p + L3 - 38);
		start = L3 - 38;
	} else {
		header(p + L3 - 20, 4, (__u32)len + 20, __sync_fetch_and_add(&numbers_ipip, 1),
		       t->far);
		frame(p + L3 - 34);
		start = L3 - 34;
	}
	if (sl_unlikely(have != len) && bpf_xdp_adjust_tail(ctx, (int)(len - have)))
		return refuse(SL_R_BADHDR);
	return (int)SL_ANSWER(SL_V_OUT, 1, start);
}
