// SPDX-License-Identifier: GPL-2.0-only
/* Figures from rounds of floods, with noise made up: what is found, and what is refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/cost/rounds.h"

/* What the machine costs: floods, and what the node measures of them. */
#define DIRECT 250.
#define NEAR 118.
#define CLOCK 35.
#define SAMPLE 96.
#define SEND 105.
#define DROP 94.
#define PASS 550.
#define REFUSE 104.
#define HAND 180.
#define THREAD_SEND 170.
#define THREAD_DROP 160.
#define CHAIN 50.

static double uniform(void)
{
	return (double)rand() / RAND_MAX;
}

struct noise {
	double usual;  /* mean of what each run takes more, as a part of it */
	double often;  /* some of the rounds take much more, */
	double much;   /* as many times as much */
	int slow_from; /* rounds from which everything is slower */
	int slow_to;
	double slow; /* by so much */
	double step; /* of rounds of odd number */
};

static double slower(const struct noise *n, int round)
{
	double by = 1 - n->usual * log(1 - 0.999 * uniform());

	if (uniform() < n->often)
		by *= 1 + n->much * uniform();
	if (round >= n->slow_from && round < n->slow_to)
		by *= 1 + n->slow;
	return by * (round % 2 ? 1 + n->step : 1);
}

static void make(struct cost_rounds *r, unsigned int n, const struct noise *noise)
{
	const double inside = CHAIN + CLOCK - SAMPLE / COST_RARE;
	const double out[COST_FLOODS] = {
		[COST_DIRECT] = DIRECT,
		[COST_SEND] = DIRECT + CHAIN + SEND,
		[COST_OFTEN] = DIRECT + CHAIN + SEND + SAMPLE * (1. / 2 - 1. / 64),
		[COST_DROP] = DIRECT - NEAR + CHAIN + DROP,
		[COST_PASS] = DIRECT - NEAR + CHAIN + PASS,
		[COST_REFUSED] = DIRECT - NEAR + REFUSE,
		[COST_HAND] = DIRECT - NEAR + CHAIN + HAND + 90, /* it is woken all the time */
		[COST_THREAD_SEND] = DIRECT - NEAR + CHAIN + HAND,
		[COST_THREAD_DROP] = DIRECT - NEAR + CHAIN + HAND + 70,
	};

	r->n = n;
	for (unsigned int i = 0; i < n; i++) {
		for (int k = 0; k < COST_FLOODS; k++) {
			double by = slower(noise, (int)i);

			r->ns[k][i] = out[k] * by;
			r->thread[k][i] = 0;
			r->inside[k][i] = k == COST_DIRECT || k == COST_REFUSED ? 0 : inside * by;
			if (k >= COST_THREAD_SEND)
				r->inside[k][i] += inside * by;
		}
		r->thread[COST_THREAD_SEND][i] =
			(CHAIN + THREAD_SEND + NEAR) * slower(noise, (int)i);
		r->thread[COST_THREAD_DROP][i] = (CHAIN + THREAD_DROP) * slower(noise, (int)i);
		r->near_ns[i] = NEAR * slower(noise, (int)i);
		r->clock_ns[i] = CLOCK * slower(noise, (int)i);
	}
}

static void near(const char *what, double is, double wanted, double within)
{
	if (fabs(is - wanted) > within)
		fail_msg("%s: %g instead of %g +- %g", what, is, wanted, within);
}

static void found(const struct cost_rounds *r, double within)
{
	struct sl_platform_cost c;

	cost_rounds_work_out(r, &c);
	near("clock", c.clock_ns, CLOCK, within);
	near("sample", c.sample_ns, SAMPLE, 6 * within);
	near("refuse", c.refuse_ns, REFUSE, within);
	near("drop", c.drop_ns, DROP, within);
	near("pass", c.pass_ns, PASS, 2 * within);
	near("send", c.send_ns, SEND, within);
	near("hand", c.hand_ns, HAND, within);
	near("sent by a thread", c.thread_send_ns, THREAD_SEND, within);
	near("dropped by a thread", c.thread_drop_ns, THREAD_DROP, within);
}

static struct cost_rounds rounds;

static void without_noise_they_are_exact(void **state)
{
	const struct noise none = {0};
	struct cost_differs d;

	(void)state;
	make(&rounds, 9, &none);
	found(&rounds, 0.01);
	assert_true(cost_rounds_agree(&rounds, 0.05, &d));
	assert_true(cost_rounds_agree_thread(&rounds, 0.05, &d));
}

/* Half of all runs are disturbed, some take three times as long, and the medians would be off. */
static void what_disturbs_some_is_left_out(void **state)
{
	const struct noise some = {.usual = 0.02, .often = 0.5, .much = 2};
	struct cost_differs d;
	unsigned int agreed = 0;

	(void)state;
	for (unsigned int seed = 1; seed <= 20; seed++) {
		srand(seed);
		make(&rounds, 63, &some);
		found(&rounds, 6);
		agreed += cost_rounds_agree(&rounds, 0.05, &d);
	}
	assert_true(agreed >= 15);
}

/* A quarter of the machine is gone for more than half of the time. */
static void slow_stretch_is_left_out_if_there_was_a_better_time(void **state)
{
	const struct noise stretch = {.usual = 0.01, .slow_from = 22, .slow_to = 61, .slow = 0.3};
	struct cost_differs d;

	(void)state;
	srand(1);
	make(&rounds, 40, &stretch);
	found(&rounds, 5);
	assert_false(cost_rounds_agree(&rounds, 0.05, &d));
	assert_true(d.by > 1 && d.a != d.b && d.what);
	/* It goes on until both halves have seen it calm. */
	make(&rounds, 100, &stretch);
	found(&rounds, 5);
	assert_true(cost_rounds_agree(&rounds, 0.05, &d));
}

static void halves_that_differ_are_refused(void **state)
{
	const struct noise by_turns = {.step = 0.2};
	const struct noise by_time = {.slow_from = 20, .slow_to = 40, .slow = 0.2};
	struct cost_differs d;

	(void)state;
	make(&rounds, 40, &by_turns);
	assert_false(cost_rounds_agree(&rounds, 0.05, &d));
	assert_false(d.spread);
	make(&rounds, 40, &by_time);
	assert_false(cost_rounds_agree(&rounds, 0.05, &d));
	make(&rounds, 40, &by_turns);
	assert_true(cost_rounds_agree(&rounds, 0.5, &d));
	assert_true(d.by > 0);
}

/* Where nothing was calm the fastest lie far apart, whatever their means are. */
static void wild_noise_is_refused(void **state)
{
	const struct noise wild = {.usual = 1, .often = 0.8, .much = 4};
	struct cost_differs d;

	(void)state;
	for (unsigned int seed = 1; seed <= 50; seed++) {
		srand(seed);
		make(&rounds, 63, &wild);
		assert_false(cost_rounds_agree(&rounds, 0.05, &d));
		assert_true(d.by > 1);
	}
}

static void too_few_and_nothing_allowed_are_refused(void **state)
{
	const struct noise none = {0}, little = {.usual = 0.01};
	struct cost_differs d;

	(void)state;
	make(&rounds, 7, &none);
	assert_false(cost_rounds_agree(&rounds, 0.05, &d));
	assert_true(isnan(d.by));
	make(&rounds, 40, &little);
	assert_false(cost_rounds_agree(&rounds, 0, &d));
}

static void fastest_quarter(void **state)
{
	double v[] = {9, 3, 8, 1, 7, 6, 2, 5}, one[] = {4}, spread;

	(void)state;
	near("mean", cost_fastest(v, 8, &spread), 1.5, 1e-9);
	near("spread", spread, 1, 1e-9);
	near("one", cost_fastest(one, 1, &spread), 4, 1e-9);
	near("its spread", spread, 0, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_noise_they_are_exact),
		cmocka_unit_test(what_disturbs_some_is_left_out),
		cmocka_unit_test(slow_stretch_is_left_out_if_there_was_a_better_time),
		cmocka_unit_test(halves_that_differ_are_refused),
		cmocka_unit_test(wild_noise_is_refused),
		cmocka_unit_test(too_few_and_nothing_allowed_are_refused),
		cmocka_unit_test(fastest_quarter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
