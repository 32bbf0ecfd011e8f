/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the language share: a table of classes with the ports that Click's have, and
 * short ways to parse, check, print and compare.
 */
#ifndef TESTS_CLICK_FIXTURE_H
#define TESTS_CLICK_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "loader/click/graph.h"
#include "loader/mem.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct sl_class_spec class_table[] = {
	{"AddressInfo", "0/0", "a/a", NULL, true, NULL},
	{"ARPQuerier", "2/1-2", "h/h", "xy/x", false, NULL},
	{"ARPResponder", "1/1-2", "a/ah", NULL, false, NULL},
	{"Bypass", "1-2/1-2", "a/a", "xy/[xy]x", false, NULL},
	{"CheckIPHeader", "1/1-2", "a/ah", NULL, false, NULL},
	{"Classifier", "1/-", "h/h", NULL, false, NULL},
	{"Counter", "1/1", "a/a", NULL, false, NULL},
	{"DecIPTTL", "1/1-2", "a/ah", NULL, false, NULL},
	{"Discard", "1/0", "a/a", NULL, false, NULL},
	{"DriverManager", "0/0", "a/a", NULL, false, NULL},
	{"EtherSwitch", "2-/=", "h/h", "#/[^#]", false, NULL},
	{"FromDevice", "0/1-2", "h/h", NULL, false, NULL},
	{"Hub", "2-/=", "a/a", "#/[^#]", false, NULL},
	{"ICMPError", "1/1", "a/a", NULL, false, NULL},
	{"Idle", "-/-", "a/a", "x/y", false, NULL},
	{"InfiniteSource", "0/1", "a/a", NULL, false, NULL},
	{"IPFragmenter", "1/1-2", "h/h", NULL, false, NULL},
	{"KernelTun", "0-1/1-2", "a/h", "x/y", false, NULL},
	{"LinearIPLookup", "1/-", "h/h", NULL, false, NULL},
	{"Message", "0/0", "a/a", NULL, false, NULL},
	{"Meter", "1/2-", "h/h", NULL, false, NULL},
	{"Null", "1/1", "a/a", NULL, false, NULL},
	{"Paint", "1/1", "a/a", NULL, false, NULL},
	{"PaintTee", "1/2", "a/ah", NULL, false, NULL},
	{"Print", "1/1", "a/a", NULL, false, NULL},
	{"PrioSched", "1-/1", "l/l", NULL, false, NULL},
	{"PullNull", "1/1", "l/l", NULL, false, NULL},
	{"PushNull", "1/1", "h/h", NULL, false, NULL},
	{"PullTee", "1/1-", "l/lh", NULL, false, NULL},
	{"Queue", "1/1-2", "h/lh", NULL, false, NULL},
	{"RadixIPLookup", "1/-", "h/h", NULL, false, NULL},
	{"RatedSource", "0/1", "a/a", NULL, false, NULL},
	{"RouterLink", "1-/1-", "a/h", NULL, false, NULL},
	{"RoundRobinSched", "1-/1", "l/l", NULL, false, NULL},
	{"Script", "-/-", "ah/ah", NULL, false, NULL},
	{"Shaper", "1/1", "l/l", NULL, false, NULL},
	{"StaticPullSwitch", "-/1", "l/l", NULL, false, NULL},
	{"StaticSwitch", "1/-", "h/h", NULL, false, NULL},
	{"StrideSched", "1-/1", "l/l", NULL, false, NULL},
	{"Strip", "1/1", "a/a", NULL, false, NULL},
	{"Tee", "1/1-", "h/h", NULL, false, NULL},
	{"ToDevice", "1/0-2", "l/h", NULL, false, NULL},
	{"ToHost", "1/0", "a/a", NULL, false, NULL},
	{"Unqueue", "1/1", "l/h", NULL, false, NULL},
	/* Not Click's: the odder port codes. */
	{"OutMore", "1-/=+", "a/a", NULL, false, NULL},
	{"Pair", "2", "a", "xy", false, NULL},
	{"UpTo", "-2/0", "a/a", NULL, false, NULL},
	{"Through", "-/-", "a/a", "#/#", false, NULL},
	{"Two", "2/2", "a/a", "xy/xy", false, NULL},
	/* A compound of the caller's. */
	{"Combo", "1/2", "h", NULL, false,
	 "COLOR $color, LENGTH $length | input -> tee :: PaintTee($color) -> Strip($length) "
	 "-> output; tee [1] -> [1] output"},
};

static inline const struct sl_class_spec *find_class(const char *name, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < ARRAY_SIZE(class_table); i++) {
		if (!strcmp(class_table[i].name, name))
			return &class_table[i];
	}
	return NULL;
}

static inline const struct sl_class_spec *nth_class(size_t i, void *arg)
{
	(void)arg;
	return i < ARRAY_SIZE(class_table) ? &class_table[i] : NULL;
}

static const struct sl_classes classes = {.find = find_class, .nth = nth_class};
static const struct sl_click_opts default_opts = {.classes = &classes};

/* ---- Parsing
 * -----------------------------------------------------------------------------------*/

static inline char *diags_text(const struct sl_diags *d)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	sl_diags_print(d, f);
	assert_int_equal(fclose(f), 0);
	return text;
}

static inline char *graph_text(const struct sl_graph *g)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(sl_graph_write(g, f), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

/* The graph of a text that must have no errors. */
static inline struct sl_graph *parse_with(const char *text, const struct sl_click_opts *opts)
{
	struct sl_graph *g = NULL;
	struct sl_diags d = {0};
	int ret = sl_click_parse("t.click", text, strlen(text), opts, &d, &g);

	if (ret != 0 || d.errors) {
		char *messages = diags_text(&d);

		print_error("%s\n---\n%s", text, messages);
		free(messages);
	}
	assert_int_equal(ret, 0);
	assert_int_equal(d.errors, 0);
	assert_non_null(g);
	sl_diags_free(&d);
	return g;
}

static inline struct sl_graph *parse(const char *text)
{
	return parse_with(text, &default_opts);
}

/* Parses `text` and expects it flattened to be `flat`. */
static inline void expect_flat_with(const char *text, const char *flat,
				    const struct sl_click_opts *opts)
{
	struct sl_graph *g = parse_with(text, opts);
	char *out = graph_text(g);

	assert_string_equal(out, flat);
	free(out);
	sl_graph_free(g);
}

static inline void expect_flat(const char *text, const char *flat)
{
	expect_flat_with(text, flat, &default_opts);
}

/* ---- Errors
 * ------------------------------------------------------------------------------------*/

struct wanted {
	enum sl_diag_level level;
	unsigned int line, col;
	const char *code;
	const char *message; /* a part of it */
};

#define WANT_ERROR(line, col, code, message)                                                       \
	{                                                                                          \
		SL_DIAG_ERROR, line, col, code, message                                            \
	}
#define WANT_WARNING(line, col, code, message)                                                     \
	{                                                                                          \
		SL_DIAG_WARNING, line, col, code, message                                          \
	}

/* Exactly these messages, in this order. */
static inline void expect_diags(const char *text, const struct sl_diags *d, const struct wanted *w,
				size_t n)
{
	bool same = d->n == n;

	for (size_t i = 0; i < n && same; i++) {
		const struct sl_diag *got = &d->list[i];

		/* Every message says what to do about it. */
		same = got->hint && *got->hint && got->level == w[i].level &&
		       got->line == w[i].line && got->col == w[i].col &&
		       !strcmp(got->code, w[i].code) && strstr(got->message, w[i].message);
	}
	if (!same) {
		char *messages = diags_text(d);

		print_error("%s\n--- got\n%s--- wanted\n", text, messages);
		for (size_t i = 0; i < n; i++)
			print_error("%u:%u [%s] %s\n", w[i].line, w[i].col, w[i].code,
				    w[i].message);
		free(messages);
		fail();
	}
}

/* Parse, and check if that works; these messages come out and it fails if one is an error. */
static inline void expect_with(const char *text, const struct wanted *w, size_t n,
			       const struct sl_click_opts *opts)
{
	struct sl_graph *g = NULL;
	struct sl_diags d = {0};
	int ret = sl_click_parse("t.click", text, strlen(text), opts, &d, &g);

	if (ret == 0)
		ret = sl_graph_check(g, opts, &d);
	expect_diags(text, &d, w, n);
	if (d.errors)
		assert_true(ret == -EINVAL || ret == -E2BIG);
	else
		assert_int_equal(ret, 0);
	sl_diags_free(&d);
	sl_graph_free(g);
}

#define expect_messages(text, ...)                                                                 \
	do {                                                                                       \
		const struct wanted w_[] = {__VA_ARGS__};                                          \
		expect_with(text, w_, ARRAY_SIZE(w_), &default_opts);                              \
	} while (0)

/* Parses and checks without any message. */
static inline struct sl_graph *checked(const char *text)
{
	struct sl_graph *g = parse(text);
	struct sl_diags d = {0};

	if (sl_graph_check(g, &default_opts, &d) != 0) {
		char *messages = diags_text(&d);

		print_error("%s\n---\n%s", text, messages);
		free(messages);
		fail();
	}
	assert_int_equal(d.n, 0);
	sl_diags_free(&d);
	return g;
}

/* ---- Graphs
 * ------------------------------------------------------------------------------------*/

static inline void assert_same_graph(const struct sl_graph *a, const struct sl_graph *b)
{
	assert_int_equal(a->n_elems, b->n_elems);
	assert_int_equal(a->n_conns, b->n_conns);
	assert_int_equal(a->n_requirements, b->n_requirements);
	for (size_t i = 0; i < a->n_elems; i++) {
		const struct sl_elem *x = &a->elems[i], *y = &b->elems[i];

		assert_string_equal(x->name, y->name);
		assert_string_equal(x->class_name, y->class_name);
		assert_int_equal(x->n_args, y->n_args);
		for (size_t k = 0; k < x->n_args; k++)
			assert_string_equal(x->args[k].text, y->args[k].text);
	}
	for (size_t i = 0; i < a->n_conns; i++) {
		assert_int_equal(a->conns[i].from, b->conns[i].from);
		assert_int_equal(a->conns[i].from_port, b->conns[i].from_port);
		assert_int_equal(a->conns[i].to, b->conns[i].to);
		assert_int_equal(a->conns[i].to_port, b->conns[i].to_port);
	}
	for (size_t i = 0; i < a->n_requirements; i++)
		assert_string_equal(a->requirements[i], b->requirements[i]);
}

static inline const struct sl_elem *elem(const struct sl_graph *g, const char *name)
{
	long i = sl_graph_find(g, name);

	if (i < 0)
		print_error("no element '%s'\n", name);
	assert_true(i >= 0);
	return &g->elems[i];
}

#endif
