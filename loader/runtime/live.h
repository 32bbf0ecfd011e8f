/* SPDX-License-Identifier: GPL-2.0-only */
/* Handlers' view of a graph whose maps are in the kernel (sl_live over sl_loaded). */
#ifndef SL_LIVE_H
#define SL_LIVE_H

#include "loader/runtime/load.h"
#include "loader/runtime/tables.h"

/* `arg` of the resulting sl_live. Both must outlive it. */
struct sl_live_maps {
	const struct sl_compiled *c;
	struct sl_loaded *l;
	struct sl_table_budget
		budget; /* what handlers may add to route tables is held against it */
};
extern const struct sl_live_ops sl_live_map_ops;

#endif
