// SPDX-License-Identifier: GPL-2.0-only
/* Tokens, comments, line directives, and where configuration strings end. */
#include "tests/click/fixture.h"

static void comments_are_white_space(void **state)
{
	(void)state;
	expect_flat("a// one\n:: /* two\n lines */ Idle /* not /* nested */;// at the end",
		    "a :: Idle;\n");
	expect_messages("a :: Idle; /* never closed", WANT_ERROR(1, 12, "syntax", "never closed"));
	expect_messages("a :: Idle; /*/ b", WANT_ERROR(1, 12, "syntax", "never closed"));
	expect_messages("a :: Idle; /* b * /", WANT_ERROR(1, 12, "syntax", "never closed"));
}

static void line_ends_of_all_kinds_count(void **state)
{
	struct sl_graph *g =
		checked("a :: Idle;\rb :: Idle;\r\nc :: Idle;\n\rd :: Idle /*\r\n*/; e :: Idle");

	(void)state;
	assert_int_equal(sl_elem_pos(elem(g, "b")).line, 2);
	assert_int_equal(sl_elem_pos(elem(g, "c")).line, 3);
	assert_int_equal(sl_elem_pos(elem(g, "d")).line, 5);
	assert_int_equal(sl_elem_pos(elem(g, "d")).col, 1);
	assert_int_equal(sl_elem_pos(elem(g, "e")).line, 6);
	assert_int_equal(sl_elem_pos(elem(g, "e")).col, 5);
	sl_graph_free(g);
}

static void identifiers(void **state)
{
	(void)state;
	expect_flat("a/b@_9/c :: Idle; 2x::Idle;_::Idle;@::Idle;",
		    "a/b@_9/c :: Idle;\n2x :: Idle;\n_ :: Idle;\n@ :: Idle;\n");
	/* A slash belongs to a name only if a word follows. */
	expect_flat("a//b\n:: Idle", "a :: Idle;\n");
	expect_flat("a/*b*/:: Idle", "a :: Idle;\n");
	expect_messages("a/ :: Idle", WANT_ERROR(1, 2, "syntax", "near '/'"));
	expect_messages("b :: Idle; \xc3\xa9 :: Idle",
			WANT_ERROR(1, 12, "syntax", "syntax error near"));
}

static void overlong_names_are_refused(void **state)
{
	char text[600];

	(void)state;
	memset(text, 'x', sizeof(text));
	strcpy(text + 256, " :: Idle;");
	expect_messages(text, WANT_ERROR(1, 1, "syntax", "name of 256 characters is too long"));
	strcpy(text + 255, " :: Idle;");
	expect_messages(text);
}

static void keywords_are_no_names(void **state)
{
	(void)state;
	expect_messages("provide x;", WANT_ERROR(1, 1, "syntax", "syntax error near 'provide'"));
	expect_messages("require :: Idle;", WANT_ERROR(1, 9, "syntax", "expected '('"));
	expect_messages("define :: Idle;", WANT_ERROR(1, 8, "syntax", "expected '('"));
	expect_messages("elementclass :: Idle;",
			WANT_ERROR(1, 14, "syntax", "name of an element class"));
	expect_messages("elementclass X = Y;", WANT_ERROR(1, 16, "syntax", "'{' or the name"));
	expect_messages("$x :: Idle", WANT_ERROR(1, 1, "syntax", "near '$x'"));
	expect_messages("$ :: Idle", WANT_ERROR(1, 1, "syntax", "near '$'"));
}

static void a_nul_byte_is_no_text(void **state)
{
	static const char text[] = "a :: Idle;\n b\0 :: Idle;";
	struct sl_graph *g = NULL;
	struct sl_diags d = {0};
	const struct wanted want[] = {WANT_ERROR(2, 3, "syntax", "NUL byte")};

	(void)state;
	assert_int_equal(sl_click_parse("t", text, sizeof(text) - 1, &default_opts, &d, &g),
			 -EINVAL);
	expect_diags(text, &d, want, 1);
	sl_diags_free(&d);
}

static void line_directives_move_the_position(void **state)
{
	struct sl_graph *g = checked("a :: Idle;\n"
				     "# 100 \"foo\\\"bar.click\"\n"
				     "b :: Idle;\n"
				     "#line 7\n"
				     "c :: Idle;\n"
				     "# 20 \"\"  trailing words 1 2\n"
				     "d :: Idle;\n");

	(void)state;
	assert_string_equal(sl_elem_pos(elem(g, "a")).file, "t.click");
	assert_string_equal(sl_elem_pos(elem(g, "b")).file, "foo\"bar.click");
	assert_int_equal(sl_elem_pos(elem(g, "b")).line, 100);
	assert_string_equal(sl_elem_pos(elem(g, "c")).file, "foo\"bar.click");
	assert_int_equal(sl_elem_pos(elem(g, "c")).line, 7);
	/* An empty name is the file's own. */
	assert_string_equal(sl_elem_pos(elem(g, "d")).file, "t.click");
	assert_int_equal(sl_elem_pos(elem(g, "d")).line, 20);
	sl_graph_free(g);
}

static void directives_inside_configuration_strings(void **state)
{
	struct sl_graph *g = checked("m :: Message(\n"
				     "# 100 \"foobar.click\"\n"
				     "\"test\",\n"
				     "# 200\n"
				     "  'a\n# 5\n', b);\n"
				     "n :: Message(x);");
	const struct sl_elem *m = elem(g, "m");

	(void)state;
	assert_int_equal(m->n_args, 3);
	assert_string_equal(m->args[0].text, "\"test\"");
	assert_string_equal(m->args[0].pos.file, "foobar.click");
	assert_int_equal(m->args[0].pos.line, 100);
	assert_int_equal(m->args[0].pos.col, 1);
	/* In quotes it is text. */
	assert_string_equal(m->args[1].text, "'a\n# 5\n'");
	assert_int_equal(m->args[1].pos.line, 200);
	assert_int_equal(m->args[1].pos.col, 3);
	assert_int_equal(m->args[2].pos.line, 202);
	assert_int_equal(m->args[2].pos.col, 4);
	assert_int_equal(sl_elem_pos(elem(g, "n")).line, 203);
	sl_graph_free(g);
}

static void other_directives_are_errors_and_skipped(void **state)
{
	(void)state;
	expect_messages("#include <x>\na :: Idle;\n#\n# x\nb :: Idle(\n#pragma\n1);",
			WANT_ERROR(1, 1, "syntax", "unknown preprocessor directive"),
			WANT_ERROR(3, 1, "syntax", "unknown preprocessor directive"),
			WANT_ERROR(4, 1, "syntax", "unknown preprocessor directive"),
			WANT_ERROR(6, 1, "syntax", "unknown preprocessor directive"));
	/* Only in the first column. */
	expect_messages("a :: Idle;\n # 5", WANT_ERROR(2, 2, "syntax", "near '#'"));
}

static void configuration_ends_at_its_parenthesis(void **state)
{
	struct sl_graph *g = checked("m :: Message((a(b)c), ')', \")\\\")\", \\<28 /* ) */ 29>, "
				     "x // )\n, /* ) */ y) n :: Idle");
	const struct sl_elem *m = elem(g, "m");

	(void)state;
	assert_int_equal(m->n_args, 6);
	assert_string_equal(m->args[0].text, "(a(b)c)");
	assert_string_equal(m->args[1].text, "')'");
	assert_string_equal(m->args[2].text, "\")\\\")\"");
	assert_string_equal(m->args[3].text, "\\<28 /* ) */ 29>");
	assert_string_equal(m->args[4].text, "x");
	assert_string_equal(m->args[5].text, "y");
	assert_int_equal(sl_elem_pos(elem(g, "n")).line, 2);
	sl_graph_free(g);
}

static void open_configuration_strings(void **state)
{
	(void)state;
	expect_messages("a :: Idle(x;\nb :: Idle;",
			WANT_ERROR(1, 10, "syntax", "'(' is never closed"));
	expect_messages("a :: Idle('x);", WANT_ERROR(1, 10, "syntax", "'(' is never closed"));
	expect_messages("a :: Idle(\"x\\\");", WANT_ERROR(1, 10, "syntax", "'(' is never closed"));
	expect_messages("a :: Idle(\\<20);", WANT_ERROR(1, 10, "syntax", "'(' is never closed"));
	expect_messages("a :: Idle(/*);", WANT_ERROR(1, 10, "syntax", "'(' is never closed"));
	expect_messages("define($x 5", WANT_ERROR(1, 7, "syntax", "'(' is never closed"));
}

static void configuration_is_kept_verbatim(void **state)
{
	struct sl_graph *g = checked("a :: Idle( x /* c */ ,\n y)");

	(void)state;
	assert_string_equal(elem(g, "a")->config, " x /* c */ ,\n y");
	assert_int_equal(elem(g, "a")->args[0].pos.col, 12);
	assert_int_equal(elem(g, "a")->args[1].pos.line, 2);
	assert_int_equal(elem(g, "a")->args[1].pos.col, 2);
	sl_graph_free(g);
}

static void empty_texts(void **state)
{
	(void)state;
	expect_flat("", "");
	expect_flat(";;; // nothing", "");
	expect_flat("\n\n \t\v\f", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_are_white_space),
		cmocka_unit_test(line_ends_of_all_kinds_count),
		cmocka_unit_test(identifiers),
		cmocka_unit_test(overlong_names_are_refused),
		cmocka_unit_test(keywords_are_no_names),
		cmocka_unit_test(a_nul_byte_is_no_text),
		cmocka_unit_test(line_directives_move_the_position),
		cmocka_unit_test(directives_inside_configuration_strings),
		cmocka_unit_test(other_directives_are_errors_and_skipped),
		cmocka_unit_test(configuration_ends_at_its_parenthesis),
		cmocka_unit_test(open_configuration_strings),
		cmocka_unit_test(configuration_is_kept_verbatim),
		cmocka_unit_test(empty_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
