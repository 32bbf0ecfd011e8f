// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deriving what is not counted: an element with a single edge that is not known yet gives that one,
 * as much as comes in goes out. The edges without cells are a tree, so its leaves come off one by
 * one until all is known.
 */
#include <errno.h>
#include <stdlib.h>

#include "loader/mem.h"
#include "loader/plan/flow.h"

struct solver {
	const struct sl_flow_edge *edges;
	uint64_t *flow;	   /* per edge, once known */
	uint32_t *unknown; /* per element: its edges not known yet ... */
	uint32_t *which;   /* ... and their numbers, xored: the number when there is one */
	uint64_t *balance; /* per element: known flow in minus known flow out */
	uint32_t *todo;
	uint32_t n_todo;
};

static void touch(struct solver *s, uint32_t elem, uint32_t edge, int n)
{
	if (elem == SL_FLOW_OUTSIDE)
		return;
	s->unknown[elem] += (uint32_t)n;
	s->which[elem] ^= edge;
	if (n < 0 && s->unknown[elem] == 1)
		s->todo[s->n_todo++] = elem;
}

static void know(struct solver *s, uint32_t edge)
{
	const struct sl_flow_edge *e = &s->edges[edge];

	if (e->to != SL_FLOW_OUTSIDE)
		s->balance[e->to] += s->flow[edge];
	if (e->from != SL_FLOW_OUTSIDE)
		s->balance[e->from] -= s->flow[edge];
}

static void solve(struct solver *s, uint32_t n_elems)
{
	for (uint32_t i = 0; i < n_elems; i++)
		if (s->unknown[i] == 1)
			s->todo[s->n_todo++] = i;
	while (s->n_todo) {
		uint32_t i = s->todo[--s->n_todo], edge = s->which[i];
		const struct sl_flow_edge *e = &s->edges[edge];

		/* Its last edge was the last of the other end's, too. */
		if (s->unknown[i] != 1)
			continue;
		s->flow[edge] = e->from == i ? s->balance[i] : -s->balance[i];
		touch(s, e->from, edge, -1);
		touch(s, e->to, edge, -1);
		know(s, edge);
	}
}

int sl_flow_edges(const struct sl_flow_edge *edges, uint32_t n_edges, uint32_t n_elems,
		  const uint64_t *cells, uint64_t *flow)
{
	_free_ uint64_t *balance = calloc(n_elems + 1ul, sizeof(*balance));
	_free_ uint32_t *unknown = calloc(n_elems + 1ul, sizeof(*unknown));
	_free_ uint32_t *which = calloc(n_elems + 1ul, sizeof(*which));
	/* An element is noted twice at most: in the beginning, and when its last but one is known.
	 */
	_free_ uint32_t *todo = calloc(2ul * n_elems + 1, sizeof(*todo));
	struct solver s = {edges, flow, unknown, which, balance, todo, 0};

	if (!balance || !unknown || !which || !todo)
		return -ENOMEM;
	for (uint32_t k = 0; k < n_edges; k++) {
		flow[k] = 0;
		/* An edge from an element to itself changes nothing in its balance. */
		if (edges[k].cell == SL_FLOW_DERIVED && edges[k].from != edges[k].to) {
			touch(&s, edges[k].from, k, 1);
			touch(&s, edges[k].to, k, 1);
		} else if (edges[k].cell != SL_FLOW_DERIVED) {
			flow[k] = cells[edges[k].cell];
			know(&s, k);
		}
	}
	solve(&s, n_elems);
	return 0;
}

int sl_flow_solve(const struct sl_flow_edge *edges, uint32_t n_edges, uint32_t n_elems,
		  const uint64_t *cells, uint64_t *counts)
{
	_free_ uint64_t *flow = calloc(n_edges + 1ul, sizeof(*flow));
	int ret = flow ? sl_flow_edges(edges, n_edges, n_elems, cells, flow) : -ENOMEM;

	if (ret)
		return ret;
	for (uint32_t i = 0; i < n_elems; i++)
		counts[i] = 0;
	for (uint32_t k = 0; k < n_edges; k++)
		if (edges[k].to != SL_FLOW_OUTSIDE)
			counts[edges[k].to] += flow[k];
	for (uint32_t i = 0; i < n_elems; i++)
		if ((int64_t)counts[i] < 0)
			counts[i] = 0;
	return 0;
}
