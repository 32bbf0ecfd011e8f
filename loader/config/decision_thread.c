// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decision graphs: edges skip tests whose outcome follows from those before, or from what is known
 * of packets that come in. What is known where ways meet is what holds on all of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/decision_rebuild.h"

static struct sl_ranges *known_of(struct sl_dec_known *k, uint32_t field)
{
	for (uint32_t i = 0; i < k->n; i++)
		if (k->f[i].field == field)
			return &k->f[i].in;
	return NULL;
}

bool sl_dec_narrow(struct sl_dec_known *k, uint32_t field, uint32_t lo, uint32_t hi)
{
	struct sl_ranges *in = known_of(k, field);

	if (in)
		return sl_ranges_narrow(in, lo, hi);
	if (k->n == SL_DEC_KNOWN_MAX) {
		memmove(&k->f[0], &k->f[1], sizeof(k->f[0]) * (SL_DEC_KNOWN_MAX - 1));
		k->n--;
	}
	k->f[k->n].field = field;
	k->f[k->n++].in = sl_ranges_of(lo, hi);
	return true;
}

/* Do all packets of which `k` is known end before `field`? Whatever is said of it holds, then. */
static bool absent(const struct sl_dec *d, const struct sl_dec_known *k, uint32_t field)
{
	const struct sl_dec_field *f = &d->fields[field];

	for (uint32_t i = 0; i < k->n && !f->len; i++) {
		const struct sl_dec_field *g = &d->fields[k->f[i].field];

		if (g->len && g->base == f->base)
			return sl_ranges_within(&k->f[i].in, 0, sl_dec_field_end(f) - 1);
	}
	return false;
}

void sl_dec_known_join(const struct sl_dec *d, struct sl_dec_known *at, struct sl_dec_known *with)
{
	struct sl_dec_known out = {.reached = true};

	if (!at->reached) {
		*at = *with;
		at->reached = true;
		return;
	}
	for (uint32_t i = 0; i < at->n; i++) {
		uint32_t field = at->f[i].field;
		const struct sl_ranges *b = known_of(with, field);

		if (!b && !absent(d, with, field))
			continue;
		out.f[out.n] = at->f[i];
		if (b)
			sl_ranges_widen(&out.f[out.n].in, b);
		out.n++;
	}
	for (uint32_t i = 0; i < with->n && out.n < SL_DEC_KNOWN_MAX; i++)
		if (!known_of(at, with->f[i].field) && absent(d, at, with->f[i].field))
			out.f[out.n++] = with->f[i];
	*at = out;
}

/* Where an edge to `ref` ends when `k` is known. */
static sl_dec_ref follow(const struct sl_dec *d, sl_dec_ref ref, struct sl_dec_known *k)
{
	while (!(ref & SL_DEC_END)) {
		const struct sl_ranges *in = known_of(k, d->nodes[ref].field);
		const struct sl_dec_case *c = cases_of(d, ref);
		uint32_t lo = 0;

		if (!in)
			break;
		while (c->hi < in->r[0].lo) {
			lo = c->hi + 1;
			c++;
		}
		if (!sl_ranges_within(in, lo, c->hi))
			break;
		ref = c->to;
	}
	return ref;
}

struct threading {
	const struct sl_dec *d;
	struct sl_dec_known *at; /* by node */
	struct sl_dec_known *ends;
	size_t n_ends;
};

/* Tells what `ref` is of what is known on a way to it. */
static void arrive(struct threading *t, sl_dec_ref ref, struct sl_dec_known *k)
{
	uint32_t i = ref & ~SL_DEC_END;

	if (!(ref & SL_DEC_END))
		sl_dec_known_join(t->d, &t->at[i], k);
	else if (i < t->n_ends)
		sl_dec_known_join(t->d, &t->ends[i], k);
}

/* Leads the edges of `node` on, and tells their targets what is known. */
static int thread_node(struct threading *t, uint32_t node, struct sl_dec_case *out)
{
	_free_ struct sl_dec_known *k = malloc(sizeof(*k));
	uint32_t n = t->d->nodes[node].n, lo = 0, possible = n;

	if (!k)
		return -ENOMEM;
	for (uint32_t j = 0; j < n; j++) {
		struct sl_dec_case c = cases_of(t->d, node)[j];

		*k = t->at[node];
		out[j] = c;
		if (sl_dec_narrow(k, t->d->nodes[node].field, lo, c.hi)) {
			out[j].to = follow(t->d, c.to, k);
			arrive(t, out[j].to, k);
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

int sl_dec_thread_under(struct sl_dec *d, const struct sl_dec_known *known,
			struct sl_dec_known *ends, size_t n_ends)
{
	_rebuild_ struct sl_dec_rebuild r = {0};
	_free_ struct sl_dec_known *at = calloc(d->n_nodes + 1, sizeof(*at));
	_free_ struct sl_dec_case *cases = malloc((d->n_cases + 1) * sizeof(*cases));
	struct threading t = {d, at, ends, n_ends};
	struct sl_dec_known begin = *known;
	int ret;

	if (!at || !cases)
		return -ENOMEM;
	d->root = follow(d, d->root, &begin);
	ret = sl_dec_rebuild_start(&r, d);
	if (ret)
		return ret;
	arrive(&t, d->root, &begin);
	/* Downwards: all that lead to a node come before it. */
	for (size_t i = r.n; i-- > 0;) {
		if (!at[r.list[i]].reached)
			continue;
		ret = thread_node(&t, r.list[i], cases + d->nodes[r.list[i]].first);
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
	ret = sl_dec_rebuild_done(&r, d);
	return ret ? ret : sl_dec_compact(d);
}

int sl_dec_thread(struct sl_dec *d)
{
	struct sl_dec_known nothing = {.reached = false};

	return sl_dec_thread_under(d, &nothing, NULL, 0);
}
