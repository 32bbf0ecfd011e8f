/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rate at which something comes, as an exponentially weighted moving average: Meter,
 * BandwidthMeter. As Click's: what came within each millisecond weighs a sixteenth; the average has
 * ten bits of fraction. One average for all CPUs: the one that first sees a new millisecond takes
 * what all of them counted in the last.
 */
#ifndef SL_ELEMENT_EWMA_H
#define SL_ELEMENT_EWMA_H

#include "verdict.h"

#define SL_EWMA_EPOCH_NS 1000000
#define SL_EWMA_SCALE 10
#define SL_EWMA_STABILITY 4
/* After so many empty milliseconds nothing is left. */
#define SL_EWMA_FORGOTTEN 100

struct sl_ewma {
	__u64 epoch; /* the millisecond that is being counted */
	__u64 count; /* what came in it */
	__u64 avg;   /* of a millisecond, times 2^10 */
};

sl_inline __u64 sl_ewma_step(__u64 avg, __u64 x)
{
	__s64 more = (__s64)((x << SL_EWMA_SCALE) + (1 << (SL_EWMA_STABILITY - 1)) - avg);

	return avg + (__u64)(more >> SL_EWMA_STABILITY);
}

/* The average after a millisecond with `count` and `empty` more with nothing. */
sl_inline __u64 sl_ewma_after(__u64 avg, __u64 count, __u64 empty)
{
	avg = sl_ewma_step(avg, count);
	if (empty >= SL_EWMA_FORGOTTEN)
		return 0;
	for (__u32 i = 0; i < SL_EWMA_FORGOTTEN && i < empty; i++)
		avg = sl_ewma_step(avg, 0);
	return avg;
}

/* `n` more came. What came before this millisecond, on average, times 2^10. */
sl_inline __u64 sl_ewma_update(struct sl_pkt *p, struct sl_ewma *e, __u64 n)
{
	__u64 now = sl_now_ns(p) / SL_EWMA_EPOCH_NS;
	__u64 last = *(volatile __u64 *)&e->epoch;

	if ((__s64)(now - last) > 0 && __sync_val_compare_and_swap(&e->epoch, last, now) == last) {
		__u64 count = *(volatile __u64 *)&e->count;

		__sync_fetch_and_add(&e->count, -count);
		e->avg = sl_ewma_after(e->avg, count, now - last - 1);
	}
	__sync_fetch_and_add(&e->count, n);
	return *(volatile __u64 *)&e->avg;
}

#endif
