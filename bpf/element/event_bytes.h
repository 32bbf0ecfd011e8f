/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bytes of packets in event records: Print, IPPrint. */
#ifndef SL_ELEMENT_EVENT_BYTES_H
#define SL_ELEMENT_EVENT_BYTES_H

#include "../pkt.h"

#define EVENT_BYTES_MAX 128

/*
 * Copies up to `max` bytes (a constant, a multiple of 8, at most EVENT_BYTES_MAX) from `at` (from
 * the packet's start) to `to`, which has room for EVENT_BYTES_MAX.
 *
 * The verifier is not shown where in the packet that is: else what it learns of the packet's length
 * at each step would be a way of its own through all that follows. The first loop is unrolled
 * whole: clang may lay out what is left of one so that it is entered in its middle, which is a
 * "back-edge" to Linux 6.1.
 */
sl_inline void event_bytes(const struct sl_pkt *p, __u32 at, __u8 *to, __u32 max)
{
	const char *start, *q;
	__u32 i, k;

	if (at > SL_OFF_MASK)
		return;
	start = (const char *)p->data + sl_blur(p, at, SL_OFF_MASK);
	SL_OPAQUE(start);
	q = start;
#ifdef __clang__
#pragma unroll
#endif
	for (i = 0; i < max; i += 8) {
		if (q + 8 > (const char *)p->data_end)
			break;
		__builtin_memcpy(to + i, q, 8);
		q += 8;
	}
	if (i >= max)
		return;
	/* What is left is shorter than eight bytes: one by one. */
	i = (__u32)(q - start);
	for (k = 0; k < 7; k++) {
		if (q + 1 > (const char *)p->data_end)
			break;
		to[(i + k) & (EVENT_BYTES_MAX - 1)] = *(const __u8 *)q;
		q++;
	}
}

#endif
