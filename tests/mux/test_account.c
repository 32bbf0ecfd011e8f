// SPDX-License-Identifier: GPL-2.0-only
/* The gate and the account: buckets that empty, fill and are in debt; what is charged to them. */
#include <linux/bpf.h>
#include <pthread.h>

#include "tests/mux/accounts.h"

#define PACKET (1ll << SL_PPS_SHIFT)
#define BYTE (1ll << SL_BYTES_SHIFT)
/* A packet in about two seconds: nothing, in the time of a test. */
#define SLOW (PACKET >> 11)

static struct sl_tokens bucket(int64_t left, uint64_t rate, uint64_t burst)
{
	return (struct sl_tokens){.left = left, .rate = rate, .burst = burst};
}

/* ---- Empty ----------------------------------------------------------------------------------*/

/* To the packet, whether one of so many is measured or another. */
static void a_packet_bucket_lets_in_what_is_left(void **state)
{
	static const uint32_t samples[] = {0, 1, 2, 8, 64};

	(void)state;
	fixed_costs(0);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		tenant(SLOT, samples[i], 1, 1);
		set_bucket(SLOT, SL_RES_PPS, bucket(10 * PACKET, SLOW, 10 * PACKET));
		assert_int_equal(refused(SLOT, DROP, 10, SL_R_PPSLIMIT), 0);
		assert_int_equal(refused(SLOT, DROP, 200, SL_R_PPSLIMIT), 200);
		assert_int_equal(let_in(SLOT), 10);
		assert_int_equal(left_of(SLOT, SL_RES_PPS), 0);
		assert_conserved(SLOT);
		gone(SLOT);
	}
}

/* The last one may be larger than what is left: a debt. */
static void a_bucket_of_bytes_in_lets_in_what_is_left(void **state)
{
	(void)state;
	fixed_costs(0);
	tenant(SLOT, 8, 1, 1);
	set_bucket(SLOT, SL_RES_RX, bucket((10 * FRAME - 1) * BYTE, 1, 10 * FRAME * BYTE));
	assert_int_equal(refused(SLOT, SEND, 10, SL_R_RXLIMIT), 0);
	assert_int_equal(refused(SLOT, SEND, 50, SL_R_RXLIMIT), 50);
	assert_int_equal(left_of(SLOT, SL_RES_RX), -BYTE);
	gone(SLOT);
}

/* They come in; the same ones may not leave. Other verdicts need nothing of it. */
static void a_bucket_of_bytes_out_lets_out_what_is_left(void **state)
{
	struct sl_tenant_stats s;

	(void)state;
	fixed_costs(0);
	tenant(SLOT, 8, 1, 1);
	set_bucket(SLOT, SL_RES_TX, bucket(10 * FRAME * BYTE, 1, 10 * FRAME * BYTE));
	assert_int_equal(refused(SLOT, DROP, 50, SL_R_TXLIMIT), 0);
	assert_int_equal(refused(SLOT, SEND, 10, SL_R_TXLIMIT), 0);
	assert_int_equal(refused(SLOT, SEND, 50, SL_R_TXLIMIT), 50);
	assert_int_equal(refused(SLOT, DROP, 50, SL_R_TXLIMIT), 0);
	s = tenant_counts(SLOT);
	assert_int_equal(s.refused, 0);
	assert_int_equal(s.out, 10);
	assert_int_equal(s.packets, 160);
	assert_int_equal(left_of(SLOT, SL_RES_TX), 0);
	assert_conserved(SLOT);
	gone(SLOT);
}

/* It is looked at when 32 us are owed: so many more may come in. */
static void a_bucket_of_time_lets_in_what_is_left(void **state)
{
	uint64_t n;

	(void)state;
	fixed_costs(0);
	tenant(SLOT, 1, 1, 1);
	set_bucket(SLOT, SL_RES_CPU, bucket(100 * DEAR, 1, 100 * DEAR));
	n = 200 - refused(SLOT, SEND, 200, SL_R_CPULIMIT);
	assert_in_range(n, 100, 100 + 32768 / DEAR + 1);
	assert_int_equal(left_of(SLOT, SL_RES_CPU), (100 - (int64_t)n) * DEAR);
	assert_int_equal(tenant_counts(SLOT).cpu_ns, n * DEAR);
	gone(SLOT);
}

/* ---- Filled ---------------------------------------------------------------------------------*/

/* Of what seconds bring, what a debt was is gone first. */
static void a_debt_is_paid_first(void **state)
{
	(void)state;
	fixed_costs(0);
	tenant(SLOT, 8, 1, 1);
	set_bucket(SLOT, SL_RES_PPS, bucket(-3 * PACKET, PACKET >> 10, 8 * PACKET));
	assert_int_equal(refused(SLOT, DROP, 100, SL_R_PPSLIMIT), 100);
	not_filled_for(SLOT, 2ull << 30); /* two packets */
	assert_int_equal(refused(SLOT, DROP, 100, SL_R_PPSLIMIT), 100);
	assert_in_range(-left_of(SLOT, SL_RES_PPS), 1, PACKET);
	not_filled_for(SLOT, 2ull << 30);
	assert_in_range(refused(SLOT, DROP, 100, SL_R_PPSLIMIT), 97, 99);
	gone(SLOT);
}

static void a_bucket_holds_its_burst(void **state)
{
	(void)state;
	fixed_costs(0);
	tenant(SLOT, 8, 1, 1);
	set_bucket(SLOT, SL_RES_PPS, bucket(0, 2 * SLOW, 3 * PACKET));
	not_filled_for(SLOT, 3600 * SECOND);
	/* A part of a packet, which comes meanwhile, is enough for one more. */
	assert_in_range(refused(SLOT, DROP, 100, SL_R_PPSLIMIT), 95, 97);
	/* So does one whose burst is smaller than what there is. */
	set_bucket(SLOT, SL_RES_PPS, bucket(50 * PACKET, 2 * SLOW, 3 * PACKET));
	not_filled_for(SLOT, 1 << 20);
	next_jiffy();
	assert_in_range(refused(SLOT, DROP, 100, SL_R_PPSLIMIT), 95, 97);
	gone(SLOT);
}

/* All limits but one are far: the one closes the gate, and opens it again. */
static void each_limit_has_its_reason(void **state)
{
	static const struct {
		enum sl_resource res;
		enum sl_reason reason;
	} limits[] = {{SL_RES_CPU, SL_R_CPULIMIT},
		      {SL_RES_PPS, SL_R_PPSLIMIT},
		      {SL_RES_RX, SL_R_RXLIMIT},
		      {SL_RES_TX, SL_R_TXLIMIT}};

	(void)state;
	fixed_costs(0);
	for (int i = 0; i < 4; i++) {
		tenant(SLOT, 8, 1, 1);
		for (int k = 0; k < 4; k++)
			set_bucket(SLOT, limits[k].res,
				   bucket(k == i ? 0 : 1ll << 50, 1, 1ull << 50));
		assert_int_equal(refused(SLOT, SEND, 50, limits[i].reason), 50);
		set_bucket(SLOT, limits[i].res, bucket(1ll << 50, 1, 1ull << 50));
		next_jiffy();
		assert_int_equal(give(SLOT, SEND, 0, 1, NULL), XDP_REDIRECT);
		gone(SLOT);
	}
}

/* A refused packet now and then is enough to find out, within a jiffy. */
static void the_gate_opens_under_a_flood(void **state)
{
	struct sl_tenant_stats s;

	(void)state;
	fixed_costs(0);
	tenant(SLOT, 64, 1, 1);
	set_bucket(SLOT, SL_RES_PPS, bucket(0, SLOW, PACKET << 30));
	assert_int_equal(refused(SLOT, DROP, 1, SL_R_PPSLIMIT), 1);
	set_bucket(SLOT, SL_RES_PPS, bucket(PACKET << 20, SLOW, PACKET << 30));
	s = here(SLOT);
	s.local.jiffy +=
		1 << 20; /* none that comes; a look at each packet, but for the next line */
	put_here(SLOT, &s);
	assert_in_range(refused(SLOT, DROP, 40, SL_R_PPSLIMIT), 0, 32);
	gone(SLOT);
}

/* However small the steps: two CPUs, none of which waits for the other, fill what time brings. */
static void flood(void)
{
	uint64_t end = now_ns() + SECOND / 2;

	while (now_ns() < end)
		give(SLOT, DROP, 0, 1, NULL);
}

static void *flood_anywhere(void *arg)
{
	cpu_set_t all;

	CPU_ZERO(&all);
	for (int cpu = 0; cpu < 64; cpu++)
		CPU_SET(cpu, &all);
	sched_setaffinity(0, sizeof(all), &all);
	flood();
	return arg;
}

static void a_rate_is_that_rate_for_all_cpus(void **state)
{
	/* 1000 packets a second, 32 of which fill the bucket. */
	uint64_t rate = 1000 * (PACKET << SL_RATE_SHIFT) / SECOND, start, took, n;
	pthread_t other;

	(void)state;
	fixed_costs(0);
	tenant(SLOT, 8, 1, 1);
	set_bucket(SLOT, SL_RES_PPS, bucket(32 * PACKET, rate, 32 * PACKET));
	not_filled_for(SLOT, 0);
	start = now_ns();
	assert_int_equal(pthread_create(&other, NULL, flood_anywhere, NULL), 0);
	flood();
	pthread_join(other, NULL);
	took = now_ns() - start;
	n = let_in(SLOT) - 32;
	print_message("# %llu packets in %llu ms at 1000/s\n", (unsigned long long)n,
		      (unsigned long long)(took / 1000000));
	/* A CPU owes what it let in since its last look: one packet, where there is room for one.
	 */
	assert_true(n <= took * 1000 / SECOND + 4);
	assert_true(n >= SECOND / 2 * 1000 / SECOND / 2);
	gone(SLOT);
}

/* Rates so slow that 16 us of them are much less than a token. */
static void small_steps_add_up(void **state)
{
	struct sl_account a;
	uint64_t start, span;

	(void)state;
	fixed_costs(0);
	tenant(SLOT, 1, 1, 1);
	set_bucket(SLOT, SL_RES_CPU, bucket(-1000000, 3, 1 << 20));
	set_bucket(SLOT, SL_RES_PPS, bucket(-1000000, 3, 1 << 20));
	not_filled_for(SLOT, 0);
	start = account_of(SLOT).filled_ns;
	while (now_ns() < start + SECOND / 5)
		give(SLOT, DROP, 0, 32, NULL);
	a = account_of(SLOT);
	span = (a.filled_ns - start) >> 10;
	for (int k = 0; k < 2; k++) {
		int64_t brought = a.tokens[k ? SL_RES_PPS : SL_RES_CPU].left + 1000000;

		assert_in_range(brought + 1, span * 3 / 1024, span * 3 / 1024 + 2);
	}
	gone(SLOT);
}

/* ---- What is charged ------------------------------------------------------------------------*/

/* Packets and bytes to the last; not those that were refused. */
static void counts_are_charged_exactly(void **state)
{
	static const struct sl_tokens much = {1ll << 50, 1, 1ull << 50};
	struct sl_tenant_stats s;

	(void)state;
	fixed_costs(0);
	tenant(SLOT, 8, 1, 1);
	set_bucket(SLOT, SL_RES_RX, much);
	set_bucket(SLOT, SL_RES_TX, much);
	set_bucket(SLOT, SL_RES_PPS, bucket(500 * PACKET, 1, 500 * PACKET));
	for (int i = 0; i < 600; i++)
		give(SLOT, i % 3 ? SEND : DROP, 0, 1, NULL);
	next_jiffy();
	give(SLOT, SEND, 0, 1, NULL); /* refused, and settles */
	s = tenant_counts(SLOT);
	assert_int_equal(s.refused, 101);
	assert_int_equal(s.drops[SL_R_PPSLIMIT], 101);
	assert_int_equal(s.bytes, 500 * FRAME);
	assert_int_equal(left_of(SLOT, SL_RES_PPS), 0);
	assert_int_equal(left_of(SLOT, SL_RES_RX), much.left - 500 * FRAME * BYTE);
	assert_int_equal(left_of(SLOT, SL_RES_TX), much.left - (int64_t)s.out * FRAME * BYTE);
	assert_conserved(SLOT);
	gone(SLOT);
}

/* A chain that asks for a copy of its packet, and drops what comes back. */
static void copies_are_charged_as_packets(void **state)
{
	const struct plan split = {.answer = SL_ANSWER(SL_V_COPY, 1, HEAD + 72),
				   .head = HEAD,
				   .move_head = -72,
				   .scribble = 64};
	const struct plan drop = {.answer = DROP, .head = HEAD + 72};
	static uint8_t copy[1024];
	const struct result *r;
	size_t meta, len;
	uint8_t in[256];

	(void)state;
	fixed_costs(0);
	tenant(SLOT, 1, 1, 1);
	install(SLOT, GEN, HEAD); /* the one with plans */
	set_bucket(SLOT, SL_RES_PPS, bucket(3 * PACKET, 1, 3 * PACKET));
	expect(0, HEAD);
	plan(0, split);
	plan(1, drop);
	plan(2, drop);
	r = feed(in, ordered(in, SLOT, 0, 0));
	assert_int_equal(r->action, XDP_REDIRECT);
	meta = r->meta;
	len = r->meta + r->len;
	memcpy(copy, r->all, len);
	for (int branch = 0; branch < 2; branch++)
		feed_meta(branch ? node.port->progs.sl_copy1 : node.port->progs.sl_copy0, copy, len,
			  meta);
	assert_int_equal(tenant_counts(SLOT).drops[SL_R_ELEMENT], 2);
	/* Three have been, of three. */
	feed_meta(node.port->progs.sl_copy0, copy, len, meta);
	assert_int_equal(tenant_counts(SLOT).drops[SL_R_PPSLIMIT], 1);
	assert_int_equal(left_of(SLOT, SL_RES_PPS), 0);
	assert_conserved(SLOT);
	gone(SLOT);
}

/* Whatever a chain answers: of the accounts only its own changes, by what it took. */
static void no_answer_reaches_an_account(void **state)
{
	const struct sl_tokens much = {1ll << 50, 1, 1ull << 50};
	struct sl_account other, a;
	struct sl_tenant_rec rec, now;
	struct sl_tenant_stats s;
	uint64_t x = 88172645463325252ull;

	(void)state;
	fixed_costs(0);
	tenant(SLOT, 3, 1, 1);
	tenant(OTHER, 3, 1, 1);
	for (int i = 0; i < SL_RES_N; i++) {
		set_bucket(SLOT, (enum sl_resource)i, much);
		set_bucket(OTHER, (enum sl_resource)i, bucket(i + 1, 2 * (uint64_t)i + 1, 77));
	}
	other = account_of(OTHER);
	rec = record_of(SLOT);
	for (int i = 0; i < 5000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		/* Half of them with a verdict there is. */
		give(SLOT, i & 1 ? x : (x & ~15ull) | (x >> 40) % 6, 0, 1, NULL);
	}
	next_jiffy();
	give(SLOT, DROP, 0, 1, NULL);
	s = tenant_counts(SLOT);
	a = account_of(SLOT);
	assert_true(s.drops[SL_R_BADANSWER] > 1000);
	assert_int_equal(s.packets, 5001);
	assert_conserved(SLOT);
	assert_int_equal(a.tokens[SL_RES_PPS].left, much.left - 5000 * PACKET);
	assert_int_equal(a.tokens[SL_RES_RX].left, much.left - (int64_t)(s.bytes - FRAME) * BYTE);
	assert_int_equal(a.tokens[SL_RES_TX].left, much.left - (int64_t)s.out_bytes * BYTE);
	for (int i = 0; i < SL_RES_N; i++) {
		assert_int_equal(a.tokens[i].rate, much.rate);
		assert_int_equal(a.tokens[i].burst, much.burst);
	}
	a = account_of(OTHER);
	assert_memory_equal(&a, &other, sizeof(a));
	now = record_of(SLOT);
	assert_memory_equal(&now, &rec, sizeof(rec));
	gone(SLOT);
	gone(OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_packet_bucket_lets_in_what_is_left),
		TEST(a_bucket_of_bytes_in_lets_in_what_is_left),
		TEST(a_bucket_of_bytes_out_lets_out_what_is_left),
		TEST(a_bucket_of_time_lets_in_what_is_left),
		TEST(a_debt_is_paid_first),
		TEST(a_bucket_holds_its_burst),
		TEST(each_limit_has_its_reason),
		TEST(the_gate_opens_under_a_flood),
		TEST(a_rate_is_that_rate_for_all_cpus),
		TEST(small_steps_add_up),
		TEST(counts_are_charged_exactly),
		TEST(copies_are_charged_as_packets),
		TEST(no_answer_reaches_an_account),
	};

	return cmocka_run_group_tests(tests, accounts_open, node_close);
}
