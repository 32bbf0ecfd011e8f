/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading: maps and type information; programs are load_progs.c's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "bpf/pkt.h"
#include "loader/mem.h"
#include "loader/runtime/load_int.h"
#include "loader/runtime/memory.h"
#include "loader/runtime/pages.h"
#include "loader/runtime/tables.h"

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

void *sl_map_words(int fd, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* ---- Maps ------------------------------------------------------------------------------------*/

/* The kernel's answer, though by what was counted there was room. */
static void no_room(const struct loading *ld, struct sl_diag *m)
{
	const struct sl_memory *mem = ld->opts->memory;
	char has[SL_MEMORY_TEXT], used[SL_MEMORY_TEXT];

	if (mem && mem->limit)
		sl_diag_hint(m,
			     "tenant %s may have %s, and had %s before; make tables smaller, or "
			     "have its limit raised (`sluicectl budget set %s memory=SIZE`)",
			     mem->tenant, sl_memory_text(mem->during, has),
			     sl_memory_text(mem->used, used), mem->tenant);
	else
		sl_diag_hint(m, "the machine has no memory for it: make tables smaller");
}

int load_map_failed(struct loading *ld, const char *what, int err)
{
	struct sl_diag *m = sl_error(ld->d, SL_NOPOS, "map",
				     "the kernel refuses the map for %s: %s", what, strerror(err));

	if (err == EPERM)
		sl_diag_hint(m, "loading needs root (CAP_BPF and CAP_NET_ADMIN)");
	else if (err == ENOMEM)
		no_room(ld, m);
	return -err;
}

/* `type` with names that show in bpftool: TENANT_what. */
static int make_map(struct loading *ld, enum bpf_map_type type, const char *what, uint32_t key,
		    uint32_t value, uint32_t entries, uint32_t flags, uint32_t key_type,
		    uint32_t value_type)
{
	char name[16];
	const struct sl_map_spec s = {.type = type,
				      .name = name,
				      .key = key,
				      .value = value,
				      .entries = entries,
				      .flags = flags,
				      .btf = ld->l->btf,
				      .btf_key = key_type,
				      .btf_value = value_type};
	int fd;

	snprintf(name, sizeof(name), "%.7s_%.7s", ld->opts->name ? ld->opts->name : "sl", what);
	fd = sl_charge_map(ld->l->charge, &s);
	return fd < 0 ? load_map_failed(ld, what, -fd) : fd;
}

static int make_counters(struct loading *ld)
{
	const struct sl_layout *lay = ld->c->layout;
	struct sl_loaded *l = ld->l;

	int cpus = sl_page_cpus();

	if (cpus < 0)
		return cpus;
	l->pages = malloc((lay->n_pages + 1) * sizeof(*l->pages));
	if (!l->pages)
		return -ENOMEM;
	for (; l->n_pages < lay->n_pages; l->n_pages++) {
		int fd;

		if (ld->opts->pages && ld->opts->pages[l->n_pages] >= 0)
			fd = dup(ld->opts->pages[l->n_pages]);
		else
			fd = make_map(ld, BPF_MAP_TYPE_ARRAY, "cnt", 4,
				      SL_PAGE_STRIDE(lay->page_size[l->n_pages]) * (uint32_t)cpus,
				      1, 0, ld->types->u32_id, ld->types->page_ids[l->n_pages]);
		if (fd < 0)
			return fd;
		l->pages[l->n_pages] = fd;
	}
	return 0;
}

static int make_shown(struct loading *ld)
{
	struct sl_loaded *l = ld->l;

	l->shown_size = ld->c->layout->shown_size;
	l->shown = make_map(ld, BPF_MAP_TYPE_ARRAY, "shown", 4, (uint32_t)l->shown_size, 1,
			    BPF_F_MMAPABLE, ld->types->u32_id, ld->types->shown_id);
	if (l->shown < 0)
		return l->shown;
	l->shown_map = sl_map_words(l->shown, l->shown_size);
	return l->shown_map ? 0 : load_map_failed(ld, "counters", errno);
}

static bool is_routes(const struct sl_table *t)
{
	return t->type == SL_TABLE_ROUTES || t->type == SL_TABLE_WIDE;
}

static int make_routes(struct loading *ld, const struct sl_table *t)
{
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "%.7s_%.7s", ld->opts->name ? ld->opts->name : "sl", t->name);
	fd = sl_lpm_maps_new(name, t->type == SL_TABLE_WIDE, ld->l->charge);
	return fd < 0 ? load_map_failed(ld, t->name, -fd) : fd;
}

int sl_loaded_routes(struct sl_loaded *l, uint32_t index, enum sl_lpm_family family,
		     struct sl_lpm **out)
{
	struct sl_lpm_backend mem = sl_lpm_maps_backend;
	int ret = 0;

	if (!l->lpm)
		l->lpm = calloc(l->n_tables + 1, sizeof(struct sl_lpm *));
	if (!l->lpm_maps)
		l->lpm_maps = calloc(l->n_tables + 1, sizeof(*l->lpm_maps));
	if (!l->lpm || !l->lpm_maps)
		return -ENOMEM;
	l->lpm_maps[index] = (struct sl_lpm_maps){
		l->tables[index], family == SL_LPM_IP4 ? l->tables[index + 1] : -1, l->charge};
	mem.arg = &l->lpm_maps[index];
	if (!l->lpm[index])
		ret = sl_lpm_open(family, &mem, &l->lpm[index]);
	if (!ret)
		*out = l->lpm[index];
	return ret;
}

/* The routes that tables begin with, unless they are taken over. */
static int fill_routes(struct loading *ld)
{
	const struct sl_bundle *b = ld->c->bundle;

	for (uint32_t i = 0; i < b->n_elems; i++) {
		const struct sl_bundle_elem *e = &b->elems[i];
		uint32_t n = ld->c->layout->elems[i].table;
		_free_ struct sl_lpm_op *ops = NULL;
		struct sl_lpm_route have;
		struct sl_lpm *t;
		size_t failed;
		int ret;

		if (!e->n_routes || (ld->opts->tables && ld->opts->tables[n] >= 0))
			continue;
		ops = calloc(e->n_routes, sizeof(*ops));
		if (!ops)
			return -ENOMEM;
		for (uint32_t k = 0; k < e->n_routes; k++)
			ops[k] = (struct sl_lpm_op){.what = SL_LPM_SET, .route = e->routes[k]};
		ret = sl_loaded_routes(ld->l, n, ld->c->program->insts[i].class->tables->key_size,
				       &t);
		ret = ret ? ret : sl_lpm_apply(t, ops, e->n_routes, &failed, &have);
		if (ret)
			return load_map_failed(ld, "routes", -ret);
	}
	return 0;
}

static int make_tables(struct loading *ld)
{
	static const enum bpf_map_type types[] = {
		[SL_TABLE_HASH] = BPF_MAP_TYPE_HASH,
		[SL_TABLE_LRU] = BPF_MAP_TYPE_LRU_HASH,
		[SL_TABLE_ARRAY] = BPF_MAP_TYPE_ARRAY,
	};
	const struct sl_bundle *b = ld->c->bundle;
	struct sl_loaded *l = ld->l;

	l->tables = malloc((ld->c->layout->n_tables + 1) * sizeof(*l->tables));
	if (!l->tables)
		return -ENOMEM;
	for (uint32_t i = 0; i < b->n_elems; i++) {
		const struct sl_table *t = ld->c->program->insts[i].class->tables;

		for (uint32_t k = 0; t && t[k].name; k++) {
			uint32_t n = l->n_tables;
			int fd;

			if (ld->opts->tables && ld->opts->tables[n] >= 0)
				fd = dup(ld->opts->tables[n]);
			else if (is_routes(&t[k]))
				fd = make_routes(ld, &t[k]);
			else
				fd = make_map(ld, types[t[k].type], t[k].name, t[k].key_size,
					      t[k].value_size, b->elems[i].table_entries[k], 0,
					      ld->types->table_keys[n], ld->types->table_values[n]);
			if (fd < 0)
				return fd;
			l->tables[l->n_tables++] = fd;
		}
	}
	return fill_routes(ld);
}

/* Shared words: each element's initial ones, and what elements see of the world. */
static int make_data(struct loading *ld)
{
	const struct sl_bundle *b = ld->c->bundle;
	struct sl_loaded *l = ld->l;
	uint8_t *p;

	l->data_size = ld->c->layout->data_size;
	l->data =
		make_map(ld, BPF_MAP_TYPE_ARRAY, "data", 4, l->data_size, 1, BPF_F_MMAPABLE, 0, 0);
	if (l->data < 0)
		return l->data;
	p = sl_map_words(l->data, l->data_size);
	if (!p)
		return load_map_failed(ld, "data", errno);
	l->data_map = p;
	((struct sl_env *)p)->seed = ld->opts->seed;
	for (uint32_t i = 0; i < b->n_elems; i++)
		if (b->elems[i].rw_len)
			memcpy(p + ld->c->layout->elems[i].rw, b->elems[i].rw, b->elems[i].rw_len);
	return 0;
}

static int make_rodata(struct loading *ld)
{
	const struct sl_bundle *b = ld->c->bundle;
	struct sl_loaded *l = ld->l;
	uint32_t zero = 0;

	if (!b->rodata_len)
		return 0;
	l->rodata = make_map(ld, BPF_MAP_TYPE_ARRAY, "rodata", 4, b->rodata_len, 1,
			     BPF_F_RDONLY_PROG, 0, 0);
	if (l->rodata < 0)
		return l->rodata;
	if (bpf_map_update_elem(l->rodata, &zero, b->rodata, BPF_ANY) || bpf_map_freeze(l->rodata))
		return load_map_failed(ld, "rodata", errno);
	return 0;
}

static int make_maps(struct loading *ld)
{
	struct sl_loaded *l = ld->l;
	int ret = make_counters(ld);

	ret = ret ? ret : make_shown(ld);
	ret = ret ? ret : make_tables(ld);
	ret = ret ? ret : make_data(ld);
	ret = ret ? ret : make_rodata(ld);
	if (ret)
		return ret;
	l->scratch = make_map(ld, BPF_MAP_TYPE_PERCPU_ARRAY, "scratch", 4,
			      sizeof(struct sl_scratch), 1, 0, 0, 0);
	if (l->scratch < 0)
		return l->scratch;
	l->chain = make_map(ld, BPF_MAP_TYPE_PROG_ARRAY, "chain", 4, 4, ld->c->bundle->n_segments,
			    0, 0, 0);
	if (l->chain < 0)
		return l->chain;
	if (ld->c->layout->events) {
		l->events =
			make_map(ld, BPF_MAP_TYPE_RINGBUF, "events", 0, 0, SL_EVENTS_SIZE, 0, 0, 0);
		if (l->events < 0)
			return l->events;
	}
	return 0;
}

/* ---- All of it ------------------------------------------------------------------------------*/

/* Source lines become strings of the type information, which is then given to the kernel. */
static int load_types(struct loading *ld, uint32_t *string_offs)
{
	const struct sl_bundle *b = ld->c->bundle;

	for (uint32_t i = 0; i < b->n_strings; i++) {
		int off = btf__add_str(ld->types->btf, b->strings[i]);

		if (off < 0)
			return off;
		string_offs[i] = (uint32_t)off;
	}
	if (btf__load_into_kernel(ld->types->btf)) {
		struct sl_diag *m =
			sl_error(ld->d, SL_NOPOS, "types",
				 "the kernel refuses type information: %s", strerror(errno));

		if (errno == EPERM)
			sl_diag_hint(m, "loading needs root (CAP_BPF and CAP_NET_ADMIN)");
		return -errno;
	}
	ld->l->btf = dup(btf__fd(ld->types->btf));
	return ld->l->btf < 0 ? -errno : 0;
}

int sl_loaded_new(const struct sl_compiled *c, struct sl_loaded **out)
{
	struct sl_loaded *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->btf = l->scratch = l->chain = l->data = l->rodata = l->events = l->shown = -1;
	l->n_segments = c->bundle->n_segments;
	*out = l;
	return 0;
}

int sl_loaded_words(struct sl_loaded *l, const struct sl_compiled *c)
{
	l->data_size = c->layout->data_size;
	l->data_map = sl_map_words(l->data, l->data_size);
	if (!l->data_map)
		return -errno;
	l->shown_size = c->layout->shown_size;
	l->shown_map = sl_map_words(l->shown, l->shown_size);
	return l->shown_map ? 0 : -errno;
}

int sl_load(const struct sl_compiled *c, const struct sl_load_opts *opts, struct sl_diags *d,
	    struct sl_loaded **out)
{
	SL_CLEANUP(sl_loaded_freep) struct sl_loaded *l = NULL;
	_free_ uint32_t *string_offs = calloc(c->bundle->n_strings + 1, sizeof(*string_offs));
	struct loading ld = {.c = c, .opts = opts, .d = d};
	uint64_t t = now();
	int ret;

	if (!string_offs || sl_loaded_new(c, &l))
		return -ENOMEM;
	ld.l = l;
	l->thread = opts->thread;
	l->charge = opts->memory ? opts->memory->charge : NULL;
	ret = sl_tables_check(c, NULL, d);
	ret = ret ? ret : sl_memory_check(c, opts->pages, opts->tables, opts->memory, d);
	ret = ret ? ret : sl_types_new(c, &ld.types);
	ret = ret ? ret : load_types(&ld, string_offs);
	l->btf_ns = now() - t;
	t = now();
	ret = ret ? ret : make_maps(&ld);
	sl_charge_rest(l->charge);
	l->maps_ns = now() - t;
	t = now();
	ret = ret ? ret : load_progs(&ld, string_offs);
	l->progs_ns = now() - t;
	sl_types_free(ld.types);
	if (ret)
		return ret;
	*out = TAKE_PTR(l);
	return 0;
}

static void close_all(int *fds, uint32_t n)
{
	for (uint32_t i = 0; fds && i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(fds);
}

void sl_loaded_free(struct sl_loaded *l)
{
	int single[7];

	if (!l)
		return;
	if (l->data_map)
		munmap(l->data_map, l->data_size);
	if (l->shown_map)
		munmap(l->shown_map, l->shown_size);
	for (uint32_t i = 0; l->lpm && i < l->n_tables; i++)
		sl_lpm_free(l->lpm[i]);
	free(l->lpm);
	free(l->lpm_maps);
	close_all(l->progs, l->n_progs);
	close_all(l->pages, l->n_pages);
	close_all(l->tables, l->n_tables);
	memcpy(single,
	       (int[7]){l->btf, l->scratch, l->chain, l->data, l->rodata, l->events, l->shown},
	       sizeof(single));
	for (size_t i = 0; i < 7; i++)
		if (single[i] >= 0)
			close(single[i]);
	free(l);
}
