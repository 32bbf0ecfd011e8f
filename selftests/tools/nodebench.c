// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node without its daemon, for measuring: in the network and mount namespaces it is started in,
 * with the default directories.
 *
 *   nodebench apply CONFIG
 *         makes the node equal to the file and ends; what runs goes on
 *   nodebench install CONFIG TENANT GRAPH OTHER ROUNDS
 *         after that, installs the two graphs of a tenant by turns, each with an empty compile
 * cache and again with a warm one: CSV, a line an install, times in ns by stage nodebench parse
 * ELEMENTS ROUNDS parses and checks a generated graph of so many elements: CSV, ns
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loader/click/graph.h"
#include "loader/codegen/build.h"
#include "loader/mem.h"
#include "loader/runtime/node.h"
#include "loader/runtime/sandbox.h"

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
		fprintf(stderr, "nodebench: %s: %s\n", what, strerror(-ret));
		exit(1);
	}
	sl_diags_free(d);
	memset(d, 0, sizeof(*d));
}

/* ---- The node --------------------------------------------------------------------------------*/

static struct sl_node *open_node(const char *config)
{
	static const struct sl_node_opts opts;
	struct json_object *changes = json_object_new_array();
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};
	struct sl_node *n = NULL;

	must(sl_node_open(&opts, &d, &n), &d, "open");
	must(sl_node_config_load(config, &d, &c), &d, config);
	must(sl_node_apply(n, c, false, &d, changes), &d, config);
	json_object_put(changes);
	return n;
}

static void empty_cache(void)
{
	DIR *dir = opendir(SL_CACHE_DIR);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.' && unlinkat(dirfd(dir), e->d_name, 0)) {
			perror("nodebench: " SL_CACHE_DIR);
			exit(1);
		}
	if (dir)
		closedir(dir);
}

static const char *const stages[] = {"parse",	 "check", "configure", "plan",	"codegen",
				     "clang",	 "link",  "compile",   "types", "maps",
				     "programs", "load",  "switch",    "total"};
#define N_STAGES (sizeof(stages) / sizeof(stages[0]))

static void install(struct sl_node *n, const char *tenant, const char *graph, bool cold, int round)
{
	struct json_object *o = json_object_new_object(), *v;
	struct sl_submission s = {0};
	struct sl_diags d = {0};
	char key[32];

	must(sl_submission_read(graph, NULL, 0, &d, &s), &d, graph);
	if (cold)
		empty_cache();
	must(sl_node_install(n, tenant, &s, &d, o), &d, graph);
	if (!json_object_object_get_ex(o, "cached", &v) || json_object_get_boolean(v) == cold) {
		fprintf(stderr, "nodebench: the compile cache did something else\n");
		exit(1);
	}
	printf("%s,%d", cold ? "cold" : "warm", round);
	for (size_t i = 0; i < N_STAGES; i++) {
		snprintf(key, sizeof(key), "%s_ns", stages[i]);
		if (!json_object_object_get_ex(o, key, &v)) {
			fprintf(stderr, "nodebench: no %s\n", key);
			exit(1);
		}
		printf(",%lld", (long long)json_object_get_int64(v));
	}
	putchar('\n');
	sl_submission_free(&s);
	json_object_put(o);
}

static void installs(struct sl_node *n, const char *tenant, const char *graph, const char *other,
		     int rounds)
{
	printf("cache,round");
	for (size_t i = 0; i < N_STAGES; i++)
		printf(",%s", stages[i]);
	putchar('\n');
	for (int round = 0; round < rounds; round++) {
		install(n, tenant, other, true, -1);
		install(n, tenant, graph, true, round);
		install(n, tenant, other, true, -1);
		install(n, tenant, graph, false, round);
		fflush(stdout);
	}
}

/* ---- The language ----------------------------------------------------------------------------*/

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

static void parses(unsigned int elements, int rounds)
{
	_free_ char *text = NULL;
	size_t len;

	text = make_graph(elements, &len);
	puts("round,elements,bytes,parse,check");
	for (int round = 0; round < rounds; round++) {
		struct sl_click_opts o = {.classes = &sl_class_set};
		struct sl_graph *g = NULL;
		struct sl_diags d = {0};
		uint64_t t0 = now_ns(), t1;

		must(sl_click_parse("bench.click", text, len, &o, &d, &g), &d, "parse");
		t1 = now_ns();
		must(sl_graph_check(g, &o, &d), &d, "check");
		printf("%d,%zu,%zu,%llu,%llu\n", round, (size_t)g->n_elems, len,
		       (unsigned long long)(t1 - t0), (unsigned long long)(now_ns() - t1));
		sl_graph_free(g);
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: nodebench apply CONFIG\n"
			"       nodebench install CONFIG TENANT GRAPH OTHER ROUNDS\n"
			"       nodebench parse ELEMENTS ROUNDS\n");
	return 2;
}

static int rounds_of(const char *arg)
{
	int n = atoi(arg);

	return n >= 1 && n <= MAX_ROUNDS ? n : 0;
}

int main(int argc, char **argv)
{
	if (!strcmp(argv[0], SL_SANDBOX_ARGV0))
		return sl_compile_main();
	if (argc == 3 && !strcmp(argv[1], "apply")) {
		sl_node_close(open_node(argv[2]));
		return 0;
	}
	if (argc == 7 && !strcmp(argv[1], "install") && rounds_of(argv[6])) {
		struct sl_node *n = open_node(argv[2]);

		installs(n, argv[3], argv[4], argv[5], rounds_of(argv[6]));
		sl_node_close(n);
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "parse") && rounds_of(argv[3])) {
		unsigned int n = (unsigned int)atoi(argv[2]);

		if (n < 20 || n > MAX_ELEMENTS)
			return usage();
		parses(n, rounds_of(argv[3]));
		return 0;
	}
	return usage();
}
