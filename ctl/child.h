/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work on strangers' text and code in a process of its own: root's privileges are given up first,
 * and a crash there is a message here.
 */
#ifndef CTL_CHILD_H
#define CTL_CHILD_H

#include "ctl/command.h"

/* Gives up root's privileges for good (others have none to give up) and sets limits. For a child
 * that is about to touch what it must not be able to abuse. 0 or -errno. */
int ctl_drop_privileges(void);

/* How a child ended, as a phrase: "was killed by signal 11 (Segmentation fault)". */
const char *ctl_child_end(int status, char *buf, size_t size);

/*
 * Runs `fn` in an unprivileged child; what it fills into `result` (an object) and `d`, and what it
 * returns, come back. -EINVAL with a message when the child dies.
 */
int ctl_child_call(int (*fn)(void *arg, struct json_object *result, struct sl_diags *d), void *arg,
		   struct json_object *result, struct sl_diags *d);

#endif
