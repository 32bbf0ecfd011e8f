// SPDX-License-Identifier: GPL-2.0-only
/* Connections when there are no descriptors left: they wait, and so does the loop. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "ctl/listen.h"

static unsigned int taken;
static uint64_t clock_ms = 1000;

static uint64_t test_clock(void)
{
	return clock_ms;
}

static void take(void *arg, int fd, const struct ucred *who)
{
	(void)arg;
	assert_int_equal(who->pid, getpid());
	taken++;
	close(fd);
}

/* A socket without a name on the disk. */
static int listening(struct sockaddr_un *sa, socklen_t *len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	*sa = (struct sockaddr_un){.sun_family = AF_UNIX};
	*len = (socklen_t)offsetof(struct sockaddr_un, sun_path) + 1 +
	       (socklen_t)snprintf(sa->sun_path + 1, sizeof(sa->sun_path) - 1, "sl-listen-%d",
				   getpid());
	assert_int_equal(bind(fd, (struct sockaddr *)sa, *len), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static int connected(const struct sockaddr_un *sa, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)sa, len), 0);
	return fd;
}

/* So many descriptors more may be open; the limit there was before. */
static rlim_t leave_descriptors(rlim_t more)
{
	int next = fcntl(0, F_DUPFD, 0);
	struct rlimit r;
	rlim_t before;

	assert_true(next >= 0);
	close(next);
	getrlimit(RLIMIT_NOFILE, &r);
	before = r.rlim_cur;
	r.rlim_cur = (rlim_t)next + more;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &r), 0);
	return before;
}

static void give_back(rlim_t limit)
{
	struct rlimit r;

	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = limit;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &r), 0);
}

static void without_descriptors_the_loop_rests(void **state)
{
	struct ctl_listen l = {.source = {.fd = -1}};
	struct ctl_loop *loop;
	struct sockaddr_un sa;
	uint64_t woken;
	int clients[3];
	socklen_t len;
	rlim_t limit;

	(void)state;
	ctl_clock_set(test_clock);
	assert_int_equal(ctl_loop_new(&loop), 0);
	assert_int_equal(ctl_listen_start(&l, loop, listening(&sa, &len), 16, take, NULL), 0);
	for (int i = 0; i < 3; i++)
		clients[i] = connected(&sa, len);
	limit = leave_descriptors(0);
	assert_int_equal(ctl_loop_step(loop, 0), 0);
	/* It does not look again until the pause is over, however often the loop goes round. */
	give_back(limit);
	for (int i = 0; i < 100; i++)
		assert_int_equal(ctl_loop_step(loop, 0), 0);
	assert_int_equal(taken, 0);
	for (woken = 0; !taken && woken < 1000; woken++) {
		clock_ms++;
		ctl_loop_step(loop, 0);
		ctl_loop_step(loop, 0);
	}
	assert_int_equal(taken, 3);
	assert_in_range(woken, 100, 500);
	/* And goes on as ever. */
	close(clients[0]);
	clients[0] = connected(&sa, len);
	assert_int_equal(ctl_loop_step(loop, 0), 0);
	assert_int_equal(taken, 4);
	for (int i = 0; i < 3; i++)
		close(clients[i]);
	ctl_listen_stop(&l);
	ctl_listen_stop(&l);
	ctl_loop_free(loop);
	ctl_clock_set(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_descriptors_the_loop_rests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
