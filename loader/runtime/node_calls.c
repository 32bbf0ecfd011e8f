// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handlers that elements want called when something was reached (COUNT_CALL). Whether a call is due
 * is seen in the maps; what is to be called is read where the graph's text may be.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loader/codegen/ask.h"
#include "loader/mem.h"
#include "loader/runtime/node_int.h"

/* Calls made in one go, for all tenants: each takes some milliseconds of the daemon's time, or, of
 * a graph that is slow to read, more. A tenant's are then made less often. */
#define CALLS 4
#define REST 4 /* times as long as its last ones took */

/* The handler must be one that acts at once, whatever the sandbox says. */
static bool may_be_called(const struct sl_program *p, const char *path)
{
	const char *dot = strrchr(path, '.');
	_free_ char *name = dot ? strndup(path, (size_t)(dot - path)) : NULL;
	long at = name ? sl_graph_find(p->graph, name) : -1;
	const struct sl_handler *h = at < 0 ? NULL : sl_handler_find(p->insts[at].class, dot + 1);

	return h && h->write && !(h->flags & SL_H_RECOMPILE);
}

static void call(struct sl_node *n, const char *tenant, const struct tenant_rt *rt, uint32_t inst,
		 unsigned int number)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	_free_ char *path = NULL, *value = NULL;
	struct sl_submission s = {0};
	struct sl_ask a = {.submission = &s,
			   .devices = &rt->run->compiled->program->devices,
			   .sandbox = n->sandbox,
			   .bpf_dir = n->bpf_dir,
			   .inst = inst};
	struct sl_diags d = {0};

	if (!t || node_graph_submission(n, tenant, t->gen, &s))
		return;
	/* Whoever is to hear of a failure is not there: the graph's owner sees it in what is not so
	 * as it should be. */
	if (!sl_ask_call(&a, number, &path, &value, &d) &&
	    may_be_called(rt->run->live.program, path))
		sl_node_write(n, tenant, path, value, &d);
	sl_submission_free(&s);
	sl_diags_free(&d);
}

/* Calls of one tenant, as many as may be. Returns how many were made. */
static unsigned int tenant_calls(struct sl_node *n, struct tenant_rt *rt, unsigned int most)
{
	struct sl_live *live = &rt->run->live;
	const struct sl_program *p = live->program;
	unsigned int made = 0;

	for (uint32_t i = 0; i < p->graph->n_elems && made < most; i++) {
		const struct sl_inst *in = &p->insts[i];
		uint32_t due = 0;

		if (!in->class->due || in->class->due(live, in, &due))
			continue;
		for (unsigned int k = 0; due; k++, due >>= 1) {
			if (!(due & 1))
				continue;
			call(n, rt->name, rt, i, k);
			made++;
		}
	}
	return made;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* Another tenant is first each time, so that one whose calls are always due cannot keep the others'
 * from being made. */
void node_calls(struct sl_node *n)
{
	unsigned int made = 0;

	for (size_t i = 0; i < n->n_rts && made < CALLS; i++) {
		struct tenant_rt *rt = &n->rts[(n->calls_first + i) % n->n_rts];
		uint64_t start = now_ns(), end;
		unsigned int some;

		if (!rt->run || start < rt->calls_after_ns)
			continue;
		some = tenant_calls(n, rt, CALLS - made);
		end = now_ns();
		if (some)
			rt->calls_after_ns = end + REST * (end - start);
		made += some;
	}
	n->calls_first++;
}
