// SPDX-License-Identifier: GPL-2.0-only
/* Checks of the flattened graph: classes, ports, push and pull, unused and doubly used ports. */
#include "tests/click/fixture.h"

static void expect_ports(const char *text, const char *name, unsigned int n_in, unsigned int n_out)
{
	struct sl_graph *g = checked(text);

	assert_int_equal(elem(g, name)->n_in, n_in);
	assert_int_equal(elem(g, name)->n_out, n_out);
	assert_non_null(elem(g, name)->spec);
	sl_graph_free(g);
}

static void port_counts_follow_use_within_the_class(void **state)
{
	(void)state;
	expect_ports("c :: Classifier; Idle -> c => Discard, Discard, Discard", "c", 1, 3);
	expect_ports("Idle -> c :: Classifier", "c", 1, 0);
	expect_ports("d :: DecIPTTL; Idle -> d -> Discard;", "d", 1, 1);
	expect_ports("d :: DecIPTTL; Idle -> d -> Discard; d [1] -> Discard", "d", 1, 2);
	expect_ports("i :: Idle", "i", 0, 0);
	expect_ports("s :: EtherSwitch; Idle -> s -> Discard; Idle -> [1] s [1] -> Discard;", "s",
		     2, 2);
	expect_ports("i :: Idle => [0-2] s :: EtherSwitch [0-2] => [0-2] Idle", "s", 3, 3);
	expect_ports("Idle -> o :: OutMore => Discard, Discard", "o", 1, 2);
	expect_ports("i :: Idle => [0,1] p :: Pair [0,1] => [0,1] Idle", "p", 2, 2);
	expect_ports("i :: Idle => [0,1] p :: UpTo", "p", 2, 0);
	expect_ports("p :: UpTo", "p", 0, 0);
	expect_ports("a :: AddressInfo(x)", "a", 0, 0);
}

static void ports_that_are_not_there(void **state)
{
	(void)state;
	expect_messages("d :: Discard; Idle -> d -> d; Idle -> [1] d;",
			WANT_ERROR(1, 25, "no-such-port", "'d :: Discard' has no output 0"),
			WANT_ERROR(1, 36, "no-such-port", "'d :: Discard' has no input 1"));
	expect_messages("s :: EtherSwitch; Idle => [0,1] s; s [0-2] => Discard, Discard, Discard;",
			WANT_ERROR(1, 44, "no-such-port", "'s :: EtherSwitch' has no output 2"));
}

static void every_port_is_connected(void **state)
{
	(void)state;
	expect_messages("InfiniteSource -> p :: Print;",
			WANT_ERROR(1, 19, "port-unused", "'p :: Print' output 0 unused"));
	expect_messages("p :: Print;",
			WANT_ERROR(1, 1, "port-unused", "'p :: Print' input 0 unused"),
			WANT_ERROR(1, 1, "port-unused", "'p :: Print' output 0 unused"));
	expect_messages(
		"c :: Classifier; Idle -> c; c [3] -> Discard; c [1] -> Discard; c [9] -> Discard;",
		WANT_ERROR(1, 1, "port-unused", "'c :: Classifier' output 0 unused"),
		WANT_ERROR(1, 1, "port-unused", "'c :: Classifier' output 2 unused"),
		WANT_ERROR(1, 1, "port-unused", "'c :: Classifier' outputs 4 to 8 unused"));
	expect_messages("FromDevice;", WANT_ERROR(1, 1, "port-unused", "output 0 unused"));
}

static void push_outputs_and_pull_inputs_have_one_connection(void **state)
{
	(void)state;
	expect_messages(
		"i :: InfiniteSource -> Print -> d :: Discard; InfiniteSource -> Print -> d;");
	expect_messages("i :: InfiniteSource -> Print -> d :: Discard;\ni -> Print -> d;",
			WANT_ERROR(2, 3, "port-reused",
				   "illegal reuse of 'i :: InfiniteSource' push output 0"));
	expect_messages("q1, q2 :: Queue; Idle -> q1; Idle -> q2; q1, q2 -> ToDevice;",
			WANT_ERROR(1, 49, "port-reused", "'ToDevice@5 :: ToDevice' pull input 0"));
	/* Pull outputs and push inputs may have many. */
	expect_messages("q :: Queue; Idle -> q; Idle -> q; q -> ToDevice; q -> ToDevice;");
}

static void reuse_tells_where_the_connections_are(void **state)
{
	struct sl_graph *g =
		parse("i :: InfiniteSource;\ni -> Discard;\ni -> Discard;\ni -> Discard");
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(sl_graph_check(g, &default_opts, &d), -EINVAL);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.list[0].element, "i");
	assert_string_equal(d.list[0].detail, "t.click:2:3: connected to 'Discard@2 :: Discard'\n"
					      "t.click:3:3: connected to 'Discard@3 :: Discard'\n"
					      "t.click:4:3: connected to 'Discard@4 :: Discard'");
	assert_non_null(strstr(d.list[0].hint, "Tee"));
	sl_diags_free(&d);
	sl_graph_free(g);
}

static void expect_proc(const char *text, const char *name, enum sl_processing in,
			enum sl_processing out)
{
	struct sl_graph *g = checked(text);
	const struct sl_elem *e = elem(g, name);

	if (e->n_in)
		assert_int_equal(e->in_proc[0], in);
	if (e->n_out)
		assert_int_equal(e->out_proc[0], out);
	sl_graph_free(g);
}

static void agnostic_ports_take_over_push_or_pull(void **state)
{
	(void)state;
	expect_proc("FromDevice -> c :: Counter -> Discard", "c", SL_PUSH, SL_PUSH);
	expect_proc("FromDevice -> Queue -> c :: Counter -> Null -> ToDevice", "c", SL_PULL,
		    SL_PULL);
	expect_proc("Idle -> c :: Counter -> Null -> ToDevice", "c", SL_PULL, SL_PULL);
	expect_proc("Idle -> c :: Counter -> Null -> Idle", "c", SL_PUSH, SL_PUSH);
	expect_proc("FromDevice -> Queue -> i :: Idle", "i", SL_PULL, SL_PUSH);
	expect_proc("FromDevice -> q :: Queue -> Idle", "q", SL_PUSH, SL_PULL);
	/* a/ah: pull goes through output 0 only. */
	expect_proc("Idle -> Queue -> d :: DecIPTTL -> ToDevice; d [1] -> Discard", "d", SL_PULL,
		    SL_PULL);
}

static void flow_codes_separate_ports(void **state)
{
	struct sl_graph *g;

	(void)state;
	/* xy/xy: the two ways are apart. */
	g = checked("t :: Two; FromDevice -> t -> Discard; Idle -> Queue -> [1] t [1] -> ToDevice");
	assert_int_equal(elem(g, "t")->in_proc[0], SL_PUSH);
	assert_int_equal(elem(g, "t")->in_proc[1], SL_PULL);
	assert_int_equal(elem(g, "t")->out_proc[0], SL_PUSH);
	assert_int_equal(elem(g, "t")->out_proc[1], SL_PULL);
	sl_graph_free(g);
	expect_messages(
		"t :: Two; FromDevice -> t -> ToDevice; Idle -> Queue -> [1] t [1] -> ToDevice",
		WANT_ERROR(1, 1, "push-pull",
			   "agnostic 't :: Two' in mixed context: "
			   "push input 0, pull output 0"));
	/* #/#: each port with its own number. */
	g = checked(
		"t :: Through; FromDevice -> t -> Discard; Idle -> Queue -> [1] t [1] -> ToDevice");
	assert_int_equal(elem(g, "t")->out_proc[1], SL_PULL);
	sl_graph_free(g);
	/* #/[^#]: each with all others. */
	expect_messages("h :: Hub; FromDevice => h -> Discard; Idle -> [1] h [1] -> ToDevice",
			WANT_ERROR(1, 1, "push-pull",
				   "agnostic 'h :: Hub' in mixed context: "
				   "push input 0, pull output 1"));
	/* [^#] of a port says nothing of its own number. */
	g = checked("h :: Hub; FromDevice -> h; Idle -> Queue -> [1] h; h -> ToDevice; h [1] -> "
		    "Discard");
	assert_int_equal(elem(g, "h")->out_proc[0], SL_PULL);
	assert_int_equal(elem(g, "h")->out_proc[1], SL_PUSH);
	sl_graph_free(g);
	/* xy/[xy]x: input 1 goes to output 0 alone. */
	g = checked("b :: Bypass; Idle -> b -> Discard; Idle -> Null -> [1] b; b [1] -> Discard");
	sl_graph_free(g);
	expect_messages("b :: Bypass; FromDevice -> b -> Discard; Idle -> Queue -> [1] b;",
			WANT_ERROR(1, 1, "push-pull", "agnostic 'b :: Bypass' in mixed context"));
	/* x/y: nothing goes through. */
	expect_messages("i :: Idle; FromDevice -> i -> ToDevice");
}

static void many_ports_with_a_hash_code(void **state)
{
	char text[8192];
	struct sl_graph *g;

	(void)state;
	/* More pairs than are looked at one by one. */
	snprintf(text, sizeof(text),
		 "h :: Hub; FromDevice -> h; Idle => [1-99] h; h [0-99] => [0-99] Idle");
	g = checked(text);
	assert_int_equal(elem(g, "h")->n_in, 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(elem(g, "h")->out_proc[i], SL_PUSH);
	sl_graph_free(g);
	snprintf(text, sizeof(text),
		 "t :: Through; q :: Queue; Idle -> q; q -> [0-99] t [0-99] => [0-99] Idle");
	g = checked(text);
	for (int i = 0; i < 100; i++)
		assert_int_equal(elem(g, "t")->out_proc[i], SL_PULL);
	sl_graph_free(g);
}

static void push_meets_pull(void **state)
{
	(void)state;
	expect_messages("Idle -> q1 :: Queue ->\nq2 :: Queue -> Idle",
			WANT_ERROR(1, 21, "push-pull",
				   "'q1 :: Queue' pull output 0 connected to "
				   "'q2 :: Queue' push input 0"));
	expect_messages("FromDevice -> ToDevice",
			WANT_ERROR(1, 12, "push-pull",
				   "'FromDevice@1 :: FromDevice' push output 0 connected to "
				   "'ToDevice@2 :: ToDevice' pull input 0"));
	expect_messages("FromDevice -> n :: Null -> ToDevice",
			WANT_ERROR(1, 15, "push-pull",
				   "agnostic 'n :: Null' in mixed context: "
				   "push input 0, pull output 0"));
}

static void conflict_names_both_origins(void **state)
{
	struct sl_graph *g =
		parse("f :: FromDevice ->\nNull -> n :: Null -> Null\n-> t :: ToDevice");
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(sl_graph_check(g, &default_opts, &d), -EINVAL);
	assert_int_equal(d.n, 1);
	assert_non_null(strstr(d.list[0].detail,
			       "t.click:1:1: push comes from 'f :: FromDevice' output 0"));
	assert_non_null(
		strstr(d.list[0].detail, "t.click:3:4: pull comes from 't :: ToDevice' input 0"));
	assert_non_null(strstr(d.list[0].hint, "Queue"));
	sl_diags_free(&d);
	g = (sl_graph_free(g), parse("Idle -> q :: Queue -> RatedSource; q -> Unqueue -> Discard"));
	assert_int_equal(sl_graph_check(g, &default_opts, &d), -EINVAL);
	sl_diags_free(&d);
	sl_graph_free(g);
}

static void a_router_is_in_order(void **state)
{
	struct sl_graph *g =
		checked("FromDevice(eth0) -> c0 :: Classifier(12/0806 20/0001, 12/0806 20/0002, "
			"12/0800, -);\n"
			"out0 :: Queue(200) -> ToDevice(eth0);\n"
			"arpq0 :: ARPQuerier(1.0.0.1, 00:00:c0:ae:67:ef) -> out0;\n"
			"c0 [0] -> ARPResponder(1.0.0.1 00:00:c0:ae:67:ef) -> out0;\n"
			"c0 [1] -> [1] arpq0;\n"
			"c0 [3] -> Discard;\n"
			"rt :: RadixIPLookup(0.0.0.0/0 0);\n"
			"c0 [2] -> Paint(1) -> Strip(14) -> CheckIPHeader -> rt;\n"
			"rt [0] -> cp0 :: PaintTee(1) -> dt0 :: DecIPTTL -> fr0 :: "
			"IPFragmenter(1500) -> arpq0;\n"
			"cp0 [1] -> ICMPError(1.0.0.1, redirect, host) -> rt;\n"
			"dt0 [1] -> ICMPError(1.0.0.1, timeexceeded) -> rt;\n"
			"fr0 [1] -> ICMPError(1.0.0.1, unreachable, needfrag) -> rt;\n");

	(void)state;
	assert_int_equal(elem(g, "c0")->n_out, 4);
	assert_int_equal(elem(g, "out0")->out_proc[0], SL_PULL);
	assert_int_equal(elem(g, "arpq0")->n_out, 1);
	sl_graph_free(g);
}

static const struct sl_class_spec odd_specs[] = {
	{"Bad1", "x", "a/a", NULL, false, NULL},     {"Bad2", "1/x", "a/a", NULL, false, NULL},
	{"Bad3", "1/1/1", "a/a", NULL, false, NULL}, {"Bad4", "3-1", "a/a", NULL, false, NULL},
	{"Bad5", "1=", "a/a", NULL, false, NULL},    {"Short", "1-/1-", "", "", false, NULL},
	{"None", NULL, NULL, NULL, false, NULL},     {"Open", "1/2", "a/a", "x/[xy", false, NULL},
};

static const struct sl_class_spec *find_odd(const char *name, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < ARRAY_SIZE(odd_specs); i++) {
		if (!strcmp(odd_specs[i].name, name))
			return &odd_specs[i];
	}
	return NULL;
}

static const struct sl_class_spec *nth_odd(size_t i, void *arg)
{
	(void)arg;
	return i < ARRAY_SIZE(odd_specs) ? &odd_specs[i] : NULL;
}

static void odd_codes_of_classes_do_no_harm(void **state)
{
	static const struct sl_classes odd = {.find = find_odd, .nth = nth_odd};
	const struct sl_click_opts opts = {.classes = &odd};
	const struct wanted want[] = {
		WANT_ERROR(1, 1, "bad-class", "bad port code 'x'"),
		WANT_ERROR(1, 7, "bad-class", "bad port code '1/x'"),
		WANT_ERROR(1, 13, "bad-class", "bad port code '1/1/1'"),
		WANT_ERROR(1, 19, "bad-class", "bad port code '3-1'"),
		WANT_ERROR(1, 25, "bad-class", "bad port code '1='"),
	};

	(void)state;
	expect_with(
		"Bad1; Bad2; Bad3; Bad4; Bad5; None; s :: Short -> s; o :: Open; s [1] -> o [0,1] "
		"=> [1,2] s;",
		want, ARRAY_SIZE(want), &opts);
}

/* As handlers' writes do that compile the graph again. */
static void another_configuration(void **state)
{
	struct sl_graph *g = checked("a :: Idle; a -> a");
	struct sl_elem *e = &g->elems[0];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sl_graph_configure(g, e, "10.0.0.0/8 1, \"x, y\""), 0);
		assert_string_equal(e->config, "10.0.0.0/8 1, \"x, y\"");
		assert_int_equal(e->n_args, 2);
		assert_string_equal(e->args[0].text, "10.0.0.0/8 1");
		assert_string_equal(e->args[1].text, "\"x, y\"");
		assert_int_equal(sl_graph_configure(g, e, ""), 0);
		assert_string_equal(e->config, "");
		assert_int_equal(e->n_args, 0);
	}
	sl_graph_free(g);
}

static void graph_from_elsewhere(void **state)
{
	struct sl_graph *g = checked("a :: Idle; a -> a");
	struct sl_diags d = {0};

	(void)state;
	/* A connection to nowhere, as code that edits graphs could leave behind. */
	g->conns[0].to = 7;
	assert_int_equal(sl_graph_check(g, &default_opts, &d), -EINVAL);
	assert_string_equal(d.list[0].code, "bad-connection");
	sl_diags_free(&d);
	g->conns[0].to = 0;
	/* An element renamed and one added are found all the same. */
	g->elems[0].name = sl_graph_strdup(g, "b");
	assert_int_equal(sl_graph_find(g, "b"), 0);
	assert_int_equal(sl_graph_find(g, "a"), -1);
	assert_int_equal(SL_GROW(g->elems, g->n_elems, g->cap_elems), 0);
	g->elems[g->n_elems] = g->elems[0];
	g->elems[g->n_elems++].name = sl_graph_strdup(g, "c");
	assert_int_equal(sl_graph_find(g, "c"), 1);
	assert_int_equal(sl_graph_find(g, ""), -1);
	assert_int_equal(sl_graph_check(g, &default_opts, &d), 0);
	g->elems[1].class_name = sl_graph_strdup(g, "Idel");
	assert_int_equal(sl_graph_check(g, &default_opts, &d), -EINVAL);
	assert_string_equal(d.list[0].hint, "did you mean 'Idle'?");
	sl_diags_free(&d);
	sl_graph_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(port_counts_follow_use_within_the_class),
		cmocka_unit_test(ports_that_are_not_there),
		cmocka_unit_test(every_port_is_connected),
		cmocka_unit_test(push_outputs_and_pull_inputs_have_one_connection),
		cmocka_unit_test(reuse_tells_where_the_connections_are),
		cmocka_unit_test(agnostic_ports_take_over_push_or_pull),
		cmocka_unit_test(flow_codes_separate_ports),
		cmocka_unit_test(many_ports_with_a_hash_code),
		cmocka_unit_test(push_meets_pull),
		cmocka_unit_test(conflict_names_both_origins),
		cmocka_unit_test(a_router_is_in_order),
		cmocka_unit_test(odd_codes_of_classes_do_no_harm),
		cmocka_unit_test(another_configuration),
		cmocka_unit_test(graph_from_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
