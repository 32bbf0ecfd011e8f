/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPU forwards what. A path is what one CPU does for a tenant: all of it, or, where a tenant
 * needs more than a CPU has, the flows that fall to that CPU. Its cost is measured, in thousandths
 * of a CPU. Nothing here looks at the machine: costs come in, indices of CPUs come out.
 *
 * A path goes to the CPU on which it leaves least room (best fit), so that what is free stays in
 * large pieces and the next big path finds one. It is moved only when that pays, and whole (how no
 * flow is reordered by that: bpf/move.h).
 */
#ifndef SL_PLAN_PLACE_H
#define SL_PLAN_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SL_PLACE_GAIN_MILLI 50		 /* a move that relieves less does not pay */
#define SL_PLACE_PERIOD_NS 2000000000ull /* costs are measured, and a move looked for, so often */
#define SL_PLACE_GUESS_MILLI 500	 /* of a path that was not measured yet */
#define SL_PLACE_REST_NS 10000000000ull	 /* a path that moved stays so long */

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
 * What a path would take if it could: of `measured_milli` it did `done` packets, and `missed` were
 * dropped for want of its time. At most a CPU, and `most_milli` (0: no limit). On a CPU that is
 * full each gets what there is, so what is measured never exceeds its room.
 */
uint32_t sl_place_demand(uint32_t measured_milli, uint64_t done, uint64_t missed,
			 uint32_t most_milli);

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

#endif
