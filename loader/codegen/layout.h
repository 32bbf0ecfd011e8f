/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where each element's counters, shared words and tables are. Computed from the list of classes
 * alone, so that the side that compiles and the side that loads agree without telling each other.
 */
#ifndef SL_LAYOUT_H
#define SL_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "loader/element/element.h"

/* A per-CPU map value is at most 32 KiB. */
#define SL_PAGE_SIZE 32768u

struct sl_layout_elem {
	uint32_t page;	  /* counters page */
	uint32_t packets; /* byte offset of its packet counter in the page; state follows */
	uint32_t state;	  /* byte offset of struct NAME_state */
	uint32_t rw;	  /* byte offset of struct NAME_rw in the data map */
	uint32_t table;	  /* index of its first table in the graph */
};

struct sl_layout {
	struct sl_layout_elem *elems;
	size_t n_elems;
	uint32_t *page_size; /* bytes used of each page */
	uint32_t n_pages;
	uint32_t data_size; /* struct sl_env and all rw */
	uint32_t n_tables;
	bool events; /* some element writes to the event ring */
};

/* Classes by element index; NULL entries are not allowed. 0 or -ENOMEM. */
int sl_layout_new(const struct sl_class *const *classes, size_t n, struct sl_layout **out);
void sl_layout_free(struct sl_layout *l);
static inline void sl_layout_freep(struct sl_layout **l)
{
	sl_layout_free(*l);
}

#endif
