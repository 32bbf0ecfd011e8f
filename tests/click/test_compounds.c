// SPDX-License-Identifier: GPL-2.0-only
/* Compound elements and groups: scopes, expansion, names, overloads, parameters. */
#include "tests/click/fixture.h"

static void compound_class_expands_in_place(void **state)
{
	(void)state;
	expect_flat("elementclass P { input -> Print -> output }\n"
		    "InfiniteSource -> P -> p :: P -> Discard",
		    "InfiniteSource@1 :: InfiniteSource;\n"
		    "Discard@4 :: Discard;\n"
		    "P@2/Print@1 :: Print;\n"
		    "p/Print@1 :: Print;\n"
		    "\n"
		    "InfiniteSource@1 -> P@2/Print@1;\n"
		    "P@2/Print@1 -> p/Print@1;\n"
		    "p/Print@1 -> Discard@4;\n");
}

static void anonymous_compounds(void **state)
{
	(void)state;
	expect_flat("a, b :: Idle; a -> { -> } -> b; a [1] -> { [0] -> [0] } -> [1] b;",
		    "a :: Idle;\nb :: Idle;\n\na -> b;\na [1] -> [1] b;\n");
	expect_flat("a :: Idle; a -> { -> Null -> } -> a; x :: { Idle }",
		    "a :: Idle;\n@2/Null@1 :: Null;\nx/Idle@1 :: Idle;\n\n"
		    "a -> @2/Null@1;\n@2/Null@1 -> a;\n");
}

static void nested_compounds_and_their_order(void **state)
{
	(void)state;
	expect_flat("elementclass A { i :: Idle }\n"
		    "elementclass B { x :: A; j :: Idle; y :: { k :: Idle } }\n"
		    "b :: B; t :: Idle; c :: A;",
		    "t :: Idle;\n"
		    "b/j :: Idle;\n"
		    "b/x/i :: Idle;\n"
		    "b/y/k :: Idle;\n"
		    "c/i :: Idle;\n");
}

static void outer_elements_are_not_visible(void **state)
{
	(void)state;
	expect_messages("a :: Idle; elementclass C { a -> output } C -> Discard",
			WANT_ERROR(1, 29, "undeclared-element", "undeclared element 'a'"));
}

static void classes_are_scoped(void **state)
{
	(void)state;
	expect_messages("elementclass C { elementclass D { Idle } D } C; D",
			WANT_ERROR(1, 49, "undeclared-element", "undeclared element 'D'"));
	expect_flat(
		"elementclass D { a :: Idle } elementclass C { D; elementclass D { b :: Idle } D }"
		" C; D",
		"C@1/D@1/a :: Idle;\nC@1/D@2/b :: Idle;\nD@2/a :: Idle;\n");
}

static void class_is_visible_after_its_definition(void **state)
{
	(void)state;
	expect_messages("elementclass C { c :: C } C",
			WANT_ERROR(1, 23, "unknown-class", "unknown element class 'C'"));
	/* A redefinition may use the old meaning. */
	expect_flat("elementclass C { a :: Idle } elementclass C { x :: C; b :: Idle } c :: C",
		    "c/b :: Idle;\nc/x/a :: Idle;\n");
	expect_flat("elementclass Idle { i :: Idle } x :: Idle", "x/i :: Idle;\n");
}

static void aliases(void **state)
{
	(void)state;
	expect_flat("elementclass Sink Discard; elementclass Drain Sink; Idle -> Drain",
		    "Idle@1 :: Idle;\nDrain@2 :: Discard;\n\nIdle@1 -> Drain@2;\n");
	expect_flat("elementclass A { i :: Idle } elementclass B A; b :: B; B",
		    "b/i :: Idle;\nB@2/i :: Idle;\n");
	expect_messages("elementclass A Nope; a :: A; b :: A;",
			WANT_ERROR(1, 16, "unknown-class", "unknown element class 'Nope'"));
}

static void input_and_output_keep_to_their_side(void **state)
{
	(void)state;
	expect_messages("elementclass C { Idle -> input } C -> Discard;",
			WANT_ERROR(1, 26, "pseudoelement", "'input' may only be used as output"));
	expect_messages("elementclass C { output -> Discard } Idle -> C;",
			WANT_ERROR(1, 18, "pseudoelement", "'output' may only be used as input"));
	expect_messages(
		"elementclass C { input :: Idle } C;",
		WANT_ERROR(1, 18, "redeclared-element", "redeclaration of element 'input'"));
	/* In the file they are names like any other. */
	expect_flat("input, output :: Idle; input -> output;",
		    "input :: Idle;\noutput :: Idle;\n\ninput -> output;\n");
}

static void ports_are_contiguous(void **state)
{
	(void)state;
	expect_messages("elementclass F { input -> Discard; input [2] -> Discard;\n"
			"Idle -> [4] output }",
			WANT_ERROR(1, 16, "port-missing", "'F' input 1 missing"),
			WANT_ERROR(1, 16, "port-missing", "'F' outputs 0 to 3 missing"));
	expect_messages("a :: Idle -> { [1] -> Discard }",
			WANT_ERROR(1, 14, "port-missing", "'<anonymous>' input 0 missing"));
}

static void uses_match_the_ports_inside(void **state)
{
	(void)state;
	expect_messages("f :: { input -> Discard; input [1] -> Discard; Idle -> output }\n"
			"Idle -> f; Idle -> [2] f;",
			WANT_ERROR(1, 1, "port-unused", "'f' input 1 unused"),
			WANT_ERROR(1, 1, "no-such-port", "'f' has no input 2"),
			WANT_ERROR(1, 1, "port-unused", "'f' output 0 unused"));
	expect_messages("f :: { input -> Discard } Idle -> f [3] -> Discard;",
			WANT_ERROR(1, 1, "no-such-port", "'f' has no output 3"));
}

static void fan_in_and_fan_out_through_tunnels(void **state)
{
	(void)state;
	expect_flat("a, b, x, y :: Idle; f :: { -> }; a, b -> f -> x, y;",
		    "a :: Idle;\nb :: Idle;\nx :: Idle;\ny :: Idle;\n\n"
		    "a -> x;\na -> y;\nb -> x;\nb -> y;\n");
	/* Many ways to one end are one connection. */
	expect_flat("a :: Idle; a -> (-> (->), (->) ->) -> (-> (->), (->) ->) -> a;",
		    "a :: Idle;\n\na -> a;\n");
}

static void loops_without_an_element(void **state)
{
	(void)state;
	expect_messages("f, g :: { -> }; a :: Idle; a -> f -> g -> f;",
			WANT_ERROR(1, 1, "empty-loop", "go round without an element"),
			WANT_ERROR(1, 1, "empty-loop", ""), WANT_ERROR(1, 4, "empty-loop", ""),
			WANT_ERROR(1, 4, "empty-loop", ""));
	expect_flat("f :: { -> }; a :: Idle; a -> f -> a; f -> f;", "a :: Idle;\n\na -> a;\n");
}

static void places_through_expansion(void **state)
{
	struct sl_graph *g = checked("elementclass A {\n  input -> c :: Counter -> output }\n"
				     "elementclass B { input\n -> inner :: A -> output }\n"
				     "Idle ->\n outer :: B -> Discard");
	const struct sl_origin *o = elem(g, "outer/inner/c")->origin;

	(void)state;
	assert_int_equal(o->pos.line, 2);
	assert_int_equal(o->pos.col, 12);
	assert_int_equal(o->outer->pos.line, 4);
	assert_int_equal(o->outer->pos.col, 5);
	assert_int_equal(o->outer->outer->pos.line, 6);
	assert_int_equal(o->outer->outer->pos.col, 2);
	assert_null(o->outer->outer->outer);
	/* A connection is where it leaves its first element. */
	assert_int_equal(g->n_conns, 2);
	assert_int_equal(g->conns[0].origin->pos.line, 5);
	assert_null(g->conns[0].origin->outer);
	assert_int_equal(g->conns[1].origin->pos.line, 2);
	assert_int_equal(g->conns[1].origin->outer->pos.line, 4);
	sl_graph_free(g);
}

static void messages_tell_the_expansion(void **state)
{
	struct sl_graph *g = parse("elementclass A { x :: Counter }\n b :: A");
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(sl_graph_check(g, &default_opts, &d), -EINVAL);
	assert_int_equal(d.n, 2);
	assert_string_equal(d.list[0].element, "b/x");
	assert_int_equal(d.list[0].line, 1);
	assert_string_equal(d.list[0].detail, "t.click:2:2: expanded from here");
	sl_diags_free(&d);
	sl_graph_free(g);
}

static void expanded_name_taken(void **state)
{
	(void)state;
	expect_messages("a/b :: Idle; a :: { b :: Idle }",
			WANT_ERROR(1, 21, "redeclared-element", "redeclaration of element 'a/b'"));
}

static void nesting_has_a_limit(void **state)
{
	char text[1024] = "";

	(void)state;
	for (int i = 0; i < 49; i++)
		strcat(text, "{");
	for (int i = 0; i < 49; i++)
		strcat(text, "}");
	expect_messages(text);
	text[0] = '\0';
	for (int i = 0; i < 60; i++)
		strcat(text, "{");
	for (int i = 0; i < 60; i++)
		strcat(text, "}");
	strcat(text, "a -> b");
	expect_messages(text, WANT_ERROR(1, 50, "nesting", "nested more than 49 deep"),
			WANT_ERROR(1, 121, "undeclared-element", "'a'"),
			WANT_ERROR(1, 126, "undeclared-element", "'b'"));
	text[0] = '\0';
	for (int i = 0; i < 60; i++)
		strcat(text, "(");
	for (int i = 0; i < 60; i++)
		strcat(text, ")");
	expect_messages(text, WANT_ERROR(1, 50, "nesting", "groups nested more than 49 deep"));
}

/* ---- Overloads and parameters
 * ------------------------------------------------------------------*/

static const char foo[] = "elementclass Foo {\n"
			  "   $a, $b | input -> Print(1) -> output\n"
			  "|| $a, __REST__ $b | input -> Print(2, $b) -> output\n"
			  "|| $a, TWO $b, __REST__ $c | input -> Print(3, $b, $c) -> output\n"
			  "|| input -> Print(4) -> output; input [1] -> Discard\n"
			  "}\n";

static void overload_is_the_first_that_fits(void **state)
{
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text),
		 "%s Idle -> Foo(A) -> Foo(A, TWO B) -> Foo(A, B, C) -> Discard", foo);
	expect_flat(text, "Idle@1 :: Idle;\nDiscard@5 :: Discard;\nFoo@2/Print@1 :: Print(2);\n"
			  "Foo@3/Print@1 :: Print(1);\nFoo@4/Print@1 :: Print(2, B, C);\n\n"
			  "Idle@1 -> Foo@2/Print@1;\nFoo@2/Print@1 -> Foo@3/Print@1;\n"
			  "Foo@3/Print@1 -> Foo@4/Print@1;\nFoo@4/Print@1 -> Discard@5;\n");
	snprintf(text, sizeof(text), "%s i :: Idle -> f :: Foo -> Discard; i [1] -> [1] f;", foo);
	expect_flat(text, "i :: Idle;\nDiscard@3 :: Discard;\nf/Print@1 :: Print(4);\n"
			  "f/Discard@2 :: Discard;\n\ni -> f/Print@1;\ni [1] -> f/Discard@2;\n"
			  "f/Print@1 -> Discard@3;\n");
}

static void extension_goes_on_with_the_old_class(void **state)
{
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text),
		 "%selementclass Foo { $a, $b | input -> Print(5) -> output || ... }\n"
		 "Idle -> Foo(A, B) -> Foo(A, B, C) -> Discard",
		 foo);
	expect_flat(text, "Idle@1 :: Idle;\nDiscard@4 :: Discard;\nFoo@2/Print@1 :: Print(5);\n"
			  "Foo@3/Print@1 :: Print(2, B, C);\n\n"
			  "Idle@1 -> Foo@2/Print@1;\nFoo@2/Print@1 -> Foo@3/Print@1;\n"
			  "Foo@3/Print@1 -> Discard@4;\n");
	/* A primitive class is the last resort. */
	expect_flat(
		"elementclass Print { $a, $b | input -> Null -> output || ... }\n"
		"Idle -> Print(1) -> Print(1, 2) -> Discard",
		"Idle@1 :: Idle;\nPrint@2 :: Print(1);\nDiscard@4 :: Discard;\n"
		"Print@3/Null@1 :: Null;\n\n"
		"Idle@1 -> Print@2;\nPrint@2 -> Print@3/Null@1;\nPrint@3/Null@1 -> Discard@4;\n");
	expect_messages(
		"elementclass New { Idle || ... } New(1)",
		WANT_ERROR(1, 28, "unknown-class", "cannot extend unknown element class 'New'"),
		WANT_ERROR(1, 34, "no-match", "no match for 'New[1 argument"));
	expect_messages("elementclass Idle { ... }",
			WANT_ERROR(1, 21, "syntax", "should occur last"));
	expect_messages("elementclass Idle { ... || Null }",
			WANT_ERROR(1, 21, "syntax", "should occur last"));
}

static void no_match_lists_the_candidates(void **state)
{
	struct sl_graph *g = NULL;
	struct sl_diags d = {0};
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text), "%s f :: Foo(A) -> Discard;", foo);
	assert_int_equal(sl_click_parse("t.click", text, strlen(text), &default_opts, &d, &g),
			 -EINVAL);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.list[0].code, "no-match");
	assert_string_equal(d.list[0].element, "f");
	assert_string_equal(d.list[0].message,
			    "no match for 'Foo[1 argument, 0 inputs, 1 output]'");
	assert_string_equal(d.list[0].detail,
			    "t.click:1:18: candidate 'Foo(<arg>, <arg>)[1 input, 1 output]'\n"
			    "t.click:3:4: candidate 'Foo(<arg>, ...)[1 input, 1 output]'\n"
			    "t.click:4:4: candidate 'Foo(<arg>, TWO, ...)[1 input, 1 output]'\n"
			    "t.click:5:4: candidate 'Foo[2 inputs, 1 output]'");
	sl_diags_free(&d);
}

static void arguments_must_match_exactly(void **state)
{
	static const char pos[] = "elementclass P { $a, $b | Message($b, $a) }";
	static const char key[] = "elementclass K { $a, KEY $k, X $x | Message($a, $k, $x) }";
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "%s p :: P(1, K 2)", pos);
	expect_flat(text, "p/Message@1 :: Message(K 2, 1);\n");
	snprintf(text, sizeof(text), "%s p :: P(1)", pos);
	expect_messages(text,
			WANT_ERROR(1, 45, "no-match", "no match for 'P[1 argument, 0 inputs"));
	snprintf(text, sizeof(text), "%s p :: P(1, 2, 3)", pos);
	expect_messages(text, WANT_ERROR(1, 45, "no-match", "no match for 'P[3 arguments"));
	snprintf(text, sizeof(text), "%s p :: P(1,2,)", pos);
	expect_flat(text, "p/Message@1 :: Message(2, 1);\n");
	snprintf(text, sizeof(text), "%s k :: K(1, X 2, KEY 3 4)", key);
	expect_flat(text, "k/Message@1 :: Message(1, 3 4, 2);\n");
	/* The last of two wins; all are mandatory; no others are taken. */
	snprintf(text, sizeof(text), "%s k :: K(1, X 2, KEY 3, X 5)", key);
	expect_flat(text, "k/Message@1 :: Message(1, 3, 5);\n");
	snprintf(text, sizeof(text), "%s k :: K(1, X 2)", key);
	expect_messages(text, WANT_ERROR(1, 59, "no-match", "no match for 'K[2 arguments"));
	snprintf(text, sizeof(text), "%s k :: K(1, X 2, KEY 3, 4)", key);
	expect_messages(text, WANT_ERROR(1, 59, "no-match", ""));
	expect_messages(
		"elementclass N { Idle } n :: N(1)",
		WANT_ERROR(1, 25, "no-match", "no match for 'N[1 argument, 0 inputs, 0 outputs]'"));
	expect_flat("elementclass N { | Idle } n :: N", "n/Idle@1 :: Idle;\n");
}

static void rest_collects_what_is_left(void **state)
{
	(void)state;
	expect_flat("elementclass R { $a, KEY $k, __REST__ $r | Message($r, $k) }"
		    "r :: R(1, 2, KEY 3, FOO 4, 5) s :: R(1, KEY 2)",
		    "r/Message@1 :: Message(2, FOO 4, 5, 3);\ns/Message@1 :: Message(, 2);\n");
	expect_flat("elementclass R { __REST__ $r | RatedSource($r) -> output }"
		    "R(DATA \"a, b\", RATE 10) -> Discard",
		    "Discard@2 :: Discard;\n"
		    "R@1/RatedSource@1 :: RatedSource(DATA \"a, b\", RATE 10);\n\n"
		    "R@1/RatedSource@1 -> Discard@2;\n");
}

static void bad_parameter_lists(void **state)
{
	(void)state;
	expect_messages("elementclass C { $a, $a | Idle }",
			WANT_ERROR(1, 22, "redefined-variable", "'$a' multiply defined"));
	expect_messages("elementclass C { K $a, K $b | Idle }",
			WANT_ERROR(1, 24, "parameter", "repeated keyword parameter 'K'"));
	expect_messages("elementclass C { K $a, $b | Idle }",
			WANT_ERROR(1, 24, "parameter", "parameters out of order"));
	expect_messages("elementclass C { __REST__ $a, K $b | Idle }",
			WANT_ERROR(1, 31, "parameter", "parameters out of order"));
	expect_messages("elementclass C { $a, b | Idle }",
			WANT_ERROR(1, 24, "syntax", "expected a parameter like '$name'"));
	expect_messages("elementclass C { $a $b | Idle }",
			WANT_ERROR(1, 21, "syntax", "expected ',' or '|'"));
}

/* ---- Groups
 * ------------------------------------------------------------------------------------*/

static void groups_share_the_scope(void **state)
{
	(void)state;
	expect_flat("a, d :: Idle; a => (-> c :: Idle), (-> b :: Idle), d; c [1] -> b;",
		    "a :: Idle;\nd :: Idle;\nc :: Idle;\nb :: Idle;\n\n"
		    "a -> c;\na [1] -> b;\na [2] -> d;\nc [1] -> b;\n");
}

static void group_ends(void **state)
{
	(void)state;
	expect_flat("analyzer, x1, x2 :: Idle; x1 -> analyzer -> x2;\n"
		    "c :: Idle => [1] analyzer [1], (-> c2 :: Idle => (->), Paint(1) ->)\n"
		    "-> post :: Idle;",
		    "analyzer :: Idle;\nx1 :: Idle;\nx2 :: Idle;\nc :: Idle;\nc2 :: Idle;\n"
		    "Paint@12 :: Paint(1);\npost :: Idle;\n\n"
		    "x1 -> analyzer;\nanalyzer -> x2;\nc2 -> post;\nc2 [1] -> Paint@12;\n"
		    "Paint@12 -> post;\nc -> [1] analyzer;\nc [1] -> c2;\nanalyzer [1] -> post;\n");
	/* Port lists on both sides are implied. */
	expect_flat("a, b :: Idle; a => ( [0] -> [0]; [1] -> [1] ) => b;",
		    "a :: Idle;\nb :: Idle;\n\na -> b;\na [1] -> [1] b;\n");
	expect_flat("a, b :: Idle; a -> ( input -> output ) -> b;",
		    "a :: Idle;\nb :: Idle;\n\na -> b;\n");
}

static void group_mistakes(void **state)
{
	(void)state;
	expect_messages("g :: (-> Null ->);",
			WANT_ERROR(1, 6, "syntax", "a group '(...)' cannot have a name"));
	expect_messages("Idle -> (-> Null ->)(5) -> Discard;",
			WANT_ERROR(1, 21, "syntax", "a group takes no configuration"));
	expect_messages("Idle -> ( [1] -> Discard );",
			WANT_ERROR(1, 9, "port-missing", "'<anonymous group>' input 0 missing"));
	expect_messages("Idle -> ( -> Discard", WANT_ERROR(1, 9, "syntax", "never closed"));
	expect_messages("{ Idle -> ( -> Discard }", WANT_ERROR(1, 11, "syntax", "never closed"));
	expect_messages("(-> Null ->)",
			WANT_ERROR(1, 1, "port-unused", "'<anonymous group>' input 0 unused"),
			WANT_ERROR(1, 1, "port-unused", "'<anonymous group>' output 0 unused"));
}

static void implied_ends(void **state)
{
	(void)state;
	expect_flat(
		"a :: Idle; a -> f :: { [0] -> Null -> [0]; [1], [2] -> Null => [1] } [0,1] => a;"
		"a [1] -> [1] f; a [2] -> [2] f;",
		"a :: Idle;\nf/Null@1 :: Null;\nf/Null@2 :: Null;\n\n"
		"a -> f/Null@1;\na [1] -> f/Null@2;\na [2] -> f/Null@2;\nf/Null@1 -> a;\n"
		"f/Null@2 -> [1] a;\n");
	expect_messages("-> Null;", WANT_ERROR(1, 1, "syntax", "near '->'"));
	expect_messages("Null -> ;", WANT_ERROR(1, 9, "syntax", "near ';': expected an element"));
	expect_messages("[1] -> Idle;", WANT_ERROR(1, 1, "syntax", "stranded port"));
	expect_messages("Idle -> { -> Null -> -> Discard }",
			WANT_ERROR(1, 22, "syntax", "near '->'"));
	expect_messages("Idle -> { -> Null -> [0] -> Discard }",
			WANT_ERROR(1, 22, "syntax", "stranded port"));
	expect_messages(
		"Idle -> { -> Null -> [0], Discard -> Discard }",
		WANT_ERROR(1, 35, "syntax", "implicit ports used in the middle of a chain"));
	expect_messages("f :: { Idle -> Discard; -> Discard }; Idle -> f",
			WANT_WARNING(1, 25, "implied-input", "starts with 'input'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compound_class_expands_in_place),
		cmocka_unit_test(anonymous_compounds),
		cmocka_unit_test(nested_compounds_and_their_order),
		cmocka_unit_test(outer_elements_are_not_visible),
		cmocka_unit_test(classes_are_scoped),
		cmocka_unit_test(class_is_visible_after_its_definition),
		cmocka_unit_test(aliases),
		cmocka_unit_test(input_and_output_keep_to_their_side),
		cmocka_unit_test(ports_are_contiguous),
		cmocka_unit_test(uses_match_the_ports_inside),
		cmocka_unit_test(fan_in_and_fan_out_through_tunnels),
		cmocka_unit_test(loops_without_an_element),
		cmocka_unit_test(places_through_expansion),
		cmocka_unit_test(messages_tell_the_expansion),
		cmocka_unit_test(expanded_name_taken),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(overload_is_the_first_that_fits),
		cmocka_unit_test(extension_goes_on_with_the_old_class),
		cmocka_unit_test(no_match_lists_the_candidates),
		cmocka_unit_test(arguments_must_match_exactly),
		cmocka_unit_test(rest_collects_what_is_left),
		cmocka_unit_test(bad_parameter_lists),
		cmocka_unit_test(groups_share_the_scope),
		cmocka_unit_test(group_ends),
		cmocka_unit_test(group_mistakes),
		cmocka_unit_test(implied_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
