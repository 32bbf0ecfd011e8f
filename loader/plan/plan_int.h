/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of planning share; plan.h is for others. */
#ifndef SL_PLAN_INT_H
#define SL_PLAN_INT_H

#include "loader/plan/plan.h"

struct planner {
	const struct sl_program *prog;
	struct sl_plan *plan;
	struct sl_diags *d;
	unsigned int max_weight;
	uint8_t *colour;
	uint32_t *stack; /* depth-first: the path, and per element the next output to look at */
	uint32_t *next;
};

static inline const struct sl_elem *plan_elem(const struct planner *pl, uint32_t i)
{
	return &pl->prog->graph->elems[i];
}

static inline const struct sl_class *plan_class(const struct planner *pl, uint32_t i)
{
	return pl->prog->insts[i].class;
}

/* ---- copies.c --------------------------------------------------------------------------------*/
/* Finds what is copied, and by which ways copies leave. Refuses graphs that make too many of a
 * packet. 0, -EINVAL (reported), -ENOMEM. */
int plan_copies(struct planner *pl);

/* ---- alike.c ---------------------------------------------------------------------------------*/
/* Puts the elements marked in `shared` into blocks of those that are alike, in the order of their
 * first elements. 0 or -ENOMEM. */
int plan_blocks(struct planner *pl, const bool *shared);

/* ---- segments.c ------------------------------------------------------------------------------*/
/* Decides which elements have code of their own, which shared code, and in which segments; fills in
 * all hops. May be done again. 0 or -ENOMEM. */
int plan_segments(struct planner *pl);

#endif
