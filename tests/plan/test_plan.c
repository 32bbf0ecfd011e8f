/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments, cycles, copies: what the plan makes of graphs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/mem.h"
#include "loader/plan/plan.h"
#include "tests/plan/planned.h"

static struct planned plan(const char *text, unsigned int weight)
{
	struct sl_click_opts opts = {.classes = &sl_class_set};
	struct sl_devices none = {0};
	struct planned p = {0};
	struct sl_graph *g = NULL;

	p.ret = sl_click_parse("t.click", text, strlen(text), &opts, &p.d, &g);
	p.ret = p.ret ? p.ret : sl_graph_check(g, &opts, &p.d);
	if (p.ret) {
		sl_graph_free(g);
		return p;
	}
	p.ret = sl_program_new(g, &none, &p.d, &p.prog);
	p.ret = p.ret ? p.ret : sl_plan_new(p.prog, weight, &p.d, &p.plan);
	return p;
}

static void one_path_is_one_segment(void **state)
{
	struct planned p = plan("FromDevice(eth0) -> c :: Counter -> Queue -> ToDevice(eth1);", 0);

	(void)state;
	assert_int_equal(p.ret, 0);
	assert_int_equal(p.plan->n_segments, 1);
	assert_true(at(&p, "c")->reachable);
	assert_int_equal(p.plan->segments[0].n_entries, 0);
	done(&p);
}

/* Shares are given between configuring and planning. */
static void what_packets_do_decides_what_is_usual(void **state)
{
	static const char text[] =
		"FromDevice(eth0) -> c :: Classifier(12/0800, 12/0806, -);"
		"c[0] -> a :: Counter -> out :: Discard; c[1] -> b :: Counter -> out;"
		"c[2] -> e :: ICMPError(1.1.1.1, unreachable) -> out;";
	static const uint32_t first[] = {900000, 99000, 1000}, last[] = {10000, 0, 990000};
	struct planned p = plan(text, 0);
	struct sl_plan *again = NULL;
	struct sl_inst *c;
	uint32_t i = (uint32_t)sl_graph_find(p.prog->graph, "c");

	(void)state;
	/* As the graph stands: what is cold has no code of its own, the rest has. */
	assert_true(at(&p, "a")->usual && at(&p, "b")->usual && !at(&p, "e")->usual);
	c = &p.prog->insts[i];
	assert_int_equal(sl_plan_nth_output(p.prog, i, 3, 0), 0);

	c->shares = first;
	assert_int_equal(sl_plan_new(p.prog, 0, &p.d, &again), 0);
	sl_plan_free(p.plan);
	p.plan = again;
	assert_true(at(&p, "a")->usual && at(&p, "b")->usual && !at(&p, "e")->usual);
	assert_true(at(&p, "a")->order < at(&p, "b")->order);
	assert_int_equal(sl_plan_nth_output(p.prog, i, 3, 2), 2);

	c->shares = last;
	assert_int_equal(sl_plan_new(p.prog, 0, &p.d, &again), 0);
	sl_plan_free(p.plan);
	p.plan = again;
	assert_true(at(&p, "e")->usual && !at(&p, "a")->usual && !at(&p, "b")->usual);
	assert_int_equal(at(&p, "e")->segment, 0);
	assert_true(at(&p, "c")->out[0].shared && !at(&p, "c")->out[2].shared);
	assert_int_equal(sl_plan_nth_output(p.prog, i, 3, 0), 2);
	done(&p);
}

static void small_segments_are_chained(void **state)
{
	struct planned p =
		plan("FromDevice(eth0) -> a :: DecIPTTL -> b :: DecIPTTL -> c :: DecIPTTL "
		     "-> d :: DecIPTTL -> Queue -> ToDevice(eth1);",
		     60);

	(void)state;
	assert_int_equal(p.ret, 0);
	assert_true(p.plan->n_segments >= 4);
	assert_int_not_equal(at(&p, "a")->segment, at(&p, "d")->segment);
	assert_true(at(&p, "a")->out[0].cut);
	assert_false(at(&p, "a")->out[0].back);
	done(&p);
}

static void what_goes_round_goes_on_in_shared_code(void **state)
{
	struct planned p = plan("FromDevice(eth0) -> a :: Null -> sw :: Switch(0) -> Queue -> "
				"ToDevice(eth0); sw[1] -> b :: Null -> a;",
				0);
	const struct sl_hop *back;

	(void)state;
	assert_int_equal(p.ret, 0);
	back = &at(&p, "b")->out[0];
	assert_true(back->back);
	assert_true(back->cut);
	assert_true(back->shared);
	/* Segment 0 is entered from outside only. */
	assert_int_equal(p.plan->segments[0].n_entries, 0);
	assert_int_not_equal(back->segment, 0);
	assert_true(p.plan->segments[back->segment].shared);
	/* All is usual, and all may be gone through again. */
	assert_true(at(&p, "b")->usual);
	assert_int_not_equal(at(&p, "b")->block, SL_NO_BLOCK);
	assert_true(at(&p, "b")->again[0].cut);
	assert_false(at(&p, "a")->again[0].cut);
	done(&p);
}

static void elements_that_are_alike_share_seldom_used_code(void **state)
{
	struct planned p = plan(
		"FromDevice(eth0) -> MarkIPHeader(14) -> t :: DecIPTTL -> Queue -> ToDevice(eth0);"
		"t[1] -> a :: ICMPError(10.0.0.1, timeexceeded) -> pa :: Paint(1) -> x :: Strip(1)"
		" -> b :: ICMPError(10.0.0.2, timeexceeded) -> pb :: Paint(2) -> y :: Strip(2)"
		" -> c :: ICMPError(10.0.0.2, timeexceeded, transit, 10.0.0.3) -> pc :: Paint(1, "
		"ANNO "
		"20)"
		" -> Discard;",
		0);

	(void)state;
	assert_int_equal(p.ret, 0);
	assert_false(at(&p, "a")->usual);
	assert_int_equal(at(&p, "a")->block, at(&p, "b")->block);
	assert_int_equal(at(&p, "a")->at, 0);
	assert_int_equal(at(&p, "b")->at, 1);
	/* Values may differ, code and what must be a constant may not. */
	assert_int_not_equal(at(&p, "a")->block, at(&p, "c")->block);
	assert_int_equal(at(&p, "pa")->block, at(&p, "pb")->block);
	assert_int_not_equal(at(&p, "pa")->block, at(&p, "pc")->block);
	assert_int_not_equal(at(&p, "x")->block, at(&p, "y")->block);
	/* From the second back to the first of a block is no way forward. */
	assert_true(at(&p, "x")->again[0].cut);
	assert_false(at(&p, "x")->again[0].back);
	done(&p);
}

static void what_most_packets_take_stays_in_a_segment(void **state)
{
	struct planned p =
		plan("FromDevice(eth0) -> s :: Switch(0) -> a :: DecIPTTL -> b :: DecIPTTL"
		     " -> q :: Null -> c :: DecIPTTL -> Queue -> ToDevice(eth0);"
		     "s[1] -> q;",
		     100);

	(void)state;
	assert_int_equal(p.ret, 0);
	/* It comes from two segments, and is put with the way by first outputs. */
	assert_int_not_equal(at(&p, "q")->segment, 0);
	assert_int_equal(at(&p, "q")->segment, at(&p, "b")->segment);
	assert_true(at(&p, "s")->out[1].cut);
	done(&p);
}

static void a_copy_that_only_looks_needs_none(void **state)
{
	struct planned p = plan("FromDevice(eth0) -> t :: PaintTee(1) -> Queue -> ToDevice(eth0); "
				"t[1] -> Counter -> Discard;",
				0);

	(void)state;
	assert_int_equal(p.ret, 0);
	assert_true(sl_plan_looks(at(&p, "t"), 1));
	assert_int_equal(p.plan->n_copies, 0);
	assert_int_equal(p.plan->max_copies, 0);
	done(&p);
}

static void a_copy_that_is_sent_has_a_way_back_in(void **state)
{
	struct planned p = plan("FromDevice(eth0) -> t :: PaintTee(1) -> Queue -> ToDevice(eth0); "
				"t[1] -> Queue -> ToDevice(eth1);",
				0);

	(void)state;
	assert_int_equal(p.ret, 0);
	assert_int_equal(at(&p, "t")->copy, 0);
	assert_int_equal(at(&p, "t")->n_ways, 2);
	assert_int_equal(p.plan->n_copies, 1);
	assert_int_equal(p.plan->max_copies, 1);
	assert_true(p.plan->resume[0].cut);
	assert_true(p.plan->resume[1].cut);
	/* The copy goes before the packet, as in Click. */
	assert_int_equal(p.plan->ways[0].out, 1);
	assert_int_equal(p.plan->ways[1].out, 0);
	done(&p);
}

static void copies_are(const char *text, uint32_t want)
{
	struct planned p = plan(text, 0);

	if (p.ret)
		sl_diags_print(&p.d, stderr);
	assert_int_equal(p.ret, 0);
	assert_int_equal(p.plan->max_copies, want);
	done(&p);
}

static void copies_of_copies_are_counted(void **state)
{
	(void)state;
	copies_are("FromDevice(eth0) -> t :: Tee; t[0-4] -> ToDevice(eth0);", 4);
	/* Five of each of five. */
	copies_are("FromDevice(eth0) -> t :: Tee; t[0-4] -> u :: Tee; u[0-4] -> ToDevice(eth0);",
		   24);
	/* The most that any way makes: 3 of which one is 4; or 2. */
	copies_are("FromDevice(eth0) -> s :: Switch(0) -> t :: Tee; t[0-1] -> ToDevice(eth0);"
		   "t[2] -> u :: Tee; u[0-3] -> ToDevice(eth0); s[1] -> v :: Tee;"
		   "v[0-1] -> ToDevice(eth0);",
		   5);
	/* What only looks is none; one port of a Hub is spared, that which makes least. */
	copies_are("FromDevice(eth0) -> t :: Tee -> ToDevice(eth0); t[1-3] -> Counter -> Discard;",
		   0);
	copies_are(
		"h :: Hub; FromDevice(eth0) -> [0] h; Idle -> [1] h; Idle -> [2] h; Idle -> [3] h;"
		"h[0] -> ToDevice(eth0); h[1-2] -> ToDevice(eth0);"
		"h[3] -> t :: Tee; t[0-2] -> ToDevice(eth0);",
		4);
	/* Two ports copy nothing. */
	copies_are("h :: EtherSwitch; FromDevice(eth0) -> [0] h; FromDevice(eth1) -> [1] h;"
		   "h[0] -> ToDevice(eth0); h[1] -> ToDevice(eth1);",
		   0);
	/* The last way round the cycle drops: sixteen times one more. */
	copies_are("FromDevice(eth0) -> a :: Null -> t :: Tee -> ToDevice(eth0); t[1] -> a;", 17);
}

/* In a router that sends redirects an error may be copied once more; of that there is no error. */
static void no_error_is_made_of_an_error(void **state)
{
	static const char router[] =
		"rt :: RadixIPLookup(10.0.0.0/24 0, 10.0.1.0/24 1); FromDevice(eth0) -> Strip(14)"
		" -> CheckIPHeader -> rt; rt[0] -> DropBroadcasts -> p :: PaintTee(1) -> out :: "
		"Null"
		" -> Unstrip(14) -> ToDevice(eth0); rt[1] -> q :: PaintTee(2) -> out; q[1] -> %s "
		"-> rt;"
		"p[1] -> ICMPError(10.0.0.1, redirect) -> rt;";
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text), router, "ICMPError(10.0.0.1, redirect)");
	copies_are(text, 2);
	snprintf(text, sizeof(text), router, "Null");
	copies_are(text, 17);
}

static void refused(const char *text, const char *code, const char *element)
{
	struct planned p = plan(text, 0);
	bool found = false;

	assert_int_not_equal(p.ret, 0);
	for (size_t i = 0; i < p.d.n; i++) {
		const struct sl_diag *d = &p.d.list[i];

		if (strcmp(d->code, code))
			continue;
		found = true;
		assert_non_null(d->hint);
		if (element) {
			assert_non_null(d->file);
			assert_string_equal(d->element, element);
			assert_true(d->line > 0 && d->col > 0);
		}
	}
	if (!found)
		sl_diags_print(&p.d, stderr);
	assert_true(found);
	done(&p);
}

static void what_cannot_run_is_refused(void **state)
{
	(void)state;
	refused("FromDevice(eth0) -> Discard;\nFromDevice(eth0) -> Discard;", "two-sources",
		"FromDevice@3");
	refused("Idle -> Discard;", "no-source", NULL);
}

static void what_copies_too_much_is_refused_where_it_does(void **state)
{
	struct planned p;

	(void)state;
	refused("FromDevice(eth0) -> t :: Tee; t[0-64] -> ToDevice(eth0);", "too-many-copies", "t");
	/* Nine of nine: the second is no more than may be, the first is. */
	p = plan("FromDevice(eth0) ->\n  t :: Tee; t[0-8] -> u :: Tee; u[0-8] -> ToDevice(eth0);",
		 0);
	assert_int_equal(p.ret, -EINVAL);
	assert_int_equal(p.d.n, 1);
	assert_string_equal(p.d.list[0].element, "t");
	assert_int_equal(p.d.list[0].line, 2);
	assert_int_equal(p.d.list[0].col, 3);
	assert_non_null(strstr(p.d.list[0].message, "81 packets"));
	assert_non_null(p.d.list[0].hint);
	done(&p);
	refused("FromDevice(eth0) -> a :: Null -> t :: Tee -> a; t[1] -> a;", "too-many-copies",
		"t");
	/* What does not keep an IP header may make of an error what is none. */
	refused("FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> a :: Null -> t :: Tee"
		" -> ICMPError(10.0.0.1, redirect) -> IPEncap(4, 1.0.0.1, 1.0.0.2) -> a; t[1] -> u "
		":: Tee"
		" -> a; u[1] -> ToDevice(eth0);",
		"too-many-copies", "u");
}

static void elements_nobody_reaches_are_left_out(void **state)
{
	struct planned p =
		plan("FromDevice(eth0) -> Discard; Idle -> lost :: Counter -> Discard;", 0);

	(void)state;
	assert_int_equal(p.ret, 0);
	assert_false(at(&p, "lost")->reachable);
	done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_path_is_one_segment),
		cmocka_unit_test(what_packets_do_decides_what_is_usual),
		cmocka_unit_test(small_segments_are_chained),
		cmocka_unit_test(what_goes_round_goes_on_in_shared_code),
		cmocka_unit_test(elements_that_are_alike_share_seldom_used_code),
		cmocka_unit_test(what_most_packets_take_stays_in_a_segment),
		cmocka_unit_test(a_copy_that_only_looks_needs_none),
		cmocka_unit_test(a_copy_that_is_sent_has_a_way_back_in),
		cmocka_unit_test(copies_of_copies_are_counted),
		cmocka_unit_test(no_error_is_made_of_an_error),
		cmocka_unit_test(what_cannot_run_is_refused),
		cmocka_unit_test(what_copies_too_much_is_refused_where_it_does),
		cmocka_unit_test(elements_nobody_reaches_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
