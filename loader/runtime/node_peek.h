/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking at the packets of tenants' links while they pass (bpf/peek.h). The trusted program copies
 * them into a ring as long as this side renews its budget; who looks at the same link shares a
 * copy.
 */
#ifndef SL_NODE_PEEK_H
#define SL_NODE_PEEK_H

#include "loader/runtime/node.h"

/* How often sl_node_peek_refresh() is to be called while somebody looks; the kernel stops copying
 * SL_NODE_PEEK_STALE_MS after the last time. */
#define SL_NODE_PEEK_MS 100
#define SL_NODE_PEEK_STALE_MS 2000
/* Packets a second that are copied, of one link and of all together. */
#define SL_NODE_PEEK_LINK_RATE 5000
#define SL_NODE_PEEK_RATE 10000

/* Somebody who looks. */
struct sl_node_peek {
	char tenant[SL_NAME_MAX + 1];
	int dev; /* device index; -1: all of the tenant's */
	unsigned int dirs;
	uint32_t snap;
	uint64_t lost; /* packets not copied since */
	struct sl_node_peek *next;
};

/* A copy of a packet; `bytes` is good until the call that gave it returns. */
struct sl_node_packet {
	const char *tenant;
	int dev;
	unsigned int dir; /* SL_PEEK_IN or SL_PEEK_OUT */
	uint64_t ts_ns;	  /* since the epoch */
	uint32_t len, cap;
	const uint8_t *bytes;
};

/*
 * Begins to look at a tenant's packets, of one device or (NULL) all. 0; -ENOENT: it has no such
 * link; -EBUSY: too many links are looked at; with a message in `d`.
 */
int sl_node_peek(struct sl_node *n, const char *tenant, const char *device, unsigned int dirs,
		 uint32_t snap, struct sl_diags *d, struct sl_node_peek **out);
void sl_node_peek_end(struct sl_node *n, struct sl_node_peek *p);
/* Renews budgets, follows links that moved, counts what was lost. */
void sl_node_peek_refresh(struct sl_node *n);
/* Calls `fn` with each packet copied since the last call. 0 or -errno. */
int sl_node_peek_read(struct sl_node *n, void (*fn)(void *arg, const struct sl_node_packet *pkt),
		      void *arg);
/* Readable when there are packets; -1 when nobody looks. */
int sl_node_peek_fd(const struct sl_node *n);
/* Whether a packet is one that `p` looks at. */
bool sl_node_peek_wants(const struct sl_node_peek *p, const struct sl_node_packet *pkt);

#endif
