// SPDX-License-Identifier: GPL-2.0-only
/*
 * optimizecost GRAPH ROUNDS REPEAT: what a graph costs as it stands, and compiled for its packets,
 * most of them UDP, as `sluicectl tenant optimize` does it. In turn; `before again` is the noise.
 * CSV: graph,round,contestant,ns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/cost/cost.h"
#include "loader/mem.h"
#include "loader/runtime/counts.h"
#include "loader/runtime/replay.h"
#include "loader/runtime/shares.h"

static void __attribute__((noreturn)) stop(const char *what, struct sl_diags *d)
{
	fprintf(stderr, "optimizecost: %s\n", what);
	if (d)
		sl_diags_print(d, stderr);
	exit(1);
}

static struct sl_replay *load(const struct sl_submission *s, struct sl_compiled **c)
{
	struct sl_compile_opts o = {.target = SL_TARGET_BPF, .devices = {.head = 28}};
	struct sl_replay_opts ro = {.rnd = 1};
	struct sl_replay *r = NULL;
	struct sl_diags d = {0};

	if (sl_compile(s, &o, &d, c) || sl_replay_new(*c, &ro, &d, &r))
		stop("the graph cannot be loaded", &d);
	sl_diags_free(&d);
	return r;
}

static void learn(const struct sl_compiled *c, struct sl_replay *r, struct sl_submission *s)
{
	struct sl_live_maps m = {.c = c, .l = sl_replay_loaded(r)};
	_free_ uint64_t *cells = calloc(c->bundle->n_cells + 1, sizeof(*cells));
	struct sl_replay_out out[SL_REPLAY_MAX_OUT];
	uint64_t packets;

	for (unsigned int i = 0; i < 2000; i++) {
		uint8_t frame[1514];
		size_t len = cost_frame(i % 20 ? COST_UDP : (enum cost_probe)(i / 20 % COST_PROBES),
					64, frame);

		if (sl_replay_packet(r, 0, frame, len, out) < 1)
			stop("a packet cannot be run", NULL);
	}
	if (!cells || sl_counts_cells(&m, cells) || sl_shares_count(c, cells, NULL, s, &packets) ||
	    !s->n_shares)
		stop("counters cannot be read", NULL);
}

int main(int argc, char **argv)
{
	static const char *const names[] = {"before", "after", "before again"};
	struct sl_compiled *before = NULL, *after = NULL;
	struct sl_replay *runs[3];
	struct sl_submission s = {0};
	struct sl_diags d = {0};
	const char *base;
	uint8_t frame[1514];
	size_t len = cost_frame(COST_UDP, 64, frame);
	int rounds;

	if (argc != 4)
		stop("GRAPH ROUNDS REPEAT", NULL);
	rounds = atoi(argv[2]);
	if (sl_submission_read(argv[1], NULL, 0, &d, &s))
		stop("the graph cannot be read", &d);
	base = strrchr(argv[1], '/') ? strrchr(argv[1], '/') + 1 : argv[1];
	runs[0] = runs[2] = load(&s, &before);
	learn(before, runs[0], &s);
	runs[1] = load(&s, &after);
	for (int i = 0; i < rounds; i++)
		for (int k = 0; k < 3; k++) {
			int which = (i + k) % 3;
			double ns, empty;

			if (sl_replay_bench(runs[which], 0, frame, len, (unsigned int)atoi(argv[3]),
					    &ns, &empty))
				stop("it cannot be measured", NULL);
			printf("%.*s,%d,%s,%.1f\n", (int)strcspn(base, "."), base, i, names[which],
			       ns);
		}
	sl_replay_free(runs[0]);
	sl_replay_free(runs[1]);
	sl_compiled_free(before);
	sl_compiled_free(after);
	sl_submission_free(&s);
	sl_diags_free(&d);
	return 0;
}
