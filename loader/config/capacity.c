// SPDX-License-Identifier: GPL-2.0-only
/* CAPACITY: how large an element's table is. */
#include <errno.h>
#include <inttypes.h>

#include "loader/config/capacity.h"

int sl_capacity_check(struct sl_conf *cf, uint32_t capacity)
{
	if (capacity >= SL_CAPACITY_MIN && capacity <= SL_CAPACITY_MAX)
		return 0;
	sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, "CAPACITY"), "bad-argument",
				   "CAPACITY: %" PRIu32 ": a table has %d to %d entries", capacity,
				   SL_CAPACITY_MIN, SL_CAPACITY_MAX),
		     "leave it out for " SL_CAPACITY_DEFAULT);
	return -EINVAL;
}
