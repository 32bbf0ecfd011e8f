// SPDX-License-Identifier: GPL-2.0-only
/* Percentiles of delay: right where there are enough packets, not there where there are too few. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loader/runtime/delay.h"

static void put(struct sl_delay *d, uint32_t ns, uint64_t packets)
{
	d->packets[sl_delay_bucket(ns)] += packets;
}

static int64_t of(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : -1;
}

static void assert_near(int64_t is, double want)
{
	if (fabs((double)is - want) > want / 100)
		fail_msg("%lld is not about %.0f", (long long)is, want);
}

/* Delays spread evenly from 1024 ns to the end of a bucket: every percentile is known. */
static void percentiles_of_a_known_spread(void **state)
{
	struct json_object *o = json_object_new_object();
	struct sl_delay d = {0};

	(void)state;
	for (uint32_t ns = 1024; ns < 114688; ns++)
		put(&d, ns, 1);
	sl_delay_all_json(&d, o);
	assert_int_equal(of(o, "samples"), 114688 - 1024);
	assert_near(of(o, "p50_ns"), 57856);
	assert_near(of(o, "p99_ns"), 113551);
	assert_near(of(o, "p999_ns"), 114574);
	json_object_put(o);
}

/* Inside a bucket packets are taken for evenly spread. */
static void inside_a_bucket(void **state)
{
	double n[SL_DELAY_BUCKETS] = {0};
	uint32_t at = sl_delay_bucket(1024);

	(void)state;
	n[at] = 1000;
	assert_true(fabs(sl_delay_percentile(n, .5) - (1024 + 128)) < 1);
	n[0] = 1000;
	assert_true(fabs(sl_delay_percentile(n, .75) - (1024 + 128)) < 1);
	assert_true(fabs(sl_delay_percentile(n, .25) - 32) < 1);
	/* Of what is longest it is only known that it was as long. */
	n[SL_DELAY_BUCKETS - 1] = 1e9;
	assert_true(sl_delay_percentile(n, .5) == 1 << SL_DELAY_HIGH);
}

static void few_packets_tell_little(void **state)
{
	static const struct {
		uint64_t packets;
		bool p50, p99, p999;
	} cases[] = {
		{0, false, false, false},  {9, false, false, false}, {10, true, false, false},
		{499, true, false, false}, {500, true, true, false}, {4999, true, true, false},
		{5000, true, true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_object *o = json_object_new_object();
		struct sl_delay d = {0};

		put(&d, 5000, cases[i].packets);
		sl_delay_all_json(&d, o);
		assert_int_equal(of(o, "samples"), cases[i].packets);
		assert_int_equal(of(o, "p50_ns") > 0, cases[i].p50);
		assert_int_equal(of(o, "p99_ns") > 0, cases[i].p99);
		assert_int_equal(of(o, "p999_ns") > 0, cases[i].p999);
		json_object_put(o);
	}
}

static void what_was_long_ago_is_forgotten(void **state)
{
	struct sl_delay_late l = {0};
	struct sl_delay d = {0};

	(void)state;
	/* What there was before anybody looked is not of late. */
	put(&d, 1000000, 100000);
	sl_delay_look(&l, &d);
	assert_true(l.all == 0);
	put(&d, 1000000, 1000);
	sl_delay_look(&l, &d);
	assert_true(l.all == 1000);
	assert_true(fabs(sl_delay_percentile(l.packets, .5) - 1e6) < 1e6 / 8);
	for (int i = 0; i < 40; i++) {
		put(&d, 2000, 100);
		sl_delay_look(&l, &d);
	}
	assert_true(fabs(sl_delay_percentile(l.packets, .5) - 2000) < 2000. / 8);
	/* Nothing new: in the end nothing is left. */
	for (int i = 0; i < 200; i++)
		sl_delay_look(&l, NULL);
	assert_true(l.all < 1 && sl_delay_percentile(l.packets, .5) < 0);
	/* Counters that begin anew. */
	d = (struct sl_delay){0};
	put(&d, 2000, 10);
	sl_delay_look(&l, &d);
	assert_true(l.all < 1);
	put(&d, 2000, 10);
	sl_delay_look(&l, &d);
	assert_true(l.all > 9.9 && l.all < 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_of_a_known_spread),
		cmocka_unit_test(inside_a_bucket),
		cmocka_unit_test(few_packets_tell_little),
		cmocka_unit_test(what_was_long_ago_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
