// SPDX-License-Identifier: GPL-2.0-only
/* Every class has a file of cases, and enough of them to say what it does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "loader/element/element.h"
#include "loader/mem.h"
#include "tests/element/case_file.h"

/* Tests are run at the root of the tree. */
#define CASE_DIR "tests/conformance"
#define ENOUGH 10

/* Of `base`, what is wrong as a line in `out`; false when nothing is. */
static bool lacks(const char *base, FILE *out)
{
	struct case_file *f = NULL;
	_free_ char *path = NULL;
	_free_ char *error = NULL;
	size_t n;

	assert_true(asprintf(&path, CASE_DIR "/%s.case", base) > 0);
	if (case_file_read(path, &f, &error)) {
		fprintf(out, "\n  %s: %s", base, error ? error : "out of memory");
		return true;
	}
	n = f->n_cases;
	case_file_free(f);
	if (n >= ENOUGH)
		return false;
	fprintf(out, "\n  %s: %zu cases", base, n);
	return true;
}

static void every_class_has_ten_cases(void **state)
{
	_free_ char *said = NULL;
	size_t len = 0, n = 0;
	FILE *out = open_memstream(&said, &len);

	(void)state;
	assert_non_null(out);
	for (size_t i = 0; sl_all_classes[i]; i++)
		n += lacks(sl_all_classes[i]->base, out);
	assert_int_equal(fclose(out), 0);
	if (n)
		fail_msg("%zu classes have fewer than %d cases in " CASE_DIR ":%s", n, ENOUGH,
			 said);
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct test_case *const *)a)->name,
		      (*(const struct test_case *const *)b)->name);
}

static void no_two_cases_of_a_class_have_one_name(void **state)
{
	(void)state;
	for (size_t i = 0; sl_all_classes[i]; i++) {
		struct case_file *f = NULL;
		_free_ char *path = NULL;
		_free_ char *error = NULL;
		_free_ const struct test_case **sorted = NULL;

		assert_true(asprintf(&path, CASE_DIR "/%s.case", sl_all_classes[i]->base) > 0);
		if (case_file_read(path, &f, &error))
			continue; /* the test above says so */
		sorted = calloc(f->n_cases, sizeof(*sorted));
		assert_non_null(sorted);
		for (size_t k = 0; k < f->n_cases; k++)
			sorted[k] = &f->cases[k];
		qsort(sorted, f->n_cases, sizeof(*sorted), by_name);
		for (size_t k = 1; k < f->n_cases; k++)
			if (!strcmp(sorted[k - 1]->name, sorted[k]->name))
				fail_msg("two cases are called '%s'", sorted[k]->name);
		case_file_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_class_has_ten_cases),
		cmocka_unit_test(no_two_cases_of_a_class_have_one_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
