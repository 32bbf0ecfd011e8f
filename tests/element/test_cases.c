// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the element cases of tests/conformance through both builds of each graph. What a case file
 * may say is in tests/conformance/README.md.
 *   test_cases [--bpf] [--cache DIR] [FILE...]
 * Arguments choose files by base name. --bpf runs nothing but BPF builds; --cache (or the variable
 * SL_CASES_CACHE) keeps those in a directory and takes from there what has been compiled before.
 * With SL_CASES_APART set, native builds are left to the sanitized build of this program.
 */
#include <dirent.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "tests/element/run.h"

/* Tests are run at the root of the tree. */
#define CASE_DIR "tests/conformance"

static struct run_opts run_opts = {.builds = RUN_BPF | RUN_NATIVE};

struct test {
	struct case_file *file;
	struct test_case *tc;
};

static void test_one(void **state)
{
	const struct test *t = *state;
	struct run *r = calloc(1, sizeof(*r));
	char why[4096] = "";
	int ret;

	assert_non_null(r);
	r->opts = &run_opts;
	r->file = t->file;
	r->tc = t->tc;
	ret = run_case(r);
	if (ret < 0)
		snprintf(why, sizeof(why), "%s", r->why ? r->why : "out of memory");
	free(r->why);
	free(r);
	if (why[0])
		fail_msg("%s", why);
	if (ret)
		skip();
}

static void test_unreadable(void **state)
{
	fail_msg("%s", (const char *)*state);
}

/* Whether a case has anything to do with the builds that are run. */
static bool concerns(const struct test_case *tc)
{
	if (run_opts.builds & RUN_NATIVE)
		return true;
	return !tc->refuse && tc->builds & run_opts.builds;
}

static int run_file(const char *path)
{
	size_t n = 0;
	struct case_file *f = NULL;
	_free_ char *error = NULL;
	_free_ struct CMUnitTest *tests = NULL;
	_free_ struct test *states = NULL;
	int ret;

	if (case_file_read(path, &f, &error)) {
		const struct CMUnitTest unreadable = {
			.name = path, .test_func = test_unreadable, .initial_state = error};

		return _cmocka_run_group_tests(path, &unreadable, 1, NULL, NULL);
	}
	tests = calloc(f->n_cases, sizeof(*tests));
	states = calloc(f->n_cases, sizeof(*states));
	if (!tests || !states) {
		case_file_free(f);
		return 1;
	}
	for (size_t i = 0; i < f->n_cases; i++) {
		if (!concerns(&f->cases[i]))
			continue;
		states[n] = (struct test){f, &f->cases[i]};
		tests[n] = (struct CMUnitTest){.name = f->cases[i].name,
					       .test_func = test_one,
					       .initial_state = &states[n]};
		n++;
	}
	ret = n ? _cmocka_run_group_tests(f->base, tests, n, NULL, NULL) : 0;
	case_file_free(f);
	return ret;
}

static int is_case(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot && !strcmp(dot, ".case");
}

/* A file run by a process of its own, its output kept until it is its turn. */
struct job {
	char *path;
	off_t size;
	pid_t pid; /* 0: not begun */
	bool ended;
	int status;
	FILE *output;
};

static int start(struct job *j)
{
	j->output = tmpfile();
	if (!j->output)
		return -1;
	fflush(stdout);
	fflush(stderr);
	j->pid = fork();
	if (j->pid)
		return j->pid < 0 ? -1 : 0;
	dup2(fileno(j->output), STDOUT_FILENO);
	dup2(fileno(j->output), STDERR_FILENO);
	exit(run_file(j->path) != 0);
}

/* Waits until some job has ended. */
static int await(struct job *jobs, int n)
{
	int status;
	pid_t pid = wait(&status);

	for (int i = 0; i < n; i++)
		if (pid > 0 && jobs[i].pid == pid && !jobs[i].ended) {
			jobs[i].ended = true;
			jobs[i].status = status;
		}
	return pid < 0 ? -1 : 0;
}

/* The longest file that has not begun: what takes longest shall not be what is waited for at the
 * end. */
static struct job *next_job(struct job *jobs, int n)
{
	struct job *best = NULL;

	for (int i = 0; i < n; i++)
		if (!jobs[i].pid && (!best || jobs[i].size > best->size))
			best = &jobs[i];
	return best;
}

/* Shows what a job that has ended printed. 0 if all its tests passed. */
static int show(struct job *j)
{
	char buf[4096];
	size_t n;

	rewind(j->output);
	while ((n = fread(buf, 1, sizeof(buf), j->output)) > 0)
		fwrite(buf, 1, n, stdout);
	fclose(j->output);
	if (WIFSIGNALED(j->status))
		printf("not ok - ended by signal %d\n", WTERMSIG(j->status));
	free(j->path);
	return j->status != 0;
}

/* Runs all jobs, `workers` at once, and shows them in order. */
static int run_jobs(struct job *jobs, int n, long workers)
{
	int begun = 0, ended = 0, shown = 0, ret = 0;

	while (shown < n) {
		if (begun < n && begun - ended < workers) {
			if (start(next_job(jobs, n)))
				return -1;
			begun++;
			continue;
		}
		if (await(jobs, n))
			return -1;
		ended++;
		while (shown < n && jobs[shown].ended)
			ret |= show(&jobs[shown++]);
	}
	return ret;
}

static int options(int argc, char **argv)
{
	static const struct option known[] = {
		{"bpf", no_argument, NULL, 'b'}, {"cache", required_argument, NULL, 'c'}, {0}};
	int c;

	run_opts.cache_dir = getenv("SL_CASES_CACHE");
	run_opts.apart = getenv("SL_CASES_APART");
	while ((c = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		switch (c) {
		case 'b':
			run_opts.builds = RUN_BPF;
			break;
		case 'c':
			run_opts.cache_dir = optarg;
			break;
		default:
			return -1;
		}
	}
	return 0;
}

/* Files are run by as many processes as there are processors, and shown in order. */
int main(int argc, char **argv)
{
	struct dirent **list = NULL;
	int n = scandir(CASE_DIR, &list, is_case, alphasort), n_jobs = 0, ret;
	_free_ struct job *jobs = n > 0 ? calloc((size_t)n, sizeof(*jobs)) : NULL;

	if (options(argc, argv))
		return 2;
	for (int i = 0; i < n; i++) {
		struct stat sb;
		char *path;

		if (jobs && case_file_wanted(list[i]->d_name, argv + optind) &&
		    asprintf(&path, CASE_DIR "/%s", list[i]->d_name) >= 0)
			jobs[n_jobs++] = (struct job){.path = path,
						      .size = stat(path, &sb) ? 0 : sb.st_size};
		free(list[i]);
	}
	free(list);
	if (!n_jobs) {
		fprintf(stderr,
			"no such files in " CASE_DIR " (run this at the root of the tree)\n");
		return 1;
	}
	ret = run_jobs(jobs, n_jobs, sysconf(_SC_NPROCESSORS_ONLN));
	if (ret < 0)
		perror("test_cases");
	return ret != 0;
}
