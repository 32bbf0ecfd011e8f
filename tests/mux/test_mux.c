/* SPDX-License-Identifier: GPL-2.0-only */
/* How a frame leaves, and what a hostile answer can do. */
#include "tests/mux/node.h"

#define IN_LINK 1
#define OUT_LINK 2
#define IN_DEV 0
#define OUT_DEV 1
#define GEN 4

static uint8_t inner[2048], packet[4096], want[4096];

static uint64_t out(uint32_t dev, uint32_t low)
{
	return SL_ANSWER(SL_V_OUT, dev, low);
}

static const struct tunnel ip_in = {.ip = 4, .far = 20};
static const struct tunnel ether_in = {.ip = 4, .far = 20, .payload = SL_PAYLOAD_ETHER};

/* The tenant with a link in, of either payload, and a link out. */
static void set_up(const struct tunnel *in, const struct tunnel *t, uint16_t head)
{
	install(SLOT, GEN, head);
	add_link(IN_LINK, in, SLOT, IN_DEV);
	if (t)
		add_link(OUT_LINK, t, SLOT, OUT_DEV);
}

static void tear_down(const struct tunnel *in, const struct tunnel *t)
{
	remove_link(IN_LINK, in, SLOT, IN_DEV);
	if (t)
		remove_link(OUT_LINK, t, SLOT, OUT_DEV);
	uninstall(SLOT);
}

static uint16_t proto_of(const struct tunnel *t, unsigned int i)
{
	if (t->payload == SL_PAYLOAD_ETHER)
		return SL_ETH_P_TEB;
	return i & 1 ? SL_ETH_P_IPV6 : SL_ETH_P_IP;
}

/* ---- What is expected ---------------------------------------------------------------------*/
/* The packet left as the `n` bytes of `want`, and counts as sent. */
static void assert_sent(const struct result *r, size_t n, uint64_t frame_len)
{
	assert_int_equal(r->action, XDP_REDIRECT);
	assert_int_equal(r->len, n);
	assert_memory_equal(r->bytes, want, n);
	assert_int_equal(tenant_counts(SLOT).out, 1);
	assert_conserved(SLOT);
	assert_int_equal(link_counts(OUT_LINK).tx_packets, 1);
	assert_int_equal(link_counts(OUT_LINK).tx_bytes, frame_len);
	assert_int_equal(all_drops(link_counts(OUT_LINK).drops), 0);
}

/* Dropped for `reason`, counted at the tenant, and at the link if it is that link's doing. */
static void assert_dropped(const struct result *r, enum sl_reason reason, int at_link)
{
	struct sl_tenant_stats s = tenant_counts(SLOT);

	assert_int_equal(r->action, XDP_DROP);
	assert_int_equal(s.drops[reason], 1);
	assert_conserved(SLOT);
	assert_int_equal(s.out + s.host + s.copies, 0);
	assert_int_equal(link_counts(OUT_LINK).drops[reason], at_link);
	assert_int_equal(all_drops(link_counts(OUT_LINK).drops), at_link);
	assert_int_equal(link_counts(OUT_LINK).tx_packets, 0);
}

/* ---- Every kind of link ---------------------------------------------------------------------*/
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

/* ---- What does not leave --------------------------------------------------------------------*/
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

/* ---- ARP on IP links --------------------------------------------------------------------------*/
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

/* ---- To the host ------------------------------------------------------------------------------*/
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

/* ---- Hostile answers --------------------------------------------------------------------------*/
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
		TEST(every_header_variant_leaves),
		TEST(frames_leave_from_any_offset),
		TEST(ethernet_frames_leave_by_ip_links_and_back),
		TEST(direct_links_send_plain_and_tagged_frames),
		TEST(mtu_is_the_payloads),
		TEST(only_ip_leaves_by_ip_links),
		TEST(records_that_are_not_ready),
		TEST(a_flip_changes_the_whole_template),
		TEST(no_headroom_left),
		TEST(arp_requests_are_answered),
		TEST(arp_replies_go_on),
		TEST(other_arp_is_dropped),
		TEST(the_host_gets_a_plain_frame),
		TEST(verdicts_that_do_not_exist),
		TEST(every_reason_counts_and_others_are_bad_answers),
		TEST(xdp_actions_are_no_answers),
		TEST(devices_that_are_not_the_tenants),
		TEST(offsets_out_of_the_packet),
		TEST(packets_cut_by_the_chain),
		TEST(the_upper_half_means_nothing),
		TEST(random_answers),
	};

	pattern(inner, sizeof(inner), 2);
	return cmocka_run_group_tests(tests, node_open, node_close);
}
