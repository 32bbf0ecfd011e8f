// SPDX-License-Identifier: GPL-2.0-only
/* Routers joined and taken apart again. */
#include "tests/click/fixture.h"
#include "loader/click/tools.h"

static const char router_a[] =
	"require(package x); FromDevice(eth0) -> c :: Counter -> q :: Queue -> out :: "
	"ToDevice(eth1, BURST 2); in :: FromDevice(\"eth1\", PROMISC true) -> { -> Counter -> }"
	"-> Queue -> ToDevice(eth0); m :: Message(\"a, 'b\", c);";
static const char router_b[] =
	"Idle -> [1] h :: Hub; from :: FromDevice(DEVNAME eth0) -> h -> Queue -> to :: "
	"ToDevice(eth0); h[1] -> Discard;";
static const char router_c[] = "FromDevice(e) -> Discard; Idle -> Queue -> ToDevice(e)";

struct net {
	struct sl_graph *parts[3];
	struct sl_router routers[3];
	struct sl_diags d;
	struct sl_graph *all;
	int ret;
};

static struct net combine(const char *const *links, size_t n_links)
{
	struct net n = {.parts = {parse(router_a), parse(router_b), parse(router_c)}};

	n.routers[0] = (struct sl_router){"A", n.parts[0]};
	n.routers[1] = (struct sl_router){"B", n.parts[1]};
	n.routers[2] = (struct sl_router){"C3", n.parts[2]};
	n.ret = sl_graph_combine(n.routers, 3, links, n_links, &n.d, &n.all);
	return n;
}

static void end(struct net *n)
{
	for (size_t i = 0; i < 3; i++)
		sl_graph_free(n->parts[i]);
	sl_graph_free(n->all);
	sl_diags_free(&n->d);
}

/* What comes out of the written text of the whole is each part, but for what all require. */
static void expect_parts_back(struct net *n)
{
	_free_ char *text = graph_text(n->all);
	struct sl_graph *read = checked(text);

	assert_same_graph(n->all, read);
	for (size_t i = 0; i < 3; i++) {
		struct sl_graph *part = NULL;

		assert_int_equal(sl_graph_uncombine(read, n->routers[i].name, &n->d, &part), 0);
		assert_int_equal(n->d.n, 0);
		assert_int_equal(part->n_requirements, 1);
		assert_string_equal(part->requirements[0], "package x");
		part->n_requirements = n->parts[i]->n_requirements;
		assert_same_graph(n->parts[i], part);
		sl_graph_free(part);
	}
	sl_graph_free(read);
}

static void the_parts_come_back(void **state)
{
	static const char *const links[] = {"A.eth1 B.eth0", "B.eth0=A.in", "B.to C3.e",
					    "C3.e A.in", " C3.e  =\tB.from "};
	struct net n;

	(void)state;
	n = combine(links, 0);
	assert_int_equal(n.ret, 0);
	expect_parts_back(&n);
	end(&n);
	n = combine(links, 1);
	assert_int_equal(n.ret, 0);
	expect_parts_back(&n);
	end(&n);
	n = combine(links, 2);
	assert_int_equal(n.ret, 0);
	expect_parts_back(&n);
	end(&n);
}

static void a_link_takes_the_place_of_both_devices(void **state)
{
	static const char *const links[] = {"A.eth1 B.eth0", "B.eth0 A.eth1"};
	struct net n = combine(links, 2);
	const struct sl_elem *l;
	_free_ char *text = NULL;

	(void)state;
	assert_int_equal(n.ret, 0);
	text = graph_text(n.all);
	l = elem(n.all, "link1");
	assert_string_equal(l->class_name, "RouterLink");
	assert_int_equal(l->n_args, 2);
	assert_string_equal(l->args[0].text, "A/out 3 ToDevice \"eth1, BURST 2\"");
	assert_string_equal(l->args[1].text, "B/from 2 FromDevice \"DEVNAME eth0\"");
	assert_int_equal(elem(n.all, "link2")->n_args, 2);
	assert_true(sl_graph_find(n.all, "A/out") < 0 && sl_graph_find(n.all, "A/in") < 0);
	assert_true(sl_graph_find(n.all, "B/from") < 0 && sl_graph_find(n.all, "B/to") < 0);
	assert_non_null(strstr(text, "\nA/q -> link1;\n"));
	assert_non_null(strstr(text, "\nlink1 -> B/h;\n"));
	end(&n);
}

static void a_segment_is_heard_by_all(void **state)
{
	/* Two senders and two receivers: all four links, in any order. */
	static const char *const links[] = {"A.eth1 B.eth0", "B.eth0 C3.e", "A.eth1 C3.e",
					    "B.to B.from"};
	struct net n = combine(links, 4);
	_free_ char *text = NULL;

	(void)state;
	assert_int_equal(n.ret, 0);
	assert_true(sl_graph_find(n.all, "link2") < 0);
	assert_int_equal(elem(n.all, "link1")->n_args, 4);
	text = graph_text(n.all);
	assert_non_null(strstr(text, "\nlink1 [1] -> C3/Discard@2;\n"));
	assert_non_null(strstr(text, " -> [1] link1;\n"));
	expect_parts_back(&n);
	end(&n);
	n = combine(links, 3);
	assert_int_equal(n.ret, -EINVAL);
	assert_non_null(strstr(n.d.list[0].message, "share a segment"));
	assert_non_null(n.d.list[0].hint);
	assert_null(n.all);
	end(&n);
}

static void wrong_links_are_told(void **state)
{
	static const struct {
		const char *link, *message;
	} cases[] = {
		{"A.eth1", "has not two ends"},
		{"A.eth1 B.eth0 C3.e", "has not two ends"},
		{"", "has not two ends"},
		{"A.eth1 eth0", "not an end of a link: 'eth0'"},
		{"A. B.eth0", "not an end of a link: 'A.'"},
		{"A.eth1 D.eth0", "no router for 'D.eth0'"},
		{"A.eth7 B.eth0", "no such end: 'A.eth7'"},
		/* A receiver does not send, nor an element of another kind. */
		{"A.in B.eth0", "no such end: 'A.in'"},
		{"A.c B.eth0", "no such end: 'A.c'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct net n = combine(&cases[i].link, 1);

		assert_int_equal(n.ret, -EINVAL);
		assert_null(n.all);
		assert_int_equal(n.d.n, 1);
		assert_non_null(strstr(n.d.list[0].message, cases[i].message));
		assert_non_null(n.d.list[0].hint);
		end(&n);
	}
}

static void wrong_ends_and_names_are_told(void **state)
{
	static const char *const link[] = {"A.x B.y"};
	struct sl_graph *two = parse("FromDevice(y) -> Discard; FromDevice(y) -> Discard");
	struct sl_graph *more = parse("Idle -> Queue -> x :: ToDevice(x) -> Discard");
	const struct sl_router good[] = {{"A", more}, {"B", two}};
	const struct sl_router names[] = {{"7", two}, {"a/b", two}, {"B", two}, {"B", two}};
	struct sl_graph *g = NULL;
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(sl_graph_combine(good, 2, link, 1, &d, &g), -EINVAL);
	assert_int_equal(d.n, 2);
	assert_non_null(strstr(d.list[0].message, "more than port 0 is used of 'A.x'"));
	sl_diags_free(&d);
	d = (struct sl_diags){0};
	sl_graph_free(more);
	more = parse("Idle -> Queue -> x :: ToDevice(x)");
	assert_int_equal(
		sl_graph_combine((struct sl_router[]){{"A", more}, {"B", two}}, 2, link, 1, &d, &g),
		-EINVAL);
	assert_int_equal(d.n, 1);
	assert_non_null(strstr(d.list[0].message, "two elements receive from 'B.y'"));
	sl_diags_free(&d);
	d = (struct sl_diags){0};
	assert_int_equal(sl_graph_combine(names, 4, link, 0, &d, &g), -EINVAL);
	assert_int_equal(d.n, 3);
	assert_null(g);
	sl_diags_free(&d);
	sl_graph_free(two);
	sl_graph_free(more);
}

static void expect_refused(const char *text, const char *name, unsigned int line,
			   const char *message)
{
	struct sl_graph *g = parse(text), *part = NULL;
	struct sl_diags d = {0};

	assert_int_equal(sl_graph_uncombine(g, name, &d, &part), -EINVAL);
	assert_null(part);
	assert_int_equal(d.n, 1);
	assert_int_equal(d.list[0].line, line);
	assert_non_null(strstr(d.list[0].message, message));
	assert_non_null(d.list[0].hint);
	sl_diags_free(&d);
	sl_graph_free(g);
}

static void what_is_no_combination_is_told(void **state)
{
	(void)state;
	expect_refused("a :: Idle", "A", 0, "no router 'A'");
	expect_refused("A :: { Idle -> Discard }", "B", 0, "no router 'B'");
	expect_refused("A/i :: Idle;\nB/d :: Discard;\nA/i -> B/d", "A", 3,
		       "leads out of router 'A'");
	expect_refused("A :: { Idle -> }\n l :: RouterLink(what); A -> l -> Discard", "A", 2,
		       "not what a RouterLink stands for");
	expect_refused("A :: { Idle -> }\n l :: RouterLink(A/x 1 Queue \"\"); A -> l -> Discard",
		       "A", 2, "not what a RouterLink stands for");
	expect_refused(
		"A :: { Idle -> }\n l :: RouterLink(A/x -1 ToDevice \"\"); A -> l -> Discard", "A",
		2, "not what a RouterLink stands for");
	expect_refused(
		"A/i :: Idle;\nl :: RouterLink(B/x 1 ToDevice \"\");\nA/i -> l; l -> Discard", "A",
		3, "leads out of router 'A'");
}

static void dead_parts_of_a_network_go_and_the_rest_comes_back(void **state)
{
	struct sl_graph *a = parse("FromDevice(x) -> q :: Queue -> ToDevice(l)");
	struct sl_graph *b = parse("f :: FromDevice(l) -> Strip(1) -> Discard; FromDevice(z) -> "
				   "Queue -> t :: ToDevice(y)");
	const struct sl_router routers[] = {{"A", a}, {"B", b}};
	static const char *const link[] = {"A.l B.l"};
	const struct sl_undead_opts opts = {.click = &default_opts};
	struct sl_graph *all = NULL, *part = NULL;
	struct sl_diags d = {0};
	_free_ char *text = NULL;

	(void)state;
	assert_int_equal(sl_graph_combine(routers, 2, link, 1, &d, &all), 0);
	assert_int_equal(sl_graph_undead(all, &opts, &d), 0);
	/* Nothing that A sends is of use to B. */
	text = graph_text(all);
	assert_string_equal(text, "B/FromDevice@4 :: FromDevice(z);\nB/Queue@5 :: Queue;\n"
				  "B/t :: ToDevice(y);\n\nB/FromDevice@4 -> B/Queue@5;\n"
				  "B/Queue@5 -> B/t;\n");
	assert_int_equal(sl_graph_uncombine(all, "B", &d, &part), 0);
	assert_int_equal(part->n_elems, 3);
	assert_int_equal(part->n_conns, 2);
	sl_graph_free(part);
	sl_graph_free(all);
	sl_graph_free(a);
	sl_graph_free(b);
	/* An Idle in nobody's name goes with whom it serves. */
	all = parse("A/q :: ARPQuerier; i :: Idle; l :: RouterLink(B/d 0 ToDevice \"x\", A/f 1 "
		    "FromDevice y); i [1] -> l -> A/q -> i; i [2] -> [1] A/q; i -> B/c :: Counter "
		    "-> [1] i");
	part = NULL;
	assert_int_equal(sl_graph_uncombine(all, "A", &d, &part), 0);
	free(text);
	text = graph_text(part);
	assert_string_equal(text, "q :: ARPQuerier;\nf :: FromDevice(y);\nIdle@1 :: Idle;\n\n"
				  "f -> q;\nq -> Idle@1;\nIdle@1 -> [1] q;\n");
	sl_graph_free(part);
	sl_graph_free(all);
	assert_int_equal(d.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_parts_come_back),
		cmocka_unit_test(a_link_takes_the_place_of_both_devices),
		cmocka_unit_test(a_segment_is_heard_by_all),
		cmocka_unit_test(wrong_links_are_told),
		cmocka_unit_test(wrong_ends_and_names_are_told),
		cmocka_unit_test(what_is_no_combination_is_told),
		cmocka_unit_test(dead_parts_of_a_network_go_and_the_rest_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
