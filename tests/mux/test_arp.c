/* SPDX-License-Identifier: GPL-2.0-only */
/* What the platform answers itself, and what goes to the host. */
#include "tests/mux/way_out.h"

/* ---- ARP on IP links ----------------------------------------------------------------------*/
static const uint8_t asker[6] = {2, 0xaa, 0xaa, 0, 0, 7};

static size_t arp_frame(uint8_t *p, uint16_t op, uint32_t sender, uint32_t target)
{
	uint8_t *start = p;

	p = put(p, "\xff\xff\xff\xff\xff\xff", 6);
	p = put(p, asker, 6);
	p = put16(p, SL_ETH_P_ARP);
	p = put16(put16(p, 1), SL_ETH_P_IP);
	p = put16(put8(put8(p, 6), 4), op);
	p = put32(put(p, asker, 6), sender);
	p = put32(put(p, "\0\0\0\0\0\0", 6), target);
	return (size_t)(p - start);
}

static void arp_requests_are_answered(void **state)
{
	static const uint16_t heads[] = {0, 8, 24, 40};
	struct tunnel t = {.ip = 4, .far = 30};
	uint8_t ask[64], reply[64], *p = reply;
	size_t n = arp_frame(ask, 1, 0x0a000001, 0x0a000002);
	struct sl_entry e;

	(void)state;
	p = put(put(p, asker, 6), peer_mac, 6);
	p = put(p, ask + 12, 8);
	p = put32(put(put16(p, 2), peer_mac, 6), 0x0a000002);
	p = put32(put(p, asker, 6), 0x0a000001);
	for (size_t h = 0; h < 4; h++) {
		set_up(&ether_in, &t, heads[h]);
		expect(out(OUT_DEV, heads[h]), heads[h]);
		plan(1, (struct plan){.answer = SL_ANSWER(SL_V_DROP, SL_R_ELEMENT, 3),
				      .head = heads[h]});
		assert_int_equal(
			feed(packet, wrap(packet, &ether_in, IN, SL_ETH_P_TEB, ask, n))->action,
			XDP_DROP);
		assert_int_equal(tallied().runs, 2);
		assert_int_equal(saw(1)->len, n);
		assert_memory_equal(saw(1)->frame, reply, n);
		memcpy(&e, &saw(1)->entry, sizeof(e));
		assert_int_equal(e.dev, OUT_DEV); /* on the device it was asked on */
		assert_int_equal(e.flags, 0);
		assert_int_equal(e.generation, GEN);
		assert_int_equal(saw(1)->meta, heads[h] < 8 ? 8 : 0);
		assert_int_equal(tenant_counts(SLOT).packets, 2);
		assert_int_equal(tenant_counts(SLOT).bytes, 2 * n);
		assert_int_equal(tenant_counts(SLOT).arp, 1);
		assert_int_equal(tenant_counts(SLOT).drops[SL_R_ELEMENT], 1);
		assert_conserved(SLOT);
		tear_down(&ether_in, &t);
	}
}

/* What the chain does with the reply is done; but it is not answered a second time. */
static void arp_replies_go_on(void **state)
{
	struct tunnel t = {.ip = 4, .far = 30};
	uint8_t ask[64];
	size_t n = arp_frame(ask, 1, 0x0a000001, 0x0a000002);
	const struct result *r;

	(void)state;
	set_up(&ether_in, &t, 24);
	expect(out(OUT_DEV, 24), 24);
	plan(1, (struct plan){.answer = SL_ANSWER(SL_V_HOST, 0, 24), .head = 24});
	r = feed(packet, wrap(packet, &ether_in, IN, SL_ETH_P_TEB, ask, n));
	assert_int_equal(r->action, XDP_PASS);
	assert_int_equal(r->len, n);
	assert_memory_equal(r->bytes, asker, 6);
	assert_int_equal(tenant_counts(SLOT).host, 1);
	assert_conserved(SLOT);

	/* A chain that turns the reply back into a request: the same bytes, two fields changed. */
	expect(out(OUT_DEV, 24), 24);
	plan(1, (struct plan){.answer = out(OUT_DEV, 24), .head = 24});
	assert_dropped(feed(packet, wrap(packet, &ether_in, IN, SL_ETH_P_TEB, ask, n)),
		       SL_R_BADETHER, 1);
	assert_int_equal(tallied().runs, 2);
	tear_down(&ether_in, &t);
}

static void other_arp_is_dropped(void **state)
{
	struct tunnel t = {.ip = 4, .far = 30};
	uint8_t ask[64];
	size_t n;

	(void)state;
	set_up(&ether_in, &t, 24);
	for (int i = 0; i < 8; i++) {
		n = arp_frame(ask, i == 0 ? 2 : 1, i == 1 ? 0 : 0x0a000001,
			      i == 2 ? 0x0a000001 : 0x0a000002); /* reply, probe, announcement */
		if (i == 3)
			n--;
		else if (i >= 4)
			ask[14 + (i - 4) * 2 + (i < 6)] ^=
				1; /* hardware, protocol, lengths, kind */
		expect(out(OUT_DEV, 24), 24);
		assert_dropped(feed(packet, wrap(packet, &ether_in, IN, SL_ETH_P_TEB, ask, n)),
			       SL_R_BADETHER, 1);
		assert_int_equal(tallied().runs, 1);
	}
	tear_down(&ether_in, &t);
}

/* ---- To the host --------------------------------------------------------------------------*/
static void the_host_gets_a_plain_frame(void **state)
{
	static const uint16_t heads[] = {0, 4, 8, 24, SL_HEAD_MAX};
	const struct result *r;

	(void)state;
	for (size_t h = 0; h < 5; h++) {
		size_t n = wrap(packet, &ip_in, IN, SL_ETH_P_IPV6, inner, 90);
		size_t m = frame_of(want, &ip_in, SL_ETH_P_IPV6, inner, 90);

		set_up(&ip_in, NULL, heads[h]);
		expect(SL_ANSWER(SL_V_HOST, 0, heads[h]), heads[h]);
		r = feed(packet, n);
		assert_int_equal(r->action, XDP_PASS);
		assert_int_equal(r->meta, 0);
		assert_int_equal(r->len, m);
		assert_memory_equal(r->bytes, want, m);
		assert_int_equal(tenant_counts(SLOT).host, 1);
		assert_conserved(SLOT);
		assert_int_equal(node_counts().pass, 0);
		tear_down(&ip_in, NULL);
	}
}

static void a_tenant_without_the_right_reaches_no_host(void **state)
{
	struct sl_tenant_rec rec = {.head = 24, .active = 1, .generation = GEN};
	const struct result *r;
	size_t n = wrap(packet, &ip_in, IN, SL_ETH_P_IPV6, inner, 90);

	(void)state;
	set_up(&ip_in, NULL, 24);
	set_at(MAP(tenant_rec), SLOT, &rec);
	expect(SL_ANSWER(SL_V_HOST, 0, 24), 24);
	r = feed(packet, n);
	assert_int_equal(r->action, XDP_DROP);
	assert_int_equal(tenant_counts(SLOT).host, 0);
	assert_int_equal(tenant_counts(SLOT).drops[SL_R_POLICY], 1);
	assert_conserved(SLOT);
	tear_down(&ip_in, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(arp_requests_are_answered),
		TEST(arp_replies_go_on),
		TEST(other_arp_is_dropped),
		TEST(the_host_gets_a_plain_frame),
		TEST(a_tenant_without_the_right_reaches_no_host),
	};

	pattern(inner, sizeof(inner), 1);
	return cmocka_run_group_tests(tests, node_open, node_close);
}
