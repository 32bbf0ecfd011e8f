/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* AverageCounter: counts packets and bytes from the first packet to the last. */
#ifndef SL_ELEMENT_AVERAGE_COUNTER_H
#define SL_ELEMENT_AVERAGE_COUNTER_H

#include "verdict.h"

struct average_counter_conf {
	__u64 ignore_ns; /* what comes so soon after the first packet is not counted */
};

struct average_counter_state {
	__u64 packets, bytes;
};

struct average_counter_rw {
	__u64 first_ns, last_ns;	/* 0: none came yet */
	__u64 base_packets, base_bytes; /* at the last reset: handlers alone look at these */
};

sl_inline __u32 average_counter(struct sl_pkt *p, const struct average_counter_conf *c,
				struct average_counter_state *st, struct average_counter_rw *rw)
{
	__u64 now = sl_now_coarse_ns(p), first = *(volatile __u64 *)&rw->first_ns;

	if (sl_unlikely(!first)) {
		first = __sync_val_compare_and_swap(&rw->first_ns, 0, now);
		if (!first)
			first = now;
	}
	/* The clock of another CPU may be a little behind that of the first packet's. */
	if (!c->ignore_ns || (__s64)(now - first) >= (__s64)c->ignore_ns) {
		st->packets++;
		st->bytes += sl_len(p);
	}
	/* Written once a tick, so that CPUs seldom take the word from each other. */
	if (*(volatile __u64 *)&rw->last_ns != now)
		rw->last_ns = now;
	return SL_OUT(0);
}

#endif
