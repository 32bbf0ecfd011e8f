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
#define END (2 * SECOND)
#define WARM 400000000ull /* not looked at: the rate is being found */
#define RING 1024
#define REFUSE_NS 60
#define MEAN_GAP 32 /* one packet of so many is measured */
#define MOST 64

struct tenant {
	double pps;    /* that come */
	uint32_t cost; /* ns a packet */
	uint32_t weight;
	uint64_t from, until; /* it sends in this time; 0, 0: always */
	uint64_t pulse;	      /* after half a second, only every other time so long; 0: always */
	uint32_t rare;	      /* one packet of so many costs a thousand times as much; 0: none */
	uint32_t stolen;      /* one measured packet of so many seems to; 0: none */

	uint32_t id;
	double next;
	struct sl_local local;
	uint32_t gap, since, waited, packets;
	bool closed;
	uint64_t used, lost, refused; /* ns; packets */
};

/* What differs from a CPU that does nothing else, and where all is known. */
static struct {
	double generator; /* ns that go with each packet, and are the kernel's */
	double ledger;	  /* more is charged than it costs by this factor; 0: 1 */
	bool unwatched;	  /* no daemon says what the kernel saw */
} odd;
static uint32_t seed;

/* What the daemon says. */
#define WINDOW 125000000
static struct {
	uint64_t from, idle;
	uint32_t windows[8];
	struct sl_cpu_spare told;
} watch;

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
	if (share_due(c, now))
		share_interval(c, conf, &watch.told, now);
	share_fill(&t->local, c, t->weight, MEAN_GAP * t->cost, now);
	t->closed = c->rate && t->local.share_left <= 0;
	c->denied += t->closed;
}

static void charge(struct tenant *t, struct sl_cpu_share *c, const struct sl_node_conf *conf,
		   uint64_t now, uint64_t cost)
{
	uint64_t total = (uint64_t)((double)(cost * t->gap) * (odd.ledger > 0 ? odd.ledger : 1));

	if (t->stolen && draw() % t->stolen == 0)
		total *= 1000;

	share_present(c, t->id, now);
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

	now += (uint64_t)odd.generator;
	if (t->closed && ++t->waited >= MEAN_GAP) {
		t->waited = 0;
		look(t, c, conf, now);
	}
	if (t->closed) {
		t->refused++;
		c->spent_ns += REFUSE_NS;
		return REFUSE_NS + (uint64_t)odd.generator;
	}
	if (++t->since >= t->gap) {
		charge(t, c, conf, now + cost, cost);
		t->gap = 1 + draw() % (2 * MEAN_GAP - 1);
		t->since = 0;
	}
	if (now > 5 * SECOND + WARM)
		t->used += cost;
	return cost + (uint64_t)odd.generator;
}

/* Idle for so long, up to `now`; what the daemon makes of it. */
static void look_on(uint64_t idle, uint64_t now)
{
	uint32_t least = UINT32_MAX;

	watch.idle += idle;
	if (now - watch.from < WINDOW)
		return;
	memmove(watch.windows + 1, watch.windows, sizeof(watch.windows) - sizeof(least));
	watch.windows[0] = (uint32_t)((watch.idle * 2 << SL_SPARE_SHIFT) / (now - watch.from));
	for (int i = 0; i < 8; i++)
		least = watch.windows[i] < least ? watch.windows[i] : least;
	watch.told.last = watch.windows[0];
	watch.told.least = least;
	watch.told.at_ns = odd.unwatched ? 0 : now;
	watch.from = now;
	watch.idle = 0;
}

/* Runs a CPU until `end` ns; its tenants' part is `part` of it. The part of the time after WARM
 * that it did tenants' work. */
static double run(struct tenant *t, size_t n, double part, uint64_t end)
{
	struct sl_node_conf conf = {.tenants_part = (uint64_t)(part * 4294967296.0),
				    .refuse_ns = REFUSE_NS};
	struct sl_cpu_share c = {0};
	uint64_t now = 5 * SECOND, begin = now, used = 0;

	memset(&watch, 0, sizeof(watch));
	watch.from = now;
	watch.told.at_ns = odd.unwatched ? 0 : now; /* it was idle */
	watch.told.last = 2 << SL_SPARE_SHIFT;
	end += begin;
	seed = 2463534242u;
	for (size_t i = 0; i < n; i++) {
		t[i].gap = 1;
		t[i].id = (uint32_t)i;
		t[i].next = (double)(begin + t[i].from) + (double)(draw() % 1000);
	}
	for (;;) {
		struct tenant *first = NULL;
		double gap;

		for (size_t i = 0; i < n; i++)
			if ((!t[i].until || t[i].next < (double)(begin + t[i].until)) &&
			    (!first || t[i].next < first->next))
				first = &t[i];
		if (!first || first->next >= (double)end)
			break;
		gap = 1e9 / first->pps;
		if (now < (uint64_t)first->next) {
			uint64_t idle = (uint64_t)first->next - now;

			now = (uint64_t)first->next;
			look_on(idle, now);
		}
		look_on(0, now);
		/* As long as the ring is, at the rate this tenant's packets come. */
		if ((double)now - first->next > RING * gap)
			first->lost++;
		else
			now += serve(first, &c, &conf, now);
		first->next += gap;
		if (first->pulse && first->next > (double)begin + 5e8 &&
		    (uint64_t)(first->next - (double)begin) / first->pulse % 2)
			first->next += (double)first->pulse;
		if (now >= end)
			break;
	}
	for (size_t i = 0; i < n; i++)
		used += t[i].used;
	memset(&odd, 0, sizeof(odd));
	return (double)used / (double)(end - begin - WARM);
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
	NEAR(run(t, 2, 0.8, END), 0.8, 0.016);
	NEAR(share(&t[0], END) / share(&t[1], END), 1, 0.02);
}

static void weights_divide(void **state)
{
	struct tenant t[] = {{.pps = 800e3, .cost = 2000, .weight = 100},
			     {.pps = 800e3, .cost = 2000, .weight = 200},
			     {.pps = 800e3, .cost = 2000, .weight = 500}};

	(void)state;
	NEAR(run(t, 3, 0.8, END), 0.8, 0.016);
	NEAR(share(&t[1], END) / share(&t[0], END), 2, 0.04);
	NEAR(share(&t[2], END) / share(&t[0], END), 5, 0.1);
}

static void time_is_shared_and_not_packets(void **state)
{
	struct tenant t[] = {{.pps = 2000e3, .cost = 400, .weight = 100},
			     {.pps = 200e3, .cost = 4000, .weight = 100}};

	(void)state;
	NEAR(run(t, 2, 0.7, END), 0.7, 0.014);
	NEAR(share(&t[0], END) / share(&t[1], END), 1, 0.02);
}

/* Max-min: who wants less than a share gets what it wants, and the others divide the rest. */
static void who_wants_less_loses_nothing(void **state)
{
	struct tenant t[] = {{.pps = 50e3, .cost = 2000, .weight = 100}, /* a tenth */
			     {.pps = 700e3, .cost = 2000, .weight = 100},
			     {.pps = 700e3, .cost = 2000, .weight = 100}};

	(void)state;
	NEAR(run(t, 3, 0.8, END), 0.8, 0.016);
	NEAR(share(&t[0], END), 0.1, 0.002);
	NEAR(share(&t[1], END), 0.35, 0.01);
	NEAR(share(&t[1], END) / share(&t[2], END), 1, 0.02);
	assert_int_equal(t[0].lost, 0);
}

static void nobody_is_refused_where_there_is_room(void **state)
{
	struct tenant t[] = {{.pps = 300e3, .cost = 1000, .weight = 1},
			     {.pps = 300e3, .cost = 1000, .weight = 10000}};

	(void)state;
	NEAR(run(t, 2, 0.8, END), 0.6, 0.006);
	assert_int_equal(t[0].refused + t[1].refused, 0);
}

/* Few packets, one of which takes long now and then: as if an interrupt had come. */
static void an_interrupted_packet_closes_nothing(void **state)
{
	struct tenant t[] = {{.pps = 30e3, .cost = 300, .weight = 100, .rare = 701},
			     {.pps = 3e3, .cost = 300, .weight = 100}};

	(void)state;
	run(t, 2, 0.9, 10 * SECOND);
	assert_int_equal(t[0].refused + t[1].refused, 0);
}

/* More than there is, and nobody to share it with. */
static void who_is_alone_is_refused_nothing(void **state)
{
	struct tenant t[] = {{.pps = 900e3, .cost = 2000, .weight = 100}};

	(void)state;
	NEAR(run(t, 1, 0.6, END), 1, 0.001);
	assert_int_equal(t[0].refused, 0);
}

/*
 * A generator on the same CPU, so that it is never idle, and the hypervisor takes it away in the
 * middle of one measured packet of 500, some forty times a second: each time, what was charged
 * would fill it for 25 intervals. With the daemon's help and without, nobody is refused anything in
 * a minute.
 */
static void a_cpu_that_is_taken_away_is_not_busy(void **state)
{
	struct tenant t[] = {{.pps = 900e3, .cost = 800, .weight = 100, .stolen = 500},
			     {.pps = 100, .cost = 800, .weight = 100}};

	(void)state;
	odd.generator = 600;
	odd.unwatched = true;
	NEAR(run(t, 2, 0.9, 60 * SECOND), 0.57, 0.02);
	assert_int_equal(t[0].refused + t[1].refused, 0);
}

/* Constants that are wrong make no CPU busy that is idle for a third of the time. */
static void a_wrong_ledger_closes_nothing(void **state)
{
	struct tenant t[] = {{.pps = 300e3, .cost = 1000, .weight = 100},
			     {.pps = 350e3, .cost = 1000, .weight = 100}};

	(void)state;
	odd.ledger = 2;
	NEAR(run(t, 2, 0.9, 10 * SECOND), 0.65, 0.01);
	assert_int_equal(t[0].refused + t[1].refused, 0);
}

/* The same, when it was busy before: then it opens again. */
static void a_wrong_ledger_is_found_out(void **state)
{
	struct tenant t[] = {{.pps = 300e3, .cost = 1000, .weight = 100},
			     {.pps = 300e3, .cost = 1000, .weight = 100},
			     {.pps = 900e3, .cost = 1000, .weight = 100, .until = SECOND}};

	(void)state;
	odd.ledger = 1.5;
	run(t, 3, 0.9, 10 * SECOND);
	assert_true(t[2].refused > 100000);
	assert_true(t[0].refused > 0);
	/* For most of the time there was room for both. */
	assert_true(share(&t[0], 10 * SECOND) > 0.27);
	assert_true(share(&t[1], 10 * SECOND) > 0.27);
}

/* Once it was busy for long enough that the kernel could see it, half a time of pauses hides
 * nothing: the other has what it wants. */
static void pulses_are_shared(void **state)
{
	struct tenant t[] = {{.pps = 900e3, .cost = 2000, .weight = 100, .pulse = SECOND / 10},
			     {.pps = 100e3, .cost = 2000, .weight = 100}};

	(void)state;
	run(t, 2, 0.6, 4 * SECOND);
	NEAR(share(&t[1], 4 * SECOND), 0.2, 0.01);
	assert_true(share(&t[0], 4 * SECOND) < 0.3);
}

/* Alone, then beside another that comes and goes, then alone again: when it is sure that nobody
 * comes any more all is its own, the reserve, too. */
static void what_one_leaves_is_the_others(void **state)
{
	struct tenant t[] = {{.pps = 900e3, .cost = 2000, .weight = 100},
			     {.pps = 900e3,
			      .cost = 2000,
			      .weight = 100,
			      .from = 2 * SECOND,
			      .until = 4 * SECOND}};
	double is = run(t, 2, 0.8, 10 * SECOND), all = (double)(10 * SECOND - WARM) / 1e9;

	(void)state;
	/* Two seconds of 10 it is busy, and two more nobody knows whether the other comes back. */
	NEAR(is * all, all - 4.15 * 0.2, 0.1);
	NEAR(share(&t[1], 10 * SECOND) * all, 2 * 0.4, 0.06);
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
	run(t, 2, 0.8, END);
	assert_true(t[0].used > 0);
	assert_true(share(&t[0], END) < 0.01);
	NEAR(share(&t[1], END), 0.8, 0.016);
}

/* Where refusing packets takes more than the reserve (of 15 % here, the ring loses the rest), there
 * is less to share, and it stays fair. */
static void a_flood_of_refused_packets_is_paid_by_all(void **state)
{
	struct tenant t[] = {{.pps = 6000e3, .cost = 2000, .weight = 100},
			     {.pps = 400e3, .cost = 2000, .weight = 100}};
	double whole;

	(void)state;
	whole = run(t, 2, 0.9, END);
	NEAR(whole, 0.85, 0.02);
	NEAR(share(&t[1], END) / share(&t[0], END), 1, 0.1);
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
		cmocka_unit_test(who_is_alone_is_refused_nothing),
		cmocka_unit_test(a_cpu_that_is_taken_away_is_not_busy),
		cmocka_unit_test(a_wrong_ledger_closes_nothing),
		cmocka_unit_test(a_wrong_ledger_is_found_out),
		cmocka_unit_test(pulses_are_shared),
		cmocka_unit_test(what_one_leaves_is_the_others),
		cmocka_unit_test(shares_of_many),
		cmocka_unit_test(the_extremes_of_weight),
		cmocka_unit_test(a_flood_of_refused_packets_is_paid_by_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
