// SPDX-License-Identifier: GPL-2.0-only
/* Budgets one limit at a time, and whether a machine can keep what they promise. Without a kernel.
 */
#include "tests/runtime/node_file.h"

#include <stdlib.h>

#include "loader/mem.h"
#include "loader/runtime/admission.h"
#include "loader/runtime/budget.h"

static const struct sl_budget full = {
	.cpu_max_milli = 150,
	.cpu_min_milli = 50,
	.weight = 200,
	.ns_per_packet = 2000,
	.rx_bps = 1500000000,
	.tx_bps = 1000,
	.pps = 100000,
	.memory_bytes = 64 << 20,
	.map_entries = 5,
};

/* ---- One limit at a time ---------------------------------------------------------------------*/

static void limits_are_shown_as_they_are_written(void **state)
{
	static const char *const want[SL_BUDGET_N] = {
		"15%", "5%", "200", "2000", "1500Mbit", "1kbit", "100000", "64MiB", "5"};
	const struct sl_budget none = {0};
	char text[SL_BUDGET_TEXT];

	(void)state;
	for (unsigned int k = 0; k < SL_BUDGET_N; k++) {
		enum sl_budget_key key = (enum sl_budget_key)k;

		assert_string_equal(sl_budget_text(&full, key, text), want[k]);
		assert_string_equal(sl_budget_text(&none, key, text), "none");
		assert_int_equal(sl_budget_key_of(sl_budget_key_name(key)), key);
	}
	assert_int_equal(sl_budget_key_of("cpu_max"), SL_BUDGET_N);
}

static int change(const struct sl_budget *now, const char *text, struct sl_budget *out,
		  uint32_t *keys, struct sl_diags *d)
{
	_free_ char *copy = strdup(text);
	const char *values[16];
	char *save = NULL;
	size_t n = 0;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		values[n++] = w;
	return sl_budget_change(now, values, n, d, out, keys);
}

/* What is shown can be set: all limits, there and back. */
static void all_limits_can_be_set_and_taken_away(void **state)
{
	const struct sl_budget none = {.weight = 100};
	struct sl_budget b, back;
	struct sl_diags d = {0};
	uint32_t keys = 0;

	(void)state;
	assert_int_equal(change(&none,
				"cpu=15% cpu_min=5% weight=200 ns_per_packet=2000 rx=1.5Gbit/s "
				"tx=1kbit pps=100k memory=64MiB map_entries=5",
				&b, &keys, &d),
			 0);
	assert_int_equal(sl_budget_differ(&b, &full), 0);
	assert_int_equal(keys, (1u << SL_BUDGET_N) - 1);
	assert_int_equal(change(&b,
				"cpu=none cpu_min=none weight=none ns_per_packet=none rx=none "
				"tx=none pps=none memory=none map_entries=none",
				&back, &keys, &d),
			 0);
	assert_int_equal(sl_budget_differ(&back, &none), 0);
	assert_int_equal(d.n, 0);
}

static void what_is_not_named_stays(void **state)
{
	struct sl_diags d = {0};
	struct sl_budget b;
	uint32_t keys = 0;

	(void)state;
	assert_int_equal(change(&full, "rx=2Gbit pps=none", &b, &keys, &d), 0);
	assert_int_equal(keys, 1u << SL_BUDGET_RX | 1u << SL_BUDGET_PPS);
	assert_int_equal(sl_budget_differ(&full, &b), keys);
	assert_int_equal(b.rx_bps, 2000000000);
	assert_int_equal(b.pps, 0);
}

static void mistakes_are_told_and_change_nothing(void **state)
{
	static const struct {
		const char *values, *message;
	} cases[] = {
		{"cpu=15%%", "'cpu' is not"},
		{"cpu=", "'cpu' has no value"},
		{"cpu", "'cpu' has no value"},
		{"cpus=1", "no budget has a limit 'cpus'"},
		{"weight=0", "'weight'"},
		{"weight=10001", "'weight'"},
		{"rx=fast", "'rx' is not"},
		{"rx=1", "'rx'"},
		{"pps=-5", "'pps' is not"},
		{"memory=5", "'memory'"},
		{"cpu=10 cpu=20", "'cpu' is given twice"},
		{"cpu=5% cpu_min=6%", "'cpu_min' promises more than 'cpu' allows"},
		{"cpu_min=16%", "'cpu_min' promises more than 'cpu' allows"},
		{"pps=1\",\"x\":\"2", "'pps' is not"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sl_budget b = {.weight = 77};
		struct sl_diags d = {0};
		uint32_t keys = 77;

		assert_int_equal(change(&full, cases[i].values, &b, &keys, &d), -EINVAL);
		assert_int_equal(d.errors, 1);
		if (!strstr(d.list[0].message, cases[i].message))
			fail_msg("%s: %s", cases[i].values, d.list[0].message);
		/* Nobody wrote a file. */
		assert_null(d.list[0].file);
		assert_int_equal(b.weight, 77);
		assert_int_equal(keys, 77);
		sl_diags_free(&d);
	}
}

static void changes_name_what_was_set_at_run_time(void **state)
{
	struct sl_budget b = full;
	_free_ char *text = NULL;

	(void)state;
	b.cpu_max_milli = 0;
	b.rx_bps = 7;
	text = sl_budget_changes(&full, &b, sl_budget_differ(&full, &b), 1u << SL_BUDGET_RX);
	assert_string_equal(text, "cpu 15% -> none, rx 1500Mbit (set at run time) -> 7bit");
}

static void sets_of_limits_survive_json(void **state)
{
	(void)state;
	for (uint32_t keys = 0; keys < 1u << SL_BUDGET_N; keys++) {
		struct json_object *o = sl_budget_keys_json(keys);

		assert_int_equal(sl_budget_keys_from_json(o), keys);
		json_object_put(o);
	}
}

/* ---- Admission -------------------------------------------------------------------------------*/

#define TENANT(name, budget) "  - {name: " name ", budget: {" budget "}}\n"

static int admit(const char *next, const char *now, const struct sl_node_tenant *whose,
		 struct sl_diags *d)
{
	static const struct sl_capacity machine = {.cpus = 2, .memory_bytes = 1024 << 20};
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *a = good(next);
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *b = now ? good(now) : NULL;

	return sl_admission(a, b, &machine, whose, d);
}

static void the_sum_of_promises_is_what_the_machine_has(void **state)
{
	struct sl_diags d = {0};

	(void)state;
	/* 2 CPUs less 10 % each, to the last tenth. */
	assert_int_equal(admit("tenants:\n" TENANT("red", "cpu_min: 60%") TENANT("blue", "cpu: 5%")
				       TENANT("green", "cpu_min: 120%"),
			       NULL, NULL, &d),
			 0);
	assert_int_equal(d.n, 0);
	assert_int_equal(
		admit("tenants:\n" TENANT("red", "cpu_min: 40%") TENANT("blue", "cpu_min: 50%")
			      TENANT("green", "cpu_min: 120%") TENANT("grey", "cpu_min: 0.1%"),
		      NULL, NULL, &d),
		-EINVAL);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.list[0].message,
			    "more CPU is promised than there is: promised: red 40% + blue 50% + "
			    "green 120% + grey 0.1% = 210.1% of 2 CPUs less 10% reserve each = "
			    "180%");
	assert_non_null(strstr(d.list[0].hint, "30.1%"));
	/* At the tenant with which it is too much. */
	assert_string_equal(d.list[0].file, FILE_NAME);
	assert_int_equal(d.list[0].line, 4);
	assert_int_equal(d.list[0].col, 37);
	sl_diags_free(&d);
}

static void the_reserve_counts(void **state)
{
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(admit("node: {reserve: 0%}\ntenants:\n" TENANT("red", "cpu_min: 200%"),
			       NULL, NULL, &d),
			 0);
	assert_int_equal(admit("node: {reserve: 0.1%}\ntenants:\n" TENANT("red", "cpu_min: 200%"),
			       NULL, NULL, &d),
			 -EINVAL);
	assert_non_null(strstr(d.list[0].message, "0.1% reserve each = 199.8%"));
	assert_int_equal(admit("node: {reserve: 100%}\ntenants:\n" TENANT("red", "cpu_min: 0.1%"),
			       NULL, NULL, &d),
			 -EINVAL);
	sl_diags_free(&d);
}

static void many_terms_are_added_up(void **state)
{
	_free_ char *text = NULL;
	struct sl_diags d = {0};
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	fputs("tenants:\n", f);
	for (int i = 0; i < 100; i++)
		fprintf(f, TENANT("t%d", "cpu_min: 2%%"), i);
	fclose(f);
	assert_int_equal(admit(text, NULL, NULL, &d), -EINVAL);
	assert_non_null(strstr(d.list[0].message, "t15 2% + 84 others 168% = 200% of"));
	sl_diags_free(&d);
}

/* CPUs may have gone offline since it was promised: who asks for less is heard. */
static void a_sum_that_falls_is_not_refused(void **state)
{
	static const char more[] =
		"tenants:\n" TENANT("red", "cpu_min: 150%") TENANT("blue", "cpu_min: 100%");
	static const char less[] =
		"tenants:\n" TENANT("red", "cpu_min: 150%") TENANT("blue", "cpu_min: 90%");
	const struct sl_node_tenant blue = {.name = (char *)"blue"};
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(admit(less, more, &blue, &d), 0);
	assert_int_equal(d.warnings, 1);
	assert_int_equal(admit(more, less, &blue, &d), -EINVAL);
	assert_int_equal(admit(more, more, &blue, &d), 0);
	/* A whole file is what is wanted: it has to be right. */
	assert_int_equal(admit(less, more, NULL, &d), -EINVAL);
	sl_diags_free(&d);
}

static void limits_above_the_machine_are_warnings(void **state)
{
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(admit("tenants:\n" TENANT("red", "cpu: 250%, memory: 600MiB")
				       TENANT("blue", "cpu: 200%, memory: 424MiB"),
			       NULL, NULL, &d),
			 0);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.list[0].message,
			    "tenant red may use 250% of a CPU, and there are 2 CPUs = 200%");
	assert_int_equal(d.list[0].level, SL_DIAG_WARNING);
	assert_int_equal(d.list[0].line, 2);
	sl_diags_free(&d);
	memset(&d, 0, sizeof(d));
	assert_int_equal(admit("tenants:\n" TENANT("red", "memory: 600MiB")
				       TENANT("blue", "memory: 425MiB") TENANT("grey", "pps: 5"),
			       NULL, NULL, &d),
			 0);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.list[0].message,
			    "tenants may use more memory together than there is: red 600 MiB + "
			    "blue 425 MiB = 1025 MiB of 1024 MiB");
	assert_int_equal(d.list[0].line, 3);
	sl_diags_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_are_shown_as_they_are_written),
		cmocka_unit_test(all_limits_can_be_set_and_taken_away),
		cmocka_unit_test(what_is_not_named_stays),
		cmocka_unit_test(mistakes_are_told_and_change_nothing),
		cmocka_unit_test(changes_name_what_was_set_at_run_time),
		cmocka_unit_test(sets_of_limits_survive_json),
		cmocka_unit_test(the_sum_of_promises_is_what_the_machine_has),
		cmocka_unit_test(the_reserve_counts),
		cmocka_unit_test(many_terms_are_added_up),
		cmocka_unit_test(a_sum_that_falls_is_not_refused),
		cmocka_unit_test(limits_above_the_machine_are_warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
