// SPDX-License-Identifier: GPL-2.0-only
/* Mistakes in the text: each is told where it is, and what comes behind is still read. */
#include "tests/click/fixture.h"

static void all_mistakes_are_told_in_one_run(void **state)
{
	(void)state;
	expect_messages("a :: Idle\n"
			"a -> -> b;\n"
			"c :: Nope;\n"
			"d :: Idle [x];\n"
			"elementclass E { e :: ; f -> g }\n"
			"d -> E;\n"
			"define(5);\n"
			"require(library x);\n"
			"a :: Null;\n",
			WANT_ERROR(2, 6, "syntax", "syntax error near '->'"),
			WANT_ERROR(4, 12, "syntax", "port number should be integer"),
			WANT_ERROR(5, 23, "syntax", "missing element type in declaration"),
			WANT_ERROR(3, 6, "unknown-class", "'Nope'"),
			WANT_ERROR(5, 25, "undeclared-element", "'f'"),
			WANT_ERROR(5, 30, "undeclared-element", "'g'"),
			WANT_ERROR(7, 8, "syntax", "not a variable"),
			WANT_ERROR(8, 9, "library", "library 'x'"),
			WANT_ERROR(9, 1, "redeclared-element", "'a'"),
			WANT_ERROR(6, 6, "no-such-port", "'E@4' has no input 0"));
}

static void a_broken_statement_still_declares(void **state)
{
	(void)state;
	expect_messages("a :: Idle ] x;\na -> b :: Null ->\n-> c :: Idle;\nb -> c;\n",
			WANT_ERROR(1, 11, "syntax", "near ']': expected '->', ',' or the end"),
			WANT_ERROR(3, 1, "syntax", "near '->': expected an element"),
			WANT_ERROR(4, 6, "undeclared-element", "'c'"));
	expect_messages("a :: (x);\nb :: { Idle };\na, b -> Idle",
			WANT_ERROR(1, 6, "syntax", "a group '(...)' cannot have a name"),
			WANT_ERROR(2, 1, "no-such-port", "'b' has no output 0"));
}

static void names_in_broken_statements_are_not_judged(void **state)
{
	(void)state;
	expect_messages("foo bar ] baz;\nx y", WANT_ERROR(1, 9, "syntax", "near ']'"),
			WANT_ERROR(1, 1, "undeclared-element", "'foo'"),
			WANT_ERROR(2, 1, "undeclared-element", "'x'"),
			WANT_ERROR(2, 3, "undeclared-element", "'y'"));
}

static void stray_brackets(void **state)
{
	(void)state;
	expect_messages(
		"}\na :: Idle;\n)\nb :: Idle; ] \nc :: Idle || d;\ne -> e",
		WANT_ERROR(1, 1, "syntax", "near '}'"), WANT_ERROR(3, 1, "syntax", "near ')'"),
		WANT_ERROR(4, 12, "syntax", "near ']'"), WANT_ERROR(5, 11, "syntax", "near '||'"),
		WANT_ERROR(6, 1, "undeclared-element", "'e'"));
	expect_messages("{ Idle ) }\na", WANT_ERROR(1, 8, "syntax", "near ')'"),
			WANT_ERROR(2, 1, "undeclared-element", "'a'"));
	expect_messages("elementclass X { Idle",
			WANT_ERROR(1, 16, "syntax", "'{' is never closed"));
	expect_messages("x :: { y :: { Idle }", WANT_ERROR(1, 6, "syntax", "'{' is never closed"));
}

static void recovery_skips_configurations_and_compounds(void **state)
{
	(void)state;
	expect_messages("-> a(};\n\")\") { ; x -> y; } ; z",
			WANT_ERROR(1, 1, "syntax", "near '->'"),
			WANT_ERROR(2, 22, "undeclared-element", "'z'"));
}

static void tokens_are_named(void **state)
{
	(void)state;
	expect_messages("a :: Idle ->", WANT_ERROR(1, 13, "syntax", "near the end of the text"));
	expect_messages("a :: Idle -> $x", WANT_ERROR(1, 14, "syntax", "near '$x'"));
	expect_messages("a :: Idle -> =>", WANT_ERROR(1, 14, "syntax", "near '=>'"));
	expect_messages("a :: Idle, ", WANT_ERROR(1, 12, "syntax", "near the end of the text"));
	expect_messages("a :: Idle .", WANT_ERROR(1, 11, "syntax", "near '.'"));
	expect_messages("elementclass", WANT_ERROR(1, 13, "syntax", "near the end of the text"));
	expect_messages("{...}", WANT_ERROR(1, 2, "syntax", "should occur last"));
	expect_messages("a :: ", WANT_ERROR(1, 6, "syntax", "missing element type"));
	expect_messages("{} :: Idle", WANT_ERROR(1, 4, "syntax", "only a name can be declared"));
	expect_messages("require x", WANT_ERROR(1, 9, "syntax", "near 'x': expected '('"));
}

static void hints_say_what_to_do(void **state)
{
	static const struct {
		const char *text, *hint;
	} cases[] = {
		{"a :: Idel", "did you mean 'Idle'?"},
		{"a :: IDLE", "did you mean 'Idle'?"},
		{"a :: Qeueu", "did you mean 'Queue'?"},
		{"a :: FromDevcie(eth0) -> Discard", "did you mean 'FromDevice'?"},
		{"a :: Xyzzy", "no class of a similar name is known; check the spelling, upper and "
			       "lower case count"},
		{"elementclass MyRouter { Idle } a :: MyRuoter", "did you mean 'MyRouter'?"},
		{"#include \"x\"",
		 "a '#' in the first column is a line directive, '# 12 \"file\"'; "
		 "comments are written '// ...'"},
		{"a :: (Idle)", "use a compound element: 'a :: { ... }'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sl_graph *g = NULL;
		struct sl_diags d = {0};

		assert_int_equal(sl_click_parse("t", cases[i].text, strlen(cases[i].text),
						&default_opts, &d, &g),
				 -EINVAL);
		assert_int_equal(d.n, 1);
		assert_non_null(d.list[0].hint);
		assert_string_equal(d.list[0].hint, cases[i].hint);
		sl_diags_free(&d);
	}
}

static void file_name_may_be_missing(void **state)
{
	struct sl_graph *g = NULL;
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(sl_click_parse(NULL, "]", 1, &default_opts, &d, &g), -EINVAL);
	assert_string_equal(d.list[0].file, "config");
	sl_diags_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_mistakes_are_told_in_one_run),
		cmocka_unit_test(a_broken_statement_still_declares),
		cmocka_unit_test(names_in_broken_statements_are_not_judged),
		cmocka_unit_test(stray_brackets),
		cmocka_unit_test(recovery_skips_configurations_and_compounds),
		cmocka_unit_test(tokens_are_named),
		cmocka_unit_test(hints_say_what_to_do),
		cmocka_unit_test(file_name_may_be_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
