/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports attached on trial: detached again unless confirmed in time. What is pending is kept in
 * RUN_DIR/confirm, so that a daemon that is started again still detaches.
 */
#ifndef CTL_CONFIRM_H
#define CTL_CONFIRM_H

#include "ctl/server.h"

/* The port is to be confirmed within `ms`. 0 or -errno: it could not be written down. */
int ctl_confirm_add(struct ctl_server *s, const char *port, unsigned long long ms);
/* The port was confirmed, or is gone. -ENOENT: nothing was pending. */
int ctl_confirm_drop(struct ctl_server *s, const char *port);
/* Milliseconds left; -1: nothing is pending. */
long long ctl_confirm_left(const struct ctl_server *s, const char *port);
/* Takes up what an earlier daemon left pending. 0 or -ENOMEM. */
int ctl_confirm_load(struct ctl_server *s);
/* Forgets in memory; the file stays. */
void ctl_confirm_free(struct ctl_server *s);

#endif
