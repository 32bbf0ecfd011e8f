/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Percentiles of how long packets were in the node, from the counts of those whose delay was
 * measured (bpf/delay.h).
 */
#ifndef SL_RUNTIME_DELAY_H
#define SL_RUNTIME_DELAY_H

#include <json-c/json.h>
#include <stdbool.h>

#include "bpf/delay.h"

/* Counts of late: what came last weighs most, and after some seconds next to nothing. */
struct sl_delay_late {
	struct sl_delay seen; /* all there was at the last look */
	double packets[SL_DELAY_BUCKETS];
	double all; /* sum of those */
	bool begun;
};

/* A look at the counts, at even distances. `now`: NULL, if they are as before. */
void sl_delay_look(struct sl_delay_late *l, const struct sl_delay *now);

/* The delay that a part `p` of all packets do not exceed, in ns; or -1, if they are too few to say
 * so. */
double sl_delay_percentile(const double packets[SL_DELAY_BUCKETS], double p);

/* Adds {PREFIXsamples, PREFIXp50_ns, PREFIXp99_ns, PREFIXp999_ns}; of percentiles those known. */
void sl_delay_json(const double packets[SL_DELAY_BUCKETS], const char *prefix,
		   struct json_object *o);
void sl_delay_all_json(const struct sl_delay *d, struct json_object *o);

#endif
