// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decision graphs: how good the result is, and that it stays bounded whatever is asked. That it is
 * right is shown by test_filter.c and tests/element.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "loader/mem.h"
#include "tests/config/filter_oracle.h"

static uint32_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)(seed ^ seed >> 15) * n) >> 32) % n;
}

#define YES (SL_DEC_END | 1)
#define NO SL_DEC_END

static const struct sl_dec_action actions[] = {{.kill = true, .reason = "NOMATCH"}, {.port = 0}};

static char *c_of(const struct sl_dec *d)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(sl_dec_emit(d, actions, NULL, "e1", f), 0);
	fclose(f);
	return text;
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	while ((text = strstr(text, what))) {
		text++;
		n++;
	}
	return n;
}

/* tcp, a destination, a port: as firewalls have them. */
static sl_dec_ref firewall(struct sl_dec *d, unsigned int rules)
{
	sl_dec_ref at = NO;

	for (unsigned int i = 0; i < rules; i++) {
		sl_dec_ref yes = rnd(4) ? YES : NO;

		yes = sl_dec_equal(d, SL_DB_TRANSPORT, 2, 2, rnd(3) ? rnd(16) * 64 : rnd(65536),
				   0xffff, yes, at, at);
		yes = sl_dec_equal(d, SL_DB_NET, 6, 2, 0, 0x1fff, yes, at, at);
		yes = sl_dec_equal(d, SL_DB_NET, 16, 4, 0x0a000000 + rnd(16), UINT32_MAX, yes, at,
				   at);
		at = sl_dec_equal(d, SL_DB_NET, 9, 1, rnd(3) ? 6 : 17, 0xff, yes, at, at);
	}
	return at;
}

static void test_one_check_a_header(void **state)
{
	SL_CLEANUP(sl_dec_free) struct sl_dec d = {0};
	_free_ char *text = NULL;

	(void)state;
	seed = 3;
	assert_int_equal(sl_dec_reduce(&d, firewall(&d, 50)), 0);
	text = c_of(&d);
	/* The IP header once; the ports once for each protocol at most; no word twice behind a
	 * check. */
	assert_int_equal(count(text, "sl_net("), 1);
	assert_in_range(count(text, "sl_transport("), 1, 2);
	assert_int_equal(count(text, "ip16 = sl_ld32"), 1);
	assert_int_equal(count(text, "ip8 = sl_ld8"), 1);
	assert_int_equal(count(text, "sl_forget"), 0);
}

static void test_depth_of_a_firewall(void **state)
{
	SL_CLEANUP(sl_dec_free) struct sl_dec d = {0};
	uint8_t bytes[64] = {0};
	struct view v = {.bytes = bytes, .len = sizeof(bytes)};

	(void)state;
	seed = 4;
	v.at[SL_DB_TRANSPORT] = 20;
	assert_int_equal(sl_dec_reduce(&d, firewall(&d, 200)), 0);
	/* Protocol, fragment, address, port, and two lengths: each is asked for once. */
	for (int i = 0; i < 2000; i++) {
		unsigned int steps;
		bool fault = false;

		bytes[9] = rnd(2) ? 6 : 17;
		bytes[16] = 10;
		bytes[19] = (uint8_t)rnd(16);
		bytes[22] = (uint8_t)rnd(4);
		bytes[23] = (uint8_t)(rnd(4) * 64);
		walk_graph(&d, &v, &steps, &fault);
		assert_in_range(steps, 1, 6);
		assert_false(fault);
	}
}

static void test_same_tests_are_shared(void **state)
{
	SL_CLEANUP(sl_dec_free) struct sl_dec d = {0};
	sl_dec_ref a, b;

	(void)state;
	a = sl_dec_equal(&d, SL_DB_NET, 9, 1, 6, 0xff, YES, NO, NO);
	b = sl_dec_equal(&d, SL_DB_NET, 9, 1, 6, 0xff, YES, NO, NO);
	assert_int_equal(a, b);
	assert_int_equal(sl_dec_equal(&d, SL_DB_NET, 9, 1, 7, 0xff, a, a, a), a);
	/* True, then asked again: nothing is left of the second. */
	assert_int_equal(sl_dec_reduce(&d, sl_dec_equal(&d, SL_DB_NET, 9, 1, 6, 0xff, a, NO, NO)),
			 0);
	assert_int_equal(d.n_nodes, 2);
}

static void test_bits_of_a_word_are_one_comparison(void **state)
{
	static const uint8_t value[] = {0x45, 0, 0, 0x28}, mask[] = {0xf0, 0, 0xff, 0x0f};
	SL_CLEANUP(sl_dec_free) struct sl_dec d = {0};
	_free_ char *text = NULL;

	(void)state;
	assert_int_equal(
		sl_dec_reduce(&d, sl_dec_bytes(&d, SL_DB_NET, 0, value, mask, 4, YES, NO, NO)), 0);
	text = c_of(&d);
	assert_int_equal(count(text, "if ("), 2); /* the length, the word */
	assert_non_null(strstr(text, "(x & 0xf000ff0fu) == 0x40000008u"));
}

/* Rules over many independent bits cannot be decided field by field in any reasonable space. */
static void test_hostile_rules_stay_small(void **state)
{
	SL_CLEANUP(sl_dec_free) struct sl_dec d = {0};
	SL_CLEANUP(sl_dec_free) struct sl_dec plain = {0};
	uint8_t bytes[32];
	struct view v = {.bytes = bytes, .len = sizeof(bytes)};
	sl_dec_ref at = NO, same = NO;

	(void)state;
	seed = 5;
	for (int i = 0; i < 400; i++) {
		sl_dec_ref yes = rnd(2) ? YES : NO, also = yes;

		for (int k = 0; k < 8; k++) {
			uint32_t off = rnd(16), bit = 1u << rnd(8), value = rnd(2) ? bit : 0;

			yes = sl_dec_equal(&d, SL_DB_NET, off, 1, value, bit, yes, at, at);
			also = sl_dec_equal(&plain, SL_DB_NET, off, 1, value, bit, also, same,
					    same);
		}
		at = yes;
		same = also;
	}
	plain.root = same;
	assert_int_equal(sl_dec_reduce(&d, at), 0);
	assert_in_range(d.n_cases, 1, 2 * plain.n_cases);
	v.at[SL_DB_NET] = 0;
	for (int i = 0; i < 3000; i++) {
		unsigned int steps, plain_steps;
		bool fault = false;

		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (uint8_t)rnd(256);
		v.len = rnd(3) ? sizeof(bytes) : rnd(20);
		assert_int_equal(walk_graph(&d, &v, &steps, &fault),
				 walk_graph(&plain, &v, &plain_steps, &fault));
		assert_false(fault);
		assert_true(steps <= plain_steps + 1);
	}
}

static void test_limits(void **state)
{
	SL_CLEANUP(sl_dec_free) struct sl_dec d = {0};
	SL_CLEANUP(sl_dec_free) struct sl_dec e = {0};
	sl_dec_ref at = NO;

	(void)state;
	for (uint32_t i = 0; i < SL_DEC_MAX_FIELDS + 1; i++)
		at = sl_dec_equal(&d, SL_DB_WINDOW, 4 * i, 4, i, UINT32_MAX, YES, at, at);
	assert_int_equal(sl_dec_reduce(&d, at), -E2BIG);
	at = NO;
	for (uint32_t i = 0; i < SL_DEC_MAX_NODES; i++)
		at = sl_dec_equal(&e, SL_DB_NET, 4 * (i % 2), 4, i, UINT32_MAX, i % 3 ? YES : NO,
				  at, at);
	assert_int_equal(sl_dec_reduce(&e, at), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_check_a_header),
		cmocka_unit_test(test_depth_of_a_firewall),
		cmocka_unit_test(test_same_tests_are_shared),
		cmocka_unit_test(test_bits_of_a_word_are_one_comparison),
		cmocka_unit_test(test_hostile_rules_stay_small),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("decision graphs", tests, NULL, NULL);
}
