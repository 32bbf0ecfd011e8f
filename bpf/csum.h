/* SPDX-License-Identifier: GPL-2.0-only */
/* One's complement sums over packets: a whole payload, and the outer IPv4 header. */
#ifndef SL_BPF_CSUM_H
#define SL_BPF_CSUM_H

#include "helpers.h"
#include "net.h"
#include "words.h"

/* Packets are summed in long steps, then short ones, by the kernel; then word by word, as a call
 * costs more than that. 512 bytes is the most bpf_csum_diff takes on Linux 6.1. */
#define SUM_LONG 512
#define SUM_SHORT 128
#define SUM_LONGS 32 /* so a packet has at most 16 KiB */

/*
 * A packet pointer `off` bytes into the packet of which the verifier knows no more than that: so
 * what follows is checked once, however many steps led here.
 */
sl_inline char *anywhere(char *data, __u32 off)
{
	opaque(off);
	if (off > SUM_LONGS * SUM_LONG + 0xfff)
		return NULL;
	return data + off;
}

/* Adds up to `max` steps of `step` bytes at `p` to `sum`; where it stopped. */
sl_inline char *sum_steps(char *p, const char *end, __u32 step, __u32 max, __u32 *sum)
{
	__u32 i;

	for (i = 0; i < max; i++) {
		if (p + step > end)
			break;
		*sum = (__u32)bpf_csum_diff(NULL, 0, (__be32 *)p, step, *sum);
		p += step;
	}
	return p;
}

/* One's complement addition: what falls off the top comes back at the bottom. */
sl_inline __u64 add64(__u64 a, __u64 b)
{
	a += b;
	return a + (a < b);
}

/* Folds a 64-bit sum of 16-bit words to 16 bits. */
sl_inline __u16 fold64(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	return sl_fold((__u32)sum);
}

/*
 * The folded sum of the packet from offset `off` to its end. A negative number on a packet that is
 * too long. Packet pointers stay valid.
 */
sl_global int packet_sum(struct xdp_md *ctx, __u32 off)
{
	char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end, *p;
	__u32 sum = 0, i;
	__u64 total;

	if (off > 0xfff)
		return -1;
	p = sum_steps(data + off, end, SUM_LONG, SUM_LONGS, &sum);
	p = anywhere(data, span(data, p));
	if (!p)
		return -1;
	p = sum_steps(p, end, SUM_SHORT, SUM_LONG / SUM_SHORT - 1, &sum);
	p = anywhere(data, span(data, p));
	if (!p)
		return -1;
	total = sum;
	for (i = 0; i < SUM_SHORT / 8; i++) {
		if (p + 8 > end)
			break;
		total = add64(total, ld64(p));
		p += 8;
	}
	p = anywhere(data, span(data, p));
	if (!p || p + 8 <= end)
		return -1;
	if (p + 4 <= end) {
		total = add64(total, ld32(p));
		p += 4;
	}
	if (p + 2 <= end) {
		total = add64(total, ld16(p));
		p += 2;
	}
	if (p + 1 <= end)
		total = add64(total, sl_htons((__u16)(*(__u8 *)p << 8)));
	return fold64(total);
}

/* Whether the checksum of a 20 byte IPv4 header at `ip` is right. */
sl_inline int ip4_sum_ok(const void *ip)
{
	const char *p = ip;
	__u64 sum = (__u64)ld32(p) + ld32(p + 4) + ld32(p + 8) + ld32(p + 12) + ld32(p + 16);

	return fold64(sum) == 0xffff;
}

/* The same for a header with options, at offset `off`, of `len` bytes (at most 60). */
sl_global int ip4_sum_ok_options(struct xdp_md *ctx, __u32 off, __u32 len)
{
	char *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u64 sum = 0;
	__u32 i;

	if (off > 0xff)
		return 0;
	p += off;
	for (i = 0; i < 60; i += 4) {
		if (i >= len || p + 4 > end)
			break;
		sum += ld32(p);
		p += 4;
	}
	return i >= len && fold64(sum) == 0xffff;
}

#endif
