/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carrying state from a graph to its successor: the same map where name, class and layout are the
 * same; otherwise table entries are copied before the swap, and what changed meanwhile behind it;
 * counts are added up when the old graph has counted its last packet.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "loader/mem.h"
#include "loader/runtime/carry.h"
#include "loader/runtime/carry_tables.h"
#include "loader/runtime/counts.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/pages.h"

static const struct sl_elem *elem(const struct sl_compiled *c, uint32_t i)
{
	return &c->program->graph->elems[i];
}

static const struct sl_class *class(const struct sl_compiled *c, uint32_t i)
{
	return c->program->insts[i].class;
}

struct key {
	const char *name;
	uint32_t index;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct key *)a)->name, ((const struct key *)b)->name);
}

/* Indices of `c`'s elements by name; malloc'ed. */
static struct key *sorted(const struct sl_compiled *c, size_t *n)
{
	struct key *keys;

	*n = c->program->graph->n_elems;
	keys = malloc((*n + 1) * sizeof(*keys));
	for (size_t i = 0; keys && i < *n; i++)
		keys[i] = (struct key){elem(c, (uint32_t)i)->name, (uint32_t)i};
	if (keys)
		qsort(keys, *n, sizeof(*keys), by_name);
	return keys;
}

/* Whether packets are counted on the same edges in both: then cells mean the same. */
static bool same_flow(const struct sl_compiled *a, const struct sl_compiled *b, const int32_t *same)
{
	const struct sl_bundle *x = a->bundle, *y = b->bundle;

	if (x->n_elems != y->n_elems || x->n_edges != y->n_edges || x->n_cells != y->n_cells ||
	    (x->n_edges && memcmp(x->edges, y->edges, x->n_edges * sizeof(*x->edges))))
		return false;
	for (uint32_t i = 0; i < y->n_elems; i++)
		if (same[i] != (int32_t)i)
			return false;
	return true;
}

/* Whether page `page` holds the same at the same places in both. */
static bool page_equal(const struct sl_generation *before, const struct sl_compiled *c,
		       uint32_t page, const int32_t *same)
{
	const struct sl_layout *old = before->compiled->layout, *lay = c->layout;
	size_t in_old = 0, in_new = 0;

	if (page >= old->n_pages || old->page_size[page] != lay->page_size[page])
		return false;
	if ((page * SL_PAGE_CELLS < lay->n_cells || page * SL_PAGE_CELLS < old->n_cells) &&
	    !same_flow(before->compiled, c, same))
		return false;
	for (size_t i = 0; i < old->n_elems; i++)
		in_old += old->elems[i].page == page;
	for (size_t i = 0; i < lay->n_elems; i++) {
		if (lay->elems[i].page != page)
			continue;
		in_new++;
		if (same[i] < 0 || old->elems[same[i]].page != page ||
		    old->elems[same[i]].state != lay->elems[i].state)
			return false;
	}
	return in_old == in_new;
}

static void note_ends(const struct sl_generation *before, const bool *kept, struct sl_diags *d)
{
	for (uint32_t i = 0; i < before->compiled->program->graph->n_elems; i++) {
		const struct sl_class *c = class(before->compiled, i);
		const struct sl_elem *e = elem(before->compiled, i);

		if (kept[i] || (!c->state_size && !c->tables))
			continue;
		sl_diag_element(
			sl_note(d, SL_NOPOS, "state-ends",
				"the %s of '%s :: %s' end with the graph that runs now: the new "
				"one has no such element",
				c->tables ? "tables" : "counts", e->name, e->class_name),
			e->name);
	}
}

/* same[i]: index in `before` of the element with the name and class of `c`'s element i, or -1. */
static int match(const struct sl_generation *before, const struct sl_compiled *c, int32_t *same)
{
	size_t n_old = 0, n = c->program->graph->n_elems;
	_free_ struct key *keys = sorted(before->compiled, &n_old);

	if (!keys)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		struct key want = {elem(c, i)->name, 0};
		const struct key *k = bsearch(&want, keys, n_old, sizeof(*keys), by_name);

		same[i] = k && class(before->compiled, k->index) == class(c, i) ? (int32_t)k->index
										: -1;
	}
	return 0;
}

/* Tables of equal capacity are the same map from one graph to the next. */
static void share_tables(const struct sl_generation *before, const struct sl_compiled *c,
			 uint32_t i, uint32_t old, int *tables)
{
	const struct sl_table *t = class(c, i)->tables;
	const struct sl_bundle_elem *a = &before->compiled->bundle->elems[old];
	const struct sl_bundle_elem *b = &c->bundle->elems[i];

	/* A route table goes on with the changes that were made to it, unless it is configured
	 * otherwise now. */
	if (a->n_routes != b->n_routes ||
	    (a->n_routes && memcmp(a->routes, b->routes, a->n_routes * sizeof(*a->routes))))
		return;
	for (uint32_t k = 0; t && t[k].name; k++)
		if (a->table_entries[k] == b->table_entries[k])
			tables[c->layout->elems[i].table + k] =
				before->loaded
					->tables[before->compiled->layout->elems[old].table + k];
}

int sl_carry_plan(const struct sl_generation *before, const struct sl_compiled *c, int *pages,
		  int *tables, struct sl_diags *d)
{
	size_t n = c->program->graph->n_elems;
	_free_ int32_t *same = calloc(n + 1, sizeof(*same));
	_free_ bool *kept = NULL;
	int ret;

	for (uint32_t k = 0; k < c->layout->n_pages; k++)
		pages[k] = -1;
	for (uint32_t k = 0; k < c->layout->n_tables; k++)
		tables[k] = -1;
	if (!before)
		return 0;
	kept = calloc(before->compiled->program->graph->n_elems + 1, sizeof(*kept));
	if (!same || !kept)
		return -ENOMEM;
	ret = match(before, c, same);
	if (ret)
		return ret;
	for (uint32_t i = 0; i < n; i++) {
		if (same[i] < 0)
			continue;
		kept[same[i]] = true;
		share_tables(before, c, i, (uint32_t)same[i], tables);
	}
	for (uint32_t k = 0; k < c->layout->n_pages; k++)
		if (page_equal(before, c, k, same))
			pages[k] = before->loaded->pages[k];
	note_ends(before, kept, d);
	return 0;
}

/* ---- Counts ----------------------------------------------------------------------------------*/

static bool same_map(int a, int b)
{
	struct bpf_map_info x = {0}, y = {0};
	uint32_t n = sizeof(x), m = sizeof(y);

	return !bpf_obj_get_info_by_fd(a, &x, &n) && !bpf_obj_get_info_by_fd(b, &y, &m) &&
	       x.id == y.id;
}

/* State of the elements of new page `page`, as far as it comes from old page `from`. */
static int add_state(const struct sl_generation *before, struct sl_generation *g,
		     const int32_t *same, uint32_t page, uint32_t from, int done_fd)
{
	const struct sl_layout *old = before->compiled->layout, *lay = g->compiled->layout;
	size_t old_stride = SL_PAGE_STRIDE(old->page_size[from]);
	size_t stride = SL_PAGE_STRIDE(lay->page_size[page]);
	int cpus = sl_page_cpus();
	_free_ uint8_t *values = sl_page_read(before->loaded->pages[from], old->page_size[from]);
	_free_ uint8_t *delta = cpus > 0 ? calloc((size_t)cpus, stride) : NULL;

	if (!values)
		return -errno;
	if (!delta)
		return -ENOMEM;
	for (uint32_t i = 0; i < lay->n_elems; i++) {
		size_t size = (class(g->compiled, i)->state_size + 7) & ~(size_t)7;

		if (lay->elems[i].page != page || same[i] < 0 || old->elems[same[i]].page != from)
			continue;
		for (int cpu = 0; cpu < cpus; cpu++)
			memcpy(delta + (size_t)cpu * stride + lay->elems[i].state,
			       values + (size_t)cpu * old_stride + old->elems[same[i]].state, size);
	}
	return sl_page_add(g->loaded->pages[page], lay->page_size[page], delta, done_fd,
			   (page * old->n_pages + from) * (uint32_t)cpus);
}

/*
 * What packets entered the old graph's elements is where the new one's counts begin. Where the two
 * count in the same cells, that is what was there before those cells.
 */
static int carry_bases(const struct sl_generation *before, const struct sl_generation *g,
		       const int32_t *same)
{
	const struct sl_live_maps *from = &before->maps, *to = &g->maps;
	size_t n = before->compiled->layout->n_elems;
	_free_ uint64_t *counts = calloc(n + 1, sizeof(*counts));
	int ret = 0;

	if (!counts)
		return -ENOMEM;
	if (same_map(before->loaded->pages[0], g->loaded->pages[0]))
		for (uint32_t i = 0; i < n; i++)
			counts[i] = *sl_counts_base(from, i);
	else
		ret = sl_counts_read(from, counts);
	for (uint32_t i = 0; i < g->compiled->layout->n_elems && !ret; i++)
		if (same[i] >= 0)
			*sl_counts_base(to, i) = counts[same[i]];
	return ret;
}

/* The same once: a count may have been reset since. `at` is its place in the map of what is done.
 */
static int carry_bases_once(const struct sl_generation *before, const struct sl_generation *g,
			    const int32_t *same, int done_fd, uint32_t at)
{
	uint64_t done = 0;
	int ret;

	if (bpf_map_lookup_elem(done_fd, &at, &done))
		return -errno;
	if (done)
		return 0;
	ret = carry_bases(before, g, same);
	if (ret)
		return ret;
	done = 1;
	return bpf_map_update_elem(done_fd, &at, &done, BPF_ANY) ? -errno : 0;
}

int sl_carry_begin(const struct sl_generation *before, struct sl_generation *g)
{
	_free_ int32_t *same = calloc(g->compiled->layout->n_elems + 1, sizeof(*same));
	int ret;

	if (!before || !same_map(before->loaded->pages[0], g->loaded->pages[0]))
		return 0;
	ret = same ? match(before, g->compiled, same) : -ENOMEM;
	return ret ? ret : carry_bases(before, g, same);
}

/* ---- Tables and words, across the swap -------------------------------------------------------*/

/* One pass over the tables of all elements. Goes on after an error. */
static int carry_tables(const struct sl_generation *before, struct sl_generation *g,
			const int32_t *same, bool running)
{
	const struct sl_layout *old = before->compiled->layout, *lay = g->compiled->layout;
	int ret = 0;

	if (!g->copies)
		g->copies = calloc(lay->n_elems + 1, sizeof(struct sl_table_copies *));
	if (!g->copies)
		return -ENOMEM;
	for (uint32_t i = 0; i < lay->n_elems; i++) {
		const struct sl_table *t = class(g->compiled, i)->tables;
		int err;

		if (!t || same[i] < 0)
			continue;
		err = sl_table_copies_pass(&g->copies[i], t,
					   &before->loaded->tables[old->elems[same[i]].table],
					   &g->loaded->tables[lay->elems[i].table], running);
		ret = ret ? ret : err;
	}
	return ret;
}

/* Where a handler let counts begin, and where packets left off. */
static void carry_words(const struct sl_generation *before, struct sl_generation *g,
			const int32_t *same)
{
	const struct sl_layout *old = before->compiled->layout, *lay = g->compiled->layout;

	for (uint32_t i = 0; i < lay->n_elems; i++) {
		const struct sl_class *c = class(g->compiled, i);
		uint8_t *rw = (uint8_t *)g->loaded->data_map + lay->elems[i].rw;

		if (same[i] < 0)
			continue;
		memcpy(rw, (const uint8_t *)before->loaded->data_map + old->elems[same[i]].rw,
		       c->rw_keep);
		if (c->rw_kept)
			c->rw_kept(rw);
	}
}

int sl_carry_across(const struct sl_generation *before, struct sl_generation *g, bool running)
{
	_free_ int32_t *same = calloc(g->compiled->layout->n_elems + 1, sizeof(*same));
	int ret = same ? match(before, g->compiled, same) : -ENOMEM;

	if (!ret && !running)
		carry_words(before, g, same);
	return ret ? ret : carry_tables(before, g, same, running);
}

void sl_carry_free(struct sl_generation *g)
{
	for (uint32_t i = 0; g->copies && i < g->compiled->layout->n_elems; i++)
		sl_table_copies_free(g->copies[i]);
	free(g->copies);
	g->copies = NULL;
}

/* ---- After the old graph's last packet -------------------------------------------------------*/

/* The map of what was added already: pinned beside the old graph. */
static int open_done(const char *dir, uint32_t entries)
{
	_free_ char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/carried", dir) < 0)
		return -ENOMEM;
	fd = bpf_obj_get(path);
	if (fd >= 0)
		return fd;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "sl_carried", 4, 8, entries, NULL);
	if (fd < 0)
		return -errno;
	if (bpf_obj_pin(fd, path)) {
		int err = errno;

		close(fd);
		return -err;
	}
	return fd;
}

int sl_carry_finish(const struct sl_generation *before, struct sl_generation *g, const char *dir)
{
	const struct sl_layout *old = before->compiled->layout, *lay = g->compiled->layout;
	_free_ int32_t *same = calloc(lay->n_elems + 1, sizeof(*same));
	_close_ int done_fd = -1;
	int cpus = sl_page_cpus(), ret, copied;
	uint32_t adds;

	if (!same)
		return -ENOMEM;
	ret = match(before, g->compiled, same);
	if (ret)
		return ret;
	adds = lay->n_pages * old->n_pages * (uint32_t)cpus;
	done_fd = open_done(dir, adds + 1);
	if (done_fd < 0)
		return done_fd;
	sl_fault("carrying begins");
	ret = carry_bases_once(before, g, same, done_fd, adds);
	for (uint32_t page = 0; page < lay->n_pages; page++) {
		if (page < old->n_pages &&
		    same_map(before->loaded->pages[page], g->loaded->pages[page]))
			continue;
		for (uint32_t from = 0; from < old->n_pages; from++) {
			int err = add_state(before, g, same, page, from, done_fd);

			sl_fault("counts added");

			ret = ret ? ret : err;
		}
	}
	copied = carry_tables(before, g, same, true);
	return ret ? ret : copied;
}
