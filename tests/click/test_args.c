// SPDX-License-Identifier: GPL-2.0-only
/* Configuration strings to arguments, arguments to words, words to bytes. */
#include "tests/click/fixture.h"

static void expect_args(const char *config, size_t n, ...)
{
	struct sl_arg *args = NULL;
	size_t n_args = 99;
	va_list ap;

	assert_int_equal(sl_split_args(config, (struct sl_pos){"f", 1, 1}, &args, &n_args), 0);
	if (n_args != n)
		print_error("'%s': %zu arguments\n", config, n_args);
	assert_int_equal(n_args, n);
	va_start(ap, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(args[i].text, va_arg(ap, const char *));
	va_end(ap);
	sl_args_free(args, n_args);
}

static void splitting_at_commas(void **state)
{
	(void)state;
	expect_args("", 0);
	expect_args("  ", 0);
	expect_args("/* nothing */", 0);
	expect_args("a", 1, "a");
	expect_args(" a , b\t,\n c ", 3, "a", "b", "c");
	expect_args("1,", 1, "1");
	expect_args("1, // last\n", 1, "1");
	expect_args(",", 1, "");
	expect_args(",,", 2, "", "");
	expect_args("a,,b", 3, "a", "", "b");
	expect_args(",a", 2, "", "a");
}

static void quotes_hold_commas(void **state)
{
	(void)state;
	expect_args("\"a, b\" // ?", 1, "\"a, b\"");
	expect_args("'a, \"b', \"c, 'd\\\", e\"", 2, "'a, \"b'", "\"c, 'd\\\", e\"");
	expect_args("\\<2c, 2c>, x", 2, "\\<2c, 2c>", "x");
	expect_args("\"\\<22, 2c>\", x", 2, "\"\\<22, 2c>\"", "x");
	expect_args("\\, x", 2, "\\", "x");
	/* Parentheses do not. */
	expect_args("f(a, b)", 2, "f(a", "b)");
	/* Open quotes go to the end. */
	expect_args("'a, b", 1, "'a, b");
	expect_args("\"a, b\\\"", 1, "\"a, b\\\"");
	expect_args("\\<a, b", 1, "\\<a, b");
}

static void comments_become_one_space(void **state)
{
	(void)state;
	expect_args("  a   b  ", 1, "a   b");
	expect_args("  a /* Comment */       b  ", 1, "a b");
	expect_args("a/**/b/*, */ , // x, y\nc", 2, "a b", "c");
	expect_args("\" /* text */ \"", 1, "\" /* text */ \"");
	expect_args("a /* open", 1, "a");
	expect_args("a // open", 1, "a");
	expect_args("a / b", 1, "a / b");
}

static void positions(void **state)
{
	struct sl_arg *args;
	size_t n;

	(void)state;
	assert_int_equal(
		sl_split_args("a, /* x\n */ b,\r\n  c,\rd", (struct sl_pos){"f", 10, 5}, &args, &n),
		0);
	assert_int_equal(n, 4);
	assert_string_equal(args[0].pos.file, "f");
	assert_int_equal(args[0].pos.line, 10);
	assert_int_equal(args[0].pos.col, 5);
	assert_int_equal(args[1].pos.line, 11);
	assert_int_equal(args[1].pos.col, 5);
	assert_int_equal(args[2].pos.line, 12);
	assert_int_equal(args[2].pos.col, 3);
	assert_int_equal(args[3].pos.line, 13);
	assert_int_equal(args[3].pos.col, 1);
	sl_args_free(args, n);
}

static void expect_unquoted(const char *text, const char *want, size_t len)
{
	size_t got_len = 99;
	_free_ char *got = sl_unquote(text, &got_len);

	assert_non_null(got);
	if (got_len != len)
		print_error("%s: %zu bytes, wanted %zu\n", text, got_len, len);
	assert_int_equal(got_len, len);
	assert_memory_equal(got, want, len);
	assert_int_equal(got[len], 0);
}

static void unquoting(void **state)
{
	(void)state;
	expect_unquoted("", "", 0);
	expect_unquoted("abc", "abc", 3);
	expect_unquoted("a\"b\"c", "abc", 3);
	expect_unquoted("'a\\nb'\"c'd\"", "a\\nbc'd", 7);
	expect_unquoted("\"\\a\\b\\f\\n\\r\\t\\v\"", "\a\b\f\n\r\t\v", 7);
	expect_unquoted("\"\\0\\12\\1234\\777\"", "\0\nS4\xff", 5);
	expect_unquoted("\"\\x41\\x141\\xg\"", "AA\0g", 4);
	expect_unquoted("\"\\<41 4 /* 5 */ 2 zz 43 4>\"", "ABC", 3);
	expect_unquoted("\\<00ff>x\\y", "\0\xffx\\y", 5);
	expect_unquoted("\"a\\\nb\\\r\nc\\\rd\"", "abcd", 4);
	expect_unquoted("\"\\\\\\\"\\$\\,\\q\"", "\\\"$,q", 5);
	expect_unquoted("\"open\\", "open\\", 5);
	expect_unquoted("\\<41 4", "A", 1);
	/* Outside of quotes comments go and outer white space goes. */
	expect_unquoted("  \"\\n\" abc /* 123 */ '/* def */'  ", "\n abc /* def */", 15);
	expect_unquoted(" a , b ", "a , b", 5);
}

static void words(void **state)
{
	static const char *const want[] = {"a", "b\"c d\"'e f'", "\\<20 20>g,", "h"};
	const char *s = "  a b\"c d\"'e f'\t\\<20 20>g,/* x */h // end";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		_free_ char *word = sl_next_word(&s);

		assert_non_null(word);
		assert_string_equal(word, want[i]);
	}
	assert_null(sl_next_word(&s));
	assert_string_equal(s, "");
	s = " /* only a comment */ ";
	assert_null(sl_next_word(&s));
	assert_string_equal(s, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splitting_at_commas),
		cmocka_unit_test(quotes_hold_commas),
		cmocka_unit_test(comments_become_one_space),
		cmocka_unit_test(positions),
		cmocka_unit_test(unquoting),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
