/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of a graph's tables there may be, judged before the kernel is asked for them. */
#ifndef SL_TABLES_H
#define SL_TABLES_H

#include "loader/codegen/compile.h"

/* What no graph goes over, whatever its tenant's budget: entries of one table (one for each 24 bits
 * of an address), and bytes of all. */
#define SL_TABLE_ENTRIES_MAX (1u << 24)
#define SL_TABLES_BYTES_MAX (512ull << 20)

/* A tenant's share; 0: no limit but those above. */
struct sl_table_budget {
	uint64_t entries; /* of all tables */
	uint64_t bytes;	  /* that routes may grow to; what loading takes is memory.h's matter */
};

/* About what the kernel takes for a table of so many entries. */
uint64_t sl_table_bytes(const struct sl_table *t, uint32_t entries);

/*
 * Holds the tables a bundle asks for against the limits above and `budget` (NULL: none). What a
 * bundle says is not trusted: it may come from a compiler that a tenant has taken over. 0, or
 * -EINVAL with messages in `d`: each table that is too large, or what they come to together.
 */
int sl_tables_check(const struct sl_compiled *c, const struct sl_table_budget *budget,
		    struct sl_diags *d);

/*
 * How many routes the route table of element `inst` may have, if all others stay as they are.
 * `routes`: of each element's, how many there are now.
 */
uint64_t sl_tables_routes(const struct sl_compiled *c, uint32_t inst, const uint64_t *routes,
			  const struct sl_table_budget *budget);

#endif
