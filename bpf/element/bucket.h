/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A token bucket for all CPUs: RatedSplitter, BandwidthRatedSplitter.
 *
 * Its level is one word that everybody adds to and takes from by single instructions. The time
 * since the last filling is poured in by the one CPU that moves `last_ns` on, so nothing is poured
 * twice, and what is taken was there: on however many CPUs, no more than the rate and one bucket
 * pass.
 */
#ifndef SL_ELEMENT_BUCKET_H
#define SL_ELEMENT_BUCKET_H

#include "verdict.h"

/* Tokens are counted in billionths, so that nanoseconds times tokens a second is exact. */
#define SL_TOKEN 1000000000ull

struct sl_bucket_conf {
	__u64 rate;    /* tokens a second */
	__u64 cap;     /* billionths of tokens */
	__u64 fill_ns; /* the deepest debt is paid and the bucket full after */
	__u8 precise;  /* so small that a tick of the kernel's clock is too long */
};

struct sl_bucket {
	__u64 level; /* signed */
	__u64 last_ns;
};

sl_inline void sl_bucket_fill(struct sl_pkt *p, const struct sl_bucket_conf *c, struct sl_bucket *b)
{
	__u64 now = c->precise ? sl_now_ns(p) : sl_now_coarse_ns(p);
	__u64 last = *(volatile __u64 *)&b->last_ns;
	__u64 room, add;

	/* Another CPU's clock may be a little ahead. */
	if ((__s64)(now - last) <= 0 || __sync_val_compare_and_swap(&b->last_ns, last, now) != last)
		return;
	room = c->cap - *(volatile __u64 *)&b->level;
	if ((__s64)room <= 0)
		return;
	add = now - last >= c->fill_ns ? room : (now - last) * c->rate;
	__sync_fetch_and_add(&b->level, add < room ? add : room);
}

/* Takes `cost` if the level is at least `least`. */
sl_inline int sl_bucket_take(struct sl_bucket *b, __u64 cost, __s64 least)
{
	__u64 before;

	/* Looked at first, so that what is too much costs little. */
	if ((__s64) * (volatile __u64 *)&b->level < least)
		return 0;
	before = __sync_fetch_and_add(&b->level, -cost);
	if ((__s64)before >= least)
		return 1;
	__sync_fetch_and_add(&b->level, cost);
	return 0;
}

#endif
