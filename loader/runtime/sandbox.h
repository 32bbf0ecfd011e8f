/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The unprivileged child in which strangers' text is parsed and compiled.
 *
 * It sees an empty, read-only root with the compiler, its libraries and our headers in it, a small
 * private /tmp, and its standard input and output; no network, no other process, no capability, and
 * only the system calls on a list. Whatever goes wrong in there (a crash, a hang, a bomb) becomes
 * one message here, and nothing of it is left.
 *
 * What the child finds: $SLUICE_BPF_DIR (our headers), $TMPDIR, and `clang` and `ld` in $PATH;
 * nothing else of the caller's environment. Inside namespaces these are /bpf, /tmp and /bin.
 */
#ifndef SL_SANDBOX_H
#define SL_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "loader/diag.h"

/* argv[0] of the child: main() of a program that is its own `exe` looks for it. */
#define SL_SANDBOX_ARGV0 "sluice-compile"

/* Protections in force. */
enum sl_sandbox_feature {
	SL_SANDBOX_NAMESPACES = 1 << 0, /* own root, processes, network, IPC and host name */
	SL_SANDBOX_USERNS = 1 << 1,	/* made without privilege, in a user namespace */
	SL_SANDBOX_UID = 1 << 2,	/* a user id nothing else on the host has */
	SL_SANDBOX_SECCOMP = 1 << 3,	/* only listed system calls */
	SL_SANDBOX_LANDLOCK = 1 << 4,	/* file access by rule: instead of an own root */
	SL_SANDBOX_LIMITS = 1 << 5,	/* CPU time, processes, file sizes, wall-clock time */
	SL_SANDBOX_MEMORY = 1 << 6,	/* address space of each process */
	SL_SANDBOX_MEMORY_SUM = 1 << 7, /* memory of all of them together (memory control group) */
};

struct sl_sandbox_opts {
	const char *exe;     /* NULL: the running program; started with argv[0] "sluice-compile" */
	const char *bpf_dir; /* our headers; NULL: none */
	const char *clang;   /* NULL: $SLUICE_CLANG, then `clang` in $PATH; may be missing */

	/* Limits; 0 takes the default. */
	unsigned int cpu_s;	/* CPU seconds of a process: 20 */
	unsigned int wall_ms;	/* from call to return: 30000 */
	unsigned int processes; /* at once: 8 */
	size_t memory;		/* bytes: 1 GiB */
	size_t output;		/* bytes of the answer: 64 MiB */
	size_t tmp;		/* bytes in /tmp, and of one file: 64 MiB */

	unsigned int *features; /* out: enum sl_sandbox_feature bits in force; may be NULL */
};

/*
 * Sends `req` to the child and returns its answer (malloc'ed, *resp left alone on failure).
 * 0; -EINVAL when the child did not answer within its limits (message "sandbox-..." in `d`: the
 * submission's doing); -ENOSYS when this host offers no protection that would do; another -errno
 * when the sandbox cannot be built. Call it from a thread that lives as long as the call.
 */
int sl_sandbox_call(const struct sl_sandbox_opts *o, const void *req, size_t req_len, void **resp,
		    size_t *resp_len, struct sl_diags *d);

/* Tries each way of building a sandbox and adds a note about each to `d`. 0 when one works, else
 * -ENOSYS. */
int sl_sandbox_probe(struct sl_diags *d);

/* The protections a call would have here, by building a sandbox and running nothing in it. 0,
 * -ENOSYS when it cannot be built, another -errno with a message in `d`. */
int sl_sandbox_features(unsigned int *features, struct sl_diags *d);

/* A short name for one feature bit, for people. */
const char *sl_sandbox_feature_name(enum sl_sandbox_feature bit);

#endif
