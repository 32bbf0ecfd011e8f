// SPDX-License-Identifier: GPL-2.0-only
/*
 * The differential fuzzer: random graphs and packets through the BPF build, the native build and
 * the oracle, which must agree in every byte. Without arguments a short run with fixed seeds, as
 * a test; with some, a run as long as they say (README.md).
 */
#include <getopt.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/oracle/oracle.h"
#include "tests/oracle/trial.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

#define START_NS 1000000000000ull
#define MAX_PACKETS 100000

struct run {
	uint64_t seed;
	unsigned int seconds, graphs, packets, jobs, builds, tries;
};

/* Sent by each job for each graph. */
struct report {
	uint64_t seed;
	enum trial_result result;
	unsigned int elems;
	struct trial_figures figures;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct rpacket *make_packets(uint64_t seed, const struct rgraph *g, unsigned int n)
{
	struct rpacket *p = malloc(n * sizeof(*p));
	struct draw r = {seed * 0xd1342543de82ef95ull + 7};
	uint64_t now_ns = START_NS;

	for (unsigned int i = 0; p && i < n; i++)
		random_step(&r, g, &now_ns, &p[i]);
	return p;
}

/* In a process of its own, as what the native build takes for certain ends it when it is wrong. */
static enum trial_result run_apart(const struct trial *t, struct trial_figures *f)
{
	int pipe_fd[2], status = 0;
	pid_t pid;

	if (pipe(pipe_fd))
		return TRIAL_BROKEN;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		enum trial_result ret;

		close(pipe_fd[0]);
		ret = trial_run(t, f);
		if (write(pipe_fd[1], f, sizeof(*f)) != (ssize_t)sizeof(*f))
			ret = TRIAL_BROKEN;
		fflush(NULL);
		_exit((int)ret);
	}
	close(pipe_fd[1]);
	if (read(pipe_fd[0], f, sizeof(*f)) != (ssize_t)sizeof(*f))
		memset(f, 0, sizeof(*f));
	close(pipe_fd[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return TRIAL_BROKEN;
	return WIFEXITED(status) ? (enum trial_result)WEXITSTATUS(status) : TRIAL_CRASHED;
}

static const char *const result_names[] = {
	"no difference",
	"a difference",
	"the graph is refused",
	"BPF may not be used",
	"it copies on and on",
	"the oracle does not know this graph",
	"it could not be carried out",
	"ended by a signal",
};

static void copy_all(FILE *from, FILE *to)
{
	char line[4096];

	rewind(from);
	while (fgets(line, sizeof(line), from))
		fputs(line, to);
}

/* Says what went wrong with a graph, made small; `first` is what was said of the whole graph,
 * should it not come again. */
static void explain(const struct run *run, uint64_t seed, struct rgraph *g, struct rpacket *p,
		    size_t n, enum trial_result result, FILE *first)
{
	struct trial_figures f = {0};
	struct trial t = {.graph = g, .packets = p, .builds = run->builds};
	char *text;

	/* What does not need the kernel is found without it: faster. */
	if (run->builds & TRIAL_NATIVE) {
		t.builds = TRIAL_NATIVE;
		t.n = n;
		if (trial_apart(&t) != result)
			t.builds = run->builds;
	}
	if (result != TRIAL_UNKNOWN && run->tries)
		trial_shrink(g, p, &n, result, t.builds, run->tries);
	t.n = n;
	t.say = stderr;
	fprintf(stderr, "\n# ---- graph %llu: %s\n", (unsigned long long)seed,
		result_names[result]);
	if (result == TRIAL_CRASHED) {
		text = rg_text(g);
		fprintf(stderr, "%s# packets:\n", text);
		free(text);
		for (size_t i = 0; i < n; i++) {
			fprintf(stderr, "in eth%u raw hex ", p[i].dev);
			for (size_t k = 0; k < p[i].len; k++)
				fprintf(stderr, "%02x", p[i].bytes[k]);
			fprintf(stderr, "\n");
		}
	}
	if (run_apart(&t, &f) != result && first) {
		fprintf(stderr, "# that did not come again; what was seen first:\n");
		copy_all(first, stderr);
	}
}

static enum trial_result run_seed(const struct run *run, uint64_t seed, struct report *rep)
{
	struct rgraph *g = rg_random(seed);
	struct rpacket *p = make_packets(seed, g, run->packets);
	FILE *said = tmpfile();
	struct trial t = {
		.graph = g, .packets = p, .n = run->packets, .builds = run->builds, .say = said};

	*rep = (struct report){.seed = seed, .elems = rg_size(g), .result = TRIAL_BROKEN};
	if (p)
		rep->result = run_apart(&t, &rep->figures);
	if (rep->result != TRIAL_SAME && rep->result != TRIAL_NO_BPF &&
	    rep->result != TRIAL_COPIES && p)
		explain(run, seed, g, p, run->packets, rep->result, said);
	if (said)
		fclose(said);
	free(p);
	rg_free(g);
	return rep->result;
}

/* ---- Jobs ------------------------------------------------------------------------------------*/

/* Which entries the kernel takes from a full table depends on the CPU that adds one: where packets
 * stay on one, it is always the same. */
static void stay_on_one_cpu(unsigned int which)
{
	cpu_set_t all, one;

	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	which %= (unsigned int)CPU_COUNT(&all);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all) || which-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

static void job(const struct run *run, unsigned int which, int fd, double end)
{
	stay_on_one_cpu(which);
	for (uint64_t i = which; run->graphs ? i < run->graphs : now() < end; i += run->jobs) {
		struct report rep;

		run_seed(run, run->seed + i, &rep);
		if (write(fd, &rep, sizeof(rep)) != (ssize_t)sizeof(rep) ||
		    rep.result == TRIAL_NO_BPF)
			break;
	}
	_exit(0);
}

struct totals {
	uint64_t graphs, elems, results[TRIAL_CRASHED + 1];
	struct trial_figures f;
};

static void add(struct totals *t, const struct report *r)
{
	t->graphs++;
	t->elems += r->elems;
	t->results[r->result]++;
	t->f.packets += r->figures.packets;
	t->f.beyond += r->figures.beyond;
	t->f.handlers += r->figures.handlers;
	t->f.copies += r->figures.copies;
	for (int i = 0; i < 3; i++)
		t->f.outcomes[i] += r->figures.outcomes[i];
	t->f.writes += r->figures.writes;
	t->f.clang_s += r->figures.clang_s;
	t->f.load_s += r->figures.load_s;
	t->f.run_s += r->figures.run_s;
}

static void print_totals(const struct totals *t, double took, bool end)
{
	uint64_t packets = t->f.packets + t->f.beyond;

	printf("%s%6.0f s: %llu graphs, %.1f elements each; %llu packets (%.0f/s), %llu of them "
	       "beyond the "
	       "oracle; sent %llu, dropped %llu, host %llu, copies %llu; %llu values; "
	       "different %llu, crashed %llu, refused %llu, copied on and on %llu, other %llu%s",
	       end ? "# " : "\r", took, (unsigned long long)t->graphs,
	       t->graphs ? (double)t->elems / (double)t->graphs : 0.0, (unsigned long long)packets,
	       (double)packets / took, (unsigned long long)t->f.beyond,
	       (unsigned long long)t->f.outcomes[0], (unsigned long long)t->f.outcomes[1],
	       (unsigned long long)t->f.outcomes[2], (unsigned long long)t->f.copies,
	       (unsigned long long)t->f.handlers, (unsigned long long)t->results[TRIAL_DIFFERENT],
	       (unsigned long long)t->results[TRIAL_CRASHED],
	       (unsigned long long)t->results[TRIAL_REFUSED],
	       (unsigned long long)t->results[TRIAL_COPIES],
	       (unsigned long long)t->results[TRIAL_UNKNOWN] +
		       (unsigned long long)t->results[TRIAL_BROKEN],
	       end ? "\n" : "");
	if (end) {
		double n = (double)(t->graphs ? t->graphs : 1);

		printf("# handlers written and asked between packets: %llu\n",
		       (unsigned long long)t->f.writes);
		printf("# CPU seconds a graph: %.2f (clang %.2f, loading %.2f, packets %.2f: %.1f "
		       "us "
		       "each)\n",
		       (t->f.clang_s + t->f.load_s + t->f.run_s) / n, t->f.clang_s / n,
		       t->f.load_s / n, t->f.run_s / n,
		       1e6 * t->f.run_s / (double)(packets ? packets : 1));
	}
	fflush(stdout);
}

static struct totals run_all(const struct run *run)
{
	struct totals t = {0};
	struct report rep;
	int fd[2], status;
	double began = now();

	if (pipe(fd))
		exit(2);
	fflush(NULL);
	for (unsigned int i = 0; i < run->jobs; i++) {
		if (fork() == 0) {
			close(fd[0]);
			job(run, i, fd[1], began + run->seconds);
		}
	}
	close(fd[1]);
	while (read(fd[0], &rep, sizeof(rep)) == (ssize_t)sizeof(rep)) {
		add(&t, &rep);
		if (isatty(1))
			print_totals(&t, now() - began, false);
	}
	close(fd[0]);
	while (wait(&status) > 0)
		;
	print_totals(&t, now() - began, true);
	return t;
}

/* ---- As a test -------------------------------------------------------------------------------*/

static void all_agree(const struct run *run)
{
	struct totals t = run_all(run);

	if (t.results[TRIAL_NO_BPF])
		skip();
	assert_int_equal(t.graphs, run->graphs);
	assert_int_equal(t.results[TRIAL_SAME] + t.results[TRIAL_COPIES], t.graphs);
	assert_true(t.results[TRIAL_COPIES] <= t.graphs / 4);
	/* A run that compares little shows little. */
	assert_true(t.f.packets > t.graphs * run->packets / 2);
	assert_true(t.f.outcomes[0] > t.f.packets / 10);
	assert_true(t.f.outcomes[1] > t.f.packets / 10);
}

static void the_oracle_knows_what_graphs_are_made_of(void **state)
{
	static const struct rg_kind *const lists[] = {rg_kinds, rg_strange};

	(void)state;
	for (size_t l = 0; l < 2; l++) {
		for (const struct rg_kind *k = lists[l]; k->text; k++) {
			char name[64];

			snprintf(name, sizeof(name), "%.*s", (int)strcspn(k->text, "("), k->text);
			if (!oracle_knows(name))
				fail_msg("%s is unknown to the oracle", name);
		}
	}
}

static void the_native_build_agrees_with_the_oracle(void **state)
{
	(void)state;
	all_agree(&(struct run){.seed = 1,
				.graphs = SANITIZED ? 3 : 6,
				.packets = 2000,
				.jobs = 2,
				.builds = TRIAL_NATIVE,
				.tries = 100});
}

static void both_builds_agree_with_the_oracle(void **state)
{
	(void)state;
	all_agree(&(struct run){.seed = 1001,
				.graphs = 5,
				.packets = 2000,
				.jobs = 2,
				.builds = TRIAL_NATIVE | TRIAL_BPF,
				.tries = 100});
}

static int usage(const char *name)
{
	fprintf(stderr,
		"usage: %s [--seconds N | --graphs N] [--seed N] [--jobs N] [--packets N] "
		"[--native]\n"
		"       [--tries N] [--show SEED]\n",
		name);
	return 2;
}

static int show(uint64_t seed)
{
	struct rgraph *g = rg_random(seed);
	char *text = rg_text(g);

	fputs(text, stdout);
	free(text);
	rg_free(g);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_oracle_knows_what_graphs_are_made_of),
		cmocka_unit_test(the_native_build_agrees_with_the_oracle),
		cmocka_unit_test(both_builds_agree_with_the_oracle),
	};
	static const struct option options[] = {{"seconds", required_argument, NULL, 's'},
						{"graphs", required_argument, NULL, 'g'},
						{"seed", required_argument, NULL, 'r'},
						{"jobs", required_argument, NULL, 'j'},
						{"packets", required_argument, NULL, 'p'},
						{"native", no_argument, NULL, 'n'},
						{"tries", required_argument, NULL, 't'},
						{"show", required_argument, NULL, 'w'},
						{0}};
	struct run run = {.seed = 1,
			  .seconds = 60,
			  .packets = 5000,
			  .jobs = 2,
			  .builds = TRIAL_NATIVE | TRIAL_BPF,
			  .tries = 200};
	struct totals t;
	int c;

	if (argc == 1)
		return _cmocka_run_group_tests("oracle", tests, SANITIZED ? 2 : 3, NULL, NULL);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		unsigned long v = optarg ? strtoul(optarg, NULL, 0) : 0;

		if (c == 's')
			run.seconds = (unsigned int)v;
		else if (c == 'g')
			run.graphs = (unsigned int)v;
		else if (c == 'r')
			run.seed = v;
		else if (c == 'j')
			run.jobs = (unsigned int)v;
		else if (c == 'p')
			run.packets = (unsigned int)v;
		else if (c == 't')
			run.tries = (unsigned int)v;
		else if (c == 'n')
			run.builds = TRIAL_NATIVE;
		else if (c == 'w')
			return show(v);
		else
			return usage(argv[0]);
	}
	if (optind < argc || !run.jobs || !run.packets || run.packets > MAX_PACKETS)
		return usage(argv[0]);
	t = run_all(&run);
	return t.results[TRIAL_SAME] + t.results[TRIAL_COPIES] != t.graphs;
}
