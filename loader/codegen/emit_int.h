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
	/* Of the code being written: the element, or the first of a block; its block or NULL; its
	 * ways on. Code of many elements finds what differs among them in a row of a table. */
	uint32_t elem;
	const struct sl_plan_block *block;
	const struct sl_hop *hops;
	uint32_t *ways_in;  /* by element: ways that lead to its own code */
	unsigned int exits; /* so many places in this segment go to `tail` */
};

/* Is the code being written that of several elements? */
static inline bool emit_many(const struct emitter *em)
{
	return em->block && em->block->n > 1;
}

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
/* An element's configuration as an initializer, in braces. */
void emit_conf(struct emitter *em, uint32_t i);

/* ---- emit_block.c ----------------------------------------------------------------------------*/
/* The code of element `i`, behind labels for the input ports: its own, or with `block` what it is
 * the first of. */
void emit_block(struct emitter *em, uint32_t i, const struct sl_plan_block *block);
/* The way on over one edge, a jump or a tail call. What cannot go on leaves by edge `leave`. */
void emit_hop(struct emitter *em, const struct sl_hop *h, uint32_t from, uint32_t edge,
	      uint32_t leave);
/* A label's name: "e3_0", or "s1_0" of shared code. */
void emit_label(struct emitter *em, uint32_t elem, bool shared, uint32_t port);

/* ---- emit_rows.c -----------------------------------------------------------------------------*/
/* The tables of blocks of several elements; the macro CELL(). */
void emit_rows(struct emitter *em);
void emit_cell_macro(struct emitter *em);
/* Opens a scope in which `row` is the row, `c` the configuration. */
void emit_row_begin(struct emitter *em);
/* Members of a row that are arguments of the element's function; in code of many elements. */
void emit_row_arguments(struct emitter *em);
/* Counts by output `o`, or what leaves (-1); `by`: "1" or "-1". */
void emit_row_count(struct emitter *em, int64_t o, const char *by);
/* The way on from output `o`. */
void emit_row_hop(struct emitter *em, uint32_t o);

#endif
