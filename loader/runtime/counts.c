/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading cells, and showing what follows from them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/counts.h"
#include "loader/runtime/pages.h"

uint64_t *sl_counts_base(const struct sl_live_maps *m, uint32_t elem)
{
	return (uint64_t *)(void *)((uint8_t *)m->l->data_map + m->c->layout->elems[elem].base);
}

int sl_counts_cells(const struct sl_live_maps *m, uint64_t *cells)
{
	const struct sl_layout *l = m->c->layout;

	for (uint32_t at = 0, page = 0; at < l->n_cells; at += SL_PAGE_CELLS, page++) {
		uint32_t n = l->n_cells - at < SL_PAGE_CELLS ? l->n_cells - at : SL_PAGE_CELLS;
		int ret = sl_page_sum(m->l->pages[page], l->page_size[page], 0, cells + at,
				      n * sizeof(*cells));

		if (ret)
			return ret;
	}
	return 0;
}

int sl_counts_read(const struct sl_live_maps *m, uint64_t *counts)
{
	const struct sl_bundle *b = m->c->bundle;
	_free_ uint64_t *cells = calloc(b->n_cells + 1ul, sizeof(*cells));
	int ret;

	if (!cells)
		return -ENOMEM;
	ret = sl_counts_cells(m, cells);
	ret = ret ? ret : sl_flow_solve(b->edges, b->n_edges, b->n_elems, cells, counts);
	for (uint32_t i = 0; !ret && i < b->n_elems; i++) {
		counts[i] += *sl_counts_base(m, i);
		/* After a reset the base is below zero, by as much as was there. */
		if ((int64_t)counts[i] < 0)
			counts[i] = 0;
	}
	return ret;
}

int sl_counts_show(const struct sl_live_maps *m)
{
	const struct sl_layout *l = m->c->layout;
	_free_ uint64_t *counts = calloc(l->n_elems + 1, sizeof(*counts));
	_free_ uint8_t *page = NULL;
	uint32_t have = UINT32_MAX;
	int ret;

	if (!counts)
		return -ENOMEM;
	page = malloc(SL_PAGE_SIZE);
	ret = page ? sl_counts_read(m, counts) : -ENOMEM;
	for (uint32_t i = 0; i < l->n_elems && !ret; i++) {
		const struct sl_layout_elem *e = &l->elems[i];
		size_t size = (m->c->program->insts[i].class->state_size + 7) & ~(size_t)7;
		uint8_t *to = (uint8_t *)m->l->shown_map + e->shown;

		__atomic_store_n((uint64_t *)(void *)to, counts[i], __ATOMIC_RELAXED);
		if (!size)
			continue;
		if (have != e->page)
			ret = sl_page_sum(m->l->pages[e->page], l->page_size[e->page], 0, page,
					  l->page_size[e->page]);
		have = e->page;
		if (!ret)
			memcpy(to + 8, page + e->state, size);
	}
	return ret;
}
