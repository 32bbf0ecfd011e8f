// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the element cases of tests/element/cases through both builds of each graph. What a case file
 * may say is in tests/element/README.md. Arguments choose files by base name.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "tests/element/run.h"

/* Tests are run at the root of the tree. */
#define CASE_DIR "tests/element/cases"

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

static int run_file(const char *path)
{
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
		states[i] = (struct test){f, &f->cases[i]};
		tests[i] = (struct CMUnitTest){.name = f->cases[i].name,
					       .test_func = test_one,
					       .initial_state = &states[i]};
	}
	ret = _cmocka_run_group_tests(f->base, tests, f->n_cases, NULL, NULL);
	case_file_free(f);
	return ret;
}

static int is_case(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot && !strcmp(dot, ".case");
}

int main(int argc, char **argv)
{
	struct dirent **list = NULL;
	int n = scandir(CASE_DIR, &list, is_case, alphasort), ret = 0, ran = 0;

	for (int i = 0; i < n; i++) {
		char path[512];
		bool wanted = argc < 2;

		for (int k = 1; k < argc; k++) {
			size_t len = strlen(argv[k]);

			wanted |= !strncmp(list[i]->d_name, argv[k], len) &&
				  list[i]->d_name[len] == '.';
		}
		snprintf(path, sizeof(path), CASE_DIR "/%s", list[i]->d_name);
		if (wanted) {
			ret |= run_file(path) != 0;
			ran++;
		}
		free(list[i]);
	}
	free(list);
	if (!ran) {
		fprintf(stderr,
			"no such files in " CASE_DIR " (run this at the root of the tree)\n");
		return 1;
	}
	return ret;
}
