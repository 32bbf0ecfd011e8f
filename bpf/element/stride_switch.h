/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * StrideSwitch: outputs in proportion to their tickets (C. Waldspurger, "Stride scheduling", MIT
 * 1995). The output with the least pass gets the packet, and its pass goes up by its stride. Of
 * equal passes the one set last wins.
 */
#ifndef SL_ELEMENT_STRIDE_SWITCH_H
#define SL_ELEMENT_STRIDE_SWITCH_H

#include "verdict.h"

#define STRIDE_SWITCH_ONE 65536
#define STRIDE_SWITCH_PORTS 32

struct stride_switch_conf {
	__u8 n_out;
	__u32 tickets[STRIDE_SWITCH_PORTS]; /* not for the data path */
};

struct stride_switch_rw {
	__u32 stride[STRIDE_SWITCH_PORTS]; /* STRIDE_SWITCH_ONE / tickets; 0: none */
	__u32 pass[STRIDE_SWITCH_PORTS];
	__u32 turn[STRIDE_SWITCH_PORTS];    /* when the pass was set */
	__u32 tickets[STRIDE_SWITCH_PORTS]; /* only handlers look at them */
	__u32 turns;
	__u32 last; /* the pass that was chosen last */
	__u32 zero[2];
};

/* CPUs may choose the same output at once: each adds its stride, so the shares stay right. */
sl_inline __u32 stride_switch(struct sl_pkt *p, const struct stride_switch_conf *c,
			      struct stride_switch_rw *rw)
{
	/* The verifier knows neither: with 32 outputs it would look at each set of those that were
	 * the best so far. */
	__u32 zero = *(volatile __u32 *)&rw->zero[0], best = STRIDE_SWITCH_PORTS + zero, i;
	__u64 first = ~0ull - zero;

	(void)p;
	for (i = 0; i < c->n_out; i++) {
		/* Passes wrap around; all are near the last one's. Of equal ones the one that was
		 * set last is first, as in Click. */
		__u64 later = (rw->pass[i] - rw->last) ^ 0x80000000u;
		__u64 key = later << 32 | (rw->turns - rw->turn[i]);

		/* All ones without a stride. */
		key |= (__u64)(((__s64)rw->stride[i] - 1) >> 63);
		if (key < first) {
			first = key;
			best = i + zero;
		}
	}
	if (best >= STRIDE_SWITCH_PORTS)
		return SL_KILL(ELEMENT);
	rw->last = __sync_fetch_and_add(&rw->pass[best], rw->stride[best]);
	rw->turn[best] = ++rw->turns;
	return SL_OUT(best);
}

#endif
