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
#define SL_CSUM_STEP 512
/* Enough steps for the longest packet. */
#define SL_CSUM_STEPS ((SL_OFF_MASK + 1) / SL_CSUM_STEP)

struct sl_csum {
	__u32 at;  /* next byte, from the packet's start */
	__u32 sum; /* so far */
};

/*
 * The verifier follows every value an offset can have, and so every combination of lengths, unless
 * it knows only the same bounds of each: so that is all it is shown.
 */
sl_inline void sl_csum_blur(struct sl_csum *c)
{
	SL_OPAQUE(c->at);
	c->at &= SL_OFF_MASK;
}

/* Begins at `at` bytes from the packet's start. The packet's length is nothing the verifier knows,
 * so a way over it hides a constant. */
sl_inline void sl_csum_begin(const struct sl_pkt *p, struct sl_csum *c, __u32 at, __u32 sum)
{
	__u32 total = (__u32)((char *)p->data_end - (char *)p->data);
	__u32 rest = total - at;

	SL_OPAQUE(rest);
	c->at = total - rest;
	c->sum = sum;
	sl_csum_blur(c);
}

/* The next `n` bytes (a constant), or NULL past the end. */
sl_inline const void *sl_csum_at(const struct sl_pkt *p, struct sl_csum *c, __u32 n)
{
	const char *q = (const char *)p->data + c->at;

	if (q + n > (const char *)p->data_end)
		return NULL;
	c->at += n;
	sl_csum_blur(c);
	return q;
}

/* Adds the next `n` bytes (a constant: 4 to 512, a multiple of 4). 0, or -1 past the end. */
sl_inline int sl_csum_next(const struct sl_pkt *p, struct sl_csum *c, __u32 n)
{
	const void *q = sl_csum_at(p, c, n);

	if (!q)
		return -1;
	c->sum = sl_csum_add(q, n, c->sum);
	return 0;
}

/* Adds the next `len` < 64 bytes, `len` a multiple of 4. */
sl_inline int sl_csum_words(const struct sl_pkt *p, struct sl_csum *c, __u32 len)
{
	if ((len & 32) && sl_csum_next(p, c, 32))
		return -1;
	if ((len & 16) && sl_csum_next(p, c, 16))
		return -1;
	if ((len & 8) && sl_csum_next(p, c, 8))
		return -1;
	if ((len & 4) && sl_csum_next(p, c, 4))
		return -1;
	return 0;
}

/* The last one to three bytes; an odd one counts as if a zero followed. */
sl_inline int sl_csum_tail(const struct sl_pkt *p, struct sl_csum *c, __u32 len)
{
	if (len & 2) {
		const sl_u16_wire *w = sl_csum_at(p, c, 2);

		if (!w)
			return -1;
		c->sum = (c->sum & 0xffff) + (c->sum >> 16) + *w;
	}
	if (len & 1) {
		const __u8 *b = sl_csum_at(p, c, 1);

		if (!b)
			return -1;
		c->sum = (c->sum & 0xffff) + (c->sum >> 16) + sl_htons((__u16)(*b << 8));
	}
	return 0;
}

/*
 * Adds the `len` bytes from `at` (from the packet's start) to `*sum`. 0, or -1 if the packet ends
 * before, or is longer than any packet is.
 */
sl_inline int sl_csum_range(const struct sl_pkt *p, __u32 at, __u32 len, __u32 *sum)
{
	struct sl_csum c;
	int i;

	if (at > SL_OFF_MASK || len > SL_OFF_MASK - at)
		return -1;
	sl_csum_begin(p, &c, at, *sum);

#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
	for (i = 0; i < SL_CSUM_STEPS && len >= SL_CSUM_STEP; i++) {
		if (sl_csum_next(p, &c, SL_CSUM_STEP))
			return -1;
		len -= SL_CSUM_STEP;
		SL_OPAQUE(len);
		len &= SL_OFF_MASK;
	}
	if ((len & 256) && sl_csum_next(p, &c, 256))
		return -1;
	if ((len & 128) && sl_csum_next(p, &c, 128))
		return -1;
	if ((len & 64) && sl_csum_next(p, &c, 64))
		return -1;
	if (sl_csum_words(p, &c, len & 60) || sl_csum_tail(p, &c, len & 3))
		return -1;
	*sum = c.sum;
	return 0;
}

/* Sum of the IPv4 header of `hlen` bytes (20 to 60, a multiple of 4) at `at`. 0 or -1. */
sl_inline int sl_ip4_sum(const struct sl_pkt *p, __u32 at, __u32 hlen, __u32 *sum)
{
	const struct sl_ip4 *ip = sl_abs(p, at, sizeof(*ip));
	struct sl_csum c;

	if (!ip || at > SL_OFF_MASK - 60)
		return -1;
	*sum = sl_ip4_sum20(ip);
	if (sl_unlikely(hlen > sizeof(*ip))) {
		sl_csum_begin(p, &c, at + sizeof(*ip), *sum);
		if (sl_csum_words(p, &c, (hlen - sizeof(*ip)) & 60))
			return -1;
		*sum = c.sum;
	}
	return 0;
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
