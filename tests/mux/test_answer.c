/* SPDX-License-Identifier: GPL-2.0-only */
/* What a hostile answer can do: nothing. */
#include "tests/mux/way_out.h"

/* ---- Hostile answers ----------------------------------------------------------------------*/
/* One packet with a given answer; exactly one counter moves, and the packet stays in bounds. */
static const struct result *answer(uint64_t word, struct plan p)
{
	const struct result *r;
	struct sl_tenant_stats s;

	p.answer = word;
	p.head = 24;
	expect(word, 24);
	plan(0, p);
	plan(1, (struct plan){.head = 24});
	r = feed(packet, wrap(packet, &ip_in, IN, SL_ETH_P_IP, inner, 64));
	s = tenant_counts(SLOT);
	assert_conserved(SLOT);
	assert_int_equal(s.packets, 1);
	assert_int_equal(r->action == XDP_REDIRECT, s.out + s.copies);
	assert_int_equal(r->action == XDP_PASS, s.host);
	assert_int_equal(r->action == XDP_DROP, all_drops(s.drops));
	return r;
}

static const struct plan idle;

static void verdicts_that_do_not_exist(void **state)
{
	(void)state;
	set_up(&ip_in, NULL, 24);
	for (uint64_t verdict = SL_V_COPY + 1; verdict < 16; verdict++) {
		for (uint32_t arg = 0; arg < 0x1000; arg += 273) {
			answer(SL_ANSWER(verdict, arg, 24), idle);
			assert_int_equal(tenant_counts(SLOT).drops[SL_R_BADANSWER], 1);
		}
	}
	tear_down(&ip_in, NULL);
}

static void every_reason_counts_and_others_are_bad_answers(void **state)
{
	(void)state;
	set_up(&ip_in, NULL, 24);
	for (uint32_t arg = 0; arg < 0x1000; arg += arg < SL_R_MAX + 4 ? 1 : 37) {
		answer(SL_ANSWER(SL_V_DROP, arg, 0xffff), idle);
		assert_int_equal(tenant_counts(SLOT).drops[arg < SL_R_MAX ? arg : SL_R_BADANSWER],
				 1);
	}
	tear_down(&ip_in, NULL);
}

/* Bare XDP actions are no answers: a stranger's redirect is never followed. */
static void xdp_actions_are_no_answers(void **state)
{
	(void)state;
	set_up(&ip_in, NULL, 24);
	for (uint32_t action = 0; action < 16; action++) {
		answer(action, (struct plan){.redirect = node.ifindex});
		assert_int_equal(tenant_counts(SLOT).drops[SL_R_ABORTED], 1);
	}
	tear_down(&ip_in, NULL);
}

static void devices_that_are_not_the_tenants(void **state)
{
	struct tunnel t = {.ip = 4, .far = 30};

	(void)state;
	set_up(&ip_in, NULL, 24);
	/* The same devices of the neighbours on either side are links. */
	for (uint32_t dev = 0; dev < SL_MAX_DEVS; dev++) {
		own_dev(SLOT - 1, dev, OUT_LINK);
		own_dev(SLOT + 1, dev, OUT_LINK);
	}
	add_link(OUT_LINK, &t, SLOT + 1, 0);
	for (uint32_t dev = 0; dev < 0x1000; dev += dev < 2 * SL_MAX_DEVS ? 1 : 61) {
		if (dev == IN_DEV)
			continue;
		answer(out(dev, 24), idle);
		assert_int_equal(
			tenant_counts(SLOT).drops[dev < SL_MAX_DEVS ? SL_R_NOLINK : SL_R_BADANSWER],
			1);
	}
	remove_link(OUT_LINK, &t, SLOT + 1, 0);
	for (uint32_t dev = 0; dev < SL_MAX_DEVS; dev++) {
		own_dev(SLOT - 1, dev, (uint32_t)-1);
		own_dev(SLOT + 1, dev, (uint32_t)-1);
	}
	tear_down(&ip_in, NULL);
}

/* Frames that begin anywhere: what lies outside of the packet is a bad answer. */
static void offsets_out_of_the_packet(void **state)
{
	struct tunnel t = {.ip = 4, .payload = SL_PAYLOAD_ETHER, .far = 30};
	const struct result *r;
	size_t len = 24 + 14 + 64;

	(void)state;
	set_up(&ip_in, &t, 24);
	for (uint32_t low = 0; low <= 0xffff; low += low < 300 ? 1 : 997) {
		bool inside = low + 14 <= len;

		r = answer(out(OUT_DEV, low), idle);
		assert_int_equal(r->action, inside ? XDP_REDIRECT : XDP_DROP);
		assert_int_equal(tenant_counts(SLOT).drops[SL_R_BADANSWER], !inside);
		if (inside)
			assert_int_equal(r->len, len - low + outer_len(&t));
		r = answer(SL_ANSWER(SL_V_HOST, 0, low), idle);
		assert_int_equal(r->action, inside ? XDP_PASS : XDP_DROP);
		assert_int_equal(tenant_counts(SLOT).drops[SL_R_BADANSWER], !inside);
		if (inside)
			assert_int_equal(r->len, len - low);
		r = answer(SL_ANSWER(SL_V_COPY, 1, low), idle);
		inside = inside && low >= SL_ENTRY_LEN;
		assert_int_equal(r->action, inside ? XDP_REDIRECT : XDP_DROP);
		assert_int_equal(tenant_counts(SLOT).drops[SL_R_BADANSWER], !inside);
	}
	tear_down(&ip_in, &t);
}

/* The chain cut its packet short: offsets are judged by what is left. */
static void packets_cut_by_the_chain(void **state)
{
	struct tunnel t = {.ip = 4, .payload = SL_PAYLOAD_ETHER, .far = 30};
	const struct result *r;

	(void)state;
	set_up(&ip_in, &t, 24);
	for (int cut = 0; cut <= 102 - 14; cut++) {
		bool inside = 102 - cut >= 24 + 14;

		r = answer(out(OUT_DEV, 24), (struct plan){.move_tail = -cut});
		assert_int_equal(tallied().failed, 0);
		assert_int_equal(r->action, inside ? XDP_REDIRECT : XDP_DROP);
		assert_int_equal(tenant_counts(SLOT).drops[SL_R_BADANSWER], !inside);
	}
	tear_down(&ip_in, &t);
}

/* The upper half of the result register is the stranger's to fill, and means nothing. */
static void the_upper_half_means_nothing(void **state)
{
	static const uint64_t upper[] = {1ull << 32, 0xdeadbeefull << 32, 0xffffffffull << 32,
					 1ull << 63};
	struct tunnel t = {.ip = 4, .far = 30};
	size_t n = wrap(want, &t, OUT, SL_ETH_P_IP, inner, 64);

	(void)state;
	set_up(&ip_in, &t, 24);
	for (size_t i = 0; i < sizeof(upper) / sizeof(upper[0]); i++) {
		assert_sent(answer(upper[i] | out(OUT_DEV, 24), idle), n, 78);
		answer(upper[i] | SL_ANSWER(SL_V_DROP, SL_R_TTL, 0), idle);
		assert_int_equal(tenant_counts(SLOT).drops[SL_R_TTL], 1);
	}
	tear_down(&ip_in, &t);
}

static void random_answers(void **state)
{
	struct tunnel t = {.ip = 6, .gre = 7, .far = 30};
	uint32_t x = 1;

	(void)state;
	set_up(&ip_in, &t, 24);
	for (int i = 0; i < 3000; i++) {
		uint64_t word;

		x = x * 1664525u + 1013904223u;
		word = (uint64_t)x << 32;
		x = x * 1664525u + 1013904223u;
		word |= x;
		if (i & 1) /* near what is valid */
			word &= ~(uint64_t)0xcffef080;
		answer(word, idle);
	}
	tear_down(&ip_in, &t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(verdicts_that_do_not_exist),
		TEST(every_reason_counts_and_others_are_bad_answers),
		TEST(xdp_actions_are_no_answers),
		TEST(devices_that_are_not_the_tenants),
		TEST(offsets_out_of_the_packet),
		TEST(packets_cut_by_the_chain),
		TEST(the_upper_half_means_nothing),
		TEST(random_answers),
	};

	pattern(inner, sizeof(inner), 1);
	return cmocka_run_group_tests(tests, node_open, node_close);
}
