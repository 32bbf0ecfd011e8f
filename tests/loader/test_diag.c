// SPDX-License-Identifier: GPL-2.0-only
/* Diagnostics: counting, limits, the text form, the JSON form and back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "loader/diag.h"
#include "loader/mem.h"

static const struct sl_pos at = {"red.click", 3, 7};

static char *printed(const struct sl_diags *d)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	sl_diags_print(d, f);
	fclose(f);
	return text;
}

static void levels_are_counted(void **state)
{
	struct sl_diags d = {0};

	(void)state;
	assert_non_null(sl_error(&d, at, "syntax", "bad"));
	assert_non_null(sl_warn(&d, at, "odd", "odd"));
	assert_non_null(sl_note(&d, at, "info", "info"));
	assert_int_equal(d.errors, 1);
	assert_int_equal(d.warnings, 1);
	assert_int_equal(d.n, 3);
	sl_diags_free(&d);
	assert_int_equal(d.n, 0);
	assert_null(d.list);
}

static void text_shows_place_element_hint_and_detail(void **state)
{
	struct sl_diags d = {0};
	_free_ char *text = NULL;
	struct sl_diag *diag;

	(void)state;
	diag = sl_error(&d, at, "unknown-class", "no class '%s'", "Foo");
	sl_diag_element(diag, "f");
	sl_diag_hint(diag, "did you mean '%s'?", "Fob");
	sl_diag_detail(diag, "one");
	sl_diag_detail(diag, "two %d", 2);
	sl_warn(&d, SL_NOPOS, "odd", "nowhere");
	sl_note(&d, ((struct sl_pos){"f", 0, 0}), "info", "whole file");
	sl_note(&d, ((struct sl_pos){"f", 4, 0}), "info", "whole line");
	text = printed(&d);
	assert_string_equal(text, "red.click:3:7: error: no class 'Foo' [element 'f']\n"
				  "    fix: did you mean 'Fob'?\n"
				  "    one\n"
				  "    two 2\n"
				  "warning: nowhere\n"
				  "f: note: whole file\n"
				  "f:4: note: whole line\n");
	sl_diags_free(&d);
}

static void text_cannot_forge_lines_or_drive_the_terminal(void **state)
{
	struct sl_diags d = {0};
	_free_ char *text = NULL;
	struct sl_diag *diag;

	(void)state;
	diag = sl_error(
		&d, ((struct sl_pos){"a\nb", 1, 1}), "syntax",
		"x\nb:1:1: error: y\033[2J\x7f\tz\xff\xc0\xaf \xc2\x9b \xe2\x80\xae \xc3\xa9 "
		"\xed\xa0\x80");
	sl_diag_element(diag, "e\r");
	sl_diag_hint(diag, "h\n");
	sl_diag_detail(diag, "a\nb\rc");
	text = printed(&d);
	assert_string_equal(text, "a\\nb:1:1: error: x\\nb:1:1: error: y\\x1b[2J\\x7f\\tz\\xff"
				  "\\xc0\\xaf \\xc2\\x9b \\xe2\\x80\\xae \xc3\xa9 \\xed\\xa0\\x80"
				  " [element 'e\\x0d']\n"
				  "    fix: h\\n\n"
				  "    a\n"
				  "    b\\x0dc\n");
	sl_diags_free(&d);
}

static void messages_past_the_limit_are_counted_not_kept(void **state)
{
	struct sl_diags d = {.max = 2};
	_free_ char *text = NULL;
	struct sl_diag *diag = NULL;

	(void)state;
	for (int i = 0; i < 5; i++)
		diag = sl_error(&d, at, "syntax", "number %d", i);
	assert_null(diag);
	/* The helpers take what sl_diag_add() returns, NULL included. */
	assert_null(sl_diag_element(diag, "x"));
	assert_null(sl_diag_hint(diag, "x"));
	assert_null(sl_diag_detail(diag, "x"));
	sl_warn(&d, at, "odd", "late");
	assert_int_equal(d.n, 2);
	assert_int_equal(d.errors, 5);
	assert_int_equal(d.warnings, 1);
	assert_int_equal(d.suppressed, 4);
	text = printed(&d);
	assert_non_null(strstr(text, "(4 more messages not shown)\n"));
	sl_diags_free(&d);
}

static void default_limit_holds(void **state)
{
	struct sl_diags d = {0};

	(void)state;
	for (int i = 0; i < SL_DIAGS_MAX + 1; i++)
		sl_error(&d, at, "syntax", "number %d", i);
	assert_int_equal(d.n, SL_DIAGS_MAX);
	assert_int_equal(d.suppressed, 1);
	sl_diags_free(&d);
}

static void json_goes_and_comes_back_equal(void **state)
{
	struct sl_diags a = {0}, b = {0};
	_free_ char *ta = NULL, *tb = NULL;
	struct json_object *j, *o;
	struct sl_diag *diag;

	(void)state;
	diag = sl_error(&a, at, "unknown-class", "no \"class\"");
	sl_diag_element(diag, "f");
	sl_diag_hint(diag, "hint");
	sl_diag_detail(diag, "one\ntwo");
	sl_warn(&a, SL_NOPOS, "odd", "nowhere");
	sl_note(&a, ((struct sl_pos){"f", 0xffffffffu, 0}), "info", "far down");
	j = sl_diags_json(&a);
	assert_non_null(j);
	assert_int_equal(json_object_array_length(j), 3);
	o = json_object_array_get_idx(j, 1);
	assert_false(json_object_object_get_ex(o, "file", NULL));
	assert_false(json_object_object_get_ex(o, "line", NULL));
	assert_false(json_object_object_get_ex(o, "hint", NULL));
	assert_int_equal(sl_diags_from_json(&b, j), 0);
	ta = printed(&a);
	tb = printed(&b);
	assert_string_equal(ta, tb);
	assert_int_equal(b.errors, 1);
	assert_int_equal(b.warnings, 1);
	assert_string_equal(b.list[0].code, "unknown-class");
	assert_int_equal(b.list[2].line, 0xffffffffu);
	json_object_put(j);
	sl_diags_free(&a);
	sl_diags_free(&b);
}

static void json_is_utf8_whatever_was_quoted(void **state)
{
	struct sl_diags d = {0};
	struct json_object *j, *message;

	(void)state;
	sl_error(&d, at, "syntax",
		 "near '\xff\xc3\xa9\xc3' \xed\xa0\x80 \x01 \xf0\x9f\x98\x80 \xf5");
	j = sl_diags_json(&d);
	assert_non_null(j);
	assert_true(
		json_object_object_get_ex(json_object_array_get_idx(j, 0), "message", &message));
	assert_string_equal(
		json_object_get_string(message),
		"near '\\xff\xc3\xa9\\xc3' \\xed\\xa0\\x80 \x01 \xf0\x9f\x98\x80 \\xf5");
	json_object_put(j);
	sl_diags_free(&d);
}

static void malformed_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"{}",
		"[1]",
		"[null]",
		"[{}]",
		"[{\"level\":\"error\",\"code\":\"x\"}]",
		"[{\"level\":\"error\",\"message\":\"x\"}]",
		"[{\"level\":\"grave\",\"code\":\"x\",\"message\":\"y\"}]",
		"[{\"level\":2,\"code\":\"x\",\"message\":\"y\"}]",
		"[{\"level\":\"error\",\"code\":[],\"message\":\"y\"}]",
		"[{\"level\":\"error\",\"code\":\"x\",\"message\":\"y\",\"line\":-1}]",
		"[{\"level\":\"error\",\"code\":\"x\",\"message\":\"y\",\"line\":\"1\"}]",
		"[{\"level\":\"error\",\"code\":\"x\",\"message\":\"y\",\"col\":4294967296}]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct json_object *j = json_tokener_parse(bad[i]);
		struct sl_diags d = {0};

		assert_non_null(j);
		assert_int_equal(sl_diags_from_json(&d, j), -EINVAL);
		assert_int_equal(d.n, 0);
		json_object_put(j);
		sl_diags_free(&d);
	}
	struct sl_diags d = {0};

	assert_int_equal(sl_diags_from_json(&d, NULL), -EINVAL);
}

static void messages_move_as_far_as_there_is_room(void **state)
{
	struct sl_diags to = {.max = 2}, from = {0};

	(void)state;
	sl_error(&to, SL_NOPOS, "a", "one");
	sl_error(&from, SL_NOPOS, "b", "two");
	sl_warn(&from, SL_NOPOS, "c", "three");
	sl_diags_move(&to, &from);
	assert_int_equal(from.n, 0);
	assert_int_equal(from.errors, 0);
	assert_null(from.list);
	assert_int_equal(to.n, 2);
	assert_string_equal(to.list[1].message, "two");
	assert_int_equal(to.errors, 2);
	assert_int_equal(to.warnings, 1);
	assert_int_equal(to.suppressed, 1);
	sl_diags_free(&to);
	sl_diags_free(&from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_are_counted),
		cmocka_unit_test(text_shows_place_element_hint_and_detail),
		cmocka_unit_test(text_cannot_forge_lines_or_drive_the_terminal),
		cmocka_unit_test(messages_past_the_limit_are_counted_not_kept),
		cmocka_unit_test(default_limit_holds),
		cmocka_unit_test(json_goes_and_comes_back_equal),
		cmocka_unit_test(json_is_utf8_whatever_was_quoted),
		cmocka_unit_test(malformed_json_is_refused),
		cmocka_unit_test(messages_move_as_far_as_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
