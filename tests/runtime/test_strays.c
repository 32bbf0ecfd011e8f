/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/runtime/flows.h"
/*
 * Entries of a NAT's table that lead to no flow: the daemon removes them, and no others. Needs
 * root.
 */

/* Bytes that are no flow's key. */
static struct rewrite_key stray_key(uint32_t i)
{
	return (struct rewrite_key){.saddr = 0x7f000000u + i, .daddr = 9};
}

static int put(const struct sl_generation *g, const struct rewrite_key *k, uint64_t ref)
{
	return bpf_map_update_elem(table(g, MAP), k, &ref, BPF_NOEXIST) ? -errno : 0;
}

static bool there(const struct sl_generation *g, const struct rewrite_key *k)
{
	uint64_t ref;

	return !bpf_map_lookup_elem(table(g, MAP), k, &ref);
}

static void set_state(const struct sl_generation *g, uint32_t slot, uint32_t state)
{
	struct rewrite_flow f = flow(g, slot);

	f.word = (f.word & ~(uint32_t)REWRITE_WORD_MASK) | state;
	assert_int_equal(bpf_map_update_elem(table(g, FLOWS), &slot, &f, BPF_ANY), 0);
}

static void what_leads_nowhere_goes(void **state)
{
	struct rewrite_key busy = key(3, true), freed = key(4, true), forward = key(2, false);
	const struct sl_generation *g;
	struct sl_node *n;
	uint32_t strays = 0;

	(void)state;
	NEEDS_ROOT();
	n = open_nat(1000);
	g = node_rt(n, "red")->run;
	for (uint32_t slot = 1; slot <= 500; slot++)
		packet(g, slot, 100);
	set_state(g, 3, REWRITE_BUSY);
	set_state(g, 4, REWRITE_FREE);
	/* Of a slot that has another flow, of none, of one there is not: until the table is full,
	 * and no flow can be made. */
	for (int ret = 0; !ret; strays++) {
		struct rewrite_key k = stray_key(strays);

		ret = put(g, &k,
			  strays % 3 ? REWRITE_REF(strays % 600, strays & 1)
				     : REWRITE_REF(1000000, 0));
		assert_true(!ret || ret == -E2BIG);
	}
	assert_in_range(strays, 1000, 2000);
	for (unsigned int i = 0; i < 4; i++)
		sl_node_refresh(n);
	for (uint32_t i = 0; i < strays; i++) {
		struct rewrite_key k = stray_key(i);

		assert_false(there(g, &k));
	}
	for (uint32_t slot = 1; slot <= 500; slot++) {
		struct rewrite_key a = key(slot, false), b = key(slot, true);

		assert_int_equal(there(g, &a), slot != 4);
		assert_int_equal(there(g, &b), slot != 4);
	}
	assert_true(there(g, &busy));
	assert_false(there(g, &freed));
	/* There is room again. */
	packet(g, 4, 100);
	/* It goes on from table to table, and begins anew with the next graph. */
	sl_node_refresh(n);
	set_state(g, 2, REWRITE_FREE);
	for (unsigned int i = 0; i < 4; i++)
		sl_node_refresh(n);
	assert_false(there(g, &forward));
	sl_node_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_leads_nowhere_goes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
