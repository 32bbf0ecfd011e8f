/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* AggregateFirst: the first packet of each aggregate by output 0, the others by output 1. */
#ifndef SL_ELEMENT_AGGREGATE_FIRST_H
#define SL_ELEMENT_AGGREGATE_FIRST_H

#include "verdict.h"

struct aggregate_first_conf {
	__u32 capacity;
};

sl_inline __u32 aggregate_first(struct sl_pkt *p, const struct aggregate_first_conf *c, void *seen)
{
	__u32 agg = p->anno.aggregate;
	__u64 seen_at = 0; /* that there is an entry is all */

	(void)c;
	/* Of several CPUs that find it missing, one puts it there. */
	if (!sl_table_find(seen, &agg) && !sl_table_set(seen, &agg, &seen_at, 1))
		return SL_OUT(0);
	return SL_OUT_OR(1, SAMPLED);
}

#endif
