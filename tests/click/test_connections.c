// SPDX-License-Identifier: GPL-2.0-only
/* Connections: declarations, ports, lists of ports, "->" and "=>". */
#include "tests/click/fixture.h"

static void chain_of_declared_and_anonymous_elements(void **state)
{
	(void)state;
	expect_flat("c :: Counter(1); InfiniteSource -> c -> Print(a, b) -> Discard;",
		    "c :: Counter(1);\n"
		    "InfiniteSource@2 :: InfiniteSource;\n"
		    "Print@3 :: Print(a, b);\n"
		    "Discard@4 :: Discard;\n"
		    "\n"
		    "InfiniteSource@2 -> c;\n"
		    "c -> Print@3;\n"
		    "Print@3 -> Discard@4;\n");
}

static void declaration_inside_a_chain_declares_only_its_element(void **state)
{
	(void)state;
	expect_flat("a :: Idle -> b :: Null -> c :: Idle",
		    "a :: Idle;\nb :: Null;\nc :: Idle;\n\na -> b;\nb -> c;\n");
	expect_messages("a, b :: Null -> Discard;",
			WANT_ERROR(1, 1, "undeclared-element", "undeclared element 'a'"),
			WANT_ERROR(1, 4, "port-unused", "'b :: Null' input 0 unused"));
}

static void list_declares_all_with_class_and_configuration_of_the_last(void **state)
{
	(void)state;
	expect_flat("a, b, c :: Paint(7, X);",
		    "a :: Paint(7, X);\nb :: Paint(7, X);\nc :: Paint(7, X);\n");
	expect_flat("a, b :: { Idle }", "a/Idle@1 :: Idle;\nb/Idle@1 :: Idle;\n");
	/* Not when an earlier one says something itself. */
	expect_messages("a, b :: Idle, c :: Idle", WANT_ERROR(1, 1, "undeclared-element", "'a'"));
	expect_messages("a [0], b :: Idle", WANT_ERROR(1, 1, "undeclared-element", "'a'"),
			WANT_ERROR(1, 3, "ports-ignored", "output ports ignored at end of chain"));
}

static void anonymous_names_count_and_avoid_taken_ones(void **state)
{
	(void)state;
	expect_flat("Idle@1, Idle@3 :: Idle; Idle; Idle; Idle; Idle",
		    "Idle@1 :: Idle;\nIdle@3 :: Idle;\nIdle@4 :: Idle;\nIdle@5 :: Idle;\n"
		    "Idle@6 :: Idle;\nIdle@7 :: Idle;\n");
	expect_flat("x :: Idle; Idle; Idle@2 :: Idle;",
		    "x :: Idle;\nIdle@3 :: Idle;\nIdle@2 :: Idle;\n");
}

static void class_name_wins_over_element_name(void **state)
{
	(void)state;
	expect_messages("Idle :: Discard;",
			WANT_ERROR(1, 1, "element-name", "class 'Idle' used as element name"));
	/* A class defined later takes the name over. */
	expect_flat("a :: Idle; elementclass a { Idle } a;", "a :: Idle;\na@2/Idle@1 :: Idle;\n");
}

static void port_numbers_lists_and_ranges(void **state)
{
	(void)state;
	expect_flat("a, b, c :: Idle; p, q :: PullNull;\n"
		    "a, a[1] -> b -> p, q; p -> [0]c, [1]c; q -> [2]c;",
		    "a :: Idle;\nb :: Idle;\nc :: Idle;\np :: PullNull;\nq :: PullNull;\n\n"
		    "a -> b;\na [1] -> b;\nb -> p;\nb -> q;\np -> c;\np -> [1] c;\nq -> [2] c;\n");
	expect_flat("a, b :: Idle; a [0-2] => [3,5,1] b;",
		    "a :: Idle;\nb :: Idle;\n\na -> [3] b;\na [1] -> [5] b;\na [2] -> [1] b;\n");
	expect_flat("a, b :: Idle; a [1-2,4] -> b;",
		    "a :: Idle;\nb :: Idle;\n\na [1] -> b;\na [2] -> b;\na [4] -> b;\n");
	expect_flat("a, b :: Idle; a -> [0,2] b;",
		    "a :: Idle;\nb :: Idle;\n\na -> b;\na -> [2] b;\n");
	expect_flat("a :: Idle; a -> [65535] a [65535] -> a;",
		    "a :: Idle;\n\na -> [65535] a;\na [65535] -> a;\n");
}

static void bad_port_lists(void **state)
{
	(void)state;
	expect_messages("a :: Idle; a [65536] -> a;", WANT_ERROR(1, 15, "syntax", "too large"));
	expect_messages("a :: Idle; a [99999999999999999999] -> a;",
			WANT_ERROR(1, 15, "syntax", "too large"));
	expect_messages("a :: Idle; a [x] -> a;",
			WANT_ERROR(1, 15, "syntax", "port number should be integer"));
	expect_messages("a :: Idle; a [1-] -> a;", WANT_ERROR(1, 17, "syntax", "a port number"));
	expect_messages("a :: Idle; a [3-1] -> a;",
			WANT_ERROR(1, 17, "syntax", "range 3-1 is empty"));
	expect_messages("a :: Idle; a [1-2-3] -> a;", WANT_ERROR(1, 18, "syntax", "',' or ']'"));
	expect_messages("a :: Idle; a [1 2] -> a;", WANT_ERROR(1, 17, "syntax", "',', '-' or ']'"));
	expect_messages("a :: Idle; a [;", WANT_ERROR(1, 15, "syntax", "a port number"));
	expect_messages("a :: Idle; a [$x] -> a;", WANT_ERROR(1, 15, "syntax", "near '$x'"));
}

static void single_arrow_joins_one_with_all(void **state)
{
	(void)state;
	expect_flat("a, b, c :: Idle; a -> b, c, [2] c;",
		    "a :: Idle;\nb :: Idle;\nc :: Idle;\n\na -> b;\na -> c;\na -> [2] c;\n");
	expect_flat("a, b, c :: Idle; b, c [1], c -> a;",
		    "a :: Idle;\nb :: Idle;\nc :: Idle;\n\nb -> a;\nc [1] -> a;\nc -> a;\n");
	expect_messages("a, b :: Idle; a [0,1,2] -> [0,1,2] b;",
			WANT_ERROR(1, 25, "syntax", "many-to-many connections require '=>'"));
}

static void double_arrow_joins_in_order(void **state)
{
	(void)state;
	/* The one element without ports on a side counts its ports up. */
	expect_flat("a, b, c :: Idle; a => b, c, [0,1] a;",
		    "a :: Idle;\nb :: Idle;\nc :: Idle;\n\n"
		    "a -> b;\na [1] -> c;\na [2] -> a;\na [3] -> [1] a;\n");
	expect_flat("a, b, c, d :: Idle; a [0,1,2] => c, b, d;",
		    "a :: Idle;\nb :: Idle;\nc :: Idle;\nd :: Idle;\n\n"
		    "a -> c;\na [1] -> b;\na [2] -> d;\n");
	expect_flat("c :: Idle; A, B, C :: Null; x :: Idle; c => A, B, C -> x",
		    "c :: Idle;\nA :: Null;\nB :: Null;\nC :: Null;\nx :: Idle;\n\n"
		    "c -> A;\nc [1] -> B;\nc [2] -> C;\nA -> x;\nB -> x;\nC -> x;\n");
	expect_flat("a, b :: Idle; a => b;", "a :: Idle;\nb :: Idle;\n\na -> b;\n");
	/* A port given keeps its element from counting. */
	expect_flat("a, b, c :: Idle; a[1] => b, c;",
		    "a :: Idle;\nb :: Idle;\nc :: Idle;\n\na [1] -> b;\na [1] -> c;\n");
}

static void counts_of_a_double_arrow_must_agree(void **state)
{
	(void)state;
	expect_messages("a, b, c, d :: Idle;\na [0,1] => [0,1,2] b;\nc [] => [] d;",
			WANT_ERROR(2, 9, "connection-mismatch",
				   "connection mismatch: 2 outputs connected to 3 inputs"),
			WANT_ERROR(3, 6, "connection-mismatch",
				   "at most one expandable port allowed per connection"));
	expect_messages("a, b :: Idle; a [0,1,2,] => [0,1] b;",
			WANT_ERROR(1, 26, "connection-mismatch",
				   "3 or more outputs connected to 2 inputs"));
	expect_messages("a, b :: Idle; a [0,1] => [0,1,2,] b;",
			WANT_ERROR(1, 23, "connection-mismatch",
				   "2 outputs connected to 3 or more inputs"));
}

static void expandable_lists_grow_to_the_other_side(void **state)
{
	(void)state;
	expect_flat("a, b :: Idle; a [] => [3,2,1] b;",
		    "a :: Idle;\nb :: Idle;\n\na -> [3] b;\na [1] -> [2] b;\na [2] -> [1] b;\n");
	expect_flat("a, b :: Idle; a [2,] => [0-2] b;",
		    "a :: Idle;\nb :: Idle;\n\na [2] -> b;\na [3] -> [1] b;\na [4] -> [2] b;\n");
	expect_flat("a, b :: Idle; a [] -> b;", "a :: Idle;\nb :: Idle;\n\na -> b;\n");
	expect_flat("a, b, c :: Idle; a [0,4,], b => [0-3] c;",
		    "a :: Idle;\nb :: Idle;\nc :: Idle;\n\n"
		    "a -> c;\na [4] -> [1] c;\na [5] -> [2] c;\nb -> [3] c;\n");
	expect_messages("a, b, c :: Idle; a [65534,] => [0-2] b;",
			WANT_ERROR(1, 29, "connection-mismatch", "needs ports above 65535"));
}

static void repeated_connection_is_one(void **state)
{
	(void)state;
	expect_flat("a :: FromDevice; b :: Discard; a -> b; a -> b;",
		    "a :: FromDevice;\nb :: Discard;\n\na -> b;\n");
}

static void ports_at_the_outer_ends_of_a_chain(void **state)
{
	(void)state;
	expect_messages("a, b :: Idle; [1] a -> b [2];",
			WANT_ERROR(1, 15, "ports-ignored", "input ports ignored at start of chain"),
			WANT_ERROR(1, 26, "ports-ignored", "output ports ignored at end of chain"));
	expect_messages("a :: Idle; [1] a;", WANT_ERROR(1, 12, "ports-ignored",
							"input ports ignored at start of chain"));
}

static void references(void **state)
{
	(void)state;
	expect_messages("a :: Idle; a(5) -> a;",
			WANT_ERROR(1, 12, "config-ignored",
				   "configuration string ignored on element reference"));
	expect_messages("a :: Idle;\n  a :: Discard;",
			WANT_ERROR(2, 3, "redeclared-element", "redeclaration of element 'a'"));
	expect_messages("12 :: Idle; a/3 :: Idle; b/4x :: Idle; 5/b :: Idle;",
			WANT_ERROR(1, 1, "element-name", "'12' has all-digit component"),
			WANT_ERROR(1, 13, "element-name", "'a/3'"),
			WANT_ERROR(1, 40, "element-name", "'5/b'"));
}

static void undeclared_names_are_told_once_with_a_way_out(void **state)
{
	struct sl_graph *g = NULL;
	struct sl_diags d = {0};
	const char *text = "counter :: Counter; x :: Coutner;\n"
			   "Cuonter -> Dsicard; Cuonter -> conter;\n"
			   "late -> late; late :: Idle; zzzzzz -> zzzzzz;";
	const struct wanted wanted[] = {
		WANT_ERROR(1, 26, "unknown-class", "unknown element class 'Coutner'"),
		WANT_ERROR(2, 1, "undeclared-element", "undeclared element 'Cuonter'"),
		WANT_ERROR(2, 12, "undeclared-element", "undeclared element 'Dsicard'"),
		WANT_ERROR(2, 32, "undeclared-element", "undeclared element 'conter'"),
		WANT_ERROR(3, 1, "undeclared-element", "undeclared element 'late'"),
		WANT_ERROR(3, 29, "undeclared-element", "undeclared element 'zzzzzz'"),
		WANT_ERROR(1, 1, "port-unused", "'counter :: Counter' input 0 unused"),
		WANT_ERROR(1, 1, "port-unused", "'counter :: Counter' output 0 unused"),
	};

	(void)state;
	assert_int_equal(sl_click_parse("t.click", text, strlen(text), &default_opts, &d, &g),
			 -EINVAL);
	assert_null(g);
	expect_diags(text, &d, wanted, ARRAY_SIZE(wanted));
	assert_string_equal(d.list[0].hint, "did you mean 'Counter'?");
	assert_string_equal(d.list[1].hint,
			    "did you mean the element 'counter' or the class 'Counter'?");
	assert_string_equal(d.list[2].hint, "did you mean the class 'Discard'?");
	assert_string_equal(d.list[3].hint,
			    "did you mean the element 'counter' or the class 'Counter'?");
	assert_string_equal(d.list[4].hint, "'late' is declared further down, at line 3; move that "
					    "before its first use");
	assert_non_null(strstr(d.list[5].hint, "declare it before its first use"));
	sl_diags_free(&d);
}

static void redeclaration_shows_both_places(void **state)
{
	struct sl_graph *g = NULL;
	struct sl_diags d = {0};
	const char *text = "abc :: Idle;\n\n   abc :: Idle;";

	(void)state;
	assert_int_equal(sl_click_parse("f.click", text, strlen(text), &default_opts, &d, &g),
			 -EINVAL);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.list[0].detail, "f.click:1:1: 'abc' was declared here");
	sl_diags_free(&d);
}

static void connections_know_their_place(void **state)
{
	struct sl_graph *g = checked("a :: Idle;\n  a ->\n Null\n   -> a");

	(void)state;
	assert_int_equal(g->n_conns, 2);
	assert_int_equal(g->conns[0].origin->pos.line, 2);
	assert_int_equal(g->conns[0].origin->pos.col, 5);
	assert_int_equal(g->conns[1].origin->pos.line, 4);
	assert_int_equal(g->conns[1].origin->pos.col, 4);
	assert_string_equal(g->conns[1].origin->pos.file, "t.click");
	assert_null(g->conns[1].origin->outer);
	assert_int_equal(sl_elem_pos(elem(g, "Null@2")).line, 3);
	assert_int_equal(sl_elem_pos(elem(g, "Null@2")).col, 2);
	sl_graph_free(g);
}

static void without_a_class_table_unknown_names_are_classes(void **state)
{
	const struct sl_click_opts opts = {0};
	struct sl_graph *g = parse_with("a :: Foo; a -> Bar(1) -> Bar(2)", &opts);
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(g->n_elems, 3);
	assert_string_equal(g->elems[2].name, "Bar@3");
	/* But there is nothing to check against. */
	assert_int_equal(sl_graph_check(g, &opts, &d), -EINVAL);
	assert_int_equal(d.errors, 3);
	sl_diags_free(&d);
	sl_graph_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_of_declared_and_anonymous_elements),
		cmocka_unit_test(declaration_inside_a_chain_declares_only_its_element),
		cmocka_unit_test(list_declares_all_with_class_and_configuration_of_the_last),
		cmocka_unit_test(anonymous_names_count_and_avoid_taken_ones),
		cmocka_unit_test(class_name_wins_over_element_name),
		cmocka_unit_test(port_numbers_lists_and_ranges),
		cmocka_unit_test(bad_port_lists),
		cmocka_unit_test(single_arrow_joins_one_with_all),
		cmocka_unit_test(double_arrow_joins_in_order),
		cmocka_unit_test(counts_of_a_double_arrow_must_agree),
		cmocka_unit_test(expandable_lists_grow_to_the_other_side),
		cmocka_unit_test(repeated_connection_is_one),
		cmocka_unit_test(ports_at_the_outer_ends_of_a_chain),
		cmocka_unit_test(references),
		cmocka_unit_test(undeclared_names_are_told_once_with_a_way_out),
		cmocka_unit_test(redeclaration_shows_both_places),
		cmocka_unit_test(connections_know_their_place),
		cmocka_unit_test(without_a_class_table_unknown_names_are_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
