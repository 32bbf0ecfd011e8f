/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long packets were in the node: counts by time, a quarter of an octave each. Part of the
 * platform's ABI (abi.h): programs fill them in, user space makes percentiles of them.
 */
#ifndef SL_BPF_DELAY_H
#define SL_BPF_DELAY_H

#include "types.h"

#define SL_DELAY_LOW 6	     /* what is shorter than 2^6 ns is in the first bucket */
#define SL_DELAY_HIGH 27     /* what is 2^27 ns and longer in the last */
#define SL_DELAY_PARTS_LOG 2 /* buckets of an octave */
#define SL_DELAY_BUCKETS (2 + ((SL_DELAY_HIGH - SL_DELAY_LOW) << SL_DELAY_PARTS_LOG))

/* Map tenant_delay: per-CPU, by chain slot. */
struct sl_delay {
	__u64 packets[SL_DELAY_BUCKETS];
};

/* Where bucket `i` begins; the one before ends there. */
sl_inline __u64 sl_delay_begins(__u32 i)
{
	__u32 part = (i - 1) & ((1 << SL_DELAY_PARTS_LOG) - 1);
	__u32 octave = (i - 1) >> SL_DELAY_PARTS_LOG;

	return i ? ((1ull << SL_DELAY_PARTS_LOG) + part)
			       << (octave + SL_DELAY_LOW - SL_DELAY_PARTS_LOG)
		 : 0;
}

sl_inline __u32 sl_delay_bucket(__u32 ns)
{
	__u32 octave = 0, x = ns >> SL_DELAY_LOW;

	if (!x)
		return 0;
	if (ns >> SL_DELAY_HIGH)
		return SL_DELAY_BUCKETS - 1;
	if (x >> 16) {
		octave += 16;
		x >>= 16;
	}
	if (x >> 8) {
		octave += 8;
		x >>= 8;
	}
	if (x >> 4) {
		octave += 4;
		x >>= 4;
	}
	if (x >> 2) {
		octave += 2;
		x >>= 2;
	}
	octave += x >> 1;
	x = ns >> (octave + SL_DELAY_LOW - SL_DELAY_PARTS_LOG);
	return 1 + (octave << SL_DELAY_PARTS_LOG) + (x & ((1 << SL_DELAY_PARTS_LOG) - 1));
}

#endif
