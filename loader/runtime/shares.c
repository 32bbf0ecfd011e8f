// SPDX-License-Identifier: GPL-2.0-only
/* Shares of packets by outputs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/plan/flow.h"
#include "loader/runtime/shares.h"

#define MILLION 1000000u
/* Of a million, an element that counts. */
#define WORTH 50000

/* ---- Windows ---------------------------------------------------------------------------------*/

void sl_window_free(struct sl_window *w)
{
	free(w->cells[0]);
	free(w->cells[1]);
	*w = (struct sl_window){0};
}

bool sl_window_wants(const struct sl_window *w, uint32_t generation, uint64_t now_ms)
{
	return w->generation != generation || now_ms - w->since_ms[1] >= SL_WINDOW_MS;
}

void sl_window_put(struct sl_window *w, uint32_t generation, uint64_t now_ms, uint64_t *cells)
{
	if (w->generation != generation) {
		sl_window_free(w);
		w->generation = generation;
	}
	free(w->cells[0]);
	w->cells[0] = w->cells[1];
	w->since_ms[0] = w->since_ms[1];
	w->cells[1] = cells;
	w->since_ms[1] = now_ms;
}

static const uint64_t *older(const struct sl_window *w)
{
	if (!w)
		return NULL;
	return w->cells[0] ? w->cells[0] : w->cells[1];
}

/* ---- From counters to shares -----------------------------------------------------------------*/

static void shares_free(struct sl_submission *s)
{
	for (size_t i = 0; i < s->n_shares; i++) {
		free(s->shares[i].element);
		free(s->shares[i].outs);
	}
	free(s->shares);
	s->shares = NULL;
	s->n_shares = 0;
}

static int by_output(const void *a, const void *b)
{
	const struct sl_conn *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->from_port < y->from_port ? -1 : x->from_port > y->from_port;
}

/* Room for the shares of every element. */
static int shares_alloc(const struct sl_graph *g, struct sl_submission *s)
{
	shares_free(s);
	s->shares = calloc(g->n_elems + 1, sizeof(*s->shares));
	if (!s->shares)
		return -ENOMEM;
	for (; s->n_shares < g->n_elems; s->n_shares++) {
		struct sl_share *sh = &s->shares[s->n_shares];

		sh->element = strdup(g->elems[s->n_shares].name);
		sh->n_outs = g->elems[s->n_shares].n_out;
		sh->outs = calloc(sh->n_outs + 1ul, sizeof(*sh->outs));
		if (!sh->element || !sh->outs) {
			s->n_shares++;
			return -ENOMEM;
		}
	}
	return 0;
}

/*
 * Edges out of an element are in the order of its outputs; those that lead nowhere and those of
 * copies, which come from outside, are not among them.
 */
static int shares_fill(const struct sl_compiled *c, const uint64_t *flow, uint64_t packets,
		       struct sl_submission *s)
{
	const struct sl_graph *g = c->program->graph;
	const struct sl_bundle *b = c->bundle;
	_free_ struct sl_conn *conns = malloc((g->n_conns + 1) * sizeof(*conns));
	_free_ size_t *next = calloc(g->n_elems + 1, sizeof(*next));

	if (!conns || !next)
		return -ENOMEM;
	memcpy(conns, g->conns, g->n_conns * sizeof(*conns));
	qsort(conns, g->n_conns, sizeof(*conns), by_output);
	for (size_t k = g->n_conns; k-- > 0;)
		next[conns[k].from] = k;
	for (uint32_t k = 0; k < b->n_edges; k++) {
		const struct sl_flow_edge *e = &b->edges[k];
		size_t *at;

		if (e->from >= g->n_elems || e->to >= g->n_elems)
			continue;
		at = &next[e->from];
		while (*at < g->n_conns && conns[*at].from == e->from && conns[*at].to != e->to)
			++*at;
		if (*at >= g->n_conns || conns[*at].from != e->from ||
		    conns[*at].from_port >= s->shares[e->from].n_outs)
			continue;
		if ((int64_t)flow[k] > 0)
			s->shares[e->from].outs[conns[*at].from_port] =
				(uint32_t)((double)flow[k] * MILLION / (double)packets);
		++*at;
	}
	return 0;
}

int sl_shares_count(const struct sl_compiled *c, const uint64_t *cells, const struct sl_window *w,
		    struct sl_submission *s, uint64_t *packets)
{
	const struct sl_bundle *b = c->bundle;
	const uint64_t *before = older(w);
	_free_ uint64_t *passed = malloc((b->n_cells + 1ul) * sizeof(*passed));
	_free_ uint64_t *flow = calloc(b->n_edges + 1ul, sizeof(*flow));
	int ret = passed && flow ? 0 : -ENOMEM;

	*packets = 0;
	for (uint32_t k = 0; k < b->n_cells && !ret; k++)
		passed[k] = cells[k] - (before ? before[k] : 0);
	ret = ret ? ret : sl_flow_edges(b->edges, b->n_edges, b->n_elems, passed, flow);
	for (uint32_t k = 0; k < b->n_edges && !ret; k++)
		if (b->edges[k].from == SL_FLOW_OUTSIDE && b->edges[k].to < b->n_elems &&
		    c->program->insts[b->edges[k].to].class->flags & SL_C_SOURCE &&
		    (int64_t)flow[k] > 0)
			*packets += flow[k];
	if (ret || *packets < SL_SHARES_LEAST) {
		shares_free(s);
		return ret;
	}
	ret = shares_alloc(c->program->graph, s);
	ret = ret ? ret : shares_fill(c, flow, *packets, s);
	if (ret)
		shares_free(s);
	return ret;
}

/* ---- What is worth a change ------------------------------------------------------------------*/

static const struct sl_share *find(const struct sl_submission *s, const struct sl_share *like)
{
	for (size_t i = 0; i < s->n_shares; i++)
		if (!strcmp(s->shares[i].element, like->element) &&
		    s->shares[i].n_outs == like->n_outs)
			return &s->shares[i];
	return NULL;
}

static uint32_t most_taken(const struct sl_share *s)
{
	uint32_t most = 0;

	for (uint32_t o = 1; o < s->n_outs; o++)
		if (s->outs[o] > s->outs[most])
			most = o;
	return most;
}

static json_object *percent(uint32_t share, uint64_t of)
{
	uint64_t tenths = 1000ull * share / of;

	return json_object_new_double((double)tenths / 10);
}

static int add_change(json_object *a, const char *class_name, const struct sl_share *now,
		      uint32_t to, uint32_t from)
{
	json_object *o = json_object_new_object();
	uint64_t all = 0;

	if (!o)
		return -ENOMEM;
	for (uint32_t k = 0; k < now->n_outs; k++)
		all += now->outs[k];
	json_object_object_add(o, "element", json_object_new_string(now->element));
	json_object_object_add(o, "class", json_object_new_string(class_name));
	json_object_object_add(o, "output", json_object_new_int64(to));
	json_object_object_add(o, "share", percent(now->outs[to], all));
	json_object_object_add(o, "before", json_object_new_int64(from));
	json_object_object_add(o, "before_share", percent(now->outs[from], all));
	return json_object_array_add(a, o) ? -ENOMEM : 0;
}

struct json_object *sl_shares_changes(const struct sl_compiled *c,
				      const struct sl_submission *before,
				      const struct sl_submission *now)
{
	const struct sl_graph *g = c->program->graph;
	json_object *a = json_object_new_array();

	for (size_t i = 0; a && i < now->n_shares && i < g->n_elems; i++) {
		const struct sl_share *s = &now->shares[i], *was = find(before, s);
		uint32_t to, from;

		if (s->n_outs < 2)
			continue;
		to = most_taken(s);
		from = was ? most_taken(was) : 0;
		if (to == from || s->outs[to] < WORTH || 2ull * s->outs[to] < 3ull * s->outs[from])
			continue;
		if (add_change(a, g->elems[i].class_name, s, to, from)) {
			json_object_put(a);
			return NULL;
		}
	}
	return a;
}

/* ---- Patience --------------------------------------------------------------------------------*/

bool sl_patience_due(const struct sl_patience *p, uint64_t interval_ms, uint64_t now_ms)
{
	if (p->changed_ms && now_ms - p->changed_ms < interval_ms)
		return false;
	return !p->asked_ms || now_ms - p->asked_ms >= SL_WINDOW_MS;
}

bool sl_patience_ask(struct sl_patience *p, uint64_t interval_ms, uint64_t now_ms, bool wanted)
{
	bool again = p->wanted && wanted && sl_patience_due(p, interval_ms, now_ms);

	p->asked_ms = now_ms;
	p->wanted = wanted && !again;
	if (again)
		p->changed_ms = now_ms;
	return again;
}
