// SPDX-License-Identifier: GPL-2.0-only
/* What CPUs do besides packets, out of texts like /proc/stat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "loader/runtime/spare.h"

#define WHOLE (1u << SL_SPARE_SHIFT)
#define STEP 125000000ull

static struct sl_spare s;
static struct sl_cpu_spare told[SL_SPARE_CPUS];
static uint64_t now;
/* user, nice, system, idle, iowait, irq, softirq, steal */
static uint64_t count[2][8];

static int clean(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	memset(told, 0, sizeof(told));
	memset(count, 0, sizeof(count));
	now = 7 * STEP;
	return 0;
}

static void take(void)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "cpu  1 2 3 4 5 6 7 8 0 0\n");

	for (int c = 0; c < 2; c++) {
		n += snprintf(text + n, sizeof(text) - (size_t)n, "cpu%d", c * 3);
		for (int i = 0; i < 8; i++)
			n += snprintf(text + n, sizeof(text) - (size_t)n, " %llu",
				      (unsigned long long)count[c][i]);
		n += snprintf(text + n, sizeof(text) - (size_t)n, " 0 0\n");
	}
	snprintf(text + n, sizeof(text) - (size_t)n, "intr 1 2 3\ncpu9 1 1 1 1 1 1 1 1\n");
	sl_spare_take(&s, text, now, told);
}

static void step(uint64_t ns)
{
	now += ns;
	take();
}

static void the_first_look_says_nothing(void **state)
{
	(void)state;
	take();
	assert_int_equal(told[0].at_ns, 0);
	assert_int_equal(told[3].at_ns, 0);
}

static void each_kind_of_time_counts_as_it_should(void **state)
{
	static const uint32_t want[8] = {WHOLE,	    WHOLE, 0, 2 * WHOLE,
					 2 * WHOLE, 0,	   0, /* steal: no time at all */ 0};

	(void)state;
	for (int i = 0; i < 7; i++) {
		clean(NULL);
		take();
		count[1][i] += 12;
		step(STEP);
		assert_int_equal(told[3].at_ns, now);
		assert_int_equal(told[3].last, want[i]);
		assert_int_equal(told[0].at_ns, 0); /* nothing was counted */
	}
	clean(NULL);
	take();
	count[1][3] += 3;
	count[1][6] += 6;
	count[1][7] += 1000;
	step(STEP);
	assert_int_equal(told[3].last, 2 * WHOLE / 3);
	assert_int_equal(told[9].at_ns, 0); /* behind another line: no CPU of this list */
}

static void the_least_is_of_eight(void **state)
{
	(void)state;
	take();
	for (int i = 1; i <= 30; i++) {
		count[0][3] += i == 12 ? 2 : 10;
		count[0][2] += i == 12 ? 10 : 2;
		step(STEP);
		assert_int_equal(told[0].last,
				 (count[0][3] ? 2 * (i == 12 ? 2 : 10) * WHOLE / 12 : 0));
		assert_int_equal(told[0].least, i < 8		    ? 0
						: i >= 12 && i < 20 ? 2 * 2 * WHOLE / 12
								    : 2 * 10 * WHOLE / 12);
	}
}

static void too_soon_is_no_look(void **state)
{
	(void)state;
	take();
	count[0][3] += 5;
	step(STEP / 2);
	assert_int_equal(told[0].at_ns, 0);
	step(STEP / 2);
	assert_int_equal(told[0].last, 2 * WHOLE);
}

/* What was long ago is not mixed into what is now; nor what a CPU counted that was away. */
static void a_gap_begins_anew(void **state)
{
	uint64_t at;

	(void)state;
	take();
	count[0][3] += 5;
	step(STEP);
	at = told[0].at_ns;
	count[0][3] += 5000;
	step(40 * STEP);
	assert_int_equal(told[0].at_ns, at);
	count[0][2] += 5;
	step(STEP);
	assert_int_equal(told[0].at_ns, now);
	assert_int_equal(told[0].last, 0);
	at = now;
	memset(count, 0, sizeof(count));
	step(STEP);
	assert_int_equal(told[0].at_ns, at);
	count[0][0] += 5;
	step(STEP);
	assert_int_equal(told[0].last, WHOLE);
	assert_int_equal(told[0].least, 0);
}

static void this_machine_can_be_looked_at(void **state)
{
	(void)state;
	assert_int_equal(sl_spare_look(&s, told), 0);
	assert_true(s.cpus[0].ticks > 0);
	assert_true(s.at_ns > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_first_look_says_nothing, clean),
		cmocka_unit_test_setup(each_kind_of_time_counts_as_it_should, clean),
		cmocka_unit_test_setup(the_least_is_of_eight, clean),
		cmocka_unit_test_setup(too_soon_is_no_look, clean),
		cmocka_unit_test_setup(a_gap_begins_anew, clean),
		cmocka_unit_test_setup(this_machine_can_be_looked_at, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
