/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose packet it is, and how the tenant finds it. */
#include "tests/mux/node.h"

#define LINK 1
#define DEV 5
#define GEN 11
#define DROP SL_ANSWER(SL_V_DROP, SL_R_ELEMENT, SL_ELEM_NONE)

static uint8_t inner[2048], packet[4096];

/* What GRE says of the payload. */
static uint16_t proto_of(const struct tunnel *t, unsigned int i)
{
	if (t->payload == SL_PAYLOAD_ETHER)
		return SL_ETH_P_TEB;
	return i & 1 ? SL_ETH_P_IPV6 : SL_ETH_P_IP;
}

/* ---- What is expected ---------------------------------------------------------------------*/
static void assert_untouched(const struct result *r, const uint8_t *in, size_t len)
{
	assert_int_equal(r->action, XDP_PASS);
	assert_int_equal(r->len, len);
	assert_memory_equal(r->bytes, in, len);
	assert_int_equal(node_counts().pass, 1);
	assert_int_equal(all_drops(node_counts().drops), 0);
	assert_int_equal(tallied().runs, 0);
}

/* The host's, and not changed. */
static void assert_pass(const uint8_t *in, size_t len)
{
	expect(DROP, 24);
	assert_untouched(feed(in, len), in, len);
	assert_int_equal(node_counts().unknown_key, 0);
}

static void assert_pass_unknown_key(const uint8_t *in, size_t len)
{
	expect(DROP, 24);
	assert_untouched(feed(in, len), in, len);
	assert_int_equal(node_counts().unknown_key, 1);
}

/* Dropped and counted at the node: of no link in particular. */
static void assert_node_drop(const uint8_t *in, size_t len, enum sl_reason reason)
{
	struct sl_node_stats s;

	expect(DROP, 24);
	assert_int_equal(feed(in, len)->action, XDP_DROP);
	s = node_counts();
	assert_int_equal(s.drops[reason], 1);
	assert_int_equal(all_drops(s.drops) + s.pass, 1);
	assert_int_equal(tallied().runs, 0);
}

/* Dropped and counted at the link. */
static void assert_link_drop(const uint8_t *in, size_t len, enum sl_reason reason)
{
	struct sl_link_stats s;

	expect(DROP, 24);
	assert_int_equal(feed(in, len)->action, XDP_DROP);
	s = link_counts(LINK);
	assert_int_equal(s.drops[reason], 1);
	assert_int_equal(all_drops(s.drops), 1);
	assert_int_equal(s.rx_packets, 0);
	assert_int_equal(all_drops(node_counts().drops) + node_counts().pass, 0);
	assert_int_equal(tallied().runs, 0);
}

/* Reaches the tenant as `frame` at data + `head`, and ends in its counters. */
static void assert_arrives(const uint8_t *in, size_t len, uint32_t head, const uint8_t *frame,
			   size_t frame_len)
{
	struct sl_entry entry;
	const struct seen *s;

	expect(DROP, head);
	assert_int_equal(feed(in, len)->action, XDP_DROP);
	assert_int_equal(tallied().runs, 1);
	s = saw(0);
	assert_int_equal(s->len, frame_len);
	assert_memory_equal(s->frame, frame, frame_len);
	memcpy(&entry, &s->entry, sizeof(entry));
	assert_int_equal(entry.dev, DEV);
	assert_int_equal(entry.flags, 0);
	assert_int_equal(entry.point, 0);
	assert_int_equal(entry.generation, GEN);
	assert_int_equal(s->meta, head < SL_ENTRY_LEN ? SL_ENTRY_LEN : 0);
	assert_int_equal(tenant_counts(SLOT).packets, 1);
	assert_int_equal(tenant_counts(SLOT).bytes, frame_len);
	assert_int_equal(tenant_counts(SLOT).drops[SL_R_ELEMENT], 1);
	assert_conserved(SLOT);
	assert_int_equal(link_counts(LINK).rx_packets, 1);
	assert_int_equal(link_counts(LINK).rx_bytes, frame_len);
	assert_int_equal(all_drops(link_counts(LINK).drops), 0);
	assert_int_equal(all_drops(node_counts().drops) + node_counts().pass, 0);
}

static void assert_wrapped_arrives(const struct tunnel *t, uint16_t proto, size_t len,
				   uint32_t head)
{
	uint8_t frame[4096];
	size_t n = wrap(packet, t, IN, proto, inner, len);
	size_t m = frame_of(frame, t, proto, inner, len);

	assert_arrives(packet, n, head, frame, m);
}

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
		assert_int_equal(get_link(LINK).seq_in, s + 101);
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
		TEST(every_header_variant_arrives),
		TEST(every_payload_length_arrives_with_a_checksum),
		TEST(ipv4_options_are_skipped),
		TEST(ipv6_destination_options_are_skipped),
		TEST(ethernet_padding_is_cut_off),
		TEST(reserved_gre_flags_are_ignored_or_refused),
		TEST(what_is_not_ours_is_untouched),
		TEST(malformed_ipv4_headers_are_the_hosts),
		TEST(links_are_told_apart_by_key_and_address),
		TEST(remembered_links_are_checked),
		TEST(zero_addresses_lead_nowhere),
		TEST(many_links_share_the_memory),
		TEST(outer_fragments_are_dropped),
		TEST(truncated_at_every_byte),
		TEST(outer_length_at_every_byte),
		TEST(wrong_checksums_are_dropped),
		TEST(unasked_checksums_are_checked),
		TEST(old_sequence_numbers_are_dropped),
		TEST(wrong_checksum_moves_no_sequence_number),
		TEST(other_payloads_are_dropped),
		TEST(short_frames_in_ethernet_tunnels_are_dropped),
		TEST(direct_ports_and_vlans),
		TEST(stopped_and_empty_tenants),
		TEST(the_generation_decides_the_program),
		TEST(damaged_packets_are_counted_once),
	};

	pattern(inner, sizeof(inner), 1);
	return cmocka_run_group_tests(tests, node_open, node_close);
}
