/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where counters, shared words and tables are. Computed from the list of classes and the number of
 * cells (loader/plan/flow.h) alone, so that the side that compiles and the side that loads agree
 * without telling each other.
 *
 * Programs count in pages, of which each CPU has its own: cells first, then the elements' state.
 * People are shown another map, with a member an element: {packets, state}, summed over CPUs.
 */
#ifndef SL_LAYOUT_H
#define SL_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "loader/element/element.h"

/* Small enough that a graph with some more elements is mostly the same pages. */
#define SL_PAGE_SIZE 32768u
/* Cell k is word k % SL_PAGE_CELLS of page k / SL_PAGE_CELLS. */
#define SL_PAGE_CELLS (SL_PAGE_SIZE / 8)

struct sl_layout_elem {
	uint32_t page;	/* where its state is */
	uint32_t state; /* byte offset of struct NAME_state in the page */
	uint32_t shown; /* byte offset of {packets, struct NAME_state} in what is shown */
	uint32_t base;	/* byte offset in the data map of packets from graphs before (__u64) */
	uint32_t rw;	/* byte offset of struct NAME_rw in the data map */
	uint32_t table; /* index of its first table in the graph */
};

struct sl_layout {
	struct sl_layout_elem *elems;
	size_t n_elems;
	uint32_t *page_size; /* bytes used of each page */
	uint32_t n_pages;
	uint32_t n_cells;
	uint32_t shown_size;
	uint32_t data_size; /* struct sl_env, all rw, and bases */
	uint32_t rw_size;   /* without the bases: what programs see */
	uint32_t n_tables;
	bool events; /* some element writes to the event ring */
};

/* Classes by element index; NULL entries are not allowed. 0 or -ENOMEM. */
int sl_layout_new(const struct sl_class *const *classes, size_t n, uint32_t n_cells,
		  struct sl_layout **out);
void sl_layout_free(struct sl_layout *l);
static inline void sl_layout_freep(struct sl_layout **l)
{
	sl_layout_free(*l);
}

#endif
