/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tenants that come and go at random, placed by best fit (loader/plan/place.h) and, in a world of
 * the same CPUs, by first fit: to the first CPU that has room. What fits on no CPU whole is put
 * together from the largest pieces by both. Both take in whom there is room for in all, so both
 * hold the same tenants at any moment, and what differs is into how many pieces they are cut.
 */
#ifndef SL_PLACEMENTS_H
#define SL_PLACEMENTS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "loader/plan/place.h"

#define PLACEMENTS_CPUS 64
#define PLACEMENTS_TENANTS 4096

struct placed {
	struct sl_place_part parts[PLACEMENTS_CPUS];
	size_t n_parts;
};

struct placements_rule {
	struct sl_place_cpu cpus[PLACEMENTS_CPUS];
	struct placed *tenants; /* PLACEMENTS_TENANTS */
	uint64_t pieces;	/* of all who came */
	uint64_t split;		/* tenants in more pieces than they need */
};

struct placements {
	size_t n_cpus;
	struct placements_rule best, first;
	uint64_t arrivals, departures, refused;
	uint64_t fewest; /* pieces, if nobody were cut needlessly */
	uint64_t rng;
};

static inline uint64_t placements_random(struct placements *w)
{
	w->rng ^= w->rng << 13;
	w->rng ^= w->rng >> 7;
	w->rng ^= w->rng << 17;
	return w->rng >> 11;
}

static inline uint32_t placements_room(const struct sl_place_cpu *c)
{
	return c->room_milli - c->used_milli;
}

static inline void placements_take(struct sl_place_cpu *cpus, size_t at, uint32_t cost,
				   struct placed *t)
{
	cpus[at].used_milli += cost;
	t->parts[t->n_parts++] = (struct sl_place_part){at, cost};
}

/* First fit of a tenant that there is room for in all. */
static inline void placements_first(struct sl_place_cpu *cpus, size_t n, uint32_t cost,
				    struct placed *t)
{
	/* Whole CPUs for who needs that many, as best fit has it. */
	for (size_t i = 0; i < n && cost >= cpus[i].room_milli; i++)
		if (!cpus[i].used_milli) {
			placements_take(cpus, i, cpus[i].room_milli, t);
			cost -= cpus[i].room_milli;
		}
	for (size_t i = 0; i < n && cost; i++)
		if (placements_room(&cpus[i]) >= cost) {
			placements_take(cpus, i, cost, t);
			return;
		}
	while (cost) {
		size_t most = 0;
		uint32_t room;

		for (size_t i = 1; i < n; i++)
			if (placements_room(&cpus[i]) > placements_room(&cpus[most]))
				most = i;
		room = placements_room(&cpus[most]);
		placements_take(cpus, most, room < cost ? room : cost, t);
		cost -= room < cost ? room : cost;
	}
}

static inline void placements_count(struct placements_rule *r, const struct placed *t,
				    size_t fewest)
{
	r->pieces += t->n_parts;
	r->split += t->n_parts > fewest;
}

static inline bool placements_arrive(struct placements *w, size_t id, uint32_t cost)
{
	struct placed *b = &w->best.tenants[id], *f = &w->first.tenants[id];
	size_t fewest = (cost + 999) / 1000;

	if (sl_place_parts(w->best.cpus, w->n_cpus, cost, b->parts, &b->n_parts)) {
		w->refused++;
		return false;
	}
	placements_first(w->first.cpus, w->n_cpus, cost, f);
	placements_count(&w->best, b, fewest);
	placements_count(&w->first, f, fewest);
	w->arrivals++;
	w->fewest += fewest;
	return true;
}

static inline void placements_leave(struct placements_rule *r, size_t id)
{
	struct placed *t = &r->tenants[id];

	for (size_t i = 0; i < t->n_parts; i++)
		r->cpus[t->parts[i].at].used_milli -= t->parts[i].cost_milli;
	t->n_parts = 0;
}

/* What all tenants there take, in thousandths of all there is. */
static inline uint32_t placements_load(const struct placements *w)
{
	uint64_t used = 0;

	for (size_t i = 0; i < w->n_cpus; i++)
		used += w->best.cpus[i].used_milli;
	return (uint32_t)(used / w->n_cpus);
}

/*
 * `events` arrivals and departures about a load of `load_milli`, of tenants that take up to
 * `most_milli` of a CPU each. 0 or -ENOMEM; `w` is filled in.
 */
static inline int placements_run(struct placements *w, size_t n_cpus, uint32_t load_milli,
				 uint32_t most_milli, unsigned int events, uint64_t seed)
{
	memset(w, 0, sizeof(*w));
	w->n_cpus = n_cpus;
	w->rng = seed * 2654435761u + 88172645463325252ull;
	w->best.tenants = calloc(PLACEMENTS_TENANTS, sizeof(*w->best.tenants));
	w->first.tenants = calloc(PLACEMENTS_TENANTS, sizeof(*w->first.tenants));
	for (size_t i = 0; i < n_cpus; i++)
		w->best.cpus[i] = w->first.cpus[i] = (struct sl_place_cpu){(uint32_t)i, 1000, 0};
	for (unsigned int e = 0; w->best.tenants && w->first.tenants && e < events;) {
		size_t id = placements_random(w) % PLACEMENTS_TENANTS;
		bool there = w->best.tenants[id].n_parts;
		/* Who is drawn comes or goes, whichever keeps the load where it shall be. */
		bool come = placements_load(w) < load_milli;

		if (there == come)
			continue;
		if (come) {
			uint32_t cost = 1 + (uint32_t)(placements_random(w) % most_milli);

			e += placements_arrive(w, id, cost);
		} else {
			placements_leave(&w->best, id);
			placements_leave(&w->first, id);
			w->departures++;
			e++;
		}
	}
	return w->best.tenants && w->first.tenants ? 0 : -ENOMEM;
}

static inline void placements_free(struct placements *w)
{
	free(w->best.tenants);
	free(w->first.tenants);
}

#endif
