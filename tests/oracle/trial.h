/* SPDX-License-Identifier: GPL-2.0-only */
/* One graph and one sequence of packets through all that know what becomes of them. */
#ifndef SL_TESTS_TRIAL_H
#define SL_TESTS_TRIAL_H

#include <stdio.h>

#include "tests/oracle/random_graph.h"

/* What came of it; processes end with these. */
enum trial_result {
	TRIAL_SAME,
	TRIAL_DIFFERENT,
	TRIAL_REFUSED, /* Sluice does not compile it, or the kernel does not load it */
	TRIAL_NO_BPF,  /* this process may not use BPF */
	TRIAL_COPIES,  /* the plan refuses it: it copies on and on */
	TRIAL_UNKNOWN, /* the oracle does not know what is in it */
	TRIAL_BROKEN,  /* could not be carried out */
	TRIAL_CRASHED, /* ended by a signal: what the native build takes for certain is wrong */
};

enum { TRIAL_NATIVE = 1, TRIAL_BPF = 2 };

struct trial {
	const struct rgraph *graph;
	const struct rpacket *packets;
	size_t n;
	unsigned int builds;
	FILE *say; /* the difference, as a conformance case; NULL: nobody asks */
};

/* Totals of a process. */
struct trial_figures {
	uint64_t packets;     /* compared with the oracle */
	uint64_t beyond;      /* compared, but not with it: its specification ends before */
	uint64_t handlers;    /* values compared */
	uint64_t outcomes[3]; /* sent, dropped, to the host */
	uint64_t copies;
	uint64_t writes; /* and reads with arguments, between packets */
	/* CPU time. */
	double clang_s, load_s, run_s;
};

enum trial_result trial_run(const struct trial *t, struct trial_figures *f);

/* The smallest graph and packets found in about `tries` trials that still come to `result`. Each
 * trial is a process of its own. */
void trial_shrink(struct rgraph *g, struct rpacket *packets, size_t *n, enum trial_result result,
		  unsigned int builds, unsigned int tries);
/* trial_run() in a process of its own, silent. */
enum trial_result trial_apart(const struct trial *t);

#endif
