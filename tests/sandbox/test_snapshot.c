// SPDX-License-Identifier: GPL-2.0-only
/* What goes along of a running graph with large tables: so much, and no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/codegen/ask_int.h"
#include "loader/codegen/compile.h"
#include "loader/codegen/snapshot.h"
#include "loader/mem.h"
#include "loader/runtime/replay.h"

/* As many entries as one table may show, and so many tables that all show more than there is room
 * for. */
#define ENTRIES 65536
#define TABLES 5

static const char graph[] =
	"FromDevice(eth0) -> a :: AggregateCounter(CAPACITY 65536)\n"
	"-> b :: AggregateCounter(CAPACITY 65536) -> c :: AggregateCounter(CAPACITY 65536)\n"
	"-> d :: AggregateCounter(CAPACITY 65536) -> e :: AggregateCounter(CAPACITY 65536)\n"
	"-> Discard;\n";

static void fill(struct sl_live *l, const struct sl_program *p)
{
	unsigned int filled = 0;

	for (uint32_t i = 0; i < p->graph->n_elems; i++) {
		if (strcmp(p->graph->elems[i].class_name, "AggregateCounter"))
			continue;
		filled++;
		for (uint32_t k = 0; k < ENTRIES; k++) {
			uint64_t one = 1;

			assert_int_equal(l->ops->table_set(l, i, 0, &k, &one), 0);
		}
	}
	assert_int_equal(filled, TABLES);
}

static size_t entries(json_object *o)
{
	json_object *list, *tables;
	size_t n = 0;

	assert_true(json_object_object_get_ex(o, "elements", &list));
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *e = json_object_array_get_idx(list, i);

		assert_true(json_object_object_get_ex(e, "tables", &tables));
		for (size_t k = 0; k < json_object_array_length(tables); k++)
			n += json_object_array_length(json_object_array_get_idx(tables, k)) / 2;
	}
	return n;
}

static void large_tables_go_along_in_part(void **state)
{
	struct sl_submission sub = {
		.graph = {.name = (char *)"g.click", .text = (char *)graph, sizeof(graph) - 1}};
	struct sl_compile_opts co = {.target = SL_TARGET_NATIVE, .bpf_dir = "bpf"};
	struct sl_replay_opts ro = {.native = true, .fixed_clock = true, .now_ns = 1};
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
	struct sl_replay *r = NULL;
	struct sl_diags d = {0};
	json_object *o, *cut;

	(void)state;
	if (sl_compile(&sub, &co, &d, &c) || sl_replay_new(c, &ro, &d, &r)) {
		sl_diags_print(&d, stderr);
		fail();
	}
	fill(sl_replay_live(r), c->program);
	o = sl_snapshot_json(sl_replay_live(r));
	assert_non_null(o);
	assert_in_range(entries(o), SL_ASK_ENTRIES / 2, SL_ASK_ENTRIES);
	assert_true(json_object_object_get_ex(o, "cut", &cut));
	assert_true(json_object_get_boolean(cut));
	json_object_put(o);
	sl_replay_free(r);
	sl_diags_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(large_tables_go_along_in_part),
	};

	return cmocka_run_group_tests_name("snapshots", tests, NULL, NULL);
}
