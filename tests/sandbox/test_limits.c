// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bombs, crashes and hangs inside the compiler's sandbox: each becomes one message to the tenant
 * within its limits, nothing of it is left, and other calls do not notice.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/mem.h"
#include "tests/jail.h"

/* What a call may take past its limit: killing, on a machine with other things to do. */
#define SLACK_MS 2500

static const struct sl_sandbox_opts small = {
	.cpu_s = 1,
	.wall_ms = 6000,
	.memory = 160u << 20,
	.output = 1u << 20,
	.tmp = 4u << 20,
	.processes = 8,
};

struct bomb {
	const char *request;
	const char *code;     /* of the one error; NULL: the call succeeds */
	const char *detail;   /* in its detail, or in the answer */
	unsigned int wall_ms; /* 0: as above */
	unsigned int cpu_s;   /* 0: as above */
};

static const struct bomb bombs[] = {
	{"alloc", "sandbox-memory", NULL, 20000, 20},
	{"loop", "sandbox-time", NULL, 0, 0},
	{"hang", "sandbox-time", NULL, 300, 0},
	{"hang-closed", "sandbox-time", NULL, 300, 0},
	{"forkstorm", "sandbox-time", NULL, 500, 0},
	{"forkbomb", NULL, "EAGAIN", 0, 0},
	{"threads", NULL, "EAGAIN", 0, 0},
	{"orphan", NULL, "done", 0, 0},
	{"flood 1", "sandbox-output", NULL, 0, 0},
	{"flood 2", "sandbox-output", NULL, 0, 0},
	{"file-limit $TMPDIR/big", "sandbox-output", NULL, 0, 0},
	{"crash last words", "sandbox-crash", "last words", 0, 0},
	{"abort", "sandbox-crash", NULL, 0, 0},
	{"stack", "sandbox-crash", NULL, 0, 0},
	{"exit 3", "sandbox-exit", "gave up", 0, 0},
	{"no-such-act", "sandbox-exit", "unknown act", 0, 0},
};

#define N_BOMBS (sizeof(bombs) / sizeof(bombs[0]))

struct param {
	enum jail_caller who;
	const struct bomb *bomb;
};

static struct jail_outcome *out, *other;

static void assert_clean(const struct jail_outcome *o)
{
	if (!o->ran)
		fail_msg("the call did not return: %s", o->problem);
	assert_int_equal(o->fds, 0);
	assert_int_equal(o->mounts, 0);
	assert_int_equal(o->children, 0);
	assert_true(jail_tmp_is_empty());
}

static void bomb(void **state)
{
	const struct param *p = *state;
	struct sl_sandbox_opts limits = small;

	if (!jail_can(p->who))
		skip();
	if (p->bomb->wall_ms)
		limits.wall_ms = p->bomb->wall_ms;
	if (p->bomb->cpu_s)
		limits.cpu_s = p->bomb->cpu_s;
	jail_call(p->who, &limits, p->bomb->request, NULL, out);
	assert_clean(out);
	assert_in_range(out->ms, 0, limits.wall_ms + SLACK_MS);
	if (!p->bomb->code) {
		if (out->ret)
			fail_msg("%s: %s\n%s", out->code, out->message, out->detail);
		assert_non_null(strstr(out->answer, p->bomb->detail));
		return;
	}
	assert_int_equal(out->ret, -EINVAL);
	assert_int_equal(out->errors, 1);
	assert_string_equal(out->code, p->bomb->code);
	assert_true(*out->message && *out->hint);
	if (p->bomb->detail)
		assert_non_null(strstr(out->detail, p->bomb->detail));
	/* A stranger's bytes reach no terminal. */
	for (const char *c = out->detail; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c <= '~'));
}

/* 8 processes at once, the first one included; where the user id is everybody's, others end while
 * it counts. */
static void processes_are_counted(void **state)
{
	const struct param *p = *state;
	int n = 0;

	if (!jail_can(p->who))
		skip();
	jail_call(p->who, &small, "forkbomb", NULL, out);
	assert_clean(out);
	assert_int_equal(out->ret, 0);
	assert_int_equal(sscanf(out->answer, "%d EAGAIN", &n), 1);
	if (p->who == JAIL_NO_NAMESPACES)
		assert_in_range(n, 1, 100);
	else
		assert_int_equal(n, 7);
}

/* /tmp has a size of its own, whatever the number of files. */
static void tmp_is_bounded(void **state)
{
	const struct param *p = *state;

	if (!jail_can(p->who))
		skip();
	if (p->who == JAIL_NO_NAMESPACES)
		return; /* no file system of its own: a file's size is bounded, above */
	jail_call(p->who, &small, "fill $TMPDIR", NULL, out);
	assert_clean(out);
	assert_int_equal(out->ret, 0);
	assert_string_equal(out->answer, "ENOSPC\n");
}

/* Six processes, each within the limit of one: what only a control group sees. */
static void memory_is_added_up(void **state)
{
	struct sl_sandbox_opts limits = small;

	(void)state;
	if (!jail_can(JAIL_ROOT))
		skip();
	limits.memory = 256u << 20;
	limits.cpu_s = 10;
	limits.wall_ms = 20000;
	jail_call(JAIL_ROOT, &limits, "alloc-many", NULL, out);
	assert_clean(out);
	if (!(out->features & SL_SANDBOX_MEMORY_SUM))
		skip();
	assert_int_equal(out->ret, -EINVAL);
	assert_string_equal(out->code, "sandbox-memory");
}

static void others_do_not_notice(void **state)
{
	struct sl_sandbox_opts limits = small;
	pid_t storm;

	(void)state;
	limits.wall_ms = 1500;
	storm = jail_start(JAIL_USER, &limits, "forkstorm", NULL, other);
	assert_true(storm > 0);
	for (int i = 0; i < 5; i++) {
		jail_call(JAIL_USER, NULL, "echo still here", NULL, out);
		assert_clean(out);
		assert_int_equal(out->ret, 0);
		assert_string_equal(out->answer, "still here\n");
	}
	jail_wait(storm);
	assert_clean(other);
	assert_string_equal(other->code, "sandbox-time");
}

/* A caller that is killed takes its sandbox along: its orphan is adopted here, and ends. */
static void dies_with_its_caller(void **state)
{
	const struct param *p = *state;
	const struct timespec ms = {.tv_nsec = 10000000};
	struct sl_sandbox_opts limits = small;
	siginfo_t si = {0};
	bool gone = false, seen = false;
	pid_t pid;

	if (!jail_can(p->who))
		skip();
	limits.wall_ms = 20000;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = jail_start(p->who, &limits, "hang", NULL, out);
	assert_true(pid > 0);
	/* Only once the keeper is there; it is a child of `pid`. */
	for (int i = 0; i < 200 && !seen; i++) {
		_free_ char *path = NULL;
		_fclose_ FILE *f = NULL;
		int child;

		nanosleep(&ms, NULL);
		assert_true(asprintf(&path, "/proc/%d/task/%d/children", pid, pid) > 0);
		f = fopen(path, "re");
		seen = f && fscanf(f, "%d", &child) == 1;
	}
	assert_true(seen);
	kill(pid, SIGKILL);
	jail_wait(pid);
	for (int i = 0; i < 300 && !gone; i++) {
		si.si_pid = 0;
		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | __WALL))
			gone = errno == ECHILD;
		else if (!si.si_pid)
			nanosleep(&ms, NULL);
	}
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	assert_true(gone);
	assert_false(out->ran);
	/* It could not clear up any more: the next call does, later. */
	jail_age_tmp();
	jail_call(p->who, NULL, "echo", NULL, out);
	assert_clean(out);
}

static void an_unreadable_program_is_explained(void **state)
{
	const struct param *p = *state;

	if (!jail_can(p->who))
		skip();
	assert_int_equal(chmod(jail_exe(), 0600), 0);
	jail_call(p->who, NULL, "echo", NULL, out);
	assert_int_equal(chmod(jail_exe(), 0755), 0);
	assert_clean(out);
	assert_int_equal(out->ret, -EACCES);
	assert_string_equal(out->code, "sandbox-setup");
	assert_true(*out->hint);
}

static void a_missing_program_is_explained(void **state)
{
	const struct sl_sandbox_opts nowhere = {.exe = "/nowhere/sluiced"};
	const struct param *p = *state;

	if (!jail_can(p->who))
		skip();
	jail_call(p->who, &nowhere, "echo", NULL, out);
	assert_clean(out);
	assert_int_equal(out->ret, -ENOENT);
	assert_string_equal(out->code, "sandbox-setup");
}

static double ms_since(const struct timespec *a)
{
	struct timespec b;

	clock_gettime(CLOCK_MONOTONIC, &b);
	return (double)(b.tv_sec - a->tv_sec) * 1e3 + (double)(b.tv_nsec - a->tv_nsec) / 1e6;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double plain_ms(void)
{
	char *argv[] = {(char *)"jailbird", NULL};
	struct timespec a;
	int status;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &a);
	pid = fork();
	if (!pid) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		execv(jail_exe(), argv);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	return ms_since(&a);
}

/* Prints only: the time depends on the machine. Calls from this very process, for the leak checker
 * at its end. */
static void what_it_costs(void **state)
{
	enum { N = 21 };
	double boxed[N], plain[N];

	(void)state;
	for (int i = 0; i < N; i++) {
		struct sl_sandbox_opts o = {.exe = jail_exe(), .bpf_dir = jail_bpf_dir()};
		_free_ char *answer = NULL;
		struct sl_diags d = {0};
		struct timespec a;
		size_t len = 0;

		plain[i] = plain_ms();
		clock_gettime(CLOCK_MONOTONIC, &a);
		assert_int_equal(sl_sandbox_call(&o, "echo x", 6, (void **)&answer, &len, &d), 0);
		boxed[i] = ms_since(&a);
		assert_int_equal(len, 2);
		assert_memory_equal(answer, "x\n", 2);
		sl_diags_free(&d);
	}
	print_message("# first call %.1f ms\n", boxed[0]);
	qsort(boxed, N, sizeof(boxed[0]), by_value);
	qsort(plain, N, sizeof(plain[0]), by_value);
	print_message("# median of %d: %.1f ms in the sandbox, %.1f ms by fork and exec\n", N,
		      boxed[N / 2], plain[N / 2]);
}

static int setup(void **state)
{
	(void)state;
	out = jail_outcome_new();
	other = jail_outcome_new();
	return out && other ? jail_setup() : -1;
}

static int teardown(void **state)
{
	(void)state;
	jail_teardown();
	jail_outcome_free(out);
	jail_outcome_free(other);
	return 0;
}

static const struct {
	const char *name;
	CMUnitTestFunction fn;
} checks[] = {
	{"processes are counted", processes_are_counted},
	{"tmp is bounded", tmp_is_bounded},
	{"dies with its caller", dies_with_its_caller},
	{"an unreadable program is explained", an_unreadable_program_is_explained},
	{"a missing program is explained", a_missing_program_is_explained},
};

#define N_CHECKS (sizeof(checks) / sizeof(checks[0]))
#define N_SINGLE 3
#define N_TESTS (JAIL_CALLERS * (N_BOMBS + N_CHECKS) + N_SINGLE)

int main(void)
{
	static struct CMUnitTest tests[N_TESTS] = {
		cmocka_unit_test(memory_is_added_up),
		cmocka_unit_test(others_do_not_notice),
		cmocka_unit_test(what_it_costs),
	};
	static struct param params[N_TESTS];
	static char names[N_TESTS][96];
	size_t n = N_SINGLE;

	for (int who = 0; who < JAIL_CALLERS; who++) {
		for (size_t i = 0; i < N_BOMBS + N_CHECKS; i++, n++) {
			bool one = i < N_BOMBS;

			params[n].who = (enum jail_caller)who;
			params[n].bomb = one ? &bombs[i] : NULL;
			snprintf(names[n], sizeof(names[n]), "%s: %s", jail_caller_names[who],
				 one ? bombs[i].request : checks[i - N_BOMBS].name);
			tests[n].name = names[n];
			tests[n].test_func = one ? bomb : checks[i - N_BOMBS].fn;
			tests[n].initial_state = &params[n];
		}
	}
	return _cmocka_run_group_tests("sandbox limits", tests, N_TESTS, setup, teardown);
}
