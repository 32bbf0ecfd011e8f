// SPDX-License-Identifier: GPL-2.0-only
/* Shares of a busy CPU: by weight whatever packets cost, what is promised first, nothing kept. */
#include <linux/bpf.h>

#include "tests/mux/accounts.h"

/* What a packet of either is charged; and as many of them as they like. */
#define DEAR_NS 100001
#define CHEAP_NS 20001
#define RUN_NS (SECOND / 2)

static const struct timespec a_while = {.tv_nsec = 100000000}; /* longer than a CPU stays busy */

/* A CPU of which so many thousandths are the tenants'. */
static void part_of_cpu(uint64_t milli)
{
	node_conf((struct sl_node_conf){
		.tenants_part = milli * (1ull << 32) / 1000,
		.act_ns = {[XDP_DROP] = CHEAP_NS - 1, [XDP_REDIRECT] = DEAR_NS - 1},
	});
}

struct used {
	double first, second; /* thousandths of a CPU */
	double there;	      /* part of the time in which they did send */
};

static uint64_t cpu_ns(uint32_t slot)
{
	return tenant_counts(slot).cpu_ns;
}

/* Both send for `ns`, as much as they can: one dear packets, one cheap ones. While this process
 * waits for its CPU nobody sends, and what nobody uses is saved up for a moment only. */
static struct used send_for(uint64_t ns, bool first, bool second)
{
	uint64_t start = now_ns(), last = start, now = start, there = 0;
	uint64_t before[2] = {cpu_ns(SLOT), cpu_ns(OTHER)};
	struct used u;

	while (there < ns && now < start + 20 * ns) {
		if (first)
			give(SLOT, SEND, 0, 1, NULL);
		if (second)
			give(OTHER, DROP, 0, 1, NULL);
		last = now;
		now = now_ns();
		there += now - last < SL_SHARE_INTERVAL / 2 ? now - last : SL_SHARE_INTERVAL / 2;
	}
	u.there = (double)there / (double)(now - start);
	u.first = (double)(cpu_ns(SLOT) - before[0]) * 1000 / (double)(now - start);
	u.second = (double)(cpu_ns(OTHER) - before[1]) * 1000 / (double)(now - start);
	return u;
}

/* Shares can only be seen where more comes than a CPU has room for: in an emulated machine, packets
 * come too slowly. (What shares do, test_share.c computes anywhere.) */
static void skip_if_slow(void)
{
	struct used u;

	part_of_cpu(0);
	tenant(SLOT, 1, 1, 100);
	tenant(OTHER, 1, 1, 100);
	u = send_for(RUN_NS / 8, true, true);
	gone(SLOT);
	gone(OTHER);
	if (u.second < 1500 * u.there) {
		print_message("# skipped: only %.0f and %.0f thousandths are asked for\n", u.first,
			      u.second);
		skip();
	}
}

static struct used compete(bool first, bool second)
{
	struct used u;

	/* In this it is found out what is used. */
	send_for(RUN_NS / 4, first, second);
	u = send_for(RUN_NS, first, second);
	print_message("# %5.1f and %5.1f thousandths of the CPU, %.2f of the time\n", u.first,
		      u.second, u.there);
	return u;
}

/* No more than that, and no less for the time that they were there. */
static void assert_near(const struct used *u, double is, double want)
{
	if (is > want * 1.25 || is < want * u->there * 0.75)
		fail_msg("%.1f thousandths of the CPU instead of %.1f", is, want);
}

static void time_goes_by_weight(void **state)
{
	static const uint32_t weights[][2] = {{100, 100}, {100, 300}, {400, 100}};

	(void)state;
	skip_if_slow();
	part_of_cpu(600);
	for (int i = 0; i < 3; i++) {
		struct used u;

		tenant(SLOT, 1, 1, weights[i][0]);
		tenant(OTHER, 1, 1, weights[i][1]);
		u = compete(true, true);
		assert_near(&u, u.first + u.second, 600);
		assert_true(u.first / u.second > 0.9 * weights[i][0] / weights[i][1]);
		assert_true(u.first / u.second < 1.1 * weights[i][0] / weights[i][1]);
		assert_true(tenant_counts(SLOT).drops[SL_R_CPUSHARE] > 0);
		assert_int_equal(tenant_counts(SLOT).refused,
				 tenant_counts(SLOT).drops[SL_R_CPUSHARE]);
		gone(SLOT);
		gone(OTHER);
	}
}

static void who_is_alone_has_all(void **state)
{
	struct used u;

	(void)state;
	skip_if_slow();
	part_of_cpu(600);
	tenant(SLOT, 1, 1, 100);
	tenant(OTHER, 1, 1, 900);
	u = compete(true, false);
	assert_true(u.first > 1500 * u.there);
	assert_int_equal(tenant_counts(SLOT).refused, 0);
	gone(SLOT);
	gone(OTHER);
}

/* The other's weight is worth nothing against a promise, and all that is left over. */
static void what_is_promised_comes_first(void **state)
{
	struct used u;

	(void)state;
	skip_if_slow();
	part_of_cpu(600);
	tenant(SLOT, 1, 1, 1);
	tenant(OTHER, 1, 1, 10000);
	set_bucket(SLOT, SL_RES_PROMISED,
		   (struct sl_tokens){0, 400ll * (1 << SL_RATE_SHIFT) / 1000, 100000});
	not_filled_for(SLOT, 0);
	u = compete(true, true);
	assert_near(&u, u.first, 400);
	assert_near(&u, u.second, 200);
	gone(SLOT);
	gone(OTHER);
}

/* Limits hold on a CPU that is not busy, and below a share. */
static void a_limit_holds_below_a_share(void **state)
{
	struct used u;

	(void)state;
	skip_if_slow();
	part_of_cpu(600);
	tenant(SLOT, 1, 1, 100);
	tenant(OTHER, 1, 1, 100);
	set_bucket(SLOT, SL_RES_CPU,
		   (struct sl_tokens){0, 100ll * (1 << SL_RATE_SHIFT) / 1000, 100000});
	not_filled_for(SLOT, 0);
	u = compete(true, true);
	assert_near(&u, u.first, 100);
	assert_near(&u, u.second, 500);
	assert_true(tenant_counts(SLOT).drops[SL_R_CPULIMIT] > 0);
	gone(SLOT);
	gone(OTHER);
}

static struct sl_cpu_share share_here(void)
{
	static struct sl_cpu_share all[1024];
	uint32_t zero = 0;

	assert_int_equal(bpf_map_lookup_elem(MAP(cpu_share), &zero, all), 0);
	return all[sched_getcpu()];
}

/* When nobody wants more than there is, everybody passes again. */
static void all_pass_when_it_is_over(void **state)
{
	uint64_t refused_then;

	(void)state;
	skip_if_slow();
	part_of_cpu(600);
	tenant(SLOT, 1, 1, 100);
	tenant(OTHER, 1, 1, 100);
	compete(true, true);
	assert_true(share_here().rate > 0);
	assert_true(share_here().busy_ns > 0);
	/* Packets so rare that there is room for all: 20 us of 600 every 10 ms, and nobody is in
	 * debt to his share. */
	nanosleep(&a_while, NULL);
	for (int i = 0; i < 20; i++) {
		next_jiffy();
		give(OTHER, DROP, 0, 1, NULL);
	}
	assert_int_equal(share_here().rate, 0);
	refused_then = tenant_counts(OTHER).refused;
	assert_int_equal(give(SLOT, SEND, 0, 1, NULL), XDP_REDIRECT);
	give(OTHER, DROP, 0, 1, NULL);
	assert_int_equal(tenant_counts(OTHER).refused, refused_then);
	gone(SLOT);
	gone(OTHER);
}

/* A node that has said nothing shares nothing. */
static void without_a_part_nobody_is_refused(void **state)
{
	(void)state;
	part_of_cpu(0);
	tenant(SLOT, 1, 1, 100);
	tenant(OTHER, 1, 1, 100);
	compete(true, true);
	assert_int_equal(tenant_counts(SLOT).refused, 0);
	assert_int_equal(tenant_counts(OTHER).refused, 0);
	assert_int_equal(share_here().rate, 0);
	gone(SLOT);
	gone(OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(time_goes_by_weight),	    TEST(who_is_alone_has_all),
		TEST(what_is_promised_comes_first), TEST(a_limit_holds_below_a_share),
		TEST(all_pass_when_it_is_over),	    TEST(without_a_part_nobody_is_refused),
	};

	return cmocka_run_group_tests(tests, accounts_open, node_close);
}
