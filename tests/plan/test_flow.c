/* SPDX-License-Identifier: GPL-2.0-only */
/* What is counted, and whether all else follows from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/mem.h"
#include "loader/plan/plan.h"

struct flowing {
	struct sl_program *prog;
	struct sl_plan *plan;
	uint64_t *cells, *want, *got;
	uint32_t seed;
	uint32_t counted; /* edges with a cell that the last packet took */
};

static struct flowing begin(const char *text)
{
	struct sl_click_opts opts = {.classes = &sl_class_set};
	struct sl_devices none = {0};
	struct flowing f = {.seed = 1};
	struct sl_diags d = {0};
	struct sl_graph *g = NULL;
	size_t n;

	assert_int_equal(sl_click_parse("t.click", text, strlen(text), &opts, &d, &g), 0);
	assert_int_equal(sl_graph_check(g, &opts, &d), 0);
	assert_int_equal(sl_program_new(g, &none, &d, &f.prog), 0);
	assert_int_equal(sl_plan_new(f.prog, 0, &d, &f.plan), 0);
	sl_diags_free(&d);
	n = f.plan->n_elems;
	f.cells = calloc(f.plan->flow->n_cells + 1, sizeof(*f.cells));
	f.want = calloc(n + 1, sizeof(*f.want));
	f.got = calloc(n + 1, sizeof(*f.got));
	assert_true(f.cells && f.want && f.got);
	return f;
}

static void end(struct flowing *f)
{
	sl_plan_free(f->plan);
	sl_program_free(f->prog);
	free(f->cells);
	free(f->want);
	free(f->got);
}

static uint32_t pick(struct flowing *f, uint32_t n)
{
	f->seed = f->seed * 1664525u + 1013904223u;
	return (f->seed >> 8) % n;
}

static void take(struct flowing *f, uint32_t edge)
{
	const struct sl_flow_edge *e = &f->plan->flow->edges[edge];

	assert_int_not_equal(edge, SL_FLOW_OUTSIDE);
	if (e->cell == SL_FLOW_DERIVED)
		return;
	assert_true(e->cell < f->plan->flow->n_cells);
	f->cells[e->cell]++;
	f->counted++;
}

/* A packet from a device, by outputs as they fall, or by the first one; it may end anywhere. */
static void send(struct flowing *f, uint32_t dev, bool straight)
{
	const struct sl_flow *fl = f->plan->flow;
	uint32_t i = f->plan->from_dev[dev].elem;

	f->counted = 0;
	take(f, fl->device[dev]);
	for (unsigned int steps = 0;; steps++) {
		const struct sl_plan_elem *pe = &f->plan->elems[i];
		uint32_t n = 0, o = 0;

		f->want[i]++;
		while (n < pe->n_out && pe->out[n].elem != SL_NO_ELEM)
			n++;
		if (!straight)
			o = pick(f, n + 1);
		if (o >= n && fl->leave[i] == SL_FLOW_OUTSIDE)
			o = 0; /* a place that drops nothing */
		if (o >= n || steps > 1000) {
			take(f, fl->leave[i]);
			return;
		}
		/* A copy is one more packet, from outside. */
		if (!sl_plan_direct(pe, o))
			take(f, fl->leave[i]);
		take(f, fl->out[i] + o);
		i = pe->out[o].elem;
	}
}

static void solve(struct flowing *f)
{
	const struct sl_flow *fl = f->plan->flow;

	assert_int_equal(sl_flow_solve(fl->edges, fl->n_edges, fl->n_elems, f->cells, f->got), 0);
	for (uint32_t i = 0; i < fl->n_elems; i++)
		if (f->got[i] != f->want[i])
			fail_msg("%s: %lu instead of %lu", f->prog->graph->elems[i].name,
				 (unsigned long)f->got[i], (unsigned long)f->want[i]);
}

static const char router[] =
	"rt :: RadixIPLookup(10.0.0.1/32 0, 10.0.0.0/24 1, 10.0.1.0/24 2);"
	"ip :: Strip(14) -> CheckIPHeader -> rt;"
	"c0 :: Classifier(12/0800, 12/0806, -); c1 :: Classifier(12/0800, 12/0806, -);"
	"FromDevice(eth0) -> c0; FromDevice(eth1) -> c1;"
	"c0[0] -> Paint(1) -> ip; c1[0] -> Paint(2) -> ip;"
	"c0[1] -> Discard; c1[1] -> Discard; c0[2] -> Discard; c1[2] -> Discard;"
	"rt[0] -> Discard;"
	"rt[1] -> DropBroadcasts -> p0 :: PaintTee(1) -> d0 :: DecIPTTL -> u0 :: Unstrip(14)"
	"  -> ToDevice(eth0);"
	"rt[2] -> DropBroadcasts -> p1 :: PaintTee(2) -> d1 :: DecIPTTL -> u1 :: Unstrip(14)"
	"  -> ToDevice(eth1);"
	"p0[1] -> ICMPError(10.0.0.1, redirect) -> rt; p1[1] -> Counter -> Discard;"
	"d0[1] -> ICMPError(10.0.0.1, timeexceeded) -> rt;"
	"d1[1] -> ICMPError(10.0.0.1, timeexceeded) -> rt;";

static void all_counts_follow(void **state)
{
	struct flowing f = begin(router);

	(void)state;
	for (unsigned int k = 0; k < 2000; k++) {
		send(&f, k % 2, false);
		if (k % 97 == 0)
			solve(&f);
	}
	solve(&f);
	end(&f);
}

static void the_usual_way_is_cheap(void **state)
{
	struct flowing f = begin(router);

	(void)state;
	for (uint32_t dev = 0; dev < 2; dev++) {
		send(&f, dev, true);
		assert_true(f.counted >= 1);
		assert_true(f.counted <= 3);
	}
	solve(&f);
	end(&f);
}

static void a_line_has_one_counter_behind_the_drops(void **state)
{
	struct flowing f = begin("FromDevice(eth0) -> a :: Counter -> b :: Counter -> c :: Counter "
				 "-> Queue -> ToDevice(eth1);");

	(void)state;
	for (unsigned int k = 0; k < 50; k++)
		send(&f, 0, true);
	assert_true(f.counted <= 1);
	solve(&f);
	end(&f);
}

static void a_cycle_is_counted(void **state)
{
	struct flowing f = begin("FromDevice(eth0) -> a :: Counter -> s :: RandomSwitch;"
				 "s[0] -> a; s[1] -> ToDevice(eth0);");

	(void)state;
	for (unsigned int k = 0; k < 500; k++)
		send(&f, 0, false);
	solve(&f);
	end(&f);
}

/* Edges come from a process that tenants' text has been in. */
static void edges_that_make_no_sense_do_no_harm(void **state)
{
	static const struct sl_flow_edge edges[] = {
		{0, 1, SL_FLOW_DERIVED},
		{1, 0, SL_FLOW_DERIVED},
		{0, 0, SL_FLOW_DERIVED},
		{1, SL_FLOW_OUTSIDE, 0},
		{SL_FLOW_OUTSIDE, SL_FLOW_OUTSIDE, SL_FLOW_DERIVED},
		{2, 2, 0},
	};
	uint64_t cells[1] = {7}, counts[3];

	(void)state;
	assert_int_equal(sl_flow_solve(edges, 6, 3, cells, counts), 0);
	assert_int_equal(counts[2], 7);
	assert_int_equal(sl_flow_solve(NULL, 0, 3, cells, counts), 0);
	assert_int_equal(counts[0] + counts[1] + counts[2], 0);
}

/* More went out than came in, as far as was seen: a packet is on its way. */
static void counts_are_never_below_zero(void **state)
{
	static const struct sl_flow_edge edges[] = {
		{SL_FLOW_OUTSIDE, 0, SL_FLOW_DERIVED},
		{0, SL_FLOW_OUTSIDE, 0},
		{1, 0, 1},
		{SL_FLOW_OUTSIDE, 1, SL_FLOW_DERIVED},
	};
	uint64_t cells[2] = {3, 5}, counts[2];

	(void)state;
	assert_int_equal(sl_flow_solve(edges, 4, 2, cells, counts), 0);
	assert_int_equal(counts[1], 5);
	assert_int_equal(counts[0], 3);
	cells[0] = (uint64_t)-9;
	assert_int_equal(sl_flow_solve(edges, 4, 2, cells, counts), 0);
	assert_int_equal(counts[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_counts_follow),
		cmocka_unit_test(the_usual_way_is_cheap),
		cmocka_unit_test(a_line_has_one_counter_behind_the_drops),
		cmocka_unit_test(a_cycle_is_counted),
		cmocka_unit_test(edges_that_make_no_sense_do_no_harm),
		cmocka_unit_test(counts_are_never_below_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
