// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decision graphs made smaller: nodes nobody comes to go, edges skip tests whose outcome follows
 * from those before, and tests of one field that follow each other become one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/decision.h"
#include "loader/mem.h"

static const struct sl_dec_case *cases_of(const struct sl_dec *d, uint32_t node)
{
	return &d->cases[d->nodes[node].first];
}

/* A graph being written anew from another, lower nodes first. */
struct rebuild {
	const struct sl_dec *from;
	struct sl_dec to;
	uint32_t *list; /* nodes of `from` in use */
	size_t n;
	sl_dec_ref *map; /* node of `from` -> ref in `to` */
};

static void rebuild_free(struct rebuild *r)
{
	sl_dec_free(&r->to);
	free(r->list);
	free(r->map);
}

static int rebuild_start(struct rebuild *r, const struct sl_dec *from)
{
	r->from = from;
	r->map = calloc(from->n_nodes + 1, sizeof(*r->map));
	if (!r->map)
		return -ENOMEM;
	for (size_t i = 0; i < from->n_fields; i++)
		sl_dec_field(&r->to, from->fields[i]);
	return sl_dec_below(from, from->root, &r->list, &r->n);
}

static sl_dec_ref mapped(const struct rebuild *r, sl_dec_ref ref)
{
	return ref & SL_DEC_END ? ref : r->map[ref];
}

static int rebuild_done(struct rebuild *r, struct sl_dec *d)
{
	if (r->to.error)
		return r->to.error;
	r->to.root = mapped(r, r->from->root);
	sl_dec_free(d);
	*d = r->to;
	r->to = (struct sl_dec){0};
	return 0;
}

#define _rebuild_ SL_CLEANUP(rebuild_free)

int sl_dec_compact(struct sl_dec *d)
{
	_rebuild_ struct rebuild r = {0};
	int ret = rebuild_start(&r, d);

	for (size_t i = 0; !ret && i < r.n; i++) {
		uint32_t node = r.list[i], n = d->nodes[node].n;
		_free_ struct sl_dec_case *c = malloc(n * sizeof(*c));

		if (!c)
			return -ENOMEM;
		for (uint32_t j = 0; j < n; j++)
			c[j] = (struct sl_dec_case){cases_of(d, node)[j].hi,
						    mapped(&r, cases_of(d, node)[j].to)};
		r.map[node] = sl_dec_node(&r.to, d->nodes[node].field, c, n);
	}
	return ret ? ret : rebuild_done(&r, d);
}

/* ---- Clusters --------------------------------------------------------------------------------*/

/* How many nodes lead to each. */
static uint32_t *count_parents(const struct sl_dec *d, const uint32_t *list, size_t n)
{
	uint32_t *parents = calloc(d->n_nodes + 1, sizeof(*parents));

	for (size_t i = 0; parents && i < n; i++) {
		const struct sl_dec_case *c = cases_of(d, list[i]);

		for (uint32_t j = 0; j < d->nodes[list[i]].n; j++) {
			bool again = c[j].to & SL_DEC_END;

			for (uint32_t k = 0; k < j && !again; k++)
				again = c[k].to == c[j].to;
			if (!again)
				parents[c[j].to]++;
		}
	}
	return parents;
}

struct case_list {
	struct sl_dec_case *v;
	size_t n, cap;
};

static void case_list_free(struct case_list *l)
{
	free(l->v);
}

/* Adds what happens for values in [lo, hi] of `field` at `ref`, which is in `g`. 0 or -ENOMEM. */
static int add_range(struct case_list *out, const struct sl_dec *g, sl_dec_ref ref, uint32_t field,
		     uint32_t lo, uint32_t hi, bool open_up)
{
	const struct sl_dec_case *c = NULL;
	uint32_t n = 1, from = 0;

	if (open_up && !(ref & SL_DEC_END) && g->nodes[ref].field == field) {
		c = cases_of(g, ref);
		n = g->nodes[ref].n;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct sl_dec_case e = c ? c[i] : (struct sl_dec_case){hi, ref};

		if (e.hi >= lo && from <= hi) {
			if (SL_GROW(out->v, out->n, out->cap))
				return -ENOMEM;
			out->v[out->n++] = (struct sl_dec_case){e.hi < hi ? e.hi : hi, e.to};
		}
		from = e.hi + 1;
		if (e.hi >= hi)
			break;
	}
	return 0;
}

int sl_dec_cluster(struct sl_dec *d)
{
	_rebuild_ struct rebuild r = {0};
	_free_ uint32_t *parents = NULL;
	int ret = rebuild_start(&r, d);

	if (ret)
		return ret;
	parents = count_parents(d, r.list, r.n);
	if (!parents)
		return -ENOMEM;
	for (size_t i = 0; i < r.n; i++) {
		uint32_t node = r.list[i], field = d->nodes[node].field, lo = 0;
		SL_CLEANUP(case_list_free) struct case_list l = {0};

		for (uint32_t j = 0; j < d->nodes[node].n; j++) {
			struct sl_dec_case c = cases_of(d, node)[j];
			bool only = !(c.to & SL_DEC_END) && parents[c.to] == 1;

			if (add_range(&l, &r.to, mapped(&r, c.to), field, lo, c.hi, only))
				return -ENOMEM;
			lo = c.hi + 1;
		}
		r.map[node] = sl_dec_node(&r.to, field, l.v, l.n);
	}
	ret = rebuild_done(&r, d);
	return ret ? ret : sl_dec_compact(d);
}

/* ---- Threading -------------------------------------------------------------------------------*/

/* What is known where: for some fields, a few ranges in which the value must be. */
#define MAX_FACTS 12
#define MAX_RANGES 6

struct ranges {
	uint32_t field;
	uint32_t n;
	struct {
		uint32_t lo, hi;
	} r[MAX_RANGES];
};

struct facts {
	bool reached;
	uint32_t n;
	struct ranges f[MAX_FACTS];
};

static struct ranges *fact_of(struct facts *k, uint32_t field)
{
	for (uint32_t i = 0; i < k->n; i++)
		if (k->f[i].field == field)
			return &k->f[i];
	return NULL;
}

/* Narrows `field` to [lo, hi]. false if no value is left. */
static bool narrow(struct facts *k, uint32_t field, uint32_t lo, uint32_t hi)
{
	struct ranges *f = fact_of(k, field);
	uint32_t n = 0;

	if (!f) {
		if (k->n == MAX_FACTS) {
			memmove(&k->f[0], &k->f[1], sizeof(k->f[0]) * (MAX_FACTS - 1));
			k->n--;
		}
		k->f[k->n] = (struct ranges){.field = field, .n = 1, .r = {{lo, hi}}};
		k->n++;
		return true;
	}
	for (uint32_t i = 0; i < f->n; i++) {
		uint32_t a = f->r[i].lo > lo ? f->r[i].lo : lo,
			 b = f->r[i].hi < hi ? f->r[i].hi : hi;

		if (a <= b) {
			f->r[n].lo = a;
			f->r[n++].hi = b;
		}
	}
	f->n = n;
	return n;
}

/* Makes `a` cover `b` as well; may cover more. */
static void widen(struct ranges *a, const struct ranges *b)
{
	struct ranges out = {.field = a->field};
	uint32_t i = 0, j = 0;

	while (i < a->n || j < b->n) {
		bool first = j == b->n || (i < a->n && a->r[i].lo <= b->r[j].lo);
		uint32_t lo = first ? a->r[i].lo : b->r[j].lo, hi = first ? a->r[i].hi : b->r[j].hi;

		if (first)
			i++;
		else
			j++;
		if (out.n && (out.r[out.n - 1].hi == UINT32_MAX || lo <= out.r[out.n - 1].hi + 1 ||
			      out.n == MAX_RANGES)) {
			if (hi > out.r[out.n - 1].hi)
				out.r[out.n - 1].hi = hi;
			continue;
		}
		out.r[out.n].lo = lo;
		out.r[out.n++].hi = hi;
	}
	*a = out;
}

static void join(struct facts *at, struct facts *with)
{
	uint32_t n = 0;

	if (!at->reached) {
		*at = *with;
		at->reached = true;
		return;
	}
	for (uint32_t i = 0; i < at->n; i++) {
		const struct ranges *b = fact_of(with, at->f[i].field);

		if (!b)
			continue;
		widen(&at->f[i], b);
		at->f[n++] = at->f[i];
	}
	at->n = n;
}

/* Where an edge to `ref` ends when `k` is known. */
static sl_dec_ref follow(const struct sl_dec *d, sl_dec_ref ref, struct facts *k)
{
	while (!(ref & SL_DEC_END)) {
		const struct ranges *f = fact_of(k, d->nodes[ref].field);
		const struct sl_dec_case *c = cases_of(d, ref);
		uint32_t lo = 0;

		if (!f)
			break;
		while (c->hi < f->r[0].lo) {
			lo = c->hi + 1;
			c++;
		}
		if (f->r[0].lo < lo || f->r[f->n - 1].hi > c->hi)
			break;
		ref = c->to;
	}
	return ref;
}

/* Leads the edges of `node` on, and tells their targets what is known. */
static int thread_node(const struct sl_dec *d, uint32_t node, struct facts *at,
		       struct sl_dec_case *out)
{
	_free_ struct facts *k = malloc(sizeof(*k));
	uint32_t n = d->nodes[node].n, lo = 0, possible = n;

	if (!k)
		return -ENOMEM;
	for (uint32_t j = 0; j < n; j++) {
		struct sl_dec_case c = cases_of(d, node)[j];

		*k = at[node];
		out[j] = c;
		if (narrow(k, d->nodes[node].field, lo, c.hi)) {
			out[j].to = follow(d, c.to, k);
			if (!(out[j].to & SL_DEC_END))
				join(&at[out[j].to], k);
			/* Cases that cannot happen do as their neighbour does. */
			for (uint32_t i = possible == n ? 0 : j; i < j; i++)
				out[i].to = out[j].to;
			possible = j;
		} else if (possible < n) {
			out[j].to = out[possible].to;
		}
		lo = c.hi + 1;
	}
	return 0;
}

int sl_dec_thread(struct sl_dec *d)
{
	_rebuild_ struct rebuild r = {0};
	_free_ struct facts *at = NULL;
	_free_ struct sl_dec_case *cases = NULL;
	int ret = rebuild_start(&r, d);

	if (ret)
		return ret;
	at = calloc(d->n_nodes + 1, sizeof(*at));
	cases = malloc((d->n_cases + 1) * sizeof(*cases));
	if (!at || !cases)
		return -ENOMEM;
	if (!(d->root & SL_DEC_END))
		at[d->root].reached = true;
	/* Downwards: all that lead to a node come before it. */
	for (size_t i = r.n; i-- > 0;) {
		if (!at[r.list[i]].reached)
			continue;
		ret = thread_node(d, r.list[i], at, cases + d->nodes[r.list[i]].first);
		if (ret)
			return ret;
	}
	for (size_t i = 0; i < r.n; i++) {
		uint32_t node = r.list[i];
		struct sl_dec_case *c = cases + d->nodes[node].first;

		if (!at[node].reached)
			continue;
		for (uint32_t j = 0; j < d->nodes[node].n; j++)
			c[j].to = mapped(&r, c[j].to);
		r.map[node] = sl_dec_node(&r.to, d->nodes[node].field, c, d->nodes[node].n);
	}
	ret = rebuild_done(&r, d);
	return ret ? ret : sl_dec_compact(d);
}

/* ---- All of it -------------------------------------------------------------------------------*/

int sl_dec_reduce(struct sl_dec *d, sl_dec_ref root)
{
	int ret = d->error;

	d->root = root;
	if (!ret)
		ret = sl_dec_compact(d);
	if (!ret)
		ret = sl_dec_expand(d);
	if (!ret)
		ret = sl_dec_thread(d);
	if (!ret)
		ret = sl_dec_cluster(d);
	return ret ? ret : d->n_cases > SL_DEC_MAX_CASES ? -E2BIG : 0;
}
