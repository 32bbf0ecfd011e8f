// SPDX-License-Identifier: GPL-2.0-only
/*
 * The language under random texts: parse, check, write. Asserted besides memory safety:
 *
 *  - a graph is given exactly when there was no error, and an error is never without a message;
 *  - the flattened text parses back to an equal graph, with the same outcome of the checks;
 *  - the pretty text parses back to an equal graph, or fails as the first did, and is a fixed
 *    point of the printer;
 *  - arguments split, unquote and quote without running past their text.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/click/graph.h"

static const struct sl_class_spec specs[] = {
	{"Idle", "-/-", "a/a", "x/y", false, NULL},
	{"Null", "1/1", "a/a", NULL, false, NULL},
	{"Queue", "1/1-2", "h/lh", NULL, false, NULL},
	{"Tee", "1/1-", "h/h", NULL, false, NULL},
	{"Hub", "2-/=", "a/a", "#/[^#]", false, NULL},
	{"Bypass", "1-2/1-2", "a/a", "xy/[xy]x", false, NULL},
	{"Out", "1/0-2", "l/h", NULL, false, NULL},
	{"More", "-3/=++", "la/ha", "#/#", false, NULL},
	/* one with a body */
	{"Pair", "1/1", "a/a", NULL, false, "$a | input -> Null -> Bypass($a) -> output"},
};

static const struct sl_class_spec *find(const char *name, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		if (!strcmp(specs[i].name, name))
			return &specs[i];
	}
	return NULL;
}

static const struct sl_class_spec *nth(size_t i, void *arg)
{
	(void)arg;
	return i < sizeof(specs) / sizeof(specs[0]) ? &specs[i] : NULL;
}

static int library(const char *name, const char *from, char **text, size_t *len, void *arg)
{
	static const char lib[] = "elementclass Lib { $x | Idle($x) -> output }";

	(void)from;
	(void)arg;
	if (strcmp(name, "lib") != 0)
		return -ENOENT;
	*text = strdup(lib);
	*len = sizeof(lib) - 1;
	return *text ? 0 : -ENOMEM;
}

static const struct sl_classes classes = {.find = find, .nth = nth};
static const struct sl_var vars[] = {{"out", "a, b"}, {"quo", "'"}, {"dol", "$"}, {"par", ")"}};
static const struct sl_click_opts opts = {
	.classes = &classes,
	.vars = vars,
	.n_vars = sizeof(vars) / sizeof(vars[0]),
	.library = library,
	.max_elems = 500,
	.max_conns = 1000,
	.max_bytes = 1 << 16,
};

#define REQUIRE(cond)                                                                              \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #cond);         \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static struct sl_graph *parse(const char *text, size_t len, const struct sl_click_opts *o)
{
	struct sl_diags d = {0};
	struct sl_graph *g = NULL;
	int ret = sl_click_parse("t", text, len, o, &d, &g);

	REQUIRE((ret == 0) == (g != NULL));
	REQUIRE((ret == 0) == (d.errors == 0));
	REQUIRE(ret == 0 || ret == -EINVAL || ret == -E2BIG);
	for (size_t i = 0; i < d.n; i++)
		REQUIRE(d.list[i].message[0] && d.list[i].code[0]);
	sl_diags_free(&d);
	return g;
}

static int check(struct sl_graph *g)
{
	struct sl_diags d = {0};
	int ret = sl_graph_check(g, &opts, &d);

	REQUIRE((ret == 0) == (d.errors == 0));
	sl_diags_free(&d);
	return ret;
}

static void same(const struct sl_graph *a, const struct sl_graph *b)
{
	REQUIRE(a->n_elems == b->n_elems && a->n_conns == b->n_conns);
	REQUIRE(a->n_requirements == b->n_requirements);
	for (size_t i = 0; i < a->n_elems; i++) {
		const struct sl_elem *x = &a->elems[i], *y = &b->elems[i];

		REQUIRE(!strcmp(x->name, y->name) && !strcmp(x->class_name, y->class_name));
		REQUIRE(x->n_args == y->n_args);
		for (size_t k = 0; k < x->n_args; k++)
			REQUIRE(!strcmp(x->args[k].text, y->args[k].text));
		REQUIRE(sl_graph_find(a, x->name) == (long)i);
		REQUIRE(sl_elem_pos(x).line > 0 || x->origin->pos.line == 0);
	}
	for (size_t i = 0; i < a->n_conns; i++)
		REQUIRE(a->conns[i].from == b->conns[i].from && a->conns[i].to == b->conns[i].to &&
			a->conns[i].from_port == b->conns[i].from_port &&
			a->conns[i].to_port == b->conns[i].to_port);
	for (size_t i = 0; i < a->n_requirements; i++)
		REQUIRE(!strcmp(a->requirements[i], b->requirements[i]));
}

static void round_trip(struct sl_graph *g)
{
	static const struct sl_click_opts plain = {.classes = &classes};
	struct sl_graph *again;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	REQUIRE(f && sl_graph_write(g, f) == 0 && fclose(f) == 0);
	again = parse(text, len, &plain);
	REQUIRE(again);
	same(g, again);
	REQUIRE(check(g) == check(again));
	f = fopen("/dev/null", "w");
	REQUIRE(f && sl_graph_dot(g, f) == 0);
	fclose(f);
	sl_graph_free(again);
	free(text);
}

static char *pretty(const char *text, size_t len, size_t *out_len)
{
	struct sl_diags d = {0};
	char *out = NULL;
	FILE *f = open_memstream(&out, out_len);
	int ret;

	REQUIRE(f);
	ret = sl_click_pretty("t", text, len, &opts, &d, f);
	REQUIRE(fclose(f) == 0);
	REQUIRE((ret == 0) == (d.errors == 0));
	sl_diags_free(&d);
	if (ret == 0)
		return out;
	free(out);
	return NULL;
}

static void pretty_trip(const char *text, size_t len, const struct sl_graph *g)
{
	size_t once_len = 0, twice_len = 0;
	char *once = pretty(text, len, &once_len), *twice;
	struct sl_graph *again;

	/* What parses can be printed. */
	REQUIRE(once || !g);
	if (!once)
		return;
	twice = pretty(once, once_len, &twice_len);
	REQUIRE(twice && once_len == twice_len && !memcmp(once, twice, once_len));
	/* Layout needs room, so the limit of bytes may be met. */
	if (once_len < opts.max_bytes / 4 && len < opts.max_bytes / 4) {
		again = parse(once, once_len, &opts);
		REQUIRE((again != NULL) == (g != NULL));
		if (g)
			same(g, again);
		sl_graph_free(again);
	}
	free(once);
	free(twice);
}

static void split(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	struct sl_arg *args;
	const char *s;
	size_t n, out_len;
	char *word;

	REQUIRE(text);
	memcpy(text, data, len);
	text[len] = '\0';
	REQUIRE(sl_split_args(text, (struct sl_pos){"t", 1, 1}, &args, &n) == 0);
	for (size_t i = 0; i < n; i++) {
		char *bytes = sl_unquote(args[i].text, &out_len);

		REQUIRE(bytes && out_len <= strlen(args[i].text));
		free(bytes);
		for (s = args[i].text; (word = sl_next_word(&s));) {
			REQUIRE(*word);
			free(word);
		}
		REQUIRE(!*s);
	}
	sl_args_free(args, n);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sl_graph *g = parse((const char *)data, len, &opts);

	split(data, len);
	pretty_trip((const char *)data, len, g);
	if (g)
		round_trip(g);
	sl_graph_free(g);
	return 0;
}
