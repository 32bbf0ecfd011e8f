// SPDX-License-Identifier: GPL-2.0-only
/* What budgets become in accounts of the trusted program. The platform is plain memory: without a
 * kernel. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "loader/cost/cost.h"
#include "loader/runtime/account.h"
#include "loader/runtime/config.h"
#include "loader/runtime/platform_priv.h"

#define A 3 /* a tenant's slot, and where it moves to */
#define B 8
#define RATE_MOST (1ull << 40)

static struct sl_account accounts[SL_MAX_TENANTS];
static struct sl_tenant_rec tenants[SL_MAX_TENANTS];
static struct sl_node_conf node;
static struct sl_platform platform = {.accounts = accounts, .tenants = tenants, .node_conf = &node};
#define USUAL_NS 15625 /* what a packet may cost where nothing is declared */

static const struct sl_node_config conf = {.reserve_milli = 100};

static int clean(void **state)
{
	(void)state;
	memset(accounts, 0, sizeof(accounts));
	memset(tenants, 0, sizeof(tenants));
	memset(&node, 0, sizeof(node));
	return 0;
}

static void set(uint32_t slot, uint32_t from, struct sl_budget b)
{
	sl_account_set(&platform, slot, from, &b, b.ns_per_packet ? b.ns_per_packet : USUAL_NS);
}

static const struct sl_tokens *tokens(enum sl_resource res)
{
	return &accounts[A].tokens[res];
}

/* What a second brings, in the resource's own unit. */
static double a_second(enum sl_resource res, int shift)
{
	return (double)tokens(res)->rate * 1e9 / (1ull << SL_RATE_SHIFT) / (double)(1ull << shift);
}

static void assert_off_by(double is, double want, double part)
{
	if (fabs(is - want) > want * part)
		fail_msg("%g instead of %g", is, want);
}

/* ---- Rates ----------------------------------------------------------------------------------*/

/* The slowest that can be written, with what cannot be told from them, to the fastest. */
static void rates_are_as_written(void **state)
{
	static const uint64_t pps[] = {1, 2, 3, 1000, 999999, 14880952, 1000000000};
	static const uint64_t bps[] = {1000,	   9600,	100000,	      1000000,
				       1000000007, 10000000000, 400000000000, 10000000000000};
	static const uint32_t milli[] = {1, 10, 150, 1000, 1024 * 1000};

	(void)state;
	for (size_t i = 0; i < sizeof(pps) / sizeof(pps[0]); i++) {
		set(A, A, (struct sl_budget){.pps = pps[i]});
		assert_off_by(a_second(SL_RES_PPS, SL_PPS_SHIFT), (double)pps[i], 0.0005);
	}
	for (size_t i = 0; i < sizeof(bps) / sizeof(bps[0]); i++) {
		/* At 1 kbit/s, 67 units: half of one is 0.75 %. */
		set(A, A, (struct sl_budget){.rx_bps = bps[i], .tx_bps = bps[i]});
		assert_off_by(a_second(SL_RES_RX, SL_BYTES_SHIFT) * 8, (double)bps[i],
			      bps[i] < 100000 ? 0.0075 : 0.0005);
		assert_int_equal(tokens(SL_RES_TX)->rate, tokens(SL_RES_RX)->rate);
	}
	for (size_t i = 0; i < sizeof(milli) / sizeof(milli[0]); i++) {
		set(A, A, (struct sl_budget){.cpu_max_milli = milli[i], .cpu_min_milli = milli[i]});
		assert_off_by(a_second(SL_RES_CPU, 0), milli[i] * 1e6, 0.0005);
		assert_int_equal(tokens(SL_RES_PROMISED)->rate, tokens(SL_RES_CPU)->rate);
	}
}

static void no_limit_is_no_rate(void **state)
{
	(void)state;
	set(A, A, (struct sl_budget){0});
	for (int i = 0; i < SL_RES_N; i++) {
		assert_int_equal(tokens((enum sl_resource)i)->rate, 0);
		assert_int_equal(tokens((enum sl_resource)i)->burst, 0);
		assert_int_equal(tokens((enum sl_resource)i)->left, 0);
	}
	/* One that is faster than programs can compute with, neither. */
	set(A, A, (struct sl_budget){.pps = 10000000000});
	assert_int_equal(tokens(SL_RES_PPS)->rate, 0);
	set(A, A, (struct sl_budget){.pps = UINT64_MAX, .rx_bps = UINT64_MAX});
	assert_int_equal(tokens(SL_RES_PPS)->rate, 0);
	assert_int_equal(tokens(SL_RES_RX)->rate, 0);
}

/* A limit of anything that is not nothing is one. */
static void no_limit_is_rounded_away(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < 100; n++) {
		set(A, A,
		    (struct sl_budget){
			    .pps = n, .rx_bps = n, .tx_bps = n, .cpu_max_milli = (uint32_t)n});
		assert_true(tokens(SL_RES_PPS)->rate && tokens(SL_RES_RX)->rate &&
			    tokens(SL_RES_TX)->rate && tokens(SL_RES_CPU)->rate);
	}
}

/* What programs compute with: no product of theirs overflows, and the burst fills in time. */
static void bursts_are_what_programs_can_fill(void **state)
{
	(void)state;
	for (int bit = 0; bit < 64; bit++) {
		uint64_t n = 1ull << bit;
		struct sl_budget b = {.pps = n,
				      .rx_bps = n,
				      .tx_bps = n,
				      .cpu_max_milli = bit < 20 ? 1u << bit : 1u,
				      .cpu_min_milli = bit < 20 ? 1u << bit : 1u};

		clean(NULL);
		set(A, A, b);
		for (int i = 0; i < SL_RES_N; i++) {
			const struct sl_tokens *t = tokens((enum sl_resource)i);

			assert_true(t->rate <= RATE_MOST);
			assert_true(t->burst <= t->rate << SL_BURST_SHIFT);
			assert_true(t->burst >= t->rate);
			assert_true(!t->rate == !t->burst);
			assert_int_equal(t->left, t->burst); /* full to begin with */
		}
	}
	/* Ten ms of a fast rate; of a slow one some packets. */
	clean(NULL);
	set(A, A, (struct sl_budget){.pps = 10000000, .rx_bps = 1000000, .cpu_max_milli = 1000});
	assert_int_equal(tokens(SL_RES_PPS)->burst, 10 * tokens(SL_RES_PPS)->rate);
	assert_int_equal(tokens(SL_RES_RX)->burst >> SL_BYTES_SHIFT, 32 * 1514);
}

/* ---- Changes --------------------------------------------------------------------------------*/

static void a_change_keeps_what_is_left_and_owed(void **state)
{
	int64_t left;

	(void)state;
	set(A, A, (struct sl_budget){.pps = 1000, .cpu_max_milli = 500});
	accounts[A].tokens[SL_RES_PPS].left = -12345;
	left = accounts[A].tokens[SL_RES_CPU].left = 777;
	set(A, A, (struct sl_budget){.pps = 100000, .cpu_max_milli = 100});
	assert_int_equal(tokens(SL_RES_PPS)->left, -12345);
	assert_int_equal(tokens(SL_RES_CPU)->left, left);
	/* As often as one likes. */
	for (int i = 0; i < 1000; i++)
		set(A, A, (struct sl_budget){.pps = 100000, .cpu_max_milli = 100});
	assert_int_equal(tokens(SL_RES_PPS)->left, -12345);
	assert_int_equal(tokens(SL_RES_CPU)->left, left);
}

/* More than the new burst: programs take it down with the next fill, and what is read is that. */
static void a_lowered_limit_clamps(void **state)
{
	struct sl_account_left left;

	(void)state;
	set(A, A, (struct sl_budget){.pps = 10000000});
	assert_true(tokens(SL_RES_PPS)->left > 100000ll << SL_PPS_SHIFT);
	set(A, A, (struct sl_budget){.pps = 1000});
	assert_int_equal(tokens(SL_RES_PPS)->burst, 64ll << SL_PPS_SHIFT);
	sl_account_read(&platform, A, &left);
	assert_int_equal(left.left[SL_RES_PPS], tokens(SL_RES_PPS)->burst);
}

/* ---- Slots ----------------------------------------------------------------------------------*/

/* Back and forth: no bucket is filled by it, no debt forgiven, nobody let out. */
static void a_storm_of_moves_gains_nothing(void **state)
{
	const struct sl_budget b = {.cpu_max_milli = 150,
				    .cpu_min_milli = 50,
				    .rx_bps = 1000000000,
				    .tx_bps = 1000000,
				    .pps = 5000,
				    .ns_per_packet = 2000,
				    .weight = 7};
	uint32_t at = A, to;

	(void)state;
	set(A, A, b);
	for (int i = 0; i < SL_RES_N; i++)
		accounts[A].tokens[i].left = -1000 - i;
	accounts[A].filled_ns = 987654321;
	tenants[A].quarantined = 1;
	for (int turn = 0; turn < 1001; turn++) {
		to = at == A ? B : A;
		set(to, at, b);
		sl_account_clear(&platform, at);
		at = to;
	}
	assert_int_equal(at, B);
	for (int i = 0; i < SL_RES_N; i++)
		assert_int_equal(accounts[B].tokens[i].left, -1000 - i);
	assert_int_equal(accounts[B].filled_ns, 987654321);
	assert_int_equal(tenants[B].quarantined, 1);
	assert_int_equal(tenants[B].bound_ns, 2000);
	assert_int_equal(tenants[B].weight, 7);
	/* With what has changed on the way. */
	set(A, B, (struct sl_budget){.pps = 1, .cpu_max_milli = 300});
	assert_int_equal(accounts[A].tokens[SL_RES_PPS].left, -1000 - SL_RES_PPS);
	assert_int_equal(accounts[A].tokens[SL_RES_RX].rate, 0);
	assert_int_equal(tenants[A].quarantined, 1);
}

static void a_cleared_slot_owes_nothing(void **state)
{
	(void)state;
	set(A, A, (struct sl_budget){.pps = 1000, .cpu_max_milli = 100, .ns_per_packet = 10});
	accounts[A].tokens[SL_RES_PPS].left = -1;
	tenants[A].quarantined = 1;
	sl_account_clear(&platform, A);
	for (int i = 0; i < SL_RES_N; i++) {
		assert_int_equal(accounts[A].tokens[i].left, 0);
		assert_int_equal(accounts[A].tokens[i].rate, 0);
	}
	assert_int_equal(tenants[A].quarantined, 0);
	assert_int_equal(tenants[A].bound_ns, 0);
	/* Who comes next begins with a full bucket of his own. */
	set(A, A, (struct sl_budget){.pps = 1000});
	assert_int_equal(accounts[A].tokens[SL_RES_PPS].left, tokens(SL_RES_PPS)->burst);
}

static void quarantine_ends_when_told(void **state)
{
	(void)state;
	tenants[A].quarantined = 1;
	assert_true(sl_account_quarantined(&platform, A));
	assert_false(sl_account_quarantined(&platform, B));
	set(A, A, (struct sl_budget){0});
	assert_true(sl_account_quarantined(&platform, A));
	sl_account_release(&platform, A);
	assert_false(sl_account_quarantined(&platform, A));
}

/* ---- What is measured, and the node ----------------------------------------------------------*/

static void samples_follow_the_bound(void **state)
{
	static const struct {
		uint32_t bound, sample;
	} cases[] = {{1, 64},	  {4000, 64},	   {4001, 63},	{8000, 32},
		     {32000, 8},  {128000, 2},	   {128001, 1}, {256000, 1},
		     {256001, 1}, {UINT32_MAX, 1}, {0, 64}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(sl_account_sample(cases[i].bound), cases[i].sample);
	set(A, A, (struct sl_budget){.ns_per_packet = 32000});
	assert_int_equal(tenants[A].sample, 8);
	assert_int_equal(tenants[A].bound_ns, 32000);
	assert_int_equal(tenants[A].weight, 1); /* never nothing */
	set(A, A, (struct sl_budget){0});
	assert_int_equal(tenants[A].sample, 256000 / USUAL_NS);
	assert_int_equal(tenants[A].bound_ns, USUAL_NS);
}

static void the_rest_of_a_cpu_is_the_tenants(void **state)
{
	struct sl_node_config c = {.reserve_milli = 100};

	(void)state;
	sl_account_node(&platform, &c, &sl_account_usual_cost);
	assert_int_equal(node.tenants_part, (900ull << 32) / 1000);
	assert_int_equal(node.overruns, 16);
	assert_true(node.clock_ns && node.refuse_ns);
	for (int i = 0; i < SL_ACTIONS; i++)
		assert_true(node.act_ns[i] > 0);
	assert_int_equal(node.stranger_ns, 0); /* any */
	c.unknown_keys = 50000;
	c.reserve_milli = 0;
	sl_account_node(&platform, &c, &sl_account_usual_cost);
	assert_int_equal(node.tenants_part, 0); /* nothing is shared out */
	assert_int_equal(node.stranger_ns, 20000);
}

static void costs_are_as_calibrated(void **state)
{
	const struct sl_platform_cost cost = {.clock_ns = 19.5,
					      .sample_ns = 88.4,
					      .refuse_ns = 40,
					      .drop_ns = 33,
					      .pass_ns = 1234.5,
					      .send_ns = 101.49,
					      .hand_ns = 151,
					      .thread_send_ns = 202,
					      .thread_drop_ns = 53};

	(void)state;
	sl_account_node(&platform, &conf, &cost);
	assert_int_equal(node.clock_ns, 20);
	assert_int_equal(node.sample_ns, 88);
	assert_int_equal(node.refuse_ns, 40);
	/* By enum xdp_action: aborted, drop, pass, send back, redirect; others count as dropped. */
	assert_int_equal(node.act_ns[0], 33);
	assert_int_equal(node.act_ns[1], 33);
	assert_int_equal(node.act_ns[2], 1235);
	assert_int_equal(node.act_ns[3], 101);
	assert_int_equal(node.act_ns[4], 101);
	assert_int_equal(node.act_ns[SL_ACT_HAND], 151);
	assert_int_equal(node.act_ns[6], 33);
	/* In a thread what passes is what is taken up, and then the same. */
	assert_int_equal(node.act_ns[SL_ACT_THREAD + 1], 53);
	assert_int_equal(node.act_ns[SL_ACT_THREAD + 2], 1255);
	assert_int_equal(node.act_ns[SL_ACT_THREAD + 3], 202);
	assert_int_equal(node.act_ns[SL_ACT_THREAD + 4], 202);
}

/* ---- Reading --------------------------------------------------------------------------------*/

static void what_time_brought_is_read(void **state)
{
	struct sl_account_left left;
	struct timespec ts;

	(void)state;
	set(A, A, (struct sl_budget){.pps = 1000, .cpu_max_milli = 1000});
	clock_gettime(CLOCK_MONOTONIC, &ts);
	accounts[A].filled_ns = (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
	accounts[A].tokens[SL_RES_CPU].left = -10ll * 1000000000;
	accounts[A].tokens[SL_RES_PPS].left = -(5000ll << SL_PPS_SHIFT);
	sl_account_read(&platform, A, &left);
	/* A CPU pays ten seconds back in ten. */
	assert_true(left.pay_s[SL_RES_CPU] > 9 && left.pay_s[SL_RES_CPU] <= 10.01);
	assert_true(left.pay_s[SL_RES_PPS] > 4 && left.pay_s[SL_RES_PPS] <= 5.01);
	assert_true(left.pay_s[SL_RES_RX] == 0 && left.left[SL_RES_RX] == 0);
	/* Filled in the future: as it stands. */
	accounts[A].filled_ns += 3600ull * 1000000000;
	sl_account_read(&platform, A, &left);
	assert_int_equal(left.left[SL_RES_CPU], -10ll * 1000000000);
	/* Long ago, and no debt: full, and no more. */
	accounts[A].filled_ns = 0;
	accounts[A].tokens[SL_RES_PPS].left = 0;
	sl_account_read(&platform, A, &left);
	assert_true(left.left[SL_RES_PPS] > 0 &&
		    left.left[SL_RES_PPS] <= (int64_t)tokens(SL_RES_PPS)->burst);
}

#define TEST(test) cmocka_unit_test_setup(test, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rates_are_as_written),
		TEST(no_limit_is_no_rate),
		TEST(no_limit_is_rounded_away),
		TEST(bursts_are_what_programs_can_fill),
		TEST(a_change_keeps_what_is_left_and_owed),
		TEST(a_lowered_limit_clamps),
		TEST(a_storm_of_moves_gains_nothing),
		TEST(a_cleared_slot_owes_nothing),
		TEST(quarantine_ends_when_told),
		TEST(samples_follow_the_bound),
		TEST(the_rest_of_a_cpu_is_the_tenants),
		TEST(costs_are_as_calibrated),
		TEST(what_time_brought_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
