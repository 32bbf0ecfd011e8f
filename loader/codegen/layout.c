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

int sl_layout_new(const struct sl_class *const *classes, size_t n, struct sl_layout **out)
{
	SL_CLEANUP(sl_layout_freep) struct sl_layout *l = calloc(1, sizeof(*l));
	uint32_t used = 0, cap = 0;

	if (!l)
		return -ENOMEM;
	l->elems = calloc(n + 1, sizeof(*l->elems));
	if (!l->elems)
		return -ENOMEM;
	l->n_elems = n;
	l->data_size = align8(sizeof(struct sl_env));

	for (size_t i = 0; i < n; i++) {
		const struct sl_class *c = classes[i];
		struct sl_layout_elem *e = &l->elems[i];
		uint32_t size = 8 + align8((uint32_t)c->state_size);

		if (l->n_pages == 0 || used + size > SL_PAGE_SIZE) {
			if (SL_GROW(l->page_size, l->n_pages, cap))
				return -ENOMEM;
			l->page_size[l->n_pages++] = 0;
			used = 0;
		}
		e->page = l->n_pages - 1;
		e->packets = used;
		e->state = used + 8;
		used += size;
		l->page_size[e->page] = used;

		e->rw = l->data_size;
		l->data_size += align8((uint32_t)c->rw_size);

		e->table = l->n_tables;
		for (const struct sl_table *t = c->tables; t && t->name; t++)
			l->n_tables++;
		if (c->flags & SL_C_EVENTS)
			l->events = true;
	}
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
