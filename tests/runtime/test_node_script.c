// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scripts of running graphs: a Script that reads a Counter and writes a Switch, what is left of
 * scripts when graphs come and go, and what endless ones cost. Needs root; in mount and network
 * namespaces of its own.
 */
#include <time.h>

#include <bpf/bpf.h>

#include "tests/runtime/one_node.h"

#define PATH                                                                                       \
	"FromDevice(eth0) -> c :: Counter -> sw :: Switch(0);\n"                                   \
	"sw[0] -> low :: Counter -> Discard; sw[1] -> high :: Counter -> Discard;\n"

#define TENANT(name, key)                                                                          \
	"  - name: " name "\n    links:\n"                                                         \
	"      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: " key "}\n"

static const char nodes[] = "tenants:\n" TENANT("red", "1") TENANT("blue", "2") TENANT("t3", "3")
	TENANT("t4", "4") TENANT("t5", "5") TENANT("t6", "6") TENANT("t7", "7") TENANT("t8", "8");
static const char *const names[] = {"red", "blue", "t3", "t4", "t5", "t6", "t7", "t8"};
#define N_TENANTS (sizeof(names) / sizeof(names[0]))

static struct sl_node *with_tenants(void)
{
	struct sl_node *n = open_node();

	apply_text(n, nodes);
	return n;
}

static void install(struct sl_node *n, const char *tenant, const char *graph)
{
	struct sl_submission s = one_graph(graph);
	struct sl_diags d = {0};

	if (sl_node_install(n, tenant, &s, &d, NULL)) {
		sl_diags_print(&d, stderr);
		fail();
	}
	sl_diags_free(&d);
}

/* Frames as the trusted program hands them on. */
static void send_frames(struct sl_node *n, const char *tenant, unsigned int count)
{
	const struct sl_generation *g = node_rt(n, tenant)->run;
	uint8_t frame[256] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame));

	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(bpf_prog_test_run_opts(g->loaded->progs[0], &run), 0);
}

static void wants(struct sl_node *n, const char *tenant, const char *path, const char *args,
		  const char *want)
{
	_free_ char *got = NULL;
	struct sl_diags d = {0};

	if (sl_node_read(n, tenant, path, args, &got, &d)) {
		sl_diags_print(&d, stderr);
		fail_msg("%s", path);
	}
	assert_string_equal(got, want);
	sl_diags_free(&d);
}

static int writes(struct sl_node *n, const char *path, const char *value)
{
	struct sl_diags d = {0};
	int ret = sl_node_write(n, "red", path, value, &d);

	sl_diags_free(&d);
	return ret;
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* As the daemon's loop does, until `until`: sleeps as long as it is told. Returns the time of the
 * longest call. */
static uint64_t serve(struct sl_node *n, uint64_t until, uint64_t *all)
{
	uint64_t longest = 0;

	while (now_ns(CLOCK_MONOTONIC) < until) {
		uint64_t t = now_ns(CLOCK_THREAD_CPUTIME_ID);
		int ms = sl_node_scripts(n);

		t = now_ns(CLOCK_THREAD_CPUTIME_ID) - t;
		longest = t > longest ? t : longest;
		*all += t;
		if (ms < 0)
			break;
		usleep((useconds_t)(ms > 20 ? 20 : ms) * 1000);
	}
	return longest;
}

static void add_line(void *arg, json_object *event)
{
	char *text = arg;
	json_object *v;

	assert_true(json_object_object_get_ex(event, "text", &v));
	if (strlen(text) + strlen(json_object_get_string(v)) < 8000)
		strcat(strcat(text, json_object_get_string(v)), "\n");
}

static void printed(struct sl_node *n, const char *want)
{
	char text[9000] = "";

	assert_int_equal(sl_node_events(n, "red", add_line, text), 0);
	assert_string_equal(text, want);
}

#define SECONDS(n) (now_ns(CLOCK_MONOTONIC) + (uint64_t)((n)*1e9))

static void a_script_reads_a_counter_and_writes_a_switch(void **state)
{
	struct sl_node *n;
	uint64_t all = 0;

	(void)state;
	NEEDS_ROOT();
	n = with_tenants();
	assert_int_equal(sl_node_scripts(n), -1);
	install(n, "red",
		PATH
		"s :: Script(export turns 0, label again, wait 5ms, set turns $(add $turns 1), "
		"goto again $(lt $(c.count) 3), write sw.switch 1, "
		"print \"after $(c.count)\", read sw.switch);\n"
		"sum :: Script(TYPE PASSIVE, return $(add $(low.count) $(high.count) $1));\n");
	send_frames(n, "red", 2);
	serve(n, SECONDS(0.1), &all);
	wants(n, "red", "sw.switch", "", "0");
	wants(n, "red", "sum.run", "10", "12");
	wants(n, "red", "s.eq", "$x 1", "false");
	send_frames(n, "red", 2);
	serve(n, SECONDS(0.1), &all);
	wants(n, "red", "sw.switch", "", "1");
	send_frames(n, "red", 1);
	wants(n, "red", "high.count", "", "1");
	printed(n, "after 4\nsw.switch:\n1\n");
	printed(n, "");
	/* Nothing is left to be done. */
	assert_int_equal(sl_node_scripts(n), -1);
	assert_int_equal(writes(n, "s.turns", "1"), -EACCES);
	assert_int_equal(writes(n, "s.nothing", "1"), -ENOENT);
	sl_node_close(n);
}

static void scripts_begin_anew_with_each_graph(void **state)
{
	struct sl_node *n;
	struct sl_diags d = {0};
	char *got = NULL;
	uint64_t all = 0;

	(void)state;
	NEEDS_ROOT();
	n = with_tenants();
	install(n, "red",
		PATH "s :: Script(export x 1, print \"begins\", set x 2, pause, "
		     "print \"steps\", write stop);\n");
	serve(n, SECONDS(0.02), &all);
	wants(n, "red", "s.x", "", "2");
	printed(n, "begins\n");
	/* What the test before counted. */
	assert_int_equal(writes(n, "c.reset", ""), 0);
	/* A handler that compiles: the graph is another, and has the same elements. */
	assert_int_equal(writes(n, "c.config", "COUNT_CALL 1000 s.step"), 0);
	serve(n, SECONDS(0.02), &all);
	wants(n, "red", "s.x", "", "2");
	printed(n, "");
	/* Another script. */
	assert_int_equal(writes(n, "s.config",
				"export x 3, print \"begins\", set x 2, pause, "
				"print \"steps\", write stop"),
			 0);
	serve(n, SECONDS(0.02), &all);
	printed(n, "begins\n");
	assert_int_equal(sl_node_set_active(n, "red", false, &d), 0);
	assert_int_equal(sl_node_scripts(n), -1);
	assert_int_equal(sl_node_read(n, "red", "s.x", "", &got, &d), -EAGAIN);
	assert_int_equal(sl_node_set_active(n, "red", true, &d), 0);
	sl_diags_free(&d);
	serve(n, SECONDS(0.02), &all);
	printed(n, "begins\n");
	/* The daemon goes and comes. */
	sl_node_close(n);
	n = open_node();
	serve(n, SECONDS(0.02), &all);
	wants(n, "red", "s.x", "", "2");
	printed(n, "begins\n");
	/* COUNT_CALL names a script's handler. */
	send_frames(n, "red", 1000);
	sl_node_refresh(n);
	serve(n, SECONDS(0.02), &all);
	printed(n, "steps\nthe driver stops: the scripts of this graph end, packets go on\n");
	send_frames(n, "red", 1);
	wants(n, "red", "c.count", "", "1001");
	install(n, "red", PATH);
	assert_int_equal(sl_node_scripts(n), -1);
	sl_node_close(n);
}

/* The time that scripts of `count` tenants take, each trying to take all. */
static void measure(struct sl_node *n, size_t count, double most, double longest_ms)
{
	uint64_t all = 0, longest, start;
	double share;

	/* What was saved up is used first. */
	serve(n, SECONDS(0.3), &all);
	all = 0;
	start = now_ns(CLOCK_MONOTONIC);
	longest = serve(n, SECONDS(2), &all);
	share = (double)all / (double)(now_ns(CLOCK_MONOTONIC) - start);
	print_message("%zu tenants: %.2f %% of a processor, the longest call %.2f ms\n", count,
		      share * 100, (double)longest / 1e6);
	assert_true(share < most);
	assert_true((double)longest / 1e6 < longest_ms);
}

static void endless_scripts_take_their_share_and_no_more(void **state)
{
	static const char graph[] = PATH
		"Script(label again, set x $(add $(c.count) $(sw.switch)), wait 0, goto again);"
		"Script(set x $(sprintf '%4000d' 1), label again, set y $x$x$x, wait 0, "
		"print $y, goto again);\n";
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = with_tenants();
	install(n, "red", graph);
	/* 1 % and 10 %, with room for a machine that does other things. */
	measure(n, 1, 0.02, 40);
	for (size_t i = 1; i < N_TENANTS; i++)
		install(n, names[i], graph);
	measure(n, N_TENANTS, 0.13, 40);
	for (size_t i = 0; i < N_TENANTS; i++)
		install(n, names[i], PATH);
	assert_int_equal(sl_node_scripts(n), -1);
	sl_node_close(n);
}

static void handlers_in_the_sandbox_are_paid_for(void **state)
{
	static const char graph[] = "r :: StaticIPLookup(0.0.0.0/0 0);\n" PATH
				    "Idle -> r -> Discard; Script(label again, set x $(r.table), "
				    "wait 0, goto again);\n";
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = with_tenants();
	install(n, "red", graph);
	measure(n, 1, 0.02, 400);
	sl_node_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_script_reads_a_counter_and_writes_a_switch),
		cmocka_unit_test(scripts_begin_anew_with_each_graph),
		cmocka_unit_test(endless_scripts_take_their_share_and_no_more),
		cmocka_unit_test(handlers_in_the_sandbox_are_paid_for),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
