/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside loader/lpm: a table's parts, and the two kinds of images. */
#ifndef SL_LPM_IMAGE_H
#define SL_LPM_IMAGE_H

#include "bpf/lpm.h"
#include "loader/lpm/lpm.h"
#include "loader/lpm/rib.h"

/* A growing list of numbers. */
struct sl_lpm_list {
	uint32_t *v;
	size_t n, cap;
};

/* What was freed: it may be used again when all lookups that could have seen it are over. */
struct sl_lpm_freed {
	enum { SL_FREED_NODE, SL_FREED_CHUNK, SL_FREED_HOP } kind;
	uint32_t at; /* unit, chunk, hop */
};

struct sl_lpm_hop {
	uint8_t gw[16];
	uint32_t port;
	uint32_t refs;
	uint32_t next; /* in its bucket; 0: the last */
};

/* Nodes of at most 17 units: 9 words and 256. */
#define SL_LPM_MAX_UNITS 17

struct sl_lpm {
	enum sl_lpm_family family;
	struct sl_lpm_backend mem;
	struct sl_rib rib;
	size_t wide_from;
	size_t limit; /* of routes */
	uint64_t rebuilt;

	/* The image that is published; `wide` says of which kind, words NULL: none. */
	struct sl_lpm_region image;
	bool wide;
	bool dry;   /* nothing is written: only counted how much room an image takes */
	bool all;   /* nothing is taken over from the image there was */
	bool stale; /* the image is behind the routes, as there was no memory: make it anew */

	/* Compact image. */
	uint32_t hop_pages;
	uint32_t next_unit, end_unit;
	struct sl_lpm_list free_nodes[SL_LPM_MAX_UNITS + 1]; /* by size in units */
	/* Wide image. */
	uint32_t next_chunk;
	struct sl_lpm_list free_chunks;

	struct sl_lpm_freed *freed;
	size_t n_freed, cap_freed;
	size_t settled; /* of them are out of sight of lookups that begin now */

	/* Where routes lead; number 0 is nowhere. */
	struct sl_lpm_hop *hops;
	uint32_t n_hops, cap_hops, used_hops;
	uint32_t *hop_buckets, n_buckets;
	struct sl_lpm_list free_hops;
	struct sl_lpm_region hop_records;

	struct sl_lpm_region log;
	uint32_t next_record;
	struct sl_lpm_list free_records;

	void (*hook)(void *arg);
	void *hook_arg;
};

/* ---- Stores that lookups may see -------------------------------------------------------------*/

static inline void sl_lpm_put32(struct sl_lpm *t, uint32_t *at, uint32_t v)
{
	if (*at == v)
		return;
	if (t->hook)
		t->hook(t->hook_arg);
	__atomic_store_n(at, v, __ATOMIC_RELEASE);
}

static inline void sl_lpm_put16(struct sl_lpm *t, uint16_t *at, uint16_t v)
{
	if (*at == v)
		return;
	if (t->hook)
		t->hook(t->hook_arg);
	__atomic_store_n(at, v, __ATOMIC_RELEASE);
}

int sl_lpm_push(struct sl_lpm_list *l, uint32_t v);
/* 0: there is none. */
bool sl_lpm_pop(struct sl_lpm_list *l, uint32_t *v);

/* Something is out of use once what is being written is published. -ENOMEM: it is lost until the
 * image is made anew. */
void sl_lpm_drop(struct sl_lpm *t, int kind, uint32_t at);
/* What was dropped so far cannot be seen by lookups that begin now. */
static inline void sl_lpm_settle(struct sl_lpm *t)
{
	t->settled = t->n_freed;
}
/* Waits for lookups and makes what they saw usable again. False: nothing was gained. */
bool sl_lpm_collect(struct sl_lpm *t);

/* ---- Images ----------------------------------------------------------------------------------*/

/*
 * Writes the block of addresses with the first 16 bits `b`: `n` are its routes longer than that
 * (NULL: none), `base` the hop they lie in. 0, or -ENOSPC: a larger image is needed.
 */
int sl_compact_block(struct sl_lpm *t, uint32_t b, struct sl_rib_node *n, uint32_t base);
int sl_wide_block(struct sl_lpm *t, uint32_t b, struct sl_rib_node *n, uint32_t base);

/* Pages of a compact image with `units` of nodes and room for hops; and its first unit of nodes. */
size_t sl_compact_pages(const struct sl_lpm *t, size_t units);
uint32_t sl_compact_first_unit(const struct sl_lpm *t);

/* Writes all blocks of the addresses under a prefix of at most 16 bits, as the routes say. */
int sl_lpm_blocks(struct sl_lpm *t, uint32_t first, uint32_t last);
/*
 * Puts an image of all routes in the place of the one there is, and if `log`, writes them down anew
 * just before. 0 or -errno: what lookups see and what is written down are as before.
 */
int sl_lpm_rebuild(struct sl_lpm *t, bool log);

/* ---- Hops ------------------------------------------------------------------------------------*/

/* The number of a hop, one more route leading there. 0 and *hop; -E2BIG, -ENOMEM. */
int sl_hop_get(struct sl_lpm *t, const uint8_t gw[16], uint32_t port, uint32_t *hop);
void sl_hop_ref(struct sl_lpm *t, uint32_t hop);
/* One route less. */
void sl_hop_put(struct sl_lpm *t, uint32_t hop);
/* Writes a hop into the image, if it has room for it; false if not. */
bool sl_hop_show(struct sl_lpm *t, uint32_t hop);
void sl_hop_fill(const struct sl_lpm *t, uint32_t hop, struct sl_lpm_route *out);
/* After hops were read: those that routes lead to can be found, the others' numbers are free. */
int sl_hops_index(struct sl_lpm *t);
void sl_hops_free(struct sl_lpm *t);

/* ---- Records ---------------------------------------------------------------------------------*/

/* A route as it is written down: one store makes it valid, one takes it away. */
#define SL_REC_VALID 0x80000000u
struct sl_lpm_rec4 {
	uint32_t addr; /* as sent */
	uint32_t word; /* SL_REC_VALID | length << 24 | hop */
};
struct sl_lpm_rec6 {
	uint8_t addr[16];
	uint32_t word; /* SL_REC_VALID | hop */
	uint32_t len;
};
struct sl_lpm_hop_rec {
	uint8_t gw[16];
	uint32_t port;
	uint32_t valid;
};

/* Writes a route down; *at is where. 0 or -errno. */
int sl_log_add(struct sl_lpm *t, const uint8_t *addr, uint8_t len, uint32_t hop, uint32_t *at);
void sl_log_set(struct sl_lpm *t, uint32_t at, const uint8_t *addr, uint8_t len, uint32_t hop);
void sl_log_remove(struct sl_lpm *t, uint32_t at);
int sl_log_hop(struct sl_lpm *t, uint32_t hop);
/* Writes all routes and hops anew, into regions that take the place of the old ones at once. */
int sl_log_rewrite(struct sl_lpm *t);
/* Reads what is there. */
int sl_log_read(struct sl_lpm *t);

#endif
