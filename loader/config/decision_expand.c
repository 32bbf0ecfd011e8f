// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decision graphs, decided field by field.
 *
 * A list of rules as written tests the same fields again and again. Here a field is chosen, the
 * graph is restricted to each range of its values between which some test differs, and what is left
 * is decided the same way. Equal remainders are one node, so rules that do not care share what
 * comes after. Which field comes first decides how large that gets; the one most tests ask for
 * is a good choice, and lengths come before the bytes they guard. The work and the size are
 * bounded: past the bound only the few fields nearly every rule begins with are decided like this
 * (lengths, protocol, fragment), the rest stays a list.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/decision.h"
#include "loader/mem.h"

#define MAX_STEPS 3000000     /* nodes looked at */
#define MAX_WORK_NODES 200000 /* also a bound on what is allocated; less for small graphs */
#define WORK_NODES(n) ((n)*64 + 4096 < MAX_WORK_NODES ? (n)*64 + 4096 : MAX_WORK_NODES)
#define MAX_DEPTH 64
#define MAX_CASES 3000 /* of the result */
#define FREE_CASES 64

struct expander {
	struct sl_dec *d;
	bool cheap; /* only the fields that rules begin with */
	bool over;  /* a bound was passed */
	bool oom;
	sl_dec_ref *memo; /* by node: its expansion */
	uint8_t *known;	  /* by node: memo is set */
	sl_dec_ref *map;  /* scratch of restrict_to() */
	uint32_t *seen;	  /* by node: the walk that last came to it */
	uint32_t walk;
	uint64_t steps;
	size_t cases, max_cases;
};

static const struct sl_dec_case *cases_of(const struct sl_dec *d, uint32_t node)
{
	return &d->cases[d->nodes[node].first];
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Nodes from `root` down, ascending. What sl_dec_below() gives, at a cost of these nodes only: most
 * of the graph is elsewhere. */
static uint32_t *below(struct expander *x, uint32_t root, size_t *n_out)
{
	_free_ uint32_t *list = NULL;
	size_t n = 0, cap = 0;

	x->walk++;
	if (SL_GROW(list, n, cap))
		return NULL;
	list[n++] = root;
	x->seen[root] = x->walk;
	for (size_t i = 0; i < n; i++) {
		const struct sl_dec_case *c = cases_of(x->d, list[i]);

		for (uint32_t j = 0; j < x->d->nodes[list[i]].n; j++) {
			if (c[j].to & SL_DEC_END || x->seen[c[j].to] == x->walk)
				continue;
			if (SL_GROW(list, n, cap))
				return NULL;
			x->seen[c[j].to] = x->walk;
			list[n++] = c[j].to;
		}
	}
	qsort(list, n, sizeof(*list), by_value);
	x->steps += n;
	*n_out = n;
	return TAKE_PTR(list);
}

/* ---- Restriction -----------------------------------------------------------------------------*/

/* What is known of field `g` when `f` is in [lo, hi]: the bits they have in common. */
static void overlap(const struct sl_dec_field *f, uint32_t lo, uint32_t hi,
		    const struct sl_dec_field *g, uint32_t *gmin, uint32_t *gmax)
{
	uint32_t max = sl_dec_field_max(g), diff = lo ^ hi;
	uint64_t fixed, value;

	*gmin = 0;
	*gmax = max;
	if (f->len || g->len || f->base != g->base || f->word != g->word)
		return;
	fixed = sl_dec_field_max(f);
	if (diff)
		fixed &= ~((2ull << (31 - __builtin_clz(diff))) - 1);
	value = (lo & fixed) << f->shift;
	fixed <<= f->shift;
	*gmin = (uint32_t)(value >> g->shift) & max;
	*gmax = *gmin | (~(uint32_t)(fixed >> g->shift) & max);
}

/* Cases of `node` with their targets mapped, and only those for values in [min, max]. */
static sl_dec_ref remap(struct expander *x, uint32_t node, uint32_t min, uint32_t max)
{
	struct sl_dec *d = x->d;
	uint32_t n = d->nodes[node].n, k = 0, lo = 0;
	struct sl_dec_case few[8], *c = few;
	_free_ struct sl_dec_case *many = NULL;
	bool changed = false;

	if (n > sizeof(few) / sizeof(few[0])) {
		many = malloc(n * sizeof(*many));
		if (!many) {
			x->oom = true;
			return SL_DEC_END;
		}
		c = many;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct sl_dec_case e = cases_of(d, node)[i];

		if (e.hi >= min && lo <= max) {
			c[k] = e;
			if (!(e.to & SL_DEC_END))
				c[k].to = x->map[e.to];
			changed |= c[k].to != e.to;
			k++;
		} else {
			changed = true;
		}
		lo = e.hi + 1;
	}
	if (!changed)
		return node;
	c[k - 1].hi = cases_of(d, node)[n - 1].hi;
	return sl_dec_node(d, d->nodes[node].field, c, k);
}

/* The last of the nodes in `list` as it is where `field` is in [lo, hi], which no case splits. */
static sl_dec_ref restrict_to(struct expander *x, const uint32_t *list, size_t n, uint32_t field,
			      uint32_t lo, uint32_t hi)
{
	struct sl_dec *d = x->d;

	for (size_t i = 0; i < n && !d->error && !x->oom; i++) {
		uint32_t node = list[i], f = d->nodes[node].field, min, max;

		if (f == field) {
			const struct sl_dec_case *c = cases_of(d, node);

			while (c->hi < lo)
				c++;
			x->map[node] = c->to & SL_DEC_END ? c->to : x->map[c->to];
			continue;
		}
		overlap(&d->fields[field], lo, hi, &d->fields[f], &min, &max);
		x->map[node] = remap(x, node, min, max);
	}
	x->steps += n;
	return x->map[list[n - 1]];
}

/* ---- The order of fields ---------------------------------------------------------------------*/

/* Protocol, and what says whether it is a first fragment. */
static bool header_choice(const struct sl_dec_field *f)
{
	return f->base == SL_DB_NET && !f->len && (f->word == 8 || f->word == 4);
}

static bool cheap_field(const struct sl_dec_field *f)
{
	return f->len || header_choice(f);
}

/* The field to decide on first below these nodes, or UINT32_MAX. */
static uint32_t choose(struct expander *x, const uint32_t *list, size_t n)
{
	struct sl_dec *d = x->d;
	_free_ uint32_t *count = calloc(d->n_fields, sizeof(*count));
	uint32_t best = UINT32_MAX, transport_len = UINT32_MAX;
	bool header = false;

	if (!count) {
		x->oom = true;
		return UINT32_MAX;
	}
	for (size_t i = 0; i < n; i++)
		count[d->nodes[list[i]].field]++;
	for (uint32_t f = 0; f < d->n_fields; f++) {
		if (!count[f])
			continue;
		if (d->fields[f].len && d->fields[f].base != SL_DB_TRANSPORT)
			return f;
		if (d->fields[f].len)
			transport_len = f;
		header |= header_choice(&d->fields[f]);
	}
	for (uint32_t f = 0; f < d->n_fields; f++) {
		const struct sl_dec_field *g = &d->fields[f];

		if (!count[f] || (x->cheap && !cheap_field(g)))
			continue;
		/* Bytes behind the IP header mean nothing before the protocol is known. */
		if (header && g->base == SL_DB_TRANSPORT)
			continue;
		if (best == UINT32_MAX || count[f] > count[best] ||
		    (count[f] == count[best] && header_choice(g) &&
		     !header_choice(&d->fields[best])))
			best = f;
	}
	if (best != UINT32_MAX && d->fields[best].base == SL_DB_TRANSPORT &&
	    transport_len != UINT32_MAX)
		return transport_len;
	return best;
}

/* Last values of the ranges between which tests of `field` differ, ascending. */
static uint32_t *cuts_of(struct expander *x, const uint32_t *list, size_t n, uint32_t field,
			 size_t *n_cuts)
{
	struct sl_dec *d = x->d;
	uint32_t *cuts;
	size_t total = 0, k = 0, m = 0;

	for (size_t i = 0; i < n; i++)
		if (d->nodes[list[i]].field == field)
			total += d->nodes[list[i]].n;
	cuts = malloc((total + 1) * sizeof(*cuts));
	if (!cuts) {
		x->oom = true;
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		for (uint32_t j = 0; d->nodes[list[i]].field == field && j < d->nodes[list[i]].n;
		     j++)
			cuts[k++] = cases_of(d, list[i])[j].hi;
	qsort(cuts, k, sizeof(*cuts), by_value);
	for (size_t i = 0; i < k; i++)
		if (!m || cuts[m - 1] != cuts[i])
			cuts[m++] = cuts[i];
	*n_cuts = m;
	return cuts;
}

/* ---- Expansion -------------------------------------------------------------------------------*/

static bool stopped(struct expander *x)
{
	if (x->steps > MAX_STEPS || x->cases > x->max_cases || x->d->error == -E2BIG)
		x->over = true;
	return x->over || x->oom || x->d->error;
}

static sl_dec_ref expand(struct expander *x, sl_dec_ref ref, unsigned int depth)
{
	_free_ uint32_t *list = NULL, *cuts = NULL;
	_free_ struct sl_dec_case *cases = NULL;
	size_t n = 0, n_cuts = 0, before;
	uint32_t field, lo = 0;
	sl_dec_ref out;

	if (ref & SL_DEC_END || stopped(x))
		return ref;
	if (x->known[ref])
		return x->memo[ref];
	list = below(x, ref, &n);
	if (!list) {
		x->oom = true;
		return ref;
	}
	field = depth < MAX_DEPTH ? choose(x, list, n) : UINT32_MAX;
	if (field == UINT32_MAX) {
		x->cases += n;
		x->known[ref] = 1;
		return x->memo[ref] = ref;
	}
	cuts = cuts_of(x, list, n, field, &n_cuts);
	cases = calloc(n_cuts + 1, sizeof(*cases));
	if (!cuts || !cases) {
		x->oom = true;
		return ref;
	}
	for (size_t i = 0; i < n_cuts && !stopped(x); i++) {
		cases[i].hi = cuts[i];
		cases[i].to = restrict_to(x, list, n, field, lo, cuts[i]);
		lo = cuts[i] + 1;
	}
	for (size_t i = 0; i < n_cuts && !stopped(x); i++)
		cases[i].to = expand(x, cases[i].to, depth + 1);
	if (stopped(x))
		return ref;
	before = x->d->n_nodes;
	out = sl_dec_node(x->d, field, cases, n_cuts);
	if (x->d->n_nodes > before)
		x->cases += x->d->nodes[before].n;
	x->known[ref] = 1;
	return x->memo[ref] = out;
}

/* Expands into *root. 0, -ENOMEM, or -E2BIG when a bound was passed. */
static int expand_all(struct sl_dec *d, bool cheap, sl_dec_ref *root)
{
	size_t raw = d->n_cases, room = d->max_nodes;
	struct expander x = {.d = d, .cheap = cheap};
	_free_ sl_dec_ref *memo = malloc(room * sizeof(*memo));
	_free_ sl_dec_ref *map = malloc(room * sizeof(*map));
	_free_ uint8_t *known = calloc(room, 1);
	_free_ uint32_t *seen = calloc(room, sizeof(*seen));

	if (!memo || !map || !known || !seen)
		return -ENOMEM;
	x.seen = seen;
	x.memo = memo;
	x.map = map;
	x.known = known;
	x.max_cases = FREE_CASES + 8 * raw;
	if (x.max_cases > MAX_CASES)
		x.max_cases = MAX_CASES;
	/* What stays a list is counted each time it is come to; it was there before. */
	if (cheap)
		x.max_cases += 8 * raw;
	*root = expand(&x, d->root, 0);
	if (x.oom || (d->error && d->error != -E2BIG))
		return -ENOMEM;
	return x.over || d->error ? -E2BIG : 0;
}

/* Forgets nodes from `n_nodes` on. */
static int rewind_to(struct sl_dec *d, size_t n_nodes, size_t n_cases)
{
	d->n_nodes = n_nodes;
	d->n_cases = n_cases;
	d->error = 0;
	free(d->hash);
	d->hash = NULL;
	d->hash_size = 0;
	return 0;
}

int sl_dec_expand(struct sl_dec *d)
{
	size_t n_nodes = d->n_nodes, n_cases = d->n_cases;
	sl_dec_ref root;
	int ret;

	if (n_nodes >= MAX_WORK_NODES / 4)
		return 0;
	d->max_nodes = WORK_NODES(n_nodes);
	ret = expand_all(d, false, &root);
	if (ret == -E2BIG) {
		rewind_to(d, n_nodes, n_cases);
		ret = expand_all(d, true, &root);
	}
	if (ret == -E2BIG) {
		rewind_to(d, n_nodes, n_cases);
		root = d->root;
		ret = 0;
	}
	d->max_nodes = 0;
	if (ret)
		return ret;
	d->root = root;
	return sl_dec_compact(d);
}
