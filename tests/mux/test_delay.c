// SPDX-License-Identifier: GPL-2.0-only
/* How long packets were in the node: of those measured that left it, each is counted once. */
#include <linux/bpf.h>

#include "tests/mux/accounts.h"

static void buckets_meet(void **state)
{
	(void)state;
	assert_int_equal(sl_delay_bucket(0), 0);
	assert_int_equal(sl_delay_begins(0), 0);
	for (uint32_t i = 1; i < SL_DELAY_BUCKETS; i++) {
		uint32_t ns = (uint32_t)sl_delay_begins(i);

		assert_int_equal(sl_delay_bucket(ns), i);
		assert_int_equal(sl_delay_bucket(ns - 1), i - 1);
		/* A quarter of its octave, no more. */
		assert_true(i == 1 || 4 * (ns - sl_delay_begins(i - 1)) <= ns);
	}
	assert_int_equal(sl_delay_begins(1), 64);
	assert_int_equal(sl_delay_begins(SL_DELAY_BUCKETS - 1), 1 << SL_DELAY_HIGH);
	assert_int_equal(sl_delay_bucket(UINT32_MAX), SL_DELAY_BUCKETS - 1);
}

static void what_is_measured_and_leaves_is_counted(void **state)
{
	static const uint32_t samples[] = {1, 8, 64};
	enum { RUNS = 20000 };

	(void)state;
	fixed_costs(0);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		uint64_t sent;

		tenant(SLOT, samples[i], 1000000, 1);
		clear(MAP(tenant_delay), SLOT, sizeof(struct sl_delay));
		give(SLOT, SEND, 0, RUNS, NULL);
		sent = here(SLOT).samples;
		assert_true(sent > RUNS / samples[i] / 2);
		assert_int_equal(all_delays(SLOT), sent);
		for (int k = 0; k < 2000; k++)
			give(SLOT, DROP, 0, 1, NULL);
		assert_true(here(SLOT).samples > sent);
		assert_int_equal(all_delays(SLOT), sent);
		gone(SLOT);
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* By a clock outside: half of the packets were in the node for about as long as half of the runs
 * took, as nearly all of that is the chain. */
static void delays_are_times(void **state)
{
	enum { RUNS = 301 };
	double ns[RUNS];

	(void)state;
	fixed_costs(0);
	tenant(SLOT, 1, 100000000, 1);
	for (uint32_t rounds = 3000; rounds <= 12000; rounds *= 2) {
		uint64_t half = 0;
		struct sl_delay d;
		uint32_t i = 0;

		clear(MAP(tenant_delay), SLOT, sizeof(struct sl_delay));
		for (int k = 0; k < RUNS; k++)
			give(SLOT, SEND, rounds, 1, &ns[k]);
		assert_int_equal(all_delays(SLOT), RUNS);
		qsort(ns, RUNS, sizeof(ns[0]), by_size);
		d = delay_counts(SLOT);
		while (half + d.packets[i] <= RUNS / 2)
			half += d.packets[i++];
		print_message("# %u rounds: half of the runs took %.0f ns, half below %llu\n",
			      rounds, ns[RUNS / 2], (unsigned long long)sl_delay_begins(i + 1));
		assert_true((double)sl_delay_begins(i) <= ns[RUNS / 2]);
		assert_true((double)sl_delay_begins(i + 1) > 0.3 * ns[RUNS / 2]);
	}
	gone(SLOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_meet),
		TEST(what_is_measured_and_leaves_is_counted),
		TEST(delays_are_times),
	};

	return cmocka_run_group_tests(tests, accounts_open, node_close);
}
