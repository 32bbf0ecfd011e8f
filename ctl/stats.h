/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters as `sluicectl stats` shows them. */
#ifndef CTL_STATS_H
#define CTL_STATS_H

#include "ctl/server.h"

/*
 * What `uid` may see of the counters: {time_ns, node, tenants, links}, or of one tenant {time_ns,
 * tenant, elements, links}. With `before` (an earlier result), rows get `pps` and `bps`, the mean
 * since then. NULL when out of memory.
 */
struct json_object *ctl_stats_get(struct ctl_server *s, uid_t uid, const char *tenant,
				  struct json_object *before);

#endif
