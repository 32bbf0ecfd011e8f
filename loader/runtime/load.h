/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a bundle to maps and programs in the kernel. Used by replay (private maps) and by tenants
 * (pinned maps, state carried over); attaches nothing.
 */
#ifndef SL_LOAD_H
#define SL_LOAD_H

#include "loader/codegen/compile.h"
#include "loader/runtime/lpm_maps.h"

/* The maps and programs of one graph; descriptors are owned. */
struct sl_loaded {
	int btf;
	int *pages; /* what programs count in (pages.h) */
	uint32_t n_pages;
	int shown; /* what people are shown: an array of one value */
	void *shown_map;
	size_t shown_size;
	int *tables;
	uint32_t n_tables;
	/* Route tables that were asked for, by the index of their `table`. */
	struct sl_lpm **lpm;
	struct sl_lpm_maps *lpm_maps;
	struct sl_charge *charge; /* who makes maps when tables grow; not owned, may be NULL */
	int scratch, chain, data, rodata, events; /* -1: not needed */
	void *data_map; /* mmap of the data map: struct sl_env, then rw words */
	uint32_t data_size;
	int *progs; /* as in the bundle: segments, then resume */
	uint32_t n_progs;
	uint32_t n_segments;
	bool thread;			    /* of that class; who takes up what is pinned says so */
	uint64_t maps_ns, btf_ns, progs_ns; /* how long it took */
};

/* Of the ring that elements write events to. */
#define SL_EVENTS_SIZE (256u << 10)

struct sl_memory;

struct sl_load_opts {
	const char
		*name; /* tenant, for names of maps and programs; at most 7 characters are used */
	bool frags;
	bool thread;   /* programs for a kernel thread (abi.h: classes of tenants) */
	uint64_t seed; /* sl_env.seed */
	/* Maps to be used instead of new ones, -1 for new: carried state. Not owned. */
	const int *pages;
	const int *tables;
	const struct sl_memory *memory; /* what the tenant may have (memory.h); NULL: no limit */
};

/*
 * Makes maps, loads programs, fills the chain. A program the kernel refuses is reported with the
 * tenant's line and the verifier's own. 0; -EINVAL or -E2BIG (too complex: cut smaller) refused by
 * the kernel; -EPERM; -errno.
 */
int sl_load(const struct sl_compiled *c, const struct sl_load_opts *opts, struct sl_diags *d,
	    struct sl_loaded **out);
/* One without maps and programs; who has these puts them in, and then maps its words. 0 or -errno.
 */
int sl_loaded_new(const struct sl_compiled *c, struct sl_loaded **out);
int sl_loaded_words(struct sl_loaded *l, const struct sl_compiled *c);
/* A memory-mapped array of one value; NULL with errno. */
void *sl_map_words(int fd, size_t size);
/*
 * The route table whose maps are tables `index` and, for IPv4, the next one. It is taken up where
 * it was not asked for before, which makes its image anew. 0 or -errno.
 */
int sl_loaded_routes(struct sl_loaded *l, uint32_t index, enum sl_lpm_family family,
		     struct sl_lpm **out);
void sl_loaded_free(struct sl_loaded *l);
static inline void sl_loaded_freep(struct sl_loaded **l)
{
	sl_loaded_free(*l);
}

/*
 * Type information: a struct of what is shown with a member an element, a struct a counters page,
 * key and value structs of the tables, the programs' functions and source lines
 * (loader/runtime/btf.c).
 */
struct btf;
struct sl_types {
	struct btf *btf;
	uint32_t u32_id; /* keys of arrays */
	uint32_t *page_ids;
	uint32_t shown_id;
	uint32_t *table_keys, *table_values; /* 0: none */
	uint32_t *func_ids;
};
int sl_types_new(const struct sl_compiled *c, struct sl_types **out);
void sl_types_free(struct sl_types *t);
/* The member name of an element in what is shown: its own name where that is a C identifier,
 * otherwise with each other character replaced by '_' and made unique. malloc'ed. */
char *sl_member_name(const struct sl_compiled *c, uint32_t elem);

/*
 * Says in the tenant's terms why the kernel refused program `prog` (verifier-ext/kernel.c).
 */
void sl_kernel_refusal(const struct sl_compiled *c, uint32_t prog, int err, const char *log,
		       struct sl_diags *d);

#endif
