/* SPDX-License-Identifier: GPL-2.0-only */
/* Classifiers that follow each other: what one has tested the next does not test again, and what no
 * packet comes to is in no program. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/mem.h"
#include "loader/plan/plan.h"
#include "tests/plan/planned.h"

static struct planned plan(const char *text)
{
	struct sl_click_opts opts = {.classes = &sl_class_set};
	struct sl_device devs[2] = {{.name = "eth0", .index = 0}, {.name = "eth1", .index = 1}};
	struct sl_devices devices = {devs, 2, 64};
	struct planned p = {0};
	struct sl_graph *g = NULL;

	assert_int_equal(sl_click_parse("t.click", text, strlen(text), &opts, &p.d, &g), 0);
	assert_int_equal(sl_graph_check(g, &opts, &p.d), 0);
	assert_int_equal(sl_program_new(g, &devices, &p.d, &p.prog), 0);
	assert_int_equal(sl_plan_new(p.prog, 0, &p.d, &p.plan), 0);
	return p;
}

/* Tests of bits as configured, and in the element's own code. */
static uint32_t configured(const struct planned *p, const char *name)
{
	const struct sl_decider *dr = p->prog->insts[sl_graph_find(p->prog->graph, name)].priv;

	return sl_dec_tests(&dr->graph);
}

static uint32_t left(const struct planned *p, const char *name)
{
	const struct sl_plan_elem *pe = at(p, name);

	return pe->decided ? sl_dec_tests(&pe->decided->graph) : configured(p, name);
}

#define ENDS "o :: Queue -> ToDevice(eth1); d :: Discard;"
#define IP "FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> "

static void a_chain_of_filters_tests_once(void **state)
{
	struct planned p =
		plan(ENDS IP "a :: IPFilter(deny src net 10.1.0.0/16, deny ip proto 17, allow all)"
			     "-> b :: IPFilter(deny src host 10.1.2.3, deny udp, 1 icmp, allow all)"
			     "-> c :: IPFilter(deny src net 10.1.128.0/17, deny icmp, allow all)"
			     "-> o; b[1] -> d;");

	(void)state;
	/* Once more for packets without a whole header, of which there are none. */
	assert_int_equal(configured(&p, "a"), 3);
	assert_int_equal(left(&p, "a"), 2);
	assert_int_equal(configured(&p, "b"), 4);
	assert_int_equal(left(&p, "b"), 1);
	assert_int_equal(configured(&p, "c"), 3);
	assert_int_equal(left(&p, "c"), 0);
	done(&p);
}

static void the_rest_of_one_is_the_next_ones_input(void **state)
{
	struct planned p =
		plan(ENDS "FromDevice(eth0) -> a :: Classifier(12/0806, 12/0800, -);"
			  "a[0] -> d; a[1] -> Strip(14) -> CheckIPHeader -> "
			  "i :: IPClassifier(tcp, udp, -); i[0] -> o; i[1] -> o;"
			  "i[2] -> j :: IPClassifier(udp, icmp, tcp, -);"
			  "j[0] -> n :: Counter -> d; j[1] -> o; j[2] -> m :: Counter -> d;"
			  "j[3] -> d;"
			  "a[2] -> b :: Classifier(12/0800, 12/86dd, -);"
			  "b[0] -> k :: Counter -> Strip(14) -> e :: ICMPError(1.1.1.1, 3) -> d;"
			  "b[1] -> d; b[2] -> d;");

	(void)state;
	assert_true(at(&p, "b")->out[0].dead);
	assert_false(at(&p, "b")->out[1].dead || at(&p, "b")->out[2].dead);
	/* No code, neither of its own nor shared. */
	assert_false(at(&p, "k")->usual || at(&p, "e")->usual);
	assert_int_equal(at(&p, "k")->block, SL_NO_BLOCK);
	assert_int_equal(at(&p, "e")->block, SL_NO_BLOCK);
	assert_true(at(&p, "j")->out[0].dead && at(&p, "j")->out[2].dead);
	assert_false(at(&p, "n")->usual || at(&p, "m")->usual);
	assert_false(at(&p, "j")->out[1].dead || at(&p, "j")->out[3].dead);
	done(&p);
}

static void what_is_written_is_tested_again(void **state)
{
	struct planned p = plan("o :: Queue -> ToDevice(eth1);" IP
				"a :: IPFilter(deny ip ttl < 5, deny ip proto 17, allow all)"
				"-> DecIPTTL -> b :: IPFilter(deny ip ttl < 5, deny udp,"
				" allow all) -> StoreIPAddress(1.2.3.4, src)"
				"-> c :: IPFilter(deny udp, allow all) -> o;");

	(void)state;
	assert_int_equal(configured(&p, "b"), 2);
	assert_int_equal(left(&p, "b"), 1);
	assert_int_equal(left(&p, "c"), 1);
	done(&p);
}

static void a_header_written_is_known(void **state)
{
	struct planned p =
		plan(ENDS IP "Unstrip(14) -> EtherEncap(0x0806, 1:1:1:1:1:1, 2:2:2:2:2:2)"
			     "-> a :: Classifier(12/0800, 12/0806, -); a[0] -> d; a[1] -> o;"
			     "a[2] -> d;");

	(void)state;
	assert_int_equal(left(&p, "a"), 0);
	assert_true(at(&p, "a")->out[0].dead && at(&p, "a")->out[2].dead);
	assert_false(at(&p, "a")->out[1].dead);
	done(&p);
}

/* Where ways meet, what holds is what they agree on. */
static void joins_know_what_is_common(void **state)
{
	struct planned p =
		plan(ENDS "FromDevice(eth0) -> a :: Classifier(12/0806, 12/0800, 12/86dd, -);"
			  "a[0] -> n :: Null; a[1] -> n; n -> b :: Classifier(12/0806, 12/86dd, -);"
			  "a[2] -> d; a[3] -> d; b[0] -> o; b[1] -> d; b[2] -> d;");

	(void)state;
	assert_int_equal(left(&p, "b"), 1);
	assert_true(at(&p, "b")->out[1].dead);
	assert_false(at(&p, "b")->out[0].dead || at(&p, "b")->out[2].dead);
	done(&p);
}

/* Bytes that one pattern found are there for the next; and a packet without them is not one that
 * has others. */
static void lengths_are_known_too(void **state)
{
	struct planned p = plan(ENDS "FromDevice(eth0) -> a :: Classifier(60/01, -);"
				     "a[0] -> b :: Classifier(50/02, 60/02, 60/01, -);"
				     "a[1] -> c :: Classifier(60/01, 60/02, -);"
				     "b[0] -> o; b[1] -> d; b[2] -> o; b[3] -> d;"
				     "c[0] -> d; c[1] -> o; c[2] -> d;");

	(void)state;
	assert_true(at(&p, "b")->out[1].dead && at(&p, "b")->out[3].dead);
	assert_false(at(&p, "b")->out[0].dead || at(&p, "b")->out[2].dead);
	assert_int_equal(at(&p, "b")->decided->there[SL_DB_WINDOW], 61);
	assert_true(at(&p, "c")->out[0].dead);
	assert_false(at(&p, "c")->out[1].dead || at(&p, "c")->out[2].dead);
	done(&p);
}

/* Shared code is for packets that came by other ways: nothing is left out of it. */
static void what_goes_round_is_tested(void **state)
{
	struct planned p =
		plan(ENDS IP "a :: IPFilter(deny icmp, allow all)"
			     "-> b :: IPClassifier(icmp, ip ttl < 2, -); b[0] -> e :: Counter -> d;"
			     "b[1] -> w :: ICMPError(1.1.1.1, timeexceeded) -> b; b[2] -> o;");
	const struct sl_plan_elem *b = at(&p, "b");

	(void)state;
	assert_true(b->usual && b->out[0].dead);
	assert_int_not_equal(b->block, SL_NO_BLOCK);
	assert_false(b->again[0].dead);
	assert_false(at(&p, "e")->usual);
	assert_int_not_equal(at(&p, "e")->block, SL_NO_BLOCK);
	done(&p);
}

static void what_is_never_copied_has_no_way_back_in(void **state)
{
	struct planned p = plan(ENDS "FromDevice(eth0) -> a :: Classifier(12/0806, -); a[0] -> d;"
				     "a[1] -> b :: Classifier(12/0806, -); b[1] -> o;"
				     "b[0] -> t :: Tee; t[0] -> o; t[1] -> o;");

	(void)state;
	assert_true(at(&p, "b")->out[0].dead);
	assert_false(at(&p, "t")->usual);
	for (size_t k = 0; k < p.plan->n_ways; k++)
		assert_int_equal(p.plan->resume[k].elem, SL_NO_ELEM);
	done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_of_filters_tests_once),
		cmocka_unit_test(the_rest_of_one_is_the_next_ones_input),
		cmocka_unit_test(what_is_written_is_tested_again),
		cmocka_unit_test(a_header_written_is_known),
		cmocka_unit_test(joins_know_what_is_common),
		cmocka_unit_test(lengths_are_known_too),
		cmocka_unit_test(what_goes_round_is_tested),
		cmocka_unit_test(what_is_never_copied_has_no_way_back_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
