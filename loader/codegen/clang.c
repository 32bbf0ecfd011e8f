/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs the C compiler on generated code: fixed arguments, no shell, output bounded by the caller.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/codegen/build.h"
#include "loader/codegen/emit.h"
#include "loader/file.h"
#include "loader/mem.h"

extern char **environ;

/*
 * Everything in a segment is inlined into it. LLVM's usual way is from the innermost function
 * outwards, simplifying each on the way, so that what is called through ten functions is simplified
 * ten times. With this, all is inlined first and simplified once, in little more than half the
 * time. An LLVM that does not know the option refuses it, and is asked again without.
 */
#define INLINE_FIRST "-enable-module-inliner"

static int write_file(const char *path, const char *bytes, size_t len)
{
	_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	return sl_write_all(fd, bytes, len);
}

static int start(char *const argv[], const char *err_path, pid_t *pid)
{
	posix_spawn_file_actions_t fa;
	int ret;

	if (posix_spawn_file_actions_init(&fa))
		return -ENOMEM;
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, err_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&fa, 1, 2);
	ret = posix_spawnp(pid, argv[0], &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	return -ret;
}

static void report(struct sl_diags *d, const char *err_path, int status)
{
	struct sl_diag *m =
		sl_error(d, SL_NOPOS, "compiler", "the C compiler refused generated code");
	_free_ void *text = NULL;
	size_t len;

	sl_diag_hint(m, "this is a mistake in Sluice's element library, not in the graph");
	if (WIFSIGNALED(status))
		sl_diag_detail(m, "ended by signal %d", WTERMSIG(status));
	if (!sl_file_read(err_path, SL_BUNDLE_MAX, &text, &len)) {
		char *save, *line = strtok_r(text, "\n", &save);

		for (int i = 0; line && i < 30; i++, line = strtok_r(NULL, "\n", &save))
			sl_diag_detail(m, "%s", line);
	}
}

/* One compiler at work. */
struct job {
	pid_t pid; /* 0: not started */
	char *out, *err;
};

static int start_job(struct job *j, const char *src, enum sl_target target, const char *bpf_dir,
		     const char *dir, unsigned int part, bool inline_first)
{
	_free_ char *inc = NULL, *define = NULL;
	const char *clang = getenv("SLUICE_CLANG");
	char *argv[40];
	int n = 0;

	if (asprintf(&j->out, "%s/graph%u.o", dir, part) < 0 ||
	    asprintf(&j->err, "%s/messages%u", dir, part) < 0 ||
	    asprintf(&inc, "-I%s", bpf_dir) < 0 || asprintf(&define, "-DSL_PART=%u", part) < 0)
		return -ENOMEM;
	argv[n++] = (char *)(clang && *clang ? clang : "clang");
	/* What tests alone run is compiled more often than it is run. */
	argv[n++] = (char *)(target == SL_TARGET_NATIVE_QUICK || target == SL_TARGET_NATIVE_SAN
				     ? "-O0"
				     : "-O2");
	/* Lines are all that is read of the debug information; types cost a quarter of the time,
	 * and lines another one. */
	if (target != SL_TARGET_NATIVE_QUICK)
		argv[n++] = (char *)"-gline-tables-only";
	argv[n++] = (char *)"-std=gnu11";
	argv[n++] = (char *)"-fno-strict-aliasing";
	argv[n++] = (char *)"-Wall";
	argv[n++] = (char *)"-Wno-unused";
	argv[n++] = (char *)"-Wno-address-of-packed-member";
	argv[n++] = inc;
	argv[n++] = define;
	if (target == SL_TARGET_BPF) {
		argv[n++] = (char *)"-target";
		argv[n++] = (char *)"bpf";
		argv[n++] = (char *)"-mcpu=v3";
		argv[n++] = (char *)"-nostdinc";
		if (inline_first) {
			argv[n++] = (char *)"-mllvm";
			argv[n++] = (char *)INLINE_FIRST;
		}
		argv[n++] = (char *)"-c";
	} else {
		argv[n++] = (char *)"-shared";
		argv[n++] = (char *)"-fPIC";
		argv[n++] = (char *)"-fvisibility=hidden";
		argv[n++] = (char *)"-ftls-model=global-dynamic";
		argv[n++] = (char *)"-nostdlib";
		if (target == SL_TARGET_NATIVE_SAN) {
			argv[n++] = (char *)"-fno-omit-frame-pointer";
			argv[n++] = (char *)"-fsanitize=address,undefined";
			argv[n++] = (char *)"-fno-sanitize-recover=undefined";
		}
	}
	argv[n++] = (char *)src;
	argv[n++] = (char *)"-o";
	argv[n++] = j->out;
	argv[n] = NULL;
	return start(argv, j->err, &j->pid);
}

static bool says(const char *err_path, const char *what)
{
	_free_ void *text = NULL;
	size_t len;

	return !sl_file_read(err_path, SL_BUNDLE_MAX, &text, &len) && strstr(text, what);
}

/* What clang says of a program that needs more than the 512 bytes of stack there are. */
#define TOO_DEEP "stack limit"

/* -EAGAIN: this compiler does not know INLINE_FIRST, or needs too much stack with it. -E2BIG: too
 * much for one program without it, too. */
static int end_job(struct job *j, struct sl_object *o, bool inline_first, struct sl_diags *d)
{
	int status = 0, ret = -EINVAL;

	while (waitpid(j->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		if (inline_first && (says(j->err, INLINE_FIRST) || says(j->err, TOO_DEEP)))
			return -EAGAIN;
		if (says(j->err, TOO_DEEP))
			ret = -E2BIG;
		/* One message is enough: what is wrong in a header is wrong in all parts. */
		if (!d->errors)
			report(d, j->err, status);
		return ret;
	}
	return sl_file_read(j->out, SL_BUNDLE_MAX, &o->bytes, &o->len);
}

/* All parts, side by side. */
static int compile(const char *src, enum sl_target target, const char *bpf_dir, const char *dir,
		   unsigned int parts, bool inline_first, struct sl_object *objects,
		   struct sl_diags *d)
{
	struct job jobs[SL_PARTS_MAX] = {{0, NULL, NULL}};
	int ret = 0;

	for (unsigned int k = 0; k < parts && !ret; k++)
		ret = start_job(&jobs[k], src, target, bpf_dir, dir, parts > 1 ? k + 1 : 0,
				inline_first);
	for (unsigned int k = 0; k < parts; k++) {
		int end = jobs[k].pid ? end_job(&jobs[k], &objects[k], inline_first, d) : 0;

		ret = ret ? ret : end;
		free(jobs[k].out);
		free(jobs[k].err);
	}
	return ret;
}

int sl_clang(const char *c, size_t len, enum sl_target target, const char *bpf_dir, const char *dir,
	     unsigned int parts, struct sl_object *objects, struct sl_diags *d)
{
	_free_ char *src = NULL;
	int ret;

	if (asprintf(&src, "%s/graph.c", dir) < 0)
		return -ENOMEM;
	ret = write_file(src, c, len);
	ret = ret ? ret
		  : compile(src, target, bpf_dir, dir, parts, target == SL_TARGET_BPF, objects, d);
	if (ret == -EAGAIN) {
		for (unsigned int k = 0; k < parts; k++)
			free(TAKE_PTR(objects[k].bytes));
		ret = compile(src, target, bpf_dir, dir, parts, false, objects, d);
	}
	if (ret == -ENOENT) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-compiler", "clang is not there"),
			     "install the package clang, or name it in SLUICE_CLANG");
		ret = -EINVAL;
	}
	return ret;
}
