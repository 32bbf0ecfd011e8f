// SPDX-License-Identifier: GPL-2.0-only
/* A server over the fake node, and clients of any uid. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "ctl/click.h"
#include "ctl/protocol.h"
#include "tests/ctl/harness.h"

#define PID 4321

void harness_start(struct harness *h, const struct ctl_limits *limits, const char *run_dir,
		   const struct ctl_node_ops *ops)
{
	struct ctl_server_opts so = {.limits = limits, .run_dir = run_dir};
	struct sl_diags d = {0};

	memset(h, 0, sizeof(*h));
	fake_node_init(&h->node);
	assert_int_equal(ctl_loop_new(&h->loop), 0);
	assert_int_equal(ctl_log_open(NULL, true, &h->log), 0);
	assert_int_equal(ctl_server_new(h->loop, &so, ops ? ops : &fake_ops, &h->node, h->log, &d,
					&h->server),
			 0);
}

void harness_stop(struct harness *h)
{
	ctl_clock_set(NULL);
	ctl_server_free(h->server);
	ctl_log_close(h->log);
	ctl_loop_free(h->loop);
}

int harness_setup(void **state)
{
	const struct harness_with *with = *state;

	harness_start(with->h, with->limits, NULL, with->ops);
	return 0;
}

int harness_teardown(void **state)
{
	const struct harness_with *with = *state;

	harness_stop(with->h);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return 0;
}

static uint64_t fake_ms;

static uint64_t fake_clock(void)
{
	return fake_ms;
}

void harness_fake_time(struct harness *h)
{
	fake_ms = 1000000;
	ctl_clock_set(fake_clock);
	h->node.clock = &fake_ms;
}

static void step(struct harness *h)
{
	bool more = ctl_server_work(h->server);

	assert_int_equal(ctl_loop_step(h->loop, more || h->node.clock ? 0 : 5), 0);
	fake_ms++;
}

void harness_run(struct harness *h, unsigned int ms)
{
	uint64_t end = ctl_now_ms() + ms;

	do
		step(h);
	while (ctl_now_ms() < end);
}

int harness_connect(struct harness *h, uid_t uid)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	/* Turned away or not, the client's end tells. */
	ctl_server_adopt(h->server, fds[1], uid, PID);
	return fds[0];
}

int harness_connect_click(struct harness *h, const char *tenant, uid_t uid)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	ctl_click_adopt(h->server, tenant, fds[1], uid, PID);
	return fds[0];
}

void harness_send(struct harness *h, int fd, const char *command, const char *args)
{
	struct json_object *a = args ? json_tokener_parse(args) : NULL, *o;
	struct ctl_buf out = {0};

	assert_true(!args || a);
	o = ctl_request_new(command, a);
	assert_int_equal(ctl_frame_put(&out, o, SIZE_MAX), 0);
	json_object_put(o);
	json_object_put(a);
	for (int i = 0; ctl_buf_len(&out) && i < 10000; i++) {
		int n = ctl_buf_write(&out, fd);

		if (n == -EAGAIN)
			step(h);
		else if (n < 0)
			break;
	}
	ctl_buf_free(&out);
}

struct json_object *harness_receive(struct harness *h, int fd, unsigned int ms)
{
	uint64_t end = ctl_now_ms() + ms;
	struct ctl_buf in = {0};
	struct json_object *o = NULL;
	int n = 0;

	while (ctl_now_ms() < end && n <= 0) {
		n = ctl_frame_get(&in, 0, &o);
		if (n)
			break;
		n = ctl_buf_read(&in, fd);
		if (n == 0 || (n < 0 && n != -EAGAIN))
			break;
		if (n == -EAGAIN)
			step(h);
		n = 0;
	}
	ctl_buf_free(&in);
	return o;
}

static char *messages_of(struct json_object *o)
{
	struct json_object *v;
	struct sl_diags d = {0};
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	if (json_object_object_get_ex(o, "messages", &v))
		sl_diags_from_json(&d, v);
	sl_diags_print(&d, f);
	sl_diags_free(&d);
	fclose(f);
	return text;
}

int harness_ask(struct harness *h, int fd, const char *command, const char *args, char **text)
{
	struct json_object *o, *v;
	int status;

	harness_send(h, fd, command, args);
	o = harness_receive(h, fd, 5000);
	/* Parts come before the answer. */
	while (o && !json_object_object_get_ex(o, "status", &v)) {
		json_object_put(o);
		o = harness_receive(h, fd, 5000);
	}
	assert_non_null(o);
	status = json_object_get_int(v);
	if (text)
		*text = messages_of(o);
	json_object_put(o);
	return status;
}

int harness_once(struct harness *h, uid_t uid, const char *command, const char *args, char **text)
{
	int fd = harness_connect(h, uid);
	int status = harness_ask(h, fd, command, args, text);

	close(fd);
	harness_run(h, 1);
	return status;
}

bool harness_closed(struct harness *h, int fd, unsigned int ms)
{
	uint64_t end = ctl_now_ms() + ms;
	char buf[4096];
	ssize_t n;

	do {
		n = read(fd, buf, sizeof(buf));
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return true;
		step(h);
	} while (ctl_now_ms() < end);
	return false;
}

const char *harness_calls(struct harness *h)
{
	return fake_calls(&h->node, h->calls, sizeof(h->calls));
}
