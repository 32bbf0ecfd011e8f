// SPDX-License-Identifier: GPL-2.0-only
/* Clients that are slow, many, greedy or hostile: nobody else waits for them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "tests/ctl/harness.h"

static struct harness h;

/* Short, so that the tests are. */
static const struct ctl_limits limits = {
	.clients = 8,
	.clients_per_uid = 3,
	.input_per_uid = 1u << 20,
	.idle_ms = 300,
	.frame_ms = 150,
	.drain_ms = 150,
	.workers = 2,
	.worker_ms = 1000,
	.burst = 3,
	.refill_ms = 200,
	.change_ms = 500,
};

static const struct harness_with with = {&h, &limits, NULL};

static const struct ctl_limits limits_share = {.clients = 8,
					       .clients_per_uid = 3,
					       .input_per_uid = 1u << 20,
					       .idle_ms = 60000,
					       .frame_ms = 60000,
					       .drain_ms = 60000,
					       .time_ms = 200,
					       .time_share = 4};
static const struct harness_with with_share = {&h, &limits_share, NULL};

static void put_all(int fd, const void *bytes, size_t n)
{
	assert_int_equal(send(fd, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

static int root_works(void)
{
	return harness_once(&h, 0, "tenant list", NULL, NULL);
}

/* ---- Time-outs -------------------------------------------------------------------------------*/

static void a_client_that_says_nothing_is_let_go(void **state)
{
	int fd;

	(void)state;
	harness_fake_time(&h);
	fd = harness_connect(&h, RED_UID);
	assert_false(harness_closed(&h, fd, 100));
	assert_true(harness_closed(&h, fd, 600));
	close(fd);
}

static void a_byte_now_and_then_does_not_keep_a_request_alive(void **state)
{
	uint8_t head[4] = {0, 0, 1, 0};
	bool closed = false;
	uint64_t start;
	int fd;

	(void)state;
	harness_fake_time(&h);
	start = ctl_now_ms();
	fd = harness_connect(&h, RED_UID);
	put_all(fd, head, 4);
	while (!closed && ctl_now_ms() - start < 2000) {
		closed = send(fd, "{", 1, MSG_NOSIGNAL) < 0;
		harness_run(&h, 20);
		assert_int_equal(root_works(), CTL_DONE);
	}
	assert_true(closed);
	assert_true(ctl_now_ms() - start < 600);
	close(fd);
}

static void a_client_that_does_not_read_is_let_go_and_nobody_waits(void **state)
{
	int fd = harness_connect(&h, 0), size = 4096;
	uint64_t start;

	(void)state;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* Answers pile up in the client's socket until it is full. */
	start = ctl_now_ms();
	while (ctl_now_ms() - start < 3000) {
		struct ctl_buf out = {0};
		struct json_object *o = json_tokener_parse("{\"command\": \"link list\"}");
		int n;

		assert_int_equal(ctl_frame_put(&out, o, SIZE_MAX), 0);
		json_object_put(o);
		n = ctl_buf_write(&out, fd);
		ctl_buf_free(&out);
		harness_run(&h, 0);
		if (n < 0 && n != -EAGAIN)
			break;
		if (h.server->n_conns == 0)
			break;
	}
	assert_int_equal(h.server->n_conns, 0);
	assert_int_equal(root_works(), CTL_DONE);
	close(fd);
}

/* ---- Garbage ---------------------------------------------------------------------------------*/

static void garbage_is_answered_and_ends_the_connection(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} tries[] = {
		{"\xff\xff\xff\xff", 4}, {"GET / HTTP/1.1\r\n\r\n", 18},
		{"\0\0\0\0", 4},	 {"\0\0\0\2[]", 6},
		{"\0\0\0\4null", 8},	 {"\0\0\0\3{\"a", 7},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		int fd = harness_connect(&h, RED_UID);
		struct json_object *o, *v;

		put_all(fd, tries[i].bytes, tries[i].n);
		o = harness_receive(&h, fd, 1000);
		if (!o)
			fail_msg("no answer to garbage %zu", i);
		assert_true(json_object_object_get_ex(o, "status", &v));
		assert_int_equal(json_object_get_int(v), CTL_SYSTEM);
		json_object_put(o);
		assert_true(harness_closed(&h, fd, 1000));
		close(fd);
	}
	assert_int_equal(root_works(), CTL_DONE);
}

static void unknown_requests_are_refused_and_the_connection_stays(void **state)
{
	int fd = harness_connect(&h, 0);
	static const struct {
		const char *command, *args;
	} tries[] = {
		{"tenant frobnicate", NULL},
		{"graph check", "{\"file\": \"x\"}"},
		{"", NULL},
		{"tenant stop", NULL},
		{"tenant stop", "{\"tenant\": 7}"},
		{"tenant stop", "{\"tenant\": \"red\", \"more\": 1}"},
		{"port attach", "{\"name\": \"up\", \"interface\": \"e\", \"mode\": \"fast\"}"},
		{"tenant install", "{\"tenant\": \"red\"}"},
		{"tenant install", "{\"tenant\": \"red\", \"submission\": {\"graph\": 1}}"},
		{"node apply", "{\"text\": \"x: [\"}"},
		{"stats", "{\"watch\": true, \"interval\": \"1ms\"}"},
		{"read", "{\"handler\": \"red/c\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		_free_ char *text = NULL;
		int status = harness_ask(&h, fd, tries[i].command, tries[i].args, &text);

		if (status != CTL_REFUSED || !strstr(text, "error: "))
			fail_msg("%s %s: %d %s", tries[i].command,
				 tries[i].args ? tries[i].args : "", status, text);
	}
	assert_string_equal(harness_calls(&h), "");
	assert_int_equal(harness_ask(&h, fd, "tenant list", NULL, NULL), CTL_DONE);
	close(fd);
}

static void requests_sent_at_once_are_answered_in_order(void **state)
{
	int fd = harness_connect(&h, 0);

	(void)state;
	harness_send(&h, fd, "tenant stop", "{\"tenant\": \"red\"}");
	harness_send(&h, fd, "tenant start", "{\"tenant\": \"red\"}");
	harness_send(&h, fd, "tenant stop", "{\"tenant\": \"blue\"}");
	for (int i = 0; i < 3; i++) {
		struct json_object *o = harness_receive(&h, fd, 1000);

		assert_non_null(o);
		json_object_put(o);
	}
	assert_string_equal(harness_calls(&h), "stop red; start red; stop blue; ");
	close(fd);
}

/* ---- Limits ----------------------------------------------------------------------------------*/

static void a_user_has_so_many_connections_and_root_has_more(void **state)
{
	int red[4], other[6], root;
	_free_ char *text = NULL;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		red[i] = harness_connect(&h, RED_UID);
	assert_int_equal(h.server->n_conns, 3);
	red[3] = harness_connect(&h, RED_UID);
	assert_int_equal(h.server->n_conns, 3);
	assert_true(harness_closed(&h, red[3], 100));
	for (size_t i = 0; i < 6; i++)
		other[i] = harness_connect(&h, (uid_t)(3000 + i));
	assert_int_equal(h.server->n_conns, 8);
	/* All places are taken: not for root. */
	root = harness_connect(&h, 0);
	assert_int_equal(harness_ask(&h, root, "tenant list", NULL, &text), CTL_DONE);
	for (size_t i = 0; i < 4; i++)
		close(red[i]);
	for (size_t i = 0; i < 6; i++)
		close(other[i]);
	close(root);
}

static void a_user_that_is_turned_away_is_told(void **state)
{
	int fds[4];
	struct json_object *o, *v;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		fds[i] = harness_connect(&h, RED_UID);
	o = harness_receive(&h, fds[3], 100);
	assert_non_null(o);
	assert_true(json_object_object_get_ex(o, "error", &v));
	assert_string_equal(json_object_get_string(v), "EBUSY");
	json_object_put(o);
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
}

static void large_requests_of_one_user_do_not_fill_the_memory(void **state)
{
	uint8_t head[4] = {0, 0x7f, 0xff, 0xff};
	_free_ char *bulk = calloc(1, 65536);
	int fds[3];
	size_t most = 0;

	(void)state;
	memset(bulk, ' ', 65536);
	for (size_t i = 0; i < 3; i++) {
		fds[i] = harness_connect(&h, RED_UID);
		put_all(fds[i], head, 4);
	}
	for (int round = 0; round < 100; round++) {
		size_t sum = 0;

		for (size_t i = 0; i < 3; i++)
			(void)!send(fds[i], bulk, 65536, MSG_NOSIGNAL);
		harness_run(&h, 0);
		for (struct ctl_conn *c = h.server->conns; c; c = c->next)
			sum += c->in.cap;
		most = sum > most ? sum : most;
	}
	assert_true(most < 4 * limits.input_per_uid);
	assert_int_equal(root_works(), CTL_DONE);
	for (size_t i = 0; i < 3; i++)
		close(fds[i]);
}

/* ---- Turns -----------------------------------------------------------------------------------*/

static void users_take_turns(void **state)
{
	int red[3], blue;
	const char *calls;

	(void)state;
	/* Three requests of red are there before blue's one. */
	for (size_t i = 0; i < 3; i++) {
		red[i] = harness_connect(&h, RED_UID);
		harness_send(&h, red[i], "read", "{\"handler\": \"red/c.count\"}");
	}
	blue = harness_connect(&h, BLUE_UID);
	harness_send(&h, blue, "read", "{\"handler\": \"blue/c.count\"}");
	assert_int_equal(ctl_loop_step(h.loop, 10), 0);
	while (ctl_server_work(h.server))
		;
	calls = harness_calls(&h);
	assert_string_equal(calls, "read red c.count ''; read blue c.count ''; "
				   "read red c.count ''; read red c.count ''; ");
	for (size_t i = 0; i < 3; i++)
		close(red[i]);
	close(blue);
}

/* Requests that take long, of a user with several connections; another's, and his own later. */
static void a_user_gets_his_share_of_time_and_no_more(void **state)
{
	static const char *const slow = "{\"handler\": \"red/c.slow\"}";
	unsigned int done = 0, others = 0;
	uint64_t start;
	int red[3];

	(void)state;
	harness_fake_time(&h);
	start = ctl_now_ms();
	h.node.read_ms = 50;
	for (size_t i = 0; i < 3; i++) {
		red[i] = harness_connect(&h, RED_UID);
		harness_send(&h, red[i], "read", slow);
	}
	while (ctl_now_ms() - start < 2000) {
		for (size_t i = 0; i < 3; i++) {
			struct json_object *o = harness_receive(&h, red[i], 1);

			if (!o)
				continue;
			json_object_put(o);
			done++;
			harness_send(&h, red[i], "read", slow);
		}
		assert_int_equal(
			harness_once(&h, BLUE_UID, "read", "{\"handler\": \"blue/c.count\"}", NULL),
			CTL_DONE);
		others++;
	}
	/* At once 200 ms, then a quarter of two seconds. */
	assert_in_range(done, 11, 16);
	assert_true(others > done);
	/* Nobody is forgotten, and root never waits. */
	for (size_t i = 0; i < 3; i++) {
		struct json_object *o = harness_receive(&h, red[i], 2000);

		assert_non_null(o);
		json_object_put(o);
		close(red[i]);
	}
	for (unsigned int i = 0; i < 20; i++)
		assert_int_equal(harness_once(&h, 0, "read", slow, NULL), CTL_DONE);
}

static void a_client_that_goes_takes_its_request_along(void **state)
{
	int fd = harness_connect(&h, RED_UID);

	(void)state;
	harness_send(&h, fd, "tenant stop", "{\"tenant\": \"red\"}");
	assert_int_equal(ctl_loop_step(h.loop, 10), 0);
	assert_int_equal(h.server->conns->state, CTL_CONN_QUEUED);
	close(fd);
	assert_int_equal(ctl_loop_step(h.loop, 10), 0);
	assert_int_equal(h.server->n_conns, 0);
	assert_false(ctl_server_work(h.server));
	assert_string_equal(harness_calls(&h), "");
}

static void owners_change_their_graph_so_often_and_root_at_will(void **state)
{
	_free_ char *text = NULL;
	int done = 0, status = CTL_DONE;

	(void)state;
	harness_fake_time(&h);
	for (int i = 0; i < 10; i++)
		assert_int_equal(
			harness_once(&h, 0, "tenant rollback", "{\"tenant\": \"red\"}", NULL),
			CTL_DONE);
	while (status == CTL_DONE && done < 20) {
		free(TAKE_PTR(text));
		status = harness_once(&h, RED_UID, "tenant rollback", "{\"tenant\": \"red\"}",
				      &text);
		done += status == CTL_DONE;
	}
	assert_in_range(done, 3, 5);
	assert_int_equal(status, CTL_SYSTEM);
	assert_non_null(strstr(text, "too often"));
	assert_non_null(strstr(text, "try again in 0."));
	/* Another tenant has an account of its own. */
	assert_int_equal(
		harness_once(&h, BLUE_UID, "tenant rollback", "{\"tenant\": \"blue\"}", NULL),
		CTL_DONE);
	harness_run(&h, limits.refill_ms + 50);
	assert_int_equal(
		harness_once(&h, RED_UID, "tenant rollback", "{\"tenant\": \"red\"}", NULL),
		CTL_DONE);
}

/* What a compiler took is several changes; what is owed is paid first. Root is asked for nothing.
 */
static void changes_that_take_long_are_several(void **state)
{
	_free_ char *text = NULL;

	(void)state;
	ctl_queue_worked(h.server, "red", 0, 60000000000);
	assert_int_equal(
		harness_once(&h, RED_UID, "tenant rollback", "{\"tenant\": \"red\"}", NULL),
		CTL_DONE);
	ctl_queue_worked(h.server, "red", RED_UID, 400000000); /* less than one more */
	assert_int_equal(
		harness_once(&h, RED_UID, "tenant rollback", "{\"tenant\": \"red\"}", NULL),
		CTL_DONE);
	ctl_queue_worked(h.server, "red", RED_UID, 3600000000); /* seven; one or two are left */
	assert_int_equal(
		harness_once(&h, RED_UID, "tenant rollback", "{\"tenant\": \"red\"}", &text),
		CTL_SYSTEM);
	assert_non_null(strstr(text, "too often"));
	harness_run(&h, 2 * limits.refill_ms + 50);
	assert_int_equal(
		harness_once(&h, RED_UID, "tenant rollback", "{\"tenant\": \"red\"}", NULL),
		CTL_SYSTEM);
	assert_int_equal(harness_once(&h, 0, "tenant rollback", "{\"tenant\": \"red\"}", NULL),
			 CTL_DONE);
	assert_int_equal(
		harness_once(&h, BLUE_UID, "tenant rollback", "{\"tenant\": \"blue\"}", NULL),
		CTL_DONE);
	harness_run(&h, 6 * limits.refill_ms + 50);
	assert_int_equal(
		harness_once(&h, RED_UID, "tenant rollback", "{\"tenant\": \"red\"}", NULL),
		CTL_DONE);
	assert_in_range(ctl_queue_worked_ns(h.server, "red"), 64000000000, 65000000000);
	assert_int_equal(ctl_queue_worked_ns(h.server, "blue"), 0);
}

static void writes_that_are_quick_are_free(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(harness_once(&h, RED_UID, "write",
					      "{\"handler\": \"red/c.x\", \"value\": [\"1\"]}",
					      NULL),
				 CTL_DONE);
	/* Slow ones are not. */
	harness_fake_time(&h);
	h.node.slow_ms = 40;
	for (int i = 0; i < 4; i++)
		harness_once(&h, RED_UID, "write", "{\"handler\": \"red/c.x\", \"value\": [\"1\"]}",
			     NULL);
	assert_int_equal(harness_once(&h, RED_UID, "write",
				      "{\"handler\": \"red/c.x\", \"value\": [\"1\"]}", NULL),
			 CTL_SYSTEM);
}

static int count_entry(struct json_object *entry)
{
	struct json_object *v;

	return json_object_object_get_ex(entry, "outcome", &v) &&
	       !strcmp(json_object_get_string(v), "EPERM");
}

static bool any(void *arg, struct json_object *entry)
{
	(void)arg, (void)entry;
	return true;
}

static void count_refused(void *arg, struct json_object *entry)
{
	*(int *)arg += count_entry(entry);
}

static void a_stranger_cannot_flood_the_log(void **state)
{
	int refused = 0;

	(void)state;
	for (int i = 0; i < 50; i++)
		assert_int_equal(harness_once(&h, 2000, "node show", NULL, NULL), CTL_SYSTEM);
	ctl_log_last(h.log, CTL_LOG_KEPT, any, count_refused, &refused);
	assert_in_range(refused, 3, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(a_client_that_says_nothing_is_let_go, &with),
		HARNESS_TEST(a_byte_now_and_then_does_not_keep_a_request_alive, &with),
		HARNESS_TEST(a_client_that_does_not_read_is_let_go_and_nobody_waits, &with),
		HARNESS_TEST(garbage_is_answered_and_ends_the_connection, &with),
		HARNESS_TEST(unknown_requests_are_refused_and_the_connection_stays, &with),
		HARNESS_TEST(requests_sent_at_once_are_answered_in_order, &with),
		HARNESS_TEST(a_user_has_so_many_connections_and_root_has_more, &with),
		HARNESS_TEST(a_user_that_is_turned_away_is_told, &with),
		HARNESS_TEST(large_requests_of_one_user_do_not_fill_the_memory, &with),
		HARNESS_TEST(users_take_turns, &with),
		HARNESS_TEST(a_user_gets_his_share_of_time_and_no_more, &with_share),
		HARNESS_TEST(a_client_that_goes_takes_its_request_along, &with),
		HARNESS_TEST(owners_change_their_graph_so_often_and_root_at_will, &with),
		HARNESS_TEST(changes_that_take_long_are_several, &with),
		HARNESS_TEST(writes_that_are_quick_are_free, &with),
		HARNESS_TEST(a_stranger_cannot_flood_the_log, &with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
