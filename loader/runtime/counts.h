/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many packets entered each element of a loaded graph: derived from the cells its programs
 * count in (loader/plan/flow.h), on top of what graphs before it had counted (the bases, in the
 * data map). And the map that people are shown, `counters`: a member an element, by name.
 */
#ifndef SL_COUNTS_H
#define SL_COUNTS_H

#include "loader/runtime/live.h"

/* counts[i] for every element. 0 or -errno. */
int sl_counts_read(const struct sl_live_maps *m, uint64_t *counts);

/* The cells themselves, summed over CPUs: bundle->n_cells of them. 0 or -errno. */
int sl_counts_cells(const struct sl_live_maps *m, uint64_t *cells);

/* Where an element's base is; one writer, the daemon. */
uint64_t *sl_counts_base(const struct sl_live_maps *m, uint32_t elem);

/* Writes counts and state, as they are now, into the map that is shown. 0 or -errno. */
int sl_counts_show(const struct sl_live_maps *m);

#endif
