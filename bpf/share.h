/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shares of a busy CPU: max-min fair in time, by weight, and nothing kept back while there is room.
 *
 * Nobody is refused anything unless all of this holds: at least two tenants use the CPU; what they
 * are charged has been more than their part of it for long enough that no interrupted sample can
 * have made it so; and by the kernel's own accounts the CPU had hardly time for anything else. Then
 * time is given out by weight at a rate common to all, which begins so high that it refuses nobody,
 * falls until tenants use no more than there is, and follows from then on what is really used of
 * it: who takes less than his share leaves room, and the rate grows until the CPU is full. When
 * nobody was refused and there is room for some intervals, or one tenant is left, or the kernel
 * says that the CPU has time, all may pass again.
 */
#ifndef SL_BPF_SHARE_H
#define SL_BPF_SHARE_H

#include "budget.h"

/* An interval has so many measured packets, or is so many times as long as usual. */
#define SHARE_SAMPLES 4
#define SHARE_LONG_SHIFT 4
/* Excess over the part adds up, and room takes away from it; no interval adds more than half of
 * what it had room for. When the sum is as much as so many intervals have room for, it is busy. */
#define SHARE_OVER 8
#define SHARE_CALM 4	    /* intervals with room for all, before all may pass */
#define SHARE_IDLE_SHIFT 10 /* an interval 2^10 times as long as usual: nobody came */
#define SHARE_SPAN_NS (SL_SHARE_INTERVAL << 8) /* no tenant saves up longer than this */
#define SHARE_BURST_NS (2 * SL_SHARE_INTERVAL)
/* Who was alone for so long is alone. */
#define SHARE_ALONE_NS (1ull << 31)
/* What the daemon says of a CPU is believed for so long. */
#define SHARE_FRESH_NS (1ull << 30)

/* A tenant that is let in, as far as its limits go. */
sl_inline void share_present(struct sl_cpu_share *c, __u32 slot, __u64 now)
{
	if (c->tenant != slot + 1) {
		c->several_ns = c->tenant ? now : 0;
		c->tenant = slot + 1;
	}
}

/* The rate, after an interval in which tenants had room for `room` ns and used `used`. */
sl_inline __u64 share_rate(const struct sl_cpu_share *c, __u64 part, __u64 room, __u64 used)
{
	__u64 rate = c->rate, next;

	if (!c->denied && used > room)
		return rate / 2 | 1; /* so high that it binds nobody */
	next = rate * room / (used | 1);
	if (next > rate + rate / 4 + 1)
		next = rate + rate / 4 + 1;
	if (next < rate - rate / 4)
		next = rate - rate / 4;
	if (next > part)
		next = part;
	return next | 1;
}

/* Adds an interval up. Whether, by what tenants are charged, the CPU is busy. */
sl_inline int share_excess(struct sl_cpu_share *c, __u64 part, __u64 room, __u64 used)
{
	__u64 most = SHARE_OVER * (SL_SHARE_INTERVAL * part >> 32);

	if (c->samples < SHARE_SAMPLES) {
		c->over_ns = 0;
		return 0;
	}
	if (used > room + room / 2)
		used = room + room / 2;
	c->over_ns += used;
	c->over_ns -= c->over_ns > room ? room : c->over_ns;
	if (c->over_ns > most)
		c->over_ns = most;
	return c->over_ns == most;
}

sl_inline int share_due(const struct sl_cpu_share *c, __u64 now)
{
	__u64 span = now - c->since_ns;

	return span >= SL_SHARE_INTERVAL &&
	       (c->samples >= SHARE_SAMPLES || span >> SHARE_LONG_SHIFT >= SL_SHARE_INTERVAL);
}

/*
 * Ends the CPU's interval, which is due at `now`. `spare` is what the daemon last said of the CPU.
 *
 * While charges are really more than the tenants' part, there is not more for others than the
 * reserve. That half of the reserve was idle says that nobody needs it. Once that was so, charges
 * are trusted: the kernel takes long to see a CPU become busy, and whoever sends in bursts would
 * never be seen. Once shares are given out all of the reserve may be idle, and is still what is
 * kept back; more says that charges are wrong.
 */
sl_inline void share_interval(struct sl_cpu_share *c, const struct sl_node_conf *conf,
			      const struct sl_cpu_spare *spare, __u64 now)
{
	__u64 span = now - c->since_ns, part = conf->tenants_part, room, used;
	__u32 reserve = (1 << SL_SPARE_SHIFT) - (__u32)(part >> (32 - SL_SPARE_SHIFT));
	int busy, told = (__s64)(now - spare->at_ns) < (__s64)SHARE_FRESH_NS;

	if (!part || span >> SHARE_IDLE_SHIFT >= SL_SHARE_INTERVAL ||
	    now - c->several_ns > SHARE_ALONE_NS) {
		c->rate = 0;
		c->over_ns = 0;
	} else {
		room = span * part >> 32;
		used = c->used_ns;
		if (c->spent_ns > span - room)
			used += c->spent_ns - (span - room);
		busy = share_excess(c, part, room, used);
		if (!c->rate) {
			if (busy && told && !c->trusted)
				c->trusted = spare->last <= reserve;
			if (busy && (c->trusted || !told))
				c->rate = part | 1;
			c->calm = 0;
		} else if (told && spare->least > 2 * reserve + (1 << SL_SPARE_SHIFT) / 16) {
			c->rate = 0;
			c->over_ns = 0;
			c->trusted = 0;
		} else if (c->denied || used > room - room / 16) {
			c->busy_ns += span;
			c->rate = share_rate(c, part, room, used);
			c->calm = 0;
		} else if (++c->calm >= SHARE_CALM) {
			c->rate = 0;
		}
	}
	c->since_ns = now;
	c->used_ns = 0;
	c->spent_ns = 0;
	c->denied = 0;
	c->samples = 0;
}

/*
 * Gives a tenant what time brought it, up to `now`. It may save up what it is charged at a time, or
 * it would lose what came in between. While the CPU is not busy, everybody has that.
 */
sl_inline void share_fill(struct sl_local *l, const struct sl_cpu_share *c, __u32 weight,
			  __u32 lump, __u64 now)
{
	__u64 span = now - l->share_ns, rate = c->rate * weight;
	__s64 most;

	l->share_ns = now;
	if (!rate) {
		l->share_left = (__s64)(SHARE_BURST_NS + lump);
		return;
	}
	if (rate > 1ull << 32)
		rate = 1ull << 32;
	if (span > SHARE_SPAN_NS)
		span = SHARE_SPAN_NS;
	l->share_left += (__s64)(span * rate >> 32);
	most = (__s64)(SHARE_BURST_NS * rate >> 32) + lump;
	if (l->share_left > most)
		l->share_left = most;
}

#endif
