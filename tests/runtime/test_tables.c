// SPDX-License-Identifier: GPL-2.0-only
/* Tables a bundle asks for are held against what a graph, and a tenant, may have. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "loader/runtime/load.h"
#include "loader/runtime/tables.h"
#include "tests/runtime/one_compiled.h"

static const char graph[] = "FromDevice(eth0) -> Strip(14) -> CheckIPHeader\n"
			    "  -> q :: ARPQuerier(10.0.0.1, 2:0:0:0:0:1) -> Queue\n"
			    "  -> ToDevice(eth0); Idle -> [1] q;\n";

static struct sl_bundle_elem *querier(struct sl_compiled *c)
{
	for (uint32_t i = 0; i < c->bundle->n_elems; i++)
		if (!strcmp(c->bundle->elems[i].name, "q"))
			return &c->bundle->elems[i];
	fail();
	return NULL;
}

static void expect(struct sl_compiled *c, const struct sl_table_budget *budget, const char *want,
		   const char *fix)
{
	struct sl_diags d = {0};

	assert_int_equal(sl_tables_check(c, budget, &d), want ? -EINVAL : 0);
	assert_int_equal(d.n, want ? 1 : 0);
	if (want) {
		assert_string_equal(d.list[0].code, "table-size");
		assert_string_equal(d.list[0].element, "q");
		assert_string_equal(d.list[0].file, "q.click");
		assert_int_equal(d.list[0].line, 2);
		assert_int_equal(d.list[0].col, 6);
		if (!strstr(d.list[0].message, want) || !strstr(d.list[0].hint, fix))
			fail_msg("%s / %s", d.list[0].message, d.list[0].hint);
	}
	sl_diags_free(&d);
}

static void a_graph_as_compiled_is_accepted(void **state)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = compiled_of("q.click", graph);

	(void)state;
	assert_int_equal(querier(c)->n_tables, 3);
	assert_int_equal(querier(c)->table_entries[0], 4096);
	expect(c, NULL, NULL, NULL);
}

/* Such numbers only come from a bundle that no honest compiler made. */
static void a_table_of_too_many_entries_is_refused(void **state)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = compiled_of("q.click", graph);
	const struct sl_load_opts opts = {.name = "t"};
	struct sl_loaded *l = NULL;
	struct sl_diags d = {0};

	(void)state;
	querier(c)->table_entries[0] = UINT32_MAX;
	expect(c, NULL, "'q :: ARPQuerier' asks for a table 'arp' of 4294967295 entries",
	       "smaller capacity");
	/* Nothing is asked of the kernel: no privilege is needed to be refused. */
	assert_int_equal(sl_load(c, &opts, &d, &l), -EINVAL);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.list[0].code, "table-size");
	sl_diags_free(&d);
}

static void all_tables_together_are_bounded(void **state)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = compiled_of("q.click", graph);

	(void)state;
	querier(c)->table_entries[0] = SL_TABLE_ENTRIES_MAX;
	expect(c, NULL, "bytes, a graph may have 536870912", "'q :: ARPQuerier'");
}

static void a_tenant_s_budget_is_held(void **state)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = compiled_of("q.click", graph);
	struct sl_table_budget exact = {0};

	(void)state;
	for (uint32_t k = 0; k < 3; k++)
		exact.entries += querier(c)->table_entries[k];
	expect(c, &exact, NULL, NULL);
	exact.entries--;
	expect(c, &exact, "the tenant's budget (map_entries) is", "'q :: ARPQuerier'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_graph_as_compiled_is_accepted),
		cmocka_unit_test(a_table_of_too_many_entries_is_refused),
		cmocka_unit_test(all_tables_together_are_bounded),
		cmocka_unit_test(a_tenant_s_budget_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
