/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handlers that elements of a running graph want called, and what of a reset is left in a graph
 * that follows. Needs root; in mount and network namespaces of its own.
 */
#include <time.h>

#include <bpf/bpf.h>

#include "tests/runtime/one_node.h"

static const char graph[] =
	"FromDevice(eth0) -> c :: Counter(COUNT_CALL 3 sw.switch 1) -> sw :: Switch(0);\n"
	"sw[0] -> low :: Counter -> Discard; sw[1] -> high :: Counter -> Discard;\n";

static const char nodes[] = "tenants:\n  - name: red\n    links:\n"
			    "      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 1}\n";

/* The node with the graph above. */
static struct sl_node *with_graph(void)
{
	struct sl_submission s = one_graph(graph);
	struct sl_node *n = open_node();
	struct sl_diags d = {0};

	apply_text(n, nodes);
	must(sl_node_install(n, "red", &s, &d, NULL), &d);
	sl_diags_free(&d);
	return n;
}

/* Frames as the trusted program hands them on. */
static void send_frames(struct sl_node *n, unsigned int count)
{
	const struct sl_generation *g = node_rt(n, "red")->run;
	uint8_t frame[256] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame));

	assert_true(g->compiled->program->devices.head >= SL_ENTRY_LEN);
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(bpf_prog_test_run_opts(g->loaded->progs[0], &run), 0);
}

static void wants(struct sl_node *n, const char *path, const char *want)
{
	_free_ char *got = NULL;
	struct sl_diags d = {0};

	assert_int_equal(sl_node_read(n, "red", path, "", &got, &d), 0);
	assert_string_equal(got, want);
	sl_diags_free(&d);
}

static void writes(struct sl_node *n, const char *path, const char *value)
{
	struct sl_diags d = {0};

	assert_int_equal(sl_node_write(n, "red", path, value, &d), 0);
	sl_diags_free(&d);
}

static void a_call_is_made_once(void **state)
{
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = with_graph();
	send_frames(n, 2);
	sl_node_refresh(n);
	wants(n, "sw.switch", "0");
	send_frames(n, 2);
	wants(n, "sw.switch", "0");
	sl_node_refresh(n);
	wants(n, "sw.switch", "1");
	wants(n, "low.count", "4");
	send_frames(n, 1);
	wants(n, "high.count", "1");
	writes(n, "sw.switch", "0");
	send_frames(n, 1);
	sl_node_refresh(n);
	wants(n, "sw.switch", "0");
	sl_node_close(n);
}

/* A recompiling write makes another graph of the same elements. */
static void what_a_reset_left_goes_on(void **state)
{
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = with_graph();
	writes(n, "c.reset", "");
	wants(n, "c.count", "0");
	send_frames(n, 1);
	writes(n, "c.count_call", "5 sw.switch 1");
	wants(n, "c.count", "1");
	wants(n, "c.count_call", "5");
	writes(n, "sw.switch", "0");
	send_frames(n, 3);
	sl_node_refresh(n);
	wants(n, "sw.switch", "0");
	send_frames(n, 1);
	sl_node_refresh(n);
	wants(n, "sw.switch", "1");
	wants(n, "c.count", "5");
	sl_node_close(n);
}

/* 3 was passed before it was said. */
static void a_number_that_was_passed_is_not_reached(void **state)
{
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = with_graph();
	writes(n, "c.reset", "");
	writes(n, "sw.switch", "0");
	send_frames(n, 5);
	writes(n, "c.count_call", "3 sw.switch 1");
	sl_node_refresh(n);
	wants(n, "sw.switch", "0");
	sl_node_close(n);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* Most of the daemon's time stays for others, however often a tenant's calls are due. */
static void calls_are_made_less_often_the_longer_they_take(void **state)
{
	struct tenant_rt *rt;
	struct sl_node *n;
	uint64_t start;

	(void)state;
	NEEDS_ROOT();
	n = with_graph();
	rt = node_rt(n, "red");
	writes(n, "c.reset", "");
	writes(n, "c.count_call", "7 sw.switch 1");
	writes(n, "sw.switch", "0");
	sl_node_refresh(n);
	assert_true(rt->calls_after_ns <= now_ns());
	rt->calls_after_ns = now_ns() + 3600000000000ull;
	send_frames(n, 8);
	sl_node_refresh(n);
	wants(n, "sw.switch", "0");
	rt->calls_after_ns = 0;
	start = now_ns();
	sl_node_refresh(n);
	assert_true(rt->calls_after_ns > start);
	wants(n, "sw.switch", "1");
	sl_node_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_made_once),
		cmocka_unit_test(what_a_reset_left_goes_on),
		cmocka_unit_test(a_number_that_was_passed_is_not_reached),
		cmocka_unit_test(calls_are_made_less_often_the_longer_they_take),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
