/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The native build's host: loads the shared object, lays a packet out as XDP would, keeps the
 * tables (uthash) and the event records.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "bpf/graph.h"
#include "bpf/lpm.h"
#include "loader/lpm/ask.h"
#include "loader/mem.h"
#include "loader/runtime/native.h"

/* As XDP: room in front of a packet, and the end of what a page leaves behind it. */
#define HEADROOM 256
#define PAGE_ROOM (4096 - 320)
#define BUFFER 20480
#define MAX_EVENTS 4096

struct entry {
	UT_hash_handle hh;
	uint8_t *value;
	uint8_t key[];
};

struct table {
	const struct sl_table *desc;
	uint32_t max, n;
	struct entry *entries; /* hash tables: in order of use for LRU */
	uint8_t *array;	       /* SL_TABLE_ARRAY */
	struct routes *routes; /* SL_TABLE_ROUTES, and SL_TABLE_WIDE behind it */
};

/* A route table; its images are arrays of pages. */
struct routes {
	struct sl_lpm_memory mem;
	struct sl_lpm *lpm;
	struct table image[2];
};
static const struct sl_table image_desc = {
	.type = SL_TABLE_ARRAY, .key_size = 4, .value_size = SL_LPM_PAGE};

struct record {
	size_t len;
	uint8_t *bytes;
};

struct sl_native {
	const struct sl_compiled *c;
	void *so;
	const struct sl_native_graph *g;
	struct sl_host host;
	struct sl_native_ctx ctx;
	struct table *tables;
	struct record *events;
	size_t n_events, cap_events;
	uint8_t *buffer;
	uint64_t *bases; /* per element: what was counted when it was cleared, taken away */
	uint64_t rnd;
	void (*step_fn)(void *arg, const struct sl_native_step *step);
	void *step_arg;
};

/* ---- What elements call ----------------------------------------------------------------------*/

static uint64_t host_now(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* splitmix64 */
static uint32_t host_random(void *arg)
{
	struct sl_native *n = arg;
	uint64_t z = n->rnd += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (uint32_t)(z >> 32);
}

static void *image_find(struct table *t, const void *key)
{
	bool wide = t->desc->type == SL_TABLE_WIDE;
	struct table *image = &t->routes->image[wide];
	const struct sl_lpm_region *r;
	uint32_t slot;

	memcpy(&slot, key, 4);
	r = &t->routes->mem.slots[wide ? SL_LPM_WIDE : slot];
	*image = (struct table){.desc = &image_desc, .max = (uint32_t)r->pages, .array = r->words};
	return r->words ? image : NULL;
}

/* An entry's value; *found is the entry itself, NULL in arrays. */
static void *table_at(struct table *t, const void *key, struct entry **found)
{
	struct entry *e;
	uint32_t i;

	*found = NULL;
	if (t->routes)
		return image_find(t, key);
	if (t->array) {
		memcpy(&i, key, 4);
		return i < t->max ? t->array + (size_t)i * t->desc->value_size : NULL;
	}
	HASH_FIND(hh, t->entries, key, t->desc->key_size, e);
	*found = e;
	return e ? e->value : NULL;
}

static void *table_find(void *arg, void *table, const void *key)
{
	struct table *t = table;
	struct entry *e;
	void *value = table_at(t, key, &e);

	(void)arg;
	if (e && t->desc->type == SL_TABLE_LRU) {
		/* To the end: least recently used is first. */
		HASH_DELETE(hh, t->entries, e);
		HASH_ADD_KEYPTR(hh, t->entries, e->key, t->desc->key_size, e);
	}
	return value;
}

static void entry_free(struct table *t, struct entry *e)
{
	HASH_DELETE(hh, t->entries, e);
	t->n--;
	free(e->value);
	free(e);
}

static int table_set(void *arg, void *table, const void *key, const void *value, uint64_t flags)
{
	struct table *t = table;
	void *old = table_find(arg, table, key);
	struct entry *e;

	if (old) {
		if (flags == 1)
			return -1;
		memcpy(old, value, t->desc->value_size);
		return 0;
	}
	if (t->array || flags == 2)
		return -1;
	if (t->n >= t->max) {
		if (t->desc->type != SL_TABLE_LRU)
			return -1;
		entry_free(t, t->entries);
	}
	e = calloc(1, sizeof(*e) + t->desc->key_size);
	if (!e)
		return -1;
	e->value = malloc(t->desc->value_size);
	if (!e->value) {
		free(e);
		return -1;
	}
	memcpy(e->key, key, t->desc->key_size);
	memcpy(e->value, value, t->desc->value_size);
	HASH_ADD_KEYPTR(hh, t->entries, e->key, t->desc->key_size, e);
	t->n++;
	return 0;
}

static int table_del(void *arg, void *table, const void *key)
{
	struct table *t = table;
	struct entry *e;

	(void)arg;
	if (t->array)
		return -1;
	HASH_FIND(hh, t->entries, key, t->desc->key_size, e);
	if (!e)
		return -1;
	entry_free(t, e);
	return 0;
}

static void host_event(void *arg, void *ring, const void *record, uint32_t len)
{
	struct sl_native *n = arg;
	uint8_t *copy;

	(void)ring;
	if (n->n_events >= MAX_EVENTS || SL_GROW(n->events, n->n_events, n->cap_events))
		return;
	copy = malloc(len + 1);
	if (!copy)
		return;
	memcpy(copy, record, len);
	n->events[n->n_events++] = (struct record){len, copy};
}

void sl_native_events(struct sl_native *n, void (*fn)(void *arg, const void *record, size_t len),
		      void *arg)
{
	for (size_t i = 0; i < n->n_events; i++) {
		fn(arg, n->events[i].bytes, n->events[i].len);
		free(n->events[i].bytes);
	}
	n->n_events = 0;
}

static void host_step(void *arg, const struct sl_pkt *p, uint32_t elem, uint32_t r)
{
	struct sl_native *n = arg;
	const struct sl_native_ctx *x = &n->ctx;
	const struct sl_native_step step = {
		.elem = elem,
		.r = r,
		.off = p->off,
		.mac = p->mac,
		.nh = p->nh,
		.th = p->th,
		.type = p->type,
		.anno = &p->anno,
		.start = x->data - (n->buffer + HEADROOM),
		.bytes = x->data,
		.len = (size_t)(x->data_end - x->data),
	};

	n->step_fn(n->step_arg, &step);
}

void sl_native_follow(struct sl_native *n, void (*fn)(void *arg, const struct sl_native_step *step),
		      void *arg)
{
	n->step_fn = fn;
	n->step_arg = arg;
	n->host.step = fn ? host_step : NULL;
}

/* ---- Loading ---------------------------------------------------------------------------------*/

static int load_object(struct sl_native *n, struct sl_diags *d)
{
	_close_ int fd = memfd_create("graph", MFD_CLOEXEC);
	char path[64];

	if (fd < 0)
		return -errno;
	if (write(fd, n->c->native_so, n->c->native_len) != (ssize_t)n->c->native_len)
		return -EIO;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n->so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	n->g = n->so ? dlsym(n->so, "sl_native_graph") : NULL;
	if (!n->g || n->g->abi != SL_ABI_VERSION || n->g->n_pages != n->c->layout->n_pages ||
	    n->g->n_tables != n->c->layout->n_tables) {
		const char *why = dlerror();

		sl_error(d, SL_NOPOS, "native", "the native build cannot be loaded: %s",
			 why ? why : "not an object of this version");
		return -EINVAL;
	}
	return 0;
}

static void routes_free(struct routes *r)
{
	sl_lpm_free(r->lpm);
	sl_lpm_memory_free(&r->mem);
	free(r);
}

static int make_routes(const struct sl_table *t, const struct sl_bundle_elem *e, struct table *nt)
{
	struct sl_lpm_backend mem = sl_lpm_memory_backend;
	_free_ struct sl_lpm_op *ops = calloc(e->n_routes + 1ul, sizeof(*ops));
	struct sl_lpm_route have;
	size_t failed;
	int ret;

	/* From here on it is freed with the tables. */
	nt->routes = calloc(1, sizeof(*nt->routes));
	if (!nt->routes || !ops)
		return -ENOMEM;
	mem.arg = &nt->routes->mem;
	for (uint32_t k = 0; k < e->n_routes; k++)
		ops[k] = (struct sl_lpm_op){.what = SL_LPM_SET, .route = e->routes[k]};
	ret = sl_lpm_open(t->key_size, &mem, &nt->routes->lpm);
	return ret ? ret : sl_lpm_apply(nt->routes->lpm, ops, e->n_routes, &failed, &have);
}

static int make_tables(struct sl_native *n)
{
	const struct sl_bundle *b = n->c->bundle;

	n->tables = calloc(n->c->layout->n_tables + 1, sizeof(*n->tables));
	if (!n->tables)
		return -ENOMEM;
	for (uint32_t i = 0; i < b->n_elems; i++) {
		const struct sl_table *t = n->c->program->insts[i].class->tables;

		for (uint32_t k = 0; t && t[k].name; k++) {
			uint32_t at = n->c->layout->elems[i].table + k;
			struct table *nt = &n->tables[at];

			nt->desc = &t[k];
			nt->max = b->elems[i].table_entries[k];
			if (t[k].type == SL_TABLE_ROUTES) {
				int ret = make_routes(&t[k], &b->elems[i], nt);

				if (ret)
					return ret;
			} else if (t[k].type == SL_TABLE_WIDE) {
				nt->routes = nt[-1].routes;
			} else if (t[k].type == SL_TABLE_ARRAY) {
				nt->array = calloc(nt->max ? nt->max : 1, t[k].value_size);
				if (!nt->array)
					return -ENOMEM;
			}
			n->g->tables[at] = nt;
		}
	}
	return 0;
}

int sl_native_new(const struct sl_compiled *c, struct sl_diags *d, struct sl_native **out)
{
	struct sl_native *n = calloc(1, sizeof(*n));
	int ret;

	if (!n)
		return -ENOMEM;
	n->c = c;
	n->rnd = host_now(NULL);
	n->host = (struct sl_host){host_now,  host_random, table_find, table_set,
				   table_del, host_event,  NULL};
	n->buffer = malloc(BUFFER);
	n->bases = calloc(c->bundle->n_elems + 1ul, sizeof(*n->bases));
	ret = n->buffer && n->bases ? load_object(n, d) : -ENOMEM;
	ret = ret ? ret : make_tables(n);
	if (ret) {
		sl_native_free(n);
		return ret;
	}
	*n->g->events = n;
	for (uint32_t i = 0; i < c->bundle->n_elems; i++)
		if (c->bundle->elems[i].rw_len)
			memcpy((uint8_t *)n->g->data + c->layout->elems[i].rw,
			       c->bundle->elems[i].rw, c->bundle->elems[i].rw_len);
	*out = n;
	return 0;
}

void sl_native_free(struct sl_native *n)
{
	if (!n)
		return;
	for (uint32_t i = 0; n->tables && i < n->c->layout->n_tables; i++) {
		struct table *t = &n->tables[i];

		while (t->entries)
			entry_free(t, t->entries);
		free(t->array);
		if (t->routes && t->desc->type == SL_TABLE_ROUTES)
			routes_free(t->routes);
	}
	for (size_t i = 0; i < n->n_events; i++)
		free(n->events[i].bytes);
	free(n->events);
	free(n->tables);
	free(n->buffer);
	free(n->bases);
	if (n->so)
		dlclose(n->so);
	free(n);
}

/* ---- Running ---------------------------------------------------------------------------------*/

void sl_native_fix(struct sl_native *n, bool fixed, uint64_t now_ns, uint32_t rnd)
{
	struct sl_env *env = n->g->data;

	env->fixed = fixed;
	env->now_ns = now_ns;
	env->rnd = rnd;
}

void sl_native_clock(struct sl_native *n, uint64_t now_ns)
{
	struct sl_env *env = n->g->data;

	env->fixed = 1;
	env->now_ns = now_ns;
}

uint32_t sl_native_run(struct sl_native *n, const void *meta, size_t meta_len, const uint8_t **buf,
		       size_t *len, bool resume)
{
	struct sl_native_ctx *x = &n->ctx;
	uint32_t answer;

	if (*len > BUFFER - HEADROOM - 1024)
		return SL_ANSWER(SL_V_DROP, SL_R_ABORTED, SL_ELEM_NONE);
	x->head = n->buffer;
	x->data = x->data_meta = n->buffer + HEADROOM;
	memmove(x->data, *buf, *len);
	x->data_end = x->data + *len;
	x->tail = n->buffer + (HEADROOM + *len < PAGE_ROOM ? PAGE_ROOM : BUFFER);
	if (meta_len) {
		x->data_meta -= meta_len;
		memcpy(x->data_meta, meta, meta_len);
	}
	x->host = &n->host;
	x->host_arg = n;
	answer = n->g->run(x, resume);
	*buf = x->data;
	*len = (size_t)(x->data_end - x->data);
	return answer;
}

/* ---- Handlers --------------------------------------------------------------------------------*/

static const struct sl_layout_elem *place(struct sl_live *lv, uint32_t inst)
{
	return &((struct sl_native *)lv->arg)->c->layout->elems[inst];
}

static uint8_t *page(struct sl_live *lv, uint32_t inst)
{
	struct sl_native *n = lv->arg;

	return n->g->pages[place(lv, inst)->page];
}

static int live_state(struct sl_live *lv, uint32_t inst, void *buf, size_t size)
{
	memcpy(buf, page(lv, inst) + place(lv, inst)->state, size);
	return 0;
}

static int live_packets(struct sl_live *lv, uint32_t inst, uint64_t *in)
{
	struct sl_native *n = lv->arg;
	const struct sl_bundle *b = n->c->bundle;
	_free_ uint64_t *cells = calloc(b->n_cells + 1ul, sizeof(*cells));
	_free_ uint64_t *counts = calloc(b->n_elems + 1ul, sizeof(*counts));
	int ret;

	if (!cells || !counts)
		return -ENOMEM;
	for (uint32_t k = 0; k < b->n_cells; k++)
		memcpy(&cells[k],
		       (const uint8_t *)n->g->pages[k / SL_PAGE_CELLS] + 8 * (k % SL_PAGE_CELLS),
		       8);
	ret = sl_flow_solve(b->edges, b->n_edges, b->n_elems, cells, counts);
	*in = counts[inst] + n->bases[inst];
	return ret;
}

static int live_clear(struct sl_live *lv, uint32_t inst)
{
	struct sl_native *n = lv->arg;
	uint64_t packets = 0;
	int ret = live_packets(lv, inst, &packets);

	if (ret)
		return ret;
	n->bases[inst] -= packets;
	memset(page(lv, inst) + place(lv, inst)->state, 0,
	       lv->program->insts[inst].class->state_size);
	return 0;
}

static int live_rw_get(struct sl_live *lv, uint32_t inst, void *buf, size_t offset, size_t size)
{
	struct sl_native *n = lv->arg;

	if (offset + size > lv->program->insts[inst].class->rw_size)
		return -ERANGE;
	memcpy(buf, (uint8_t *)n->g->data + place(lv, inst)->rw + offset, size);
	return 0;
}

static int live_rw_set(struct sl_live *lv, uint32_t inst, const void *buf, size_t offset,
		       size_t size)
{
	struct sl_native *n = lv->arg;

	if (offset + size > lv->program->insts[inst].class->rw_size)
		return -ERANGE;
	memcpy((uint8_t *)n->g->data + place(lv, inst)->rw + offset, buf, size);
	return 0;
}

static struct table *live_table(struct sl_live *lv, uint32_t inst, unsigned int table)
{
	struct sl_native *n = lv->arg;

	return &n->tables[place(lv, inst)->table + table];
}

static int live_next(struct sl_live *lv, uint32_t inst, unsigned int table, const void *key,
		     void *next)
{
	struct table *t = live_table(lv, inst, table);
	struct entry *e = t->entries;
	uint32_t i = 0;

	if (t->array) {
		if (key) {
			memcpy(&i, key, 4);
			i++;
		}
		if (i >= t->max)
			return -ENOENT;
		memcpy(next, &i, 4);
		return 0;
	}
	if (key) {
		HASH_FIND(hh, t->entries, key, t->desc->key_size, e);
		e = e ? e->hh.next : t->entries;
	}
	if (!e)
		return -ENOENT;
	memcpy(next, e->key, t->desc->key_size);
	return 0;
}

static int live_get(struct sl_live *lv, uint32_t inst, unsigned int table, const void *key,
		    void *value)
{
	struct table *t = live_table(lv, inst, table);
	struct entry *e;
	void *v = table_at(t, key, &e); /* as in the kernel, to be looked at is not to be used */

	if (!v)
		return -ENOENT;
	memcpy(value, v, t->desc->value_size);
	return 0;
}

static int live_set(struct sl_live *lv, uint32_t inst, unsigned int table, const void *key,
		    const void *value)
{
	return table_set(lv->arg, live_table(lv, inst, table), key, value, 0) ? -ENOSPC : 0;
}

static int live_del(struct sl_live *lv, uint32_t inst, unsigned int table, const void *key)
{
	return table_del(lv->arg, live_table(lv, inst, table), key) ? -ENOENT : 0;
}

static int live_routes(struct sl_live *lv, uint32_t inst, const struct sl_lpm_ask *ask, FILE *out,
		       struct sl_diags *d)
{
	const struct sl_inst *in = &lv->program->insts[inst];

	if (!in->class->tables || in->class->tables->type != SL_TABLE_ROUTES)
		return -ENOENT;
	return sl_lpm_answer(live_table(lv, inst, 0)->routes->lpm, in->class->tables->key_size, ask,
			     in->elem->name, out, d);
}

static uint64_t live_now(struct sl_live *lv)
{
	struct sl_native *n = lv->arg;
	const struct sl_env *env = n->g->data;

	return env->fixed ? env->now_ns : host_now(n);
}

const struct sl_live_ops sl_live_native_ops = {
	.state = live_state,
	.state_clear = live_clear,
	.packets = live_packets,
	.rw_get = live_rw_get,
	.rw_set = live_rw_set,
	.table_next = live_next,
	.table_get = live_get,
	.table_set = live_set,
	.table_del = live_del,
	.now_ns = live_now,
	.routes = live_routes,
};
