// SPDX-License-Identifier: GPL-2.0-only
/* Dead parts taken away: each rule, what must stay, and that a second time changes nothing. */
#include "tests/click/fixture.h"
#include "loader/click/tools.h"

/* An element by whose output 1 no packet leaves for certain. */
struct knows {
	uint32_t certain;
};

static bool visible(const struct sl_elem *e, void *arg)
{
	(void)arg;
	return !strcmp(e->class_name, "Counter") || !strcmp(e->class_name, "Print") ||
	       !strcmp(e->class_name, "FromDevice") || !strcmp(e->class_name, "ToHost");
}

static bool never(uint32_t elem, uint32_t out, void *arg)
{
	const struct knows *k = arg;

	return elem == k->certain && out == 1;
}

static struct sl_graph *undead(const char *text, uint32_t certain)
{
	struct sl_graph *g = parse(text);
	struct knows knows = {certain};
	const struct sl_undead_opts opts = {
		.click = &default_opts, .visible = visible, .never = never, .arg = &knows};
	struct sl_diags d = {0};
	int ret = sl_graph_undead(g, &opts, &d);

	if (ret || d.n) {
		char *messages = diags_text(&d);

		print_error("%s\n---\n%s", text, messages);
		free(messages);
		fail();
	}
	sl_diags_free(&d);
	return g;
}

/* `text` becomes `want`; and `want`, which is a good graph, stays. */
static void expect_certain(const char *text, uint32_t certain, const char *want)
{
	struct sl_graph *g = undead(text, certain), *again, *read;
	_free_ char *got = graph_text(g);
	_free_ char *second = NULL;

	assert_string_equal(got, want);
	read = checked(got);
	assert_same_graph(g, read);
	again = undead(got, certain);
	second = graph_text(again);
	assert_string_equal(second, want);
	sl_graph_free(g);
	sl_graph_free(read);
	sl_graph_free(again);
}

static void expect_undead(const char *text, const char *want)
{
	expect_certain(text, UINT32_MAX, want);
}

static void what_no_packet_reaches_goes(void **state)
{
	(void)state;
	expect_undead("Idle -> Counter -> Strip(1) -> ToHost(a); i :: AddressInfo(x 1.2.3.4);"
		      "s :: FromDevice(b) -> t :: ToHost(c);",
		      "i :: AddressInfo(x 1.2.3.4);\ns :: FromDevice(b);\nt :: ToHost(c);\n\n"
		      "s -> t;\n");
	/* A circle that nothing enters is not reached. */
	expect_undead("a :: Counter -> b :: PushNull -> a", "");
}

static void what_goes_nowhere_goes(void **state)
{
	(void)state;
	expect_undead("InfiniteSource -> Strip(1) -> Paint(2) -> Discard", "");
	expect_undead("InfiniteSource -> Strip(1) -> Idle", "");
	/* Taking packets off a device, counting and printing are seen. */
	expect_undead("s :: FromDevice(b) -> Strip(1) -> Discard",
		      "s :: FromDevice(b);\nIdle@1 :: Idle;\n\ns -> Idle@1;\n");
	expect_undead("s :: InfiniteSource -> c :: Counter -> d :: Discard",
		      "s :: InfiniteSource;\nc :: Counter;\nd :: Discard;\n\ns -> c;\nc -> d;\n");
	/* A Discard that pulls moves packets. */
	expect_undead("s :: FromDevice(a) -> q :: Queue -> d :: Discard",
		      "s :: FromDevice(a);\nq :: Queue;\nd :: Discard;\n\ns -> q;\nq -> d;\n");
}

static void open_ports_become_idle(void **state)
{
	(void)state;
	expect_undead("s :: FromDevice(a) -> c :: Classifier(1, 2, -) -> t :: ToHost(b);"
		      "c[1] -> Strip(4) -> Discard; c[2] -> Paint(1) -> Idle;",
		      "s :: FromDevice(a);\nc :: Classifier(1, 2, -);\nt :: ToHost(b);\n"
		      "Idle@1 :: Idle;\n\ns -> c;\nc -> t;\nc [1] -> Idle@1;\n"
		      "c [2] -> [1] Idle@1;\n");
	expect_undead("s :: FromDevice(a) -> q :: ARPQuerier -> t :: ToHost(b); Idle -> Counter "
		      "-> [1] q",
		      "s :: FromDevice(a);\nq :: ARPQuerier;\nt :: ToHost(b);\n"
		      "Idle@1 :: Idle;\n\ns -> q;\nq -> t;\nIdle@1 -> [1] q;\n");
	/* What is thrown away on purpose directly behind an element that stays, stays. */
	expect_undead("s :: FromDevice(a) -> c :: Classifier(1, -) -> t :: ToHost(b);"
		      "c[1] -> d :: Discard;",
		      "s :: FromDevice(a);\nc :: Classifier(1, -);\nt :: ToHost(b);\n"
		      "d :: Discard;\n\ns -> c;\nc -> t;\nc [1] -> d;\n");
}

static void what_changes_nothing_is_bridged(void **state)
{
	(void)state;
	expect_undead("s :: FromDevice(a) -> Null -> Null -> t :: ToHost(b)",
		      "s :: FromDevice(a);\nt :: ToHost(b);\n\ns -> t;\n");
	/* Many into one that pushes, one to many that pulls. */
	expect_undead("a :: FromDevice(a) -> n :: Null -> m :: Null -> t :: ToHost(b);"
		      "b :: FromDevice(b) -> n",
		      "a :: FromDevice(a);\nt :: ToHost(b);\nb :: FromDevice(b);\n\na -> t;\n"
		      "b -> t;\n");
	expect_undead("a :: FromDevice(a) -> q :: Queue -> n :: Null -> t :: Unqueue -> x :: "
		      "ToHost(b); n -> u :: Unqueue -> x",
		      "a :: FromDevice(a);\nq :: Queue;\nt :: Unqueue;\nx :: ToHost(b);\n"
		      "u :: Unqueue;\n\na -> q;\nq -> t;\nt -> x;\nq -> u;\nu -> x;\n");
}

static void a_circle_keeps_one(void **state)
{
	(void)state;
	expect_undead("s :: FromDevice(a) -> c :: Classifier(1, -) -> t :: ToHost(b);"
		      "c[1] -> p :: Print -> n :: Null -> m :: Null -> n",
		      "s :: FromDevice(a);\nc :: Classifier(1, -);\nt :: ToHost(b);\n"
		      "p :: Print;\nIdle@1 :: Idle;\n\ns -> c;\nc -> t;\nc [1] -> p;\n"
		      "p -> Idle@1;\n");
	expect_undead("s :: FromDevice(a) -> n :: Null -> p :: Print -> n",
		      "s :: FromDevice(a);\np :: Print;\n\ns -> p;\np -> p;\n");
}

static void static_switches_choose_for_good(void **state)
{
	(void)state;
	expect_undead("s :: FromDevice(a) -> w :: StaticSwitch(1); w[0] -> Counter -> ToHost(x);"
		      "w[1] -> t :: ToHost(b)",
		      "s :: FromDevice(a);\nt :: ToHost(b);\n\ns -> t;\n");
	expect_undead("s :: FromDevice(a) -> w :: StaticSwitch(OUTPUT -1); w[0] -> Counter -> "
		      "ToHost(x)",
		      "s :: FromDevice(a);\nIdle@1 :: Idle;\n\ns -> Idle@1;\n");
	/* What cannot be told is left alone. */
	expect_undead("s :: FromDevice(a) -> w :: StaticSwitch(0x1); w[0] -> c :: Counter -> "
		      "d :: Discard; w[1] -> t :: ToHost(b)",
		      "s :: FromDevice(a);\nw :: StaticSwitch(0x1);\nc :: Counter;\n"
		      "d :: Discard;\nt :: ToHost(b);\n\ns -> w;\nw -> c;\nc -> d;\n"
		      "w [1] -> t;\n");
	expect_undead("s :: FromDevice(a) -> q :: Queue -> w :: StaticPullSwitch(1) -> u :: "
		      "Unqueue -> t :: ToHost(b); z :: FromDevice(c) -> p :: Queue -> [1] w;",
		      "s :: FromDevice(a);\nu :: Unqueue;\nt :: ToHost(b);\nz :: FromDevice(c);\n"
		      "p :: Queue;\nIdle@1 :: Idle;\n\np -> u;\nu -> t;\nz -> p;\n"
		      "s -> Idle@1;\n");
}

static void tees_lose_outputs(void **state)
{
	(void)state;
	expect_undead("s :: FromDevice(a) -> e :: Tee(3); e[0] -> t :: ToHost(b); e[1] -> Strip(1) "
		      "-> Discard; e[2] -> u :: ToHost(c)",
		      "s :: FromDevice(a);\ne :: Tee;\nt :: ToHost(b);\nu :: ToHost(c);\n\n"
		      "s -> e;\ne -> t;\ne [1] -> u;\n");
	expect_undead("s :: FromDevice(a) -> e :: Tee; e[0] -> Idle; e[1] -> t :: ToHost(b);",
		      "s :: FromDevice(a);\nt :: ToHost(b);\n\ns -> t;\n");
	expect_undead("s :: FromDevice(a) -> q :: Queue -> e :: PullTee; e[0] -> u :: Unqueue -> t "
		      ":: ToHost(b); e[1] -> Idle",
		      "s :: FromDevice(a);\nq :: Queue;\nu :: Unqueue;\nt :: ToHost(b);\n\n"
		      "s -> q;\nq -> u;\nu -> t;\n");
}

static void schedulers_lose_inputs(void **state)
{
	(void)state;
	expect_undead("Idle -> r :: RoundRobinSched -> u :: Unqueue -> t :: ToHost(b);"
		      "s :: FromDevice(a) -> q :: Queue -> [1] r; Idle -> Queue -> [2] r;",
		      "u :: Unqueue;\nt :: ToHost(b);\ns :: FromDevice(a);\nq :: Queue;\n\n"
		      "q -> u;\nu -> t;\ns -> q;\n");
	expect_undead("Idle -> r :: PrioSched -> u :: Unqueue -> t :: ToHost(b);"
		      "s :: FromDevice(a) -> q :: Queue -> [1] r; v :: FromDevice(c) -> p :: Queue "
		      "-> [2] r;",
		      "r :: PrioSched;\nu :: Unqueue;\nt :: ToHost(b);\ns :: FromDevice(a);\n"
		      "q :: Queue;\nv :: FromDevice(c);\np :: Queue;\n\nr -> u;\nu -> t;\n"
		      "s -> q;\nq -> r;\nv -> p;\np -> [1] r;\n");
	/* Its arguments belong to its inputs, so the numbers stay. */
	expect_undead("Idle -> r :: StrideSched(1, 2, 3) -> u :: Unqueue -> t :: ToHost(b);"
		      "s :: FromDevice(a) -> q :: Queue -> [1] r; v :: FromDevice(c) -> p :: Queue "
		      "-> [2] r;",
		      "r :: StrideSched(1, 2, 3);\nu :: Unqueue;\nt :: ToHost(b);\n"
		      "s :: FromDevice(a);\nq :: Queue;\nv :: FromDevice(c);\np :: Queue;\n"
		      "Idle@1 :: Idle;\n\nr -> u;\nu -> t;\ns -> q;\nq -> [1] r;\nv -> p;\n"
		      "p -> [2] r;\nIdle@1 -> r;\n");
}

static void outputs_certain_to_be_empty_are_dead(void **state)
{
	static const char text[] = "s :: FromDevice(a); c :: Classifier(-, 1); s -> c -> t :: "
				   "ToHost(b); c[1] -> Counter -> ToHost(d)";

	(void)state;
	expect_certain(text, 1,
		       "s :: FromDevice(a);\nc :: Classifier(-, 1);\nt :: ToHost(b);\n"
		       "Idle@1 :: Idle;\n\ns -> c;\nc -> t;\nc [1] -> Idle@1;\n");
	/* Nothing else is taken for certain. */
	expect_undead(text, "s :: FromDevice(a);\nc :: Classifier(-, 1);\nt :: ToHost(b);\n"
			    "Counter@4 :: Counter;\nToHost@5 :: ToHost(d);\n\ns -> c;\nc -> t;\n"
			    "c [1] -> Counter@4;\nCounter@4 -> ToHost@5;\n");
}

static void elements_named_by_others_stay(void **state)
{
	(void)state;
	expect_undead("c :: { Idle -> n :: Counter -> Discard; Script(read n.count); }",
		      "c/n :: Counter;\nc/Script@4 :: Script(read n.count);\nIdle@1 :: Idle;\n\n"
		      "Idle@1 -> c/n;\nc/n -> Idle@1;\n");
	expect_undead("s :: FromDevice(a) -> n :: Null -> t :: ToHost(b); m :: Message(n)",
		      "s :: FromDevice(a);\nn :: Null;\nt :: ToHost(b);\nm :: Message(n);\n\n"
		      "s -> n;\nn -> t;\n");
}

static void flow_codes_are_followed(void **state)
{
	(void)state;
	/* What enters a KernelTun does not come out of it, and what comes out began there. */
	expect_undead("Idle -> k :: KernelTun -> t :: ToHost(b)",
		      "k :: KernelTun;\nt :: ToHost(b);\nIdle@1 :: Idle;\n\nk -> t;\n"
		      "Idle@1 -> k;\n");
	expect_undead("s :: FromDevice(a) -> w :: Two -> Strip(1) -> Discard; Idle -> [1] w; w[1] "
		      "-> t :: ToHost(b)",
		      "s :: FromDevice(a);\nIdle@1 :: Idle;\n\ns -> Idle@1;\n");
	expect_undead("s :: FromDevice(a) -> h :: EtherSwitch -> t :: ToHost(b); Idle -> [1] h; "
		      "h[1] -> u :: ToHost(c)",
		      "s :: FromDevice(a);\nh :: EtherSwitch;\nu :: ToHost(c);\n"
		      "Idle@1 :: Idle;\n\ns -> h;\nh [1] -> u;\nIdle@1 -> [1] h;\n"
		      "h -> Idle@1;\n");
}

static void mistakes_are_told(void **state)
{
	struct sl_graph *g = parse("a :: FromDevice(a); b :: ToHost(c)");
	const struct sl_undead_opts opts = {.click = &default_opts};
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(sl_graph_undead(g, &opts, &d), -EINVAL);
	assert_int_equal(d.list[0].line, 1);
	assert_string_equal(d.list[0].code, "port-unused");
	assert_non_null(d.list[0].hint);
	sl_diags_free(&d);
	sl_graph_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_packet_reaches_goes),
		cmocka_unit_test(what_goes_nowhere_goes),
		cmocka_unit_test(open_ports_become_idle),
		cmocka_unit_test(what_changes_nothing_is_bridged),
		cmocka_unit_test(a_circle_keeps_one),
		cmocka_unit_test(static_switches_choose_for_good),
		cmocka_unit_test(tees_lose_outputs),
		cmocka_unit_test(schedulers_lose_inputs),
		cmocka_unit_test(outputs_certain_to_be_empty_are_dead),
		cmocka_unit_test(elements_named_by_others_stay),
		cmocka_unit_test(flow_codes_are_followed),
		cmocka_unit_test(mistakes_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
