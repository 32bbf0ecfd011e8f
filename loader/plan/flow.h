/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which ways packets take are counted. What enters an element leaves it, by an output or out of the
 * graph: so of the edges of a graph only those are counted from which the others do not follow. The
 * others form a spanning tree (Knuth and Stevenson, "Optimal measurement points for program
 * frequency counts", 1973), laid over the ways most packets take: a packet on the usual way through
 * a router of fifteen elements is counted once or twice.
 *
 * A counter of an edge is a cell. Readers derive what entered each element with sl_flow_solve().
 */
#ifndef SL_FLOW_H
#define SL_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SL_FLOW_OUTSIDE UINT32_MAX /* where packets come from and go to */
#define SL_FLOW_DERIVED UINT32_MAX /* no cell: follows from the others */

/* Packets that go from one element to another. */
struct sl_flow_edge {
	uint32_t from, to; /* element, or SL_FLOW_OUTSIDE */
	uint32_t cell;	   /* index, or SL_FLOW_DERIVED */
};

struct sl_plan;
struct sl_program;

struct sl_flow {
	struct sl_flow_edge *edges;
	uint32_t n_edges, cap_edges;
	uint32_t n_cells;
	uint32_t n_elems;
	/* Where an edge is: of output `o` of an element at out[elem] + o, what ends in an element
	 * or is dropped there at leave[elem], what a device brings in at device[dev], a copy by a
	 * way at resume[way]. SL_FLOW_OUTSIDE: there is no such edge. */
	uint32_t *out, *leave, *device, *resume;
};

/* Chooses what is counted in a plan that is complete but for it. 0 or -ENOMEM. */
int sl_flow_new(const struct sl_program *prog, const struct sl_plan *plan, struct sl_flow **out);
void sl_flow_free(struct sl_flow *f);

/* Is output `o` of element `i` one that packets usually take, and not for what is wrong? */
bool sl_flow_usual(const struct sl_program *prog, const struct sl_plan *plan, uint32_t i,
		   uint32_t o);

/*
 * flow[k] becomes how many packets took edge k (a signed number: it may be below zero by those on
 * their way). The other one: counts[i] becomes how many packets entered element i of `n_elems`,
 * given the cells. While packets are on their way a count may be off by those; it is never below
 * zero. Edges may be anything, as they come from the compiler's process: what does not follow
 * counts as nothing. 0 or -ENOMEM.
 */
int sl_flow_edges(const struct sl_flow_edge *edges, uint32_t n_edges, uint32_t n_elems,
		  const uint64_t *cells, uint64_t *flow);
int sl_flow_solve(const struct sl_flow_edge *edges, uint32_t n_edges, uint32_t n_elems,
		  const uint64_t *cells, uint64_t *counts);

#endif
