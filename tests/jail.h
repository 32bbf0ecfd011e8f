/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls into the sandbox as different callers, each in a process of its own, so that what a call
 * leaves behind can be counted. The program in the sandbox is selftests/tools/jailbird.c.
 */
#ifndef SL_TESTS_JAIL_H
#define SL_TESTS_JAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "loader/runtime/sandbox.h"

enum jail_caller {
	JAIL_ROOT,	    /* with privilege */
	JAIL_USER,	    /* as nobody: user namespaces */
	JAIL_NO_NAMESPACES, /* as nobody where user namespaces are forbidden: Landlock */
	JAIL_CALLERS
};

extern const char *const jail_caller_names[JAIL_CALLERS];

struct jail_outcome {
	bool ran;	   /* the caller came to the end of the call */
	char problem[160]; /* why it did not */
	int ret;
	unsigned int features;
	unsigned int ms;
	size_t answer_len;
	char answer[16384]; /* NUL-terminated, its end cut off */
	unsigned int errors;
	char code[64], message[512], hint[512], detail[4096]; /* of the first error */
	/* What is different after the call: descriptors and mounts more, processes alive. */
	int fds, mounts, children;
};

/* Copies of the program and of one header, where every user can read them; the header by its mode
 * could be written by everyone, too. 0 or -errno. */
int jail_setup(void);
void jail_teardown(void);
const char *jail_bpf_dir(void);
const char *jail_exe(void);
/* Whether nothing of any call is left where directories for temporary files are made. */
bool jail_tmp_is_empty(void);
/* Makes what is left there two hours old. */
void jail_age_tmp(void);

/* Whether this process can call as `who`. */
bool jail_can(enum jail_caller who);

/* Called in the caller's process just before the call, to make it a difficult one. */
typedef void jail_prepare(void);

/* One call. `limits`: NULL for the defaults; exe and bpf_dir are filled in when NULL. */
void jail_call(enum jail_caller who, const struct sl_sandbox_opts *limits, const char *request,
	       jail_prepare *prepare, struct jail_outcome *out);
/* The same without waiting: the caller's process, to be ended by jail_wait(). */
pid_t jail_start(enum jail_caller who, const struct sl_sandbox_opts *limits, const char *request,
		 jail_prepare *prepare, struct jail_outcome *out);
void jail_wait(pid_t pid);

/* Outcomes are written by another process. */
struct jail_outcome *jail_outcome_new(void);
void jail_outcome_free(struct jail_outcome *out);

#endif
