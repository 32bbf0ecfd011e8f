/* SPDX-License-Identifier: GPL-2.0-only */
/* Layout of counters, shared words and tables. */
#include <errno.h>
#include <stdlib.h>

#include "bpf/pkt.h"
#include "loader/codegen/layout.h"
#include "loader/mem.h"

static uint32_t align8(uint32_t n)
{
	return (n + 7) & ~7u;
}

static int new_page(struct sl_layout *l, uint32_t *cap)
{
	if (SL_GROW(l->page_size, l->n_pages, *cap))
		return -ENOMEM;
	l->page_size[l->n_pages++] = 0;
	return 0;
}

/* The first pages are the cells'; state begins where they end. */
static int place_cells(struct sl_layout *l, uint32_t *cap)
{
	uint32_t left = l->n_cells;

	do {
		uint32_t here = left < SL_PAGE_CELLS ? left : SL_PAGE_CELLS;

		if (new_page(l, cap))
			return -ENOMEM;
		l->page_size[l->n_pages - 1] = 8 * here;
		left -= here;
	} while (left);
	return 0;
}

static int place_state(struct sl_layout *l, struct sl_layout_elem *e, uint32_t size, uint32_t *cap)
{
	if (l->page_size[l->n_pages - 1] + size > SL_PAGE_SIZE && new_page(l, cap))
		return -ENOMEM;
	e->page = l->n_pages - 1;
	e->state = l->page_size[e->page];
	l->page_size[e->page] += size;
	return 0;
}

int sl_layout_new(const struct sl_class *const *classes, size_t n, uint32_t n_cells,
		  struct sl_layout **out)
{
	SL_CLEANUP(sl_layout_freep) struct sl_layout *l = calloc(1, sizeof(*l));
	uint32_t cap = 0;

	if (!l)
		return -ENOMEM;
	l->elems = calloc(n + 1, sizeof(*l->elems));
	if (!l->elems)
		return -ENOMEM;
	l->n_elems = n;
	l->n_cells = n_cells;
	l->data_size = align8(sizeof(struct sl_env));
	if (place_cells(l, &cap))
		return -ENOMEM;

	for (size_t i = 0; i < n; i++) {
		const struct sl_class *c = classes[i];
		struct sl_layout_elem *e = &l->elems[i];
		uint32_t size = align8((uint32_t)c->state_size);

		if (place_state(l, e, size, &cap))
			return -ENOMEM;
		e->shown = l->shown_size;
		l->shown_size += 8 + size;

		e->rw = l->data_size;
		l->data_size += align8((uint32_t)c->rw_size);

		e->table = l->n_tables;
		for (const struct sl_table *t = c->tables; t && t->name; t++)
			l->n_tables++;
		if (c->flags & SL_C_EVENTS)
			l->events = true;
	}
	l->rw_size = l->data_size;
	for (size_t i = 0; i < n; i++, l->data_size += 8)
		l->elems[i].base = l->data_size;
	/* No map has values of no bytes. */
	if (!l->page_size[l->n_pages - 1])
		l->page_size[l->n_pages - 1] = 8;
	if (!l->shown_size)
		l->shown_size = 8;
	*out = TAKE_PTR(l);
	return 0;
}

void sl_layout_free(struct sl_layout *l)
{
	if (!l)
		return;
	free(l->elems);
	free(l->page_size);
	free(l);
}
