// SPDX-License-Identifier: GPL-2.0-only
/* Outer headers of every kind of link, against bytes written out by hand from the RFCs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "loader/runtime/platform.h"
#include "loader/runtime/template.h"

#define DST "02 00 00 00 00 02 "
#define SRC "02 00 00 00 00 01 "
#define IP4(tos, ttl) "45 " tos " 00 00 00 00 40 00 " ttl " 2f 00 00 c0 00 02 01 c6 33 64 07 "
#define IP6(word, hlim)                                                                            \
	word " 00 00 2f " hlim " 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 "                 \
	     "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 "

struct variant {
	const char *name;
	bool v6;
	uint8_t gre;
	enum sl_payload payload;
	uint8_t tos, ttl;
	uint8_t n_tags;
	struct sl_tag tags[2];
	unsigned int l3_off, mtu; /* of a path with MTU 1500 */
	const char *bytes;
};

static const struct variant variants[] = {
	{"IPv4, bare",
	 false,
	 0,
	 SL_PAYLOAD_IP,
	 0,
	 64,
	 0,
	 {{0}},
	 14,
	 1500 - 24,
	 DST SRC "08 00 " IP4("00", "40") "00 00 08 00"},
	{"IPv4, key",
	 false,
	 SL_GRE_KEY,
	 SL_PAYLOAD_IP,
	 0,
	 64,
	 0,
	 {{0}},
	 14,
	 1500 - 28,
	 DST SRC "08 00 " IP4("00", "40") "20 00 08 00 0a 0b 0c 0d"},
	{"IPv4, checksum",
	 false,
	 SL_GRE_CSUM,
	 SL_PAYLOAD_IP,
	 0,
	 64,
	 0,
	 {{0}},
	 14,
	 1500 - 28,
	 DST SRC "08 00 " IP4("00", "40") "80 00 08 00 00 00 00 00"},
	{"IPv4, sequence",
	 false,
	 SL_GRE_SEQ,
	 SL_PAYLOAD_IP,
	 0,
	 64,
	 0,
	 {{0}},
	 14,
	 1500 - 28,
	 DST SRC "08 00 " IP4("00", "40") "10 00 08 00 00 00 00 00"},
	{"IPv4, all options: checksum, key, sequence in this order",
	 false,
	 SL_GRE_CSUM | SL_GRE_KEY | SL_GRE_SEQ,
	 SL_PAYLOAD_IP,
	 0,
	 64,
	 0,
	 {{0}},
	 14,
	 1500 - 36,
	 DST SRC "08 00 " IP4("00", "40") "b0 00 08 00 00 00 00 00 0a 0b 0c 0d 00 00 00 00"},
	{"IPv4, Ethernet inside",
	 false,
	 SL_GRE_KEY,
	 SL_PAYLOAD_ETHER,
	 0,
	 64,
	 0,
	 {{0}},
	 14,
	 1500 - 28 - 14,
	 DST SRC "08 00 " IP4("00", "40") "20 00 65 58 0a 0b 0c 0d"},
	{"IPv4, TOS and TTL",
	 false,
	 0,
	 SL_PAYLOAD_IP,
	 0xb8,
	 1,
	 0,
	 {{0}},
	 14,
	 1500 - 24,
	 DST SRC "08 00 " IP4("b8", "01") "00 00 08 00"},
	{"IPv4, one tag",
	 false,
	 0,
	 SL_PAYLOAD_IP,
	 0,
	 64,
	 1,
	 {{0x8100, 5}},
	 18,
	 1500 - 24,
	 DST SRC "81 00 00 05 08 00 " IP4("00", "40") "00 00 08 00"},
	{"IPv4, two tags, of which the second takes from the MTU",
	 false,
	 0,
	 SL_PAYLOAD_IP,
	 0,
	 64,
	 2,
	 {{0x88a8, 100}, {0x8100, 0xabc}},
	 22,
	 1500 - 24 - 4,
	 DST SRC "88 a8 00 64 81 00 0a bc 08 00 " IP4("00", "40") "00 00 08 00"},
	{"IPv6, bare",
	 true,
	 0,
	 SL_PAYLOAD_IP,
	 0,
	 64,
	 0,
	 {{0}},
	 14,
	 1500 - 44,
	 DST SRC "86 dd " IP6("60 00 00 00", "40") "00 00 08 00"},
	{"IPv6, traffic class and hop limit",
	 true,
	 0,
	 SL_PAYLOAD_IP,
	 0xb8,
	 255,
	 0,
	 {{0}},
	 14,
	 1500 - 44,
	 DST SRC "86 dd " IP6("6b 80 00 00", "ff") "00 00 08 00"},
	{"IPv6, all there is",
	 true,
	 SL_GRE_CSUM | SL_GRE_KEY | SL_GRE_SEQ,
	 SL_PAYLOAD_ETHER,
	 0,
	 64,
	 2,
	 {{0x88a8, 1}, {0x8100, 2}},
	 22,
	 1500 - 56 - 14 - 4,
	 DST SRC "88 a8 00 01 81 00 00 02 86 dd " IP6(
		 "60 00 00 00", "40") "b0 00 65 58 00 00 00 00 0a 0b 0c 0d 00 00 00 00"},
};

static size_t unhex(const char *text, uint8_t *out)
{
	unsigned int byte;
	size_t n = 0;
	int used;

	while (sscanf(text, " %2x%n", &byte, &used) == 1) {
		out[n++] = (uint8_t)byte;
		text += used;
	}
	return n;
}

static void set_up(const struct variant *v, struct sl_node_link *l, struct sl_path *path)
{
	*l = (struct sl_node_link){
		.kind = v->v6 ? SL_LINK_GRE6 : SL_LINK_GRE4,
		.payload = v->payload,
		.gre = v->gre,
		.key = 0x0a0b0c0d,
		.tos = v->tos,
		.ttl = v->ttl,
	};
	sl_addr_parse(v->v6 ? "2001:db8::1" : "192.0.2.1", &l->local);
	sl_addr_parse(v->v6 ? "2001:db8::2" : "198.51.100.7", &l->remote);
	*path = (struct sl_path){
		.ifindex = 42,
		.port = 3,
		.mtu = 1500,
		.src_mac = {2, 0, 0, 0, 0, 1},
		.dst_mac = {2, 0, 0, 0, 0, 2},
		.n_tags = v->n_tags,
		.tags = {v->tags[0], v->tags[1]},
	};
}

static void each_variant_has_its_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variants) / sizeof(*variants); i++) {
		const struct variant *v = &variants[i];
		uint8_t want[SL_TEMPLATE_MAX] = {0};
		size_t len = unhex(v->bytes, want);
		struct sl_template t;
		struct sl_node_link l;
		struct sl_path path;

		print_message("%s\n", v->name);
		set_up(v, &l, &path);
		memset(&t, 0xee, sizeof(t));
		assert_int_equal(sl_template_build(&l, &path, &t), 0);
		assert_int_equal(t.up, 1);
		assert_int_equal(t.len, len);
		assert_memory_equal(t.bytes, want, sizeof(want));
		assert_int_equal(t.l3_off, v->l3_off);
		assert_int_equal(t.mtu, v->mtu);
		assert_int_equal(t.port, 3);
		assert_int_equal(t.ifindex, 42);
		assert_int_equal(sl_template_len(&l, v->n_tags), len);
	}
}

/* As mux does it: the sum with the total length, complemented, is the header's checksum; and the
 * header sums up to all ones then. */
static void the_sum_makes_a_right_checksum(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variants) / sizeof(*variants); i++) {
		uint32_t sum = 0, all = 0;
		struct sl_template t;
		struct sl_node_link l;
		struct sl_path path;
		uint16_t word;

		if (variants[i].v6)
			continue;
		set_up(&variants[i], &l, &path);
		assert_int_equal(sl_template_build(&l, &path, &t), 0);
		for (uint32_t total = 24; total <= 1500; total += 123) {
			uint16_t len = htons((uint16_t)total);

			memcpy(t.bytes + t.l3_off + 2, &len, 2);
			memset(t.bytes + t.l3_off + 10, 0, 2);
			sum = t.ip4_sum + len;
			sum = (sum & 0xffff) + (sum >> 16);
			sum = (sum & 0xffff) + (sum >> 16);
			word = (uint16_t)~sum;
			memcpy(t.bytes + t.l3_off + 10, &word, 2);
			all = 0;
			for (size_t at = 0; at < 20; at += 2)
				all += (uint32_t)t.bytes[t.l3_off + at] << 8 |
				       t.bytes[t.l3_off + at + 1];
			while (all >> 16)
				all = (all & 0xffff) + (all >> 16);
			assert_int_equal(all, 0xffff);
		}
	}
}

static void direct_links_have_their_tag_only(void **state)
{
	struct sl_node_link l = {.kind = SL_LINK_DIRECT, .payload = SL_PAYLOAD_ETHER};
	struct sl_path path = {.ifindex = 9, .port = 1, .mtu = 1500};
	struct sl_template t;

	(void)state;
	assert_int_equal(sl_template_build(&l, &path, &t), 0);
	assert_int_equal(t.len, 0);
	assert_int_equal(t.mtu, 1500);
	assert_int_equal(t.up, 1);
	assert_int_equal(sl_template_len(&l, 0), 0);
	l.vlan = 0x123;
	assert_int_equal(sl_template_build(&l, &path, &t), 0);
	assert_int_equal(t.len, 4);
	assert_memory_equal(t.bytes, "\x81\x00\x01\x23", 4);
	assert_int_equal(t.mtu, 1500);
}

static void what_leaves_too_little_is_refused(void **state)
{
	struct sl_template t, before;
	struct sl_node_link l;
	struct sl_path path;

	(void)state;
	set_up(&variants[0], &l, &path);
	memset(&before, 0x55, sizeof(before));
	t = before;
	path.mtu = 24 + 67;
	assert_int_equal(sl_template_build(&l, &path, &t), -EMSGSIZE);
	assert_memory_equal(&t, &before, sizeof(t));
	path.mtu = 24 + 68;
	assert_int_equal(sl_template_build(&l, &path, &t), 0);
	assert_int_equal(t.mtu, 68);
	path.mtu = 200000;
	assert_int_equal(sl_template_build(&l, &path, &t), 0);
	assert_int_equal(t.mtu, 65535);
	path.n_tags = 3;
	assert_int_equal(sl_template_build(&l, &path, &t), -EINVAL);
}

static void bind_keeps_the_ends_as_received(void **state)
{
	struct sl_link_bind b;
	struct sl_node_link l;
	struct sl_path path;

	(void)state;
	set_up(&variants[1], &l, &path);
	l.dev = 5;
	memcpy(l.mac, "\x02\1\1\1\1\1", 6);
	memcpy(l.peer_mac, "\x06\2\2\2\2\2", 6);
	sl_link_bind_from(&l, 77, 1, 0, &b);
	assert_int_equal(b.tenant, 77);
	assert_int_equal(b.dev, 5);
	assert_int_equal(b.kind, SL_LINK_GRE4);
	assert_int_equal(b.gre, SL_GRE_KEY);
	assert_int_equal(b.key, 0x0a0b0c0d);
	assert_int_equal(b.in_len, 14 + 4 + 20 + 8);
	assert_memory_equal(b.saddr, "\xc6\x33\x64\x07", 4);
	assert_memory_equal(b.daddr, "\xc0\x00\x02\x01", 4);
	assert_memory_equal(b.mac, l.mac, 6);
	assert_memory_equal(b.peer_mac, l.peer_mac, 6);
	l.kind = SL_LINK_DIRECT;
	l.vlan = 9;
	sl_link_bind_from(&l, 77, 0, 42, &b);
	assert_int_equal(b.ifindex, 42);
	assert_int_equal(b.vlan, 9);
	assert_int_equal(b.in_len, 0);
	assert_int_equal(b.key, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_variant_has_its_bytes),
		cmocka_unit_test(the_sum_makes_a_right_checksum),
		cmocka_unit_test(direct_links_have_their_tag_only),
		cmocka_unit_test(what_leaves_too_little_is_refused),
		cmocka_unit_test(bind_keeps_the_ends_as_received),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
