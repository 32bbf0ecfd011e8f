// SPDX-License-Identifier: GPL-2.0-only
/* Where a tenant's graph runs, and what a packet of it may cost: sums, to the ns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "loader/runtime/class_choice.h"

/* 200 ns of the platform's: sending, as it is dearer than dropping, and measuring. */
static const struct sl_platform_cost cost = {.clock_ns = 20,
					     .sample_ns = 95,
					     .refuse_ns = 70,
					     .drop_ns = 85,
					     .pass_ns = 500,
					     .send_ns = 105};

static struct sl_class_choice choose(enum sl_tenant_class given, uint32_t declared,
				     uint32_t max_delay_us, uint32_t dear_ns)
{
	const struct sl_node_tenant t = {
		.name = (char *)"red", .class = given, .budget = {.ns_per_packet = declared}};
	const struct sl_node_config node = {.max_delay_us = max_delay_us};
	struct sl_class_choice c;

	sl_class_choose(&t, &node, &cost, dear_ns, &c);
	return c;
}

static void the_dearest_packet_decides(void **state)
{
	static const struct {
		uint32_t max_delay_us, declared, dear_ns;
		bool thread;
	} cases[] = {
		/* 64 x (1000 + 200) = 76800 */
		{77, 0, 1000, false},
		{76, 0, 1000, true},
		/* To the ns: 64 x (15425 + 200) = 1000000. */
		{1000, 0, 15425, false},
		{1000, 0, 15426, true},
		/* What is declared is believed, and nothing else looked at. */
		{1000, 15425, 4000000, false},
		{1000, 15426, 0, true},
		/* The platform alone may be too much: 64 x 200 = 12800. */
		{13, 0, 0, false},
		{12, 0, 0, true},
		/* No overflow. */
		{1000000, 0, UINT32_MAX, true},
		{1, 0, UINT32_MAX, true},
		{1000000, UINT32_MAX, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int turn = 0; turn < 3; turn++)
			assert_int_equal(choose(SL_CLASS_NONE, cases[i].declared,
						cases[i].max_delay_us, cases[i].dear_ns)
						 .thread,
					 cases[i].thread);
}

static void the_operator_has_the_last_word(void **state)
{
	(void)state;
	assert_true(choose(SL_CLASS_THREAD, 0, 1000, 1).thread);
	assert_false(choose(SL_CLASS_INLINE, 0, 1, 1000000).thread);
	assert_false(choose(SL_CLASS_INLINE, 1000000, 1, 0).thread);
}

static uint32_t bound(uint32_t declared, uint32_t max_delay_us, bool thread)
{
	const struct sl_node_tenant t = {.budget = {.ns_per_packet = declared}};
	const struct sl_node_config node = {.max_delay_us = max_delay_us};

	return sl_class_bound_ns(&t, &node, &cost, thread);
}

/* What fits is never over its bound, and a poll of packets at the bound ends in time. */
static void bounds_are_what_a_poll_leaves(void **state)
{
	(void)state;
	assert_int_equal(bound(0, 1000, false), 4 * (15625 - 200));
	assert_int_equal(bound(0, 1000, true), 125000 - 200);
	assert_int_equal(bound(0, 100, false), 4 * (1562 - 200));
	assert_int_equal(bound(0, 1, false), 4);
	assert_int_equal(bound(0, 1, true), 1);
	assert_int_equal(bound(0, UINT32_MAX, true), UINT32_MAX);
	assert_int_equal(bound(77, 1, false), 77);
	assert_int_equal(bound(77, 1000, true), 77);
	for (uint32_t us = 14; us <= 1000000; us = us * 3 / 2)
		for (int thread = 0; thread < 2; thread++) {
			uint32_t ns = bound(0, us, thread) / (thread ? 1 : 4);
			struct sl_class_choice at = choose(SL_CLASS_NONE, 0, us, ns);
			struct sl_class_choice over = choose(SL_CLASS_NONE, 0, us, ns + 1);

			assert_true(sl_class_fits(&at, thread));
			assert_false(sl_class_fits(&over, thread));
			if (!thread)
				assert_true(!at.thread && over.thread);
		}
}

/* ---- In words --------------------------------------------------------------------------------*/

static void assert_text(struct sl_class_choice c, const char *want)
{
	_free_ char *text = sl_class_text(&c);

	assert_string_equal(text, want);
}

static void the_arithmetic_is_told(void **state)
{
	(void)state;
	assert_text(choose(SL_CLASS_NONE, 0, 1000, 3880),
		    "inline, by its cost: 64 packets of a poll x (3880 ns estimated + 200 ns "
		    "platform) = 261.1 us, within max_delay_us 1000");
	assert_text(choose(SL_CLASS_NONE, 16000, 1000, 10),
		    "thread, by its cost: 64 packets of a poll x (16000 ns declared + 200 ns "
		    "platform) = 1036.8 us, more than max_delay_us 1000; 8 packets of a thread's "
		    "batch x (16000 ns declared + 200 ns platform) = 129.6 us, within max_delay_us "
		    "1000");
	assert_text(choose(SL_CLASS_INLINE, 0, 10, 800),
		    "inline, as the operator says: 64 packets of a poll x (800 ns estimated + 200 "
		    "ns platform) = 64.0 us, more than max_delay_us 10");
	assert_text(choose(SL_CLASS_THREAD, 0, 10, 800),
		    "thread, as the operator says: 8 packets of a thread's batch x (800 ns "
		    "estimated + 200 ns platform) = 8.0 us, within max_delay_us 10");
}

static const char *warned(struct sl_class_choice c, struct sl_diags *d)
{
	const struct sl_node_tenant t = {.name = (char *)"red"};

	memset(d, 0, sizeof(*d));
	sl_class_warn(&c, &t, d);
	assert_int_equal(d->n, d->warnings);
	return d->n ? d->list[0].hint : NULL;
}

static void what_may_be_late_is_warned_of(void **state)
{
	struct sl_diags d;

	(void)state;
	assert_null(warned(choose(SL_CLASS_NONE, 0, 1000, 3880), &d));
	assert_null(warned(choose(SL_CLASS_NONE, 0, 1000, 100000), &d));
	assert_null(warned(choose(SL_CLASS_THREAD, 100000, 1000, 0), &d));
	assert_non_null(strstr(warned(choose(SL_CLASS_INLINE, 0, 10, 800), &d), "a 16th"));
	assert_non_null(strstr(d.list[0].message, "tenant red may keep others waiting"));
	assert_non_null(strstr(d.list[0].message, "= 64.0 us, more than max_delay_us 10"));
	sl_diags_free(&d);
	assert_non_null(strstr(warned(choose(SL_CLASS_INLINE, 800, 10, 0), &d), "to the plan"));
	sl_diags_free(&d);
	assert_non_null(strstr(warned(choose(SL_CLASS_NONE, 0, 10, 1051), &d), "an eighth"));
	sl_diags_free(&d);
	assert_non_null(strstr(warned(choose(SL_CLASS_NONE, 1051, 10, 0), &d), "declare less"));
	sl_diags_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_dearest_packet_decides),
		cmocka_unit_test(the_operator_has_the_last_word),
		cmocka_unit_test(bounds_are_what_a_poll_leaves),
		cmocka_unit_test(the_arithmetic_is_told),
		cmocka_unit_test(what_may_be_late_is_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
