/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of an element's tables from a graph to its successor, while packets change them: copied
 * again and again, each time what has changed since. So the successor has them when it takes its
 * first packet, and gets what the old graph's last packets changed. What its own packets have
 * changed meanwhile is left to it.
 */
#ifndef SL_CARRY_TABLES_H
#define SL_CARRY_TABLES_H

#include <stdbool.h>

#include "loader/element/element.h"

/* What the tables of one element held when they were looked at last. */
struct sl_table_copies;

/*
 * One pass from the maps `from` to the maps `to`, both in the order of `t`. *c is NULL at first,
 * and kept from pass to pass. `running`: packets change `to`, too. Where there was no pass before
 * they did, only what `to` has nothing in its place of is copied. What does not fit is left out.
 *
 * Tables are read first to last and written last to first: an entry may name a place in a table
 * behind its own, and is never there before that is. 0 or -errno.
 */
int sl_table_copies_pass(struct sl_table_copies **c, const struct sl_table *t, const int *from,
			 const int *to, bool running);
void sl_table_copies_free(struct sl_table_copies *c); /* NULL is fine */

#endif
