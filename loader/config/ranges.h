/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of numbers as a few ranges: what decision graphs and facts know of a value. They may hold
 * more than they should, never less. */
#ifndef SL_RANGES_H
#define SL_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#define SL_RANGES_MAX 6

struct sl_range {
	uint32_t lo, hi;
};

/* Ascending, with numbers between them that are in none. */
struct sl_ranges {
	uint32_t n;
	struct sl_range r[SL_RANGES_MAX];
};

static inline struct sl_ranges sl_ranges_of(uint32_t lo, uint32_t hi)
{
	return (struct sl_ranges){.n = 1, .r = {{lo, hi}}};
}

/* Are there numbers in it, and all of them in [lo, hi]? */
static inline bool sl_ranges_within(const struct sl_ranges *x, uint32_t lo, uint32_t hi)
{
	return x->n && x->r[0].lo >= lo && x->r[x->n - 1].hi <= hi;
}

/* Leaves what is in [lo, hi] as well. false if that is nothing. */
bool sl_ranges_narrow(struct sl_ranges *x, uint32_t lo, uint32_t hi);
/* Makes `a` hold what `b` does, too. */
void sl_ranges_widen(struct sl_ranges *a, const struct sl_ranges *b);
bool sl_ranges_same(const struct sl_ranges *a, const struct sl_ranges *b);

#endif
