/* SPDX-License-Identifier: GPL-2.0-only */
/* Which link a packet is of. */
#include "tests/mux/way_in.h"

/* ---- Which link ---------------------------------------------------------------------------*/
static void links_are_told_apart_by_key_and_address(void **state)
{
	struct tunnel a = {.ip = 4, .gre = SL_GRE_KEY, .key = 1, .far = 9}, b = a, c = a;
	struct sl_entry e;

	(void)state;
	b.key = 2;
	c.far = 10;
	install(SLOT, GEN, 24);
	add_link(1, &a, SLOT, 1);
	add_link(2, &b, SLOT, 2);
	add_link(3, &c, SLOT, 3);
	for (int i = 1; i <= 3; i++) {
		expect(DROP, 24);
		feed(packet, wrap(packet,
				  i == 1   ? &a
				  : i == 2 ? &b
					   : &c,
				  IN, SL_ETH_P_IP, inner, 64));
		memcpy(&e, &saw(0)->entry, sizeof(e));
		assert_int_equal(e.dev, i);
		for (uint32_t link = 1; link <= 3; link++)
			assert_int_equal(link_counts(link).rx_packets, link == (uint32_t)i);
	}
	remove_link(1, &a, SLOT, 1);
	remove_link(2, &b, SLOT, 2);
	remove_link(3, &c, SLOT, 3);
	uninstall(SLOT);
}

/* What demux remembers of a look-up is believed only while the record has the packet's key. */
static void remembered_links_are_checked(void **state)
{
	(void)state;
	install(SLOT, GEN, 24);
	for (int ip = 4; ip <= 6; ip += 2) {
		struct tunnel t = {.ip = ip, .gre = SL_GRE_KEY, .key = 1, .far = 9}, other = t;
		struct sl_link_rec rec;
		size_t n;

		other.key = 2;
		add_link(LINK, &t, SLOT, DEV);
		for (int i = 0; i < 3; i++) /* by the hash map, then by memory */
			assert_wrapped_arrives(&t, SL_ETH_P_IP, 64, 24);
		/* A record without its key is found all the same. */
		rec = get_link(LINK);
		memset(&rec.in6, 0, sizeof(rec.in6));
		set_at(MAP(links), LINK, &rec);
		for (int i = 0; i < 3; i++)
			assert_wrapped_arrives(&t, SL_ETH_P_IP, 64, 24);
		/* The record became another link's; the tunnel, nobody's. */
		remove_link(LINK, &t, SLOT, DEV);
		add_link(LINK, &other, SLOT, DEV);
		n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64);
		assert_pass_unknown_key(packet, n);
		assert_wrapped_arrives(&other, SL_ETH_P_IP, 64, 24);
		/* Every wrong memory there could be. */
		for (uint32_t guess = 0; guess < SL_MAX_LINKS + 2; guess += guess < 4 ? 1 : 1021) {
			for (uint32_t i = 0; i < 1 << SL_HINT_BITS; i++)
				set_at(MAP(link_hint), i, &guess);
			assert_wrapped_arrives(&other, SL_ETH_P_IP, 64, 24);
		}
		remove_link(LINK, &other, SLOT, DEV);
	}
	uninstall(SLOT);
}

/* A key of zeroes is that of no record that has none. */
static void zero_addresses_lead_nowhere(void **state)
{
	(void)state;
	for (int ip = 4; ip <= 6; ip += 2) {
		struct tunnel t = {.ip = ip, .far = 9};
		struct sl_link_rec rec = {.tenant = SLOT, .kind = SL_LINK_DIRECT, .dev = DEV};
		size_t n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64);
		uint32_t guess = LINK + 1;

		install(SLOT, GEN, 24);
		memset(packet + 14 + (ip == 4 ? 12 : 8), 0, ip == 4 ? 8 : 32);
		if (ip == 4)
			fix_ip4(packet, &t);
		for (uint32_t i = 0; i < 1 << SL_HINT_BITS; i++)
			set_at(MAP(link_hint), i, &guess);
		for (int kind = SL_LINK_NONE; kind <= SL_LINK_DIRECT; kind++) {
			if (kind == (ip == 4 ? SL_LINK_GRE4 : SL_LINK_GRE6))
				continue;
			rec.kind = (__u8)kind;
			set_at(MAP(links), LINK, &rec);
			assert_pass(packet, n);
		}
		uninstall(SLOT);
	}
}

/* Links whose keys share a place in memory take turns there. */
static void many_links_share_the_memory(void **state)
{
	struct tunnel t = {.ip = 4, .gre = SL_GRE_KEY, .far = 9};
	const uint32_t many = 6000;
	struct sl_link_rec rec;
	size_t n;

	(void)state;
	install(SLOT, GEN, 24);
	for (uint32_t i = 0; i < many; i++) {
		t.key = i;
		add_link(10 + i, &t, SLOT, (uint8_t)(i % SL_MAX_DEVS));
		rec = get_link(10 + i);
		rec.generation = i;
		set_at(MAP(links), 10 + i, &rec);
	}
	for (uint32_t i = 0; i < 2 * many; i++) {
		struct sl_entry e;

		t.key = i * 7919 % many;
		n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 40);
		expect(DROP, 24);
		feed(packet, n);
		memcpy(&e, &saw(0)->entry, sizeof(e));
		assert_int_equal(e.dev, t.key % SL_MAX_DEVS);
		assert_int_equal(tallied().runs, 1);
	}
	for (uint32_t i = 0; i < many; i++) {
		t.key = i;
		remove_link(10 + i, &t, SLOT, (uint8_t)(i % SL_MAX_DEVS));
	}
	uninstall(SLOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(links_are_told_apart_by_key_and_address),
		TEST(remembered_links_are_checked),
		TEST(zero_addresses_lead_nowhere),
		TEST(many_links_share_the_memory),
	};

	pattern(inner, sizeof(inner), 1);
	return cmocka_run_group_tests(tests, node_open, node_close);
}
