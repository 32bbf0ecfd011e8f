/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading and writing a loaded graph's maps for handlers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/pkt.h"
#include "loader/lpm/ask.h"
#include "loader/mem.h"
#include "loader/runtime/counts.h"
#include "loader/runtime/live.h"
#include "loader/runtime/memory.h"
#include "loader/runtime/pages.h"

static uint32_t align8(uint32_t n)
{
	return (n + 7) & ~7u;
}

static const struct sl_layout_elem *place(struct sl_live *lv, uint32_t inst)
{
	const struct sl_live_maps *m = lv->arg;

	return &m->c->layout->elems[inst];
}

static int state(struct sl_live *lv, uint32_t inst, void *buf, size_t size)
{
	const struct sl_live_maps *m = lv->arg;
	const struct sl_layout_elem *e = place(lv, inst);

	return sl_page_sum(m->l->pages[e->page], m->c->layout->page_size[e->page], e->state, buf,
			   size);
}

static int packets(struct sl_live *lv, uint32_t inst, uint64_t *in)
{
	const struct sl_live_maps *m = lv->arg;
	_free_ uint64_t *counts = calloc(m->c->layout->n_elems + 1, sizeof(*counts));
	int ret = counts ? sl_counts_read(m, counts) : -ENOMEM;

	if (!ret)
		*in = counts[inst];
	return ret;
}

/* Takes away the state that is there now: what is counted meanwhile stays. */
static int clear_state(const struct sl_live_maps *m, const struct sl_layout_elem *e, uint32_t size)
{
	uint32_t page_size = m->c->layout->page_size[e->page];
	size_t stride = SL_PAGE_STRIDE(page_size);
	int cpus = sl_page_cpus();
	_free_ uint8_t *values = sl_page_read(m->l->pages[e->page], page_size);
	_free_ uint8_t *delta = cpus > 0 ? calloc((size_t)cpus, stride) : NULL;

	if (!values)
		return -errno;
	if (!delta)
		return -ENOMEM;
	for (int cpu = 0; cpu < cpus; cpu++)
		for (uint32_t at = e->state; at < e->state + size; at += 8) {
			uint64_t v;

			memcpy(&v, values + (size_t)cpu * stride + at, 8);
			v = -v;
			memcpy(delta + (size_t)cpu * stride + at, &v, 8);
		}
	return sl_page_add(m->l->pages[e->page], page_size, delta, -1, 0);
}

static int state_clear(struct sl_live *lv, uint32_t inst)
{
	const struct sl_live_maps *m = lv->arg;
	uint32_t size = align8((uint32_t)lv->program->insts[inst].class->state_size);
	uint64_t n = 0;
	int ret = packets(lv, inst, &n);

	if (ret)
		return ret;
	*sl_counts_base(m, inst) -= n;
	return size ? clear_state(m, place(lv, inst), size) : 0;
}

static uint8_t *rw_at(struct sl_live *lv, uint32_t inst, size_t offset, size_t size)
{
	const struct sl_live_maps *m = lv->arg;

	if (offset + size > lv->program->insts[inst].class->rw_size)
		return NULL;
	return (uint8_t *)m->l->data_map + place(lv, inst)->rw + offset;
}

/* Words of up to 8 bytes are read and written in one access, as the programs do. */
static int rw_get(struct sl_live *lv, uint32_t inst, void *buf, size_t offset, size_t size)
{
	const uint8_t *p = rw_at(lv, inst, offset, size);

	if (!p)
		return -ERANGE;
	memcpy(buf, p, size);
	return 0;
}

static int rw_set(struct sl_live *lv, uint32_t inst, const void *buf, size_t offset, size_t size)
{
	uint8_t *p = rw_at(lv, inst, offset, size);
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	if (!p)
		return -ERANGE;
	switch (size) {
	case 2:
		memcpy(&v16, buf, 2);
		__atomic_store_n((uint16_t *)(void *)p, v16, __ATOMIC_RELEASE);
		break;
	case 4:
		memcpy(&v32, buf, 4);
		__atomic_store_n((uint32_t *)(void *)p, v32, __ATOMIC_RELEASE);
		break;
	case 8:
		memcpy(&v64, buf, 8);
		__atomic_store_n((uint64_t *)(void *)p, v64, __ATOMIC_RELEASE);
		break;
	default:
		memcpy(p, buf, size);
	}
	return 0;
}

static int table_fd(struct sl_live *lv, uint32_t inst, unsigned int table)
{
	const struct sl_live_maps *m = lv->arg;

	return m->l->tables[place(lv, inst)->table + table];
}

static int table_next(struct sl_live *lv, uint32_t inst, unsigned int table, const void *key,
		      void *next)
{
	return bpf_map_get_next_key(table_fd(lv, inst, table), key, next) ? -errno : 0;
}

static int table_get(struct sl_live *lv, uint32_t inst, unsigned int table, const void *key,
		     void *value)
{
	return bpf_map_lookup_elem(table_fd(lv, inst, table), key, value) ? -errno : 0;
}

static int table_set(struct sl_live *lv, uint32_t inst, unsigned int table, const void *key,
		     const void *value)
{
	return bpf_map_update_elem(table_fd(lv, inst, table), key, value, BPF_ANY) ? -errno : 0;
}

static int table_del(struct sl_live *lv, uint32_t inst, unsigned int table, const void *key)
{
	return bpf_map_delete_elem(table_fd(lv, inst, table), key) ? -errno : 0;
}

static bool has_routes(const struct sl_class *c)
{
	return c->tables && c->tables->type == SL_TABLE_ROUTES;
}

/* Holds a table that is to be changed against the tenant's budget, with all there is beside it. */
static int limit_routes(struct sl_live *lv, uint32_t inst, struct sl_lpm *t)
{
	const struct sl_live_maps *m = lv->arg;
	uint32_t n = m->c->layout->n_elems;
	_free_ uint64_t *now = calloc(n + 1, sizeof(*now));

	if (!now)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		const struct sl_class *c = lv->program->insts[i].class;
		struct sl_lpm_stats s;
		struct sl_lpm *other;
		int ret;

		if (!has_routes(c))
			continue;
		ret = sl_loaded_routes(m->l, place(lv, i)->table, c->tables->key_size, &other);
		if (ret)
			return ret;
		sl_lpm_stats(other, &s);
		/* One that was never changed may be code. */
		now[i] = s.routes ? s.routes : m->c->bundle->elems[i].n_routes;
	}
	sl_lpm_set_limit(t, sl_tables_routes(m->c, inst, now, &m->budget));
	return 0;
}

/* A table that has to grow needs the old and the new image for a moment. */
static void say_lacking(const struct sl_charge *c, const char *name, struct sl_diags *d)
{
	char lacks[SL_MEMORY_TEXT], left[SL_MEMORY_TEXT];

	if (!c || !sl_charge_lacking(c))
		return;
	sl_diag_element(sl_note(d, SL_NOPOS, "memory",
				"to grow, its table needs %s; of the tenant's memory limit %s are "
				"left",
				sl_memory_text(sl_charge_left(c) + sl_charge_lacking(c), lacks),
				sl_memory_text(sl_charge_left(c), left)),
			name);
}

static int routes(struct sl_live *lv, uint32_t inst, const struct sl_lpm_ask *ask, FILE *out,
		  struct sl_diags *d)
{
	const struct sl_live_maps *m = lv->arg;
	const struct sl_inst *in = &lv->program->insts[inst];
	enum sl_lpm_family family;
	struct sl_lpm *t;
	int ret;

	if (!has_routes(in->class))
		return -ENOENT;
	family = in->class->tables->key_size;
	ret = sl_loaded_routes(m->l, place(lv, inst)->table, family, &t);
	if (!ret && ask->what == SL_LPM_CHANGE)
		ret = limit_routes(lv, inst, t);
	ret = ret ? ret : sl_lpm_answer(t, family, ask, in->elem->name, out, d);
	sl_charge_rest(m->l->charge);
	if (ret)
		say_lacking(m->l->charge, in->elem->name, d);
	return ret;
}

static uint64_t now_ns(struct sl_live *lv)
{
	const struct sl_live_maps *m = lv->arg;
	const struct sl_env *env = m->l->data_map;
	struct timespec ts;

	if (env->fixed)
		return env->now_ns;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

const struct sl_live_ops sl_live_map_ops = {
	.state = state,
	.state_clear = state_clear,
	.packets = packets,
	.rw_get = rw_get,
	.rw_set = rw_set,
	.table_next = table_next,
	.table_get = table_get,
	.table_set = table_set,
	.table_del = table_del,
	.now_ns = now_ns,
	.routes = routes,
};
