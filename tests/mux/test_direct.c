/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports of a tenant's own, and the gate. */
#include "tests/mux/way_in.h"

/* ---- Ports of a tenant's own --------------------------------------------------------------*/
static size_t tagged_frame(uint16_t tpid, uint16_t tci, size_t len)
{
	uint8_t *p = put(packet, inner, 12);

	if (tpid)
		p = put16(put16(p, tpid), tci);
	p = put(p, inner + 12, len);
	return (size_t)(p - packet);
}

static void direct_ports_and_vlans(void **state)
{
	struct tunnel t = {.ip = 4, .far = 9};
	static const uint16_t heads[] = {0, 8, 24};
	size_t n;

	(void)state;
	inner[12] = 0x12; /* no VLAN tag's type */
	for (size_t h = 0; h < sizeof(heads) / sizeof(heads[0]); h++) {
		install(SLOT, GEN, heads[h]);
		add_direct(LINK, 42, SLOT, DEV);

		n = tagged_frame(SL_ETH_P_8021Q, 0xe000 | 42,
				 80); /* tag off, whatever its priority */
		assert_arrives(packet, n, heads[h], inner, 92);
		n = tagged_frame(SL_ETH_P_8021AD, 42, 80);
		assert_arrives(packet, n, heads[h], inner, 92);
		n = tagged_frame(SL_ETH_P_8021Q, 43, 80);
		assert_pass(packet, n);
		n = tagged_frame(0, 0, 80);
		assert_pass(packet, n);
		n = tagged_frame(SL_ETH_P_8021Q, 42, 1); /* a tag that is not whole */
		assert_pass(packet, n);

		/* Now the whole port: what is in no VLAN of it, tags and all; GRE between others,
		 * too. */
		add_direct(2, 0, SLOT, DEV);
		n = tagged_frame(SL_ETH_P_8021Q, 42, 80);
		assert_arrives(packet, n, heads[h], inner, 92);
		own_dev(SLOT, DEV, 2);
		expect(DROP, heads[h]);
		n = tagged_frame(SL_ETH_P_8021Q, 43, 80);
		assert_int_equal(feed(packet, n)->action, XDP_DROP);
		assert_int_equal(saw(0)->len, n);
		assert_memory_equal(saw(0)->frame, packet, n);
		assert_int_equal(link_counts(2).rx_packets, 1);
		expect(DROP, heads[h]);
		n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64);
		assert_int_equal(feed(packet, n)->action, XDP_DROP);
		assert_int_equal(saw(0)->len, n);
		assert_memory_equal(saw(0)->frame, packet, n);
		remove_direct(2, 0, SLOT, DEV);
		remove_direct(LINK, 42, SLOT, DEV);
	}
	uninstall(SLOT);
}

/* ---- The gate -----------------------------------------------------------------------------*/
static void stopped_and_empty_tenants(void **state)
{
	struct tunnel t = {.ip = 4, .far = 9};
	struct sl_tenant_rec rec = {.head = 24, .generation = GEN};
	size_t n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64);

	(void)state;
	add_link(LINK, &t, SLOT, DEV);
	for (int active = 0; active < 2; active++) {
		rec.active = (__u8)active;
		set_at(MAP(tenant_rec), SLOT, &rec);
		expect(DROP, 24);
		assert_int_equal(feed(packet, n)->action, XDP_DROP);
		assert_int_equal(tenant_counts(SLOT).drops[SL_R_NOPROG], 1);
		assert_int_equal(tenant_counts(SLOT).packets, 1);
		assert_conserved(SLOT);
	}
	remove_link(LINK, &t, SLOT, DEV);
	uninstall(SLOT);
}

static void the_generation_decides_the_program(void **state)
{
	struct tunnel t = {.ip = 4, .far = 9};
	uint32_t old = sl_chain_index(SLOT, GEN);
	struct sl_entry e;

	(void)state;
	add_link(LINK, &t, SLOT, DEV);
	install(SLOT, GEN, 24);
	install(SLOT, GEN + 1, 24);
	assert_int_equal(bpf_map_delete_elem(MAP(tenants), &old), 0);
	expect(DROP, 24);
	feed(packet, wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64));
	memcpy(&e, &saw(0)->entry, sizeof(e));
	assert_int_equal(e.generation, GEN + 1);
	assert_int_equal(tallied().runs, 1);
	remove_link(LINK, &t, SLOT, DEV);
	uninstall(SLOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(direct_ports_and_vlans),
		TEST(stopped_and_empty_tenants),
		TEST(the_generation_decides_the_program),
	};

	pattern(inner, sizeof(inner), 1);
	return cmocka_run_group_tests(tests, node_open, node_close);
}
