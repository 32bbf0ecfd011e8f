// SPDX-License-Identifier: GPL-2.0-only
/* Warnings of classifiers: rules and outputs that no packet can come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/element/element.h"

#define MAX_ARGS 8

/* Configures `class` with the arguments up to NULL; wants a warning at each line in `lines` (that
 * of argument N is N + 1), and no others. */
static void check(const char *class, const char *const *text, unsigned int n_out,
		  const unsigned int *lines)
{
	struct sl_arg args[MAX_ARGS];
	const struct sl_arg *rest[MAX_ARGS];
	struct sl_elem elem = {.name = "f", .n_out = n_out};
	struct sl_inst inst = {.class = sl_class_find(class), .elem = &elem};
	struct sl_diags diags = {0};
	struct sl_program program = {0};
	struct sl_conf cf = {.inst = &inst, .program = &program, .diags = &diags, .rest = rest};
	size_t n = 0;

	assert_non_null(inst.class);
	while (text[n]) {
		args[n] = (struct sl_arg){(char *)text[n], {"f.click", (unsigned int)n + 1, 1}};
		rest[n] = &args[n];
		n++;
	}
	cf.n_rest = n;
	assert_int_equal(inst.class->configure(&cf), 0);
	for (n = 0; lines[n]; n++) {
		assert_true(n < diags.n);
		assert_int_equal(diags.list[n].level, SL_DIAG_WARNING);
		assert_int_equal(diags.list[n].line, lines[n]);
		assert_non_null(strstr(diags.list[n].message, "matches no packets"));
	}
	if (diags.n != n) {
		sl_diags_print(&diags, stderr);
		fail_msg("%zu warnings, want %zu", diags.n, n);
	}
	inst.class->release(&inst);
	sl_diags_free(&diags);
}

#define CHECK(class, n_out, lines, ...)                                                            \
	check(class, (const char *const[]){__VA_ARGS__, NULL}, n_out, (const unsigned int[])lines)
#define LINES(...)                                                                                 \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static void test_rules(void **state)
{
	(void)state;
	CHECK("IPFilter", 1, LINES(0), "deny src 10.0.0.0/8", "allow tcp", "deny all");
	CHECK("IPFilter", 1, LINES(2, 0), "allow src 10.0.0.0/8", "allow src 10.1.0.0/16",
	      "deny all");
	CHECK("IPFilter", 1, LINES(3, 4, 0), "allow tcp", "allow all", "deny udp", "deny all");
	CHECK("IPFilter", 1, LINES(1, 0), "allow src port 5 and src port 6", "allow udp");
	/* Together the first two take all ports; packets too short for one are left. */
	CHECK("IPFilter", 1, LINES(3, 0), "allow tcp src port < 100", "deny tcp src port >= 100",
	      "allow tcp src port 7", "allow tcp");
	/* The same action is no reason to call a rule useless. */
	CHECK("IPFilter", 1, LINES(0), "allow tcp", "allow udp", "allow icmp");
}

static void test_outputs(void **state)
{
	(void)state;
	CHECK("IPClassifier", 3, LINES(0), "tcp", "udp", "-");
	CHECK("IPClassifier", 3, LINES(2, 0), "ip ttl > 5", "ip ttl 6", "-");
	CHECK("Classifier", 3, LINES(3, 0), "12/0800", "-", "12/0806");
	CHECK("Classifier", 2, LINES(1, 0), "12/0806 12/0800", "-");
	CHECK("Classifier", 2, LINES(0), "12/08?? !12/0806", "12/0806");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_outputs),
	};

	return cmocka_run_group_tests_name("patterns that match nothing", tests, NULL, NULL);
}
