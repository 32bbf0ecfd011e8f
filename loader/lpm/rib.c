// SPDX-License-Identifier: GPL-2.0-only
/* The tree of routes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/lpm/rib.h"

/* Where a prefix is: the byte its node stands for, and its id there. */
static unsigned int level_of(uint8_t len)
{
	return len ? (len - 1u) / 8 : 0;
}

static uint16_t id_of(const uint8_t *addr, uint8_t len)
{
	unsigned int k = len - 8 * level_of(len);

	return (uint16_t)(1u << k | (k ? addr[level_of(len)] >> (8 - k) : 0));
}

/* ---- Sorted arrays ---------------------------------------------------------------------------*/

/* Index of the first route whose id is not below `id`. */
static unsigned int route_at(const struct sl_rib_node *n, uint16_t id)
{
	unsigned int lo = 0, hi = n->n_routes;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (n->routes[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static unsigned int kid_at(const struct sl_rib_node *n, uint8_t byte)
{
	unsigned int lo = 0, hi = n->n_kids;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (n->kids[mid].byte < byte)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct sl_rib_route *route_of(const struct sl_rib_node *n, uint16_t id)
{
	unsigned int at = route_at(n, id);

	return at < n->n_routes && n->routes[at].id == id ? &n->routes[at] : NULL;
}

struct sl_rib_node *sl_rib_kid(const struct sl_rib_node *n, uint8_t byte)
{
	unsigned int at = kid_at(n, byte);

	return at < n->n_kids && n->kids[at].byte == byte ? n->kids[at].node : NULL;
}

/* Room for one more of `size` bytes at `at`: grows by half, as there are many small arrays. */
static void *insert(struct sl_rib *r, void *v, uint16_t *n, uint16_t *cap, unsigned int at,
		    size_t size)
{
	uint8_t *p = v;

	if (*n == *cap) {
		uint16_t more = (uint16_t)(*cap < 4 ? 2 : *cap / 2);

		p = reallocarray(v, (size_t)*cap + more, size);
		if (!p)
			return NULL;
		*cap = (uint16_t)(*cap + more);
		r->bytes += more * size;
	}
	memmove(p + (at + 1) * size, p + at * size, (*n - at) * size);
	(*n)++;
	return p;
}

static struct sl_rib_node *add_kid(struct sl_rib *r, struct sl_rib_node *n, uint8_t byte)
{
	struct sl_rib_node *kid = calloc(1, sizeof(*kid));
	unsigned int at = kid_at(n, byte);
	void *v = kid ? insert(r, n->kids, &n->n_kids, &n->cap_kids, at, sizeof(*n->kids)) : NULL;

	if (!v) {
		free(kid);
		return NULL;
	}
	r->bytes += sizeof(*kid);
	n->kids = v;
	n->kids[at] = (struct sl_rib_kid){byte, kid};
	return kid;
}

static void free_below(struct sl_rib_node *n)
{
	for (unsigned int i = 0; i < n->n_kids; i++) {
		free_below(n->kids[i].node);
		free(n->kids[i].node);
	}
	free(n->kids);
	free(n->routes);
}

void sl_rib_free(struct sl_rib *r)
{
	free_below(&r->root);
	*r = (struct sl_rib){0};
}

/* ---- Changes ---------------------------------------------------------------------------------*/

struct sl_rib_route *sl_rib_find(struct sl_rib *r, const uint8_t *addr, uint8_t len)
{
	struct sl_rib_node *n = &r->root;

	for (unsigned int i = 0; i < level_of(len) && n; i++)
		n = sl_rib_kid(n, addr[i]);
	return n ? route_of(n, id_of(addr, len)) : NULL;
}

void sl_rib_touch(struct sl_rib *r, const uint8_t *addr, uint8_t len)
{
	struct sl_rib_node *n = &r->root;

	n->dirty = true;
	for (unsigned int i = 0; i < level_of(len) && n; i++) {
		n = sl_rib_kid(n, addr[i]);
		if (n)
			n->dirty = true;
	}
}

/* Takes away node path[level] and those above it as long as they are empty. */
static void prune(struct sl_rib *r, struct sl_rib_node **path, const uint8_t *addr,
		  unsigned int level, void (*gone)(void *arg, const struct sl_rib_node *n),
		  void *arg)
{
	for (; level > 0 && !path[level]->n_routes && !path[level]->n_kids; level--) {
		struct sl_rib_node *up = path[level - 1], *n = path[level];
		unsigned int at = kid_at(up, addr[level - 1]);

		memmove(up->kids + at, up->kids + at + 1,
			(up->n_kids - at - 1) * sizeof(*up->kids));
		up->n_kids--;
		if (n->made && gone)
			gone(arg, n);
		r->bytes -= sizeof(*n) + n->cap_routes * sizeof(*n->routes) +
			    n->cap_kids * sizeof(*n->kids);
		free_below(n);
		free(n);
	}
}

int sl_rib_add(struct sl_rib *r, const uint8_t *addr, uint8_t len, uint32_t hop, uint32_t log)
{
	struct sl_rib_node *path[SL_RIB_DEPTH] = {&r->root}, *n;
	unsigned int level = level_of(len), at, i;
	uint16_t id = id_of(addr, len);
	void *v;

	for (i = 0; i < level; i++) {
		path[i + 1] = sl_rib_kid(path[i], addr[i]);
		if (!path[i + 1])
			path[i + 1] = add_kid(r, path[i], addr[i]);
		if (!path[i + 1]) {
			prune(r, path, addr, i, NULL, NULL);
			return -ENOMEM;
		}
	}
	n = path[level];
	at = route_at(n, id);
	v = insert(r, n->routes, &n->n_routes, &n->cap_routes, at, sizeof(*n->routes));
	if (!v) {
		prune(r, path, addr, level, NULL, NULL);
		return -ENOMEM;
	}
	n->routes = v;
	n->routes[at] = (struct sl_rib_route){id, hop, log};
	r->n++;
	for (i = 0; i <= level; i++)
		path[i]->dirty = true;
	return 0;
}

void sl_rib_remove(struct sl_rib *r, const uint8_t *addr, uint8_t len,
		   void (*gone)(void *arg, const struct sl_rib_node *n), void *arg)
{
	struct sl_rib_node *path[SL_RIB_DEPTH] = {&r->root}, *n;
	unsigned int level = level_of(len), at;

	for (unsigned int i = 0; i < level; i++)
		path[i + 1] = sl_rib_kid(path[i], addr[i]);
	n = path[level];
	at = route_at(n, id_of(addr, len));
	memmove(n->routes + at, n->routes + at + 1, (n->n_routes - at - 1u) * sizeof(*n->routes));
	n->n_routes--;
	r->n--;
	for (unsigned int i = 0; i <= level; i++)
		path[i]->dirty = true;
	prune(r, path, addr, level, gone, arg);
}

/* ---- Looking ---------------------------------------------------------------------------------*/

/* The longest route of one node that holds a byte. */
static const struct sl_rib_route *match_in(const struct sl_rib_node *n, uint8_t byte,
					   unsigned int *bits)
{
	for (int k = 8; k >= 0 && n->n_routes; k--) {
		const struct sl_rib_route *x = route_of(n, (uint16_t)(1u << k | byte >> (8 - k)));

		if (x) {
			*bits = (unsigned int)k;
			return x;
		}
	}
	return NULL;
}

uint32_t sl_rib_match(struct sl_rib *r, const uint8_t *addr, unsigned int bytes, uint8_t *len)
{
	const struct sl_rib_node *n = &r->root;
	uint32_t hop = 0;

	for (unsigned int i = 0; i < bytes && n; n = sl_rib_kid(n, addr[i]), i++) {
		unsigned int bits;
		const struct sl_rib_route *x = match_in(n, addr[i], &bits);

		if (!x)
			continue;
		hop = x->hop;
		if (len)
			*len = (uint8_t)(8 * i + bits);
	}
	return hop;
}

void sl_rib_paint(const struct sl_rib_node *n, uint32_t base, uint32_t hops[256])
{
	for (unsigned int i = 0; i < 256; i++)
		hops[i] = base;
	for (unsigned int i = 0; i < n->n_routes; i++) {
		unsigned int k = 31u - (unsigned int)__builtin_clz(n->routes[i].id);
		unsigned int from = (n->routes[i].id - (1u << k)) << (8 - k);

		for (unsigned int b = from; b < from + (256u >> k); b++)
			hops[b] = n->routes[i].hop;
	}
}

struct walk {
	sl_rib_fn *fn;
	void *arg;
	uint8_t addr[SL_RIB_DEPTH];
};

/* The first value a route of one node holds, and its length there. */
static unsigned int begins_at(uint16_t id, unsigned int *k)
{
	*k = 31u - (unsigned int)__builtin_clz(id);
	return (id - (1u << *k)) << (8 - *k);
}

/*
 * A node's routes in order of address, shorter ones first. As they are stored by length, there are
 * up to nine of them that could be the next: one a length.
 */
struct turn {
	const struct sl_rib_node *n;
	uint16_t at[9], end[9];
};

static void turn_begin(struct turn *t, const struct sl_rib_node *n)
{
	*t = (struct turn){.n = n};
	for (uint16_t i = 0; i < n->n_routes; i++) {
		unsigned int k;

		begins_at(n->routes[i].id, &k);
		if (!t->end[k])
			t->at[k] = i;
		t->end[k] = (uint16_t)(i + 1);
	}
}

/* The next, the value it begins at and its length; NULL behind the last. */
static struct sl_rib_route *turn_next(struct turn *t, unsigned int *value, unsigned int *len)
{
	struct sl_rib_route *best = NULL;

	for (unsigned int l = 0; l <= 8; l++) {
		unsigned int k, from;

		if (t->at[l] >= t->end[l])
			continue;
		from = begins_at(t->n->routes[t->at[l]].id, &k);
		if (best && from >= *value)
			continue;
		best = &t->n->routes[t->at[l]];
		*value = from;
		*len = l;
	}
	if (best)
		t->at[*len]++;
	return best;
}

/* The routes that begin at a value come before what is below that value. */
static int walk_node(struct walk *w, const struct sl_rib_node *n, unsigned int level)
{
	unsigned int value = 0, len = 0, kid = 0;
	struct sl_rib_route *x;
	struct turn turn;
	int ret = 0;

	turn_begin(&turn, n);
	x = turn_next(&turn, &value, &len);
	while (!ret && (x || kid < n->n_kids)) {
		if (x && (kid == n->n_kids || value <= n->kids[kid].byte)) {
			w->addr[level] = (uint8_t)value;
			ret = w->fn(w->arg, w->addr, (uint8_t)(8 * level + len), x);
			x = turn_next(&turn, &value, &len);
			continue;
		}
		w->addr[level] = n->kids[kid].byte;
		ret = walk_node(w, n->kids[kid++].node, level + 1);
	}
	w->addr[level] = 0;
	return ret;
}

int sl_rib_walk(struct sl_rib *r, sl_rib_fn *fn, void *arg)
{
	struct walk w = {.fn = fn, .arg = arg};

	return walk_node(&w, &r->root, 0);
}
