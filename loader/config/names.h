/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tables of names share: the scopes. Included by names.c and port_names.c only. */
#ifndef SL_NAMES_H
#define SL_NAMES_H

/* What cannot be added has hh.tbl NULL, instead of ending the process. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "loader/config/config.h"

struct address;
struct port;

struct sl_names {
	struct address *addresses; /* uthash tables by full name */
	struct port *ports;
};

void sl_names_free_ports(struct sl_names *n);

/* `name` as it is called from outside all compounds, if defined beside element `e`. malloc'ed. */
char *sl_name_scoped(const struct sl_elem *e, const char *name);

/* Calls `find` with `name` in each scope that `where` sees, from its own outwards, until one
 * returns something. */
typedef void *sl_name_find(const struct sl_names *n, const char *full, const void *arg);
void *sl_name_search(const struct sl_names *n, const struct sl_elem *where, const char *name,
		     size_t len, sl_name_find *find, const void *arg);

#endif
