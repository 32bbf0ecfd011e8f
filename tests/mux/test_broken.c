/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that are ours but not whole, or not as GRE demands. */
#include "tests/mux/way_in.h"

/* ---- Ours, but not whole ------------------------------------------------------------------*/
static void outer_fragments_are_dropped(void **state)
{
	struct tunnel t = {.ip = 4, .far = 9}, other = t;
	static const uint16_t frags[] = {SL_IP_MF, SL_IP_MF | 5, 5, 0x1fff, SL_IP_DF | SL_IP_MF};
	uint8_t nexts[] = {SL_IPPROTO_GRE, SL_IPPROTO_DSTOPTS, SL_IPPROTO_UDP};
	size_t n;

	(void)state;
	install(SLOT, GEN, 24);
	other.far = 10;
	add_link(LINK, &t, SLOT, DEV);
	for (size_t i = 0; i < sizeof(frags) / sizeof(frags[0]); i++) {
		n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64);
		put16(packet + 20, frags[i]);
		fix_ip4(packet, &t);
		assert_node_drop(packet, n, SL_R_OUTERFRAG);
		n = wrap(packet, &other, IN, SL_ETH_P_IP, inner, 64);
		put16(packet + 20, frags[i]);
		fix_ip4(packet, &t);
		assert_pass(packet, n);
	}
	remove_link(LINK, &t, SLOT, DEV);

	/* IPv6: the fragment header stands where the 8 bytes of options were. */
	for (int before = 0; before < 2; before++) {
		t = (struct tunnel){.ip = 6, .far = 9, .dstopts = 1 + before};
		add_link(LINK, &t, SLOT, DEV);
		for (size_t i = 0; i < sizeof(nexts); i++) {
			n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 64);
			packet[before ? 54 : 20] = 44;
			if (before)
				packet[55] = 0;
			memcpy(packet + 54 + 8 * before, "\0\0\0\1\1\2\3\4", 8);
			packet[54 + 8 * before] = nexts[i];
			if (nexts[i] == SL_IPPROTO_UDP)
				assert_pass(packet, n);
			else
				assert_node_drop(packet, n, SL_R_OUTERFRAG);
		}
		packet[37] ^= 0x80; /* another source */
		assert_pass(packet, n);
		remove_link(LINK, &t, SLOT, DEV);
	}
	uninstall(SLOT);
}

/* Cut anywhere, a packet is either too short to be known as ours, or dropped as truncated. */
static void truncated_at_every_byte(void **state)
{
	(void)state;
	install(SLOT, GEN, 24);
	for (unsigned int i = 0; i < TUNNELS; i++) {
		struct tunnel t = tunnel_of(i);
		size_t n, known;

		if (t.ip == 6 && i & 4)
			t.dstopts = 1;
		add_link(LINK, &t, SLOT, DEV);
		n = wrap(packet, &t, IN, proto_of(&t, i), inner, 30);
		known = l3_off(&t) + (t.ip == 4 ? 20 : 40 + 8 * (size_t)t.dstopts);
		for (size_t len = 14; len < n; len++) {
			if (len < known)
				assert_pass(packet, len);
			else
				assert_node_drop(packet, len, SL_R_OUTERSHORT);
		}
		remove_link(LINK, &t, SLOT, DEV);
	}
	uninstall(SLOT);
}

/* The outer length field says the packet ends at any byte of the GRE header or behind it. */
static void outer_length_at_every_byte(void **state)
{
	(void)state;
	install(SLOT, GEN, 24);
	for (unsigned int i = 0; i < TUNNELS; i++) {
		struct tunnel t = tunnel_of(i);
		size_t n, head = l3_len(&t) + gre_len(&t);

		add_link(LINK, &t, SLOT, DEV);
		for (size_t total = t.ip == 4 ? 0 : 40; total < head + 14; total++) {
			uint8_t frame[64];
			size_t len;

			t.seq++;
			n = wrap(packet, &t, IN, proto_of(&t, i), inner, 30);
			if (t.ip == 4) {
				put16(packet + l3_off(&t) + 2, (uint16_t)total);
				fix_ip4(packet, &t);
			} else {
				put16(packet + l3_off(&t) + 4, (uint16_t)(total - 40));
			}
			if (total < head) {
				assert_node_drop(packet, n, SL_R_OUTERSHORT);
			} else if (t.gre & SL_GRE_CSUM) {
				assert_link_drop(packet, n, SL_R_GRESUM);
			} else if (t.payload == SL_PAYLOAD_ETHER) {
				assert_link_drop(packet, n, SL_R_OUTERSHORT);
			} else {
				len = frame_of(frame, &t, proto_of(&t, i), inner, total - head);
				assert_arrives(packet, n, 24, frame, len);
			}
		}
		remove_link(LINK, &t, SLOT, DEV);
	}
	uninstall(SLOT);
}

/* ---- What GRE demands ---------------------------------------------------------------------*/
static void wrong_checksums_are_dropped(void **state)
{
	(void)state;
	install(SLOT, GEN, 24);
	for (int ip = 4; ip <= 6; ip += 2) {
		struct tunnel t = {.ip = ip, .gre = SL_GRE_CSUM | SL_GRE_KEY, .key = 5, .far = 9};
		size_t n, from = l3_off(&t) + l3_len(&t);

		add_link(LINK, &t, SLOT, DEV);
		for (size_t len = 500; len < 1040; len += 7) {
			n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, len);
			for (size_t i = from + 2; i < n; i += i < from + 12 ? 1 : 13) {
				if (i >= from + 8 && i < from + 12)
					continue; /* the key: another link's */
				packet[i] ^= 0x04;
				assert_link_drop(packet, n, SL_R_GRESUM);
				packet[i] ^= 0x04;
			}
		}
		/* The other form of a sum of zero is as good (RFC 1624). */
		assert_wrapped_arrives(&t, SL_ETH_P_IP, 100, 24);
		t.gre &= ~(unsigned int)SL_GRE_CSUM;
		n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 100);
		assert_link_drop(packet, n, SL_R_GRESUM); /* missing */
		t.gre |= SL_GRE_CSUM;
		remove_link(LINK, &t, SLOT, DEV);
	}
	uninstall(SLOT);
}

static void unasked_checksums_are_checked(void **state)
{
	struct tunnel t = {.ip = 4, .far = 9};
	size_t n;

	(void)state;
	install(SLOT, GEN, 24);
	add_link(LINK, &t, SLOT, DEV);
	t.gre = SL_GRE_CSUM;
	assert_wrapped_arrives(&t, SL_ETH_P_IP, 100, 24);
	n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 100);
	packet[n - 1] ^= 1;
	assert_link_drop(packet, n, SL_R_GRESUM);
	t.gre = 0;
	remove_link(LINK, &t, SLOT, DEV);
	uninstall(SLOT);
}

/* One packet with sequence number `seq`: 1 if it arrives. */
static int sequence(struct tunnel *t, uint32_t seq)
{
	size_t n;

	t->seq = seq;
	n = wrap(packet, t, IN, SL_ETH_P_IP, inner, 40);
	expect(DROP, 24);
	assert_int_equal(feed(packet, n)->action, XDP_DROP);
	assert_int_equal(link_counts(LINK).drops[SL_R_GRESEQ], !tallied().runs);
	assert_int_equal(all_drops(link_counts(LINK).drops), !tallied().runs);
	return (int)tallied().runs;
}

static void old_sequence_numbers_are_dropped(void **state)
{
	static const uint32_t firsts[] = {0, 1, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};

	(void)state;
	install(SLOT, GEN, 24);
	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		struct tunnel t = {.ip = 4, .gre = SL_GRE_SEQ, .far = 9};
		uint32_t s = firsts[i];

		add_link(LINK, &t, SLOT, DEV);
		assert_int_equal(sequence(&t, s), 1); /* any first one */
		assert_int_equal(sequence(&t, s), 0);
		assert_int_equal(sequence(&t, s - 1), 0);
		assert_int_equal(sequence(&t, s - 0x7fffffff), 0);
		assert_int_equal(sequence(&t, s + 1), 1);
		assert_int_equal(sequence(&t, s + 100), 1); /* a gap is no fault */
		assert_int_equal(sequence(&t, s + 50), 0);
		assert_int_equal(sequence(&t, s + 101), 1);
		/* 2^31 before is not among the 2^31 - 1 that are old. */
		assert_int_equal(sequence(&t, s + 101 - 0x80000000u), 1);
		assert_int_equal(sequence(&t, s + 101), 1);
		assert_int_equal(get_link(LINK).seq_in, SL_SEQ_SEEN | (uint32_t)(s + 101));
		t.gre = 0;
		expect(DROP, 24);
		assert_link_drop(packet, wrap(packet, &t, IN, SL_ETH_P_IP, inner, 40), SL_R_GRESEQ);
		t.gre = SL_GRE_SEQ;
		remove_link(LINK, &t, SLOT, DEV);
	}
	uninstall(SLOT);
}

static void wrong_checksum_moves_no_sequence_number(void **state)
{
	struct tunnel t = {.ip = 4, .gre = SL_GRE_SEQ | SL_GRE_CSUM, .far = 9, .seq = 1000};
	size_t n;

	(void)state;
	install(SLOT, GEN, 24);
	add_link(LINK, &t, SLOT, DEV);
	n = wrap(packet, &t, IN, SL_ETH_P_IP, inner, 40);
	packet[n - 1] ^= 1;
	assert_link_drop(packet, n, SL_R_GRESUM);
	assert_int_equal(sequence(&t, 3), 1);
	remove_link(LINK, &t, SLOT, DEV);
	uninstall(SLOT);
}

static void other_payloads_are_dropped(void **state)
{
	static const uint16_t protos[] = {0,	  0x0806, 0x8100, 0x880b, 0x0800,
					  0x86dd, 0x6558, 0x0008, 0xffff};

	(void)state;
	install(SLOT, GEN, 24);
	for (int payload = 0; payload < 2; payload++) {
		struct tunnel t = {.ip = 4, .payload = payload, .far = 9};

		add_link(LINK, &t, SLOT, DEV);
		for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
			int ip = protos[i] == 0x0800 || protos[i] == 0x86dd;

			if (payload == SL_PAYLOAD_IP ? ip : protos[i] == SL_ETH_P_TEB)
				continue;
			assert_link_drop(packet, wrap(packet, &t, IN, protos[i], inner, 64),
					 SL_R_GREPROTO);
		}
		remove_link(LINK, &t, SLOT, DEV);
	}
	uninstall(SLOT);
}

static void short_frames_in_ethernet_tunnels_are_dropped(void **state)
{
	struct tunnel t = {.ip = 4, .payload = SL_PAYLOAD_ETHER, .far = 9};

	(void)state;
	install(SLOT, GEN, 24);
	add_link(LINK, &t, SLOT, DEV);
	for (size_t len = 0; len < 14; len++)
		assert_link_drop(packet, wrap(packet, &t, IN, SL_ETH_P_TEB, inner, len),
				 SL_R_OUTERSHORT);
	assert_wrapped_arrives(&t, SL_ETH_P_TEB, 14, 24);
	remove_link(LINK, &t, SLOT, DEV);
	uninstall(SLOT);
}

/* ---- Anything at all ----------------------------------------------------------------------*/
/* Random damage: whatever comes, it is counted once, and what is passed is untouched. */
static void damaged_packets_are_counted_once(void **state)
{
	struct tunnel t = {.gre = SL_GRE_KEY, .key = 3, .far = 9};
	uint8_t whole[256], damaged[256];
	unsigned int seed = 12345;
	size_t n, len;

	(void)state;
	install(SLOT, GEN, 24);
	for (int round = 0; round < 40; round++) {
		t.ip = round & 1 ? 6 : 4;
		t.vlans = round % 3;
		t.gre = SL_GRE_KEY | (round & 2 ? SL_GRE_CSUM : 0) | (round & 4 ? SL_GRE_SEQ : 0);
		t.payload = round & 8 ? SL_PAYLOAD_ETHER : SL_PAYLOAD_IP;
		add_link(LINK, &t, SLOT, DEV);
		n = wrap(whole, &t, IN, proto_of(&t, 0), inner, 60);
		for (int i = 0; i < 250; i++) {
			const struct result *r;
			struct sl_node_stats ns;

			memcpy(damaged, whole, n);
			for (int k = i % 3; k >= 0; k--) {
				seed = seed * 1103515245u + 12345u;
				damaged[(seed >> 16) % (n - 40)] ^= (uint8_t)(1 << (seed >> 8 & 7));
			}
			len = i & 8 ? n : n - (seed >> 20) % (n - 14);
			expect(DROP, 24);
			r = feed(damaged, len);
			ns = node_counts();
			assert_int_equal(ns.pass + all_drops(ns.drops) +
						 all_drops(link_counts(LINK).drops) +
						 tenant_counts(SLOT).packets,
					 1);
			assert_conserved(SLOT);
			assert_int_equal(r->action, ns.pass ? XDP_PASS : XDP_DROP);
			if (ns.pass) {
				assert_int_equal(r->len, len);
				assert_memory_equal(r->bytes, damaged, len);
			}
		}
		remove_link(LINK, &t, SLOT, DEV);
	}
	uninstall(SLOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(outer_fragments_are_dropped),
		TEST(truncated_at_every_byte),
		TEST(outer_length_at_every_byte),
		TEST(wrong_checksums_are_dropped),
		TEST(unasked_checksums_are_checked),
		TEST(old_sequence_numbers_are_dropped),
		TEST(wrong_checksum_moves_no_sequence_number),
		TEST(other_payloads_are_dropped),
		TEST(short_frames_in_ethernet_tunnels_are_dropped),
		TEST(damaged_packets_are_counted_once),
	};

	pattern(inner, sizeof(inner), 1);
	return cmocka_run_group_tests(tests, node_open, node_close);
}
