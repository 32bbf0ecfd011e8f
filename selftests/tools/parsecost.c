// SPDX-License-Identifier: GPL-2.0-only
/*
 * What reading a graph costs: parses, flattens and checks a generated one of so many elements.
 *   parsecost ELEMENTS ROUNDS
 * CSV, in ns.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loader/click/graph.h"
#include "loader/element/element.h"
#include "loader/mem.h"

#define MAX_ROUNDS 101
#define MAX_ELEMENTS 60000

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* Prints messages, ends the program when something failed. */
static void must(int ret, struct sl_diags *d, const char *what)
{
	if (ret) {
		sl_diags_print(d, stderr);
		fprintf(stderr, "parsecost: %s: %s\n", what, strerror(-ret));
		exit(1);
	}
	sl_diags_free(d);
	memset(d, 0, sizeof(*d));
}

/* Rows of elements behind classifiers, a compound class, arguments, comments: what graphs have. */
static char *make_graph(unsigned int elements, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (!f)
		exit(1);
	fputs("// generated\nelementclass Row { input -> p :: Paint(3) -> c :: Counter\n"
	      "  -> n :: Null -> output }\nlast :: Null -> Discard;\nFromDevice(eth0)",
	      f);
	/* A step is ten elements: four written out, two compounds of three. */
	for (unsigned int i = 0; i < elements / 10; i++)
		fprintf(f,
			"\n  -> cl%u :: Classifier(12/0800, -) // step\n"
			"  -> Strip(14) -> Row -> ck%u :: CheckLength(%u) -> Row\n"
			"  -> un%u :: Unstrip(14);\ncl%u[1] -> last;\nun%u",
			i, i, 1500 + i % 7, i, i, i);
	fputs("\n  -> last;\n", f);
	fclose(f);
	return text;
}

static void report(const struct sl_graph *g, int round, const char *step, uint64_t ns)
{
	printf("%zu elements,%d,%s,%llu\n", g->n_elems, round, step, (unsigned long long)ns);
}

static void parses(unsigned int elements, int rounds)
{
	_free_ char *text = NULL;
	size_t len;

	text = make_graph(elements, &len);
	puts("graph,round,step,ns");
	for (int round = 0; round < rounds; round++) {
		struct sl_click_opts o = {.classes = &sl_class_set};
		struct sl_graph *g = NULL;
		struct sl_diags d = {0};
		uint64_t t0 = now_ns(), t1, t2;

		must(sl_click_parse("bench.click", text, len, &o, &d, &g), &d, "parse");
		t1 = now_ns();
		must(sl_graph_check(g, &o, &d), &d, "check");
		t2 = now_ns();
		report(g, round, "parse", t1 - t0);
		report(g, round, "check", t2 - t1);
		report(g, round, "both", t2 - t0);
		sl_graph_free(g);
	}
}

int main(int argc, char **argv)
{
	int elements = argc == 3 ? atoi(argv[1]) : 0, rounds = argc == 3 ? atoi(argv[2]) : 0;

	if (elements < 20 || elements > MAX_ELEMENTS || rounds < 1 || rounds > MAX_ROUNDS) {
		fprintf(stderr, "usage: parsecost ELEMENTS (20 to %d) ROUNDS (at most %d)\n",
			MAX_ELEMENTS, MAX_ROUNDS);
		return 2;
	}
	parses((unsigned int)elements, rounds);
	return 0;
}
