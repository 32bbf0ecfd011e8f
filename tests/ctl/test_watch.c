// SPDX-License-Identifier: GPL-2.0-only
/* What goes on beside requests: compiling in workers, events, counters again and again, ports on
 * trial. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "tests/ctl/harness.h"

static struct harness h;

static const struct ctl_limits limits = {
	.clients = 50,
	.clients_per_uid = 20,
	.input_per_uid = 1u << 20,
	.idle_ms = 10000,
	.frame_ms = 5000,
	.drain_ms = 5000,
	.workers = 2,
	.worker_ms = 400,
	.burst = 10,
	.refill_ms = 1000,
};

static const struct harness_with with = {&h, &limits, NULL};

/* ---- Workers ---------------------------------------------------------------------------------*/

#define INSTALL(tenant)                                                                            \
	"{\"tenant\": \"" tenant "\", \"graph\": \"a.click\", \"submission\": "                    \
	"{\"graph\": {\"name\": \"a.click\", \"text\": \"Idle;\"}}}"

static long stage(struct json_object *o, const char *key)
{
	struct json_object *v;

	assert_true(json_object_object_get_ex(o, "result", &v));
	assert_true(json_object_object_get_ex(v, "stages", &v));
	assert_true(json_object_object_get_ex(v, key, &v));
	return (long)json_object_get_int64(v);
}

static void a_graph_is_compiled_by_a_worker_and_then_installed(void **state)
{
	int fd = harness_connect(&h, RED_UID);
	struct json_object *o;

	(void)state;
	harness_send(&h, fd, "tenant install", INSTALL("red"));
	o = harness_receive(&h, fd, 2000);
	assert_non_null(o);
	/* Compile times are the worker's, the others the daemon's. */
	assert_int_equal(stage(o, "clang_ns"), 1234 + 5);
	assert_int_equal(stage(o, "load_ns"), 7);
	assert_string_equal(harness_calls(&h), "install red a.click; ");
	json_object_put(o);
	close(fd);
}

/* Packets do something else by the time the worker is done: installed is what was compiled. */
static void what_was_counted_is_compiled_at_low_priority_and_installed(void **state)
{
	int fd = harness_connect(&h, RED_UID);
	struct json_object *o;

	(void)state;
	h.node.counted = 0;
	harness_send(&h, fd, "tenant optimize", "{\"tenant\": \"red\"}");
	o = harness_receive(&h, fd, 2000);
	assert_non_null(o);
	assert_int_equal(stage(o, "clang_ns"), 1234 + 19);
	assert_string_equal(harness_calls(&h), "optimize red 1; ");
	assert_int_equal(h.node.counted, 1);
	json_object_put(o);

	/* Only shown. */
	harness_send(&h, fd, "tenant optimize", "{\"tenant\": \"red\", \"dry_run\": true}");
	o = harness_receive(&h, fd, 2000);
	assert_non_null(o);
	assert_string_equal(harness_calls(&h), "");
	json_object_put(o);

	/* What the compiler refuses changes nothing. */
	h.node.compile_fail = -EINVAL;
	harness_send(&h, fd, "tenant optimize", "{\"tenant\": \"red\"}");
	o = harness_receive(&h, fd, 2000);
	assert_non_null(o);
	assert_string_equal(harness_calls(&h), "");
	h.node.compile_fail = 0;
	json_object_put(o);
	close(fd);
}

static void a_graph_is_compiled_again_by_itself(void **state)
{
	uint64_t start = ctl_now_ms();

	(void)state;
	h.node.counted = 0;
	h.node.changes = true;
	while (!*h.node.calls && ctl_now_ms() - start < 5000)
		harness_run(&h, 20);
	assert_string_equal(harness_calls(&h), "optimize red 1; ");
	assert_int_equal(h.server->n_workers, 0);
	/* A compiler that dies leaves all as it is. */
	h.node.changes = h.node.compile_dies = true;
	start = ctl_now_ms();
	while ((h.node.changes || h.server->n_workers) && ctl_now_ms() - start < 5000)
		harness_run(&h, 20);
	assert_int_equal(h.node.counted, 2);
	assert_string_equal(harness_calls(&h), "");
	h.node.compile_dies = false;
}

static void others_are_served_while_it_compiles(void **state)
{
	int red = harness_connect(&h, RED_UID);
	struct json_object *o;

	(void)state;
	h.node.compile_ms = 200;
	harness_send(&h, red, "tenant install", INSTALL("red"));
	harness_run(&h, 20);
	assert_int_equal(h.server->n_workers, 1);
	for (int i = 0; i < 10; i++)
		assert_int_equal(harness_once(&h, BLUE_UID, "tenant list", NULL, NULL), CTL_DONE);
	assert_int_equal(h.server->n_workers, 1);
	assert_string_equal(harness_calls(&h), "");
	o = harness_receive(&h, red, 2000);
	assert_non_null(o);
	json_object_put(o);
	assert_string_equal(harness_calls(&h), "install red a.click; ");
	close(red);
}

static void a_graph_the_worker_refuses_never_reaches_the_node(void **state)
{
	_free_ char *text = NULL;

	(void)state;
	h.node.compile_fail = -EINVAL;
	assert_int_equal(harness_once(&h, RED_UID, "tenant install", INSTALL("red"), &text),
			 CTL_REFUSED);
	assert_non_null(strstr(text, "given.click:3:9: error: no such class"));
	assert_string_equal(harness_calls(&h), "");
}

static void a_worker_that_dies_is_a_message(void **state)
{
	_free_ char *text = NULL;

	(void)state;
	h.node.compile_dies = true;
	assert_int_equal(harness_once(&h, RED_UID, "tenant install", INSTALL("red"), &text),
			 CTL_REFUSED);
	assert_non_null(strstr(text, "ended without an answer"));
	assert_int_equal(h.server->n_workers, 0);
}

static void a_worker_that_takes_too_long_is_ended(void **state)
{
	_free_ char *text = NULL;

	(void)state;
	h.node.compile_ms = 60000;
	assert_int_equal(harness_once(&h, RED_UID, "tenant install", INSTALL("red"), &text),
			 CTL_REFUSED);
	assert_non_null(strstr(text, "took too long"));
	assert_int_equal(h.server->n_workers, 0);
}

static void a_user_has_one_worker_at_a_time(void **state)
{
	int fds[3];

	(void)state;
	h.node.compile_ms = 100;
	for (size_t i = 0; i < 3; i++) {
		fds[i] = harness_connect(&h, RED_UID);
		harness_send(&h, fds[i], "tenant install", INSTALL("red"));
	}
	harness_run(&h, 30);
	assert_int_equal(h.server->n_workers, 1);
	for (size_t i = 0; i < 3; i++) {
		struct json_object *o = harness_receive(&h, fds[i], 3000);

		assert_non_null(o);
		json_object_put(o);
		close(fds[i]);
	}
	assert_string_equal(harness_calls(&h), "install red a.click; install red a.click; "
					       "install red a.click; ");
}

static void a_client_that_goes_ends_its_worker(void **state)
{
	int fd = harness_connect(&h, RED_UID);

	(void)state;
	h.node.compile_ms = 60000;
	harness_send(&h, fd, "tenant install", INSTALL("red"));
	harness_run(&h, 20);
	assert_int_equal(h.server->n_workers, 1);
	close(fd);
	harness_run(&h, 20);
	assert_int_equal(h.server->n_workers, 0);
	assert_string_equal(harness_calls(&h), "");
}

static void a_node_file_is_compiled_by_a_worker_too(void **state)
{
	int fd = harness_connect(&h, 0);
	struct json_object *o;

	(void)state;
	h.node.compile_ms = 100;
	harness_send(&h, fd, "node apply", "{\"file\": \"n\", \"text\": \"tenants: []\\n\"}");
	harness_run(&h, 20);
	assert_int_equal(h.server->n_workers, 1);
	assert_string_equal(harness_calls(&h), "");
	assert_int_equal(harness_once(&h, RED_UID, "tenant list", NULL, NULL), CTL_DONE);
	o = harness_receive(&h, fd, 2000);
	assert_non_null(o);
	json_object_put(o);
	assert_string_equal(harness_calls(&h), "apply; ");
	/* Looking changes nothing, and compiles nothing. */
	h.node.compile_ms = 60000;
	assert_int_equal(harness_ask(&h, fd, "node apply",
				     "{\"text\": \"tenants: []\\n\", \"dry_run\": true}", NULL),
			 CTL_DONE);
	close(fd);
}

/* A stranger's request is refused before anything is compiled. */
static void no_worker_for_who_may_not(void **state)
{
	(void)state;
	h.node.compile_ms = 60000;
	assert_int_equal(harness_once(&h, BLUE_UID, "tenant install", INSTALL("red"), NULL),
			 CTL_SYSTEM);
	assert_int_equal(h.server->n_workers, 0);
}

/* ---- Events ----------------------------------------------------------------------------------*/

static char *next_event(int fd, unsigned int ms)
{
	struct json_object *o = harness_receive(&h, fd, ms), *v;
	char *text = NULL;

	if (!o)
		return NULL;
	assert_true(json_object_object_get_ex(o, "part", &v));
	assert_true(json_object_object_get_ex(v, "text", &v));
	text = strdup(json_object_get_string(v));
	json_object_put(o);
	return text;
}

static int watch(uid_t uid, const char *args)
{
	int fd = harness_connect(&h, uid);

	harness_send(&h, fd, "events", args);
	harness_run(&h, 20);
	return fd;
}

static void changes_are_told_to_who_may_see_them(void **state)
{
	int root = watch(0, NULL), red = watch(RED_UID, NULL), blue = watch(BLUE_UID, NULL);
	int one = watch(0, "{\"tenant\": \"blue\"}");
	_free_ char *a = NULL, *b = NULL, *c = NULL, *d = NULL;

	(void)state;
	harness_once(&h, 0, "tenant stop", "{\"tenant\": \"red\"}", NULL);
	a = next_event(root, 1000);
	assert_string_equal(a, "uid 0 pid 4321: tenant stop red: done");
	b = next_event(red, 1000);
	assert_string_equal(b, "uid 0 pid 4321: tenant stop red: done");
	c = next_event(blue, 250);
	assert_null(c);
	d = next_event(one, 250);
	assert_null(d);
	close(root);
	close(red);
	close(blue);
	close(one);
}

static void what_graphs_print_comes_too(void **state)
{
	int root = watch(0, NULL), red = watch(RED_UID, "{\"tenant\": \"red\"}");
	int blue = watch(BLUE_UID, NULL);
	_free_ char *a = NULL, *b = NULL, *c = NULL;

	(void)state;
	h.node.records = 1;
	a = next_event(root, 1000);
	assert_non_null(a);
	assert_non_null(strstr(a, "record 1"));
	b = next_event(red, 1000);
	assert_non_null(b);
	c = next_event(blue, 250);
	assert_null(c);
	close(root);
	close(red);
	close(blue);
}

/* Takes in what comes until nothing does for `ms`: events, and how many were missed. */
static void count_events(int fd, int ms, unsigned long long *got, unsigned long long *lost)
{
	struct json_object *o, *v;

	while ((o = harness_receive(&h, fd, ms))) {
		json_object_object_get_ex(o, "part", &v);
		if (json_object_object_get_ex(v, "lost", &v))
			*lost += json_object_get_uint64(v);
		else
			(*got)++;
		json_object_put(o);
	}
}

static void a_slow_reader_is_told_what_it_missed(void **state)
{
	int fd = watch(0, NULL);
	unsigned long long got = 0, lost = 0;

	(void)state;
	/* More than buffer and socket hold. */
	h.node.records = 3000;
	harness_run(&h, 300);
	assert_int_equal(h.node.records, 0);
	assert_int_equal(harness_once(&h, 0, "tenant list", NULL, NULL), CTL_DONE);
	/* It reads at last, and one more event comes. */
	count_events(fd, 100, &got, &lost);
	h.node.records = 1;
	count_events(fd, 1000, &got, &lost);
	assert_true(lost > 0);
	assert_int_equal(got + lost, 3001);
	close(fd);
}

static void quarantine_is_noticed_logged_and_told(void **state)
{
	int root = watch(0, NULL), red = watch(RED_UID, NULL), blue = watch(BLUE_UID, NULL);
	_free_ char *a = NULL, *b = NULL, *c = NULL;

	(void)state;
	h.node.convicted = true;
	a = next_event(root, 1000);
	b = next_event(red, 1000);
	c = next_event(blue, 50);
	assert_string_equal(a, "sluiced: quarantine red 40 of 64: done");
	assert_string_equal(b, a);
	assert_null(c);
	close(root);
	close(red);
	close(blue);
}

static void the_last_changes_can_be_asked_for(void **state)
{
	int fd = harness_connect(&h, RED_UID);
	_free_ char *a = NULL;
	struct json_object *o, *v;

	(void)state;
	for (int i = 0; i < 5; i++) {
		harness_once(&h, 0, "tenant stop", "{\"tenant\": \"red\"}", NULL);
		harness_once(&h, 0, "tenant stop", "{\"tenant\": \"blue\"}", NULL);
	}
	harness_once(&h, 0, "tenant start", "{\"tenant\": \"red\"}", NULL);
	harness_send(&h, fd, "events", "{\"last\": \"1\"}");
	a = next_event(fd, 1000);
	assert_string_equal(a, "uid 0 pid 4321: tenant start red: done");
	o = harness_receive(&h, fd, 1000);
	assert_non_null(o);
	assert_true(json_object_object_get_ex(o, "status", &v));
	json_object_put(o);
	close(fd);
}

/* ---- Counters --------------------------------------------------------------------------------*/

static void counters_come_again_with_rates(void **state)
{
	int fd = harness_connect(&h, RED_UID);
	struct json_object *first, *second, *v;

	(void)state;
	harness_send(&h, fd, "stats", "{\"watch\": true, \"interval\": \"200ms\"}");
	first = harness_receive(&h, fd, 1000);
	second = harness_receive(&h, fd, 1000);
	assert_non_null(first);
	assert_non_null(second);
	assert_true(json_object_object_get_ex(first, "part", &v));
	assert_true(json_object_object_get_ex(v, "tenants", &v));
	assert_int_equal(json_object_array_length(v), 1);
	assert_false(json_object_object_get_ex(json_object_array_get_idx(v, 0), "pps", &v));
	assert_true(json_object_object_get_ex(second, "part", &v));
	assert_true(json_object_object_get_ex(v, "tenants", &v));
	assert_true(json_object_object_get_ex(json_object_array_get_idx(v, 0), "pps", &v));
	/* 100 packets in 200 ms; the clock is the machine's. */
	assert_true(json_object_get_double(v) > 50 && json_object_get_double(v) <= 600);
	json_object_put(first);
	json_object_put(second);
	close(fd);
	harness_run(&h, 20);
	assert_int_equal(h.server->n_conns, 0);
}

/* ---- Ports on trial --------------------------------------------------------------------------*/

#define TRIAL "{\"name\": \"up\", \"interface\": \"eth0\", \"confirm\": \"200ms\"}"

static void a_port_that_is_not_confirmed_is_detached(void **state)
{
	(void)state;
	assert_int_equal(harness_once(&h, 0, "port attach", TRIAL, NULL), CTL_DONE);
	assert_string_equal(harness_calls(&h), "attach up eth0 native; ");
	harness_run(&h, 100);
	assert_string_equal(harness_calls(&h), "");
	harness_run(&h, 200);
	assert_string_equal(harness_calls(&h), "detach up; ");
}

static void a_confirmed_port_stays(void **state)
{
	_free_ char *text = NULL;

	(void)state;
	assert_int_equal(harness_once(&h, 0, "port attach", TRIAL, NULL), CTL_DONE);
	assert_int_equal(harness_once(&h, 0, "port confirm", "{\"name\": \"up\"}", NULL), CTL_DONE);
	harness_run(&h, 300);
	assert_string_equal(harness_calls(&h), "attach up eth0 native; ");
	assert_int_equal(harness_once(&h, 0, "port confirm", "{\"name\": \"up\"}", &text),
			 CTL_REFUSED);
	assert_non_null(strstr(text, "waits for no confirmation"));
}

static void a_port_that_is_attached_is_not_put_on_trial(void **state)
{
	(void)state;
	h.node.attached = true;
	assert_int_equal(harness_once(&h, 0, "port attach", TRIAL, NULL), CTL_REFUSED);
	harness_run(&h, 300);
	assert_string_equal(harness_calls(&h), "");
}

static void a_port_that_could_not_be_attached_is_not_detached(void **state)
{
	(void)state;
	h.node.fail = -EINVAL;
	assert_int_equal(harness_once(&h, 0, "port attach", TRIAL, NULL), CTL_REFUSED);
	harness_run(&h, 300);
	assert_string_equal(harness_calls(&h), "attach up eth0 native; ");
}

static void another_daemon_detaches_what_the_first_one_left(void **state)
{
	char dir[] = "/tmp/sl-ctl-confirm-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	harness_stop(&h);
	harness_start(&h, &limits, dir, NULL);
	assert_int_equal(harness_once(&h, 0, "port attach", TRIAL, NULL), CTL_DONE);
	harness_stop(&h);
	harness_start(&h, &limits, dir, NULL);
	harness_run(&h, 300);
	assert_string_equal(harness_calls(&h), "detach up; ");
	/* And only once. */
	harness_stop(&h);
	harness_start(&h, &limits, dir, NULL);
	harness_run(&h, 50);
	assert_string_equal(harness_calls(&h), "");
	snprintf(path, sizeof(path), "%s/confirm", dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(a_graph_is_compiled_by_a_worker_and_then_installed, &with),
		HARNESS_TEST(what_was_counted_is_compiled_at_low_priority_and_installed, &with),
		HARNESS_TEST(a_graph_is_compiled_again_by_itself, &with),
		HARNESS_TEST(others_are_served_while_it_compiles, &with),
		HARNESS_TEST(a_graph_the_worker_refuses_never_reaches_the_node, &with),
		HARNESS_TEST(a_worker_that_dies_is_a_message, &with),
		HARNESS_TEST(a_worker_that_takes_too_long_is_ended, &with),
		HARNESS_TEST(a_user_has_one_worker_at_a_time, &with),
		HARNESS_TEST(a_client_that_goes_ends_its_worker, &with),
		HARNESS_TEST(a_node_file_is_compiled_by_a_worker_too, &with),
		HARNESS_TEST(no_worker_for_who_may_not, &with),
		HARNESS_TEST(changes_are_told_to_who_may_see_them, &with),
		HARNESS_TEST(what_graphs_print_comes_too, &with),
		HARNESS_TEST(a_slow_reader_is_told_what_it_missed, &with),
		HARNESS_TEST(quarantine_is_noticed_logged_and_told, &with),
		HARNESS_TEST(the_last_changes_can_be_asked_for, &with),
		HARNESS_TEST(counters_come_again_with_rates, &with),
		HARNESS_TEST(a_port_that_is_not_confirmed_is_detached, &with),
		HARNESS_TEST(a_confirmed_port_stays, &with),
		HARNESS_TEST(a_port_that_is_attached_is_not_put_on_trial, &with),
		HARNESS_TEST(a_port_that_could_not_be_attached_is_not_detached, &with),
		HARNESS_TEST(another_daemon_detaches_what_the_first_one_left, &with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
