// SPDX-License-Identifier: GPL-2.0-only
/*
 * The compact image. A change makes the nodes on its way anew and publishes them by one store to
 * the root; what they replace is used again when lookups that might be in it are over.
 */
#include <errno.h>
#include <string.h>

#include "loader/lpm/image.h"

#define PAGE_UNITS (SL_LPM_PAGE_WORDS / SL_LPM_UNIT_WORDS)

uint32_t sl_compact_first_unit(const struct sl_lpm *t)
{
	return (SL_LPM_ROOT_PAGES + t->hop_pages) * PAGE_UNITS;
}

size_t sl_compact_pages(const struct sl_lpm *t, size_t units)
{
	return SL_LPM_ROOT_PAGES + t->hop_pages + (units + PAGE_UNITS - 1) / PAGE_UNITS;
}

/* ---- Room ------------------------------------------------------------------------------------*/

/* Units from a free stretch that is as small as will do. */
static bool take(struct sl_lpm *t, uint32_t size, uint32_t *unit)
{
	for (uint32_t s = size; s <= SL_LPM_MAX_UNITS; s++) {
		if (!sl_lpm_pop(&t->free_nodes[s], unit))
			continue;
		if (s > size)
			sl_lpm_push(&t->free_nodes[s - size], *unit + size);
		return true;
	}
	return false;
}

/* Units nobody used yet, not across two pages. */
static bool fresh(struct sl_lpm *t, uint32_t size, uint32_t *unit)
{
	uint32_t room = PAGE_UNITS - t->next_unit % PAGE_UNITS;

	if (room < size) {
		if (t->next_unit + room + size > t->end_unit)
			return false;
		sl_lpm_push(&t->free_nodes[room], t->next_unit);
		t->next_unit += room;
	}
	if (t->next_unit + size > t->end_unit)
		return false;
	*unit = t->next_unit;
	t->next_unit += size;
	return true;
}

static bool room_for(struct sl_lpm *t, uint32_t size, uint32_t *unit)
{
	if (take(t, size, unit) || fresh(t, size, unit))
		return true;
	return sl_lpm_collect(t) && take(t, size, unit);
}

/* ---- Nodes -----------------------------------------------------------------------------------*/

static void write_node(uint32_t *at, const uint32_t e[256])
{
	uint64_t bits[4] = {0};
	uint32_t n = 0, sums = 0;

	for (unsigned int i = 0; i < 256; i++) {
		if (i % 64 == 0)
			sums |= n << (i / 64 * 8);
		if (i && e[i] == e[i - 1])
			continue;
		bits[i / 64] |= 1ull << (i % 64);
		at[SL_LPM_FIRST + n++] = e[i];
	}
	memcpy(at, bits, sizeof(bits));
	at[SL_LPM_SUMS] = sums;
}

/* The word for a node and all below it; what is as it was stays. */
static int make(struct sl_lpm *t, struct sl_rib_node *n, uint32_t base, bool all, uint32_t *word)
{
	uint32_t e[256], runs = 1, unit = 0;

	if (!all && n->made && !n->dirty && n->base == base) {
		*word = n->word;
		return 0;
	}
	sl_rib_paint(n, base, e);
	for (unsigned int i = 0; i < n->n_kids; i++) {
		uint32_t *at = &e[n->kids[i].byte];
		int ret = make(t, n->kids[i].node, *at, all, at);

		if (ret)
			return ret;
	}
	for (unsigned int i = 1; i < 256; i++)
		runs += e[i] != e[i - 1];
	if (runs == 1) {
		*word = e[0];
	} else {
		uint32_t words = SL_LPM_FIRST + runs;

		if (!room_for(t, (words + SL_LPM_UNIT_WORDS - 1) / SL_LPM_UNIT_WORDS, &unit))
			return -ENOSPC;
		if (!t->dry)
			write_node((uint32_t *)t->image.words + unit * SL_LPM_UNIT_WORDS, e);
		*word = SL_LPM_NODE | unit;
	}
	if (t->dry)
		return 0;
	if (!all && n->made && n->word & SL_LPM_NODE)
		sl_lpm_drop(t, SL_FREED_NODE, n->word & ~SL_LPM_NODE);
	n->word = *word;
	n->base = base;
	n->made = true;
	n->dirty = false;
	return 0;
}

int sl_compact_block(struct sl_lpm *t, uint32_t b, struct sl_rib_node *n, uint32_t base)
{
	uint32_t word = base;
	int ret = n ? make(t, n, base, t->all, &word) : 0;

	if (ret || t->dry)
		return ret;
	sl_lpm_put32(t, (uint32_t *)t->image.words + b, word);
	return 0;
}
