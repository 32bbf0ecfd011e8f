// SPDX-License-Identifier: GPL-2.0-only
/* Writing: flattened text and pretty text parse back to the same graph; Graphviz. */
#include "tests/click/fixture.h"

static const char *const texts[] = {
	"",
	"a :: Idle;",
	"require(package x, \"y z\", compact_config); a :: Idle -> b :: Null(1, \"2, 3\", 'x)') -> "
	"a;",
	"a :: Idle(, ); b :: Idle(,,) ; c :: Idle(1,); d :: Idle(1,,2); e :: Idle(/* nothing */); "
	"f :: Idle( )",
	"m :: Message(a /* c */ b, // x\n c, \"multi\n# 5\nline\", \\<20 /*)*/ 21>, (a (b) c))",
	"a, b :: Idle; a [0-2] => [3,5,1] b; a [] => [7-9] b; a => [10,11] b; a -> b, [2] b;",
	"elementclass P { $x, KEY $y, __REST__ $z | input -> Print($x, $y, $z) -> output }\n"
	"Idle -> P(1, KEY 2, 3, 4) -> p :: P(a, b, KEY c) -> Idle;",
	"elementclass F { input -> Print(1) -> output || $a | input -> Print($a) -> output || "
	"input, input [1] -> Print(2) -> output }\n"
	"elementclass F { $a, $b | -> Print($a$b) -> || ... } i :: Idle -> F -> F(3) -> F(4, 5) -> "
	"g :: F -> i;"
	"i [1] -> [1] g;",
	"elementclass Print { $a, $b | input -> Null -> output || ... } Idle -> Print(1) -> "
	"Print(1, 2) -> Idle",
	"a :: Idle; a => ( -> Null ->; [1] -> Null -> [1] ) => a; a [2] -> (->) -> [2] a; a [3] -> "
	"{ -> } -> [3] a;",
	"f :: { $x | define($y $x) m :: Message($y, ${z-1}, \"$x\", '$x', $un) }(7)",
	"define($x 1, $y \"a b\"); elementclass D { m :: Message($x ${y[1]}) } D; D; D@1 :: D; d, "
	"e :: D;",
	"// first\na :: Idle; // behind a\n/* before b */ b :: Idle /* inside b */ (1 /* kept "
	"*/);\n"
	"{ // in\n c :: Idle // c\n // last\n } // out\n// end",
	"{ {} } x :: {}; y :: { {} || $a | Idle }; elementclass E {} elementclass G E; G",
	"a :: Idle; f :: { [0], [1] -> Null -> ; input [2] -> Null => [1] } ; a => [0-2] f [0,1] "
	"=> a",
	"a :: Idle -> { -> Null -> output; } -> (-> Null -> output) -> a;",
	"elementclass X { -> Null -> ; } a :: Idle -> X -> a",
	"elementclass F { Idle } elementclass F { $x, $y | || ... } f :: F; g :: F(1, 2)",
	"elementclass F { $x | || KEY $y | || } f :: F(1); g :: F(KEY 2); h :: F; i :: { $x | }(1)",
};

static char *pretty(const char *text)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);
	struct sl_diags d = {0};

	assert_non_null(f);
	assert_int_equal(sl_click_pretty("t.click", text, strlen(text), &default_opts, &d, f), 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(d.errors, 0);
	sl_diags_free(&d);
	return out;
}

static void flattened_text_parses_to_an_equal_graph(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct sl_graph *a = parse(texts[i]), *b;
		_free_ char *flat = graph_text(a);
		_free_ char *again = NULL;

		b = parse(flat);
		again = graph_text(b);
		assert_same_graph(a, b);
		assert_string_equal(flat, again);
		sl_graph_free(a);
		sl_graph_free(b);
	}
}

static void pretty_text_parses_to_an_equal_graph(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_free_ char *text = pretty(texts[i]);
		_free_ char *again = pretty(text);
		struct sl_graph *a = parse(texts[i]), *b = parse(text);

		assert_same_graph(a, b);
		assert_string_equal(text, again);
		sl_graph_free(a);
		sl_graph_free(b);
	}
}

static void outside_variables_can_be_written_back(void **state)
{
	static const struct sl_var vars[] = {{"x", "a, 'b)'"}, {"q", "${z-1} //c\n d"}};
	const struct sl_click_opts opts = {.classes = &classes, .vars = vars, .n_vars = 2};
	struct sl_graph *a = parse_with("m :: Message($x, $q, \"$q\")", &opts), *b;
	_free_ char *flat = graph_text(a);

	(void)state;
	b = parse(flat);
	assert_same_graph(a, b);
	sl_graph_free(a);
	sl_graph_free(b);
}

static void pretty_layout(void **state)
{
	_free_ char *text =
		pretty("/* head */ require(package x);elementclass C{$a,K $b|// why\n"
		       "x::Idle;input[0,2-3]->x,[]x->(->Null->)=>output||-> ||...} // C\n"
		       "elementclass D C;C(1 ,K 2)[1]->y::{}(z)// to y\n");

	(void)state;
	assert_string_equal(text, "/* head */\n"
				  "require(package x);\n"
				  "\n"
				  "elementclass C { $a, K $b |\n"
				  "    // why\n"
				  "    x :: Idle;\n"
				  "    input [0,2-3] -> x, [0,] x -> (\n"
				  "        -> Null ->;\n"
				  "    ) => output;\n"
				  "||\n"
				  "    ->;\n"
				  "|| ...\n"
				  "}; // C\n"
				  "\n"
				  "elementclass D C;\n"
				  "\n"
				  "C(1 ,K 2) [1] -> y :: {}(z); // to y\n");
}

static void pretty_reports_what_it_cannot_read(void **state)
{
	struct sl_diags d = {0};
	FILE *f = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(f);
	assert_int_equal(sl_click_pretty("t", "a -> ;", 6, &default_opts, &d, f), -EINVAL);
	assert_int_equal(d.errors, 1);
	sl_diags_free(&d);
	assert_int_equal(sl_click_pretty("t", "a\0b", 3, &default_opts, &d, f), -EINVAL);
	sl_diags_free(&d);
	assert_int_equal(sl_click_pretty("t", "!<arch>\n", 8, &default_opts, &d, f), -EINVAL);
	sl_diags_free(&d);
	fclose(f);
}

static void failed_output_is_an_error(void **state)
{
	struct sl_graph *g = checked("a :: Idle -> Discard");
	struct sl_diags d = {0};
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	assert_int_equal(sl_graph_write(g, f), -EIO);
	clearerr(f);
	assert_int_equal(sl_graph_dot(g, f), -EIO);
	clearerr(f);
	assert_int_equal(sl_click_pretty("t", "a :: Idle", 9, &default_opts, &d, f), -EIO);
	fclose(f);
	sl_graph_free(g);
}

static void graphviz(void **state)
{
	struct sl_graph *g = checked("q :: Queue; Idle -> q -> ToDevice;");
	_free_ char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	assert_int_equal(sl_graph_dot(g, f), 0);
	assert_int_equal(fclose(f), 0);
	assert_non_null(strstr(text, "digraph click {\n"));
	assert_non_null(strstr(text, "<b>q</b>"));
	assert_non_null(strstr(text, "<td>Queue</td>"));
	assert_non_null(strstr(text, "<td port=\"i0\">"));
	assert_non_null(strstr(text, "  e1:o0 -> e0:i0;\n"));
	assert_non_null(strstr(text, "  e0:o0 -> e2:i0 [arrowhead=empty];\n"));
	assert_string_equal(text + strlen(text) - 2, "}\n");
	sl_graph_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flattened_text_parses_to_an_equal_graph),
		cmocka_unit_test(pretty_text_parses_to_an_equal_graph),
		cmocka_unit_test(outside_variables_can_be_written_back),
		cmocka_unit_test(pretty_layout),
		cmocka_unit_test(pretty_reports_what_it_cannot_read),
		cmocka_unit_test(failed_output_is_an_error),
		cmocka_unit_test(graphviz),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
