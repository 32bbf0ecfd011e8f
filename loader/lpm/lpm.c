// SPDX-License-Identifier: GPL-2.0-only
/* Tables: opening, looking, and changes, one at a time or many at once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/lpm/image.h"
#include "loader/mem.h"

/* ---- A table's life --------------------------------------------------------------------------*/

/* The image somebody else made: its free places are not known, but it can be replaced. */
static int take_over(struct sl_lpm *t)
{
	int ret = -ENOENT;

	t->stale = true;
	if (t->family == SL_LPM_IP4)
		ret = t->mem.current(t->mem.arg, SL_LPM_WIDE, &t->image);
	t->wide = !ret;
	if (ret == -ENOENT)
		ret = t->mem.current(t->mem.arg, SL_LPM_IMAGE, &t->image);
	return ret == -ENOENT ? 0 : ret;
}

int sl_lpm_open(enum sl_lpm_family family, const struct sl_lpm_backend *backend,
		struct sl_lpm **out)
{
	SL_CLEANUP(sl_lpm_freep) struct sl_lpm *t = calloc(1, sizeof(*t));
	int ret;

	if (!t)
		return -ENOMEM;
	t->family = family;
	t->mem = *backend;
	t->wide_from = SL_LPM_WIDE_FROM;
	t->limit = SL_LPM_ROUTES_MAX;
	if (SL_GROW(t->hops, t->n_hops, t->cap_hops))
		return -ENOMEM;
	t->hops[t->n_hops++] = (struct sl_lpm_hop){0};
	ret = sl_log_read(t);
	ret = ret ? ret : sl_hops_index(t);
	ret = ret ? ret : take_over(t);
	if (!ret && (t->rib.n || t->image.words))
		ret = sl_lpm_rebuild(t, false);
	if (ret)
		return ret;
	*out = TAKE_PTR(t);
	return 0;
}

void sl_lpm_free(struct sl_lpm *t)
{
	if (!t)
		return;
	if (t->image.words)
		t->mem.put(t->mem.arg, &t->image);
	if (t->log.words)
		t->mem.put(t->mem.arg, &t->log);
	if (t->hop_records.words)
		t->mem.put(t->mem.arg, &t->hop_records);
	sl_rib_free(&t->rib);
	sl_hops_free(t);
	for (unsigned int i = 0; i <= SL_LPM_MAX_UNITS; i++)
		free(t->free_nodes[i].v);
	free(t->free_chunks.v);
	free(t->free_records.v);
	free(t->freed);
	free(t);
}

void sl_lpm_set_limit(struct sl_lpm *t, size_t routes)
{
	t->limit = routes < SL_LPM_ROUTES_MAX ? routes : SL_LPM_ROUTES_MAX;
}

void sl_lpm_set_wide_from(struct sl_lpm *t, size_t routes)
{
	t->wide_from = routes;
}

void sl_lpm_set_hook(struct sl_lpm *t, void (*hook)(void *arg), void *arg)
{
	t->hook = hook;
	t->hook_arg = arg;
}

/* ---- Looking ---------------------------------------------------------------------------------*/

static void mask(uint8_t addr[16], uint8_t len)
{
	for (unsigned int i = 0; i < 16; i++) {
		unsigned int bits = len > 8 * i ? len - 8u * i : 0;

		if (bits < 8)
			addr[i] &= (uint8_t)(0xff00u >> bits);
	}
}

int sl_lpm_lookup(struct sl_lpm *t, const uint8_t *addr, struct sl_lpm_route *out)
{
	uint8_t len = 0;
	uint32_t hop = sl_rib_match(&t->rib, addr, t->family, &len);

	if (!hop)
		return -ENOENT;
	*out = (struct sl_lpm_route){.len = len};
	memcpy(out->addr, addr, t->family);
	mask(out->addr, len);
	sl_hop_fill(t, hop, out);
	return 0;
}

struct each {
	struct sl_lpm *t;
	sl_lpm_fn *fn;
	void *arg;
};

static int each_one(void *arg, const uint8_t *addr, uint8_t len, struct sl_rib_route *route)
{
	const struct each *e = arg;
	struct sl_lpm_route r = {.len = len};

	memcpy(r.addr, addr, 16);
	sl_hop_fill(e->t, route->hop, &r);
	return e->fn(e->arg, &r);
}

int sl_lpm_each(struct sl_lpm *t, sl_lpm_fn *fn, void *arg)
{
	struct each e = {t, fn, arg};

	return sl_rib_walk(&t->rib, each_one, &e);
}

static size_t list_bytes(const struct sl_lpm_list *l)
{
	return l->cap * sizeof(*l->v);
}

void sl_lpm_stats(const struct sl_lpm *t, struct sl_lpm_stats *out)
{
	*out = (struct sl_lpm_stats){
		.routes = t->rib.n,
		.limit = t->limit,
		.hops = t->used_hops,
		.wide = t->wide && t->image.words,
		.image_bytes = t->image.pages * SL_LPM_PAGE,
		.record_bytes = (t->log.pages + t->hop_records.pages) * SL_LPM_PAGE,
		.own_bytes = sizeof(*t) + t->rib.bytes + t->cap_hops * sizeof(*t->hops) +
			     t->n_buckets * sizeof(*t->hop_buckets) +
			     t->cap_freed * sizeof(*t->freed) + list_bytes(&t->free_chunks) +
			     list_bytes(&t->free_hops) + list_bytes(&t->free_records),
		.rebuilt = t->rebuilt,
	};
	for (unsigned int i = 0; i <= SL_LPM_MAX_UNITS; i++)
		out->own_bytes += list_bytes(&t->free_nodes[i]);
}

/* ---- One change ------------------------------------------------------------------------------*/

static bool leads_to(const struct sl_lpm *t, uint32_t hop, const struct sl_lpm_route *r)
{
	return t->hops[hop].port == r->port && !memcmp(t->hops[hop].gw, r->gw, 16);
}

/* Whether a change can be made: 0, -EEXIST, -ENOENT, -EINVAL, -E2BIG, -EDQUOT. */
static int judge(struct sl_lpm *t, const struct sl_lpm_op *op, const struct sl_rib_route *there,
		 struct sl_lpm_route *have)
{
	uint8_t masked[16];

	memcpy(masked, op->route.addr, 16);
	if (op->route.len > 8 * t->family)
		return -EINVAL;
	mask(masked, op->route.len);
	if (memcmp(masked, op->route.addr, 16))
		return -EINVAL;
	if (op->what == SL_LPM_REMOVE)
		return there && (op->any || leads_to(t, there->hop, &op->route)) ? 0 : -ENOENT;
	if (op->what == SL_LPM_ADD && there) {
		*have = op->route;
		sl_hop_fill(t, there->hop, have);
		return -EEXIST;
	}
	if (there || t->rib.n < t->limit)
		return 0;
	return t->limit < SL_LPM_ROUTES_MAX ? -EDQUOT : -E2BIG;
}

static struct sl_rib_route *find(struct sl_lpm *t, const struct sl_lpm_op *op)
{
	return op->route.len <= 8 * t->family ? sl_rib_find(&t->rib, op->route.addr, op->route.len)
					      : NULL;
}

/* Nodes that are gone: what stood for them in the image may still be looked at. */
static void gone(void *arg, const struct sl_rib_node *n)
{
	struct sl_lpm *t = arg;

	if (!t->wide && n->word & SL_LPM_NODE)
		sl_lpm_drop(t, SL_FREED_NODE, n->word & ~SL_LPM_NODE);
	else if (t->wide && n->word & SL_LPM_CHUNK)
		sl_lpm_drop(t, SL_FREED_CHUNK, n->word & (SL_LPM_CHUNK - 1));
}

/* Makes the image say what the routes under a changed prefix say. */
static int show(struct sl_lpm *t, const struct sl_lpm_route *r)
{
	uint32_t first = (uint32_t)r->addr[0] << 8 | r->addr[1];
	uint32_t last = r->len < 16 ? first | 0xffffu >> r->len : first;
	int ret;

	if (t->stale || !t->image.words || !t->rib.n)
		return sl_lpm_rebuild(t, false);
	if (t->wide && t->rib.n < t->wide_from / 2)
		return sl_lpm_rebuild(t, false);
	/* Now and then: there may be reasons against it. */
	if (!t->wide && t->family == SL_LPM_IP4 && t->rib.n >= t->wide_from &&
	    t->rib.n % (t->wide_from / 32 + 1) == 0)
		return sl_lpm_rebuild(t, false);
	ret = sl_lpm_blocks(t, first, last);
	return ret == -ENOSPC ? sl_lpm_rebuild(t, false) : ret;
}

static int set_one(struct sl_lpm *t, const struct sl_lpm_op *op, struct sl_rib_route *there)
{
	const struct sl_lpm_route *r = &op->route;
	uint32_t hop, old = there ? there->hop : 0, at;
	int ret = sl_hop_get(t, r->gw, r->port, &hop);

	if (ret)
		return ret;
	if (there) {
		at = there->log;
		there->hop = hop;
		sl_rib_touch(&t->rib, r->addr, r->len);
		sl_log_set(t, at, r->addr, r->len, hop);
	} else {
		ret = sl_log_add(t, r->addr, r->len, hop, &at);
		if (ret) {
			sl_hop_put(t, hop);
			return ret;
		}
		ret = sl_rib_add(&t->rib, r->addr, r->len, hop, at);
		if (ret) {
			sl_log_remove(t, at);
			sl_hop_put(t, hop);
			return ret;
		}
	}
	if (t->image.words && !t->stale && !sl_hop_show(t, hop))
		ret = sl_lpm_rebuild(t, false);
	else
		ret = show(t, r);
	if (!ret) {
		if (old)
			sl_hop_put(t, old);
	} else if (there) {
		there->hop = old;
		sl_log_set(t, at, r->addr, r->len, old);
		sl_hop_put(t, hop);
	} else {
		sl_rib_remove(&t->rib, r->addr, r->len, NULL, NULL);
		sl_log_remove(t, at);
		sl_hop_put(t, hop);
	}
	return ret;
}

static int remove_one(struct sl_lpm *t, const struct sl_lpm_op *op, struct sl_rib_route *there)
{
	const struct sl_lpm_route *r = &op->route;
	uint32_t hop = there->hop, at = there->log;
	int ret;

	sl_rib_remove(&t->rib, r->addr, r->len, gone, t);
	sl_log_remove(t, at);
	ret = show(t, r);
	if (!ret) {
		sl_hop_put(t, hop);
		return 0;
	}
	/* What was freed for the record and the nodes is taken for them again. */
	if (!sl_log_add(t, r->addr, r->len, hop, &at) &&
	    sl_rib_add(&t->rib, r->addr, r->len, hop, at))
		sl_log_remove(t, at);
	return ret;
}

static int apply_one(struct sl_lpm *t, const struct sl_lpm_op *op, struct sl_lpm_route *have)
{
	struct sl_rib_route *there = find(t, op);
	int ret = judge(t, op, there, have);

	if (ret)
		return ret;
	if (op->what == SL_LPM_REMOVE)
		ret = remove_one(t, op, there);
	else if (!there || !leads_to(t, there->hop, &op->route))
		ret = set_one(t, op, there);
	/* An image that is not what the routes say: nothing in it may be used again. */
	if (ret)
		t->stale = true;
	else
		sl_lpm_settle(t);
	return ret;
}

/* ---- Many at once ----------------------------------------------------------------------------*/

/* So many changes are sorted before they are made. */
#define ORDERED 1024

/* What a change took away: 0 where there was no route before or is none after. */
struct undo {
	uint32_t before, after, log;
};

static int change(struct sl_lpm *t, const struct sl_lpm_op *op, struct undo *u,
		  struct sl_lpm_route *have)
{
	struct sl_rib_route *there = find(t, op);
	const struct sl_lpm_route *r = &op->route;
	int ret = judge(t, op, there, have);

	if (ret)
		return ret;
	*u = (struct undo){there ? there->hop : 0, 0, there ? there->log : 0};
	if (op->what == SL_LPM_REMOVE) {
		sl_rib_remove(&t->rib, r->addr, r->len, NULL, NULL);
		return 0;
	}
	ret = sl_hop_get(t, r->gw, r->port, &u->after);
	if (ret)
		return ret;
	if (there) {
		there->hop = u->after;
		sl_rib_touch(&t->rib, r->addr, r->len);
		return 0;
	}
	ret = sl_rib_add(&t->rib, r->addr, r->len, u->after, 0);
	if (ret)
		sl_hop_put(t, u->after);
	return ret;
}

static void take_back(struct sl_lpm *t, const struct sl_lpm_op *op, const struct undo *u)
{
	const struct sl_lpm_route *r = &op->route;
	struct sl_rib_route *there = find(t, op);

	if (u->before && there) {
		there->hop = u->before;
		there->log = u->log;
		sl_rib_touch(&t->rib, r->addr, r->len);
	} else if (u->before) {
		/* Of the room that its removal gave. */
		sl_rib_add(&t->rib, r->addr, r->len, u->before, u->log);
	} else if (there) {
		sl_rib_remove(&t->rib, r->addr, r->len, NULL, NULL);
	}
	if (u->after)
		sl_hop_put(t, u->after);
}

static int put_hop(void *arg, const uint8_t *addr, uint8_t len, struct sl_rib_route *route)
{
	(void)addr, (void)len;
	sl_hop_put(arg, route->hop);
	return 0;
}

/*
 * The order in which many changes are made: those of a block one after the other, which is quicker.
 * Changes of one prefix stay in order. NULL: as they are.
 */
static uint32_t *order_of(const struct sl_lpm_op *ops, size_t first, size_t n)
{
	_free_ uint32_t *at = calloc(65537, sizeof(*at));
	uint32_t *order = malloc((n + 1) * sizeof(*order));

	if (!at || !order) {
		free(order);
		return NULL;
	}
	for (size_t i = first; i < n; i++)
		at[(ops[i].route.addr[0] << 8 | ops[i].route.addr[1]) + 1]++;
	at[0] = (uint32_t)first;
	for (unsigned int b = 1; b < 65536; b++)
		at[b] += at[b - 1];
	for (size_t i = first; i < n; i++)
		order[at[ops[i].route.addr[0] << 8 | ops[i].route.addr[1]]++] = (uint32_t)i;
	return order;
}

/* Makes changes [first, n) of the routes, or none: *failed is the first that cannot be made. */
static int change_all(struct sl_lpm *t, const struct sl_lpm_op *ops, size_t first, size_t n,
		      const uint32_t *order, struct undo *undo, size_t *failed,
		      struct sl_lpm_route *have)
{
	int ret = 0;
	size_t i;

	for (i = first; i < n && !ret; i++) {
		size_t k = order ? order[i] : i;

		ret = ops[k].what == SL_LPM_FLUSH ? -EINVAL : change(t, &ops[k], &undo[k], have);
		if (ret)
			*failed = k;
	}
	/* Past the one that failed. */
	for (i -= ret != 0; ret && i-- > first;) {
		size_t k = order ? order[i] : i;

		take_back(t, &ops[k], &undo[k]);
	}
	return ret;
}

static int apply_many(struct sl_lpm *t, const struct sl_lpm_op *ops, size_t n, size_t *failed,
		      struct sl_lpm_route *have)
{
	_free_ struct undo *undo = calloc(n + 1, sizeof(*undo));
	_free_ uint32_t *order = NULL;
	struct sl_rib flushed = {0};
	size_t first = n && ops[0].what == SL_LPM_FLUSH, i;
	int ret = undo ? 0 : -ENOMEM;

	if (first) {
		flushed = t->rib;
		t->rib = (struct sl_rib){0};
	}
	if (!ret && n >= ORDERED)
		order = order_of(ops, first, n);
	if (!ret)
		ret = change_all(t, ops, first, n, order, undo, failed, have);
	/* The first that fails is what is reported. */
	if (ret && order)
		ret = change_all(t, ops, first, n, NULL, undo, failed, have);
	i = ret ? first : n;
	if (!ret)
		ret = sl_lpm_rebuild(t, true);
	if (!ret) {
		for (i = first; i < n; i++)
			if (undo[i].before)
				sl_hop_put(t, undo[i].before);
		sl_rib_walk(&flushed, put_hop, t);
		sl_rib_free(&flushed);
		sl_lpm_settle(t);
		return 0;
	}
	while (undo && i-- > first)
		take_back(t, &ops[i], &undo[i]);
	if (first) {
		sl_rib_free(&t->rib);
		t->rib = flushed;
	}
	return ret;
}

int sl_lpm_apply(struct sl_lpm *t, const struct sl_lpm_op *ops, size_t n, size_t *failed,
		 struct sl_lpm_route *have)
{
	*failed = 0;
	if (!n)
		return 0;
	if (n == 1 && ops[0].what != SL_LPM_FLUSH)
		return apply_one(t, &ops[0], have);
	return apply_many(t, ops, n, failed, have);
}
