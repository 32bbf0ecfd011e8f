/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What graphs take of the kernel's memory, and whether a tenant may have it. Counted is all of it,
 * whether the kernel charges it to the tenant's control group (maps) or to nobody (per-CPU values,
 * programs).
 */
#ifndef SL_MEMORY_H
#define SL_MEMORY_H

#include "loader/codegen/compile.h"
#include "loader/runtime/charge.h"

struct sl_loaded;

/* What a tenant may have, and has. */
struct sl_memory {
	const char *tenant;
	uint64_t limit;		  /* bytes; 0: none */
	uint64_t during;	  /* limit while two graphs are there, as one follows the other */
	uint64_t used;		  /* by graphs that are there */
	struct sl_charge *charge; /* who makes maps; NULL: this process */
};

/* Bytes by what they are for. */
struct sl_memory_sum {
	uint64_t tables, counters, words, per_cpu, programs;
};
uint64_t sl_memory_total(const struct sl_memory_sum *s);

/* What loading `c` takes. `pages`, `tables`: as sl_load_opts has them; maps that are there already
 * are not counted. NULL: none are. */
void sl_memory_of(const struct sl_compiled *c, const int *pages, const int *tables,
		  struct sl_memory_sum *out);
/* Of this the kernel charges nobody. */
uint64_t sl_memory_uncharged(const struct sl_compiled *c);

/*
 * Whether the tenant may have what loading `c` takes; if so, that is what `m->charge` may make. 0;
 * -EDQUOT: `d` says what it asks for, what there is, and what to do.
 */
int sl_memory_check(const struct sl_compiled *c, const int *pages, const int *tables,
		    const struct sl_memory *m, struct sl_diags *d);

/* What maps of graphs take now, each counted once; and their programs. */
struct sl_memory_user {
	const struct sl_compiled *c;
	const struct sl_loaded *l; /* NULL: passed over */
};
void sl_memory_now(const struct sl_memory_user *users, size_t n, struct sl_memory_sum *out);

/* "12.3 MiB". */
#define SL_MEMORY_TEXT 32
const char *sl_memory_text(uint64_t bytes, char buf[SL_MEMORY_TEXT]);

#endif
