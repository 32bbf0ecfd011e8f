// SPDX-License-Identifier: GPL-2.0-only
/* Classes that have a body: compounds that are not in the text. Combo is one (fixture.h). */
#include "tests/click/fixture.h"

static void parts_stand_where_the_class_is_used(void **state)
{
	struct sl_graph *g =
		parse("i :: Idle;\ni -> c :: Combo(7,\n  14) -> d :: Discard; c [1] -> d");

	(void)state;
	for (size_t k = 0; k < g->n_elems; k++) {
		const struct sl_elem *e = &g->elems[k];

		if (strncmp(e->name, "c/", 2))
			continue;
		assert_string_equal(e->origin->pos.file, "t.click");
		assert_int_equal(e->origin->pos.line, 2);
		assert_int_equal(e->origin->pos.col, 6);
		assert_null(e->origin->outer);
		assert_int_equal(e->args[0].pos.line, 2);
	}
	assert_true(sl_graph_find(g, "c/tee") >= 0);
	sl_graph_free(g);
}

#define FLAT                                                                                       \
	"i :: Idle;\nd :: Discard;\nc/tee :: PaintTee(7);\nc/Strip@2 :: Strip(14);\n\n"            \
	"i -> c/tee;\nc/tee -> c/Strip@2;\nc/Strip@2 -> d;\nc/tee [1] -> d;\n"

static void arguments_by_position_and_keyword(void **state)
{
	static const char *const args[] = {
		"7, 14",	"COLOR 7, LENGTH 14", "LENGTH 14, COLOR 7",
		"7, LENGTH 14", "LENGTH 14, 7",	      "COLOR 7, 14",
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(args); k++) {
		_free_ char *text = NULL;

		assert_true(asprintf(&text,
				     "i :: Idle; d :: Discard; i -> c :: Combo(%s) -> d; "
				     "c [1] -> d",
				     args[k]) > 0);
		expect_flat(text, FLAT);
	}
}

static void arguments_that_do_not_fit(void **state)
{
	static const char *const args[] = {"", "7", "7, 14, 3", "COLOR 7, COLOR 8",
					   "7, 14, COLOR 7"};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(args); k++) {
		_free_ char *text = NULL;

		assert_true(asprintf(&text, "Idle -> c :: Combo(%s) -> d :: Discard; c [1] -> d",
				     args[k]) > 0);
		expect_messages(text, WANT_ERROR(1, 9, "no-match", "no match for 'Combo["));
	}
}

static void names_are_those_of_the_caller_alone(void **state)
{
	(void)state;
	expect_flat("define($color 9, $length 9); elementclass PaintTee { Idle -> output }\n"
		    "elementclass Strip { Idle -> output }\n"
		    "i :: Idle; d :: Discard; i -> c :: Combo(7, 14) -> d; c [1] -> d",
		    FLAT);
	expect_flat("elementclass Combo { $x | input -> Strip($x) -> output }\n"
		    "i :: Idle; d :: Discard; i -> Combo(3) -> d",
		    "i :: Idle;\nd :: Discard;\nCombo@3/Strip@1 :: Strip(3);\n\n"
		    "i -> Combo@3/Strip@1;\nCombo@3/Strip@1 -> d;\n");
}

static void it_may_be_extended_and_renamed(void **state)
{
	(void)state;
	expect_flat("elementclass Combo { $x | input -> Strip($x) -> output || ... }\n"
		    "elementclass C Combo;\n"
		    "i :: Idle; d :: Discard; i -> c :: C(7, 14) -> d; c [1] -> d",
		    FLAT);
}

static void ports_must_be_used_as_they_are(void **state)
{
	(void)state;
	expect_messages("Idle -> c :: Combo(7, 14) -> Discard",
			WANT_ERROR(1, 9, "port-unused", "'c' output 1 unused"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_stand_where_the_class_is_used),
		cmocka_unit_test(arguments_by_position_and_keyword),
		cmocka_unit_test(arguments_that_do_not_fit),
		cmocka_unit_test(names_are_those_of_the_caller_alone),
		cmocka_unit_test(it_may_be_extended_and_renamed),
		cmocka_unit_test(ports_must_be_used_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
