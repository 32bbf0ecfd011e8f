/* SPDX-License-Identifier: GPL-2.0-only */
/* From a plan to C. What the result looks like is described in bpf/graph.h. */
#ifndef SL_EMIT_H
#define SL_EMIT_H

#include <stdio.h>

#include "loader/codegen/layout.h"
#include "loader/plan/plan.h"

/*
 * Writes one C file with every segment of the graph; the same text builds for BPF and natively.
 * Contains numbers and identifiers made of numbers only: no text of the tenant.
 * 0, -EIO, or what a class's emit() returned.
 */
int sl_emit(const struct sl_program *prog, const struct sl_plan *plan,
	    const struct sl_layout *layout, FILE *out);

#endif
