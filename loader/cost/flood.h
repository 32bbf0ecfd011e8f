/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Floods of one frame through the trusted program, in a network namespace of their own, on one CPU:
 * generator, port and sink take turns on it, so that no packet is lost and all CPU time is theirs.
 *
 *	g0 -> p0 [trusted program: a tenant of one instruction] p1 -> s0
 *	g1 -> s1
 */
#ifndef SL_COST_FLOOD_H
#define SL_COST_FLOOD_H

#include <stdint.h>

/* What the tenant does with its packets. */
enum flood_kind {
	FLOOD_DIRECT, /* not the tenant's: from the generator to the sink */
	FLOOD_SEND,
	FLOOD_DROP,
	FLOOD_PASS,
	FLOOD_REFUSED, /* the gate says no */
	/* Through a thread of the tenant's (flood_thread.h): handed over and dropped where it is
	 * taken up, before the gate; sent; dropped by the tenant. */
	FLOOD_HAND,
	FLOOD_THREAD_SEND,
	FLOOD_THREAD_DROP,
};

struct flood;

/* The calling thread stays on its CPU and in the namespace until flood_end(). 0 or -errno. */
int flood_begin(struct flood **out);
void flood_end(struct flood *f);

struct flood_result {
	double ns;	  /* CPU time a packet, generator and sink included */
	double thread_ns; /* CPU time a packet of the tenant's thread */
	double inside;	  /* of both, what the trusted program measured; 0 where it does not */
	double near_ns;	  /* direct: what receiving takes, the sink and its clock included */
};
/* `packets` of them, FLOOD_THREAD_PACKETS at most through a thread; one of `sample` is measured. 0,
 * -EIO when packets were lost, or -errno. */
int flood_run(struct flood *f, enum flood_kind kind, uint32_t sample, uint32_t packets,
	      struct flood_result *r);
/* What reading the clock takes. 0 or -errno. */
int flood_clock(struct flood *f, uint32_t times, double *ns);

#endif
