/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One's complement sums over parts of a packet whose length is known only at run time: IPv4 headers
 * with options, ICMP messages (RFC 1071). Sums are of 16-bit words as stored, unfolded; the
 * checksum is the complement of sl_fold() of them.
 */
#ifndef SL_BPF_IPCSUM_H
#define SL_BPF_IPCSUM_H

#include "pkt.h"

/* Linux 6.1 sums at most this many bytes in one call. */
#define SL_CSUM_STEP SL_BYTES_MAX

/*
 * Adds the `len` bytes at `at` from the packet's start, at most SL_CSUM_STEP. An odd one counts as
 * if a zero followed. 0, or -1 if the packet ends before.
 *
 * They are summed in a copy, as the verifier wants to see a whole constant number of bytes in the
 * packet, but not in the copy. Without, each bit of the length would be a branch.
 */
sl_inline int sl_csum_part(const struct sl_pkt *p, __u32 at, __u32 len, __u32 *sum)
{
	__u8 *copy = SL_BYTES();
	__u64 n = len;

	if (!copy)
		return -1;
	SL_OPAQUE(n);
	n &= 2 * SL_CSUM_STEP - 1;
	if (n > SL_CSUM_STEP)
		return -1;
	*(sl_u32_wire *)(copy + n) = 0;
	if (sl_copy_bytes(p, at, copy, len, SL_CSUM_STEP))
		return -1;
	n = (len + 3) & ~3u;
	/* Bounds do not outlive the call on Linux 6.1, if they were on the stack. */
	SL_OPAQUE(n);
	n &= 2 * SL_CSUM_STEP - 1;
	if (n > SL_CSUM_STEP)
		return -1;
	*sum = sl_csum_add(copy, (__u32)n, *sum);
	return 0;
}

/*
 * Adds the `len` bytes from `at` (from the packet's start) to `*sum`; never more than `most`, a
 * constant. 0, or -1 if the packet ends before.
 */
sl_inline int sl_csum_range(const struct sl_pkt *p, __u32 at, __u32 len, __u32 most, __u32 *sum)
{
	__u32 total = (__u32)((char *)p->data_end - (char *)p->data), i;

	if (at > SL_OFF_MASK || at > total || len > total - at)
		return -1;
	at = sl_blur(p, at, SL_OFF_MASK);
#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
	for (i = 0; i < (most < SL_OFF_MASK ? most : SL_OFF_MASK) / SL_CSUM_STEP; i++) {
		const char *q = (const char *)p->data + at;

		if (len < SL_CSUM_STEP)
			break;
		if (q + SL_CSUM_STEP > (const char *)p->data_end)
			return -1;
		*sum = sl_csum_add(q, SL_CSUM_STEP, *sum);
		at += SL_CSUM_STEP;
		len -= SL_CSUM_STEP;
		/* The same bounds each time round. */
		SL_OPAQUE(at);
		at &= SL_OFF_MASK;
		SL_OPAQUE(len);
		len &= SL_OFF_MASK;
	}
	return sl_csum_part(p, at, len, sum);
}

/* Sum of the IPv4 header of `hlen` bytes (20 to 60, a multiple of 4) at `at`. 0 or -1. */
sl_inline int sl_ip4_sum(const struct sl_pkt *p, __u32 at, __u32 hlen, __u32 *sum)
{
	const struct sl_ip4 *ip = sl_abs(p, at, sizeof(*ip));

	if (!ip || at > SL_OFF_MASK - 60)
		return -1;
	*sum = sl_ip4_sum20(ip);
	if (sl_likely(hlen <= sizeof(*ip)))
		return 0;
	return sl_csum_part(p, at + sizeof(*ip), (hlen - sizeof(*ip)) & 60, sum);
}

/* Computes the header checksum anew. 0, or -1 if the packet ends within the header. */
sl_inline int sl_ip4_set_sum(struct sl_pkt *p, __u32 at, __u32 hlen)
{
	struct sl_ip4 *ip = sl_abs(p, at, sizeof(*ip));
	__u32 sum;

	if (!ip)
		return -1;
	ip->check = 0;
	if (sl_ip4_sum(p, at, hlen, &sum))
		return -1;
	ip->check = (__sum16)~sl_fold(sum);
	return 0;
}

/* Header length in bytes as the first byte says; below 20 it is malformed. */
sl_inline __u32 sl_ip4_hlen(const struct sl_ip4 *ip)
{
	return (__u32)(ip->ver_ihl & 0x0f) << 2;
}

#endif
