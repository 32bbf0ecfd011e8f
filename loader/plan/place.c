// SPDX-License-Identifier: GPL-2.0-only
/* Which CPU forwards what: best fit, and moves that pay. */
#include "loader/plan/place.h"

#include <errno.h>

static uint32_t room(const struct sl_place_cpu *c)
{
	return c->used_milli < c->room_milli ? c->room_milli - c->used_milli : 0;
}

static bool fits(const struct sl_place_cpu *c, uint32_t cost_milli)
{
	return (uint64_t)c->used_milli + cost_milli <= c->room_milli;
}

static uint32_t over(uint64_t used_milli, const struct sl_place_cpu *c)
{
	return used_milli > c->room_milli ? (uint32_t)(used_milli - c->room_milli) : 0;
}

int sl_place(const struct sl_place_cpu *cpus, size_t n, uint32_t cost_milli, size_t *at)
{
	size_t best = n, least = 0;

	if (!n)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		const struct sl_place_cpu *c = &cpus[i];

		if (fits(c, cost_milli) && (best == n || room(c) < room(&cpus[best])))
			best = i;
		if ((int64_t)c->used_milli - c->room_milli <
		    (int64_t)cpus[least].used_milli - cpus[least].room_milli)
			least = i;
	}
	*at = best == n ? least : best;
	return best == n ? -ENOSPC : 0;
}

/* ---- Tenants larger than a CPU ---------------------------------------------------------------*/

static size_t idle(const struct sl_place_cpu *cpus, size_t n, uint32_t most)
{
	size_t best = n;

	for (size_t i = 0; i < n; i++)
		if (!cpus[i].used_milli && cpus[i].room_milli && cpus[i].room_milli <= most &&
		    (best == n || cpus[i].room_milli > cpus[best].room_milli))
			best = i;
	return best;
}

static size_t roomiest(const struct sl_place_cpu *cpus, size_t n)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (room(&cpus[i]) > room(&cpus[best]))
			best = i;
	return best;
}

static void take(struct sl_place_cpu *cpus, size_t at, uint32_t cost_milli,
		 struct sl_place_part *parts, size_t *n_parts)
{
	cpus[at].used_milli += cost_milli;
	parts[(*n_parts)++] = (struct sl_place_part){at, cost_milli};
}

int sl_place_parts(struct sl_place_cpu *cpus, size_t n, uint32_t cost_milli,
		   struct sl_place_part *parts, size_t *n_parts)
{
	uint64_t all = 0;
	size_t at;

	for (size_t i = 0; i < n; i++)
		all += room(&cpus[i]);
	if (!n || all < cost_milli)
		return -ENOSPC;
	*n_parts = 0;
	do {
		if (!sl_place(cpus, n, cost_milli, &at)) {
			take(cpus, at, cost_milli, parts, n_parts);
			break;
		}
		at = idle(cpus, n, cost_milli);
		if (at == n)
			at = roomiest(cpus, n);
		cost_milli -= room(&cpus[at]);
		take(cpus, at, room(&cpus[at]), parts, n_parts);
	} while (cost_milli);
	return 0;
}

/* ---- Moves -----------------------------------------------------------------------------------*/

uint32_t sl_place_cost(uint32_t was_milli, uint32_t measured_milli)
{
	int64_t step = ((int64_t)measured_milli - was_milli) / 4;

	/* The last bit of the way, too. */
	if (!step && measured_milli != was_milli)
		step = measured_milli > was_milli ? 1 : -1;
	return (uint32_t)(was_milli + step);
}

uint32_t sl_place_demand(uint32_t measured_milli, uint64_t done, uint64_t missed,
			 uint32_t most_milli)
{
	double all = done ? measured_milli * (1 + (double)missed / (double)done) : measured_milli;
	uint32_t most = most_milli && most_milli < 1000 ? most_milli : 1000;

	return all < most ? (uint32_t)all : most;
}

/* By how much less CPUs are exceeded, in all, when the path goes there. */
static int64_t gain(const struct sl_place_cpu *cpus, const struct sl_place_path *p, size_t to)
{
	const struct sl_place_cpu *a = &cpus[p->at], *b = &cpus[to];
	uint64_t left = a->used_milli > p->cost_milli ? a->used_milli - p->cost_milli : 0;

	return (int64_t)over(a->used_milli, a) - over(left, a) + over(b->used_milli, b) -
	       over((uint64_t)b->used_milli + p->cost_milli, b);
}

bool sl_place_better(const struct sl_place_cpu *cpus, size_t n, const struct sl_place_path *paths,
		     size_t n_paths, uint64_t now_ns, size_t *path, size_t *to)
{
	int64_t most = SL_PLACE_GAIN_MILLI - 1;
	uint32_t cost = 0, left = 0;
	bool found = false;

	for (size_t i = 0; i < n_paths; i++) {
		const struct sl_place_path *p = &paths[i];

		if (p->to != p->at || over(cpus[p->at].used_milli, &cpus[p->at]) == 0 ||
		    (p->moved_ns && now_ns - p->moved_ns < SL_PLACE_REST_NS))
			continue;
		for (size_t k = 0; k < n; k++) {
			int64_t g = k == p->at ? 0 : gain(cpus, p, k);
			uint32_t r = room(&cpus[k]);

			/* Of moves that relieve the same: that of the cheapest path, to where it
			 * leaves least room. */
			if (g < most || (g == most && (!found || p->cost_milli > cost ||
						       (p->cost_milli == cost && r >= left))))
				continue;
			most = g;
			cost = p->cost_milli;
			left = r;
			found = true;
			*path = i;
			*to = k;
		}
	}
	return found;
}

void sl_place_move(struct sl_place_cpu *cpus, struct sl_place_path *path, size_t to,
		   uint64_t now_ns)
{
	uint32_t *from = &cpus[path->to].used_milli;

	*from = *from > path->cost_milli ? *from - path->cost_milli : 0;
	cpus[to].used_milli += path->cost_milli;
	path->to = to;
	path->moved_ns = now_ns ? now_ns : 1;
}
