/* SPDX-License-Identifier: GPL-2.0-only */
/* Running one case in one build; what the files of the runner share. */
#ifndef SL_TESTS_RUN_H
#define SL_TESTS_RUN_H

#include "loader/runtime/replay.h"
#include "tests/element/case_file.h"
#include "tests/element/packet.h"

/* What all cases of a run of test_cases have in common. */
struct run_opts {
	unsigned int builds;   /* RUN_*: no others */
	bool apart;	       /* native builds are the sanitized program's, where there are both */
	const char *cache_dir; /* compiled BPF builds, for other runs; NULL: none */
};

/* One case in one build. */
struct run {
	const struct run_opts *opts;
	struct case_file *file;
	struct test_case *tc;
	const char *build;
	struct sl_compiled *compiled;
	struct sl_replay *replay;
	uint64_t now_ns;
	struct packet in, want;
	char **events;
	size_t n_events, cap_events, next_event;
	char *why; /* first failure */
};

/* Runs a case in every build there is here. 0; 1: BPF may not be used here; -1 with the reason in
 * r->why, which the caller frees. */
int run_case(struct run *r);

/* Notes the first failure, and returns -1. */
int run_failed(struct run *r, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
char *run_diag_text(const struct sl_diags *d);

/* A device of the graph, or NULL; the frame of an `in` in r->in, and what an `out` or `host` wants
 * of it in r->want. 0, or -1 with r->why. */
const struct sl_device *run_device(struct run *r, const char *name);
int run_build_in(struct run *r, const struct step *s, const struct sl_device *dev);
int run_build_want(struct run *r, const struct step *s);

/* Steps: 0, or -1 with r->why. */
int run_packet(struct run *r, const struct step *s);
int run_read(struct run *r, const struct step *s);
int run_write(struct run *r, const struct step *s);
int run_calls(struct run *r, const struct step *s);

#endif
