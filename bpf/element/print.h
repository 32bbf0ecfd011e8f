/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Print: show packets to whoever reads the graph's events. */
#ifndef SL_ELEMENT_PRINT_H
#define SL_ELEMENT_PRINT_H

#include "verdict.h"
#include "../event.h"

#define PRINT_MAX 128 /* bytes of a packet in a record, at most */

struct print_conf {
	__u32 elem;  /* index in the graph */
	__u32 bytes; /* of the packet, at most; a multiple of 8 up to PRINT_MAX */
	__u8 timestamp;
	__u8 anno;
};

struct print_rw {
	__u32 active;
};

/* Of `bytes`, conf.bytes are sent. */
struct print_record {
	struct sl_event_head head;
	struct sl_anno anno;
	__u8 bytes[PRINT_MAX];
};

/*
 * The first `n` bytes of the window (a constant, a multiple of 8 up to PRINT_MAX), as far as it has
 * them. The first loop is unrolled whole: clang may lay out what is left of one so that it is
 * entered in its middle, which is a "back-edge" to Linux 6.1.
 */
sl_inline void print_fetch(const struct sl_pkt *p, __u8 to[PRINT_MAX], __u32 n)
{
	__u32 i, k;

#ifdef __clang__
#pragma unroll
#endif
	for (i = 0; i < n; i += 8) {
		const void *q = sl_at(p, i, 8);

		if (!q)
			break;
		__builtin_memcpy(to + i, q, 8);
	}
	/* What is left is shorter than eight bytes: one by one. */
	for (k = 0; k < 7 && i < n; k++) {
		const __u8 *q = sl_at(p, i + k, 1);

		if (!q)
			break;
		to[(i + k) & (PRINT_MAX - 1)] = *q;
	}
}

sl_inline __u32 print(struct sl_pkt *p, const struct print_conf *c, struct print_rw *rw,
		      void *events)
{
	struct print_record r;

	if (!rw->active)
		return SL_OUT(0);
	__builtin_memset(&r, 0, sizeof(r.head) + sizeof(r.anno) + c->bytes);
	r.head.elem = c->elem;
	r.head.len = sl_len(p);
	if (c->timestamp)
		r.head.now_ns = sl_now_ns(p);
	if (c->anno)
		r.anno = p->anno;
	print_fetch(p, r.bytes, c->bytes);
	sl_event(events, &r, sizeof(r.head) + sizeof(r.anno) + c->bytes);
	return SL_OUT(0);
}

#endif
