/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shares of a busy CPU: max-min fair in time, by weight, and nothing kept back while there is room.
 *
 * A program cannot see whether its CPU would have been idle. It sees what it spent: in each
 * interval that is compared with the part of the CPU that is the tenants'. While it is less,
 * everybody may pass. When it is more, time is given out by weight at a rate common to all,
 * beginning with what there is divided among those who were there; the rate then follows what is
 * really used of it: who takes less than his share leaves room, and the rate grows until the CPU is
 * full. When nobody was refused and there is room for some intervals, all may pass again.
 */
#ifndef SL_BPF_SHARE_H
#define SL_BPF_SHARE_H

#include "budget.h"

/* A measured packet stands for many, and one that was interrupted looks like a busy CPU: it is busy
 * when several, in two intervals, say so. Where it is, that many are measured. */
#define SHARE_OVER 2
#define SHARE_SAMPLES 3
#define SHARE_CALM 4	   /* intervals with room for all, before all may pass */
#define SHARE_IDLE_SHIFT 6 /* an interval 2^6 times as long as usual: nobody came */
#define SHARE_SPAN_NS (SL_SHARE_INTERVAL << 8) /* no tenant saves up longer than this */
#define SHARE_BURST_NS (2 * SL_SHARE_INTERVAL)

/* The rate, after an interval in which tenants had room for `room` ns and used `used`. */
sl_inline __u64 share_rate(const struct sl_cpu_share *c, __u64 part, __u64 room, __u64 used)
{
	__u64 rate = c->rate, next;

	next = rate * room / (used | 1);
	if (next > rate + rate / 4 + 1)
		next = rate + rate / 4 + 1;
	if (next < rate - rate / 4)
		next = rate - rate / 4;
	if (next > part)
		next = part;
	return next | 1;
}

/* Ends the CPU's interval, if it is over at `now`. */
sl_inline void share_interval(struct sl_cpu_share *c, const struct sl_node_conf *conf, __u64 now)
{
	__u64 span = now - c->since_ns, part = conf->tenants_part, room, used;

	if (span < SL_SHARE_INTERVAL)
		return;
	if (!part || span >> SHARE_IDLE_SHIFT >= SL_SHARE_INTERVAL) {
		c->rate = 0;
	} else {
		room = span * part >> 32;
		used = c->used_ns;
		if (c->spent_ns > span - room)
			used += c->spent_ns - (span - room);
		if (c->rate)
			c->busy_ns += span;
		if (!c->rate) {
			if (used <= room || c->samples < SHARE_SAMPLES)
				c->over = 0;
			else if (++c->over >= SHARE_OVER && c->weight)
				c->rate = part / c->weight | 1;
			c->calm = 0;
		} else if (c->denied || used > room - room / 16) {
			c->rate = share_rate(c, part, room, used);
			c->calm = 0;
		} else if (++c->calm >= SHARE_CALM) {
			c->rate = 0;
		}
	}
	c->since_ns = now;
	c->used_ns = 0;
	c->spent_ns = 0;
	c->weight = 0;
	c->denied = 0;
	c->samples = 0;
	c->interval++;
}

/*
 * Gives a tenant what time brought it, up to `now`. It may save up what it is charged at a time, or
 * it would lose what came in between.
 */
sl_inline void share_fill(struct sl_local *l, const struct sl_cpu_share *c, __u32 weight,
			  __u32 lump, __u64 now)
{
	__u64 span = now - l->share_ns, rate = c->rate * weight;
	__s64 most;

	l->share_ns = now;
	if (!rate) {
		l->share_left = 0;
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
