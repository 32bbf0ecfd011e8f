/* SPDX-License-Identifier: GPL-2.0-only */
/* Handlers' view of a graph that runs natively (sl_live over sl_native). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/lpm/ask.h"
#include "loader/mem.h"
#include "loader/runtime/native_int.h"

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

static struct native_table *live_table(struct sl_live *lv, uint32_t inst, unsigned int table)
{
	struct sl_native *n = lv->arg;

	return &n->tables[place(lv, inst)->table + table];
}

static int live_next(struct sl_live *lv, uint32_t inst, unsigned int table, const void *key,
		     void *next)
{
	struct native_table *t = live_table(lv, inst, table);
	struct native_entry *e = t->entries;
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
	struct native_table *t = live_table(lv, inst, table);
	struct native_entry *e;
	void *v = native_table_at(t, key,
				  &e); /* as in the kernel, to be looked at is not to be used */

	if (!v)
		return -ENOENT;
	memcpy(value, v, t->desc->value_size);
	return 0;
}

static int live_set(struct sl_live *lv, uint32_t inst, unsigned int table, const void *key,
		    const void *value)
{
	return native_table_set(lv->arg, live_table(lv, inst, table), key, value, 0) ? -ENOSPC : 0;
}

static int live_del(struct sl_live *lv, uint32_t inst, unsigned int table, const void *key)
{
	return native_table_del(lv->arg, live_table(lv, inst, table), key) ? -ENOENT : 0;
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

	return env->fixed ? env->now_ns : native_now(NULL);
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
