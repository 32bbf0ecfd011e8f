/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which packets are measured, and what a measured one stands for.
 *
 * Reading the clock twice costs as much as a short chain. So a generator of the platform's own
 * decides before the chain whether a packet is measured: each that is let in has the same chance,
 * one of N, whatever became of those before it, so that it is of no use to know when the last was.
 * All are charged what was expected of them, and one that is measured N times what it cost beyond
 * that: exact while packets cost the same, right on average whatever is sent.
 */
#ifndef SL_BPF_SAMPLE_H
#define SL_BPF_SAMPLE_H

#include "abi.h"
#include "helpers.h"

/* The lower half of the clock is enough for one packet; 0 would say that it is not measured. */
sl_inline __u32 measure_from(__u64 now)
{
	__u32 start = (__u32)now;

	return start ? start : start - 1;
}

/* -log2(x / 2^32), for x over 0, in 2^-16. Between powers of two it is a polynomial with the slope
 * that the logarithm has there. */
sl_inline __u32 minus_log2(__u32 x)
{
	__u32 n = 1, m, bend;

	if (!(x >> 16)) {
		n += 16;
		x <<= 16;
	}
	if (!(x >> 24)) {
		n += 8;
		x <<= 8;
	}
	if (!(x >> 28)) {
		n += 4;
		x <<= 4;
	}
	if (!(x >> 30)) {
		n += 2;
		x <<= 2;
	}
	if (!(x >> 31)) {
		n++;
		x <<= 1;
	}
	m = x >> 15 & 0xffff;
	bend = (m * (0x10000 - m) >> 16) * (29013 - (10748 * m >> 16)) >> 16;
	return (n << 16) - m - bend;
}

/* What `mean` comes to in draw(), 2^32 of it: 2^16 / -log2(1 - 1 / mean), of which this is nearly
 * all. */
sl_inline __u32 scale_of(__u32 mean)
{
	__u32 odd = 2 * mean - 1;

	return mean > 1 ? odd * 22713 - 7572 / odd : 0;
}

/*
 * How many packets from this one to the next that is measured: geometrically distributed, with the
 * mean that `scale` is of. The generator (Marsaglia's xorshift) is seen by nobody else.
 */
sl_inline __u32 draw(struct sl_local *l)
{
	__u32 x = l->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	l->random = x;
	if (!l->scale)
		return 1;
	return 1 + (__u32)((__u64)minus_log2(x) * l->scale >> 32);
}

/* Whoever overran of late is measured at least so often, one packet of so many, until 64 in a row
 * were no overrun: it shall not take long to know whether it was by chance. */
#define SAMPLE_SUSPECT 8

/* The first packet of all is measured, and stands for itself. */
sl_inline void sample_begin(struct sl_local *l)
{
	if (sl_unlikely(!l->random)) {
		l->random = bpf_get_prandom_u32() | 1;
		l->gap = l->mean = 1;
		l->scale = 0;
	}
}

/* From the packet that was measured to the next, one of `mean`; drawn behind it, so that the
 * drawing is none of its time, and done while other things are waited for. */
sl_inline __u32 sample_next(struct sl_local *l, __u32 mean)
{
	if (sl_unlikely(l->overruns) && mean > SAMPLE_SUSPECT)
		mean = SAMPLE_SUSPECT;
	if (sl_unlikely(l->mean != mean)) {
		l->mean = mean ? mean : 1;
		l->scale = scale_of(l->mean);
	}
	l->gap = draw(l);
	return l->gap;
}

sl_inline __u32 ones(__u64 x)
{
	x -= x >> 1 & 0x5555555555555555;
	x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (__u32)(x * 0x0101010101010101 >> 56);
}

/* Notes whether a sample was over the bound. One proves nothing: an interrupt, or a hypervisor, may
 * have taken the CPU away in the middle. */
sl_inline void overrun(struct sl_tenant_rec *t, struct sl_tenant_stats *s, __u32 limit, int over)
{
	__u64 seen = s->local.overruns << 1 | over;

	s->local.overruns = limit ? seen : 0;
	if (sl_likely(!over))
		return;
	s->overruns++;
	if (limit && ones(seen) >= limit) {
		t->quarantined = 1;
		s->local.overruns = 0;
	}
}

/* What is charged where `cost` was measured: for each packet that passed what was expected of it,
 * and what this one cost beyond for all that it stands for. Not less than nothing at a time; that
 * is taken off the next. */
sl_inline __u64 price(struct sl_local *l, __u64 cost)
{
	__s64 total = (__s64)(l->gap * l->expected_ns) + l->less_ns;

	total += l->mean * ((__s64)cost - (__s64)l->expected_ns);
	l->expected_ns = l->expected_ns ? (7 * l->expected_ns + cost) / 8 : cost;
	l->less_ns = total < 0 ? total : 0;
	return total < 0 ? 0 : (__u64)total;
}

#endif
