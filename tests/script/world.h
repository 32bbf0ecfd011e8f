/* SPDX-License-Identifier: GPL-2.0-only */
/* A graph for scripts that is none: counters and switches that are words, a clock, and all that
 * was printed. */
#ifndef TEST_SCRIPT_WORLD_H
#define TEST_SCRIPT_WORLD_H

#include "loader/script/script.h"

/* Elements: 0 "c" (count r, big r, fail rw, slow r), 1 "sw" (switch rw, config w that compiles),
 * 2 "in/c" (count r: 7), then scripts from 3 on. */
#define WORLD_SCRIPT 3

struct world {
	struct sl_scripts *set;
	long count, output;
	unsigned int reads, writes;
	uint64_t now;
	char *text; /* what was printed, a line each */
	size_t len;
	const char *names[32];
	unsigned int n;
};

void world_open(struct world *w);
void world_close(struct world *w);
/* Adds a script; false: it was refused. */
bool world_add(struct world *w, const char *name, const char *config, struct sl_diags *d);
/* Turns of `units` until nothing is due at this time. Returns how many it took, at most `most`. */
unsigned int world_run(struct world *w, unsigned int units, unsigned int most);

#endif
