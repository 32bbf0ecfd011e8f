// SPDX-License-Identifier: GPL-2.0-only
/* Sessions of Click's protocol, to the letter; who may; clients that are slow, many or hostile. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "ctl/click.h"
#include "loader/mem.h"
#include "tests/ctl/harness.h"

#define HELLO "Click::ControlSocket/1.3\r\n"

static struct harness h;

static const struct ctl_limits limits = {
	.clients = 8,
	.clients_per_uid = 3,
	.input_per_uid = 8u << 20,
	.idle_ms = 200,
	.frame_ms = 150,
	.drain_ms = 150,
	.workers = 2,
	.worker_ms = 1000,
	.burst = 100,
	.refill_ms = 200,
	.click_per_tenant = 4,
};
static const struct harness_with with = {&h, &limits, NULL};
static const struct harness_with with_now = {&h, &limits, &fake_ops_not_ahead};

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* All that comes until `want` has, or too long has passed. */
static char *hear(int fd, const char *want)
{
	uint64_t end = ctl_now_ms() + 3000;
	size_t cap = 1 << 20, len = 0;
	char *got = calloc(1, cap);

	while (ctl_now_ms() < end && strcmp(got, want)) {
		ssize_t n = read(fd, got + len, cap - 1 - len);

		if (n == 0)
			break;
		if (n > 0)
			len += (size_t)n;
		else
			harness_run(&h, 1);
	}
	return got;
}

static void expect(int fd, const char *want)
{
	_free_ char *got = hear(fd, want);

	assert_string_equal(got, want);
}

/* A session: what is said, and every byte of the answers. */
static void session(const char *said, const char *want)
{
	int fd = harness_connect_click(&h, "red", RED_UID);

	expect(fd, HELLO);
	say(fd, said);
	expect(fd, want);
	close(fd);
	harness_run(&h, 1);
}

/* How many answers are in the client's socket; they are taken out. */
static size_t answers(int fd)
{
	size_t n = 0;
	ssize_t got;
	char buf[4096];

	while ((got = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < got; i++)
			n += buf[i] == '\n';
	return n;
}

/* ---- To the letter ---------------------------------------------------------------------------*/

static void a_handler_is_read(void **state)
{
	(void)state;
	session("READ c.count\r\n", "200 Read handler 'c.count' OK\r\nDATA 2\r\n42");
	session("get 1.count a  b\n", "200 Read handler '1.count' OK\r\nDATA 2\r\n42");
	session("READDATA c.count 3\r\nx y", "200 Read handler 'c.count' OK\r\nDATA 2\r\n42");
	session("READUNTIL c.count .\nx\n.\n", "200 Read handler 'c.count' OK\r\nDATA 2\r\n42");
	assert_string_equal(harness_calls(&h), "read red c.count ''; read red 1.count 'a  b'; "
					       "read red c.count 'x y'; read red c.count 'x\n'; ");
	h.node.value = "a\r\nb\n";
	session("READ c.count\n", "200 Read handler 'c.count' OK\r\nDATA 5\r\na\r\nb\n");
	h.node.value = "";
	session("READ c.count\n", "200 Read handler 'c.count' OK\r\nDATA 0\r\n");
}

static void a_handler_is_written(void **state)
{
	(void)state;
	session("WRITE s.switch 1\r\n", "200 Write handler 's.switch' OK\r\n");
	session("set c.reset\r\n", "200 Write handler 'c.reset' OK\r\n");
	session("WRITEDATA 2.switch 1\n7", "200 Write handler '2.switch' OK\r\n");
	session("WRITEUNTIL s.switch END\n7\n8\nEND\n", "200 Write handler 's.switch' OK\r\n");
	assert_string_equal(harness_calls(&h), "write red s.switch '1'; write red c.reset ''; "
					       "write red 2.switch '7'; "
					       "write red s.switch '7\n8\n'; ");
	h.node.warn = true;
	session("WRITE s.switch 1\n",
		"220-Write handler 's.switch' OK with warnings:\r\n220 careful\r\n");
}

static void failures_have_their_codes(void **state)
{
	(void)state;
	session("READ x.count\n", "510 No element named 'x'\r\n");
	session("READ 3.count\n", "510 No element named '3'\r\n");
	session("READ c.x\n", "511 No handler named 'c.x'\r\n");
	session("READ nothing\n", "511 No handler named 'nothing'\r\n");
	session("READ c.reset\n", "530 Handler 'c.reset' write-only\r\n");
	session("WRITE c.count 1\n", "530 Handler 'c.count' read-only\r\n");
	session("READ hotconfig\n", "530 Handler 'hotconfig' write-only\r\n");
	session("WRITE list x\n", "530 Handler 'list' read-only\r\n");
	session("READ\n", "500 Wrong number of arguments\r\n");
	session("what ever\n", "501 Command 'WHAT' unimplemented\r\n");
	session("WRITEDATA s.switch 1\n\x01", "200 Write handler 's.switch' OK\r\n");
	harness_calls(&h);
	h.node.fail = -EINVAL;
	session("WRITE s.switch 9\n", "520-Write handler 's.switch' error:\r\n"
				      "520 given.click:3:9: as the test wants\r\n");
	h.node.fail = -EINVAL;
	session("READ c.count\n", "590-Read handler 'c.count' error:\r\n"
				  "590 given.click:3:9: as the test wants\r\n");
}

static void a_byte_0_is_no_value(void **state)
{
	int fd = harness_connect_click(&h, "red", RED_UID);

	(void)state;
	expect(fd, HELLO);
	assert_int_equal(send(fd, "WRITEDATA s.switch 3\na\0b", 24, MSG_NOSIGNAL), 24);
	expect(fd, "520-Write handler 's.switch' error:\r\n"
		   "520 the value is no text: it has a byte 0\r\n");
	assert_string_equal(harness_calls(&h), "");
	close(fd);
}

static void handlers_are_checked(void **state)
{
	(void)state;
	session("CHECKREAD c.count\n", "200 Read handler 'c.count' OK\r\n");
	session("CHECKWRITE c.count\n", "511 Handler 'c.count' not writable\r\n");
	session("CHECKREAD c.reset\n", "511 Handler 'c.reset' not readable\r\n");
	session("CHECKWRITE s.switch\n", "200 Write handler 's.switch' OK\r\n");
	session("CHECKREAD list\n", "200 Read handler 'list' OK\r\n");
	session("CHECKWRITE hotconfig\n", "200 Write handler 'hotconfig' OK\r\n");
	session("CHECKREAD x.y\n", "510 No element named 'x'\r\n");
	session("CHECKREAD c.y\n", "511 No handler named 'c.y'\r\n");
	assert_string_equal(harness_calls(&h), "");
}

static void the_graph_as_a_whole_has_handlers(void **state)
{
	(void)state;
	session("READ list\n", "200 Read handler 'list' OK\r\nDATA 6\r\n2\nc\ns\n");
	session("READ .config\n", "200 Read handler 'config' OK\r\nDATA 5\r\ntext\n");
	session("READ 0.flatconfig\n", "200 Read handler 'flatconfig' OK\r\nDATA 9\r\nflat text");
	session("READ requirements\n",
		"200 Read handler 'requirements' OK\r\nDATA 10\r\npackage x\n");
	session("READ packages\n", "200 Read handler 'packages' OK\r\nDATA 0\r\n");
	session("READ driver\n", "200 Read handler 'driver' OK\r\nDATA 6\r\nsluice");
	session("READ handlers\n",
		"200 Read handler 'handlers' OK\r\nDATA 115\r\nversion\tr\ndriver\tr\nconfig\tr\n"
		"flatconfig\tr\nlist\tr\nclasses\tr\nstop\twb\nrequirements\tr\npackages\tr\n"
		"handlers\tr\nhotconfig\tw\n");
	harness_calls(&h);
	session("WRITE stop\n", "200 Write handler 'stop' OK\r\n");
	assert_string_equal(harness_calls(&h), "stop red; ");
}

static void hotconfig_installs(void **state)
{
	(void)state;
	session("WRITE hotconfig Idle -> Discard\n", "200 Write handler 'hotconfig' OK\r\n");
	assert_string_equal(harness_calls(&h), "install red hotconfig; ");
	session("WRITEUNTIL hotconfig EOF\nIdle\n-> Discard;\nEOF\nREAD c.count\n",
		"200 Write handler 'hotconfig' OK\r\n"
		"200 Read handler 'c.count' OK\r\nDATA 2\r\n42");
	h.node.compile_fail = -EINVAL;
	session("WRITE hotconfig Nix -> Discard\n", "520-Write handler 'hotconfig' error:\r\n"
						    "520 given.click:3:9: no such class\r\n");
}

static void hotconfig_without_a_worker(void **state)
{
	(void)state;
	session("WRITE hotconfig Idle -> Discard\n", "200 Write handler 'hotconfig' OK\r\n");
	assert_string_equal(harness_calls(&h), "install red hotconfig; ");
}

static void llrpc_is_refused_politely(void **state)
{
	(void)state;
	session("LLRPC c#1\n", "522 LLRPC 'c#1' error: elements have no LLRPCs here, use "
			       "handlers\r\n");
	session("LLRPC 1#0xC0040b01 3\nabcHELP x\n",
		"522 LLRPC '1#0xC0040b01' error: elements have no LLRPCs here, use handlers\r\n"
		"200-Commands supported:\r\n"
		"200-READ handler [arg...]   call a read handler, answer DATA\r\n"
		"200-READDATA handler n      the same, its arguments are the n bytes that "
		"follow\r\n"
		"200-READUNTIL handler line  the same, its arguments are the lines up to that "
		"one\r\n"
		"200-WRITE handler [arg...]  call a write handler\r\n"
		"200-WRITEDATA handler n     the same, the value is the n bytes that follow\r\n"
		"200-WRITEUNTIL handler line the same, the value is the lines up to that one\r\n"
		"200-CHECKREAD handler       whether there is such a read handler\r\n"
		"200-CHECKWRITE handler      whether there is such a write handler\r\n"
		"200-LLRPC element#number [n] refused: elements have no LLRPCs here\r\n"
		"200-HELP                    this list\r\n"
		"200 QUIT                    close the connection\r\n");
	session("LLRPC x#1\n", "510 No element named 'x'\r\n");
	session("LLRPC c#zz\n", "500 Syntax error in LLRPC name 'c#zz'\r\n");
	session("LLRPC c\n", "500 Syntax error in LLRPC name 'c'\r\n");
}

static void quit_ends_the_connection(void **state)
{
	static const char *const said[] = {"QUIT\nREAD c.count\n", "close\n"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int fd = harness_connect_click(&h, "red", RED_UID);

		say(fd, said[i]);
		expect(fd, HELLO "200 Goodbye!\r\n");
		assert_true(harness_closed(&h, fd, 1000));
		close(fd);
	}
	assert_string_equal(harness_calls(&h), "");
}

static void what_was_said_at_once_is_answered_in_order_and_then_it_ends(void **state)
{
	int fd = harness_connect_click(&h, "red", RED_UID);

	(void)state;
	/* As `printf ... | nc -N` does. */
	say(fd, "WRITE s.switch 1\nREAD c.count\n\nREAD c.count");
	shutdown(fd, SHUT_WR);
	expect(fd, HELLO "200 Write handler 's.switch' OK\r\n"
			 "200 Read handler 'c.count' OK\r\nDATA 2\r\n42"
			 "200 Read handler 'c.count' OK\r\nDATA 2\r\n42");
	assert_true(harness_closed(&h, fd, 1000));
	close(fd);
}

static void what_is_quoted_cannot_forge_an_answer(void **state)
{
	(void)state;
	session("READ x\x1b[2J\x02\xff\n", "511 No handler named 'x\\x1b[2J\\x02\\xff'\r\n");
}

/* ---- Who may ---------------------------------------------------------------------------------*/

static void read_only_is_read_only(void **state)
{
	(void)state;
	h.node.read_only = true;
	session("WRITE s.switch 1\n", "530 Permission denied for 's.switch'\r\n");
	session("CHECKWRITE s.switch\n", "530 Permission denied for 's.switch'\r\n");
	session("WRITE hotconfig Idle;\n", "530 Permission denied for 'hotconfig'\r\n");
	session("WRITE stop\n", "530 Permission denied for 'stop'\r\n");
	session("WRITE c.count 1\n", "530 Handler 'c.count' read-only\r\n");
	assert_string_equal(harness_calls(&h), "");
	session("READ c.count\n", "200 Read handler 'c.count' OK\r\nDATA 2\r\n42");
}

static void without_a_graph_there_is_no_router(void **state)
{
	int fd = harness_connect_click(&h, "blue", BLUE_UID);

	(void)state;
	say(fd, "READ c.count\nREAD list\nREAD version\n");
	expect(fd, HELLO "540 No router installed\r\n540 No router installed\r\n"
			 "200 Read handler 'version' OK\r\nDATA 5\r\n" SL_VERSION);
	close(fd);
}

static void strangers_get_nothing(void **state)
{
	int fd = harness_connect_click(&h, "red", BLUE_UID);

	(void)state;
	say(fd, "READ c.count\n");
	expect(fd, HELLO "530 Permission denied\r\n");
	assert_true(harness_closed(&h, fd, 1000));
	assert_string_equal(harness_calls(&h), "");
	close(fd);
}

static void a_new_owner_does_not_find_the_old_one_there(void **state)
{
	int fd = harness_connect_click(&h, "red", RED_UID);
	int root = harness_connect_click(&h, "red", 0);

	(void)state;
	expect(fd, HELLO);
	expect(root, HELLO);
	h.node.tenants[0].uid = 1234;
	ctl_click_sync(h.server);
	assert_true(harness_closed(&h, fd, 1000));
	say(root, "READ c.count\n");
	expect(root, "200 Read handler 'c.count' OK\r\nDATA 2\r\n42");
	close(fd);
	close(root);
}

/* ---- Clients that are slow, many or hostile --------------------------------------------------*/

static void an_idle_client_stays_and_takes_nobodys_place(void **state)
{
	int idle[4], others[3];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		idle[i] = harness_connect_click(&h, "red", RED_UID);
		expect(idle[i], HELLO);
	}
	harness_run(&h, 3 * limits.idle_ms);
	for (size_t i = 0; i < 3; i++)
		others[i] = harness_connect(&h, RED_UID);
	assert_int_equal(harness_ask(&h, others[2], "tenant list", NULL, NULL), CTL_DONE);
	for (size_t i = 0; i < 4; i++) {
		say(idle[i], "READ c.count\n");
		expect(idle[i], "200 Read handler 'c.count' OK\r\nDATA 2\r\n42");
		close(idle[i]);
	}
	for (size_t i = 0; i < 3; i++)
		close(others[i]);
}

static void a_tenant_has_so_many_connections(void **state)
{
	int fds[5];

	(void)state;
	for (size_t i = 0; i < 5; i++)
		fds[i] = harness_connect_click(&h, "red", RED_UID);
	expect(fds[4], HELLO "590 Too many connections to this tenant\r\n");
	expect(fds[3], HELLO);
	close(fds[0]);
	harness_run(&h, 1);
	close(fds[4]);
	fds[4] = harness_connect_click(&h, "red", RED_UID);
	expect(fds[4], HELLO);
	for (size_t i = 1; i < 5; i++)
		close(fds[i]);
}

static void half_a_command_does_not_wait_for_ever(void **state)
{
	int fd = harness_connect_click(&h, "red", RED_UID);

	(void)state;
	say(fd, "WRITEUNTIL hotconfig END\nIdle");
	assert_false(harness_closed(&h, fd, limits.idle_ms / 2));
	assert_true(harness_closed(&h, fd, 4 * limits.idle_ms));
	assert_string_equal(harness_calls(&h), "");
	close(fd);
}

static void a_client_that_does_not_read_is_let_go(void **state)
{
	int fd = harness_connect_click(&h, "red", RED_UID);
	_free_ char *bulk = malloc(60001);
	uint64_t end = ctl_now_ms() + 5000;

	(void)state;
	memset(bulk, 'x', 60000);
	bulk[60000] = 0;
	h.node.value = bulk;
	while (h.server->conns && ctl_now_ms() < end) {
		(void)!send(fd, "READ c.count\n", 13, MSG_NOSIGNAL);
		harness_run(&h, 1);
		assert_int_equal(harness_once(&h, 0, "tenant list", NULL, NULL), CTL_DONE);
	}
	assert_null(h.server->conns);
	close(fd);
}

static void a_line_without_end_ends_the_connection(void **state)
{
	int fd = harness_connect_click(&h, "red", RED_UID);
	_free_ char *bulk = malloc(65536), *got = NULL;
	uint64_t end = ctl_now_ms() + 20000;
	size_t most = 0;

	(void)state;
	expect(fd, HELLO);
	memset(bulk, 'x', 65536);
	while (h.server->conns && ctl_now_ms() < end) {
		if (send(fd, bulk, 65536, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
			break;
		harness_run(&h, 0);
		if (h.server->conns && h.server->conns->in.cap > most)
			most = h.server->conns->in.cap;
	}
	assert_null(h.server->conns);
	assert_true(most <= 2 * CTL_CLICK_MAX);
	got = hear(fd, "");
	close(fd);
}

static void a_client_that_goes_takes_its_compilation_along(void **state)
{
	int fd = harness_connect_click(&h, "red", RED_UID);

	(void)state;
	h.node.compile_ms = 900;
	say(fd, "WRITE hotconfig Idle;\n");
	expect(fd, HELLO);
	harness_run(&h, 50);
	assert_int_equal(h.server->n_workers, 1);
	close(fd);
	harness_run(&h, 50);
	assert_int_equal(h.server->n_workers, 0);
	assert_string_equal(harness_calls(&h), "");
}

/* ---- The sockets -----------------------------------------------------------------------------*/

static void each_tenant_has_a_socket_of_its_owner(void **state)
{
	char dir[] = "/tmp/sl-click-XXXXXX", path[64], red[64];
	struct ctl_server_opts so = {.limits = &limits};
	struct ctl_server *s = NULL;
	struct sl_diags d = {0};
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/control", dir);
	snprintf(red, sizeof(red), "%s/red.control", dir);
	so.socket = path;
	so.run_dir = dir;
	/* Without privilege, a test can only own its own. */
	h.node.tenants[0].uid = geteuid() ? geteuid() : RED_UID;
	h.node.config.n_tenants = geteuid() ? 1 : 2;
	assert_int_equal(ctl_server_new(h.loop, &so, &fake_ops, &h.node, h.log, &d, &s), 0);
	assert_int_equal(stat(red, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_uid, h.node.tenants[0].uid);
	/* A tenant that is gone has none. */
	h.node.config.n_tenants = 0;
	ctl_click_sync(s);
	assert_int_equal(stat(red, &st), -1);
	h.node.config.n_tenants = 1;
	ctl_click_sync(s);
	assert_int_equal(stat(red, &st), 0);
	ctl_server_free(s);
	assert_int_equal(stat(red, &st), -1);
	rmdir(dir);
}

/* Thousands of commands that are answered at once, said in one breath. */
static void commands_said_at_once_take_turns_with_others(void **state)
{
	int fd = harness_connect_click(&h, "red", RED_UID), size = 1 << 20;
	size_t n = 0, rounds = 0, most = 0;
	char said[8192];

	(void)state;
	expect(fd, HELLO);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	for (size_t i = 0; i < sizeof(said); i += 2)
		memcpy(said + i, "x\n", 2);
	assert_int_equal(send(fd, said, sizeof(said), MSG_NOSIGNAL), (ssize_t)sizeof(said));
	for (uint64_t end = ctl_now_ms() + 20000; n < sizeof(said) / 2 && ctl_now_ms() < end;
	     rounds++) {
		size_t some;

		assert_int_equal(ctl_loop_step(h.loop, 5), 0);
		some = answers(fd);
		most = some > most ? some : most;
		n += some;
	}
	assert_int_equal(n, sizeof(said) / 2);
	assert_in_range(most, 1, 64);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(a_handler_is_read, &with),
		HARNESS_TEST(a_handler_is_written, &with),
		HARNESS_TEST(failures_have_their_codes, &with),
		HARNESS_TEST(a_byte_0_is_no_value, &with),
		HARNESS_TEST(handlers_are_checked, &with),
		HARNESS_TEST(the_graph_as_a_whole_has_handlers, &with),
		HARNESS_TEST(hotconfig_installs, &with),
		HARNESS_TEST(hotconfig_without_a_worker, &with_now),
		HARNESS_TEST(llrpc_is_refused_politely, &with),
		HARNESS_TEST(quit_ends_the_connection, &with),
		HARNESS_TEST(what_was_said_at_once_is_answered_in_order_and_then_it_ends, &with),
		HARNESS_TEST(what_is_quoted_cannot_forge_an_answer, &with),
		HARNESS_TEST(read_only_is_read_only, &with),
		HARNESS_TEST(without_a_graph_there_is_no_router, &with),
		HARNESS_TEST(strangers_get_nothing, &with),
		HARNESS_TEST(a_new_owner_does_not_find_the_old_one_there, &with),
		HARNESS_TEST(an_idle_client_stays_and_takes_nobodys_place, &with),
		HARNESS_TEST(a_tenant_has_so_many_connections, &with),
		HARNESS_TEST(half_a_command_does_not_wait_for_ever, &with),
		HARNESS_TEST(a_client_that_does_not_read_is_let_go, &with),
		HARNESS_TEST(a_line_without_end_ends_the_connection, &with),
		HARNESS_TEST(a_client_that_goes_takes_its_compilation_along, &with),
		HARNESS_TEST(each_tenant_has_a_socket_of_its_owner, &with),
		HARNESS_TEST(commands_said_at_once_take_turns_with_others, &with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
