/* SPDX-License-Identifier: GPL-2.0-only */
/* From a plan to C. What the result looks like is described in bpf/graph.h. */
#ifndef SL_EMIT_H
#define SL_EMIT_H

#include <stdio.h>

#include "loader/codegen/layout.h"
#include "loader/plan/plan.h"

/* Most compilers at work on one graph. */
#define SL_PARTS_MAX 4

/*
 * Writes one C file with every segment of the graph; the same text builds for BPF and natively.
 * Contains numbers and identifiers made of numbers only: no text of the tenant. Programs are in
 * `parts` of about the same weight, so that as many compilers can work on it: with SL_PART defined
 * as 1, 2, ... only that part's are compiled, without it all.
 * 0, -EIO, or what a class's emit() returned.
 */
int sl_emit(const struct sl_program *prog, const struct sl_plan *plan,
	    const struct sl_layout *layout, unsigned int parts, FILE *out);

#endif
