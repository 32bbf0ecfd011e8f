/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of the native build: hash tables by uthash, arrays, route tables in memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/lpm.h"
#include "loader/mem.h"
#include "loader/runtime/native_int.h"

static const struct sl_table image_desc = {
	.type = SL_TABLE_ARRAY, .key_size = 4, .value_size = SL_LPM_PAGE};

static void *image_find(struct native_table *t, const void *key)
{
	bool wide = t->desc->type == SL_TABLE_WIDE;
	struct native_table *image = &t->routes->image[wide];
	const struct sl_lpm_region *r;
	uint32_t slot;

	memcpy(&slot, key, 4);
	r = &t->routes->mem.slots[wide ? SL_LPM_WIDE : slot];
	*image = (struct native_table){
		.desc = &image_desc, .max = (uint32_t)r->pages, .array = r->words};
	return r->words ? image : NULL;
}

void *native_table_at(struct native_table *t, const void *key, struct native_entry **found)
{
	struct native_entry *e;
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

void *native_table_find(void *arg, void *table, const void *key)
{
	struct native_table *t = table;
	struct native_entry *e;
	void *value = native_table_at(t, key, &e);

	(void)arg;
	if (e && t->desc->type == SL_TABLE_LRU) {
		/* To the end: least recently used is first. */
		HASH_DELETE(hh, t->entries, e);
		HASH_ADD_KEYPTR(hh, t->entries, e->key, t->desc->key_size, e);
	}
	return value;
}

static void entry_free(struct native_table *t, struct native_entry *e)
{
	HASH_DELETE(hh, t->entries, e);
	t->n--;
	free(e->value);
	free(e);
}

int native_table_set(void *arg, void *table, const void *key, const void *value, uint64_t flags)
{
	struct native_table *t = table;
	void *old = native_table_find(arg, table, key);
	struct native_entry *e;

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
		t->evicted = t->max > 1; /* of one entry it is that one */
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

int native_table_del(void *arg, void *table, const void *key)
{
	struct native_table *t = table;
	struct native_entry *e;

	(void)arg;
	if (t->array)
		return -1;
	HASH_FIND(hh, t->entries, key, t->desc->key_size, e);
	if (!e)
		return -1;
	entry_free(t, e);
	return 0;
}

bool sl_native_evicted(const struct sl_native *n)
{
	for (uint32_t i = 0; i < n->c->layout->n_tables; i++)
		if (n->tables[i].evicted)
			return true;
	return false;
}

/* ---- Making ----------------------------------------------------------------------------------*/

static void routes_free(struct native_routes *r)
{
	sl_lpm_free(r->lpm);
	sl_lpm_memory_free(&r->mem);
	free(r);
}

static int make_routes(const struct sl_table *t, const struct sl_bundle_elem *e,
		       struct native_table *nt)
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

int native_tables_make(struct sl_native *n)
{
	const struct sl_bundle *b = n->c->bundle;

	n->tables = calloc(n->c->layout->n_tables + 1, sizeof(*n->tables));
	if (!n->tables)
		return -ENOMEM;
	for (uint32_t i = 0; i < b->n_elems; i++) {
		const struct sl_table *t = n->c->program->insts[i].class->tables;

		for (uint32_t k = 0; t && t[k].name; k++) {
			uint32_t at = n->c->layout->elems[i].table + k;
			struct native_table *nt = &n->tables[at];

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

void native_tables_free(struct sl_native *n)
{
	for (uint32_t i = 0; n->tables && i < n->c->layout->n_tables; i++) {
		struct native_table *t = &n->tables[i];

		while (t->entries)
			entry_free(t, t->entries);
		free(t->array);
		if (t->routes && t->desc->type == SL_TABLE_ROUTES)
			routes_free(t->routes);
	}
	free(n->tables);
}
