/* SPDX-License-Identifier: GPL-2.0-only */
/* One's complement sums over packets: a whole payload, and the outer IPv4 header. */
#ifndef SL_BPF_CSUM_H
#define SL_BPF_CSUM_H

#include "helpers.h"
#include "net.h"
#include "words.h"

#define SUM_STEP 512 /* the most bpf_csum_diff takes on Linux 6.1 */
#define SUM_STEPS 32 /* so a packet has at most 16 KiB */

/* Where the last, incomplete step is padded with zeroes. */
struct sum_buf {
	__u8 bytes[SUM_STEP + 4];
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sum_buf);
} sum_buf SEC(".maps");

/*
 * The folded sum of the packet from offset `off` to its end. Whole steps are summed in place; the
 * rest, whose length the verifier cannot follow in a packet, in a buffer. A negative number on a
 * packet that is too long. Packet pointers stay valid.
 */
sl_noinline int packet_sum(struct xdp_md *ctx, __u32 off)
{
	char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end, *p;
	__u32 sum = 0, left, zero = 0, i;
	struct sum_buf *buf;

	if (off > 0xfff)
		return -1;
	p = data + off;
	for (i = 0; i < SUM_STEPS; i++) {
		if (p + SUM_STEP > end)
			break;
		sum = (__u32)bpf_csum_diff(NULL, 0, (__be32 *)p, SUM_STEP, sum);
		p += SUM_STEP;
	}
	if (p > end)
		return -1;
	left = span(p, end);
	if (left >= SUM_STEP)
		return -1;
	if (left > 0) {
		/* Linux 6.1 does not conclude from the line above that `left` is not 0. */
		left--;
		opaque(left);
		left = (left & (SUM_STEP - 1)) + 1;
		buf = bpf_map_lookup_elem(&sum_buf, &zero);
		if (!buf || bpf_xdp_load_bytes(ctx, span(data, p), buf->bytes, left))
			return -1;
		st32(buf->bytes + left, 0);
		sum = (__u32)bpf_csum_diff(NULL, 0, (__be32 *)buf->bytes, (left + 3) & ~3u, sum);
	}
	return sl_fold(sum);
}

/* Whether the checksum of a 20 byte IPv4 header at `ip` is right. */
sl_inline int ip4_sum_ok(const void *ip)
{
	const char *p = ip;
	__u64 sum = (__u64)ld32(p) + ld32(p + 4) + ld32(p + 8) + ld32(p + 12) + ld32(p + 16);

	sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
	return sl_fold((__u32)sum) == 0xffff;
}

/* The same for a header with options, at offset `off`, of `len` bytes (at most 60). */
sl_noinline int ip4_sum_ok_options(struct xdp_md *ctx, __u32 off, __u32 len)
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
	sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
	return i >= len && sl_fold((__u32)sum) == 0xffff;
}

#endif
