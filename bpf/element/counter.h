/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counter: counts packets and bytes. */
#ifndef SL_ELEMENT_COUNTER_H
#define SL_ELEMENT_COUNTER_H

#include "verdict.h"

struct counter_state {
	__u64 bytes; /* packets are counted for every element */
};

/* Only handlers look at these: what a reset and the measuring of rates need to remember. */
struct counter_rw {
	__u64 base_packets, base_bytes; /* at the last reset */
	__u64 window_ns;		/* when the current window began; 0: none */
	__u64 window_packets, window_bytes;
	__u64 mpps, mbps; /* thousandths of packets and bytes a second */
	__u64 called[2];  /* numbers of packets and bytes whose calls were made */
	/* So far it goes on in a graph that follows. */
	__u64 call[2]; /* numbers at which calls are due; ~0: none */
};

sl_inline __u32 counter(struct sl_pkt *p, struct counter_state *st, struct counter_rw *rw)
{
	(void)rw;
	st->bytes += sl_len(p);
	return SL_OUT(0);
}

#endif
