/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A listening socket in the daemon's loop. While the process has no descriptor left for another
 * connection, those who come wait in the kernel, and the loop for a moment before it looks again.
 */
#ifndef CTL_LISTEN_H
#define CTL_LISTEN_H

#include <sys/socket.h>

#include "ctl/loop.h"

struct ctl_listen {
	struct ctl_source source;
	struct ctl_timer pause;
	struct ctl_loop *loop;
	unsigned int at_once; /* connections taken up before others have their turn */
	/* A new connection, non-blocking; the descriptor is the function's. */
	void (*fn)(void *arg, int fd, const struct ucred *who);
	void *arg;
};

/* A listening Unix socket `fd`, taken over on success. 0 or -errno. */
int ctl_listen_start(struct ctl_listen *l, struct ctl_loop *loop, int fd, unsigned int at_once,
		     void (*fn)(void *arg, int fd, const struct ucred *who), void *arg);
/* Closes the socket, if there is one (source.fd is not -1). */
void ctl_listen_stop(struct ctl_listen *l);

#endif
