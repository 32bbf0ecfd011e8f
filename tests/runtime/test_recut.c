// SPDX-License-Identifier: GPL-2.0-only
/* How often a graph is cut anew, and what is said of it in the end; with a kernel made up here. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "loader/plan/plan.h"
#include "loader/runtime/recut.h"

struct kernel {
	uint32_t segments[SL_RECUTS + 1]; /* by try: how many the graph has */
	uint32_t enough;		  /* so many, and it is taken */
	int compiled, loaded;
	int broken; /* compiling fails at this try; 0: never */
	int deep;   /* the tries before this one are too much for the compiler */
};

static int compile(void *arg, int cut, struct sl_diags *d, struct sl_compiled **out)
{
	struct kernel *k = arg;

	k->compiled++;
	if (k->broken && cut == k->broken) {
		sl_error(d, SL_NOPOS, "broken", "does not compile");
		return -EINVAL;
	}
	if (cut < k->deep) {
		sl_error(d, SL_NOPOS, "deep", "too deep");
		return -E2BIG;
	}
	*out = calloc(1, sizeof(**out));
	assert_non_null(*out);
	(*out)->bundle = calloc(1, sizeof(*(*out)->bundle));
	assert_non_null((*out)->bundle);
	(*out)->bundle->n_segments = k->segments[cut];
	return 0;
}

static int load(void *arg, struct sl_compiled *c, struct sl_diags *d)
{
	struct kernel *k = arg;

	k->loaded++;
	if (c->bundle->n_segments >= k->enough)
		return 0;
	sl_error(d, SL_NOPOS, "complex", "%u segments are too few", c->bundle->n_segments);
	return -E2BIG;
}

static int run(struct kernel *k, struct sl_diags *d, struct sl_compiled **c)
{
	const struct sl_recut r = {k, compile, load, 0};

	return sl_recut(&r, d, c);
}

static void smaller_until_taken(void **state)
{
	struct kernel k = {.segments = {1, 2, 4, 8, 8, 8, 8}, .enough = 4};
	struct sl_compiled *c = NULL;
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(run(&k, &d, &c), 0);
	assert_int_equal(c->bundle->n_segments, 4);
	assert_int_equal(k.loaded, 3);
	assert_int_equal(d.n, 0); /* what the first two tries said is of no interest */
	sl_compiled_free(c);
}

static void what_is_cut_as_before_is_not_asked_again(void **state)
{
	struct kernel k = {.segments = {1, 1, 1, 2, 2, 2, 2}, .enough = 3};
	struct sl_compiled *c = NULL;
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(run(&k, &d, &c), -E2BIG);
	assert_int_equal(k.compiled, SL_RECUTS + 1);
	assert_int_equal(k.loaded, 3); /* of 1 segment, of 2, and the last one in any case */
	assert_int_equal(d.n, 1);
	assert_string_equal(d.list[0].message, "2 segments are too few");
	assert_non_null(c);
	sl_compiled_free(c);
	sl_diags_free(&d);
}

static void smaller_until_compiled(void **state)
{
	struct kernel k = {.segments = {1, 2, 4, 8, 8, 8, 8}, .enough = 8, .deep = 2};
	struct sl_compiled *c = NULL;
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(run(&k, &d, &c), 0);
	assert_int_equal(c->bundle->n_segments, 8);
	assert_int_equal(k.loaded, 2);
	assert_int_equal(d.n, 0);
	sl_compiled_free(c);
}

static void what_never_compiles_is_said_once(void **state)
{
	struct kernel k = {.deep = SL_RECUTS + 1};
	struct sl_compiled *c = NULL;
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(run(&k, &d, &c), -E2BIG);
	assert_int_equal(k.compiled, SL_RECUTS + 1);
	assert_int_equal(k.loaded, 0);
	assert_null(c);
	assert_int_equal(d.n, 1);
	sl_diags_free(&d);
}

static void other_errors_end_it(void **state)
{
	struct kernel k = {.segments = {1, 2}, .enough = 9, .broken = 2};
	struct sl_compiled *c = NULL;
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(run(&k, &d, &c), -EINVAL);
	assert_int_equal(k.loaded, 2);
	assert_null(c);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.list[0].message, "does not compile");
	sl_diags_free(&d);
}

static void each_cut_is_half_as_heavy(void **state)
{
	(void)state;
	assert_int_equal(sl_recut_weight(0, 0), SL_SEGMENT_WEIGHT);
	assert_int_equal(sl_recut_weight(300, 0), 300);
	assert_int_equal(sl_recut_weight(300, 2), 75);
	assert_true(sl_recut_weight(0, SL_RECUTS) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smaller_until_taken),
		cmocka_unit_test(what_is_cut_as_before_is_not_asked_again),
		cmocka_unit_test(smaller_until_compiled),
		cmocka_unit_test(what_never_compiles_is_said_once),
		cmocka_unit_test(other_errors_end_it),
		cmocka_unit_test(each_cut_is_half_as_heavy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
