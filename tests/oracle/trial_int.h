/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of a trial share. */
#ifndef SL_TESTS_TRIAL_INT_H
#define SL_TESTS_TRIAL_INT_H

#include "loader/runtime/replay.h"
#include "tests/oracle/oracle.h"
#include "tests/oracle/trial.h"

#define START_NS 1000000000000ull

enum { NATIVE, BPF, BUILDS };

struct build {
	struct sl_compiled *compiled;
	struct sl_replay *replay;
};

struct session {
	const struct trial *t;
	struct trial_figures *f;
	char *text;
	struct build b[BUILDS];
	struct oracle *oracle;
	uint64_t now_ns;
	size_t at; /* step */
};

/* One outcome, by whomever. */
struct outcome {
	enum oracle_verdict verdict;
	unsigned int dev;
	const char *elem, *reason;
	size_t len;
	uint8_t *bytes; /* not owned */
};

static inline const char *build_name(int which)
{
	return which == BPF ? "the BPF build" : "the native build";
}

/* As a conformance case, to t->say, which is there. */
void say_graph(const struct session *s);
void say_step(const struct session *s, size_t i);
void say_difference(struct session *s, const char *a_name, const struct outcome *a, int n_a,
		    const char *b_name, const struct outcome *b, int n_b);

/* A step that is no packet: the handler is written or read in all builds and the oracle. */
enum trial_result handler_step(struct session *s);
/* What all handlers say and how many packets entered each element. */
enum trial_result compare_values(struct session *s);

#endif
