/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPU forwards what: best fit, moves only when they pay, and come to an end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "loader/plan/place.h"
#include "selftests/tools/placements.h"

#define S 1000000000ull

static void a_path_goes_where_it_leaves_least_room(void **state)
{
	struct sl_place_cpu cpus[] = {{0, 900, 300}, {1, 900, 700}, {2, 900, 500}};
	size_t at = 9;

	(void)state;
	assert_int_equal(sl_place(cpus, 3, 200, &at), 0);
	assert_int_equal(at, 1);
	assert_int_equal(sl_place(cpus, 3, 201, &at), 0);
	assert_int_equal(at, 2);
	assert_int_equal(sl_place(cpus, 3, 401, &at), 0);
	assert_int_equal(at, 0);
	assert_int_equal(sl_place(cpus, 3, 600, &at), 0);
	assert_int_equal(at, 0);
	assert_int_equal(sl_place(cpus, 3, 601, &at), -ENOSPC);
	assert_int_equal(at, 0);
}

static void without_room_it_goes_where_least_is_exceeded(void **state)
{
	struct sl_place_cpu cpus[] = {{0, 900, 1200}, {1, 500, 600}, {2, 900, 1001}};
	size_t at = 9;

	(void)state;
	assert_int_equal(sl_place(cpus, 3, 0, &at), -ENOSPC);
	assert_int_equal(at, 1);
	assert_int_equal(sl_place(cpus, 0, 1, &at), -EINVAL);
	assert_int_equal(at, 1);
	cpus[1].used_milli = UINT32_MAX;
	assert_int_equal(sl_place(cpus, 3, UINT32_MAX, &at), -ENOSPC);
	assert_int_equal(at, 2);
}

static void of_equal_cpus_the_first(void **state)
{
	struct sl_place_cpu cpus[] = {{4, 900, 0}, {5, 900, 100}, {6, 900, 100}};
	size_t at = 9;

	(void)state;
	assert_int_equal(sl_place(cpus, 3, 10, &at), 0);
	assert_int_equal(at, 1);
}

/* ---- Tenants larger than a CPU ---------------------------------------------------------------*/

static void a_large_tenant_gets_whole_cpus_and_best_fit_for_the_rest(void **state)
{
	struct sl_place_cpu cpus[] = {
		{0, 1000, 100}, {1, 1000, 0}, {2, 1000, 600}, {3, 1000, 0}, {4, 1000, 0}};
	struct sl_place_part parts[5];
	size_t n = 0;

	(void)state;
	assert_int_equal(sl_place_parts(cpus, 5, 2350, parts, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(parts[0].at, 1);
	assert_int_equal(parts[0].cost_milli, 1000);
	assert_int_equal(parts[1].at, 3);
	assert_int_equal(parts[1].cost_milli, 1000);
	assert_int_equal(parts[2].at, 2);
	assert_int_equal(parts[2].cost_milli, 350);
	assert_int_equal(cpus[2].used_milli, 950);
	assert_int_equal(cpus[4].used_milli, 0);
}

static void what_fits_nowhere_is_put_together_from_the_largest_pieces(void **state)
{
	struct sl_place_cpu cpus[] = {{0, 1000, 700}, {1, 1000, 800}, {2, 1000, 600}};
	struct sl_place_part parts[3];
	size_t n = 0;

	(void)state;
	assert_int_equal(sl_place_parts(cpus, 3, 550, parts, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(parts[0].at, 2);
	assert_int_equal(parts[0].cost_milli, 400);
	assert_int_equal(parts[1].at, 1);
	assert_int_equal(parts[1].cost_milli, 150);
}

static void what_there_is_no_room_for_changes_nothing(void **state)
{
	struct sl_place_cpu cpus[] = {{0, 1000, 700}, {1, 1000, 1800}};
	struct sl_place_part parts[2];
	size_t n = 7;

	(void)state;
	assert_int_equal(sl_place_parts(cpus, 2, 301, parts, &n), -ENOSPC);
	assert_int_equal(sl_place_parts(cpus, 0, 0, parts, &n), -ENOSPC);
	assert_int_equal(n, 7);
	assert_int_equal(cpus[0].used_milli, 700);
}

static void best_fit_cuts_tenants_into_fewer_pieces_than_first_fit(void **state)
{
	static const uint32_t most[] = {500, 1000, 2000};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct placements w;
		uint64_t best = 0;

		assert_int_equal(placements_run(&w, 64, 900, most[i], 10000, 7), 0);
		assert_int_equal(w.arrivals + w.departures, 10000);
		printf("# 64 CPUs, tenants to %u%%: %llu pieces of at least %llu; first fit %llu\n",
		       most[i] / 10, (unsigned long long)w.best.pieces,
		       (unsigned long long)w.fewest, (unsigned long long)w.first.pieces);
		assert_true(w.best.pieces >= w.fewest);
		assert_true(w.best.pieces < w.first.pieces);
		assert_true(w.best.split < w.first.split);
		/* Both hold the same tenants, and no CPU more than it has. */
		for (size_t c = 0; c < 64; c++) {
			best += w.best.cpus[c].used_milli;
			best -= w.first.cpus[c].used_milli;
			assert_true(w.best.cpus[c].used_milli <= 1000);
		}
		assert_int_equal(best, 0);
		placements_free(&w);
	}
}

/* ---- Moves -----------------------------------------------------------------------------------*/

static void what_fits_stays(void **state)
{
	struct sl_place_cpu cpus[] = {{0, 900, 900}, {1, 900, 0}};
	struct sl_place_path paths[] = {{450, 0, 0, 0}, {450, 0, 0, 0}};
	size_t path, to;

	(void)state;
	assert_false(sl_place_better(cpus, 2, paths, 2, 100 * S, &path, &to));
}

static void a_small_excess_moves_nothing(void **state)
{
	struct sl_place_cpu cpus[] = {{0, 900, 949}, {1, 900, 0}};
	struct sl_place_path paths[] = {{500, 0, 0, 0}, {449, 0, 0, 0}};
	size_t path = 9, to = 9;

	(void)state;
	assert_false(sl_place_better(cpus, 2, paths, 2, 100 * S, &path, &to));
	cpus[0].used_milli = 950;
	paths[1].cost_milli = 450;
	assert_true(sl_place_better(cpus, 2, paths, 2, 100 * S, &path, &to));
	/* The cheapest that does. */
	assert_int_equal(path, 1);
	assert_int_equal(to, 1);
}

static void a_move_goes_to_the_fullest_cpu_that_has_room(void **state)
{
	struct sl_place_cpu cpus[] = {{0, 900, 1200}, {1, 900, 0}, {2, 900, 550}, {3, 900, 700}};
	struct sl_place_path paths[] = {{850, 0, 0, 0}, {350, 0, 0, 0}};
	size_t path = 9, to = 9;

	(void)state;
	assert_true(sl_place_better(cpus, 4, paths, 2, 100 * S, &path, &to));
	assert_int_equal(path, 1);
	assert_int_equal(to, 2);
	sl_place_move(cpus, &paths[path], to, 100 * S);
	assert_int_equal(cpus[0].used_milli, 850);
	assert_int_equal(cpus[2].used_milli, 900);
	assert_false(sl_place_better(cpus, 4, paths, 2, 101 * S, &path, &to));
}

/* Where no move helps, paths do not change places for ever. */
static void what_is_too_much_everywhere_stays(void **state)
{
	struct sl_place_cpu cpus[] = {{0, 900, 1400}, {1, 900, 1350}};
	struct sl_place_path paths[] = {
		{700, 0, 0, 0}, {700, 0, 0, 0}, {700, 1, 1, 0}, {650, 1, 1, 0}};
	size_t path, to;

	(void)state;
	assert_false(sl_place_better(cpus, 2, paths, 4, 100 * S, &path, &to));
}

static void who_moved_rests(void **state)
{
	struct sl_place_cpu cpus[] = {{0, 900, 1000}, {1, 900, 0}};
	struct sl_place_path paths[] = {{1000, 0, 0, 95 * S}};
	size_t path, to;

	(void)state;
	/* And alone on a CPU it gains nothing elsewhere. */
	assert_false(sl_place_better(cpus, 2, paths, 1, 200 * S, &path, &to));
	paths[0].cost_milli = 200;
	assert_false(sl_place_better(cpus, 2, paths, 1, 95 * S + SL_PLACE_REST_NS - 1, &path, &to));
	assert_true(sl_place_better(cpus, 2, paths, 1, 95 * S + SL_PLACE_REST_NS, &path, &to));
	/* Nor who is on the way. */
	paths[0].to = 1;
	assert_false(sl_place_better(cpus, 2, paths, 1, 200 * S, &path, &to));
}

static void a_cost_is_believed_by_and_by(void **state)
{
	uint32_t cost = 100;
	int looks = 0;

	(void)state;
	assert_int_equal(sl_place_cost(100, 1100), 350);
	assert_int_equal(sl_place_cost(1100, 100), 850);
	for (; cost != 1000 && looks < 100; looks++)
		cost = sl_place_cost(cost, 1000);
	assert_int_equal(cost, 1000);
	assert_in_range(looks, 10, 40);
	assert_int_equal(sl_place_cost(7, 7), 7);
	assert_int_equal(sl_place_cost(8, 7), 7);
	assert_int_equal(sl_place_cost(0, UINT32_MAX), UINT32_MAX / 4);
}

/* Loads that swing by a fifth about what fits: after they have settled nothing moves to and fro. */
static void swinging_loads_are_not_chased(void **state)
{
	struct sl_place_cpu cpus[4] = {{0, 900, 0}, {1, 900, 0}, {2, 900, 0}, {3, 900, 0}};
	struct sl_place_path paths[16] = {0};
	unsigned int moves = 0, late = 0;
	struct placements rng = {.rng = 12345};

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		paths[i] = (struct sl_place_path){180, 0, 0, 0};
		cpus[0].used_milli += 180;
	}
	for (uint64_t second = 1; second <= 3600; second++) {
		size_t path, to;

		for (size_t i = 0; i < 16; i++) {
			uint32_t measured = 144 + (uint32_t)(placements_random(&rng) % 73);
			uint32_t cost = sl_place_cost(paths[i].cost_milli, measured);

			cpus[paths[i].to].used_milli += cost - paths[i].cost_milli;
			paths[i].cost_milli = cost;
			paths[i].at = paths[i].to;
		}
		if (sl_place_better(cpus, 4, paths, 16, second * S, &path, &to)) {
			sl_place_move(cpus, &paths[path], to, second * S);
			moves++;
			late += second > 60;
		}
	}
	printf("# 16 paths that swing by a fifth: %u moves in an hour, %u after a minute\n", moves,
	       late);
	/* At least those that cannot stay where all began. */
	assert_in_range(moves, 11, 20);
	assert_in_range(late, 0, 5);
}

/* What is measured and does not change moves nothing twice, whatever the loads are. */
static void constant_loads_come_to_rest(void **state)
{
	struct placements rng = {.rng = 977};
	unsigned int moves = 0, late = 0;

	(void)state;
	for (int world = 0; world < 200; world++) {
		struct sl_place_cpu cpus[8] = {0};
		struct sl_place_path paths[24] = {0};
		uint32_t load[24];
		size_t path, to;

		for (uint32_t c = 0; c < 8; c++)
			cpus[c] = (struct sl_place_cpu){
				c, 500 + (uint32_t)(placements_random(&rng) % 500), 0};
		for (size_t i = 0; i < 24; i++) {
			load[i] = (uint32_t)(placements_random(&rng) % 700);
			paths[i].cost_milli = SL_PLACE_GUESS_MILLI;
			paths[i].at = paths[i].to = placements_random(&rng) % 8;
			cpus[paths[i].at].used_milli += SL_PLACE_GUESS_MILLI;
		}
		for (uint64_t at = SL_PLACE_PERIOD_NS; at < 3600 * S; at += SL_PLACE_PERIOD_NS) {
			for (size_t i = 0; i < 24; i++) {
				uint32_t cost = sl_place_cost(paths[i].cost_milli, load[i]);

				cpus[paths[i].to].used_milli += cost - paths[i].cost_milli;
				paths[i].cost_milli = cost;
				paths[i].at = paths[i].to;
			}
			if (!sl_place_better(cpus, 8, paths, 24, at, &path, &to))
				continue;
			sl_place_move(cpus, &paths[path], to, at);
			moves++;
			late += at > 300 * S;
		}
	}
	printf("# 200 worlds of 24 paths: %u moves, %u after five minutes\n", moves, late);
	assert_true(moves > 200);
	assert_int_equal(late, 0);
}

static void what_was_refused_counts_as_wanted(void **state)
{
	(void)state;
	assert_int_equal(sl_place_demand(450, 1000, 0, 0), 450);
	assert_int_equal(sl_place_demand(450, 1000, 1000, 0), 900);
	assert_int_equal(sl_place_demand(450, 1000, 4000, 0), 1000);
	assert_int_equal(sl_place_demand(450, 1000, 4000, 500), 500);
	assert_int_equal(sl_place_demand(450, 1000, 4000, 2000), 1000);
	assert_int_equal(sl_place_demand(450, 0, 4000, 0), 450);
	assert_int_equal(sl_place_demand(0, 0, UINT64_MAX, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_goes_where_it_leaves_least_room),
		cmocka_unit_test(without_room_it_goes_where_least_is_exceeded),
		cmocka_unit_test(of_equal_cpus_the_first),
		cmocka_unit_test(a_large_tenant_gets_whole_cpus_and_best_fit_for_the_rest),
		cmocka_unit_test(what_fits_nowhere_is_put_together_from_the_largest_pieces),
		cmocka_unit_test(what_there_is_no_room_for_changes_nothing),
		cmocka_unit_test(best_fit_cuts_tenants_into_fewer_pieces_than_first_fit),
		cmocka_unit_test(what_fits_stays),
		cmocka_unit_test(a_small_excess_moves_nothing),
		cmocka_unit_test(a_move_goes_to_the_fullest_cpu_that_has_room),
		cmocka_unit_test(what_is_too_much_everywhere_stays),
		cmocka_unit_test(who_moved_rests),
		cmocka_unit_test(a_cost_is_believed_by_and_by),
		cmocka_unit_test(swinging_loads_are_not_chased),
		cmocka_unit_test(constant_loads_come_to_rest),
		cmocka_unit_test(what_was_refused_counts_as_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
