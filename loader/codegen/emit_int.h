/* SPDX-License-Identifier: GPL-2.0-only */
/* What the three parts of code generation share; emit.h is for others. */
#ifndef SL_EMIT_INT_H
#define SL_EMIT_INT_H

#include "loader/codegen/emit.h"

struct emitter {
	const struct sl_program *prog;
	const struct sl_plan *plan;
	const struct sl_layout *layout;
	FILE *out;
	const struct sl_facts *facts; /* of the segment being written */
};

static inline const struct sl_class *emit_class(const struct emitter *em, uint32_t i)
{
	return em->prog->insts[i].class;
}

/* Has a function to call (and not only a place in the graph). */
static inline bool emit_has_code(const struct sl_class *c)
{
	return !(c->flags & SL_C_IDLE);
}

/* ---- emit_decl.c -----------------------------------------------------------------------------*/
/* Everything in front of the segments: headers, constants, memory, functions of instances. 0 or
 * -errno. */
int emit_declarations(struct emitter *em);

/* ---- emit_block.c ----------------------------------------------------------------------------*/
/* The element's code, behind labels for the input ports. */
void emit_block(struct emitter *em, uint32_t i);
/* The way on over one edge, a jump or a tail call. What cannot go on leaves by edge `leave`. */
void emit_hop(struct emitter *em, const struct sl_hop *h, uint32_t from, uint32_t edge,
	      uint32_t leave);

#endif
