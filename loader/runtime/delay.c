// SPDX-License-Identifier: GPL-2.0-only
/* Percentiles from counts in buckets, of late and of all time. */
#include "loader/runtime/delay.h"

#include <stdio.h>
#include <string.h>

/* What is left of a count after one look: looks half a second apart remember eight seconds. */
#define LEFT (15. / 16)
/* A percentile is one if so many packets were beyond. */
#define BEYOND 5

void sl_delay_look(struct sl_delay_late *l, const struct sl_delay *now)
{
	double all = 0;

	if (!now && l->all < 0.5)
		return;
	for (unsigned int i = 0; i < SL_DELAY_BUCKETS; i++) {
		l->packets[i] *= LEFT;
		/* Counts that went back have begun anew. */
		if (now && l->begun && now->packets[i] > l->seen.packets[i])
			l->packets[i] += (double)(now->packets[i] - l->seen.packets[i]);
		all += l->packets[i];
	}
	l->all = all;
	if (now) {
		l->seen = *now;
		l->begun = true;
	}
}

double sl_delay_percentile(const double packets[SL_DELAY_BUCKETS], double p)
{
	double all = 0, below = 0;

	for (unsigned int i = 0; i < SL_DELAY_BUCKETS; i++)
		all += packets[i];
	/* Rounding must not tell 5 from 5. */
	if (all * (1 - p) < BEYOND - 1e-6)
		return -1;
	for (unsigned int i = 0; i < SL_DELAY_BUCKETS; i++) {
		double from = (double)sl_delay_begins(i), n = packets[i];

		/* Inside a bucket, as if they were spread evenly; nothing is known of the last. */
		if (i + 1 == SL_DELAY_BUCKETS)
			return from;
		if (n > 0 && below + n >= all * p)
			return from +
			       ((double)sl_delay_begins(i + 1) - from) * (all * p - below) / n;
		below += n;
	}
	return -1;
}

void sl_delay_json(const double packets[SL_DELAY_BUCKETS], const char *prefix,
		   struct json_object *o)
{
	static const struct {
		const char *name;
		double p;
	} wanted[] = {{"p50_ns", .5}, {"p99_ns", .99}, {"p999_ns", .999}};
	double all = 0, ns;
	char name[32];

	for (unsigned int i = 0; i < SL_DELAY_BUCKETS; i++)
		all += packets[i];
	snprintf(name, sizeof(name), "%ssamples", prefix);
	json_object_object_add(o, name, json_object_new_int64((int64_t)(all + .5)));
	for (unsigned int i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		ns = sl_delay_percentile(packets, wanted[i].p);
		snprintf(name, sizeof(name), "%s%s", prefix, wanted[i].name);
		if (ns >= 0)
			json_object_object_add(o, name, json_object_new_int64((int64_t)(ns + .5)));
	}
}

void sl_delay_all_json(const struct sl_delay *d, struct json_object *o)
{
	double packets[SL_DELAY_BUCKETS];

	for (unsigned int i = 0; i < SL_DELAY_BUCKETS; i++)
		packets[i] = (double)d->packets[i];
	sl_delay_json(packets, "", o);
}
