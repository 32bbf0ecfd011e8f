/* SPDX-License-Identifier: GPL-2.0-only */
/* A graph that was planned, and looking at it. */
#ifndef TESTS_PLAN_PLANNED_H
#define TESTS_PLAN_PLANNED_H

#include "loader/plan/plan.h"

struct planned {
	struct sl_diags d;
	struct sl_program *prog;
	struct sl_plan *plan;
	int ret;
};

static inline void done(struct planned *p)
{
	sl_plan_free(p->plan);
	sl_program_free(p->prog);
	sl_diags_free(&p->d);
}

static inline const struct sl_plan_elem *at(const struct planned *p, const char *name)
{
	long i = sl_graph_find(p->prog->graph, name);

	assert_true(i >= 0);
	return &p->plan->elems[i];
}

#endif
