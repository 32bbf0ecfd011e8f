// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares the cases of tests/conformance with a userlevel Click, where there is one.
 *   test_click_compare [--click PATH] [-v] [FILE...]
 * Arguments choose files by base name. Without --click the first Click on the PATH is taken;
 * without any, one test is skipped. -v says of each case that is not compared why. The summary says
 * how many were compared, how many differ by reference (`click differs`), and how many are not
 * compared.
 */
#include <dirent.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "tests/element/click.h"

#define CASE_DIR "tests/conformance"

struct reason {
	char *text;
	unsigned int n;
};

struct summary {
	unsigned int tests, failed;
	unsigned int same, differ, untold, unknown;
	struct reason *reasons; /* of what is not compared */
	size_t n, cap;
	bool verbose;
};

/* ---- TAP -------------------------------------------------------------------------------------*/

static void result(struct summary *s, bool ok, const char *name, const char *why)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++s->tests, name);
	s->failed += !ok;
	for (const char *line = why; !ok && line && *line;) {
		size_t n = strcspn(line, "\n");

		printf("# %.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
}

static void not_compared(struct summary *s, const char *name, const char *why)
{
	s->untold++;
	if (s->verbose)
		printf("# not compared: %s: %s\n", name, why);
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->reasons[i].text, why)) {
			s->reasons[i].n++;
			return;
		}
	}
	if (SL_GROW(s->reasons, s->n, s->cap) < 0)
		return;
	s->reasons[s->n++] = (struct reason){strdup(why), 1};
}

/* ---- The comparison itself -------------------------------------------------------------------*/

static void judge(struct summary *s, const struct test_case *tc, enum click_verdict v,
		  const char *why)
{
	switch (v) {
	case CLICK_CANNOT:
		not_compared(s, tc->name, why);
		break;
	case CLICK_AGREES:
		s->same++;
		result(s, tc->click.mark != CLICK_DIFFERS, tc->name,
		       "Click does the same: the case's `click differs` is wrong");
		break;
	case CLICK_DISAGREES:
		s->differ += tc->click.mark == CLICK_DIFFERS;
		result(s, tc->click.mark == CLICK_DIFFERS, tc->name, why);
		if (tc->click.mark == CLICK_DIFFERS && s->verbose)
			printf("# differs by reference: %s\n", tc->click.reason);
		break;
	}
}

static void compare_file(struct summary *s, const char *click, const char *path)
{
	struct case_file *f = NULL;
	_free_ char *error = NULL;

	if (case_file_read(path, &f, &error)) {
		result(s, false, path, error);
		return;
	}
	for (size_t i = 0; i < f->n_cases; i++) {
		struct test_case *tc = &f->cases[i];
		const struct click_says *graph = &f->graphs[tc->graph].click;
		_free_ char *why = NULL;
		enum click_verdict v;

		if (tc->click.mark == CLICK_NOT_COMPARED || graph->mark == CLICK_NOT_COMPARED) {
			not_compared(s, tc->name,
				     tc->click.mark ? tc->click.reason : graph->reason);
			continue;
		}
		v = click_case(click, f, tc, &why, &s->unknown);
		judge(s, tc, v, why);
		fflush(stdout);
	}
	case_file_free(f);
}

static int is_case(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot && !strcmp(dot, ".case");
}

static void compare_all(struct summary *s, const char *click, char **files)
{
	struct dirent **list = NULL;
	int n = scandir(CASE_DIR, &list, is_case, alphasort);

	for (int i = 0; i < n; i++) {
		char path[512];

		snprintf(path, sizeof(path), CASE_DIR "/%s", list[i]->d_name);
		if (case_file_wanted(list[i]->d_name, files))
			compare_file(s, click, path);
		free(list[i]);
	}
	free(list);
	printf("# %s: %u cases do the same, %u differ by reference, %u differ, %u not compared; "
	       "%u uses of handlers Click does not have passed over\n",
	       click, s->same, s->differ, s->tests - s->same - s->differ, s->untold, s->unknown);
	for (size_t i = 0; i < s->n; i++) {
		printf("# not compared: %u: %s\n", s->reasons[i].n, s->reasons[i].text);
		free(s->reasons[i].text);
	}
	free(s->reasons);
}

int main(int argc, char **argv)
{
	static const struct option known[] = {{"click", required_argument, NULL, 'c'}, {0}};
	struct summary s = {0};
	const char *given = NULL;
	_free_ char *click = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "v", known, NULL)) >= 0) {
		if (c == 'c')
			given = optarg;
		else if (c == 'v')
			s.verbose = true;
		else
			return 2;
	}
	click = click_find(given);
	if (given && !click) {
		fprintf(stderr, "%s is no userlevel Click\n", given);
		return 1;
	}
	if (click)
		compare_all(&s, click, argv + optind);
	else
		printf("ok %u - cases in Click # SKIP no click on the PATH\n", ++s.tests);
	printf("1..%u\n", s.tests);
	return s.failed != 0;
}
