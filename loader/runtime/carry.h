/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a graph's state its successor takes over, and how. */
#ifndef SL_CARRY_H
#define SL_CARRY_H

#include "loader/runtime/tenant.h"

/*
 * Matches elements by name and class, and fills in the descriptors of maps to be shared, -1 for new
 * ones (`pages`, `tables`: arrays of the new layout's counts). Notes in `d` what ends with the old
 * graph. 0 or -ENOMEM.
 */
int sl_carry_plan(const struct sl_generation *before, const struct sl_compiled *c, int *pages,
		  int *tables, struct sl_diags *d);
/* Before packets enter `g`: where it counts on in the old graph's cells, it begins where that
 * began. 0 or -ENOMEM. */
int sl_carry_begin(const struct sl_generation *before, struct sl_generation *g);
/*
 * Words that go on (rw_keep) and table entries where tables are not shared: before packets enter
 * `g`; and, with `running`, directly after, what packets changed in the old graph's tables in
 * between. 0 or the first -errno; goes on after an error.
 */
int sl_carry_across(const struct sl_generation *before, struct sl_generation *g, bool running);
/* Forgets what sl_carry_across() remembers from call to call. */
void sl_carry_free(struct sl_generation *g);
/*
 * After the old graph's last packet: adds its counts to the new one's where pages are not shared,
 * and carries what it changed in its tables last. What has been added is marked in a map pinned in
 * `dir`, the old graph's, so that this can be done again after a crash. 0 or the first -errno; goes
 * on after an error.
 */
int sl_carry_finish(const struct sl_generation *before, struct sl_generation *g, const char *dir);

#endif
