// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filter expressions: what abbreviations stand for, what single tests mean on given packets, and
 * what is said, and where, about mistakes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "loader/config/config.h"
#include "loader/mem.h"
#include "tests/config/filter_oracle.h"

struct fixture {
	struct sl_elem elem;
	struct sl_inst inst;
	struct sl_diags diags;
	struct sl_conf cf;
};

static void fixture_init(struct fixture *x)
{
	*x = (struct fixture){.elem = {.name = "f"}};
	x->inst.elem = &x->elem;
	x->cf = (struct sl_conf){.inst = &x->inst, .diags = &x->diags};
}

static int parse(struct fixture *x, const char *text, struct sl_filter_expr **out)
{
	struct sl_arg arg = {.text = (char *)text, .pos = {.file = "f.click", .line = 3, .col = 1}};
	SL_CLEANUP(sl_filter_text_free) struct sl_filter_text t = {0};
	int ret = sl_filter_split(&x->cf, &arg, &t);

	return ret ? ret : sl_filter_parse(&t, 0, out);
}

/* Actions: 1 true, 0 false. */
static void graph_of(const char *text, struct sl_dec *d)
{
	struct sl_filter_expr *e = NULL;
	struct fixture x;

	fixture_init(&x);
	if (parse(&x, text, &e)) {
		sl_diags_print(&x.diags, stderr);
		fail_msg("refused: %s", text);
	}
	sl_diags_free(&x.diags);
	assert_int_equal(sl_dec_reduce(d, sl_filter_compile(d, e, SL_DEC_END | 1, SL_DEC_END)), 0);
	sl_filter_free(e);
}

/* ---- Abbreviations ---------------------------------------------------------------------------*/

/* Whether two expressions are true for the same packets: their exclusive or is false for all. */
static bool same_meaning(const char *a, const char *b)
{
	SL_CLEANUP(sl_dec_free) struct sl_dec d = {0};
	struct sl_filter_expr *ea = NULL, *eb = NULL;
	sl_dec_ref yes = SL_DEC_END | 1, no = SL_DEC_END;
	struct fixture x;
	bool same;

	fixture_init(&x);
	if (parse(&x, a, &ea) || parse(&x, b, &eb)) {
		sl_diags_print(&x.diags, stderr);
		fail_msg("refused: '%s' or '%s'", a, b);
	}
	sl_diags_free(&x.diags);
	assert_int_equal(
		sl_dec_reduce(&d, sl_filter_compile(&d, ea, sl_filter_compile(&d, eb, no, yes),
						    sl_filter_compile(&d, eb, yes, no))),
		0);
	same = d.root == no;
	sl_filter_free(ea);
	sl_filter_free(eb);
	return same;
}

static void test_abbreviations(void **state)
{
	static const char *const pairs[][2] = {
		{"tcp", "ip proto tcp"},
		{"proto 17", "udp"},
		{"www", "port 80"},
		{"port www", "src or dst tcpudp port 80"},
		{"tcp www", "tcp port 80"},
		{"syn", "tcp opt syn"},
		{"ack and not rst", "tcp opt 16 && !(tcp opt 4)"},
		{"10.0.0.0/24", "src or dst net 10.0.0.0/24"},
		{"net 10.0.0.0 mask 255.255.255.0", "10.0.0.0/24"},
		{"host 10.0.0.1", "src 10.0.0.1 or dst 10.0.0.1"},
		{"src and dst 10.0.0.1", "src 10.0.0.1 and dst 10.0.0.1"},
		{"dst or src host 10.0.0.1", "10.0.0.1"},
		{"src port 5 or 7", "src port 5 or src port 7"},
		{"src tcp port 5 or 7 or 9", "tcp && (src port 5 or src port 7 or src port 9)"},
		{"src 10.0.0.1 or 10.0.0.2", "src 10.0.0.1 or src 10.0.0.2"},
		{"tcp or www", "tcp or tcp port 80"},
		{"ip ttl 5 or 6", "ip ttl 5 or ip ttl 6"},
		{"icmp type echo or echo-reply", "icmp type 8 or icmp type 0"},
		{"unreachable", "icmp type 3"},
		{"ip unfrag", "ip[6:2] & 0x3fff = 0"},
		{"ip frag", "ip[6:2] & 0x3fff != 0"},
		{"ip ect", "ip[1] & 3 != 0"},
		{"ip ect 2", "ip[1] & 3 = 2"},
		{"ip ce", "ip[1] & 3 = 3"},
		{"ip vers 4", "ip[0] & 0xf0 = 0x40"},
		{"ip hl > 5", "ip[0] & 0xf > 5"},
		{"ip dscp 46", "ip[1] & 0xfc = 0xb8"},
		{"ip id 7", "ip[4:2] = 7"},
		{"ip len >= 100", "ip[2:2] > 99"},
		{"tcp win < 9", "tcp[14:2] <= 8"},
		{"tcp[0,1] 80", "src tcp port 80"},
		{"src port != 5", "tcpudp[0:2] != 5"},
		{"port > 1023", "src port > 1023 or dst port > 1023"},
		{"port < 1024", "src port < 1024 and dst port < 1024"},
		{"port != 80", "src port != 80 and dst port != 80"},
		{"src and dst port != 80", "src port != 80 or dst port != 80"},
		{"tcp port 80 ? src 1.2.3.4 : udp",
		 "(tcp port 80 and src 1.2.3.4) or (not tcp port 80 and udp)"},
		{"tcp and syn and not ack", "syn !ack"},
		{"src not host 10.0.0.1", "not src host 10.0.0.1"},
		{"! ! tcp", "tcp"},
		{"all", "true"},
		{"any and not none", "not false"},
		{"tcp port & 0xff00 = 0x1f00", "tcp port & 65280 == 7936"},
		{"src & 255.0.0.0 10.0.0.1", "src net 10.0.0.0/8"},
		{"src 10.0.0.0 & 8.0.0.0 = 8.0.0.0", "src 10.0.0.0"},
		{"ether host 2:0:0:0:0:1", "ether src 2:0:0:0:0:1 or ether dst 2:0:0:0:0:1"},
		{"src 2:0:0:0:0:1", "ether[6:2] = 0x200 and ether[8:4] = 1"},
		{"ether dst & ff:0:0:0:0:0 2:0:0:0:0:1", "ether[0] = 2"},
		{"dst host 10.0.0.1 and tcp dst port 22", "tcp dst port 22 && dst 10.0.0.1"},
		{"ip[2:4] > 0x10000",
		 "(ip[5] = 0 or != 0) and (ip[2:2] > 1 or (ip[2:2] = 1 and ip[4:2] > 0))"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (!same_meaning(pairs[i][0], pairs[i][1]))
			fail_msg("'%s' is not '%s'", pairs[i][0], pairs[i][1]);
	assert_false(same_meaning("src port 5", "dst port 5"));
	assert_false(same_meaning("not src port 5", "src port != 5"));
	assert_false(same_meaning("tcp port 5", "port 5"));
	/* They differ for packets that end in the header. */
	assert_false(same_meaning("ip unfrag", "not ip frag"));
}

/* ---- Meanings --------------------------------------------------------------------------------*/

/* A TCP SYN from 10.0.0.1:1000 to 10.1.0.2:80 behind Ethernet. */
static const uint8_t tcp_syn[] = {
	2,    0,    0, 0,  0, 2, 2,    0, 0,  0, 0, 1, 8,    0,			      /* Ethernet */
	0x45, 0xb9, 0, 40, 0, 7, 0x40, 0, 64, 6, 0, 0, 10,   0, 0,    1, 10, 1, 0, 2, /* IP */
	3,    0xe8, 0, 80, 0, 0, 0,    1, 0,  0, 0, 0, 0x50, 2, 0x20, 0, 0,  0, 0, 0, /* TCP */
};

static bool holds(const char *text, const uint8_t *bytes, size_t len)
{
	SL_CLEANUP(sl_dec_free) struct sl_dec d = {0};
	struct view v = {.bytes = bytes, .len = len};
	unsigned int steps;
	bool fault = false, out;

	v.at[SL_DB_NET] = 14;
	v.at[SL_DB_TRANSPORT] = 34;
	graph_of(text, &d);
	out = walk_graph(&d, &v, &steps, &fault) == 1;
	assert_false(fault);
	return out;
}

static void test_meanings(void **state)
{
	static const struct {
		const char *text;
		bool whole; /* on the packet as it is */
		bool cut;   /* on its first 36 bytes: the source port is there, no more of TCP */
		bool later; /* as a later fragment */
	} tests[] = {
		{"tcp", true, true, true},
		{"not tcp", false, false, false},
		{"src 10.0.0.1", true, true, true},
		{"dst net 10.1.0.0/16", true, true, true},
		{"dst != 10.1.0.2", false, false, false},
		{"src port 1000", true, true, false},
		{"dst port 80", true, false, false},
		{"dst port != 80", false, false, false},
		{"not dst port 80", false, true, true},
		{"dst port > 1", true, false, false},
		{"port 80", true, false, false},
		{"port 1000", true, true, false},
		{"udp port 80", false, false, false},
		{"udp port != 80", false, false, false},
		{"not udp port 80", true, true, true},
		{"syn", true, false, false},
		{"tcp opt ack", false, false, false},
		{"not ack", true, true, true},
		{"tcp win 8192", true, false, false},
		{"icmp type echo", false, false, false},
		{"transp[0:2] = 1000", true, true, false},
		{"transp[2] = 0", true, false, false},
		{"ip[12:4] = 0x0a000001", true, true, true},
		{"ip vers 4 and ip hl 5 and ip tos 0xb9 and ip len 40 and ip id 7", true, true,
		 true},
		{"ip dscp 46", true, true, true},
		{"ip ttl 64", true, true, true},
		{"ip frag", false, false, true},
		{"unfrag", true, true, false},
		{"ect", true, true, true},
		{"ce", false, false, false},
		{"ether src 2:0:0:0:0:1", true, true, true},
		{"ether host 2:0:0:0:0:2", true, true, true},
		{"ether src 2:0:0:0:0:2", false, false, false},
		{"ether[12:2] = 0x800", true, true, true},
		{"tcp ? dst port 80 : false", true, false, false},
		{"dst port >= 0", true, true, false},
		{"tcp[13] & 0x12 = 2", true, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		uint8_t later[sizeof(tcp_syn)];

		memcpy(later, tcp_syn, sizeof(later));
		later[21] = 5;
		if (holds(tests[i].text, tcp_syn, sizeof(tcp_syn)) != tests[i].whole)
			fail_msg("'%s' on the whole packet", tests[i].text);
		if (holds(tests[i].text, tcp_syn, 36) != tests[i].cut)
			fail_msg("'%s' on the packet cut short", tests[i].text);
		if (holds(tests[i].text, later, sizeof(later)) != tests[i].later)
			fail_msg("'%s' on a later fragment", tests[i].text);
	}
}

/* ---- Mistakes --------------------------------------------------------------------------------*/

static void test_mistakes(void **state)
{
	static const struct {
		const char *text;
		unsigned int line, col;
		const char *message;
	} bad[] = {
		{"tcp and", 3, 8, "missing expression"},
		{"(tcp or udp", 3, 12, "missing ')'"},
		{"tcp or udp)", 3, 11, "does not belong here"},
		{"tcp ? udp", 3, 10, "missing ':'"},
		{"tcp and\n  frobnicate", 4, 3, "'frobnicate' is nothing"},
		{"()", 3, 2, "missing expression"},
		{"not", 3, 4, "missing expression"},
		{"dst port 70000", 3, 10, "value out of range"},
		{"dst port -1", 3, 10, "number out of range"},
		{"ip ttl 256", 3, 8, "value out of range"},
		{"ip ttl & 0x100 = 1", 3, 10, "mask out of range"},
		{"ip ttl & 0 = 1", 3, 10, "mask of zero"},
		{"ip ttl &", 3, 9, "missing mask"},
		{"src 10.0.0.1 & 255.0.0.0", 3, 16, "mask without a value"},
		{"ip ttl", 3, 7, "value missing"},
		{"ip ttl =", 3, 9, "value missing"},
		{"src host > 10.0.0.1", 3, 12, "no order"},
		{"host 10.0.0.0/8", 3, 6, "'10.0.0.0/8' is no IP address"},
		{"host nobody", 3, 6, "'nobody' is no IP address"},
		{"dst port", 3, 9, "port missing"},
		{"dst port nothing", 3, 10, "'nothing' is no port"},
		{"net 10.0.0.1", 3, 5, "is no network"},
		{"net 10.0.0.1 mask x", 3, 19, "not a network mask"},
		{"src src 10.0.0.1", 3, 5, "specified twice"},
		{"tcp udp", 3, 5, "protocol specified twice"},
		{"host port 80", 3, 6, "type specified twice"},
		{"icmp port 80", 3, 1, "icmp has no ports"},
		{"udp opt syn", 3, 9, "has no meaning here"},
		{"tcp opt 300", 3, 9, "value out of range"},
		{"tcp opt > 3", 3, 11, "flags take no relation"},
		{"echo", 3, 1, "more than one meaning"},
		{"80", 3, 1, "a number of what"},
		{"ip", 3, 1, "a test without a value"},
		{"ip frag 3", 3, 9, "takes no value"},
		{"ether port 80", 3, 1, "not in the Ethernet header"},
		{"ip host 2:0:0:0:0:1", 3, 9, "is no IP address"},
		{"tcp[0", 3, 6, "missing ']'"},
		{"tcp[x] = 1", 3, 5, "not a place"},
		{"tcp[0:5] = 1", 3, 5, "length out of range"},
		{"tcp[5000] = 1", 3, 5, "position out of range"},
		{"proto != tcpudp", 3, 10, "no single protocol"},
		{"proto 300", 3, 7, "value out of range"},
		{"tcp $ udp", 3, 5, "'$' is nothing"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sl_filter_expr *e = NULL;
		struct fixture x;

		fixture_init(&x);
		if (parse(&x, bad[i].text, &e) != -EINVAL)
			fail_msg("accepted: '%s'", bad[i].text);
		assert_int_equal(x.diags.n, 1);
		if (!strstr(x.diags.list[0].message, bad[i].message) ||
		    x.diags.list[0].line != bad[i].line || x.diags.list[0].col != bad[i].col) {
			sl_diags_print(&x.diags, stderr);
			fail_msg("'%s': want %u:%u '%s'", bad[i].text, bad[i].line, bad[i].col,
				 bad[i].message);
		}
		assert_non_null(x.diags.list[0].hint);
		assert_string_equal(x.diags.list[0].element, "f");
		sl_diags_free(&x.diags);
	}
}

static void test_warnings(void **state)
{
	static const struct {
		const char *text;
		unsigned int col;
		const char *message;
	} odd[] = {
		{"ip ttl > 255", 10, "always false"},	     {"ip ttl <= 300", 11, "always true"},
		{"src port < 0", 12, "always false"},	     {"src tcp", 1, "no effect"},
		{"tcp[13] & 2 = 3", 15, "outside the mask"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct sl_filter_expr *e = NULL;
		struct fixture x;

		fixture_init(&x);
		assert_int_equal(parse(&x, odd[i].text, &e), 0);
		assert_int_equal(x.diags.warnings, 1);
		assert_int_equal(x.diags.errors, 0);
		if (!strstr(x.diags.list[0].message, odd[i].message) ||
		    x.diags.list[0].col != odd[i].col) {
			sl_diags_print(&x.diags, stderr);
			fail_msg("'%s': want column %u, '%s'", odd[i].text, odd[i].col,
				 odd[i].message);
		}
		sl_diags_free(&x.diags);
		sl_filter_free(e);
	}
}

/* A text as long and as deep as a tenant may care to send is refused, not died of. */
static void test_bounds(void **state)
{
	_free_ char *text = malloc(200000);
	struct sl_filter_expr *e = NULL;
	struct fixture x;

	(void)state;
	assert_non_null(text);
	memset(text, '(', 150000);
	text[150000] = '\0';
	fixture_init(&x);
	assert_int_equal(parse(&x, text, &e), -EINVAL);
	assert_non_null(strstr(x.diags.list[0].message, "words"));
	sl_diags_free(&x.diags);
	text[4000] = '\0';
	fixture_init(&x);
	assert_int_equal(parse(&x, text, &e), -EINVAL);
	assert_non_null(strstr(x.diags.list[0].message, "nested"));
	sl_diags_free(&x.diags);
	memset(text, '!', 4000);
	fixture_init(&x);
	assert_int_equal(parse(&x, text, &e), -EINVAL);
	assert_non_null(strstr(x.diags.list[0].message, "nested"));
	sl_diags_free(&x.diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_abbreviations), cmocka_unit_test(test_meanings),
		cmocka_unit_test(test_mistakes),      cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests_name("filter syntax", tests, NULL, NULL);
}
