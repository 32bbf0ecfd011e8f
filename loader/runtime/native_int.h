/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the native build's host share. */
#ifndef SL_NATIVE_INT_H
#define SL_NATIVE_INT_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "bpf/graph.h"
#include "loader/runtime/native.h"

struct native_entry {
	UT_hash_handle hh;
	uint8_t *value;
	uint8_t key[];
};

struct native_table {
	const struct sl_table *desc;
	uint32_t max, n;
	bool evicted;		      /* SL_TABLE_LRU: an entry made room for another */
	struct native_entry *entries; /* hash tables: in order of use for LRU */
	uint8_t *array;		      /* SL_TABLE_ARRAY */
	struct native_routes *routes; /* SL_TABLE_ROUTES, and SL_TABLE_WIDE behind it */
};

/* A route table; its images are arrays of pages. */
struct native_routes {
	struct sl_lpm_memory mem;
	struct sl_lpm *lpm;
	struct native_table image[2];
};

struct native_record {
	size_t len;
	uint8_t *bytes;
};

struct sl_native {
	const struct sl_compiled *c;
	void *so;
	const struct sl_native_graph *g;
	struct sl_host host;
	struct sl_native_ctx ctx;
	struct native_table *tables;
	struct native_record *events;
	size_t n_events, cap_events;
	uint8_t *buffer;
	uint64_t *bases; /* per element: what was counted when it was cleared, taken away */
	uint64_t rnd;
	void (*step_fn)(void *arg, const struct sl_native_step *step);
	void *step_arg;
};

/* ---- native_tables.c -------------------------------------------------------------------------*/

/* Those of all elements, with the routes of the bundle in them. 0 or -errno; freed in any case. */
int native_tables_make(struct sl_native *n);
void native_tables_free(struct sl_native *n);

/* An entry's value, or NULL; *found is the entry itself, NULL in arrays. */
void *native_table_at(struct native_table *t, const void *key, struct native_entry **found);
/* As sl_host has them (bpf/pkt_native.h). */
void *native_table_find(void *arg, void *table, const void *key);
int native_table_set(void *arg, void *table, const void *key, const void *value, uint64_t flags);
int native_table_del(void *arg, void *table, const void *key);

/* The kernel's clock, ns. */
uint64_t native_now(void *arg);

#endif
