// SPDX-License-Identifier: GPL-2.0-only
/* Where routes lead: pairs of gateway and output, numbered, as many routes share one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/lpm/image.h"
#include "loader/mem.h"

static uint32_t hash(const uint8_t gw[16], uint32_t port)
{
	uint64_t a, b;

	memcpy(&a, gw, 8);
	memcpy(&b, gw + 8, 8);
	a = (a ^ (b * 0x9e3779b97f4a7c15ull) ^ port) * 0xbf58476d1ce4e5b9ull;
	return (uint32_t)(a >> 32);
}

static bool is(const struct sl_lpm_hop *h, const uint8_t gw[16], uint32_t port)
{
	return h->port == port && !memcmp(h->gw, gw, 16);
}

static uint32_t *bucket(const struct sl_lpm *t, const uint8_t gw[16], uint32_t port)
{
	return &t->hop_buckets[hash(gw, port) & (t->n_buckets - 1)];
}

static int more_buckets(struct sl_lpm *t)
{
	uint32_t n = t->n_buckets ? 4 * t->n_buckets : 16;
	uint32_t *v = calloc(n, sizeof(*v));

	if (!v)
		return -ENOMEM;
	free(t->hop_buckets);
	t->hop_buckets = v;
	t->n_buckets = n;
	for (uint32_t h = 1; h < t->n_hops; h++) {
		uint32_t *b = bucket(t, t->hops[h].gw, t->hops[h].port);

		if (!t->hops[h].refs)
			continue;
		t->hops[h].next = *b;
		*b = h;
	}
	return 0;
}

int sl_hops_index(struct sl_lpm *t)
{
	for (uint32_t h = 1; h < t->n_hops; h++) {
		if (t->hops[h].refs)
			t->used_hops++;
		else if (sl_lpm_push(&t->free_hops, h))
			return -ENOMEM;
	}
	do {
		if (more_buckets(t))
			return -ENOMEM;
	} while (t->n_buckets <= t->used_hops);
	return 0;
}

static int new_number(struct sl_lpm *t, uint32_t *hop)
{
	if (sl_lpm_pop(&t->free_hops, hop))
		return 0;
	if (t->n_hops >= SL_LPM_HOPS_MAX)
		return sl_lpm_collect(t) && sl_lpm_pop(&t->free_hops, hop) ? 0 : -E2BIG;
	if (SL_GROW(t->hops, t->n_hops, t->cap_hops))
		return -ENOMEM;
	*hop = t->n_hops++;
	return 0;
}

int sl_hop_get(struct sl_lpm *t, const uint8_t gw[16], uint32_t port, uint32_t *hop)
{
	uint32_t *b, h;
	int ret;

	for (h = t->n_buckets ? *bucket(t, gw, port) : 0; h; h = t->hops[h].next)
		if (is(&t->hops[h], gw, port)) {
			t->hops[h].refs++;
			*hop = h;
			return 0;
		}
	if (t->used_hops >= t->n_buckets && more_buckets(t))
		return -ENOMEM;
	ret = new_number(t, &h);
	if (ret)
		return ret;
	b = bucket(t, gw, port);
	t->hops[h] = (struct sl_lpm_hop){.port = port, .refs = 1, .next = *b};
	memcpy(t->hops[h].gw, gw, 16);
	*b = h;
	t->used_hops++;
	ret = sl_log_hop(t, h);
	if (ret) {
		sl_hop_put(t, h);
		return ret;
	}
	*hop = h;
	return 0;
}

void sl_hop_ref(struct sl_lpm *t, uint32_t hop)
{
	t->hops[hop].refs++;
}

void sl_hop_put(struct sl_lpm *t, uint32_t hop)
{
	struct sl_lpm_hop *h = &t->hops[hop];
	uint32_t *at;

	if (--h->refs)
		return;
	for (at = bucket(t, h->gw, h->port); *at != hop; at = &t->hops[*at].next)
		;
	*at = h->next;
	t->used_hops--;
	sl_lpm_drop(t, SL_FREED_HOP, hop);
}

bool sl_hop_show(struct sl_lpm *t, uint32_t hop)
{
	const struct sl_lpm_hop *h = &t->hops[hop];
	uint8_t *at = t->image.words;
	size_t room;

	at += (size_t)(t->wide ? SL_LPM_WIDE_ROOT : SL_LPM_ROOT_PAGES) * SL_LPM_PAGE;
	room = (size_t)(t->wide ? SL_LPM_WIDE_HOPS : t->hop_pages) * SL_LPM_PAGE;
	if (t->family == SL_LPM_IP4) {
		struct sl_hop4 v = {.port = h->port};

		memcpy(&v.gw, h->gw, 4);
		if ((hop + 1) * sizeof(v) > room)
			return false;
		memcpy(at + hop * sizeof(v), &v, sizeof(v));
	} else {
		struct sl_hop6 v = {.port = h->port};

		memcpy(v.gw, h->gw, 16);
		if ((hop + 1) * sizeof(v) > room)
			return false;
		memcpy(at + hop * sizeof(v), &v, sizeof(v));
	}
	return true;
}

void sl_hop_fill(const struct sl_lpm *t, uint32_t hop, struct sl_lpm_route *out)
{
	memcpy(out->gw, t->hops[hop].gw, 16);
	out->port = t->hops[hop].port;
}

void sl_hops_free(struct sl_lpm *t)
{
	free(t->hops);
	free(t->hop_buckets);
	free(t->free_hops.v);
}
