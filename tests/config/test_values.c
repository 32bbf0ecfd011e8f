// SPDX-License-Identifier: GPL-2.0-only
/* Values of every argument type: what is accepted, what is stored, what is said otherwise, and that
 * what is printed is read as the same value. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "loader/config/config.h"
#include "loader/mem.h"

static struct sl_device devs[] = {
	{.name = "eth0", .index = 0, .ip6 = {0xfe, 0x80, [15] = 7}},
	{.name = "red-1", .index = 1},
};
static const struct sl_program program = {.devs = devs, .devices = {devs, 2, 0}};

static char *printed(enum sl_ptype type, const void *value)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	sl_value_print(type, value, &program, f);
	fclose(f);
	return text;
}

/* Parses, compares with `want` as stored, prints, and parses what was printed. */
static void is(enum sl_ptype type, const char *text, const void *want)
{
	char got[SL_VALUE_MAX] = {0}, again[SL_VALUE_MAX] = {0};
	const char *why = "";
	_free_ char *back = NULL;

	if (sl_parse_value(type, text, &program, NULL, got, &why))
		fail_msg("'%s': %s", text, why);
	back = printed(type, got);
	if (memcmp(got, want, sl_type_size(type)))
		fail_msg("'%s' is stored as %s", text, back);
	if (sl_parse_value(type, back, &program, NULL, again, &why) ||
	    memcmp(got, again, sizeof(got)))
		fail_msg("'%s' is printed as '%s', which is another value", text, back);
}

static void no(enum sl_ptype type, const char *text, const char *want)
{
	char got[SL_VALUE_MAX], before[SL_VALUE_MAX];
	const char *why = "";

	memset(got, 0x55, sizeof(got));
	memset(before, 0x55, sizeof(before));
	if (!sl_parse_value(type, text, &program, NULL, got, &why))
		fail_msg("'%s' was taken", text);
	if (strcmp(why, want))
		fail_msg("'%s': '%s', wanted '%s'", text, why, want);
	assert_memory_equal(got, before, sizeof(got));
}

static void u32(const char *text, uint32_t want)
{
	is(SL_T_U32, text, &want);
}

static void whole_numbers_in_every_base(void **state)
{
	const uint8_t u8 = 255;
	const uint16_t u16 = 0x8100;

	(void)state;
	u32("0", 0);
	u32("17", 17);
	u32("+17", 17);
	u32("-0", 0);
	u32("0x1F", 31);
	u32("0Xff_ff", 65535);
	u32("0b1010", 10);
	u32("017", 15);
	u32("1_000_000", 1000000);
	u32("4294967295", 4294967295u);
	u32("00000000000000000000000000017", 15);
	is(SL_T_U8, "0xff", &u8);
	is(SL_T_U16, "0x8100", &u16);
	no(SL_T_U32, "", "not a whole number");
	no(SL_T_U32, "0x", "not a whole number");
	no(SL_T_U32, "08", "not a whole number");
	no(SL_T_U32, "1__0", "not a whole number");
	no(SL_T_U32, "_1", "not a whole number");
	no(SL_T_U32, "1_", "not a whole number");
	no(SL_T_U32, "1 ", "not a whole number");
	no(SL_T_U32, "1.0", "not a whole number");
	no(SL_T_U32, "--1", "not a whole number");
	no(SL_T_U32, "0b12", "not a whole number");
	no(SL_T_U32, "-1", "out of range: must be 0 to 4294967295");
	no(SL_T_U32, "4294967296", "out of range: must be 0 to 4294967295");
	no(SL_T_U32, "99999999999999999999999999", "out of range: must be 0 to 4294967295");
	no(SL_T_U8, "256", "out of range: must be 0 to 255");
	no(SL_T_U16, "65536", "out of range: must be 0 to 65535");
}

static void signed_numbers_to_their_ends(void **state)
{
	const int32_t low = INT32_MIN, high = INT32_MAX, minus = -8;

	(void)state;
	is(SL_T_S32, "-2147483648", &low);
	is(SL_T_S32, "2147483647", &high);
	is(SL_T_S32, "-0x8", &minus);
	no(SL_T_S32, "2147483648", "out of range: must be -2147483648 to 2147483647");
	no(SL_T_S32, "-2147483649", "out of range: must be -2147483648 to 2147483647");
	no(SL_T_S32, "one", "not a whole number");
}

static void truth_in_ten_words(void **state)
{
	static const char *const yes[] = {"1", "y", "t", "yes", "true"};
	static const char *const no_words[] = {"0", "n", "f", "no", "false"};
	const uint8_t one = 1, zero = 0;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		is(SL_T_BOOL, yes[i], &one);
		is(SL_T_BOOL, no_words[i], &zero);
	}
	no(SL_T_BOOL, "2", "neither true nor false");
	no(SL_T_BOOL, "TRUE", "neither true nor false");
	no(SL_T_BOOL, "", "neither true nor false");
}

static void ns(const char *text, uint64_t want)
{
	is(SL_T_NS, text, &want);
}

static void times_are_exact(void **state)
{
	(void)state;
	ns("1", 1000000000);
	ns("1.5", 1500000000);
	ns(".25s", 250000000);
	ns("1.", 1000000000);
	ns("20ms", 20000000);
	ns("20 msec", 20000000);
	ns("0.1us", 100);
	ns("7ns", 7);
	ns("5m", 300000000000);
	ns("2 min", 120000000000);
	ns("1h", 3600000000000);
	ns("24hr", 86400000000000);
	ns("1d", 86400000000000);
	ns("1e3", 1000000000000);
	ns("25e-1s", 2500000000);
	ns("0.0000000014", 1);
	ns("0.0000000015", 2);
	ns("1e-99", 0);
	ns("0e99", 0);
	ns("18446744073.709551615", UINT64_MAX);
	ns("0.10000000000000000000000000000000001", 100000000);
	no(SL_T_NS, "18446744073.709551616", "out of range: a time is 0 to 18446744073 s");
	no(SL_T_NS, "1e99999999999", "out of range: a time is 0 to 18446744073 s");
	no(SL_T_NS, "-1", "out of range: a time is 0 to 18446744073 s");
	no(SL_T_NS, "1 year", "unknown unit of time: use s, ms, us, ns, m, h or d");
	no(SL_T_NS, "soon", "not a time");
	no(SL_T_NS, ".", "not a time");
	no(SL_T_NS, "", "not a time");
}

static void bps(const char *text, uint64_t want)
{
	is(SL_T_BPS, text, &want);
}

static void bandwidths_become_bytes_a_second(void **state)
{
	(void)state;
	bps("1000", 1000);
	bps("8bps", 1);
	bps("10Mbps", 1250000);
	bps("1.5 Gb/s", 187500000);
	bps("56 kbaud", 7000);
	bps("2kBps", 2000);
	bps("2KB/s", 2000);
	bps("1M", 1000000);
	bps("100Gbps", 12500000000);
	no(SL_T_BPS, "10Mbit", "unknown unit of bandwidth: use bps or Bps, with k, M or G");
	no(SL_T_BPS, "1e20", "out of range for a bandwidth");
	no(SL_T_BPS, "-8bps", "out of range for a bandwidth");
	no(SL_T_BPS, "fast", "not a bandwidth");
	assert_true(sl_text_has_unit("1Mbps"));
	assert_true(sl_text_has_unit("1 B/s"));
	assert_false(sl_text_has_unit("1000"));
	assert_false(sl_text_has_unit("1.5M"));
}

static void probabilities_are_parts_of_two_to_the_28(void **state)
{
	static const struct {
		const char *text;
		uint32_t want;
	} good[] = {{"0", 0},	       {"1", 1u << 28}, {"0.5", 1u << 27},
		    {"0.1", 26843546}, {"1e-9", 0},	{"3.7252902984619e-9", 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		is(SL_T_PROB, good[i].text, &good[i].want);
	no(SL_T_PROB, "1.01", "out of range: a probability is 0 to 1");
	no(SL_T_PROB, "-0.1", "out of range: a probability is 0 to 1");
	no(SL_T_PROB, "50%", "not a number");
	no(SL_T_PROB, "half", "not a number");
}

static void probabilities_print_in_the_fewest_digits_that_read_back(void **state)
{
	static const struct {
		uint32_t v;
		const char *text;
	} some[] = {{26843546, "0.1"}, {1u << 26, "0.25"}, {0, "0"}, {1u << 28, "1"}};

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		_free_ char *text = printed(SL_T_PROB, &some[i].v);

		assert_string_equal(text, some[i].text);
	}
	for (uint32_t v = 1; v <= 1u << 28; v = v * 3 + 1) {
		_free_ char *text = printed(SL_T_PROB, &v);

		is(SL_T_PROB, text, &v);
	}
}

static void addresses(void **state)
{
	const uint32_t ip = inet_addr("192.0.2.1"), zero = 0;
	const uint8_t mac[6] = {2, 0, 0x1b, 0xff, 0, 1};
	static const struct {
		const char *text, *addr, *mask;
	} prefixes[] = {
		{"10.0.0.0/8", "10.0.0.0", "255.0.0.0"},
		{"18/8", "18.0.0.0", "255.0.0.0"},
		{"10.1/255.255.0.0", "10.1.0.0", "255.255.0.0"},
		{"1.2.3.4/0", "1.2.3.4", "0.0.0.0"},
		{"1.2.3.4/32", "1.2.3.4", "255.255.255.255"},
		{"1.2.3.4/255.0.255.0", "1.2.3.4", "255.0.255.0"},
		{"10.0.0.7/255.255.255.128", "10.0.0.7", "255.255.255.128"},
	};

	(void)state;
	is(SL_T_IP4, "192.0.2.1", &ip);
	is(SL_T_IP4, "0.0.0.0", &zero);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		const struct sl_prefix4 want = {inet_addr(prefixes[i].addr),
						inet_addr(prefixes[i].mask)};

		is(SL_T_IP4PREFIX, prefixes[i].text, &want);
	}
	is(SL_T_ETHER, "02:00:1b:ff:00:01", mac);
	is(SL_T_ETHER, "2-0-1B-FF-0-1", mac);
	no(SL_T_IP4, "192.0.2", "not an IP address");
	no(SL_T_IP4, "192.0.2.256", "not an IP address");
	no(SL_T_IP4, "192.0.2.1.", "not an IP address");
	no(SL_T_IP4, "192.0.2.0001", "not an IP address");
	no(SL_T_IP4, "nobody", "not an IP address");
	no(SL_T_IP4, ":ip", "not an IP address");
	no(SL_T_IP4, "", "not an IP address");
	no(SL_T_IP4PREFIX, "10.0.0.0", "not an IP prefix");
	no(SL_T_IP4PREFIX, "10.0.0.0/33", "not an IP prefix");
	no(SL_T_IP4PREFIX, "10.0.0.0/", "not an IP prefix");
	no(SL_T_IP4PREFIX, "10.0.0.0.0/8", "not an IP prefix");
	no(SL_T_ETHER, "02:00:1b:ff:00", "not an Ethernet address");
	no(SL_T_ETHER, "02:00:1b:ff:00:01:02", "not an Ethernet address");
	no(SL_T_ETHER, "02:00:1b-ff-00-01", "not an Ethernet address");
	no(SL_T_ETHER, "002:0:0:0:0:0", "not an Ethernet address");
	no(SL_T_ETHER, "0:0:0:0:0:g", "not an Ethernet address");
}

/* What is written in any form, and the one form of RFC 5952 it is printed in. */
static void ip6_addresses_print_as_rfc5952_says(void **state)
{
	static const struct {
		const char *text, *print;
	} some[] = {
		{"2001:0DB8:0:0:0:0:0:1", "2001:db8::1"},
		{"2001:db8::0:1", "2001:db8::1"},
		{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
		{"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
		{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
		{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
		{"0:0:0:0:0:0:0:0", "::"},
		{"0::0", "::"},
		{"::1", "::1"},
		{"1::", "1::"},
		{"1:0:0:0:0:0:0:8", "1::8"},
		{"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
		{"0:0:3:4:5:6:0:0", "::3:4:5:6:0:0"},
		{"::c0a8:1", "::c0a8:1"},
		{"::192.168.0.1", "::c0a8:1"},
		{"::ffff:c0a8:1", "::ffff:192.168.0.1"},
		{"0:0:0:0:0:FFFF:192.0.2.33", "::ffff:192.0.2.33"},
		{"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
		{"ff02::1:ff00:0", "ff02::1:ff00:0"},
		{"fe80:0:0:0:aaaa:bbbb:cccc:dddd", "fe80::aaaa:bbbb:cccc:dddd"},
		{"eth0", "fe80::7"},
		{"eth0:ip6", "fe80::7"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		_free_ char *back = NULL;
		const char *why;
		uint8_t a[16];

		assert_int_equal(sl_parse_value(SL_T_IP6, some[i].text, &program, NULL, a, &why),
				 0);
		is(SL_T_IP6, some[i].text, a);
		back = printed(SL_T_IP6, a);
		assert_string_equal(back, some[i].print);
	}
	is(SL_T_IP6, "102:304:506:708:90a:b0c:d0e:f10",
	   "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20");
	no(SL_T_IP6, "", "not an IPv6 address");
	no(SL_T_IP6, ":", "not an IPv6 address");
	no(SL_T_IP6, ":::", "not an IPv6 address");
	no(SL_T_IP6, "1::2::3", "not an IPv6 address");
	no(SL_T_IP6, "1:2:3:4:5:6:7", "not an IPv6 address");
	no(SL_T_IP6, "1:2:3:4:5:6:7:8:9", "not an IPv6 address");
	no(SL_T_IP6, "12345::", "not an IPv6 address");
	no(SL_T_IP6, "g::", "not an IPv6 address");
	no(SL_T_IP6, "::1%eth0", "not an IPv6 address");
	no(SL_T_IP6, "::1/64", "not an IPv6 address");
	no(SL_T_IP6, "192.0.2.1", "not an IPv6 address");
	no(SL_T_IP6, "red-1:ip6", "this name has no address of the kind needed here");
}

static void ip6_prefixes(void **state)
{
	static const struct {
		const char *text, *print;
	} some[] = {
		{"::/0", "::/0"},
		{"2001:DB8::/32", "2001:db8::/32"},
		{"2001:db8::1/064", "2001:db8::1/64"},
		{"::1/128", "::1/128"},
		{"2001:db8::/ffff:ffff::", "2001:db8::/32"},
		{"2001:db8::/ffff:fffe::", "2001:db8::/31"},
		{"fe80::/::", "fe80::/0"},
		{"1::/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "1::/128"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		_free_ char *back = NULL;
		const char *why;
		struct sl_prefix6 p;

		assert_int_equal(
			sl_parse_value(SL_T_IP6PREFIX, some[i].text, &program, NULL, &p, &why), 0);
		is(SL_T_IP6PREFIX, some[i].text, &p);
		back = printed(SL_T_IP6PREFIX, &p);
		assert_string_equal(back, some[i].print);
	}
	no(SL_T_IP6PREFIX, "2001:db8::", "not an IPv6 prefix");
	no(SL_T_IP6PREFIX, "2001:db8::/", "not an IPv6 prefix");
	no(SL_T_IP6PREFIX, "2001:db8::/129", "not an IPv6 prefix");
	no(SL_T_IP6PREFIX, "2001:db8::/-1", "not an IPv6 prefix");
	no(SL_T_IP6PREFIX, "2001:db8::/32/", "not an IPv6 prefix");
	no(SL_T_IP6PREFIX, "2001:db8::/ff::ff", "not an IPv6 prefix");
	no(SL_T_IP6PREFIX, "10.0.0.0/8", "not an IPv6 prefix");
	no(SL_T_IP6PREFIX, "/64", "not an IPv6 prefix");
	no(SL_T_IP6PREFIX, "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb/64",
	   "not an IPv6 prefix");
	no(SL_T_IP6PREFIX, "eth0", "this name has no address of the kind needed here");
}

static void annotations_by_name_and_offset(void **state)
{
	const uint8_t paint = 16, dst = 0, agg = 20, last8 = 47, last32 = 44;

	(void)state;
	is(SL_T_ANNO8, "PAINT", &paint);
	is(SL_T_ANNO8, "paint", &paint);
	is(SL_T_ANNO8, "0x10", &paint);
	is(SL_T_ANNO8, "47", &last8);
	is(SL_T_ANNO32, "DST_IP", &dst);
	is(SL_T_ANNO32, "AGGREGATE", &agg);
	is(SL_T_ANNO32, "44", &last32);
	no(SL_T_ANNO8, "48", "outside the 48 bytes of annotations");
	no(SL_T_ANNO8, "-1", "outside the 48 bytes of annotations");
	no(SL_T_ANNO8, "99999999999999999999", "outside the 48 bytes of annotations");
	no(SL_T_ANNO32, "45", "outside the 48 bytes of annotations");
	no(SL_T_ANNO32, "18", "the offset of an annotation must be a multiple of its length");
	no(SL_T_ANNO8, "AGGREGATE", "this annotation is not one byte long");
	no(SL_T_ANNO32, "PAINT", "this annotation is not four bytes long");
	no(SL_T_ANNO8, "COLOUR", "not an annotation name, and not an offset");
}

static void devices_by_name(void **state)
{
	const uint8_t zero = 0, one = 1;

	(void)state;
	is(SL_T_DEV, "eth0", &zero);
	is(SL_T_DEV, "red-1", &one);
	is(SL_T_DEV, "\"eth0\"", &zero);
	no(SL_T_DEV, "eth1", "not a device of this tenant");
	no(SL_T_DEV, "", "not a device of this tenant");
	no(SL_T_DEV, "\"eth0 \"", "not a device of this tenant");
	no(SL_T_DEV, "\"eth0\\000\"", "not a device of this tenant");
}

static void ports_by_number_and_name(void **state)
{
	uint16_t port = 0;

	(void)state;
	assert_int_equal(sl_names_port(NULL, NULL, "www", 6, &port), 0);
	assert_int_equal(port, 80);
	assert_int_equal(sl_names_port(NULL, NULL, "DNS", 0, &port), 0);
	assert_int_equal(port, 53);
	assert_int_equal(sl_names_port(NULL, NULL, "0x50", 17, &port), 0);
	assert_int_equal(port, 80);
	assert_int_equal(sl_names_port(NULL, NULL, "ssh", 17, &port), -ENOENT);
	assert_int_equal(sl_names_port(NULL, NULL, "65536", 6, &port), -ENOENT);
	assert_int_equal(sl_names_port(NULL, NULL, "game", 6, &port), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_in_every_base),
		cmocka_unit_test(signed_numbers_to_their_ends),
		cmocka_unit_test(truth_in_ten_words),
		cmocka_unit_test(times_are_exact),
		cmocka_unit_test(bandwidths_become_bytes_a_second),
		cmocka_unit_test(probabilities_are_parts_of_two_to_the_28),
		cmocka_unit_test(probabilities_print_in_the_fewest_digits_that_read_back),
		cmocka_unit_test(addresses),
		cmocka_unit_test(ip6_addresses_print_as_rfc5952_says),
		cmocka_unit_test(ip6_prefixes),
		cmocka_unit_test(annotations_by_name_and_offset),
		cmocka_unit_test(devices_by_name),
		cmocka_unit_test(ports_by_number_and_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
