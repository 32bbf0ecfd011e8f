// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shares of a busy CPU (bpf/share.h), against a CPU that is computed: packets arrive, wait in a
 * ring of bounded length and are worked off in the order they came; what is refused costs time,
 * too. No clock and no kernel: the same outcome on every machine.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bpf/share.h"

#define SECOND 1000000000ull
#define WARM 50000000ull /* not looked at: the rate is being found */
#define RING 1024
#define REFUSE_NS 60
#define MEAN_GAP 32 /* one packet of so many is measured */
#define MOST 64

struct tenant {
	double pps;    /* that come */
	uint32_t cost; /* ns a packet */
	uint32_t weight;
	uint64_t from, until; /* it sends in this time; 0, 0: always */
	uint32_t rare;	      /* one packet of so many costs a thousand times as much; 0: none */

	double next;
	struct sl_local local;
	uint32_t gap, since, waited, packets;
	bool closed;
	uint64_t used, lost, refused; /* ns; packets */
};

static uint32_t seed;

static uint32_t draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static void look(struct tenant *t, struct sl_cpu_share *c, const struct sl_node_conf *conf,
		 uint64_t now)
{
	share_interval(c, conf, now);
	share_fill(&t->local, c, t->weight, MEAN_GAP * t->cost, now);
	t->closed = c->rate && t->local.share_left <= 0;
	c->denied += t->closed;
}

static void charge(struct tenant *t, struct sl_cpu_share *c, const struct sl_node_conf *conf,
		   uint64_t now, uint64_t cost)
{
	uint64_t total = cost * t->gap;

	if (t->local.interval != c->interval) {
		t->local.interval = c->interval;
		c->weight += t->weight;
	}
	c->used_ns += total;
	c->samples++;
	t->local.share_left -= (int64_t)total;
	look(t, c, conf, now);
}

/* A packet of `t` at `now`; what it costs. Only those let in count for which is measured. */
static uint64_t serve(struct tenant *t, struct sl_cpu_share *c, const struct sl_node_conf *conf,
		      uint64_t now)
{
	uint64_t cost = t->rare && ++t->packets % t->rare == 0 ? 1000ull * t->cost : t->cost;

	if (t->closed && ++t->waited >= MEAN_GAP) {
		t->waited = 0;
		look(t, c, conf, now);
	}
	if (t->closed) {
		t->refused++;
		c->spent_ns += REFUSE_NS;
		return REFUSE_NS;
	}
	if (++t->since >= t->gap) {
		charge(t, c, conf, now + cost, cost);
		t->gap = 1 + draw() % (2 * MEAN_GAP - 1);
		t->since = 0;
	}
	if (now > WARM)
		t->used += cost;
	return cost;
}

/* Runs a CPU until `end` ns; its tenants' part is `part` of it. The part of the time after WARM
 * that it did tenants' work. */
static double run(struct tenant *t, size_t n, double part, uint64_t end)
{
	struct sl_node_conf conf = {.tenants_part = (uint64_t)(part * 4294967296.0),
				    .refuse_ns = REFUSE_NS};
	struct sl_cpu_share c = {0};
	uint64_t now = 0, used = 0;

	seed = 2463534242u;
	for (size_t i = 0; i < n; i++) {
		t[i].gap = 1;
		t[i].next = (double)t[i].from + (double)(draw() % 1000);
	}
	for (;;) {
		struct tenant *first = NULL;
		double gap;

		for (size_t i = 0; i < n; i++)
			if ((!t[i].until || t[i].next < (double)t[i].until) &&
			    (!first || t[i].next < first->next))
				first = &t[i];
		if (!first || first->next >= (double)end)
			break;
		gap = 1e9 / first->pps;
		if (now < (uint64_t)first->next)
			now = (uint64_t)first->next;
		/* As long as the ring is, at the rate this tenant's packets come. */
		if ((double)now - first->next > RING * gap)
			first->lost++;
		else
			now += serve(first, &c, &conf, now);
		first->next += gap;
		if (now >= end)
			break;
	}
	for (size_t i = 0; i < n; i++)
		used += t[i].used;
	return (double)used / (double)(end - WARM);
}

static double share(const struct tenant *t, uint64_t end)
{
	return (double)t->used / (double)(end - WARM);
}

#define NEAR(is, want, within)                                                                     \
	do {                                                                                       \
		double is_ = (is), want_ = (want);                                                 \
		if (fabs(is_ - want_) > (within))                                                  \
			fail_msg("%s is %.4f, wanted %.4f +- %.4f", #is, is_, want_,               \
				 (double)(within));                                                \
	} while (0)

static void who_comes_more_often_gets_no_more(void **state)
{
	struct tenant t[] = {{.pps = 900e3, .cost = 2000, .weight = 100},
			     {.pps = 300e3, .cost = 2000, .weight = 100}};

	(void)state;
	NEAR(run(t, 2, 0.8, SECOND), 0.8, 0.016);
	NEAR(share(&t[0], SECOND) / share(&t[1], SECOND), 1, 0.02);
}

static void weights_divide(void **state)
{
	struct tenant t[] = {{.pps = 800e3, .cost = 2000, .weight = 100},
			     {.pps = 800e3, .cost = 2000, .weight = 200},
			     {.pps = 800e3, .cost = 2000, .weight = 500}};

	(void)state;
	NEAR(run(t, 3, 0.8, SECOND), 0.8, 0.016);
	NEAR(share(&t[1], SECOND) / share(&t[0], SECOND), 2, 0.04);
	NEAR(share(&t[2], SECOND) / share(&t[0], SECOND), 5, 0.1);
}

static void time_is_shared_and_not_packets(void **state)
{
	struct tenant t[] = {{.pps = 2000e3, .cost = 400, .weight = 100},
			     {.pps = 200e3, .cost = 4000, .weight = 100}};

	(void)state;
	NEAR(run(t, 2, 0.7, SECOND), 0.7, 0.014);
	NEAR(share(&t[0], SECOND) / share(&t[1], SECOND), 1, 0.02);
}

/* Max-min: who wants less than a share gets what it wants, and the others divide the rest. */
static void who_wants_less_loses_nothing(void **state)
{
	struct tenant t[] = {{.pps = 50e3, .cost = 2000, .weight = 100}, /* a tenth */
			     {.pps = 700e3, .cost = 2000, .weight = 100},
			     {.pps = 700e3, .cost = 2000, .weight = 100}};

	(void)state;
	NEAR(run(t, 3, 0.8, SECOND), 0.8, 0.016);
	NEAR(share(&t[0], SECOND), 0.1, 0.002);
	NEAR(share(&t[1], SECOND), 0.35, 0.01);
	NEAR(share(&t[1], SECOND) / share(&t[2], SECOND), 1, 0.02);
	assert_int_equal(t[0].lost, 0);
}

static void nobody_is_refused_where_there_is_room(void **state)
{
	struct tenant t[] = {{.pps = 300e3, .cost = 1000, .weight = 1},
			     {.pps = 300e3, .cost = 1000, .weight = 10000}};

	(void)state;
	NEAR(run(t, 2, 0.8, SECOND), 0.6, 0.006);
	assert_int_equal(t[0].refused + t[1].refused, 0);
}

/* Few packets, one of which takes long now and then: as if an interrupt had come. */
static void an_interrupted_packet_closes_nothing(void **state)
{
	struct tenant t[] = {{.pps = 30e3, .cost = 300, .weight = 100, .rare = 701}};

	(void)state;
	run(t, 1, 0.9, 10 * SECOND);
	assert_int_equal(t[0].refused, 0);
}

/* One that wants all, alone, then beside another, then alone again. */
static void what_one_leaves_is_the_others(void **state)
{
	struct tenant t[] = {
		{.pps = 900e3, .cost = 2000, .weight = 100},
		{.pps = 900e3, .cost = 2000, .weight = 100, .from = SECOND, .until = 2 * SECOND}};

	(void)state;
	NEAR(run(t, 2, 0.8, 3 * SECOND), 0.8, 0.016);
	NEAR(share(&t[1], 3 * SECOND) * 3, 0.4, 0.02);
}

static void shares_of_many(void **state)
{
	static struct tenant t[MOST];
	double all = 0, least = 1, most = 0;

	(void)state;
	for (size_t i = 0; i < MOST; i++)
		t[i] = (struct tenant){.pps = 20e3 + 1e3 * (double)i,
				       .cost = 1000 + 20 * (uint32_t)i,
				       .weight = 100};
	NEAR(run(t, MOST, 0.7, 10 * SECOND), 0.7, 0.035);
	for (size_t i = 0; i < MOST; i++) {
		double s = share(&t[i], 10 * SECOND);

		all += s;
		least = s < least ? s : least;
		most = s > most ? s : most;
	}
	/* Each was measured some two thousand times: that far apart by chance. */
	NEAR(most / least, 1, 0.06);
	NEAR(all, 0.7, 0.035);
}

/* However heavy a tenant is, another one's packets get their time. */
static void the_extremes_of_weight(void **state)
{
	struct tenant t[] = {{.pps = 500e3, .cost = 2000, .weight = 1},
			     {.pps = 500e3, .cost = 2000, .weight = 10000}};

	(void)state;
	run(t, 2, 0.8, SECOND);
	assert_true(t[0].used > 0);
	assert_true(share(&t[0], SECOND) < 0.01);
	NEAR(share(&t[1], SECOND), 0.8, 0.016);
}

/* Where refusing packets takes more than the reserve (of 15 % here, the ring loses the rest), there
 * is less to share, and it stays fair. */
static void a_flood_of_refused_packets_is_paid_by_all(void **state)
{
	struct tenant t[] = {{.pps = 6000e3, .cost = 2000, .weight = 100},
			     {.pps = 400e3, .cost = 2000, .weight = 100}};
	double whole;

	(void)state;
	whole = run(t, 2, 0.9, SECOND);
	NEAR(whole, 0.85, 0.02);
	NEAR(share(&t[1], SECOND) / share(&t[0], SECOND), 1, 0.1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_comes_more_often_gets_no_more),
		cmocka_unit_test(weights_divide),
		cmocka_unit_test(time_is_shared_and_not_packets),
		cmocka_unit_test(who_wants_less_loses_nothing),
		cmocka_unit_test(nobody_is_refused_where_there_is_room),
		cmocka_unit_test(an_interrupted_packet_closes_nothing),
		cmocka_unit_test(what_one_leaves_is_the_others),
		cmocka_unit_test(shares_of_many),
		cmocka_unit_test(the_extremes_of_weight),
		cmocka_unit_test(a_flood_of_refused_packets_is_paid_by_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
