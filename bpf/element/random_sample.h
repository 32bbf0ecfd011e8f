/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RandomSample: keep packets with some probability. */
#ifndef SL_ELEMENT_RANDOM_SAMPLE_H
#define SL_ELEMENT_RANDOM_SAMPLE_H

#include "verdict.h"

struct random_sample_state {
	__u64 drops;
};

struct random_sample_rw {
	__u32 prob; /* of keeping, times 2^28 */
	__u32 active;
};

sl_inline __u32 random_sample(struct sl_pkt *p, struct random_sample_state *st,
			      struct random_sample_rw *rw)
{
	if (!rw->active || (sl_random(p) >> 4) < rw->prob)
		return SL_OUT(0);
	st->drops++;
	return SL_OUT_OR(1, SAMPLED);
}

#endif
