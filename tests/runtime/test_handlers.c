/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/runtime/flows.h"
/*
 * Handlers of a running graph that work on large tables. Needs root.
 */

/* Reads how many flows there are; whether it was said that not all were looked at. */
static unsigned long size_read(struct sl_node *n, bool *cut)
{
	_free_ char *text = NULL;
	struct sl_diags d = {0};
	unsigned long size;

	must(sl_node_read(n, "red", "rw.size", "", &text, &d), &d);
	size = strtoul(text, NULL, 10);
	*cut = false;
	for (size_t i = 0; i < d.n; i++)
		if (!strcmp(d.list[i].code, "table-cut")) {
			*cut = true;
			assert_non_null(strstr(d.list[i].message, "first 65536 entries"));
			assert_non_null(strstr(d.list[i].message, "'rw'"));
		}
	sl_diags_free(&d);
	return size;
}

static void a_handler_says_that_it_did_not_see_all(void **state)
{
	const struct sl_generation *g;
	uint32_t far = UINT32_MAX / 2;
	struct sl_node *n;
	bool cut;

	(void)state;
	NEEDS_ROOT();
	n = open_nat(1000);
	g = node_rt(n, "red")->run;
	for (uint32_t slot = 1; slot <= 10; slot++)
		packet(g, slot, far);
	assert_int_equal(size_read(n, &cut), 10);
	assert_false(cut);
	sl_node_close(n);
	n = open_nat(100000);
	g = node_rt(n, "red")->run;
	packet(g, 70000, far);
	assert_int_equal(size_read(n, &cut), 10);
	assert_true(cut);
	sl_node_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handler_says_that_it_did_not_see_all),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
