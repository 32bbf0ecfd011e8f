/* SPDX-License-Identifier: GPL-2.0-only */
/* What tools that make floods have in common: arguments KEY=VALUE, the end by a signal, namespaces.
 */
#ifndef SL_SELFTESTS_FLOOD_TOOL_H
#define SL_SELFTESTS_FLOOD_TOOL_H

#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#include "selftests/object.h"

static volatile sig_atomic_t stop;
static int n_args;
static char **args;

static inline void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

/* The value of an argument, or what it is otherwise; NULL: it has to be there. */
static inline const char *arg(const char *key, const char *otherwise)
{
	size_t n = strlen(key);

	for (int i = 1; i < n_args; i++)
		if (!strncmp(args[i], key, n) && args[i][n] == '=')
			return args[i] + n + 1;
	if (!otherwise) {
		fprintf(stderr, "%s: %s= is missing\n", program_invocation_short_name, key);
		exit(2);
	}
	return otherwise;
}

/* Into a network namespace by name. */
static inline void enter(const char *ns)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(ns);
	close(fd);
}

#endif
