/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose packet it is, and how the tenant finds it. */
#include <time.h>

#include "tests/mux/way_in.h"

/* ---- Every kind of outer packet -----------------------------------------------------------*/
static void every_header_variant_arrives(void **state)
{
	static const uint16_t heads[] = {0, 4, 8, 24, 28, 38, 66, SL_HEAD_MAX};

	(void)state;
	for (unsigned int i = 0; i < TUNNELS; i++) {
		struct tunnel t = tunnel_of(i);

		add_link(LINK, &t, SLOT, DEV);
		for (size_t h = 0; h < sizeof(heads) / sizeof(heads[0]); h++) {
			t.seq++;
			install(SLOT, GEN, heads[h]);
			assert_wrapped_arrives(&t, proto_of(&t, (unsigned int)h), 100 + i,
					       heads[h]);
		}
		remove_link(LINK, &t, SLOT, DEV);
	}
	uninstall(SLOT);
}

static void every_payload_length_arrives_with_a_checksum(void **state)
{
	struct tunnel t = {.ip = 4, .gre = SL_GRE_CSUM, .far = 9};

	(void)state;
	install(SLOT, GEN, 24);
	add_link(LINK, &t, SLOT, DEV);
	for (size_t len = 0; len < 1600; len += len < 40 || (len > 490 && len < 530) ? 1 : 37)
		assert_wrapped_arrives(&t, SL_ETH_P_IP, len, 24);
	remove_link(LINK, &t, SLOT, DEV);
	uninstall(SLOT);
}

static void ipv4_options_are_skipped(void **state)
{
	(void)state;
	install(SLOT, GEN, 24);
	for (int options = 4; options <= 40; options += 4) {
		struct tunnel t = {.ip = 4, .far = 9, .options = options}, plain = t;

		plain.options = 0;
		add_link(LINK, &plain, SLOT, DEV);
		assert_wrapped_arrives(&t, SL_ETH_P_IP, 64, 24);
		/* Any octet of the header counts in its checksum. */
		for (int i = 0; i < 20 + options; i++) {
			size_t n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64);

			if (i == 0 || i == 2 || i == 3 || i == 6 || i == 7 || i == 9 ||
			    (i >= 12 && i < 20))
				continue; /* is not ours then, or of another form */
			packet[14 + i] ^= 0x10;
			assert_link_drop(packet, n, SL_R_OUTERSUM);
		}
		remove_link(LINK, &plain, SLOT, DEV);
	}
	uninstall(SLOT);
}

static void ipv6_destination_options_are_skipped(void **state)
{
	(void)state;
	install(SLOT, GEN, 24);
	for (int units = 1; units <= 32; units++) {
		struct tunnel t = {.ip = 6, .far = 9, .dstopts = units}, plain = t;

		plain.dstopts = 0;
		add_link(LINK, &plain, SLOT, DEV);
		assert_wrapped_arrives(&t, SL_ETH_P_IPV6, 64, 24);
		remove_link(LINK, &plain, SLOT, DEV);
	}
	uninstall(SLOT);
}

static void ethernet_padding_is_cut_off(void **state)
{
	(void)state;
	install(SLOT, GEN, 24);
	for (unsigned int i = 0; i < TUNNELS; i++) {
		struct tunnel t = tunnel_of(i);
		uint8_t frame[64];
		size_t n, m;

		add_link(LINK, &t, SLOT, DEV);
		n = wrap(packet, &t, IN, proto_of(&t, i), inner, 15);
		m = frame_of(frame, &t, proto_of(&t, i), inner, 15);
		for (size_t pad = 1; pad < 20; pad += 6) {
			memset(packet + n, 0xee, pad);
			assert_arrives(packet, n + pad, 24, frame, m);
			remove_link(LINK, &t, SLOT, DEV); /* forget the sequence number */
			add_link(LINK, &t, SLOT, DEV);
		}
		remove_link(LINK, &t, SLOT, DEV);
	}
	uninstall(SLOT);
}

/* ---- Congestion marks ---------------------------------------------------------------------*/

/* An inner packet with this mark and some other bits beside it; its header is right. */
static size_t marked(uint8_t *p, const struct tunnel *t, int ip, uint8_t ecn)
{
	const struct tunnel plain = {.ip = ip, .far = 7, .tos = (uint8_t)(0xb8 | ecn)};
	uint8_t *start = p;

	if (t->payload == SL_PAYLOAD_ETHER) {
		p = put(put(p, dev_mac, 6), peer_mac, 6);
		p = put16(p, ip == 4 ? SL_ETH_P_IP : SL_ETH_P_IPV6);
	}
	p = (ip == 4 ? put_ip4 : put_ip6)(p, &plain, IN, 33);
	memset(p, 0x5a, 33);
	return (size_t)(p + 33 - start);
}

static void marks_of_the_way_are_carried_inward(void **state)
{
	/* RFC 6040, figure 4: by inner mark, then outer; -1: dropped. 01 is ECT(1), 10 ECT(0). */
	static const int becomes[4][4] = {
		{0, 0, 0, -1},
		{1, 1, 1, 3},
		{2, 1, 2, 3},
		{3, 3, 3, 3},
	};
	uint8_t in[256], out[256], frame[256];

	(void)state;
	install(SLOT, GEN, 24);
	for (unsigned int i = 0; i < TUNNELS * 2; i++) {
		struct tunnel t = tunnel_of(i / 2);
		int ip = i & 1 ? 6 : 4;
		uint16_t proto = t.payload == SL_PAYLOAD_ETHER ? SL_ETH_P_TEB
				 : ip == 4		       ? SL_ETH_P_IP
							       : SL_ETH_P_IPV6;

		add_link(LINK, &t, SLOT, DEV);
		for (uint8_t inner_mark = 0; inner_mark < 4; inner_mark++) {
			for (uint8_t mark = 0; mark < 4; mark++) {
				int after = becomes[inner_mark][mark];
				size_t len = marked(in, &t, ip, inner_mark), n, m;

				t.seq++;
				t.tos = (uint8_t)(0x28 | mark);
				n = wrap(packet, &t, IN, proto, in, len);
				if (after < 0) {
					assert_link_drop(packet, n, SL_R_ECN);
					continue;
				}
				marked(out, &t, ip, (uint8_t)after);
				m = frame_of(frame, &t, proto, out, len);
				assert_arrives(packet, n, 24, frame, m);
			}
		}
		remove_link(LINK, &t, SLOT, DEV);
	}
	uninstall(SLOT);
}

/* What has no mark, or is too short for one, is the tenant's as it is. */
static void what_has_no_mark_is_left_alone(void **state)
{
	struct tunnel t = {.ip = 4, .far = 9, .tos = 3}, e = t;
	uint8_t arp[42];

	(void)state;
	install(SLOT, GEN, 24);
	add_link(LINK, &t, SLOT, DEV);
	for (size_t len = 0; len < 20; len++) {
		assert_wrapped_arrives(&t, SL_ETH_P_IP, len, 24);
		assert_wrapped_arrives(&t, SL_ETH_P_IPV6, len, 24);
	}
	remove_link(LINK, &t, SLOT, DEV);
	e.payload = SL_PAYLOAD_ETHER;
	add_link(LINK, &e, SLOT, DEV);
	memset(arp, 0, sizeof(arp));
	put16(arp + 12, SL_ETH_P_ARP);
	memcpy(inner, arp, sizeof(arp));
	assert_wrapped_arrives(&e, SL_ETH_P_TEB, sizeof(arp), 24);
	put16(inner + 12, SL_ETH_P_IP);
	assert_wrapped_arrives(&e, SL_ETH_P_TEB, 33, 24);
	remove_link(LINK, &e, SLOT, DEV);
	pattern(inner, sizeof(inner), 1);
	uninstall(SLOT);
}

static void reserved_gre_flags_are_ignored_or_refused(void **state)
{
	struct tunnel t = {.ip = 4, .gre = SL_GRE_KEY, .key = 77, .far = 9};

	(void)state;
	install(SLOT, GEN, 24);
	for (int ip = 4; ip <= 6; ip += 2) {
		t.ip = ip;
		t.flags = 0;
		add_link(LINK, &t, SLOT, DEV);
		for (int bit = 0; bit < 16; bit++) {
			uint16_t flag = (uint16_t)(0x8000 >> bit);
			size_t n;

			t.flags = flag;
			n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64);
			if (flag & SL_GRE_F_VERSION)
				assert_pass(packet, n);
			else if (bit == 1 || bit == 4 || bit == 5)
				assert_node_drop(packet, n, SL_R_GREFLAGS);
			else if (bit >= 6)
				assert_wrapped_arrives(&t, SL_ETH_P_IP, 64, 24);
		}
		t.flags = 0;
		remove_link(LINK, &t, SLOT, DEV);
	}
	uninstall(SLOT);
}

/* ---- The host's ---------------------------------------------------------------------------*/
static void what_is_not_ours_is_untouched(void **state)
{
	struct tunnel t = {.ip = 4, .gre = SL_GRE_KEY, .key = 77, .far = 9}, other;
	size_t n;

	(void)state;
	install(SLOT, GEN, 24);
	for (int ip = 4; ip <= 6; ip += 2) {
		for (int vlans = 0; vlans < 3; vlans++) {
			t.ip = ip;
			t.vlans = vlans;
			add_link(LINK, &t, SLOT, DEV);

			other = t;
			other.far = 10; /* pair of no link */
			n = wrap(packet, &other, IN, SL_ETH_P_IP, inner, 100);
			assert_pass(packet, n);
			packet[l3_off(&t) + l3_len(&t)] |= 0x40; /* even what we would refuse */
			assert_pass(packet, n);

			other = t;
			other.key = 78;
			n = wrap(packet, &other, IN, SL_ETH_P_IP, inner, 100);
			assert_pass_unknown_key(packet, n);
			other.gre = 0; /* no key is not key 0 */
			n = wrap(packet, &other, IN, SL_ETH_P_IP, inner, 100);
			assert_pass_unknown_key(packet, n);
			other.gre = SL_GRE_KEY;
			other.key = 0;
			n = wrap(packet, &other, IN, SL_ETH_P_IP, inner, 100);
			assert_pass_unknown_key(packet, n);

			n = wrap(packet, &t, OUT, SL_ETH_P_IP, inner, 100); /* our own, come back */
			assert_pass(packet, n);
			for (int proto = 0; proto < 256; proto++) {
				n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 100);
				if (proto == SL_IPPROTO_GRE)
					continue;
				packet[l3_off(&t) + (ip == 4 ? 9 : 6)] = (uint8_t)proto;
				if (ip == 4)
					fix_ip4(packet, &t);
				assert_pass(packet, n);
			}
			n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 100);
			put16(packet + l3_off(&t) - 2, SL_ETH_P_ARP);
			assert_pass(packet, n);
			put16(packet + l3_off(&t) - 2,
			      SL_ETH_P_8021Q); /* a tag too many, or none */
			assert_pass(packet, n);
			put16(packet + l3_off(&t) - 2, ip == 4 ? SL_ETH_P_IPV6 : SL_ETH_P_IP);
			assert_pass(packet, n);
			remove_link(LINK, &t, SLOT, DEV);
		}
	}
	uninstall(SLOT);
}

/* Runs the port's program on a packet, which passes or is dropped, so often. */
static void flood(const uint8_t *in, size_t len, uint32_t times)
{
	struct xdp_md ctx = {.data_end = (uint32_t)len, .ingress_ifindex = node.ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = in, .data_size_in = (uint32_t)len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = (int)times);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(node.port->progs.sl_port), &o), 0);
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Keys of no link: as many a second go to the host as the node says, and what some milliseconds
 * save up; others that are nobody's all do, while these are dropped, and the link's packets come.
 */
static void only_so_many_unknown_keys_pass(void **state)
{
	enum { RATE = 10000, FLOOD = 2000000 };
	struct tunnel t = {.ip = 4, .gre = SL_GRE_KEY, .key = 77, .far = 9}, other = t;
	struct sl_node_conf conf = {.stranger_ns = 1000000000 / RATE};
	cpu_set_t one, all;

	(void)state;
	sched_getaffinity(0, sizeof(all), &all);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	install(SLOT, GEN, 24);
	set_at(MAP(node_conf), 0, &conf);
	for (int ip = 4; ip <= 6; ip += 2) {
		uint8_t forged[512], strange[512];
		size_t n, m;
		double from, s;
		uint64_t passed, dropped;

		t.ip = other.ip = ip;
		add_link(LINK, &t, SLOT, DEV);
		other.key = 78;
		other.far = 9;
		n = wrap(forged, &other, IN, SL_ETH_P_IP, inner, 100);
		other.far = 10;
		m = wrap(strange, &other, IN, SL_ETH_P_IP, inner, 100);
		expect(0, 24);
		from = now_s();
		flood(forged, n, FLOOD);
		s = now_s() - from;
		passed = node_counts().unknown_key;
		dropped = node_counts().drops[SL_R_UNKNOWNKEY];
		print_message("# IPv%d: %llu of %d in %.3f s went to the host, at %d/s\n", ip,
			      (unsigned long long)passed, FLOOD, s, RATE);
		assert_int_equal(passed + dropped, FLOOD);
		assert_int_equal(node_counts().pass, passed);
		assert_true((double)passed < (s + .018) * RATE + 2);
		/* No jiffy of any HZ is lost. */
		assert_true((double)passed > s * RATE * .9 - 100 * RATE / 1000.);
		flood(strange, m, 1000);
		assert_int_equal(node_counts().pass, passed + 1000);
		assert_int_equal(node_counts().unknown_key, passed);
		expect(SL_ANSWER(SL_V_DROP, SL_R_ELEMENT, 0), 24);
		feed(packet, wrap(packet, &t, IN, SL_ETH_P_IP, inner, 100));
		assert_int_equal(tallied().runs, 1);
		usleep(60000);
		assert_pass_unknown_key(forged, n);
		remove_link(LINK, &t, SLOT, DEV);
	}
	conf.stranger_ns = 0;
	set_at(MAP(node_conf), 0, &conf);
	uninstall(SLOT);
	sched_setaffinity(0, sizeof(all), &all);
}

static void malformed_ipv4_headers_are_the_hosts(void **state)
{
	struct tunnel t = {.ip = 4, .far = 9};
	size_t n;

	(void)state;
	install(SLOT, GEN, 24);
	add_link(LINK, &t, SLOT, DEV);
	for (int first = 0; first < 256; first++) {
		if (first >> 4 == 4 && (first & 15) >= 5)
			continue;
		n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 100);
		packet[14] = (uint8_t)first;
		assert_pass(packet, n);
	}
	remove_link(LINK, &t, SLOT, DEV);
	uninstall(SLOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_header_variant_arrives),
		TEST(every_payload_length_arrives_with_a_checksum),
		TEST(ipv4_options_are_skipped),
		TEST(ipv6_destination_options_are_skipped),
		TEST(ethernet_padding_is_cut_off),
		TEST(marks_of_the_way_are_carried_inward),
		TEST(what_has_no_mark_is_left_alone),
		TEST(reserved_gre_flags_are_ignored_or_refused),
		TEST(what_is_not_ours_is_untouched),
		TEST(only_so_many_unknown_keys_pass),
		TEST(malformed_ipv4_headers_are_the_hosts),
	};

	pattern(inner, sizeof(inner), 1);
	return cmocka_run_group_tests(tests, node_open, node_close);
}
