/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the machine can keep what budgets promise. Promised is cpu_min, all the time and whatever
 * others ask for; so the sum of it over all tenants is at most what the CPUs have, less the reserve
 * of each. Limits (cpu, memory) are no promises: more of them than there is, is a warning.
 */
#ifndef SL_RUNTIME_ADMISSION_H
#define SL_RUNTIME_ADMISSION_H

#include <stdint.h>

#include "loader/diag.h"

struct json_object;
struct sl_node_config;
struct sl_node_tenant;

struct sl_capacity {
	uint32_t cpus; /* online */
	uint64_t memory_bytes;
};

/* This machine's. */
void sl_capacity_here(struct sl_capacity *c);

/*
 * Judges `next`, which is to follow `now` (NULL: nothing). 0; -EINVAL with the arithmetic in `d`. A
 * sum that `next` does not raise is no reason to refuse it (CPUs may have gone offline): that is a
 * warning. `whose` (NULL: the whole file is judged): the change is of this tenant alone; warnings
 * are about it, and messages are placed where it was written.
 */
int sl_admission(const struct sl_node_config *next, const struct sl_node_config *now,
		 const struct sl_capacity *c, const struct sl_node_tenant *whose,
		 struct sl_diags *d);

/*
 * The sums by which `c` is taken, a line each, whether they hold or not: {cpu, memory, poll}. What
 * nobody was promised or limited to is left out. `inline_ns` (of as many tenants as the file has, 0
 * for those that are not inline) is what packets may cost; `platform_ns` what each costs besides.
 * NULL when out of memory.
 */
struct json_object *sl_admission_json(const struct sl_node_config *c, const struct sl_capacity *cap,
				      const uint32_t *inline_ns, uint32_t platform_ns);

#endif
