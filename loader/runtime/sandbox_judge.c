// SPDX-License-Identifier: GPL-2.0-only
/* What came of a run, as one sentence for the person who submitted, and what to do about it. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "loader/mem.h"
#include "loader/runtime/sandbox_parts.h"

#define ERR_LINES 30
#define ERR_COLUMNS 200

const char *sl_jail_step_name(uint32_t step)
{
	static const char *const names[] = {
		[SL_STEP_DONE] = "running the compiler",
		[SL_STEP_CGROUP] = "joining the control group",
		[SL_STEP_IDS] = "mapping user ids",
		[SL_STEP_FILE] = "binding a file",
		[SL_STEP_MOUNT_NS] = "making a mount namespace",
		[SL_STEP_ROOT] = "building the root directory",
		[SL_STEP_TMP] = "mounting /tmp",
		[SL_STEP_PIVOT] = "changing the root directory",
		[SL_STEP_STDIO] = "connecting standard input and output",
		[SL_STEP_PRIVILEGE] = "giving up privileges",
		[SL_STEP_LANDLOCK] = "restricting file access",
		[SL_STEP_SECCOMP] = "installing the system call filter",
		[SL_STEP_FORK] = "starting the compiling process",
		[SL_STEP_LIMITS] = "setting resource limits",
		[SL_STEP_EXEC] = "executing the compiling program",
	};

	return step < sizeof(names) / sizeof(names[0]) ? names[step] : "an unknown step";
}

const char *sl_jail_mode_name(enum sl_jail_mode mode)
{
	static const char *const names[] = {
		[SL_JAIL_ROOT] = "namespaces",
		[SL_JAIL_USERNS] = "namespaces without privilege",
		[SL_JAIL_LANDLOCK] = "Landlock",
	};

	return names[mode];
}

struct sl_diag *sl_jail_setup_error(const struct sl_jail_run *run, int ret,
				    const struct sl_jail_files *files, struct sl_diags *d)
{
	const struct sl_jail_report *r = &run->report;
	bool reported = run->end == SL_END_REPORT && r->step != SL_STEP_DONE;
	struct sl_diag *m;

	m = sl_error(d, SL_NOPOS, "sandbox-setup", "the compiler's sandbox cannot be built: %s: %s",
		     reported ? sl_jail_step_name(r->step) : "preparing it", strerror(-ret));
	if (reported && r->step == SL_STEP_FILE && r->file < files->n)
		sl_diag_detail(m, "file: %s", files->list[r->file].host);
	if (reported && r->step == SL_STEP_EXEC)
		sl_diag_hint(m, "other users must be able to read and execute %s and its libraries",
			     files->list[0].host);
	else
		sl_diag_hint(m, "run as root, or allow user namespaces or Landlock: "
				"`sluicectl node validate` lists what this host has");
	return m;
}

/* A stranger's bytes, made fit for a terminal: printable characters, bounded in every direction. */
static void add_err(struct sl_diag *m, const struct sl_jail_run *run)
{
	size_t at = 0;

	for (int i = 0; at < run->err_len; i++) {
		char line[ERR_COLUMNS + 1];
		size_t n = 0;

		if (i == ERR_LINES) {
			sl_diag_detail(m, "... (%zu bytes more)", run->err_len - at);
			return;
		}
		for (; at < run->err_len && run->err[at] != '\n'; at++) {
			char c = run->err[at];

			if (n < ERR_COLUMNS)
				line[n++] = (c >= ' ' && c <= '~') ? c : (c == '\t' ? ' ' : '?');
		}
		at++;
		line[n] = 0;
		if (n)
			sl_diag_detail(m, "%s", line);
	}
}

static bool says(const struct sl_jail_run *run, const char *what)
{
	return run->err_len && memmem(run->err, run->err_len, what, strlen(what));
}

/* A failed allocation ends in whatever way the program takes it; these are how clang and ours do.
 */
static bool short_of_memory(const struct sl_jail_run *run, const struct sl_sandbox_opts *o)
{
	return run->report.max_rss > o->memory / 8 * 7 || says(run, "out of memory") ||
	       says(run, "bad_alloc") || says(run, "Cannot allocate memory");
}

static int too_long(struct sl_diags *d, const char *kind, unsigned int limit, const char *unit)
{
	sl_diag_hint(sl_error(d, SL_NOPOS, "sandbox-time",
			      "compiling the graph was stopped: more than %u %s of %s", limit, unit,
			      kind),
		     "make the graph smaller, or split it");
	return -EINVAL;
}

static int too_big(const struct sl_jail_run *run, struct sl_diags *d, size_t memory)
{
	struct sl_diag *m =
		sl_error(d, SL_NOPOS, "sandbox-memory",
			 "compiling the graph was stopped: it needs more than %zu MiB of memory",
			 memory >> 20);

	sl_diag_hint(m, "make the graph smaller, or split it");
	add_err(m, run);
	return -EINVAL;
}

static int too_much(struct sl_diags *d, const struct sl_sandbox_opts *o)
{
	sl_diag_hint(sl_error(d, SL_NOPOS, "sandbox-output",
			      "compiling the graph was stopped: it wrote more than it may "
			      "(%zu MiB of answer, %zu MiB of files)",
			      o->output >> 20, o->tmp >> 20),
		     "make the graph smaller, or split it");
	return -EINVAL;
}

static int signalled(const struct sl_jail_run *run, const struct sl_sandbox_opts *o,
		     struct sl_diags *d)
{
	int sig = WTERMSIG(run->report.status);
	struct sl_diag *m;

	if (sig == SIGXCPU || (sig == SIGKILL && run->report.cpu_us / 1000000 + 1 >= o->cpu_s))
		return too_long(d, "CPU time", o->cpu_s, "seconds");
	if (sig == SIGXFSZ)
		return too_much(d, o);
	if (sig == SIGSYS) {
		m = sl_error(d, SL_NOPOS, "sandbox-refused",
			     "compiling the graph was stopped: the compiler process made a "
			     "forbidden system call");
	} else if (short_of_memory(run, o)) {
		return too_big(run, d, o->memory);
	} else {
		m = sl_error(d, SL_NOPOS, "sandbox-crash",
			     "the compiler process crashed (signal %d, %s)", sig, strsignal(sig));
	}
	sl_diag_hint(m, "the graph triggers a mistake in Sluice or clang: report it, and try to "
			"write that part differently");
	add_err(m, run);
	return -EINVAL;
}

static int ended(const struct sl_jail_run *run, const struct sl_sandbox_opts *o, struct sl_diags *d)
{
	int status = run->report.status;
	struct sl_diag *m;

	/* Whoever of them the kernel picked: an answer that was made without it is worth nothing.
	 */
	if (run->oom)
		return too_big(run, d, o->memory);
	if (WIFSIGNALED(status))
		return signalled(run, o, d);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (short_of_memory(run, o))
		return too_big(run, d, o->memory);
	m = sl_error(d, SL_NOPOS, "sandbox-exit", "the compiler process gave up (status %d)",
		     WEXITSTATUS(status));
	sl_diag_hint(m, "if the lines below do not tell why, report it with the graph");
	add_err(m, run);
	return -EINVAL;
}

int sl_jail_judge(const struct sl_jail_run *run, const struct sl_sandbox_opts *o,
		  struct sl_diags *d)
{
	struct sl_diag *m;

	switch (run->end) {
	case SL_END_REPORT:
		return ended(run, o, d);
	case SL_END_WALL:
		return too_long(d, "time", o->wall_ms, "ms");
	case SL_END_OUTPUT:
		return too_much(d, o);
	case SL_END_ANSWER_MEMORY:
		sl_error(d, SL_NOPOS, "sandbox-memory", "no memory for the compiler's answer");
		return -ENOMEM;
	case SL_END_SILENT:
		break;
	}
	if (run->oom)
		return too_big(run, d, o->memory);
	m = sl_error(d, SL_NOPOS, "sandbox-crash", "the compiler process was killed from outside");
	sl_diag_hint(m, "try again; if it repeats, look for the reason in the kernel's log");
	add_err(m, run);
	return -EINVAL;
}
