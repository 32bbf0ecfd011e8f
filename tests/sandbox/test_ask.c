// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handlers asked of the process that may read strangers' text: what they see of the running graph,
 * and what of it they may change. An element that works on another's table sees and changes both.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/codegen/ask.h"
#include "loader/mem.h"
#include "loader/runtime/replay.h"

static const char graph[] =
	"t :: ARPTable; u :: ARPTable;\n"
	"FromDevice(eth0) -> q :: ARPQuerier(10.0.0.1, 2:0:0:0:0:1, TABLE t) -> Discard;\n"
	"FromDevice(eth1) -> [1] q;\n";

static struct sl_submission sub = {
	.graph = {.name = (char *)"ask.click", .text = (char *)graph, .len = sizeof(graph) - 1}};

struct running {
	struct sl_compiled *c;
	struct sl_replay *r;
	struct sl_diags d;
};

static int setup(void **state)
{
	struct running *run = calloc(1, sizeof(*run));
	struct sl_compile_opts co = {.target = SL_TARGET_NATIVE, .bpf_dir = "bpf"};
	struct sl_replay_opts ro = {.native = true, .fixed_clock = true, .now_ns = 1000000000000};

	if (!run || sl_compile(&sub, &co, &run->d, &run->c) ||
	    sl_replay_new(run->c, &ro, &run->d, &run->r)) {
		sl_diags_print(&run->d, stderr);
		return -1;
	}
	*state = run;
	return 0;
}

static int teardown(void **state)
{
	struct running *run = *state;

	sl_replay_free(run->r);
	sl_compiled_free(run->c);
	sl_diags_free(&run->d);
	free(run);
	return 0;
}

static uint32_t elem(const struct running *run, const char *name)
{
	const struct sl_graph *g = run->c->program->graph;

	for (uint32_t i = 0; i < g->n_elems; i++)
		if (!strcmp(g->elems[i].name, name))
			return i;
	fail();
	return 0;
}

/* A handler of element `name`; `text` is what a read printed. */
static int ask(struct running *run, const char *name, const char *handler, const char *value,
	       char **text)
{
	struct sl_ask a = {.submission = &sub,
			   .devices = &run->c->program->devices,
			   .bpf_dir = "bpf",
			   .inst = elem(run, name),
			   .handler = handler,
			   .write = value != NULL,
			   .value = value};

	return sl_ask_handler(&a, sl_replay_live(run->r), text, &run->d);
}

static void expect(struct running *run, const char *name, const char *handler, const char *want)
{
	char *text = NULL;
	int same;

	assert_int_equal(ask(run, name, handler, NULL, &text), 0);
	same = !strcmp(text, want);
	if (!same)
		print_error("%s.%s is '%s', wanted '%s'\n", name, handler, text, want);
	/* A failure does not come back here. */
	free(text);
	assert_true(same);
}

static void an_element_and_what_it_uses_are_seen(void **state)
{
	struct running *run = *state;

	assert_int_equal(ask(run, "t", "insert", "10.0.0.2 2:0:0:0:0:2", NULL), 0);
	expect(run, "q", "table", "10.0.0.2 1 02-00-00-00-00-02 0.000000\n");
	expect(run, "t", "table", "10.0.0.2 1 02-00-00-00-00-02 0.000000\n");
	expect(run, "u", "table", "");
	expect(run, "q", "queries", "0");
}

static void changes_go_where_they_belong(void **state)
{
	struct running *run = *state;
	struct sl_live *live = sl_replay_live(run->r);
	uint32_t before = 0, after = 0, own = 0;

	live->ops->rw_get(live, elem(run, "t"), &before, 0, sizeof(before));
	assert_int_equal(ask(run, "q", "insert", "10.0.0.3 2:0:0:0:0:3", NULL), 0);
	live->ops->rw_get(live, elem(run, "t"), &after, 0, sizeof(after));
	live->ops->rw_get(live, elem(run, "q"), &own, 0, sizeof(own));
	assert_int_equal(after, before + 1);
	assert_int_equal(own, 0);
	expect(run, "t", "count", "2");
	assert_int_equal(ask(run, "q", "clear", "", NULL), 0);
	expect(run, "t", "count", "0");
	expect(run, "q", "count", "0");
}

static void a_wrong_value_changes_nothing(void **state)
{
	struct running *run = *state;

	assert_int_equal(ask(run, "q", "insert", "10.0.0.3 1:0:0:0:0:3", NULL), -EINVAL);
	expect(run, "t", "count", "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_element_and_what_it_uses_are_seen),
		cmocka_unit_test(changes_go_where_they_belong),
		cmocka_unit_test(a_wrong_value_changes_nothing),
	};

	return cmocka_run_group_tests_name("asking handlers", tests, setup, teardown);
}
