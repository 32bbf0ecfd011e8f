/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The routes of a table as user space keeps them: a tree with a node for each 8 bits of address.
 * A node has the routes whose prefix ends within its 8 bits. Images are made from it node by node
 * (loader/lpm/image.h), which is why nodes remember what was made of them.
 */
#ifndef SL_LPM_RIB_H
#define SL_LPM_RIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Deepest node: the last byte of an IPv6 address. */
#define SL_RIB_DEPTH 16

struct sl_rib_route {
	uint16_t id;  /* 1 << k | the k bits of the prefix in its node: ids ascend by length */
	uint32_t hop; /* what it leads to: never 0 */
	uint32_t log; /* where it is written down */
};

struct sl_rib_node;
struct sl_rib_kid {
	uint8_t byte;
	struct sl_rib_node *node;
};

struct sl_rib_node {
	struct sl_rib_route *routes; /* by id */
	struct sl_rib_kid *kids;     /* by byte */
	uint16_t n_routes, cap_routes;
	uint16_t n_kids, cap_kids;
	/* What stands for it in the image: the word that leads there, the hop it lies in. */
	uint32_t word, base;
	bool made;  /* the two are valid */
	bool dirty; /* it has to be made again: it, or something below it, changed */
};

struct sl_rib {
	struct sl_rib_node root;
	size_t n;     /* routes */
	size_t bytes; /* that nodes take */
};

void sl_rib_free(struct sl_rib *r);

/* The route of exactly this prefix, or NULL. Valid until the next change. */
struct sl_rib_route *sl_rib_find(struct sl_rib *r, const uint8_t *addr, uint8_t len);
/*
 * Adds a route that is not there yet. Nodes on its way are marked dirty. -ENOMEM leaves all as it
 * was.
 */
int sl_rib_add(struct sl_rib *r, const uint8_t *addr, uint8_t len, uint32_t hop, uint32_t log);
/*
 * Removes a route that is there. Nodes left empty go; `gone` is called for each that was made.
 * The others on its way are marked dirty.
 */
void sl_rib_remove(struct sl_rib *r, const uint8_t *addr, uint8_t len,
		   void (*gone)(void *arg, const struct sl_rib_node *n), void *arg);
/* Marks the nodes on the way to a prefix dirty. */
void sl_rib_touch(struct sl_rib *r, const uint8_t *addr, uint8_t len);

/* The longest route that holds an address of `bytes` bytes: its hop, or 0; *len its length. */
uint32_t sl_rib_match(struct sl_rib *r, const uint8_t *addr, unsigned int bytes, uint8_t *len);

/* The child for a byte, or NULL. */
struct sl_rib_node *sl_rib_kid(const struct sl_rib_node *n, uint8_t byte);
/* The hop of each of a node's 256 values, where no child says more. */
void sl_rib_paint(const struct sl_rib_node *n, uint32_t base, uint32_t hops[256]);

/*
 * Calls `fn` for all routes, by address, shorter prefixes first. Ends with its first result other
 * than 0.
 */
typedef int sl_rib_fn(void *arg, const uint8_t *addr, uint8_t len, struct sl_rib_route *route);
int sl_rib_walk(struct sl_rib *r, sl_rib_fn *fn, void *arg);

#endif
