// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile and large inputs: they end early with a message, or are done in time that grows with
 * their size. Times are bounded generously: what they would catch takes minutes.
 */
#include <time.h>

#include "tests/click/fixture.h"

struct text {
	char *s;
	size_t len;
	FILE *f;
};

static FILE *begin(struct text *t)
{
	*t = (struct text){0};
	t->f = open_memstream(&t->s, &t->len);
	assert_non_null(t->f);
	return t->f;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Parses and checks; returns what that returned and frees the text. `code` NULL: no message. */
static int run(struct text *t, const struct sl_click_opts *opts, const char *code)
{
	struct sl_graph *g = NULL;
	struct sl_diags d = {0};
	double start;
	int ret;

	assert_int_equal(fclose(t->f), 0);
	start = now();
	ret = sl_click_parse("t", t->s, t->len, opts, &d, &g);
	if (ret == 0)
		ret = sl_graph_check(g, opts, &d);
	assert_true(now() - start < 20);
	if (code && (!d.n || strcmp(d.list[d.n - 1].code, code) != 0)) {
		char *messages = diags_text(&d);

		print_error("%d\n%s", ret, messages);
		free(messages);
		fail();
	}
	if (!code)
		assert_int_equal(d.n, 0);
	sl_diags_free(&d);
	sl_graph_free(g);
	free(t->s);
	return ret;
}

static void doubling_compounds(void **state)
{
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	fprintf(f, "elementclass A0 { Idle }");
	for (int i = 1; i < 60; i++)
		fprintf(f, "elementclass A%d { A%d; A%d }", i, i - 1, i - 1);
	fprintf(f, "A59");
	assert_int_equal(run(&t, &default_opts, "limit"), -E2BIG);
}

static void doubling_compounds_without_elements(void **state)
{
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	fprintf(f, "elementclass A0 { -> }");
	for (int i = 1; i < 60; i++)
		fprintf(f, "elementclass A%d { -> A%d -> A%d -> }", i, i - 1, i - 1);
	fprintf(f, "Idle -> A59 -> Idle");
	assert_int_equal(run(&t, &default_opts, "limit"), -E2BIG);
}

static void doubling_variables(void **state)
{
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	/* Through parameters, */
	fprintf(f, "elementclass A0 { $x | Message($x) }");
	for (int i = 1; i < 60; i++)
		fprintf(f, "elementclass A%d { $x | A%d($x$x) }", i, i - 1);
	fprintf(f, "A59(y)");
	assert_int_equal(run(&t, &default_opts, "limit"), -E2BIG);
	/* through definitions with a long value, */
	f = begin(&t);
	for (int i = 0; i < 9; i++) {
		fprintf(f, "define($v%d ", i);
		for (int k = 0; k < 1000; k++)
			fprintf(f, "$v%d", i + 1);
		fprintf(f, ");");
	}
	fprintf(f, "define($v9 x); Message($v0)");
	assert_int_equal(run(&t, &default_opts, "limit"), -E2BIG);
	/* and with none. */
	f = begin(&t);
	for (int i = 0; i < 9; i++) {
		fprintf(f, "define($v%d ", i);
		for (int k = 0; k < 1000; k++)
			fprintf(f, "$v%d", i + 1);
		fprintf(f, ");");
	}
	fprintf(f, "define($v9); Message($v0)");
	assert_int_equal(run(&t, &default_opts, "limit"), -E2BIG);
}

static void self_reference_is_bounded(void **state)
{
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	fprintf(f, "define($x $x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x); Message($x)");
	assert_int_equal(run(&t, &default_opts, "limit"), -E2BIG);
}

static void port_bombs(void **state)
{
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	fprintf(f, "a, b :: Idle;");
	for (int i = 0; i < 10000; i++)
		fprintf(f, "a [0-65535,0-65535] => [0-65535,0-65535] b;");
	assert_int_equal(run(&t, &default_opts, "limit"), -E2BIG);
	/* High ports on many elements: most of them are unconnected. */
	f = begin(&t);
	for (int i = 0; i < 10000; i++)
		fprintf(f, "e%d :: Idle; e%d [65535] -> [65535] e%d;\n", i, i, i);
	assert_int_equal(run(&t, &default_opts, "limit"), -E2BIG);
}

static void fan_in_times_fan_out(void **state)
{
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	fprintf(f, "t :: { -> };");
	for (int i = 0; i < 5000; i++)
		fprintf(f, "Idle -> t -> Idle;");
	assert_int_equal(run(&t, &default_opts, "limit"), -E2BIG);
}

static void diamonds_of_tunnels(void **state)
{
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	/* 2^2000 ways, one connection. */
	fprintf(f, "a :: Idle; a ");
	for (int i = 0; i < 2000; i++)
		fprintf(f, "-> (-> (->), (->) ->)\n");
	fprintf(f, "-> a");
	assert_int_equal(run(&t, &default_opts, NULL), 0);
}

static void long_straight_tunnels(void **state)
{
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	for (int i = 0; i < 20000; i++)
		fprintf(f, "Idle -> [0] x%d :: { -> };\n", i);
	for (int i = 1; i < 20000; i++)
		fprintf(f, "x%d -> x%d;\n", i, i - 1);
	fprintf(f, "x0 -> Idle");
	assert_int_equal(run(&t, &default_opts, NULL), 0);
}

static void deep_instances(void **state)
{
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	fprintf(f, "elementclass A0 { Idle }");
	for (int i = 1; i < 100000; i++)
		fprintf(f, "elementclass A%d { A%d }", i, i - 1);
	fprintf(f, "A99999");
	assert_int_equal(run(&t, &default_opts, "nesting"), -E2BIG);
}

static void long_names_times_many_elements(void **state)
{
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	fprintf(f, "elementclass A0 { ");
	for (int i = 0; i < 1000; i++)
		fprintf(f, "Idle;");
	fprintf(f, "}");
	for (int i = 1; i < 60; i++)
		fprintf(f, "elementclass A%d { %0200d_ :: A%d }", i, i, i - 1);
	for (int i = 0; i < 50; i++)
		fprintf(f, "A59;");
	assert_int_equal(run(&t, &default_opts, "limit"), -E2BIG);
}

static void many_overloads(void **state)
{
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	fprintf(f, "elementclass A { $x | Idle ");
	for (int i = 0; i < 300; i++)
		fprintf(f, "|| $x | Idle ");
	fprintf(f, "}");
	assert_int_equal(run(&t, &default_opts, "limit"), -EINVAL);
	f = begin(&t);
	fprintf(f, "elementclass A { Idle }");
	for (int i = 0; i < 300; i++)
		fprintf(f, "elementclass A { Idle || ... }");
	assert_int_equal(run(&t, &default_opts, "limit"), -EINVAL);
	f = begin(&t);
	fprintf(f, "elementclass A { $x");
	for (int i = 0; i < 200; i++)
		fprintf(f, ", $x%d", i);
	fprintf(f, "| Idle }");
	assert_int_equal(run(&t, &default_opts, "limit"), -EINVAL);
}

static void anonymous_names_in_a_crowd(void **state)
{
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	/* Every anonymous name first tried is taken. */
	for (int i = 1; i <= 30000; i++)
		fprintf(f, "Idle@%d :: Idle;", i + 30000);
	for (int i = 0; i < 30000; i++)
		fprintf(f, "Idle;");
	assert_int_equal(run(&t, &default_opts, NULL), 0);
}

static void endless_mistakes(void **state)
{
	struct sl_diags d = {0};
	struct sl_graph *g = NULL;
	double start = now();
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	for (int i = 0; i < 60000; i++)
		fprintf(f, "undeclared%d -> ] -> x%d;\n", i, i);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(sl_click_parse("t", t.s, t.len, &default_opts, &d, &g), -EINVAL);
	assert_int_equal(d.n, SL_DIAGS_MAX);
	assert_true(d.errors >= 60000);
	assert_true(now() - start < 20);
	sl_diags_free(&d);
	free(t.s);
}

static void given_limits_hold(void **state)
{
	struct sl_click_opts opts = default_opts;
	struct text t;

	(void)state;
	opts.max_elems = 10;
	fprintf(begin(&t), "Idle;Idle;Idle;Idle;Idle;Idle;Idle;Idle;Idle;Idle;");
	assert_int_equal(run(&t, &opts, NULL), 0);
	fprintf(begin(&t), "Idle;Idle;Idle;Idle;Idle;Idle;Idle;Idle;Idle;Idle;Idle;");
	assert_int_equal(run(&t, &opts, "limit"), -E2BIG);
	opts = default_opts;
	opts.max_conns = 2;
	fprintf(begin(&t), "i :: Idle; i [0,1] => [0,1] i;");
	assert_int_equal(run(&t, &opts, NULL), 0);
	fprintf(begin(&t), "i :: Idle; i [0-2] => [0-2] i");
	assert_int_equal(run(&t, &opts, "limit"), -E2BIG);
	opts = default_opts;
	opts.max_bytes = 100;
	fprintf(begin(&t), "%90s", "");
	assert_int_equal(run(&t, &opts, NULL), 0);
	fprintf(begin(&t), "%101s", "");
	assert_int_equal(run(&t, &opts, "limit"), -E2BIG);
}

/* A graph of 10,000 elements is nothing: milliseconds. */
static void large_graphs_are_quick(void **state)
{
	double start, took, best = 1e9;
	struct text t;
	FILE *f = begin(&t);

	(void)state;
	fprintf(f, "c :: Classifier; FromDevice -> c;");
	for (int i = 0; i < 2500; i++)
		fprintf(f,
			"c [%d] -> n%d :: Null -> Counter(%d, \"x y\") -> Print -> d%d :: "
			"Discard;\n",
			i, i, i, i);
	assert_int_equal(fclose(f), 0);
	for (int i = 0; i < 5; i++) {
		struct sl_diags d = {0};
		struct sl_graph *g = NULL;

		start = now();
		assert_int_equal(sl_click_parse("t", t.s, t.len, &default_opts, &d, &g), 0);
		assert_int_equal(sl_graph_check(g, &default_opts, &d), 0);
		took = now() - start;
		best = took < best ? took : best;
		assert_int_equal(g->n_elems, 10002);
		sl_graph_free(g);
		sl_diags_free(&d);
	}
	print_message("# 10,002 elements parsed and checked in %.1f ms\n", best * 1e3);
	assert_true(best < 0.5);
	free(t.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubling_compounds),
		cmocka_unit_test(doubling_compounds_without_elements),
		cmocka_unit_test(doubling_variables),
		cmocka_unit_test(self_reference_is_bounded),
		cmocka_unit_test(port_bombs),
		cmocka_unit_test(fan_in_times_fan_out),
		cmocka_unit_test(diamonds_of_tunnels),
		cmocka_unit_test(long_straight_tunnels),
		cmocka_unit_test(deep_instances),
		cmocka_unit_test(long_names_times_many_elements),
		cmocka_unit_test(many_overloads),
		cmocka_unit_test(anonymous_names_in_a_crowd),
		cmocka_unit_test(endless_mistakes),
		cmocka_unit_test(given_limits_hold),
		cmocka_unit_test(large_graphs_are_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
