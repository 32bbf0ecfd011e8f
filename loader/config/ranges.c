// SPDX-License-Identifier: GPL-2.0-only
/* Sets of numbers as a few ranges. */
#include "loader/config/ranges.h"

bool sl_ranges_narrow(struct sl_ranges *x, uint32_t lo, uint32_t hi)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < x->n; i++) {
		uint32_t a = x->r[i].lo > lo ? x->r[i].lo : lo,
			 b = x->r[i].hi < hi ? x->r[i].hi : hi;

		if (a <= b)
			x->r[n++] = (struct sl_range){a, b};
	}
	x->n = n;
	return n;
}

void sl_ranges_widen(struct sl_ranges *a, const struct sl_ranges *b)
{
	struct sl_ranges out = {.n = 0};
	uint32_t i = 0, j = 0;

	while (i < a->n || j < b->n) {
		bool first = j == b->n || (i < a->n && a->r[i].lo <= b->r[j].lo);
		struct sl_range r = first ? a->r[i++] : b->r[j++];
		struct sl_range *last = out.n ? &out.r[out.n - 1] : 0;

		if (last &&
		    (last->hi == UINT32_MAX || r.lo <= last->hi + 1 || out.n == SL_RANGES_MAX)) {
			if (r.hi > last->hi)
				last->hi = r.hi;
			continue;
		}
		out.r[out.n++] = r;
	}
	*a = out;
}

bool sl_ranges_same(const struct sl_ranges *a, const struct sl_ranges *b)
{
	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (a->r[i].lo != b->r[i].lo || a->r[i].hi != b->r[i].hi)
			return false;
	return true;
}
