// SPDX-License-Identifier: GPL-2.0-only
/* What is measured, what a measured packet stands for, and who is quarantined for it. */
#include <linux/bpf.h>
#include <math.h>

#include "tests/mux/accounts.h"

/* Five standard deviations: once in two million runs. */
#define SIGMAS 5

static int64_t distance(int64_t a, int64_t b)
{
	return a < b ? b - a : a - b;
}

/* Packets let in since the last that was measured. */
static uint32_t since_measured(const struct sl_local *l)
{
	return l->gap - l->until - l->rest;
}

static void one_of_so_many_is_measured(void **state)
{
	static const uint32_t samples[] = {1, 2, 3, 8, 64};
	enum { RUNS = 100000 };

	(void)state;
	fixed_costs(0);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		double p = 1.0 / samples[i], sigma = sqrt(RUNS * p * (1 - p));
		struct sl_tenant_stats s;

		tenant(SLOT, samples[i], 1, 1);
		give(SLOT, SEND, 0, RUNS, NULL);
		s = here(SLOT);
		print_message("# one of %u: %llu measured of %d, %.1f expected, sigma %.1f\n",
			      samples[i], (unsigned long long)s.samples, RUNS, RUNS * p, sigma);
		assert_int_equal(s.packets, RUNS);
		assert_true(fabs((double)s.samples - RUNS * p) <= SIGMAS * sigma + 1);
		/* What costs the same each time is charged to the packet. */
		assert_int_equal(s.cpu_ns, (uint64_t)DEAR * (RUNS - since_measured(&s.local)));
		gone(SLOT);
	}
}

/* Each packet has the same chance, however long ago the last was measured: by how many packets got
 * so far behind a measured one, and how many of them were measured. */
static void the_last_one_measured_tells_nothing(void **state)
{
	enum { RUNS = 40000, SAMPLE = 8, FAR = 24 };
	uint32_t at[FAR] = {0}, measured[FAR] = {0}, behind = 0;
	uint64_t samples = 0;

	(void)state;
	fixed_costs(0);
	tenant(SLOT, SAMPLE, 1, 1);
	give(SLOT, DROP, 0, 1, NULL);
	samples = here(SLOT).samples;
	for (int i = 0; i < RUNS; i++) {
		uint64_t now;

		give(SLOT, DROP, 0, 1, NULL);
		now = here(SLOT).samples;
		if (behind < FAR) {
			at[behind]++;
			measured[behind] += now != samples;
		}
		behind = now != samples ? 0 : behind + 1;
		samples = now;
	}
	for (int k = 0; k < FAR; k++) {
		double p = 1.0 / SAMPLE, sigma = sqrt(at[k] * p * (1 - p));

		assert_true(at[k] > 50);
		if (fabs(measured[k] - at[k] * p) > SIGMAS * sigma)
			fail_msg("%d packets behind a measured one, %u of %u were", k + 1,
				 measured[k], at[k]);
	}
	gone(SLOT);
}

/* Sends dear packets and cheap ones as `dear` says; what was charged, of what it cost. */
static double charged_of(uint32_t sample, int runs, int (*dear)(int run, uint32_t behind))
{
	uint64_t cost = 0, charged;

	tenant(SLOT, sample, 1, 1);
	for (int i = 0; i < runs; i++) {
		struct sl_local l = here(SLOT).local;
		int is = dear(i, l.gap ? since_measured(&l) : 0);

		give(SLOT, is ? SEND : DROP, 0, 1, NULL);
		cost += is ? DEAR : CHEAP;
	}
	charged = tenant_counts(SLOT).cpu_ns;
	gone(SLOT);
	return (double)charged / (double)cost;
}

static int alternating(int run, uint32_t behind)
{
	(void)behind;
	return run & 1;
}

static int in_step(int run, uint32_t behind)
{
	(void)behind;
	return run % 8 == 0;
}

static int when_just_measured(int run, uint32_t behind)
{
	(void)run;
	return behind < 4;
}

static int when_long_not_measured(int run, uint32_t behind)
{
	(void)run;
	return behind >= 8;
}

/* Whoever knows when one of his packets was measured, and sends dear ones or cheap ones then, pays
 * for all of them. */
static void costs_that_change_are_charged_right(void **state)
{
	enum { RUNS = 30000 };
	static const struct {
		const char *what;
		int (*dear)(int run, uint32_t behind);
	} ways_to_cheat[] = {{"every other is dear", alternating},
			     {"every eighth is dear", in_step},
			     {"dear behind a measured one", when_just_measured},
			     {"cheap behind a measured one", when_long_not_measured}};

	(void)state;
	fixed_costs(0);
	for (int i = 0; i < 4; i++) {
		double of = charged_of(8, RUNS, ways_to_cheat[i].dear);

		print_message("# %s: charged %.3f of the cost\n", ways_to_cheat[i].what, of);
		/* Of 30000 / 8 samples 470 and more are dear: 4.6 % is a sigma, or less. */
		assert_true(of > 0.75 && of < 1.25);
	}
}

/* A tenant that is flooded pays for what it had, and not for what was refused. */
static void what_is_refused_is_not_charged(void **state)
{
	uint64_t in;
	int64_t off;

	(void)state;
	fixed_costs(0);
	tenant(SLOT, 16, 1, 1);
	/* Open at every 64th, and closed as soon as a packet was measured. */
	for (int i = 0; i < 30000; i++) {
		if (i % 64 == 0)
			set_bucket(SLOT, SL_RES_CPU,
				   (struct sl_tokens){.left = DEAR, .rate = 1, .burst = DEAR});
		give(SLOT, SEND, 0, 1, NULL);
	}
	in = let_in(SLOT);
	off = distance((int64_t)tenant_counts(SLOT).cpu_ns, (int64_t)in * DEAR);
	print_message("# %llu let in, %llu refused, charged %.3f of the cost\n",
		      (unsigned long long)in, (unsigned long long)tenant_counts(SLOT).refused,
		      (double)tenant_counts(SLOT).cpu_ns / ((double)in * DEAR));
	assert_true(tenant_counts(SLOT).refused > in / 2);
	assert_true(off <= 16 * 30 * DEAR); /* the last gap */
	gone(SLOT);
}

/* ---- The clock ------------------------------------------------------------------------------*/

/* Of some tries, as other things run on the machine. */
static void the_ledger_is_the_time_it_took(void **state)
{
	static const uint32_t samples[] = {1, 8, 64};

	(void)state;
	node_conf((struct sl_node_conf){.clock_ns = 20});
	for (int i = 0; i < 3; i++) {
		double best = 1e9, of = 0, ns = 0;
		int runs = 4000 + 200 * (int)samples[i];

		for (int attempt = 0; attempt < 8 && best > 0.1; attempt++) {
			tenant(SLOT, samples[i], 0, 1);
			give(SLOT, SEND, ORDER_ROUNDS, runs, &ns);
			of = (double)tenant_counts(SLOT).cpu_ns / (ns * runs);
			best = fmin(best, fabs(of - 1));
			gone(SLOT);
		}
		print_message("# one of %u: the ledger has %.3f of %.0f ns\n", samples[i], of, ns);
		assert_true(best <= 0.1);
	}
}

/* What one packet is charged in the middle of 51, in ns. */
static uint64_t usual_cost(uint32_t rounds)
{
	uint64_t v[51], before = 0;

	tenant(SLOT, 1, 0, 1);
	for (int i = 0; i < 51; i++) {
		uint64_t now;
		int k = i;

		give(SLOT, DROP, rounds, 1, NULL);
		now = tenant_counts(SLOT).cpu_ns;
		for (; k && v[k - 1] > now - before; k--)
			v[k] = v[k - 1];
		v[k] = now - before;
		before = now;
	}
	gone(SLOT);
	return v[25];
}

static void no_packet_is_charged_more_than_its_bound(void **state)
{
	uint64_t usual;
	struct sl_tenant_stats s;

	(void)state;
	node_conf((struct sl_node_conf){.act_ns = {[XDP_DROP] = 7}});
	usual = usual_cost(ORDER_ROUNDS);
	assert_true(usual > 1000);
	tenant(SLOT, 1, (uint32_t)usual / 8, 1); /* the median may be of slower times */
	for (int i = 0; i < 100; i++)
		give(SLOT, DROP, ORDER_ROUNDS, 1, NULL);
	s = tenant_counts(SLOT);
	assert_int_equal(s.cpu_ns, 100 * (usual / 8 + 7));
	assert_int_equal(s.overruns, 100);
	assert_int_equal(record_of(SLOT).quarantined, 0); /* none is, where no number is set */
	gone(SLOT);
}

/* ---- Quarantine -----------------------------------------------------------------------------*/
#define OVERRUNS 16

/* A bound between what is cheap and what is dear here, by factors. */
static uint32_t a_bound_between(void)
{
	double cheap = (double)usual_cost(0), dear = (double)usual_cost(ORDER_ROUNDS);

	assert_true(dear > 9 * cheap);
	return (uint32_t)sqrt(cheap * dear);
}

/* An interrupt now and then proves nothing, not even as many as that in the long run. */
static void few_overruns_convict_nobody(void **state)
{
	uint32_t bound;

	(void)state;
	node_conf((struct sl_node_conf){.overruns = OVERRUNS});
	bound = a_bound_between();
	tenant(SLOT, 1, bound, 1);
	for (int i = 0; i < 1000; i++)
		give(SLOT, DROP, i % 8 ? 0 : ORDER_ROUNDS, 1, NULL);
	assert_true(tenant_counts(SLOT).overruns >= 125);
	assert_int_equal(record_of(SLOT).quarantined, 0);
	assert_int_equal(tenant_counts(SLOT).drops[SL_R_QUARANTINE], 0);
	gone(SLOT);
}

static void many_overruns_are_quarantined(void **state)
{
	struct sl_tenant_rec rec;
	int n = 0;

	(void)state;
	node_conf((struct sl_node_conf){.overruns = OVERRUNS});
	tenant(SLOT, 1, a_bound_between(), 1);
	tenant(OTHER, 1, 0, 1);
	for (int i = 0; i < 64; i++)
		give(SLOT, DROP, 0, 1, NULL);
	while (!record_of(SLOT).quarantined && n < 200) {
		give(SLOT, DROP, ORDER_ROUNDS, 1, NULL);
		n++;
	}
	print_message("# in quarantine after %d\n", n);
	/* Some of the cheap ones may have been interrupted, some of the dear ones been fast. */
	assert_in_range(n, OVERRUNS - 6, OVERRUNS + 6);

	next_jiffy();
	assert_int_equal(refused(SLOT, DROP, 100, SL_R_QUARANTINE), 100);
	assert_int_equal(refused(OTHER, DROP, 100, SL_R_ELEMENT), 100);
	/* Let out: what was seen before is forgotten. */
	rec = record_of(SLOT);
	rec.quarantined = 0;
	set_at(MAP(tenant_rec), SLOT, &rec);
	next_jiffy();
	assert_int_equal(refused(SLOT, DROP, 30, SL_R_ELEMENT), 30);
	assert_int_equal(record_of(SLOT).quarantined, 0);
	assert_conserved(SLOT);
	gone(SLOT);
	gone(OTHER);
}

/* One packet of 64 is measured, until one is over the bound: then more often. At 100,000 packets a
 * second, 1000 of them are 10 ms. */
static void an_overrun_is_looked_into_soon(void **state)
{
	int n = 0;

	(void)state;
	node_conf((struct sl_node_conf){.overruns = OVERRUNS});
	tenant(SLOT, 64, a_bound_between(), 1);
	for (int i = 0; i < 640; i++)
		give(SLOT, DROP, 0, 1, NULL);
	while (!record_of(SLOT).quarantined && n < 2000) {
		give(SLOT, DROP, ORDER_ROUNDS, 1, NULL);
		n++;
	}
	print_message("# in quarantine after %d\n", n);
	assert_in_range(n, OVERRUNS, 1000);
	gone(SLOT);
}

/* ---- State ----------------------------------------------------------------------------------*/

/* Notes no program would write, and counters that turn over, do not stop measuring. */
static void a_countdown_turns_over(void **state)
{
	static const uint32_t untils[] = {0, 1, 0x80000000, 0x80000001, 0xffffffff};

	(void)state;
	fixed_costs(0);
	for (size_t i = 0; i < sizeof(untils) / sizeof(untils[0]); i++) {
		struct sl_tenant_stats s;
		uint64_t samples;

		tenant(SLOT, 4, 1, 1);
		give(SLOT, DROP, 0, 1, NULL);
		s = here(SLOT);
		samples = s.samples;
		s.local.until = untils[i];
		s.local.rest = 0;
		put_here(SLOT, &s);
		give(SLOT, DROP, 0, 1, NULL);
		assert_int_equal(tenant_counts(SLOT).samples, samples + 1);
		give(SLOT, SEND, 0, 4000, NULL);
		assert_in_range(tenant_counts(SLOT).samples, 700, 1300);
		gone(SLOT);
	}
}

/* A slot as it is when nobody ever was in it, with nothing said of sampling. */
static void zeroes_measure_every_packet(void **state)
{
	struct sl_tenant_stats s;

	(void)state;
	fixed_costs(0);
	tenant(SLOT, 0, 1, 0);
	for (int i = 0; i < 100; i++)
		give(SLOT, DROP, 0, 1, NULL);
	s = tenant_counts(SLOT);
	assert_int_equal(s.samples, 100);
	assert_int_equal(s.cpu_ns, 100 * CHEAP);
	assert_int_equal(s.refused, 0);
	gone(SLOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_of_so_many_is_measured),
		TEST(the_last_one_measured_tells_nothing),
		TEST(costs_that_change_are_charged_right),
		TEST(what_is_refused_is_not_charged),
		TEST(the_ledger_is_the_time_it_took),
		TEST(no_packet_is_charged_more_than_its_bound),
		TEST(few_overruns_convict_nobody),
		TEST(many_overruns_are_quarantined),
		TEST(an_overrun_is_looked_into_soon),
		TEST(a_countdown_turns_over),
		TEST(zeroes_measure_every_packet),
	};

	return cmocka_run_group_tests(tests, accounts_open, node_close);
}
