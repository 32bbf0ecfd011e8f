/* SPDX-License-Identifier: GPL-2.0-only */
/* The unprivileged child in which strangers' text is parsed and compiled. */
#ifndef SL_SANDBOX_H
#define SL_SANDBOX_H

#include <stddef.h>

#include "loader/diag.h"

struct sl_sandbox_opts {
	const char *exe;     /* NULL: /proc/self/exe; started with argv[0] "sluice-compile" */
	const char *bpf_dir; /* our headers, bound read-only at /bpf */
	const char *clang;   /* NULL: found */
	unsigned int cpu_s, wall_ms, processes; /* 0: defaults */
	size_t memory, output, tmp;		/* bytes; 0: defaults */
};

/* Sends `req` to the child and returns its answer (malloc'ed). 0 or -errno with messages in `d`. */
int sl_sandbox_call(const struct sl_sandbox_opts *o, const void *req, size_t req_len, void **resp,
		    size_t *resp_len, struct sl_diags *d);

#endif
