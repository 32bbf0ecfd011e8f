/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Print: show packets to whoever reads the graph's events. */
#ifndef SL_ELEMENT_PRINT_H
#define SL_ELEMENT_PRINT_H

#include "verdict.h"
#include "event_bytes.h"
#include "../event.h"

#define PRINT_MAX EVENT_BYTES_MAX /* bytes of a packet in a record, at most */

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
	event_bytes(p, p->off, r.bytes, c->bytes);
	sl_event(events, &r, sizeof(r.head) + sizeof(r.anno) + c->bytes);
	return SL_OUT(0);
}

#endif
