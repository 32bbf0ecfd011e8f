/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A route table that programs look addresses up in while it is changed: longest-prefix match, IPv4
 * or IPv6. Each lookup answers what the table said before a change or what it says after it.
 *
 * What programs see are images (bpf/lpm.h). Beside them, where programs do not look, are the routes
 * themselves, so that a table can be taken up again by another process:
 *   slot SL_LPM_LOG   a record a route, struct sl_lpm_rec4 or sl_lpm_rec6
 *   slot SL_LPM_HOPS  struct sl_lpm_hop_rec, by number: where routes lead
 *
 * A change of one route writes the words that differ, each with one store. A change of many at once
 * (a transaction) makes a new image and puts it in the place of the old one.
 */
#ifndef SL_LPM_H
#define SL_LPM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sl_lpm_family { SL_LPM_IP4 = 4, SL_LPM_IP6 = 16 }; /* bytes of an address */

/* The most outputs and hops. */
#define SL_LPM_PORTS 256
#define SL_LPM_HOPS_MAX (1u << 20)
#define SL_LPM_ROUTES_MAX (1u << 21)

struct sl_lpm_route {
	uint8_t addr[16]; /* as sent; bytes behind an IPv4 address are zero */
	uint8_t gw[16];	  /* all zero: none */
	uint32_t port;
	uint8_t len;
};

/* ---- Where images are ------------------------------------------------------------------------*/

/* The slot of `wide` behind those of `table` (bpf/lpm.h). */
#define SL_LPM_WIDE 3
#define SL_LPM_ALL_SLOTS 4

struct sl_lpm_region {
	void *words;
	size_t pages;
	int fd; /* the backend's */
};

/* Memory that programs see: BPF maps (loader/runtime/lpm_maps.c), or this process's. */
struct sl_lpm_backend {
	/* A region of zeroes. 0 or -errno. */
	int (*get)(void *arg, unsigned int slot, size_t pages, struct sl_lpm_region *out);
	/*
	 * Puts a region into a slot (NULL: empties it) by one store, and returns when no lookup
	 * uses what was there any more. 0 or -errno.
	 */
	int (*publish)(void *arg, unsigned int slot, const struct sl_lpm_region *r);
	/* Lets go of a region that is in no slot, or that this process no longer writes. */
	void (*put)(void *arg, struct sl_lpm_region *r);
	/* Returns when all lookups that had begun are over. 0 or -errno. */
	int (*grace)(void *arg);
	/* What is in a slot. 0, -ENOENT or -errno. */
	int (*current)(void *arg, unsigned int slot, struct sl_lpm_region *out);
	void *arg;
};

/* ---- Tables ----------------------------------------------------------------------------------*/

struct sl_lpm;

/*
 * A table over what is in a backend's slots: its routes are read, and its image made anew where
 * there are any. `backend` is copied; its arg must outlive the table. 0, -ENOMEM or -errno.
 */
int sl_lpm_open(enum sl_lpm_family family, const struct sl_lpm_backend *backend,
		struct sl_lpm **out);
/* What is in the slots stays. */
void sl_lpm_free(struct sl_lpm *t);
static inline void sl_lpm_freep(struct sl_lpm **t)
{
	sl_lpm_free(*t);
}

enum sl_lpm_what {
	SL_LPM_ADD,    /* there must be no route for the prefix */
	SL_LPM_SET,    /* takes the place of one */
	SL_LPM_REMOVE, /* there must be one, and the same; see `any` */
	SL_LPM_FLUSH,  /* all routes go: only as the first of several changes */
};

struct sl_lpm_op {
	enum sl_lpm_what what;
	bool any; /* remove: whatever it leads to */
	struct sl_lpm_route route;
};

/*
 * Carries out all changes, or none. -EEXIST (add), -ENOENT (remove), -EINVAL (a FLUSH elsewhere,
 * bits behind a prefix), -E2BIG (too many routes or hops), -EDQUOT (more routes than
 * sl_lpm_set_limit() said): `*failed` is the change it is about, and
 * for -EEXIST
 * `*have` the route that is there. -ENOMEM or -errno: nothing changed.
 */
int sl_lpm_apply(struct sl_lpm *t, const struct sl_lpm_op *ops, size_t n, size_t *failed,
		 struct sl_lpm_route *have);

/* So many routes there may be from now on. Those that are more stay. */
void sl_lpm_set_limit(struct sl_lpm *t, size_t routes);

/* What the handlers of a running table ask of it (loader/lpm/ask.h). */
struct sl_lpm_ask {
	enum { SL_LPM_CHANGE, SL_LPM_LOOKUP, SL_LPM_LIST } what;
	const struct sl_lpm_op *ops; /* CHANGE */
	size_t n;
	uint8_t addr[16]; /* LOOKUP */
};

/* The longest route that holds an address. 0 or -ENOENT. */
int sl_lpm_lookup(struct sl_lpm *t, const uint8_t *addr, struct sl_lpm_route *out);

/* Calls `fn` for each route, by address, shorter prefixes first; ends with its first result other
 * than 0. */
typedef int sl_lpm_fn(void *arg, const struct sl_lpm_route *route);
int sl_lpm_each(struct sl_lpm *t, sl_lpm_fn *fn, void *arg);

struct sl_lpm_stats {
	size_t routes, hops;
	size_t limit;	     /* routes there may be */
	bool wide;	     /* which of the two images */
	size_t image_bytes;  /* what programs look at */
	size_t record_bytes; /* the routes, in maps */
	size_t own_bytes;    /* this process's */
	uint64_t rebuilt;    /* images made since it was opened */
};
void sl_lpm_stats(const struct sl_lpm *t, struct sl_lpm_stats *out);

/* Tables larger than this get the wide image (IPv4). Tests set it lower. */
#define SL_LPM_WIDE_FROM 131072
void sl_lpm_set_wide_from(struct sl_lpm *t, size_t routes);

/* Called before each store to what lookups may see: for tests that look in between. */
void sl_lpm_set_hook(struct sl_lpm *t, void (*hook)(void *arg), void *arg);

/* ---- This process's memory -------------------------------------------------------------------*/

/* A backend for one process: slots are pointers. */
struct sl_lpm_memory {
	struct sl_lpm_region slots[SL_LPM_ALL_SLOTS];
	/* Called where a kernel would wait for lookups to be over; NULL: there are none. */
	void (*wait)(void *arg);
	void *arg;
};
extern const struct sl_lpm_backend sl_lpm_memory_backend; /* arg: struct sl_lpm_memory */
void sl_lpm_memory_free(struct sl_lpm_memory *m);

#endif
