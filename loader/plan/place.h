/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPU forwards what. A path is what one CPU does for a tenant: all of it, or, where a tenant
 * needs more than a CPU has, the flows that fall to that CPU. Its cost is measured, in thousandths
 * of a CPU. Nothing here looks at the machine: costs come in, indices of CPUs come out.
 *
 * A path goes to the CPU on which it leaves least room (best fit), so that what is free stays in
 * large pieces and the next big path finds one. It is moved only when that pays, and whole: the
 * next packet goes to the new CPU when the old one has done all it was given, so no flow is
 * reordered.
 */
#ifndef SL_PLAN_PLACE_H
#define SL_PLAN_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SL_PLACE_GAIN_MILLI 50		/* a move that relieves less does not pay */
#define SL_PLACE_REST_NS 10000000000ull /* a path that moved stays so long */

struct sl_place_cpu {
	uint32_t cpu;	     /* its number */
	uint32_t room_milli; /* what paths may take in all */
	uint32_t used_milli; /* what those on it take */
};

/*
 * Best fit for a path: 0 and its index among `cpus` in `at`. -ENOSPC: there is room nowhere, and
 * `at` is where it is exceeded least. -EINVAL: no CPUs, `at` is left alone. The caller adds the
 * cost to that CPU. Of equal ones the first.
 */
int sl_place(const struct sl_place_cpu *cpus, size_t n, uint32_t cost_milli, size_t *at);

/*
 * The same for a tenant that may need several CPUs: as many idle ones as it fills, best fit for the
 * rest; what no single CPU has room for is put together from the largest pieces. 0 with `n_parts`
 * pieces in `parts` (room for n of them) and their costs added to `cpus`; -ENOSPC: the CPUs have
 * less room in all than it costs, and nothing is changed.
 */
struct sl_place_part {
	size_t at;
	uint32_t cost_milli;
};
int sl_place_parts(struct sl_place_cpu *cpus, size_t n, uint32_t cost_milli,
		   struct sl_place_part *parts, size_t *n_parts);

/* A path that is somewhere. */
struct sl_place_path {
	uint32_t cost_milli;
	size_t at;	   /* where its packets go */
	size_t to;	   /* where they shall go; `at`: it does not move */
	uint64_t moved_ns; /* when it last began to; 0: never */
};

/* What a measurement of a path says of its cost: a quarter of the difference, so that a moment in
 * which it rests or bursts moves nothing. */
uint32_t sl_place_cost(uint32_t was_milli, uint32_t measured_milli);

/*
 * The one move that pays most, from CPUs with more paths than room: true, with the path's index and
 * the CPU's. used_milli is what the paths add up to where they are going. False: leave all as it
 * is.
 */
bool sl_place_better(const struct sl_place_cpu *cpus, size_t n, const struct sl_place_path *paths,
		     size_t n_paths, uint64_t now_ns, size_t *path, size_t *to);
/* Begins a move, and books it. */
void sl_place_move(struct sl_place_cpu *cpus, struct sl_place_path *path, size_t to,
		   uint64_t now_ns);

/*
 * Asked before each packet is handed over: the index of the CPU it goes to. `handed` is how many
 * packets of the path were handed to the CPU it is on, `done` how many that has done; both may wrap
 * around. `done` must be read after `handed`, by the only one who hands packets of this path over.
 */
size_t sl_place_next(struct sl_place_path *path, uint32_t handed, uint32_t done);

#endif
