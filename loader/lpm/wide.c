// SPDX-License-Identifier: GPL-2.0-only
/* The wide image: words are changed where they are, each by one store. */
#include <errno.h>

#include "loader/lpm/image.h"

#define CHUNKS (SL_LPM_WIDE_CHUNKS * SL_LPM_PAGE / 512)

static uint16_t *chunk_of(const struct sl_lpm *t, uint32_t chunk)
{
	uint16_t *words = t->image.words;

	return words + (SL_LPM_WIDE_ROOT + SL_LPM_WIDE_HOPS) * (SL_LPM_PAGE / 2) + chunk * 256;
}

static bool room_for(struct sl_lpm *t, uint32_t *chunk)
{
	if (sl_lpm_pop(&t->free_chunks, chunk))
		return true;
	if (t->next_chunk < CHUNKS) {
		*chunk = t->next_chunk++;
		return true;
	}
	return sl_lpm_collect(t) && sl_lpm_pop(&t->free_chunks, chunk);
}

/* The half word for the last 8 bits. Nodes that deep have nothing below them. */
static int make_chunk(struct sl_lpm *t, struct sl_rib_node *n, uint32_t base, uint32_t *word)
{
	uint32_t e[256], chunk = n->word & (SL_LPM_CHUNK - 1);
	bool there = n->made && !t->all;
	uint16_t *at;

	if (there && !n->dirty && n->base == base) {
		*word = n->word;
		return 0;
	}
	if (!there && !room_for(t, &chunk))
		return -ENOSPC;
	sl_rib_paint(n, base, e);
	at = chunk_of(t, chunk);
	for (unsigned int i = 0; i < 256; i++)
		sl_lpm_put16(t, at + i, (uint16_t)e[i]);
	n->word = *word = SL_LPM_CHUNK | chunk;
	n->base = base;
	n->made = true;
	n->dirty = false;
	return 0;
}

int sl_wide_block(struct sl_lpm *t, uint32_t b, struct sl_rib_node *n, uint32_t base)
{
	uint16_t *at = (uint16_t *)t->image.words + (b << 8);
	uint32_t e[256];

	if (!n) {
		for (unsigned int i = 0; i < 256; i++)
			sl_lpm_put16(t, at + i, (uint16_t)base);
		return 0;
	}
	if (!t->all && n->made && !n->dirty && n->base == base)
		return 0;
	sl_rib_paint(n, base, e);
	for (unsigned int i = 0; i < n->n_kids; i++) {
		uint32_t *word = &e[n->kids[i].byte];
		int ret = make_chunk(t, n->kids[i].node, *word, word);

		if (ret)
			return ret;
	}
	for (unsigned int i = 0; i < 256; i++)
		sl_lpm_put16(t, at + i, (uint16_t)e[i]);
	/* There is no word that leads to it. */
	n->word = 0;
	n->base = base;
	n->made = true;
	n->dirty = false;
	return 0;
}
