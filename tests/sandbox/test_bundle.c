// SPDX-License-Identifier: GPL-2.0-only
/* What is taken of the bytes that come out of the sandbox: bundles that are right, at the edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loader/codegen/bundle.h"
#include "loader/codegen/compile.h"
#include "loader/mem.h"

/* Writes the bundle, and reads what it says as a compiled graph. */
static struct sl_compiled *through_bytes(const struct sl_bundle *b)
{
	struct sl_compiled *c = NULL;
	_free_ void *bytes = NULL;
	size_t len = 0;

	assert_int_equal(sl_bundle_write(b, &bytes, &len), 0);
	assert_int_equal(sl_compiled_from_bundle(bytes, len, &c), 0);
	return c;
}

static void nothing_at_all_is_a_graph(void **state)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
	struct sl_bundle b = {0};

	(void)state;
	c = through_bytes(&b);
	assert_int_equal(c->program->graph->n_elems, 0);
	assert_int_equal(c->program->graph->n_conns, 0);
	assert_int_equal(c->program->devices.n, 0);
}

static void a_graph_needs_no_device(void **state)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
	struct sl_bundle_elem elems[] = {
		{.name = (char *)"from", .class_name = (char *)"Idle", .n_out = 1},
		{.name = (char *)"to", .class_name = (char *)"Idle", .n_in = 1},
	};
	struct sl_bundle_conn conn = {0, 0, 1, 0};
	struct sl_bundle b = {
		.head = 24, .elems = elems, .n_elems = 2, .conns = &conn, .n_conns = 1};

	(void)state;
	c = through_bytes(&b);
	assert_int_equal(c->program->graph->n_elems, 2);
	assert_string_equal(c->program->graph->elems[1].name, "to");
	assert_int_equal(c->program->graph->n_conns, 1);
	assert_int_equal(c->program->devices.n, 0);
	assert_int_equal(c->program->devices.head, 24);
}

static void devices_are_kept(void **state)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
	struct sl_device devs[] = {{.name = "eth0", .mtu = 1500},
				   {.name = "eth1", .index = 1, .mtu = 1400}};
	struct sl_bundle b = {.devs = devs, .n_devs = 2};

	(void)state;
	c = through_bytes(&b);
	assert_int_equal(c->program->devices.n, 2);
	assert_string_equal(c->program->devices.list[1].name, "eth1");
	assert_int_equal(c->program->devices.list[1].mtu, 1400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_at_all_is_a_graph),
		cmocka_unit_test(a_graph_needs_no_device),
		cmocka_unit_test(devices_are_kept),
	};

	return cmocka_run_group_tests_name("bundles", tests, NULL, NULL);
}
