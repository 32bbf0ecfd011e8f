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
#include <sys/wait.h>
#include <unistd.h>

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
		    sscanf(line, "error %255[^\n]", e->error) == 1 ||
		    sscanf(line, "fix %255[^\n]", e->fix) == 1 ||
		    sscanf(line, "errors %u", &e->errors) == 1)
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

/* As a user sees it: the exit status, and the place in front of the message. */
static void command_refuses_it(void **state)
{
	const char *name = *state;
	_free_ char *command = NULL, *place = NULL, *path = NULL, *out = calloc(1, 65536);
	struct expect e = {0};
	FILE *f;
	int status;

	assert_non_null(out);
	assert_true(asprintf(&path, DIR_NAME "/%s.expect", name) > 0);
	read_expect(path, &e);
	assert_true(asprintf(&command,
			     "build/sluicectl graph check " DIR_NAME "/%s.click 2>&1 >/dev/null",
			     name) > 0);
	assert_true(asprintf(&place, DIR_NAME "/%s.click:%u:%u: error: ", name, e.line, e.col) > 0);
	f = popen(command, "re");
	assert_non_null(f);
	assert_true(fread(out, 1, 65535, f) > 0);
	status = pclose(f);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	if (!strstr(out, place) || !strstr(out, e.fix))
		fail_msg("%s", out);
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

static void add(struct CMUnitTest *t, const char *what, CMUnitTestFunction fn, char *name)
{
	char *title;

	if (asprintf(&title, "%s: %s", name, what) < 0)
		abort();
	*t = (struct CMUnitTest){.name = title, .test_func = fn, .initial_state = name};
}

int main(void)
{
	static struct CMUnitTest tests[2 * MAX_GRAPHS + 1];
	struct dirent **list;
	int n = scandir(DIR_NAME, &list, is_graph, alphasort), ret;
	size_t count = 0;

	for (int i = 0; i < n && n_names < MAX_GRAPHS; i++) {
		names[n_names] = strndup(list[i]->d_name, strlen(list[i]->d_name) - 6);
		add(&tests[count++], "says what and where", says_what_and_where, names[n_names]);
		add(&tests[count++], "the command refuses it", command_refuses_it, names[n_names]);
		n_names++;
	}
	tests[count++] =
		(struct CMUnitTest){.name = "there are enough", .test_func = there_are_enough};
	ret = _cmocka_run_group_tests("broken graphs", tests, count, NULL, NULL);
	for (size_t i = 0; i + 1 < count; i++)
		free((char *)tests[i].name);
	for (size_t i = 0; i < n_names; i++)
		free(names[i]);
	for (int i = 0; i < n; i++)
		free(list[i]);
	if (n >= 0)
		free(list);
	return ret;
}
