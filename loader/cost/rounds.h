/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rounds of floods, what follows from them, and whether they agree on it. Nothing here measures.
 *
 * Whatever else a machine does adds to times and takes nothing off, so of each flood the fastest
 * quarter counts. Two things say whether that can be believed: the rounds in two halves, by turns
 * and by time, must come to the same figures, and a quarter's times must lie closely together.
 */
#ifndef SL_COST_ROUNDS_H
#define SL_COST_ROUNDS_H

#include <stdbool.h>

#include "loader/cost/cost.h"

#define COST_ROUNDS_MAX 256

enum cost_flood {
	COST_DIRECT, /* past the node */
	COST_SEND,
	COST_OFTEN, /* the same, of which more are measured */
	COST_DROP,
	COST_PASS,
	COST_REFUSED,
	COST_HAND, /* handed over to a thread, which takes it up and does nothing more */
	COST_THREAD_SEND,
	COST_THREAD_DROP,
	COST_FLOODS
};
/* One packet of so many is measured, usually, and where the cost of that is measured. */
#define COST_RARE 64
#define COST_OFTEN_ONE 2

struct cost_rounds {
	unsigned int n;
	double ns[COST_FLOODS][COST_ROUNDS_MAX];     /* a packet, where it was sent */
	double thread[COST_FLOODS][COST_ROUNDS_MAX]; /* and in the tenant's thread */
	double inside[COST_FLOODS][COST_ROUNDS_MAX]; /* of both, what the node measured */
	double near_ns[COST_ROUNDS_MAX];	     /* receiving, the sink included */
	double clock_ns[COST_ROUNDS_MAX];
};

/* The mean of the fastest quarter of `n` values, and how much longer than the fastest of all its
 * slowest took, as a part of that. `v` is sorted. */
double cost_fastest(double *v, unsigned int n, double *spread);

/* What follows from all rounds. */
void cost_rounds_work_out(const struct cost_rounds *r, struct sl_platform_cost *out);

/* Where halves differ the most, by what is allowed of each figure. */
struct cost_differs {
	const char *what; /* "send_ns"; of a spread the flood */
	double a, b;	  /* ns, in one half and in the other; fastest and slowest of a quarter */
	double by;	  /* what they differ by, as a multiple of what is allowed; NAN: too few */
	bool spread;
};
/* `within`: the part of a figure that halves may differ by; small ones by some ns. Whether they
 * agree; what differs most is in `d` either way. */
bool cost_rounds_agree(const struct cost_rounds *r, double within, struct cost_differs *d);
/* The same of a thread's figures, which have to agree within five times as much: two CPUs take part
 * in them, and how far apart these are may change at any time where the machine is a virtual one.
 */
bool cost_rounds_agree_thread(const struct cost_rounds *r, double within, struct cost_differs *d);

#endif
