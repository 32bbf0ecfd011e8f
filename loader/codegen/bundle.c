/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bundles as bytes. Everything is little-endian 32-bit words, and byte runs preceded by their
 * length; the reader checks each count against what is left before it allocates.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "loader/codegen/bundle.h"
#include "loader/element/element.h"
#include "loader/mem.h"

/* ---- Writing ---------------------------------------------------------------------------------*/

struct writer {
	uint8_t *buf;
	size_t len, cap;
	int err;
};

static void put(struct writer *w, const void *p, size_t n)
{
	if (w->err)
		return;
	if (w->len + n > w->cap) {
		size_t cap = (w->len + n) * 2;
		uint8_t *buf = realloc(w->buf, cap);

		if (!buf) {
			w->err = -ENOMEM;
			return;
		}
		w->buf = buf;
		w->cap = cap;
	}
	if (n)
		memcpy(w->buf + w->len, p, n);
	w->len += n;
}

static void put_u32(struct writer *w, uint32_t v)
{
	put(w, &v, sizeof(v));
}

static void put_run(struct writer *w, const void *p, uint32_t n)
{
	put_u32(w, n);
	put(w, p, n);
}

static void put_str(struct writer *w, const char *s)
{
	put_run(w, s ? s : "", s ? (uint32_t)strlen(s) : 0);
}

static void put_elem(struct writer *w, const struct sl_bundle_elem *e)
{
	put_str(w, e->name);
	put_str(w, e->class_name);
	put_str(w, e->config);
	put_str(w, e->file);
	put_u32(w, e->line);
	put_u32(w, e->col);
	put_u32(w, e->n_in);
	put_u32(w, e->n_out);
	put_u32(w, e->segment);
	put_run(w, e->table_entries, e->n_tables * sizeof(*e->table_entries));
	put_run(w, e->rw, e->rw_len);
	put_run(w, e->routes, e->n_routes * (uint32_t)sizeof(*e->routes));
	put_run(w, e->uses, e->n_uses * sizeof(*e->uses));
}

static void put_prog(struct writer *w, const struct sl_bundle_prog *p)
{
	put(w, p->name, sizeof(p->name));
	put_run(w, p->insns, p->n_insns * sizeof(*p->insns));
	put_run(w, p->relocs, p->n_relocs * sizeof(*p->relocs));
	put_run(w, p->lines, p->n_lines * sizeof(*p->lines));
}

int sl_bundle_write(const struct sl_bundle *b, void **bytes, size_t *len)
{
	struct writer w = {0};

	put_u32(&w, SL_BUNDLE_MAGIC);
	put_u32(&w, SL_ABI_VERSION);
	put_u32(&w, b->head);
	put_u32(&w, b->n_segments);
	put_u32(&w, b->resume);
	put_u32(&w, b->n_copies);
	put_u32(&w, b->dear_ns);
	put_u32(&w, b->n_progs);
	for (uint32_t i = 0; i < b->n_progs; i++)
		put_prog(&w, &b->progs[i]);
	put_run(&w, b->rodata, b->rodata_len);
	put_u32(&w, b->n_strings);
	for (uint32_t i = 0; i < b->n_strings; i++)
		put_str(&w, b->strings[i]);
	put_u32(&w, b->n_elems);
	for (uint32_t i = 0; i < b->n_elems; i++)
		put_elem(&w, &b->elems[i]);
	put_run(&w, b->conns, b->n_conns * sizeof(*b->conns));
	put_u32(&w, b->n_cells);
	put_run(&w, b->edges, b->n_edges * sizeof(*b->edges));
	put_run(&w, b->devs, b->n_devs * sizeof(*b->devs));
	put_str(&w, b->source);
	if (w.err) {
		free(w.buf);
		return w.err;
	}
	*bytes = w.buf;
	*len = w.len;
	return 0;
}

/* ---- Reading ---------------------------------------------------------------------------------*/

struct reader {
	const uint8_t *p;
	size_t left;
	int err;
};

static void fail(struct reader *r, int err)
{
	if (!r->err)
		r->err = err;
}

static const void *get(struct reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->err || n > r->left) {
		fail(r, -EBADMSG);
		return NULL;
	}
	r->p += n;
	r->left -= n;
	return p;
}

static uint32_t get_u32(struct reader *r)
{
	const void *p = get(r, 4);
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, 4);
	return v;
}

/* A run of items of `size` bytes, copied; *n items. NULL when empty or on error. */
static void *get_run(struct reader *r, size_t size, uint32_t *n)
{
	uint32_t len = get_u32(r);
	const void *p = get(r, len);
	void *copy;

	*n = 0;
	if (!p || !len)
		return NULL;
	if (len % size) {
		fail(r, -EBADMSG);
		return NULL;
	}
	copy = malloc(len);
	if (!copy) {
		fail(r, -ENOMEM);
		return NULL;
	}
	memcpy(copy, p, len);
	*n = (uint32_t)(len / size);
	return copy;
}

static char *get_str(struct reader *r)
{
	uint32_t len = get_u32(r);
	const char *p = get(r, len);
	char *s;

	if (!p)
		return NULL;
	if (memchr(p, 0, len)) {
		fail(r, -EBADMSG);
		return NULL;
	}
	s = strndup(p, len);
	if (!s)
		fail(r, -ENOMEM);
	return s;
}

/* A count of items that take at least `least` bytes each in what is left. */
static uint32_t get_count(struct reader *r, size_t least)
{
	uint32_t n = get_u32(r);

	if (n > r->left / least) {
		fail(r, -EBADMSG);
		return 0;
	}
	return n;
}

static void get_prog(struct reader *r, struct sl_bundle_prog *p)
{
	const void *name = get(r, sizeof(p->name));

	if (name)
		memcpy(p->name, name, sizeof(p->name));
	if (!memchr(p->name, 0, sizeof(p->name)))
		fail(r, -EBADMSG);
	p->insns = get_run(r, sizeof(*p->insns), &p->n_insns);
	p->relocs = get_run(r, sizeof(*p->relocs), &p->n_relocs);
	p->lines = get_run(r, sizeof(*p->lines), &p->n_lines);
}

static void get_elem(struct reader *r, struct sl_bundle_elem *e)
{
	e->name = get_str(r);
	e->class_name = get_str(r);
	e->config = get_str(r);
	e->file = get_str(r);
	e->line = get_u32(r);
	e->col = get_u32(r);
	e->n_in = get_u32(r);
	e->n_out = get_u32(r);
	e->segment = get_u32(r);
	e->table_entries = get_run(r, sizeof(*e->table_entries), &e->n_tables);
	e->rw = get_run(r, 1, &e->rw_len);
	e->routes = get_run(r, sizeof(*e->routes), &e->n_routes);
	e->uses = get_run(r, sizeof(*e->uses), &e->n_uses);
}

/* ---- Consistency -----------------------------------------------------------------------------*/

/* More ports than any graph has; readers make room for as many as are said. */
#define MAX_PORTS 65536u

/* The language's names: they become map members, file names and lines on terminals. */
static bool name_ok(const char *s)
{
	for (; *s; s++)
		if (!(*s >= '0' && *s <= '9') && !(*s >= 'A' && *s <= 'Z') &&
		    !(*s >= 'a' && *s <= 'z') && !strchr("_@/", *s))
			return false;
	return true;
}

static bool elem_ok(const struct sl_bundle *b, const struct sl_bundle_elem *e)
{
	const struct sl_class *c = sl_class_find(e->class_name);
	uint32_t tables = 0;

	if (!c || !*e->name || !name_ok(e->name) || e->n_in > MAX_PORTS || e->n_out > MAX_PORTS)
		return false;
	if (e->rw_len != c->rw_size || e->segment > SL_MAX_SEGMENTS)
		return false;
	for (const struct sl_table *t = c->tables; t && t->name; t++)
		tables++;
	if (e->n_routes && (!tables || c->tables->type != SL_TABLE_ROUTES))
		return false;
	if (e->n_uses > SL_MAX_USES)
		return false;
	for (uint32_t k = 0; k < e->n_uses; k++)
		if (e->uses[k] >= b->n_elems)
			return false;
	return e->n_tables == tables;
}

static bool prog_ok(const struct sl_bundle *b, const struct sl_bundle_prog *p)
{
	if (!p->n_insns)
		return false;
	for (uint32_t i = 0; i < p->n_relocs; i++)
		if (p->relocs[i].insn + 1ull >= p->n_insns || p->relocs[i].ref >= SL_REF_MAX ||
		    (p->relocs[i].ref == SL_REF_RODATA && p->relocs[i].offset >= b->rodata_len))
			return false;
	for (uint32_t i = 0; i < p->n_lines; i++) {
		const struct sl_line *l = &p->lines[i];

		if (l->insn >= p->n_insns || l->file >= b->n_strings || l->text >= b->n_strings ||
		    (i && l->insn <= p->lines[i - 1].insn) || l->line >= 1u << 22 ||
		    l->col >= 1u << 10)
			return false;
	}
	return true;
}

static bool edges_ok(const struct sl_bundle *b)
{
	if (b->n_cells > b->n_edges || b->n_cells > SL_BUNDLE_CELLS || b->n_edges > SL_BUNDLE_EDGES)
		return false;
	for (uint32_t i = 0; i < b->n_edges; i++) {
		const struct sl_flow_edge *e = &b->edges[i];

		if ((e->from >= b->n_elems && e->from != SL_FLOW_OUTSIDE) ||
		    (e->to >= b->n_elems && e->to != SL_FLOW_OUTSIDE) ||
		    (e->cell >= b->n_cells && e->cell != SL_FLOW_DERIVED))
			return false;
	}
	return true;
}

static bool bundle_ok(const struct sl_bundle *b)
{
	if (b->head > 255 || b->n_segments > SL_MAX_SEGMENTS || b->n_devs > SL_MAX_DEVS ||
	    b->n_elems > SL_BUNDLE_ELEMS || (b->resume && !b->n_segments) ||
	    b->n_progs != b->n_segments + b->resume || b->n_copies > 2048 ||
	    (b->resume && !b->n_copies))
		return false;
	for (uint32_t i = 0; i < b->n_progs; i++)
		if (!prog_ok(b, &b->progs[i]))
			return false;
	for (uint32_t i = 0; i < b->n_devs; i++)
		if (b->devs[i].index != i || !memchr(b->devs[i].name, 0, sizeof(b->devs[i].name)))
			return false;
	for (uint32_t i = 0; i < b->n_elems; i++)
		if (!elem_ok(b, &b->elems[i]))
			return false;
	for (uint32_t i = 0; i < b->n_conns; i++) {
		const struct sl_bundle_conn *c = &b->conns[i];

		if (c->from >= b->n_elems || c->to >= b->n_elems ||
		    c->from_port >= b->elems[c->from].n_out || c->to_port >= b->elems[c->to].n_in)
			return false;
	}
	return edges_ok(b);
}

int sl_bundle_parse(const void *bytes, size_t len, struct sl_bundle **out)
{
	struct reader r = {.p = bytes, .left = len};
	SL_CLEANUP(sl_bundle_freep) struct sl_bundle *b = calloc(1, sizeof(*b));
	uint32_t n;

	if (!b)
		return -ENOMEM;
	if (len > SL_BUNDLE_MAX || get_u32(&r) != SL_BUNDLE_MAGIC || get_u32(&r) != SL_ABI_VERSION)
		return -EBADMSG;
	b->head = get_u32(&r);
	b->n_segments = get_u32(&r);
	b->resume = get_u32(&r) == 1;
	b->n_copies = get_u32(&r);
	b->dear_ns = get_u32(&r);

	n = get_count(&r, 28);
	b->progs = calloc(n + 1, sizeof(*b->progs));
	for (uint32_t i = 0; b->progs && i < n && !r.err; i++, b->n_progs++)
		get_prog(&r, &b->progs[i]);
	b->rodata = get_run(&r, 1, &b->rodata_len);
	n = get_count(&r, 4);
	b->strings = calloc(n + 1, sizeof(*b->strings));
	for (uint32_t i = 0; b->strings && i < n && !r.err; i++, b->n_strings++)
		b->strings[i] = get_str(&r);
	n = get_count(&r, 48);
	b->elems = calloc(n + 1, sizeof(*b->elems));
	for (uint32_t i = 0; b->elems && i < n && !r.err; i++, b->n_elems++)
		get_elem(&r, &b->elems[i]);
	b->conns = get_run(&r, sizeof(*b->conns), &b->n_conns);
	b->n_cells = get_u32(&r);
	b->edges = get_run(&r, sizeof(*b->edges), &b->n_edges);
	b->devs = get_run(&r, sizeof(*b->devs), &b->n_devs);
	b->source = get_str(&r);

	if (!b->progs || !b->strings || !b->elems)
		return -ENOMEM;
	if (r.err)
		return r.err;
	if (r.left || !bundle_ok(b))
		return -EBADMSG;
	*out = TAKE_PTR(b);
	return 0;
}

void sl_bundle_free(struct sl_bundle *b)
{
	if (!b)
		return;
	for (uint32_t i = 0; i < b->n_progs; i++) {
		free(b->progs[i].insns);
		free(b->progs[i].relocs);
		free(b->progs[i].lines);
	}
	for (uint32_t i = 0; i < b->n_strings; i++)
		free(b->strings[i]);
	for (uint32_t i = 0; i < b->n_elems; i++) {
		free(b->elems[i].name);
		free(b->elems[i].class_name);
		free(b->elems[i].config);
		free(b->elems[i].file);
		free(b->elems[i].table_entries);
		free(b->elems[i].rw);
		free(b->elems[i].uses);
		free(b->elems[i].routes);
	}
	free(b->progs);
	free(b->rodata);
	free(b->strings);
	free(b->elems);
	free(b->conns);
	free(b->edges);
	free(b->devs);
	free(b->source);
	free(b);
}
