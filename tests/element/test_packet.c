// SPDX-License-Identifier: GPL-2.0-only
/* The packet builder against bytes worked out otherwise, so that the cases built
 * with it stand on something else than the code under test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tests/element/packet.h"

static const struct packet_defaults def = {
	.dst = {2, 0, 0, 0, 0, 1},
	.src = {2, 0, 0, 0, 1, 1},
};
static struct packet out;
static char error[200];

static void wants(const char *words, const char *hex)
{
	static char got[2 * PACKET_MAX + 1];

	error[0] = 0;
	if (packet_build(words, &def, &out, error, sizeof(error)))
		fail_msg("'%s': %s", words, error);
	for (size_t i = 0; i < out.len; i++)
		sprintf(got + 2 * i, "%02x", out.bytes[i]);
	got[2 * out.len] = 0;
	assert_string_equal(got, hex);
}

static void refuses(const char *words, const char *message)
{
	error[0] = 0;
	assert_int_equal(packet_build(words, &def, &out, error, sizeof(error)), -1);
	if (!strstr(error, message))
		fail_msg("'%s': '%s', wanted '%s'", words, error, message);
}

static void ethernet_header_is_implied_unless_raw(void **state)
{
	(void)state;
	wants("data 2", "020000000001020000000101"
			"88b5"
			"0001");
	wants("raw data 3", "000102");
	wants("eth dst=ff:ff:ff:ff:ff:ff type=0x0806 zero 1", "ffffffffffff020000000101"
							      "0806"
							      "00");
	wants("vlan id=5 pcp=3 dei=1 hex aabb", "020000000001020000000101"
						"8100"
						"7005"
						"88b5"
						"aabb");
	wants("vlan tpid=0x88a8 vlan ip cut 22", "020000000001020000000101"
						 "88a8"
						 "0001"
						 "8100"
						 "0001"
						 "0800");
}

/* The header every text on the Internet checksum uses: its sum is 0xb861. */
static void ip_checksum_and_lengths_are_right(void **state)
{
	(void)state;
	wants("raw ip src=192.168.0.1 dst=192.168.0.199 df proto=17 zero 95",
	      "4500007300004000"
	      "4011b861"
	      "c0a80001"
	      "c0a800c7"
	      "0000000000000000000000000000000000000000000000000000000000000000"
	      "0000000000000000000000000000000000000000000000000000000000000000"
	      "00000000000000000000000000000000000000000000000000000000000000");
	wants("raw ip sum=0 len=9 ver=6 ihl=4 ttl=1 tos=255 id=0x1234 mf off=3 proto=1",
	      "64ff0009"
	      "12342003"
	      "01010000"
	      "0a0000010a000002");
	wants("raw ip sum=bad", "45000014"
				"00000000"
				"40fd30be"
				"0a0000010a000002");
	wants("raw ip opt=9404", "46000018"
				 "00000000"
				 "40fdd0e2"
				 "0a0000010a000002"
				 "94040000");
}

static void transport_checksums_cover_the_pseudo_header(void **state)
{
	(void)state;
	wants("raw ip udp data 2", "4500001e"
				   "00000000"
				   "401166cd"
				   "0a0000010a000002"
				   "03e807d0000ae01e"
				   "0001");
	wants("raw ip udp data 1", "4500001d"
				   "00000000"
				   "401166ce"
				   "0a0000010a000002"
				   "03e807d00009e021"
				   "00");
	wants("raw ip udp sum=0", "4500001c"
				  "00000000"
				  "401166cf"
				  "0a0000010a000002"
				  "03e807d000080000");
	wants("raw ip tcp flags=S seq=1", "45000028"
					  "00000000"
					  "400666ce"
					  "0a0000010a000002"
					  "03e807d0"
					  "00000001"
					  "00000000"
					  "50022000"
					  "70270000");
	wants("raw ip icmp id=1 seq=2", "4500001c"
					"00000000"
					"400166df"
					"0a0000010a000002"
					"0800f7fc00010002");
}

static void quotes_are_whole_packets_cut_short(void **state)
{
	(void)state;
	wants("raw ip icmp type=11 rest=00000000 first 28 ( ip udp data 100 )",
	      "45000038"
	      "00000000"
	      "400166c3"
	      "0a0000010a000002"
	      "0b00" /* checksum, rest */
	      "a54d"
	      "00000000"
	      "45000080"
	      "00000000"
	      "4011666b"
	      "0a0000010a000002"
	      "03e807d0006c438e");
}

static void padding_counts_nowhere(void **state)
{
	(void)state;
	wants("raw ip pad 2", "45000014"
			      "00000000"
			      "40fd65eb"
			      "0a0000010a000002"
			      "0000");
}

static void arp_is_as_on_the_wire(void **state)
{
	(void)state;
	wants("raw arp", "0001080006040001"
			 "0200000001010a000001"
			 "0000000000000a000002");
	wants("raw arp op=2 tha=1:2:3:4:5:6 tpa=1.2.3.4", "0001080006040002"
							  "0200000001010a000001"
							  "01020304050601020304");
}

static void same_is_what_came_in(void **state)
{
	static const struct packet in = {.len = 3, .bytes = {7, 8, 9}};
	const struct packet_defaults with = {.same = &in};

	(void)state;
	assert_int_equal(packet_build("same", &with, &out, error, sizeof(error)), 0);
	assert_int_equal(out.len, 3);
	assert_memory_equal(out.bytes, in.bytes, 3);
	refuses("same", "nothing came in");
}

static void mistakes_are_refused(void **state)
{
	(void)state;
	refuses("", "no packet");
	refuses("ip sorc=1.2.3.4", "'sorc=1.2.3.4' means nothing here");
	refuses("ip src=1.2.3", "no IP address");
	refuses("ip ttl=256", "no number of 0 to 255");
	refuses("ip ttl=-1", "no number");
	refuses("eth dst=1:2:3:4:5", "no Ethernet address");
	refuses("hex abc", "no string of hexadecimal");
	refuses("hex zz", "no string of hexadecimal");
	refuses("data", "no number");
	refuses("data 99999", "no number");
	refuses("tcp flags=Q", "no TCP flag");
	refuses("first 4 ( data 2 )", "first 4 of only 2");
	refuses("first 4 ( data 8", "( without )");
	refuses("data 2 cut 99", "cut 99 of only 16");
	refuses("cut 2 data 2", "means nothing here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ethernet_header_is_implied_unless_raw),
		cmocka_unit_test(ip_checksum_and_lengths_are_right),
		cmocka_unit_test(transport_checksums_cover_the_pseudo_header),
		cmocka_unit_test(quotes_are_whole_packets_cut_short),
		cmocka_unit_test(padding_counts_nowhere),
		cmocka_unit_test(arp_is_as_on_the_wire),
		cmocka_unit_test(same_is_what_came_in),
		cmocka_unit_test(mistakes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
