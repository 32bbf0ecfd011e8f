/* SPDX-License-Identifier: GPL-2.0-only */
/* How a frame leaves, and what keeps it from it. */
#include "tests/mux/way_out.h"

/* ---- Every kind of link -------------------------------------------------------------------*/
static void every_header_variant_leaves(void **state)
{
	static const uint16_t heads[] = {0, 8, 24, 38, 64};
	static const size_t lens[] = {14, 20, 101, 511, 512, 513, 1386};

	(void)state;
	for (unsigned int i = 0; i < TUNNELS; i++) {
		struct tunnel t = tunnel_of(i);
		const struct tunnel *in = t.payload == SL_PAYLOAD_ETHER ? &ether_in : &ip_in;
		uint16_t head = heads[i % 5];

		set_up(in, &t, head);
		for (size_t k = 0; k < sizeof(lens) / sizeof(lens[0]); k++) {
			uint16_t proto = proto_of(&t, (unsigned int)k);
			size_t n = wrap(packet, in, IN, proto, inner, lens[k]), m;
			size_t frame = lens[k] + (t.payload == SL_PAYLOAD_IP ? 14 : 0);

			t.seq = (uint32_t)k; /* numbers begin with 0 (RFC 2890, 2.2) */
			m = wrap(want, &t, OUT, proto, inner, lens[k]);
			expect(out(OUT_DEV, head), head);
			assert_sent(feed(packet, n), m, frame);
		}
		assert_int_equal(get_link(OUT_LINK).seq_out,
				 t.gre & SL_GRE_SEQ ? sizeof(lens) / sizeof(lens[0]) : 0);
		tear_down(in, &t);
	}
}

/* RFC 6040, 4.1: the outer header is marked as the inner one is. */
static void marks_go_outward(void **state)
{
	uint8_t saved[16];

	(void)state;
	memcpy(saved, inner, sizeof(saved));
	for (unsigned int i = 0; i < TUNNELS; i++) {
		struct tunnel t = tunnel_of(i);
		bool ether = t.payload == SL_PAYLOAD_ETHER;
		const struct tunnel *in = ether ? &ether_in : &ip_in;
		uint8_t *ip = inner + (ether ? 14 : 0);

		set_up(in, &t, 24);
		for (unsigned int mark = 0; mark < 8; mark++) {
			uint16_t type = mark & 4 ? SL_ETH_P_IPV6 : SL_ETH_P_IP;
			uint16_t proto = ether ? SL_ETH_P_TEB : type;
			uint8_t tos = (uint8_t)(0xfc | (mark & 3));
			size_t n, m;

			if (ether)
				put16(inner + 12, type);
			put16(ip, (uint16_t)(mark & 4 ? 0x6000 | tos << 4 : 0x4500 | tos));
			assert_int_equal(mark_of(proto, inner, 80), mark & 3);
			n = wrap(packet, in, IN, proto, inner, 80);
			t.seq = mark;
			m = wrap(want, &t, OUT, proto, inner, 80);
			assert_int_equal(want[l3_off(&t) + 1] & (t.ip == 4 ? 3 : 0x30),
					 t.ip == 4 ? mark & 3 : (mark & 3) << 4);
			expect(out(OUT_DEV, 24), 24);
			assert_sent(feed(packet, n), m, 80 + (ether ? 0 : 14));
		}
		tear_down(in, &t);
	}
	memcpy(inner, saved, sizeof(saved));
}

/* The frame may begin anywhere; what the chain put in front of it is not sent. */
static void frames_leave_from_any_offset(void **state)
{
	struct tunnel t = {.ip = 6, .vlans = 1, .gre = SL_GRE_KEY, .key = 8, .far = 30};

	(void)state;
	set_up(&ip_in, &t, 24);
	for (int move = -100; move <= 24; move += 4) {
		uint32_t low = (uint32_t)(24 - move);
		size_t n = wrap(packet, &ip_in, IN, SL_ETH_P_IP, inner, 77), m;
		struct plan p = {.answer = out(OUT_DEV, low),
				 .head = 24,
				 .move_head = move,
				 .scribble = low < 64 ? low : 64};

		m = wrap(want, &t, OUT, SL_ETH_P_IP, inner, 77);
		expect(0, 24);
		plan(0, p);
		assert_sent(feed(packet, n), m, 91);
	}
	tear_down(&ip_in, &t);
}

static void ethernet_frames_leave_by_ip_links_and_back(void **state)
{
	struct tunnel ip = {.ip = 4, .far = 30};
	size_t n, m;

	(void)state;
	memcpy(inner, dev_mac, 6);
	memcpy(inner + 6, peer_mac, 6);
	put16(inner + 12, SL_ETH_P_IP);
	set_up(&ether_in, &ip, 24);
	n = wrap(packet, &ether_in, IN, SL_ETH_P_TEB, inner, 100);
	m = wrap(want, &ip, OUT, SL_ETH_P_IP, inner + 14, 86);
	expect(out(OUT_DEV, 24), 24);
	assert_sent(feed(packet, n), m, 100);
	tear_down(&ether_in, &ip);

	ip.payload = SL_PAYLOAD_ETHER;
	set_up(&ip_in, &ip, 24);
	n = wrap(packet, &ip_in, IN, SL_ETH_P_IP, inner + 14, 86);
	m = wrap(want, &ip, OUT, SL_ETH_P_TEB, inner, 100);
	expect(out(OUT_DEV, 24), 24);
	assert_sent(feed(packet, n), m, 100);
	tear_down(&ip_in, &ip);
}

static void direct_links_send_plain_and_tagged_frames(void **state)
{
	static const uint16_t heads[] = {0, 4, 24};
	size_t n;

	(void)state;
	for (size_t h = 0; h < 3; h++) {
		for (uint16_t vlan = 0; vlan < 200; vlan += 100) {
			set_up(&ether_in, NULL, heads[h]);
			add_direct(OUT_LINK, vlan, SLOT, OUT_DEV);
			memcpy(want, inner, 12);
			n = 12;
			if (vlan) {
				put16(put16(want + n, SL_ETH_P_8021Q), vlan);
				n += 4;
			}
			memcpy(want + n, inner + 12, 88);
			n += 88;
			expect(out(OUT_DEV, heads[h]), heads[h]);
			/* In by a tunnel, unless the whole port is the tenant's. */
			if (vlan) {
				size_t len = wrap(packet, &ether_in, IN, SL_ETH_P_TEB, inner, 100);

				assert_sent(feed(packet, len), n, 100);
			} else {
				assert_sent(feed(inner, 100), n, 100);
			}
			remove_direct(OUT_LINK, vlan, SLOT, OUT_DEV);
			tear_down(&ether_in, NULL);
		}
	}
}

/* ---- What does not leave ------------------------------------------------------------------*/
static void mtu_is_the_payloads(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < TUNNELS; i += 3) {
		struct tunnel t = tunnel_of(i);
		const struct tunnel *in = t.payload == SL_PAYLOAD_ETHER ? &ether_in : &ip_in;
		size_t over = t.payload == SL_PAYLOAD_ETHER ? 14 : 0, n, m;

		set_up(in, &t, 24);
		n = wrap(packet, in, IN, proto_of(&t, 0), inner, MTU + over);
		m = wrap(want, &t, OUT, proto_of(&t, 0), inner, MTU + over);
		expect(out(OUT_DEV, 24), 24);
		assert_sent(feed(packet, n), m, MTU + 14);
		n = wrap(packet, in, IN, proto_of(&t, 0), inner, MTU + over + 1);
		expect(out(OUT_DEV, 24), 24);
		assert_dropped(feed(packet, n), SL_R_TOOBIG, 1);
		tear_down(in, &t);
	}
}

static void only_ip_leaves_by_ip_links(void **state)
{
	static const uint16_t types[] = {0,	 46,	 0x0806, 0x0801, 0x8100, 0x86dc,
					 0x88a8, 0x6558, 0x0008, 0xdd86, 0xffff};
	struct tunnel t = {.ip = 4, .far = 30};

	(void)state;
	set_up(&ether_in, &t, 24);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		put16(inner + 12, types[i]);
		expect(out(OUT_DEV, 24), 24);
		assert_dropped(feed(packet, wrap(packet, &ether_in, IN, SL_ETH_P_TEB, inner, 100)),
			       SL_R_BADETHER, 1);
		assert_int_equal(tallied().runs, 1);
	}
	tear_down(&ether_in, &t);
}

/* Changes one field of the way out's record. */
static void change_link(void (*change)(struct sl_link_rec *rec))
{
	struct sl_link_rec rec = get_link(OUT_LINK);

	change(&rec);
	set_at(MAP(links), OUT_LINK, &rec);
}

static void go_down(struct sl_link_rec *rec)
{
	rec->out[0].up = 0;
}

static void lose_kind(struct sl_link_rec *rec)
{
	rec->kind = SL_LINK_NONE;
}

static void too_long(struct sl_link_rec *rec)
{
	rec->out[0].len = 59;
}

static void too_short(struct sl_link_rec *rec)
{
	rec->out[0].len = 37;
}

static void too_deep(struct sl_link_rec *rec)
{
	rec->out[0].l3_off = 23;
}

static void vacant_port(struct sl_link_rec *rec)
{
	rec->out[0].port = 5;
}

static void port_out_of_range(struct sl_link_rec *rec)
{
	rec->out[0].port = SL_MAX_PORTS;
}

static void records_that_are_not_ready(void **state)
{
	static const struct {
		void (*change)(struct sl_link_rec *rec);
		enum sl_reason reason;
	} cases[] = {
		{go_down, SL_R_LINKDOWN},	    {lose_kind, SL_R_NOLINK},
		{too_long, SL_R_LINKDOWN},	    {too_short, SL_R_LINKDOWN},
		{too_deep, SL_R_LINKDOWN},	    {vacant_port, SL_R_REDIRECT},
		{port_out_of_range, SL_R_REDIRECT},
	};
	struct tunnel t = {.ip = 4, .far = 30};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up(&ip_in, &t, 24);
		change_link(cases[i].change);
		expect(out(OUT_DEV, 24), 24);
		assert_dropped(feed(packet, wrap(packet, &ip_in, IN, SL_ETH_P_IP, inner, 64)),
			       cases[i].reason, 1);
		tear_down(&ip_in, &t);
	}
}

static void a_flip_changes_the_whole_template(void **state)
{
	struct tunnel t = {.ip = 4, .far = 30}, u = {.ip = 4, .vlans = 2, .far = 31};
	struct sl_link_rec rec;
	size_t n, m;

	(void)state;
	set_up(&ip_in, &t, 24);
	rec = get_link(OUT_LINK);
	template_of(&rec.out[1], &u, MTU, OUT);
	rec.out[1].port = 3;
	for (uint32_t cur = 0; cur < 4; cur++) {
		rec.cur = cur & 1;
		set_at(MAP(links), OUT_LINK, &rec);
		n = wrap(packet, &ip_in, IN, SL_ETH_P_IP, inner, 64);
		m = wrap(want, cur & 1 ? &u : &t, OUT, SL_ETH_P_IP, inner, 64);
		expect(out(OUT_DEV, 24), 24);
		assert_sent(feed(packet, n), m, 78);
	}
	tear_down(&ip_in, &t);
}

static void no_headroom_left(void **state)
{
	struct tunnel t = {.ip = 6, .gre = 7, .vlans = 2, .far = 30};

	(void)state;
	set_up(&ip_in, &t, 24);
	expect(0, 24);
	plan(0, (struct plan){
			.answer = out(OUT_DEV, 0), .head = 24, .move_head = -200, .scribble = 14});
	/* The frame is where the chain put the packet's start: one of type 0xadac. */
	assert_dropped(feed(packet, wrap(packet, &ip_in, IN, SL_ETH_P_IP, inner, 64)),
		       SL_R_BADETHER, 1);
	tear_down(&ip_in, &t);

	t.payload = SL_PAYLOAD_ETHER;
	set_up(&ip_in, &t, 24);
	expect(0, 24);
	plan(0, (struct plan){.answer = out(OUT_DEV, 0), .head = 24, .move_head = -200});
	assert_dropped(feed(packet, wrap(packet, &ip_in, IN, SL_ETH_P_IP, inner, 64)),
		       SL_R_HEADROOM, 1);
	assert_int_equal(tallied().failed, 0);
	tear_down(&ip_in, &t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_header_variant_leaves),
		TEST(marks_go_outward),
		TEST(frames_leave_from_any_offset),
		TEST(ethernet_frames_leave_by_ip_links_and_back),
		TEST(direct_links_send_plain_and_tagged_frames),
		TEST(mtu_is_the_payloads),
		TEST(only_ip_leaves_by_ip_links),
		TEST(records_that_are_not_ready),
		TEST(a_flip_changes_the_whole_template),
		TEST(no_headroom_left),
	};

	pattern(inner, sizeof(inner), 1);
	return cmocka_run_group_tests(tests, node_open, node_close);
}
