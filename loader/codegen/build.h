/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of compiling that reads strangers' text: parse to clang. sl_compile() runs it in the
 * sandbox (the program's own binary, started as `sluice-compile`) or, for a user's own files, in
 * this process. Request and answer are bytes, the same either way.
 */
#ifndef SL_BUILD_H
#define SL_BUILD_H

#include "loader/codegen/compile.h"

struct json_object;
/* The request as bytes (JSON). `ask` (taken over; NULL: compile) is a question to the configured
 * graph (ask.h). 0 or -ENOMEM. */
int sl_build_request(const struct sl_submission *s, const struct sl_compile_opts *opts,
		     struct json_object *ask, char **req, size_t *len);

/*
 * Answers a request: 32-bit lengths and then JSON {ret, stages, diags}, the bundle, the shared
 * object. `bpf_dir` is where our headers are, `tmp` a directory of its own for the compiler. With
 * `prog`, the configured program is handed over, too (NULL when the graph is refused).
 * 0 or -ENOMEM: a refused graph is an answer.
 */
int sl_build(const char *req, size_t len, const char *bpf_dir, const char *tmp, void **ans,
	     size_t *ans_len, struct sl_program **prog);

/* main() of the sandboxed process: request on stdin, answer on stdout. Exit status. */
int sl_compile_main(void);

/* Where the headers for BPF and native builds are: $SLUICE_BPF_DIR, beside the binary, installed.
 * malloc'ed; NULL when nowhere. */
char *sl_find_bpf_dir(void);

/*
 * Runs clang on `c` (in `dir`) for one target and reads what it made: one object, or `parts` of
 * them at the same time, each with SL_PART (emit.h) from 1 on; at most SL_PARTS_MAX. The objects
 * are the caller's, whatever is returned. 0; -EINVAL with a message (our mistake, not the graph's);
 * -errno.
 */
int sl_clang(const char *c, size_t len, enum sl_target target, const char *bpf_dir, const char *dir,
	     unsigned int parts, struct sl_object *objects, struct sl_diags *d);

#endif
