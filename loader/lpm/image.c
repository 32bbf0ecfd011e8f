// SPDX-License-Identifier: GPL-2.0-only
/* Making images, and using again what they no longer need. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/lpm/image.h"
#include "loader/mem.h"

int sl_lpm_push(struct sl_lpm_list *l, uint32_t v)
{
	if (SL_GROW(l->v, l->n, l->cap))
		return -ENOMEM;
	l->v[l->n++] = v;
	return 0;
}

bool sl_lpm_pop(struct sl_lpm_list *l, uint32_t *v)
{
	if (!l->n)
		return false;
	*v = l->v[--l->n];
	return true;
}

/* ---- Using again -----------------------------------------------------------------------------*/

void sl_lpm_drop(struct sl_lpm *t, int kind, uint32_t at)
{
	if (SL_GROW(t->freed, t->n_freed, t->cap_freed))
		return;
	t->freed[t->n_freed].kind = kind;
	t->freed[t->n_freed++].at = at;
}

/* Units of a node, by what stands in it. */
static uint32_t node_units(const struct sl_lpm *t, uint32_t unit)
{
	const uint32_t *node = (uint32_t *)t->image.words + unit * SL_LPM_UNIT_WORDS;
	uint32_t words = SL_LPM_FIRST + (node[SL_LPM_SUMS] >> 24);
	uint64_t last;

	memcpy(&last, node + 6, sizeof(last));
	words += (uint32_t)__builtin_popcountll(last);
	return (words + SL_LPM_UNIT_WORDS - 1) / SL_LPM_UNIT_WORDS;
}

bool sl_lpm_collect(struct sl_lpm *t)
{
	size_t n = t->settled;

	if (t->dry || t->all || t->stale || !n || t->mem.grace(t->mem.arg))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint32_t at = t->freed[i].at;

		if (t->freed[i].kind == SL_FREED_NODE)
			sl_lpm_push(&t->free_nodes[node_units(t, at)], at);
		else if (t->freed[i].kind == SL_FREED_CHUNK)
			sl_lpm_push(&t->free_chunks, at);
		else
			sl_lpm_push(&t->free_hops, at);
	}
	memmove(t->freed, t->freed + n, (t->n_freed - n) * sizeof(*t->freed));
	t->n_freed -= n;
	t->settled = 0;
	return true;
}

/* ---- Blocks ----------------------------------------------------------------------------------*/

/* The blocks below one child of the root, or where there is none. */
static int blocks_of(struct sl_lpm *t, uint32_t top, struct sl_rib_node *n, uint32_t base,
		     uint32_t first, uint32_t last)
{
	uint32_t hops[256];
	int ret = 0;

	if (n)
		sl_rib_paint(n, base, hops);
	for (uint32_t b = first; b <= last && !ret; b++) {
		struct sl_rib_node *kid = n ? sl_rib_kid(n, (uint8_t)b) : NULL;
		uint32_t in = n ? hops[b] : base;

		ret = t->wide ? sl_wide_block(t, top << 8 | b, kid, in)
			      : sl_compact_block(t, top << 8 | b, kid, in);
		if (!ret && !t->dry)
			sl_lpm_settle(t);
	}
	return ret;
}

int sl_lpm_blocks(struct sl_lpm *t, uint32_t first, uint32_t last)
{
	uint32_t hops[256];
	int ret = 0;

	sl_rib_paint(&t->rib.root, 0, hops);
	for (uint32_t top = first >> 8; top <= last >> 8 && !ret; top++)
		ret = blocks_of(t, top, sl_rib_kid(&t->rib.root, (uint8_t)top), hops[top],
				top == first >> 8 ? first & 255 : 0,
				top == last >> 8 ? last & 255 : 255);
	return ret;
}

/* ---- Whole images ----------------------------------------------------------------------------*/

/* Blocks of 256 addresses that have routes of their own. */
static size_t count_chunks(const struct sl_rib_node *n, unsigned int level)
{
	size_t sum = 0;

	if (level == 3)
		return 1;
	for (unsigned int i = 0; i < n->n_kids; i++)
		sum += count_chunks(n->kids[i].node, level + 1);
	return sum;
}

static bool wants_wide(const struct sl_lpm *t)
{
	size_t from = t->wide && t->image.words ? t->wide_from / 2 : t->wide_from;
	size_t chunks = SL_LPM_WIDE_CHUNKS * SL_LPM_PAGE / 512;

	return t->family == SL_LPM_IP4 && t->rib.n >= from && t->n_hops <= SL_LPM_CHUNK &&
	       count_chunks(&t->rib.root, 0) <= chunks - chunks / 16;
}

/* What belongs to one image, so that the old one's can be put back. */
struct part {
	struct sl_lpm_region image;
	bool wide;
	uint32_t hop_pages, next_unit, end_unit, next_chunk;
	struct sl_lpm_list free_nodes[SL_LPM_MAX_UNITS + 1], free_chunks;
};

static void part_take(struct sl_lpm *t, struct part *p)
{
	p->image = t->image;
	p->wide = t->wide;
	p->hop_pages = t->hop_pages;
	p->next_unit = t->next_unit;
	p->end_unit = t->end_unit;
	p->next_chunk = t->next_chunk;
	memcpy(p->free_nodes, t->free_nodes, sizeof(p->free_nodes));
	p->free_chunks = t->free_chunks;
	t->image = (struct sl_lpm_region){0};
	t->next_chunk = 0;
	memset(t->free_nodes, 0, sizeof(t->free_nodes));
	t->free_chunks = (struct sl_lpm_list){0};
}

static void part_free(struct part *p)
{
	for (unsigned int i = 0; i <= SL_LPM_MAX_UNITS; i++)
		free(p->free_nodes[i].v);
	free(p->free_chunks.v);
}

static void part_back(struct sl_lpm *t, struct part *p)
{
	struct part mine;

	part_take(t, &mine);
	part_free(&mine);
	t->image = p->image;
	t->wide = p->wide;
	t->hop_pages = p->hop_pages;
	t->next_unit = p->next_unit;
	t->end_unit = p->end_unit;
	t->next_chunk = p->next_chunk;
	memcpy(t->free_nodes, p->free_nodes, sizeof(p->free_nodes));
	t->free_chunks = p->free_chunks;
}

/* How many pages the compact image takes, with room to change. */
static int measure(struct sl_lpm *t, size_t *pages)
{
	size_t per_page = SL_LPM_PAGE / (t->family == SL_LPM_IP4 ? sizeof(struct sl_hop4)
								 : sizeof(struct sl_hop6));
	size_t hops = t->n_hops + t->n_hops / 4 + 1, units;
	int ret;

	t->hop_pages = (uint32_t)((hops + per_page - 1) / per_page);
	t->next_unit = sl_compact_first_unit(t);
	t->end_unit = SL_LPM_NODE - 1;
	t->dry = true;
	ret = sl_lpm_blocks(t, 0, 65535);
	t->dry = false;
	units = t->next_unit - sl_compact_first_unit(t);
	*pages = sl_compact_pages(t, units + units / 5 + 32);
	for (unsigned int i = 0; i <= SL_LPM_MAX_UNITS; i++)
		t->free_nodes[i].n = 0;
	return ret;
}

static int fill(struct sl_lpm *t)
{
	void (*hook)(void *arg) = t->hook;
	int ret;

	/* Nobody sees it yet. */
	t->hook = NULL;
	t->next_unit = sl_compact_first_unit(t);
	t->end_unit = (uint32_t)(t->image.pages * SL_LPM_PAGE / 4 / SL_LPM_UNIT_WORDS);
	for (uint32_t h = 1; h < t->n_hops; h++)
		sl_hop_show(t, h);
	ret = sl_lpm_blocks(t, 0, 65535);
	t->hook = hook;
	return ret;
}

/* `switched`: the old image is of the other kind, or may be. */
static int publish(struct sl_lpm *t, const struct sl_lpm_region *r, bool switched)
{
	unsigned int slot = t->wide ? SL_LPM_WIDE : SL_LPM_IMAGE;
	unsigned int other = t->wide ? SL_LPM_IMAGE : SL_LPM_WIDE;
	int ret;

	if (t->hook)
		t->hook(t->hook_arg);
	ret = t->mem.publish(t->mem.arg, slot, r);
	if (t->hook)
		t->hook(t->hook_arg);
	/* Programs look at the wide one first. */
	if (!ret && switched && t->family == SL_LPM_IP4)
		ret = t->mem.publish(t->mem.arg, other, NULL);
	return ret;
}

/* The number of what was dropped can be given to others: nobody looks at the old image. */
static void forget(struct sl_lpm *t)
{
	for (size_t i = 0; i < t->n_freed; i++)
		if (t->freed[i].kind == SL_FREED_HOP)
			sl_lpm_push(&t->free_hops, t->freed[i].at);
	t->n_freed = t->settled = 0;
}

int sl_lpm_rebuild(struct sl_lpm *t, bool log)
{
	size_t pages = SL_LPM_WIDE_PAGES;
	bool wide = wants_wide(t);
	struct part old;
	int ret = 0;

	part_take(t, &old);
	t->wide = wide;
	t->all = true;
	if (t->rib.n && !wide)
		ret = measure(t, &pages);
	if (!ret && t->rib.n)
		ret = t->mem.get(t->mem.arg, wide ? SL_LPM_WIDE : SL_LPM_IMAGE, pages, &t->image);
	if (ret) {
		t->all = false;
		part_back(t, &old);
		return ret;
	}
	/* From here on nodes know of the new image alone. */
	t->stale = true;
	if (t->rib.n)
		ret = fill(t);
	if (!ret && log)
		ret = sl_log_rewrite(t);
	ret = ret ? ret : publish(t, t->rib.n ? &t->image : NULL, !t->rebuilt || old.wide != wide);
	t->all = false;
	if (ret) {
		if (t->image.words)
			t->mem.put(t->mem.arg, &t->image);
		part_back(t, &old);
		return ret;
	}
	if (old.image.words)
		t->mem.put(t->mem.arg, &old.image);
	part_free(&old);
	forget(t);
	t->stale = false;
	t->rebuilt++;
	return 0;
}
