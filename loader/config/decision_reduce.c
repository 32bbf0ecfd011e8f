// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decision graphs made smaller: nodes nobody comes to go, and tests of one field that follow each
 * other become one. (decision_thread.c: edges skip tests whose outcome is known.)
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/decision_rebuild.h"
#include "loader/mem.h"

void sl_dec_rebuild_free(struct sl_dec_rebuild *r)
{
	sl_dec_free(&r->to);
	free(r->list);
	free(r->map);
}

int sl_dec_rebuild_start(struct sl_dec_rebuild *r, const struct sl_dec *from)
{
	r->from = from;
	r->map = calloc(from->n_nodes + 1, sizeof(*r->map));
	if (!r->map)
		return -ENOMEM;
	for (size_t i = 0; i < from->n_fields; i++)
		sl_dec_field(&r->to, from->fields[i]);
	return sl_dec_below(from, from->root, &r->list, &r->n);
}

int sl_dec_rebuild_done(struct sl_dec_rebuild *r, struct sl_dec *d)
{
	if (r->to.error)
		return r->to.error;
	r->to.root = mapped(r, r->from->root);
	sl_dec_free(d);
	*d = r->to;
	r->to = (struct sl_dec){0};
	return 0;
}

int sl_dec_compact(struct sl_dec *d)
{
	_rebuild_ struct sl_dec_rebuild r = {0};
	int ret = sl_dec_rebuild_start(&r, d);

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
	return ret ? ret : sl_dec_rebuild_done(&r, d);
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
	_rebuild_ struct sl_dec_rebuild r = {0};
	_free_ uint32_t *parents = NULL;
	int ret = sl_dec_rebuild_start(&r, d);

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
	ret = sl_dec_rebuild_done(&r, d);
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
