/* SPDX-License-Identifier: GPL-2.0-only */
/* Route tables (loader/lpm/lpm.h) in BPF maps: slots are entries of two arrays of maps. */
#ifndef SL_LPM_MAPS_H
#define SL_LPM_MAPS_H

#include "loader/lpm/lpm.h"
#include "loader/runtime/charge.h"

/* The two maps of a table as programs name them, `wide` -1 for IPv6. Not owned. */
struct sl_lpm_maps {
	int table, wide;
	struct sl_charge *charge; /* who makes images (charge.h); NULL: this process */
};
extern const struct sl_lpm_backend sl_lpm_maps_backend; /* arg: struct sl_lpm_maps */

/* Makes an empty `table`, or `wide`, called `name`, for `charge`. The descriptor or -errno. */
int sl_lpm_maps_new(const char *name, bool wide, struct sl_charge *charge);

#endif
