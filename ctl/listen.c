// SPDX-License-Identifier: GPL-2.0-only
/* Taking up connections. */
#include <errno.h>
#include <unistd.h>

#include "ctl/listen.h"

/* Until it is tried again, when there was no descriptor or no memory for a connection. */
#define PAUSE_MS 200

static void on_pause_over(struct ctl_timer *t)
{
	struct ctl_listen *l = t->arg;

	ctl_loop_change(l->loop, &l->source, EPOLLIN);
}

/* What is tried at once again would fail again. A connection that was given up in the queue
 * (ECONNABORTED) is no reason to stop. */
static bool must_pause(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM;
}

static void on_connect(struct ctl_source *src, uint32_t events)
{
	struct ctl_listen *l = src->arg;

	(void)events;
	for (unsigned int i = 0; i < l->at_once; i++) {
		struct ucred who;
		socklen_t len = sizeof(who);
		int fd = accept4(src->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 && must_pause(errno)) {
			ctl_loop_change(l->loop, src, 0);
			ctl_timer_set(l->loop, &l->pause, PAUSE_MS);
		}
		if (fd < 0)
			return;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len))
			close(fd);
		else
			l->fn(l->arg, fd, &who);
	}
}

int ctl_listen_start(struct ctl_listen *l, struct ctl_loop *loop, int fd, unsigned int at_once,
		     void (*fn)(void *arg, int fd, const struct ucred *who), void *arg)
{
	int ret;

	*l = (struct ctl_listen){.source = {.fd = fd, .fn = on_connect, .arg = l},
				 .pause = {.fn = on_pause_over, .arg = l},
				 .loop = loop,
				 .at_once = at_once,
				 .fn = fn,
				 .arg = arg};
	ret = ctl_loop_add(loop, &l->source, EPOLLIN);
	if (ret)
		l->source.fd = -1;
	return ret;
}

void ctl_listen_stop(struct ctl_listen *l)
{
	if (l->source.fd < 0)
		return;
	ctl_timer_cancel(l->loop, &l->pause);
	ctl_loop_del(l->loop, &l->source);
	close(l->source.fd);
	l->source.fd = -1;
}
