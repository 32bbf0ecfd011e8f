// SPDX-License-Identifier: GPL-2.0-only
/* Variables: forms, quoting, scopes, limits. */
#include "tests/click/fixture.h"

/* What `config` becomes with these definitions before it. */
static void expect_config(const char *defines, const char *config, const char *want)
{
	char text[2048];
	struct sl_graph *g;

	snprintf(text, sizeof(text), "%s; x :: Message(%s)", defines, config);
	g = parse(text);
	assert_string_equal(elem(g, "x")->config, want);
	sl_graph_free(g);
}

static void forms(void **state)
{
	static const char def[] = "define($a one, $b two three  four, $ab AB, $n 1, $e, $one X)";

	(void)state;
	expect_config(def, "$a", "one");
	expect_config(def, "$a.$b", "one.two three  four");
	expect_config(def, "${a}b", "oneb");
	expect_config(def, "$ab", "AB");
	expect_config(def, "${b[0]}|${b[1]}|${b[2]}|${b[3]}", "two|three|four|");
	expect_config(def, "${ b [ 1] }", "three");
	expect_config(def, "${b[$n]}", "three");
	expect_config(def, "${b[9999999999999]}", "");
	expect_config(def, "${b[x]}", "two three  four");
	expect_config(def, "${$a}", "X");
	expect_config(def, "${${a}}", "X");
	expect_config(def, "${a$e}", "one");
	expect_config(def, "$(a)", "one");
	expect_config(def, "${z-default value}", "default value");
	expect_config(def, "${z-}", "");
	expect_config(def, "${z-$a}", "one");
	expect_config(def, "${z-${y-$a}}", "one");
	expect_config(def, "${a-default}", "one");
	expect_config(def, "[$e]", "[]");
}

static void what_is_not_defined_stays(void **state)
{
	static const char def[] = "define($a one)";

	(void)state;
	expect_config(def, "$z ${z} ${z[1]} $(h x) $(x) $ $- $?$#$$a",
		      "$z ${z} ${z[1]} $(h x) $(x) $ $- $?$#$$a");
	expect_config(def, "${z$a} $(h $a)", "${zone} $(h one)");
	expect_config(def, "$a ${a", "one ${a");
	/* In quotes too. */
	expect_config(def, "\"$z ${z}\"", "\"$z ${z}\"");
}

static void quotes(void **state)
{
	static const char def[] = "define($q \"a\\\"b\", $d '$5', $s a b, $t 'x\ny\tz\x01\xc3')";

	(void)state;
	expect_config(def, "'$s'", "'$s'");
	expect_config(def, "\"<$s>\"", "\"<a b>\"");
	expect_config(def, "\"$q\"", "\"\\\"a\\\\\\\"b\\\"\"");
	expect_config(def, "$q", "\"a\\\"b\"");
	expect_config(def, "\"$d\"", "\"'\\$5'\"");
	expect_config(def, "\"\\$s\"", "\"\\$s\"");
	expect_config(def, "\"\\\\$s\"", "\"\\\\a b\"");
	expect_config(def, "\"$t\"", "\"'x\\ny\\tz\\001\\303'\"");
	expect_config(def, "'\"'$s\"'$s'\"", "'\"'a b\"'a b'\"");
	expect_config(def, "$s /* $s */ $s // $s\n", "a b /* $s */ a b // $s\n");
}

static void substitution_comes_before_splitting(void **state)
{
	struct sl_graph *g =
		parse("define($x \"1, 2\", $y 3); elementclass C { $a, $b | m :: Message($a) }"
		      "elementclass D { __REST__ $r | m :: Message(0, $r, $y) } D(1, 2)");

	(void)state;
	assert_int_equal(elem(g, "D@1/m")->n_args, 4);
	assert_string_equal(elem(g, "D@1/m")->args[2].text, "2");
	assert_string_equal(elem(g, "D@1/m")->args[3].text, "3");
	sl_graph_free(g);
}

static void definitions_are_order_independent(void **state)
{
	(void)state;
	expect_flat("m :: Message($x, $y); define($x $y 1); define($y 2)",
		    "m :: Message(2 1, 2);\n");
	expect_messages("define($x 1); define($x 2)",
			WANT_ERROR(1, 22, "redefined-variable", "'$x' multiply defined"));
	expect_messages("define($x 1, $x 2)", WANT_ERROR(1, 14, "redefined-variable", ""));
	expect_messages("elementclass C { $x | define($x 2) }",
			WANT_ERROR(1, 30, "redefined-variable", ""));
	expect_messages("define(x 1, $ 2, $x-y 3, 4, , $y)",
			WANT_ERROR(1, 8, "syntax", "not a variable"),
			WANT_ERROR(1, 13, "syntax", "not a variable"),
			WANT_ERROR(1, 18, "syntax", "not a variable"),
			WANT_ERROR(1, 26, "syntax", "not a variable"));
}

static void scopes_are_static(void **state)
{
	(void)state;
	expect_flat("elementclass Foo { $a | DriverManager($a) }\n"
		    "elementclass Far { $a, $b | Foo($b) }\n"
		    "Far(wait_stop stop, stop)",
		    "Far@1/Foo@1/DriverManager@1 :: DriverManager(stop);\n");
	expect_flat("elementclass Foo { $a |\n"
		    "  elementclass Bar { $b | DriverManager($a) }\n"
		    "  elementclass Baz { $a | Idle; Bar($a) }\n"
		    "  Baz(other)\n"
		    "}\n"
		    "Foo(stop)",
		    "Foo@1/Baz@1/Idle@1 :: Idle;\n"
		    "Foo@1/Baz@1/Bar@2/DriverManager@1 :: DriverManager(stop);\n");
	/* A definition's value is looked at where it stands. */
	expect_flat(
		"define($x $y, $y outer); elementclass C { $y | m :: Message($x, $y) } c :: C(in)",
		"c/m :: Message(outer, in);\n");
	expect_flat("define($x 1); elementclass C { define($x 2); m :: Message($x); d :: { m :: "
		    "Message($x) } }"
		    "c :: C; m :: Message($x)",
		    "m :: Message(1);\nc/m :: Message(2);\nc/d/m :: Message(2);\n");
	/* An argument keeps its own meaning inside. */
	expect_flat("elementclass C { $a | define($b 5); m :: Message($a, \"$a\") } c :: C($b)",
		    "c/m :: Message($b, \"\\$b\");\n");
	expect_flat("elementclass C { $a | m :: Message($a) } c :: C($a)", "c/m :: Message($a);\n");
	/* A parameter in a definition, a definition in an argument. */
	expect_flat("elementclass D { $q | m :: Message($q) }"
		    "elementclass C { $a | define($p <$a>); d :: D($p) } c :: C(1)",
		    "c/d/m :: Message(<1>);\n");
}

static void words_of_parameters(void **state)
{
	(void)state;
	expect_flat("elementclass Bar { $a, $n | m :: Message(\"${a[$n]}\") }"
		    "elementclass Baz { $a | b :: Bar(${a[1]} ${a[0]}, ${a[2]}) }"
		    "Bar(D E F, 2); Baz(G H 1); Baz(I J 0)",
		    "Bar@1/m :: Message(\"F\");\nBaz@2/b/m :: Message(\"G\");\n"
		    "Baz@3/b/m :: Message(\"J\");\n");
}

static void variables_from_outside_override(void **state)
{
	static const struct sl_var vars[] = {{"x", "new"}, {"z", "$y z"}, {"", "nothing"}};
	const struct sl_click_opts opts = {.classes = &classes, .vars = vars, .n_vars = 3};

	(void)state;
	expect_flat_with("define($x old, $y 2); m :: Message($x, $z, $(x)); elementclass C { $x | "
			 "n :: Message($x) }"
			 "c :: C(3)",
			 "m :: Message(new, 2 z, new);\nc/n :: Message(3);\n", &opts);
}

static void recursion_ends(void **state)
{
	(void)state;
	expect_messages("define($x a$x); m :: Message($x)",
			WANT_WARNING(1, 30, "variable-recursion", "refer to each other"));
	expect_messages("define($x $y, $y $x); m :: Message(${x}, \"$y\")",
			WANT_WARNING(1, 36, "variable-recursion", ""));
}

static void result_must_be_a_configuration(void **state)
{
	static const struct sl_var vars[] = {
		{"p", ")"}, {"q", "'"}, {"h", "a\n# 5 \"x\"\n"}, {"c", "/*"}};
	const struct sl_click_opts opts = {.classes = &classes, .vars = vars, .n_vars = 4};
	const struct wanted bad[] = {WANT_ERROR(1, 1, "config", "open quote or parenthesis")};

	(void)state;
	expect_with("m :: Message($p)", bad, 1, &opts);
	expect_with("m :: Message($q)", bad, 1, &opts);
	expect_with("m :: Message($h)", bad, 1, &opts);
	expect_with("m :: Message(\"$p$q$h$c\")", NULL, 0, &opts);
	expect_with("m :: Message(a, '$p')", NULL, 0, &opts);
	expect_with("m :: Message(${p-$c)", bad, 0, &opts);
}

static void pieces_that_make_a_new_variable(void **state)
{
	static const struct sl_var vars[] = {{"d", "$"}, {"x", "5"}};
	const struct sl_click_opts opts = {.classes = &classes, .vars = vars, .n_vars = 2};

	(void)state;
	/* A default is resolved now, as it would be when the result is read again. */
	expect_flat_with("m :: Message(${d}{q-1}, ${d}x)", "m :: Message(1, $x);\n", &opts);
}

static void positions_of_substituted_arguments(void **state)
{
	struct sl_graph *g = parse(
		"define($x \"p\nq\",\n $y r);\nelementclass R { __REST__ $r | m :: Message(0,\n"
		"  $r, ${y} z, k) } a :: R(1,\n2)");
	const struct sl_elem *e = elem(g, "a/m");

	(void)state;
	assert_int_equal(e->n_args, 5);
	assert_int_equal(e->args[0].pos.line, 4);
	assert_int_equal(e->args[1].pos.line, 5);
	assert_int_equal(e->args[1].pos.col, 3);
	assert_int_equal(e->args[2].pos.line, 5);
	assert_int_equal(e->args[2].pos.col, 3);
	assert_int_equal(e->args[3].pos.col, 7);
	assert_int_equal(e->args[4].pos.col, 15);
	sl_graph_free(g);
}

static void not_in_names_classes_or_ports(void **state)
{
	(void)state;
	expect_messages("define($x Idle); a :: $x;",
			WANT_ERROR(1, 23, "syntax", "missing element type"));
	expect_messages("define($x a); $x :: Idle;", WANT_ERROR(1, 15, "syntax", "near '$x'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(what_is_not_defined_stays),
		cmocka_unit_test(quotes),
		cmocka_unit_test(substitution_comes_before_splitting),
		cmocka_unit_test(definitions_are_order_independent),
		cmocka_unit_test(scopes_are_static),
		cmocka_unit_test(words_of_parameters),
		cmocka_unit_test(variables_from_outside_override),
		cmocka_unit_test(recursion_ends),
		cmocka_unit_test(result_must_be_a_configuration),
		cmocka_unit_test(pieces_that_make_a_new_variable),
		cmocka_unit_test(positions_of_substituted_arguments),
		cmocka_unit_test(not_in_names_classes_or_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
