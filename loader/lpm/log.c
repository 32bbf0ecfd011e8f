// SPDX-License-Identifier: GPL-2.0-only
/*
 * Routes written down beside the image, so that whoever takes the table up again knows them. Each
 * record is made valid by its last store, and a table without a change under way can be read at any
 * moment.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/lpm/image.h"
#include "loader/mem.h"

static size_t record_size(const struct sl_lpm *t)
{
	return t->family == SL_LPM_IP4 ? sizeof(struct sl_lpm_rec4) : sizeof(struct sl_lpm_rec6);
}

static size_t pages_for(size_t n, size_t size)
{
	return (n * size + SL_LPM_PAGE - 1) / SL_LPM_PAGE;
}

/* A region for more records, with what is in the old one, in its place. */
static int grow(struct sl_lpm *t, unsigned int slot, struct sl_lpm_region *r)
{
	struct sl_lpm_region more;
	size_t pages = slot == SL_LPM_HOPS ? 2 * r->pages + 4 : r->pages + r->pages / 4 + 1;
	int ret = t->mem.get(t->mem.arg, slot, pages, &more);

	if (ret)
		return ret;
	if (r->words)
		memcpy(more.words, r->words, r->pages * SL_LPM_PAGE);
	ret = t->mem.publish(t->mem.arg, slot, &more);
	if (ret) {
		t->mem.put(t->mem.arg, &more);
		return ret;
	}
	if (r->words)
		t->mem.put(t->mem.arg, r);
	*r = more;
	return 0;
}

/* ---- Writing ---------------------------------------------------------------------------------*/

static void write_rec(struct sl_lpm *t, void *base, uint32_t at, const uint8_t *addr, uint8_t len,
		      uint32_t hop)
{
	if (t->family == SL_LPM_IP4) {
		struct sl_lpm_rec4 *r = (struct sl_lpm_rec4 *)base + at;

		memcpy(&r->addr, addr, 4);
		__atomic_store_n(&r->word, SL_REC_VALID | (uint32_t)len << 24 | hop,
				 __ATOMIC_RELEASE);
	} else {
		struct sl_lpm_rec6 *r = (struct sl_lpm_rec6 *)base + at;

		memcpy(r->addr, addr, 16);
		r->len = len;
		__atomic_store_n(&r->word, SL_REC_VALID | hop, __ATOMIC_RELEASE);
	}
}

int sl_log_add(struct sl_lpm *t, const uint8_t *addr, uint8_t len, uint32_t hop, uint32_t *at)
{
	if (!sl_lpm_pop(&t->free_records, at)) {
		int ret = 0;

		if ((t->next_record + 1) * record_size(t) > t->log.pages * SL_LPM_PAGE)
			ret = grow(t, SL_LPM_LOG, &t->log);
		if (ret)
			return ret;
		*at = t->next_record++;
	}
	write_rec(t, t->log.words, *at, addr, len, hop);
	return 0;
}

void sl_log_set(struct sl_lpm *t, uint32_t at, const uint8_t *addr, uint8_t len, uint32_t hop)
{
	write_rec(t, t->log.words, at, addr, len, hop);
}

void sl_log_remove(struct sl_lpm *t, uint32_t at)
{
	uint8_t *r = (uint8_t *)t->log.words + at * record_size(t);
	size_t word = t->family == SL_LPM_IP4 ? offsetof(struct sl_lpm_rec4, word)
					      : offsetof(struct sl_lpm_rec6, word);

	__atomic_store_n((uint32_t *)(void *)(r + word), 0, __ATOMIC_RELEASE);
	sl_lpm_push(&t->free_records, at);
}

int sl_log_hop(struct sl_lpm *t, uint32_t hop)
{
	struct sl_lpm_hop_rec *r;

	while ((hop + 1) * sizeof(*r) > t->hop_records.pages * SL_LPM_PAGE) {
		int ret = grow(t, SL_LPM_HOPS, &t->hop_records);

		if (ret)
			return ret;
	}
	r = (struct sl_lpm_hop_rec *)t->hop_records.words + hop;
	memcpy(r->gw, t->hops[hop].gw, sizeof(r->gw));
	r->port = t->hops[hop].port;
	__atomic_store_n(&r->valid, 1, __ATOMIC_RELEASE);
	return 0;
}

struct rewrite {
	struct sl_lpm *t;
	void *words;
	uint32_t n;
};

static int write_one(void *arg, const uint8_t *addr, uint8_t len, struct sl_rib_route *route)
{
	struct rewrite *w = arg;

	write_rec(w->t, w->words, w->n++, addr, len, route->hop);
	return 0;
}

static int number_one(void *arg, const uint8_t *addr, uint8_t len, struct sl_rib_route *route)
{
	struct rewrite *w = arg;

	(void)addr, (void)len;
	route->log = w->n++;
	return 0;
}

int sl_log_rewrite(struct sl_lpm *t)
{
	struct rewrite w = {.t = t};
	struct sl_lpm_region r = {0};
	size_t n = t->rib.n;
	int ret = 0;

	if (n)
		ret = t->mem.get(t->mem.arg, SL_LPM_LOG, pages_for(n + n / 64, record_size(t)), &r);
	if (ret)
		return ret;
	w.words = r.words;
	sl_rib_walk(&t->rib, write_one, &w);
	ret = t->mem.publish(t->mem.arg, SL_LPM_LOG, n ? &r : NULL);
	if (ret) {
		if (n)
			t->mem.put(t->mem.arg, &r);
		return ret;
	}
	if (t->log.words)
		t->mem.put(t->mem.arg, &t->log);
	t->log = r;
	t->free_records.n = 0;
	t->next_record = w.n;
	w.n = 0;
	sl_rib_walk(&t->rib, number_one, &w);
	return 0;
}

/* ---- Reading ---------------------------------------------------------------------------------*/

static int read_hops(struct sl_lpm *t)
{
	const struct sl_lpm_hop_rec *r = t->hop_records.words;
	size_t n = t->hop_records.pages * SL_LPM_PAGE / sizeof(*r);

	if (n > SL_LPM_HOPS_MAX)
		n = SL_LPM_HOPS_MAX;
	while (n > 1 && !r[n - 1].valid)
		n--;
	for (size_t h = 1; h < n; h++) {
		if (SL_GROW(t->hops, t->n_hops, t->cap_hops))
			return -ENOMEM;
		t->hops[t->n_hops] = (struct sl_lpm_hop){.port = r[h].port};
		memcpy(t->hops[t->n_hops++].gw, r[h].gw, 16);
	}
	return 0;
}

/* One record; what does not fit together was being written when its writer ended. */
static int read_record(struct sl_lpm *t, uint32_t at)
{
	uint8_t addr[16] = {0}, len;
	uint32_t word, hop;
	int ret;

	if (t->family == SL_LPM_IP4) {
		const struct sl_lpm_rec4 *r = (const struct sl_lpm_rec4 *)t->log.words + at;

		memcpy(addr, &r->addr, 4);
		word = r->word;
		len = word >> 24 & 63;
		hop = word & 0xffffff;
	} else {
		const struct sl_lpm_rec6 *r = (const struct sl_lpm_rec6 *)t->log.words + at;

		memcpy(addr, r->addr, 16);
		word = r->word;
		len = (uint8_t)r->len;
		hop = word & ~SL_REC_VALID;
	}
	if (!(word & SL_REC_VALID) || len > 8 * t->family || !hop || hop >= t->n_hops ||
	    sl_rib_find(&t->rib, addr, len)) {
		sl_log_remove(t, at);
		return 0;
	}
	ret = sl_rib_add(&t->rib, addr, len, hop, at);
	if (!ret)
		t->hops[hop].refs++;
	return ret;
}

int sl_log_read(struct sl_lpm *t)
{
	size_t n;
	int ret = t->mem.current(t->mem.arg, SL_LPM_LOG, &t->log);

	if (ret == -ENOENT)
		return 0;
	if (!ret)
		ret = t->mem.current(t->mem.arg, SL_LPM_HOPS, &t->hop_records);
	if (ret)
		return ret;
	ret = read_hops(t);
	n = t->log.pages * SL_LPM_PAGE / record_size(t);
	for (size_t i = 0; i < n && !ret; i++)
		ret = read_record(t, (uint32_t)i);
	t->next_record = (uint32_t)n;
	return ret;
}
