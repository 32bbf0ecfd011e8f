// SPDX-License-Identifier: GPL-2.0-only
/*
 * Broken graphs, one kind of mistake each: NAME.click beside what has to be said of it,
 * NAME.expect. See README.md for its lines.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/element/element.h"
#include "loader/mem.h"

#define DIR_NAME "tests/broken"
#define MAX_GRAPHS 100
#define MIN_GRAPHS 20

struct expect {
	unsigned int line, col;
	char element[64]; /* "" when it is about none */
	char code[64];
	char error[256]; /* part of the message */
	char fix[256];	 /* part of the hint */
	unsigned int errors;
};

static char *slurp(const char *path, size_t *len)
{
	_fclose_ FILE *f = fopen(path, "re");
	char *text = calloc(1, 65536);

	assert_non_null(f);
	assert_non_null(text);
	*len = fread(text, 1, 65535, f);
	return text;
}

static void read_expect(const char *path, struct expect *e)
{
	_fclose_ FILE *f = fopen(path, "re");
	_free_ char *line = NULL;
	size_t cap = 0;

	if (!f)
		fail_msg("%s is missing", path);
	e->errors = 1;
	while (getline(&line, &cap, f) > 0) {
		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "at %u:%u", &e->line, &e->col) == 2 ||
		    sscanf(line, "element %63s", e->element) == 1 ||
		    sscanf(line, "code %63s", e->code) == 1 ||
		    sscanf(line, "errors %u", &e->errors) == 1 ||
		    sscanf(line, "error %255[^\n]", e->error) == 1 ||
		    sscanf(line, "fix %255[^\n]", e->fix) == 1 ||
		    !strcmp(line, "devices eth0 eth1")) /* always so here */
			continue;
		fail_msg("%s: %s", path, line);
	}
	if (!e->line || !e->col || !*e->code || !*e->error || !*e->fix)
		fail_msg("%s does not say everything", path);
}

/* Nothing is handed in beside these graphs. */
static int no_library(const char *name, const char *from, char **text, size_t *len, void *arg)
{
	(void)name, (void)from, (void)text, (void)len, (void)arg;
	return -ENOENT;
}

static int front_end(const char *path, const char *text, size_t len, struct sl_diags *d)
{
	struct sl_device devs[] = {
		{.name = "eth0", .index = 0, .mtu = 1500},
		{.name = "eth1", .index = 1, .mtu = 1500},
	};
	const struct sl_devices devices = {.list = devs, .n = 2};
	const struct sl_click_opts opts = {.classes = &sl_class_set, .library = no_library};
	SL_CLEANUP(sl_graph_freep) struct sl_graph *g = NULL;
	struct sl_program *p = NULL;
	int ret;

	ret = sl_click_parse(path, text, len, &opts, d, &g);
	ret = ret ? ret : sl_graph_check(g, &opts, d);
	ret = ret ? ret : sl_program_new(TAKE_PTR(g), &devices, d, &p);
	sl_program_free(p);
	return ret;
}

static const struct sl_diag *first_error(const struct sl_diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->list[i].level == SL_DIAG_ERROR)
			return &d->list[i];
	return NULL;
}

static void says_what_and_where(void **state)
{
	const char *name = *state;
	_free_ char *path = NULL, *expect_path = NULL, *text = NULL;
	const struct sl_diag *m;
	struct sl_diags d = {0};
	struct expect e = {0};
	size_t len;

	assert_true(asprintf(&path, DIR_NAME "/%s.click", name) > 0);
	assert_true(asprintf(&expect_path, DIR_NAME "/%s.expect", name) > 0);
	read_expect(expect_path, &e);
	text = slurp(path, &len);
	assert_int_equal(front_end(path, text, len, &d), -EINVAL);
	m = first_error(&d);
	assert_non_null(m);
	if (!strstr(m->message, e.error))
		fail_msg("message: %s", m->message);
	assert_string_equal(m->code, e.code);
	assert_string_equal(m->file, path);
	assert_int_equal(m->line, e.line);
	assert_int_equal(m->col, e.col);
	assert_string_equal(m->element ? m->element : "", e.element);
	if (!m->hint || !strstr(m->hint, e.fix))
		fail_msg("hint: %s", m->hint ? m->hint : "none");
	/* What follows from the mistake is said as well, but no flood. */
	assert_int_equal(d.errors, e.errors);
	sl_diags_free(&d);
}

static int is_graph(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot && !strcmp(dot, ".click");
}

static char *names[MAX_GRAPHS];
static size_t n_names;

static void there_are_enough(void **state)
{
	(void)state;
	assert_true(n_names >= MIN_GRAPHS);
}

int main(void)
{
	static struct CMUnitTest tests[MAX_GRAPHS + 1];
	struct dirent **list;
	int n = scandir(DIR_NAME, &list, is_graph, alphasort), ret;
	size_t count = 0;

	for (int i = 0; i < n && n_names < MAX_GRAPHS; i++) {
		names[n_names] = strndup(list[i]->d_name, strlen(list[i]->d_name) - 6);
		tests[count++] = (struct CMUnitTest){.name = names[n_names],
						     .test_func = says_what_and_where,
						     .initial_state = names[n_names]};
		n_names++;
	}
	tests[count++] =
		(struct CMUnitTest){.name = "there are enough", .test_func = there_are_enough};
	ret = _cmocka_run_group_tests("broken graphs", tests, count, NULL, NULL);
	for (size_t i = 0; i < n_names; i++)
		free(names[i]);
	for (int i = 0; i < n; i++)
		free(list[i]);
	if (n >= 0)
		free(list);
	return ret;
}
