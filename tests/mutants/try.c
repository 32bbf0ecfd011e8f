// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the cases of files on mutants of one class. The mutants are all in this program and in the
 * graphs it compiles (schemata.py); a process of its own runs the cases for each. Linked by `run`.
 *   try [-O] BPF_DIR CACHE_DIR JOBS CASE_FILE... <numbers
 * With -O graphs are compiled with optimization, for mutants of what asks the compiler what it
 * knows. A number on standard input is a mutant: "hN" in the header, "dN" in the descriptor. For
 * each there is a line: "N survived", or "N killed WHY". The cases must all pass where nothing is
 * mutated.
 */
#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loader/codegen/build.h"
#include "loader/file.h"
#include "loader/mem.h"
#include "tests/element/run.h"

/* A mutant may take so many times as long as the original, and this much more. */
#define TIMES 10
#define SECONDS 10
#define MEMORY (4ull << 30)

static const struct run_opts run_opts = {.builds = RUN_NATIVE};
static const char *bpf_dir, *cache_dir;
static bool optimized;
static struct case_file **files;
static size_t n_files;

/* ---- What the mutated descriptor asks for ----------------------------------------------------*/

extern int sl_mutant;
int sl_mutant;
void sl_mutant_apply(int n);
void sl_mutant_table(const void *table, const void *mutant, unsigned long size);

/* Puts a mutated table in the place of a constant one. */
void sl_mutant_table(const void *table, const void *mutant, unsigned long size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)table & ~(page - 1);

	if (mprotect((void *)from, (uintptr_t)table + size - from, PROT_READ | PROT_WRITE))
		_exit(3);
	memcpy((void *)(uintptr_t)table, mutant, size);
}

/* ---- The compiler ----------------------------------------------------------------------------*/

int __real_sl_clang(const char *c, size_t len, enum sl_target target, const char *dir,
		    const char *tmp, unsigned int parts, struct sl_object *objects,
		    struct sl_diags *d);
int __wrap_sl_clang(const char *c, size_t len, enum sl_target target, const char *dir,
		    const char *tmp, unsigned int parts, struct sl_object *objects,
		    struct sl_diags *d);

static void keep(const char *path, const struct sl_object *o)
{
	_free_ char *tmp = NULL;
	int fd;

	if (asprintf(&tmp, "%s.%d", path, getpid()) < 0)
		return;
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (sl_write_all(fd, o->bytes, o->len) || rename(tmp, path))
		unlink(tmp);
	close(fd);
}

/* With the mutated header in front; what was compiled before is taken from the cache: most mutants
 * of a descriptor lead to the same C. */
int __wrap_sl_clang(const char *c, size_t len, enum sl_target target, const char *dir,
		    const char *tmp, unsigned int parts, struct sl_object *objects,
		    struct sl_diags *d)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];
	_free_ char *path = NULL;
	int ret;

	(void)dir;
	SHA256Data((const uint8_t *)c, len, hex);
	if (asprintf(&path, "%s/%s.so", cache_dir, hex) < 0)
		return -ENOMEM;
	if (!sl_file_read(path, SL_BUNDLE_MAX, &objects->bytes, &objects->len))
		return 0;
	if (optimized)
		target = SL_TARGET_NATIVE;
	ret = __real_sl_clang(c, len, target, bpf_dir, tmp, parts, objects, d);
	if (!ret)
		keep(path, objects);
	return ret;
}

/* ---- Running ---------------------------------------------------------------------------------*/

/* Runs all cases up to the first that fails, and writes its name and why to `out`. */
static bool passes(FILE *out)
{
	for (size_t f = 0; f < n_files; f++) {
		for (size_t i = 0; i < files[f]->n_cases; i++) {
			struct run r = {
				.opts = &run_opts, .file = files[f], .tc = &files[f]->cases[i]};
			int ret = run_case(&r);

			if (ret < 0)
				fprintf(out, "%s%s%s", files[f]->cases[i].name,
					out == stderr ? ": " : "",
					out == stderr && r.why ? r.why : "");
			free(r.why);
			if (ret < 0)
				return false;
		}
	}
	return true;
}

static void forget_graphs(void)
{
	for (size_t f = 0; f < n_files; f++) {
		for (size_t i = 0; i < files[f]->n_graphs; i++) {
			struct case_graph *g = &files[f]->graphs[i];

			memset(g->compiled, 0, sizeof(g->compiled));
			memset(g->tried, 0, sizeof(g->tried));
			memset(g->failure, 0, sizeof(g->failure));
		}
	}
}

static void limit(int what, rlim_t to)
{
	struct rlimit l = {.rlim_cur = to, .rlim_max = to};

	setrlimit(what, &l);
}

/* In a process of its own. */
__attribute__((noreturn)) static void mutated(char kind, int number, time_t seconds, int out)
{
	char text[16];
	FILE *f = fdopen(out, "w");
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	limit(RLIMIT_AS, MEMORY);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 64 << 20);
	alarm((unsigned int)seconds);
	snprintf(text, sizeof(text), "%d", number);
	setenv("SL_MUTANT", text, 1);
	sl_mutant = number;
	if (kind == 'd') {
		forget_graphs();
		sl_mutant_apply(number);
	}
	if (!f || !passes(f)) {
		if (f)
			fflush(f);
		_exit(1);
	}
	_exit(0);
}

struct job {
	pid_t pid;
	int number, out;
};

static void ended(const struct job *j, int status)
{
	char why[256];
	ssize_t n = read(j->out, why, sizeof(why) - 1);

	close(j->out);
	why[n > 0 ? n : 0] = 0;
	if (!status)
		printf("%d survived\n", j->number);
	else if (WIFSIGNALED(status) &&
		 (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGKILL))
		printf("%d killed takes too long\n", j->number);
	else if (WIFSIGNALED(status))
		printf("%d killed signal %d\n", j->number, WTERMSIG(status));
	else
		printf("%d killed %s\n", j->number, why);
	fflush(stdout);
}

static void reap(struct job *jobs, size_t n_jobs)
{
	int status;
	pid_t pid = wait(&status);

	for (size_t i = 0; i < n_jobs; i++) {
		if (jobs[i].pid == pid) {
			ended(&jobs[i], status);
			jobs[i].pid = 0;
		}
	}
}

static int start(struct job *j, char kind, int number, time_t seconds)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	fflush(stdout);
	j->pid = fork();
	if (!j->pid)
		mutated(kind, number, seconds, ends[1]);
	close(ends[1]);
	j->number = number;
	j->out = ends[0];
	return j->pid < 0 ? -1 : 0;
}

static int all(size_t n_jobs, time_t seconds)
{
	_free_ struct job *jobs = calloc(n_jobs, sizeof(*jobs));
	size_t at_work = 0;
	char kind;
	int number;

	while (jobs && scanf(" %c%d", &kind, &number) == 2) {
		size_t i = 0;

		if (at_work == n_jobs) {
			reap(jobs, n_jobs);
			at_work--;
		}
		while (jobs[i].pid)
			i++;
		if (start(&jobs[i], kind, number, seconds)) {
			perror("try");
			return 2;
		}
		at_work++;
	}
	for (; at_work; at_work--)
		reap(jobs, n_jobs);
	return jobs ? 0 : 2;
}

int main(int argc, char **argv)
{
	time_t began = time(NULL);

	if (argc > 1 && !strcmp(argv[1], "-O")) {
		optimized = true;
		argc--;
		argv++;
	}
	if (argc < 5)
		return 2;
	bpf_dir = argv[1];
	cache_dir = argv[2];
	n_files = (size_t)argc - 4;
	files = calloc(n_files, sizeof(*files));
	for (size_t i = 0; files && i < n_files; i++) {
		char *error = NULL;

		if (case_file_read(argv[4 + i], &files[i], &error)) {
			fprintf(stderr, "%s\n", error ? error : "out of memory");
			return 2;
		}
	}
	if (!files || !passes(stderr)) {
		fprintf(stderr, "\ntry: the cases do not pass where nothing is mutated\n");
		return 2;
	}
	return all((size_t)atoi(argv[3]), SECONDS + TIMES * (time(NULL) - began));
}
