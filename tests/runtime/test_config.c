// SPDX-License-Identifier: GPL-2.0-only
/* The node file: what it means, and each mistake one can make in it, with its place. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "loader/mem.h"
#include "loader/runtime/config.h"
#include "loader/runtime/config_schema.h"

#define FILE_NAME "node.yaml"
#define DIR "/etc/sluice"

static int parse(const char *text, struct sl_diags *d, struct sl_node_config **c)
{
	return sl_node_config_parse(text, strlen(text), FILE_NAME, DIR, d, c);
}

/* Parses what must be right. */
static struct sl_node_config *good(const char *text)
{
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};

	if (parse(text, &d, &c)) {
		sl_diags_print(&d, stderr);
		fail_msg("a node file that is right was refused");
	}
	assert_int_equal(d.n, 0);
	sl_diags_free(&d);
	return c;
}

/* ---- Mistakes --------------------------------------------------------------------------------*/

struct mistake {
	unsigned int line, col;
	const char *code, *message, *hint;
};

struct wrong {
	const char *name;
	const char *text;
	struct mistake found[6]; /* in this order; ended by line 0 and no code */
};

#define PORTS "ports:\n  - name: p0\n    interface: eth1\n" /* lines 1 to 3 */
#define RED "tenants:\n  - name: red\n    links:\n"	    /* three lines */
#define GRE "local: 192.0.2.1, remote: 192.0.2.2"
#define LINK(rest) "      - {device: eth0, " rest "}\n"

static const struct wrong wrongs[] = {
	/* YAML itself */
	{"an empty file", "", {{1, 1, "empty", "is empty", "tenants: []"}}},
	{"only a comment", "# nothing\n", {{1, 1, "empty", "is empty", "tenants: []"}}},
	{"broken YAML", "ports: [\n", {{2, 1, "yaml-syntax", "not YAML", "while parsing"}}},
	{"a tab for indentation",
	 "ports:\n\t- name: a\n",
	 {{2, 1, "yaml-syntax", "not YAML", NULL}}},
	{"bytes that are no UTF-8", "ports: \xff\n", {{0, 0, "yaml-encoding", "byte 7", "UTF-8"}}},
	{"a value with NUL",
	 "ports:\n  - name: \"a\\0b\"\n    interface: e\n",
	 {{2, 11, "yaml-nul", "NUL", NULL}}},
	{"an anchor",
	 "tenants: &all []\n",
	 {{1, 10, "yaml-anchor", "anchors", "where it is needed"}}},
	{"an alias",
	 "ports: &p []\ntenants: *p\n",
	 {{1, 8, "yaml-anchor", "anchors", NULL},
	  {2, 10, "yaml-anchor", "aliases", "write the value"}}},
	{"a tag", "tenants: !!seq []\n", {{1, 10, "yaml-tag", "tags", "'!'"}}},
	{"two documents",
	 "ports: []\n---\nports: []\n",
	 {{2, 1, "yaml-documents", "second", NULL}}},
	{"a list as key", "? [a]\n: b\n", {{1, 3, "yaml-key", "a key is a word", NULL}}},
	{"nested too deeply",
	 "ports: [[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]\n",
	 {{1, 23, "yaml-limit", "too deeply", NULL}}},
	{"a key twice",
	 "ports: []\ntenants: []\nports: []\n",
	 {{3, 1, "duplicate-key", "'ports' is given twice", "line 1"}}},

	/* Shape */
	{"a scalar as file",
	 "hello\n",
	 {{1, 1, "wrong-type", "must be a mapping, and is a value", "key: value"}}},
	{"an unknown key at the top",
	 "prots: []\n",
	 {{1, 1, "unknown-key", "unknown key 'prots'", "did you mean 'ports'?"}}},
	{"an unknown key, nothing near",
	 "zebra: 1\n",
	 {{1, 1, "unknown-key", "unknown key 'zebra'", "listed below"}}},
	{"an unknown key of a link",
	 RED LINK(GRE ", sequence: true"),
	 {{4, 61, "unknown-key", "unknown key 'sequence'", "listed below"}}},
	{"a misspelt key of a link",
	 RED LINK(GRE ", chsum: true"),
	 {{4, 61, "unknown-key", "unknown key 'chsum'", "did you mean 'csum'?"}}},
	{"a list where a mapping belongs",
	 "node: []\n",
	 {{1, 7, "wrong-type", "'node' must be a mapping, and is a list", "indented"}}},
	{"a mapping where a list belongs",
	 "ports: {name: a}\n",
	 {{1, 8, "wrong-type", "'ports' must be a list, and is a mapping", "'- '"}}},
	{"a list where a value belongs",
	 "ports:\n  - name: [a]\n    interface: e\n",
	 {{2, 11, "wrong-type", "'name' must be a value, and is a list", "one line"}}},
	{"a key without value",
	 "tenants:\n",
	 {{1, 9, "no-value", "'tenants' has no value", "tenants: []"}}},
	{"a value left out",
	 "ports:\n  - name:\n    interface: e\n",
	 {{2, 10, "no-value", "'name' has no value", "leave 'name' out"}}},
	{"a port without name",
	 "ports:\n  - interface: e\n",
	 {{2, 5, "missing-key", "'name' is missing", "name: ..."}}},
	{"a port without interface",
	 "ports:\n  - name: a\n",
	 {{2, 5, "missing-key", "'interface' is missing", NULL}}},
	{"a tenant without name",
	 "tenants:\n  - owner: root\n",
	 {{2, 5, "missing-key", "'name' is missing", NULL}}},
	{"a link without device",
	 RED "      - {" GRE "}\n",
	 {{4, 9, "missing-key", "'device' is missing", NULL}}},
	{"all mistakes at once",
	 "node: {frags: maybe}\nports:\n  - name: P\n    interface: a/b\n    mode: fast\n    mtu: "
	 "12\n",
	 {{1, 15, "bad-value", "'frags' is true or false, not 'maybe'", "true or false"},
	  {3, 11, "bad-value", "'name' is not a name", "red"},
	  {4, 16, "bad-value", "not the name of a network interface", NULL},
	  {5, 11, "bad-value", "'mode' cannot be 'fast'", "'native' or 'generic'"},
	  {6, 10, "out-of-range", "'mtu' is out of range: 12", "from 128 to 65535"}}},

	/* Values */
	{"a misspelt word",
	 PORTS "    mode: natve\n",
	 {{4, 11, "bad-value", "cannot be 'natve'", "did you mean 'native'?"}}},
	{"a number that is none",
	 PORTS "    mtu: large\n",
	 {{4, 10, "bad-value", "'mtu' is not a number: 'large'", "from 128 to 65535"}}},
	{"an octal-looking number",
	 PORTS "    mtu: 01500\n",
	 {{4, 10, "bad-value", "'01500'", NULL}}},
	{"a negative number", PORTS "    mtu: -1\n", {{4, 10, "bad-value", "'-1'", NULL}}},
	{"a number beyond 64 bits",
	 PORTS "    mtu: 99999999999999999999999\n",
	 {{4, 10, "out-of-range", "'mtu' is out of range", NULL}}},
	{"a name too long",
	 "tenants:\n  - name: a123456789012345678901234567890x\n",
	 {{2, 11, "bad-value", "'name' is not a name", NULL}}},
	{"a name in capitals", "tenants:\n  - name: Red\n", {{2, 11, "bad-value", "'Red'", NULL}}},
	{"a name that is taken",
	 "tenants:\n  - name: platform\n",
	 {{2, 11, "bad-value", "not platform", "red"}}},
	{"a path as name",
	 "tenants:\n  - name: ../red\n",
	 {{2, 11, "bad-value", "'../red'", NULL}}},
	{"an interface name too long",
	 "ports:\n  - name: a\n    interface: a1234567890123456\n",
	 {{3, 16, "bad-value", "network interface", NULL}}},
	{"no such user",
	 "tenants:\n  - name: red\n    owner: nobody-of-this-name\n",
	 {{3, 12, "unknown-user", "no user 'nobody-of-this-name'", "uid"}}},
	{"a uid out of range",
	 "tenants:\n  - name: red\n    owner: 4294967295\n",
	 {{3, 12, "out-of-range", "'owner'", NULL}}},
	{"a user that begins with digits",
	 "tenants:\n  - name: red\n    owner: 12ab\n",
	 {{3, 12, "bad-value", "'owner' is not a user name or a uid", NULL}}},
	{"a device of another kind",
	 RED "      - {device: wlan0, " GRE "}\n",
	 {{4, 18, "bad-value", "eth0 to eth63", "eth0"}}},
	{"a device out of range",
	 RED "      - {device: eth64, " GRE "}\n",
	 {{4, 18, "out-of-range", "'device' is out of range: eth64", "eth63"}}},
	{"a device with a leading zero",
	 RED "      - {device: eth00, " GRE "}\n",
	 {{4, 18, "bad-value", "'eth00'", NULL}}},
	{"an address that is none",
	 RED LINK("local: 192.0.2, remote: 192.0.2.2"),
	 {{4, 31, "bad-value", "'local' is not the IPv4 or IPv6 address", "192.0.2.1"}}},
	{"a multicast address",
	 RED LINK("local: 192.0.2.1, remote: 224.0.0.1"),
	 {{4, 50, "bad-value", "'remote' is not", NULL}}},
	{"the unspecified address",
	 RED LINK("local: '::', remote: 2001:db8::1"),
	 {{4, 31, "bad-value", "'local' is not", NULL}}},
	{"a name for an address",
	 RED LINK("local: localhost, remote: 192.0.2.2"),
	 {{4, 31, "bad-value", "'localhost'", NULL}}},
	{"a key too large",
	 RED LINK(GRE ", key: 4294967296"),
	 {{4, 66, "out-of-range", "'key' is out of range", NULL}}},
	{"a key that is no number",
	 RED LINK(GRE ", key: abc"),
	 {{4, 66, "bad-value", "GRE key", "7"}}},
	{"a truth that is none",
	 RED LINK(GRE ", csum: on"),
	 {{4, 67, "bad-value", "'csum' is true or false, not 'on'", NULL}}},
	{"a TTL of 0",
	 RED LINK(GRE ", ttl: 0"),
	 {{4, 66, "out-of-range", "'ttl'", "from 1 to 255"}}},
	{"a TOS of 256",
	 RED LINK(GRE ", tos: 256"),
	 {{4, 66, "out-of-range", "'tos'", "from 0 to 255"}}},
	{"VLAN 0",
	 RED LINK(GRE ", port: p, vlan: 0"),
	 {{4, 76, "out-of-range", "'vlan'", "from 1 to 4094"}}},
	{"VLAN 4095",
	 RED LINK(GRE ", port: p, vlan: 4095"),
	 {{4, 76, "out-of-range", "'vlan'", "from 1 to 4094"}}},
	{"an Ethernet address of five bytes",
	 RED LINK(GRE ", mac: '02:00:00:00:01'"),
	 {{4, 66, "bad-value", "'mac' is not", "02:00:00:00:00:01"}}},
	{"a group address as Ethernet address",
	 RED LINK(GRE ", mac: '03:00:00:00:00:01'"),
	 {{4, 66, "bad-value", "'mac' is not", NULL}}},
	{"a device address without length",
	 RED LINK(GRE ", address: 10.0.0.1"),
	 {{4, 70, "bad-value", "prefix length", "10.0.0.1/24"}}},
	{"a network as device address",
	 RED LINK(GRE ", address: 10.0.0.0/24"),
	 {{4, 70, "bad-value", "'10.0.0.0/24'", NULL}}},
	{"a broadcast address as device address",
	 RED LINK(GRE ", address: 10.0.0.255/24"),
	 {{4, 70, "bad-value", "'10.0.0.255/24'", NULL}}},
	{"a prefix length of 33",
	 RED LINK(GRE ", address: 10.0.0.1/33"),
	 {{4, 70, "bad-value", "'10.0.0.1/33'", NULL}}},
	{"a percentage that is none",
	 "tenants:\n  - name: red\n    budget: {cpu: half}\n",
	 {{3, 19, "bad-value", "percentage of one CPU", "50%"}}},
	{"a percentage too fine",
	 "tenants:\n  - name: red\n    budget: {cpu: 0.05%}\n",
	 {{3, 19, "bad-value", "'0.05%'", NULL}}},
	{"no CPU at all",
	 "tenants:\n  - name: red\n    budget: {cpu: 0}\n",
	 {{3, 19, "out-of-range", "'cpu'", "from 0.1% to 102400%"}}},
	{"a rate with another unit",
	 "tenants:\n  - name: red\n    budget: {rx: 10MB/s}\n",
	 {{3, 18, "bad-value", "bits a second", "100Mbit/s"}}},
	{"a rate of nothing",
	 "tenants:\n  - name: red\n    budget: {tx: 10}\n",
	 {{3, 18, "out-of-range", "'tx'", "from 1000"}}},
	{"a count of halves",
	 "tenants:\n  - name: red\n    budget: {pps: 0.5}\n",
	 {{3, 19, "bad-value", "'pps' is not a count", "10k"}}},
	{"a size that overflows",
	 "tenants:\n  - name: red\n    budget: {memory: 99999999999T}\n",
	 {{3, 22, "out-of-range", "'memory'", NULL}}},
	{"iB without a letter",
	 "tenants:\n  - name: red\n    budget: {memory: 65536iB}\n",
	 {{3, 22, "bad-value", "size in bytes", "64MiB"}}},
	{"a weight of 0",
	 "tenants:\n  - name: red\n    budget: {weight: 0}\n",
	 {{3, 22, "out-of-range", "'weight'", "from 1 to 10000"}}},
	{"a variable without value",
	 "tenants:\n  - name: red\n    vars: [MTU]\n",
	 {{3, 12, "bad-value", "NAME=value", "MTU=1400"}}},
	{"a variable that begins with a digit",
	 "tenants:\n  - name: red\n    vars: [1X=2]\n",
	 {{3, 12, "bad-value", "'1X=2'", NULL}}},
	{"a graph without name",
	 "tenants:\n  - name: red\n    graph: ''\n",
	 {{3, 12, "bad-value", "file name", "red.click"}}},
	{"a delay of 0",
	 "node: {max_delay_us: 0}\n",
	 {{1, 22, "out-of-range", "'max_delay_us'", NULL}}},

	/* What belongs together */
	{"a tunnel without far end",
	 RED LINK("local: 192.0.2.1"),
	 {{4, 9, "missing-key", "'remote' is missing", "remote: ADDRESS"}}},
	{"a tunnel without near end",
	 RED LINK("remote: 192.0.2.1"),
	 {{4, 9, "missing-key", "'local' is missing", "local: ADDRESS"}}},
	{"ends of two IP versions",
	 RED LINK("local: 192.0.2.1, remote: '2001:db8::1'"),
	 {{4, 50, "family", "different IP versions", NULL}}},
	{"a tunnel to itself",
	 RED LINK("local: 192.0.2.1, remote: 192.0.2.1"),
	 {{4, 50, "same-ends", "192.0.2.1", "other end"}}},
	{"a link-local far end without port",
	 RED LINK("local: 'fe80::1', remote: 'fe80::2'"),
	 {{4, 50, "missing-key", "link-local", "port: ..."}}},
	{"an inner tag without outer",
	 RED LINK(GRE ", inner_vlan: 5"),
	 {{4, 73, "missing-key", "'inner_vlan' is given without 'vlan'", "outer tag"}}},
	{"a tag without port",
	 RED LINK(GRE ", vlan: 5"),
	 {{4, 67, "missing-key", "'vlan' is given without 'port'", "port: ..."}}},
	{"a direct link without port",
	 RED LINK("kind: direct"),
	 {{4, 9, "missing-key", "'port' is missing", "port: ..."}}},
	{"a direct link with tunnel keys",
	 PORTS RED LINK("kind: direct, port: p0, key: 5, local: 192.0.2.1"),
	 {{7, 63, "not-for-kind", "'local' has no meaning", "kind gre"},
	  {7, 53, "not-for-kind", "'key' has no meaning", "kind gre"}}},
	{"a direct link that carries IP",
	 PORTS RED LINK("kind: direct, port: p0, payload: ip"),
	 {{7, 57, "not-for-kind", "Ethernet frames", "payload: ether"}}},
	{"a minimum above the maximum",
	 "tenants:\n  - name: red\n    budget: {cpu: 10%, cpu_min: 20%}\n",
	 {{3, 33, "budget", "'cpu_min' promises more", "10%"}}},
	{"a variable twice",
	 "tenants:\n  - name: red\n    vars: [A=1, A=2]\n",
	 {{3, 17, "duplicate-name", "variable 'A'", NULL}}},
	{"an experiment twice",
	 "node: {experiments: [a, a]}\n",
	 {{1, 25, "duplicate-name", "'a' is listed twice", NULL}}},
	{"two ports of one name",
	 PORTS "  - name: p0\n    interface: eth2\n",
	 {{4, 11, "duplicate-name", "the port 'p0' is already in line 2", NULL}}},
	{"an interface that is two ports",
	 PORTS "  - name: p1\n    interface: eth1\n",
	 {{4, 11, "duplicate-name", "interface 'eth1' is already in line 2", NULL}}},
	{"two tenants of one name",
	 "tenants:\n  - name: red\n  - name: blue\n  - name: red\n",
	 {{4, 11, "duplicate-name", "the tenant 'red' is already in line 2", "another name"}}},
	{"two devices of one name",
	 RED LINK(GRE) LINK("local: 192.0.2.1, remote: 192.0.2.3"),
	 {{5, 18, "duplicate-name", "the device 'eth0' is already in line 4", NULL}}},
	{"a port that is not there",
	 PORTS RED LINK(GRE ", port: p1"),
	 {{7, 67, "unknown-port", "no port 'p1'", "listed below"}}},
	{"a port where there are none",
	 RED LINK(GRE ", port: p1"),
	 {{4, 67, "unknown-port", "no port 'p1'", "under 'ports'"}}},
	{"the same tunnel twice",
	 RED LINK(GRE ", key: 7") "  - name: blue\n    links:\n" LINK(GRE ", key: 0.0.0.7"),
	 {{7, 50, "duplicate-link", "eth0 of 'red' already (line 4)", "another key"}}},
	{"the same tunnel three times",
	 RED LINK(GRE) "  - name: blue\n    links:\n" LINK(
		 GRE) "  - name: green\n    links:\n" LINK(GRE),
	 {{7, 50, "duplicate-link", "eth0 of 'red' already (line 4)", NULL},
	  {10, 50, "duplicate-link", "eth0 of 'red' already (line 4)", NULL}}},
	{"a port that belongs to two",
	 PORTS RED LINK("kind: direct, port: p0") "  - name: blue\n    links:\n" LINK(
		 "kind: direct, port: p0"),
	 {{10, 44, "overlap", "port 'p0' already belongs to eth0 of 'red' (line 7)",
	   "a VLAN of this"}}},
	{"a VLAN that belongs to two",
	 PORTS RED LINK("kind: direct, port: p0, vlan: 5") "  - name: blue\n    links:\n" LINK(
		 "kind: direct, port: p0, vlan: 5"),
	 {{10, 44, "overlap", "VLAN 5 of port 'p0' already belongs", "another VLAN"}}},
	{"a VLAN of a port that another has whole",
	 PORTS RED LINK("kind: direct, port: p0") "  - name: blue\n    links:\n" LINK(
		 "kind: direct, port: p0, vlan: 5"),
	 {{10, 44, "overlap", "eth0 of 'red' (line 7) owns the whole port 'p0'", "another port"}}},
	{"a tunnel on a port that another has whole",
	 PORTS RED LINK("kind: direct, port: p0") "  - name: blue\n    links:\n" LINK(GRE
										      ", port: p0"),
	 {{10, 67, "overlap", "owns the whole port 'p0'", NULL}}},
	{"a tunnel on a VLAN that another has",
	 PORTS RED LINK("kind: direct, port: p0, vlan: 5") "  - name: blue\n    links:\n" LINK(
		 GRE ", port: p0, vlan: 5"),
	 {{10, 67, "overlap", "owns this VLAN of port 'p0'", NULL}}},
};

static bool matches(const struct mistake *m, const struct sl_diag *have)
{
	return have->line == m->line && have->col == m->col && !strcmp(have->code, m->code) &&
	       strstr(have->message, m->message) && !strcmp(have->file, FILE_NAME) &&
	       (!m->hint || (have->hint && strstr(have->hint, m->hint)));
}

/* Whether exactly the expected mistakes were found; says which were not. */
static bool check_found(const struct wrong *w, const struct sl_diags *d)
{
	bool good = true;
	size_t n = 0;

	while (n < 6 && w->found[n].code)
		n++;
	good = d->n == n;
	for (size_t i = 0; i < n && i < d->n; i++)
		good = good && matches(&w->found[i], &d->list[i]);
	if (good)
		return true;
	fprintf(stderr, "%s: expected\n", w->name);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "  %u:%u %s: ...%s... (%s)\n", w->found[i].line, w->found[i].col,
			w->found[i].code, w->found[i].message,
			w->found[i].hint ? w->found[i].hint : "");
	fprintf(stderr, "but got\n");
	sl_diags_print(d, stderr);
	return false;
}

static void each_mistake_is_reported_at_its_place(void **state)
{
	unsigned int bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(*wrongs); i++) {
		struct sl_node_config *c = NULL;
		struct sl_diags d = {0};

		assert_int_equal(parse(wrongs[i].text, &d, &c), -EINVAL);
		assert_null(c);
		bad += !check_found(&wrongs[i], &d);
		sl_diags_free(&d);
	}
	assert_int_equal(bad, 0);
}

static void unknown_keys_list_the_known_ones(void **state)
{
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(parse("zebra: 1\n", &d, &c), -EINVAL);
	assert_string_equal(d.list[0].detail, "node\nports\ntenants");
	sl_diags_free(&d);
}

static void overlapping_networks_are_a_warning(void **state)
{
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(parse(RED "      - {device: eth0, " GRE ", address: 10.0.0.1/16}\n"
				   "      - {device: eth1, " GRE ", key: 1, address: 10.0.9.1/24}\n"
				   "      - {device: eth2, " GRE
				   ", key: 2, address: 10.1.0.1/24}\n",
			       &d, &c),
			 0);
	assert_int_equal(d.n, 1);
	assert_int_equal(d.warnings, 1);
	assert_string_equal(d.list[0].code, "overlap");
	assert_int_equal(d.list[0].line, 5);
	sl_diags_free(&d);
	sl_node_config_free(c);
}

/* ---- Meaning ---------------------------------------------------------------------------------*/

static const char full[] = "node:\n"
			   "  frags: true\n"
			   "  max_delay_us: 250\n"
			   "  reserve: 12.5%\n"
			   "  experiments: [one, two-2]\n"
			   "ports:\n"
			   "  - name: p0\n"
			   "    interface: eth1\n"
			   "  - {name: p1, interface: eth2, mode: generic, mtu: 0x5dc}\n"
			   "tenants:\n"
			   "  - name: red\n"
			   "    owner: root\n"
			   "    graph: graphs/red.click\n"
			   "    vars: [MTU=1400, 'X=a b=c', E=]\n"
			   "    budget:\n"
			   "      cpu: 150%\n"
			   "      cpu_min: 12.5\n"
			   "      weight: 300\n"
			   "      ns_per_packet: 900\n"
			   "      rx: 1.5Gbit/s\n"
			   "      tx: 64kbit\n"
			   "      pps: 1.5M\n"
			   "      memory: 64MiB\n"
			   "      map_entries: 10k\n"
			   "    links:\n"
			   "      - device: eth3\n"
			   "        local: 192.0.2.1\n"
			   "        remote: 198.51.100.7\n"
			   "        key: 0xdeadbeef\n"
			   "        csum: true\n"
			   "        seq: yes\n"
			   "        ttl: 7\n"
			   "        tos: 0xb8\n"
			   "        payload: ether\n"
			   "        port: p0\n"
			   "        vlan: 100\n"
			   "        inner_vlan: 200\n"
			   "        next_hop_mac: 02-00-00-00-00-FE\n"
			   "        address: 10.1.2.3/20\n"
			   "        mac: 02:11:22:33:44:55\n"
			   "      - device: eth0\n"
			   "        kind: direct\n"
			   "        port: p1\n"
			   "        vlan: 7\n"
			   "  - name: blue\n"
			   "    owner: 1234\n"
			   "    graph: /srv/blue.click\n"
			   "    links:\n"
			   "      - {device: eth0, kind: gre, local: '2001:db8::1', remote: "
			   "'2001:db8::2', payload: ip}\n";

static void a_full_file_means_what_it_says(void **state)
{
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *c = good(full);
	const struct sl_node_tenant *t;
	const struct sl_node_link *l;
	char text[SL_ADDR_TEXT];

	(void)state;
	assert_true(c->frags);
	assert_int_equal(c->max_delay_us, 250);
	assert_int_equal(c->reserve_milli, 125);
	assert_int_equal(c->n_experiments, 2);
	assert_string_equal(c->experiments[1], "two-2");
	assert_int_equal(c->n_ports, 2);
	assert_string_equal(c->ports[0].interface, "eth1");
	assert_int_equal(c->ports[0].mode, SL_PORT_NATIVE);
	assert_int_equal(c->ports[0].mtu, 0);
	assert_int_equal(c->ports[1].mode, SL_PORT_GENERIC);
	assert_int_equal(c->ports[1].mtu, 1500);
	assert_int_equal(c->ports[1].pos.line, 9);
	assert_ptr_equal(sl_node_config_port(c, "p1"), &c->ports[1]);
	assert_null(sl_node_config_port(c, "p2"));

	assert_int_equal(c->n_tenants, 2);
	t = sl_node_config_tenant(c, "red");
	assert_ptr_equal(t, &c->tenants[0]);
	assert_null(sl_node_config_tenant(c, "green"));
	assert_string_equal(t->owner, "root");
	assert_int_equal(t->uid, 0);
	assert_string_equal(t->graph, DIR "/graphs/red.click");
	assert_int_equal(t->pos.line, 11);
	assert_int_equal(t->pos.col, 11);
	assert_ptr_equal(t->pos.file, c->file);
	assert_int_equal(t->graph_pos.line, 13);
	assert_int_equal(t->n_vars, 3);
	assert_string_equal(t->vars[1].name, "X");
	assert_string_equal(t->vars[1].value, "a b=c");
	assert_string_equal(t->vars[2].value, "");
	assert_int_equal(t->budget.cpu_max_milli, 1500);
	assert_int_equal(t->budget.cpu_min_milli, 125);
	assert_int_equal(t->budget.weight, 300);
	assert_int_equal(t->budget.ns_per_packet, 900);
	assert_int_equal(t->budget.rx_bps, 1500000000);
	assert_int_equal(t->budget.tx_bps, 64000);
	assert_int_equal(t->budget.pps, 1500000);
	assert_int_equal(t->budget.memory_bytes, 64 << 20);
	assert_int_equal(t->budget.map_entries, 10000);

	assert_int_equal(t->n_links, 2);
	l = &t->links[0];
	assert_string_equal(l->device, "eth3");
	assert_int_equal(l->dev, 3);
	assert_int_equal(l->kind, SL_LINK_GRE4);
	assert_int_equal(l->payload, SL_PAYLOAD_ETHER);
	assert_string_equal(sl_addr_text(&l->remote, text), "198.51.100.7");
	assert_int_equal(l->gre, SL_GRE_KEY | SL_GRE_CSUM | SL_GRE_SEQ);
	assert_int_equal(l->key, 0xdeadbeef);
	assert_int_equal(l->ttl, 7);
	assert_int_equal(l->tos, 0xb8);
	assert_string_equal(l->port, "p0");
	assert_int_equal(l->vlan, 100);
	assert_int_equal(l->inner_vlan, 200);
	assert_true(l->has_next_hop_mac);
	assert_memory_equal(l->next_hop_mac, "\x02\0\0\0\0\xfe", 6);
	assert_true(l->has_address);
	assert_int_equal(ntohl(l->address), 0x0a010203);
	assert_int_equal(l->prefix_len, 20);
	assert_true(l->mac_given);
	assert_memory_equal(l->mac, "\x02\x11\x22\x33\x44\x55", 6);
	assert_int_equal(l->pos.line, 26);
	assert_int_equal(l->remote_pos.line, 28);
	assert_int_equal(l->port_pos.line, 35);

	l = &t->links[1];
	assert_int_equal(l->kind, SL_LINK_DIRECT);
	assert_int_equal(l->payload, SL_PAYLOAD_ETHER);
	assert_int_equal(l->vlan, 7);
	assert_false(l->has_address);

	t = &c->tenants[1];
	assert_int_equal(t->uid, 1234);
	assert_string_equal(t->graph, "/srv/blue.click");
	assert_int_equal(t->links[0].kind, SL_LINK_GRE6);
}

static void what_is_left_out_has_its_default(void **state)
{
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *c = good(RED LINK(GRE));
	const struct sl_node_tenant *t = &c->tenants[0];
	const struct sl_node_link *l = &t->links[0];

	(void)state;
	assert_false(c->frags);
	assert_int_equal(c->max_delay_us, 100);
	assert_int_equal(c->reserve_milli, 100);
	assert_int_equal(c->n_ports, 0);
	assert_string_equal(t->owner, "0");
	assert_int_equal(t->uid, 0);
	assert_null(t->graph);
	assert_int_equal(t->budget.weight, 100);
	assert_int_equal(t->budget.cpu_max_milli, 0);
	assert_int_equal(l->payload, SL_PAYLOAD_IP);
	assert_int_equal(l->gre, 0);
	assert_int_equal(l->ttl, 64);
	assert_int_equal(l->tos, 0);
	assert_null(l->port);
	assert_int_equal(l->port_pos.line, 0);
	/* Addresses of its own making: of one host, locally administered, stable. */
	assert_int_equal(l->mac[0], 0x02);
	assert_int_equal(l->peer_mac[0], 0x06);
	assert_memory_equal(l->mac, "\x02\x2a\x4a\xdd\xa3\xf9", 6);
}

/* Near misses of the mistakes above. */
static void what_looks_like_a_conflict_and_is_none(void **state)
{
	static const char *const texts[] = {
		/* The same addresses with another key, and without one. */
		RED LINK(GRE) "      - {device: eth1, " GRE ", key: 0}\n"
			      "      - {device: eth2, " GRE ", key: 1}\n",
		/* The two directions of a pair. */
		RED LINK(GRE) "      - {device: eth1, local: 192.0.2.2, remote: 192.0.2.1}\n",
		/* The same inner network with two tenants. */
		RED LINK(GRE ", address: 10.0.0.1/24") "  - name: blue\n    links:\n" LINK(
			GRE ", key: 1, address: 10.0.0.1/24"),
		/* VLANs of one port with two tenants; a port whole and a VLAN of it with one. */
		PORTS RED
			LINK("kind: direct, port: p0, vlan: 5") "  - name: blue\n    links:\n" LINK(
				"kind: direct, port: p0, vlan: 6"),
		PORTS RED LINK("kind: direct, port: p0, vlan: 5") "      - {device: eth1, kind: "
								  "direct, port: p0}\n",
		/* A tunnel on a port of which another has a VLAN. */
		PORTS RED
			LINK("kind: direct, port: p0, vlan: 5") "  - name: blue\n    links:\n" LINK(
				GRE ", port: p0"),
		"tenants: []\n",
		"{}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		sl_node_config_free(good(texts[i]));
}

static void made_addresses_differ_from_each_other(void **state)
{
	SL_CLEANUP(sl_node_config_freep)
	struct sl_node_config *c = good("tenants:\n"
					"  - name: a\n    links:\n"
					"      - {device: eth0, " GRE ", key: 1}\n"
					"      - {device: eth1, " GRE ", key: 2}\n"
					"      - {device: eth11, " GRE ", key: 3}\n"
					"  - name: b\n    links:\n"
					"      - {device: eth0, " GRE ", key: 4}\n"
					"      - {device: eth1, " GRE ", key: 5}\n");
	const struct sl_node_link *all[5];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < c->n_tenants; i++)
		for (size_t j = 0; j < c->tenants[i].n_links; j++)
			all[n++] = &c->tenants[i].links[j];
	assert_int_equal(n, 5);
	for (size_t i = 0; i < n; i++) {
		assert_memory_not_equal(all[i]->mac, all[i]->peer_mac, 6);
		for (size_t j = 0; j < i; j++) {
			assert_memory_not_equal(all[i]->mac + 1, all[j]->mac + 1, 5);
			assert_memory_not_equal(all[i]->peer_mac, all[j]->peer_mac, 6);
		}
	}
}

static void json_reads_back_as_the_same(void **state)
{
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *c = good(full);
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *again = NULL;
	struct json_object *one = sl_node_config_json(c), *two;

	(void)state;
	assert_non_null(one);
	again = good(json_object_to_json_string_ext(one, JSON_C_TO_STRING_PLAIN));
	two = sl_node_config_json(again);
	assert_string_equal(json_object_to_json_string(one), json_object_to_json_string(two));
	for (size_t i = 0; i < c->n_tenants; i++)
		for (size_t j = 0; j < c->tenants[i].n_links; j++)
			assert_true(sl_node_link_equal(&c->tenants[i].links[j],
						       &again->tenants[i].links[j]));
	json_object_put(one);
	json_object_put(two);
}

static void links_that_differ_are_not_equal(void **state)
{
	static const char *const others[] = {
		LINK("local: 192.0.2.1, remote: 192.0.2.3"),
		LINK("local: 192.0.2.9, remote: 192.0.2.2"),
		LINK(GRE ", key: 0"),
		LINK(GRE ", csum: true"),
		LINK(GRE ", seq: true"),
		LINK(GRE ", ttl: 65"),
		LINK(GRE ", tos: 1"),
		LINK(GRE ", payload: ether"),
		LINK(GRE ", address: 10.0.0.1/24"),
		LINK(GRE ", mac: '02:00:00:00:00:01'"),
		LINK(GRE ", next_hop_mac: '02:00:00:00:00:01'"),
	};
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *c = good(RED LINK(GRE));
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *same = good("\n\n" RED LINK(GRE));
	char text[512];

	(void)state;
	/* The place in the file is no property. */
	assert_true(sl_node_link_equal(&c->tenants[0].links[0], &same->tenants[0].links[0]));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct sl_node_config *other;

		snprintf(text, sizeof(text), "%s%s", RED, others[i]);
		other = good(text);
		assert_false(
			sl_node_link_equal(&c->tenants[0].links[0], &other->tenants[0].links[0]));
		sl_node_config_free(other);
	}
}

/* ---- Files -----------------------------------------------------------------------------------*/

static void write_file(const char *path, const char *text)
{
	_fclose_ FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

static void graphs_are_found_beside_the_file(void **state)
{
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *c = NULL;
	char dir[] = "/tmp/sl-config-XXXXXX", path[64], link[64], want[128];
	struct sl_diags d = {0};
	_free_ char *real = NULL;

	(void)state;
	assert_non_null(mkdtemp(dir));
	real = realpath(dir, NULL);
	snprintf(path, sizeof(path), "%s/node.yaml", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	write_file(path, "tenants:\n  - name: red\n    graph: red.click\n");
	assert_int_equal(symlink("node.yaml", link), 0);
	assert_int_equal(sl_node_config_load(link, &d, &c), 0);
	snprintf(want, sizeof(want), "%s/red.click", real);
	assert_string_equal(c->tenants[0].graph, want);
	assert_string_equal(c->file, link);
	assert_int_equal(c->text_len, strlen(c->text));
	unlink(link);
	unlink(path);
	rmdir(dir);
}

static void what_cannot_be_read_is_said(void **state)
{
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(sl_node_config_load("/nonexistent/node.yaml", &d, &c), -ENOENT);
	assert_int_equal(sl_node_config_load("/tmp", &d, &c), -EISDIR);
	assert_null(c);
	assert_int_equal(d.errors, 2);
	assert_string_equal(d.list[0].file, "/nonexistent/node.yaml");
	assert_string_equal(d.list[0].code, "open");
	sl_diags_free(&d);
}

static void a_file_too_large_is_refused(void **state)
{
	_free_ char *text = malloc(SL_CONFIG_MAX + 2);
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};

	(void)state;
	assert_non_null(text);
	memset(text, '\n', SL_CONFIG_MAX + 1);
	text[SL_CONFIG_MAX + 1] = '\0';
	assert_int_equal(parse(text, &d, &c), -EINVAL);
	assert_string_equal(d.list[0].code, "too-large");
	sl_diags_free(&d);
}

/* The limits of lists: as many as there can be, and one more. */
static void append(char **text, size_t *len, const char *line)
{
	size_t n = strlen(line);

	*text = realloc(*text, *len + n + 1);
	assert_non_null(*text);
	memcpy(*text + *len, line, n + 1);
	*len += n;
}

static void lists_have_their_limits(void **state)
{
	char *text = NULL, line[128];
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};
	size_t len = 0;

	(void)state;
	append(&text, &len, "ports:\n");
	for (int i = 0; i < SL_MAX_PORTS; i++) {
		snprintf(line, sizeof(line), "  - {name: p%d, interface: e%d}\n", i, i);
		append(&text, &len, line);
	}
	c = good(text);
	assert_int_equal(c->n_ports, SL_MAX_PORTS);
	sl_node_config_free(c);
	append(&text, &len, "  - {name: more, interface: more}\n");
	c = NULL;
	assert_int_equal(parse(text, &d, &c), -EINVAL);
	assert_string_equal(d.list[0].code, "too-many");
	sl_diags_free(&d);
	free(text);
}

static void many_links_are_checked_quickly(void **state)
{
	char *text = NULL, line[256];
	struct sl_node_config *c;
	size_t len = 0;

	(void)state;
	append(&text, &len, "tenants:\n");
	for (int i = 0; i < SL_MAX_LINKS; i++) {
		if (i % SL_MAX_DEVS == 0) {
			snprintf(line, sizeof(line), "  - name: t%d\n    links:\n",
				 i / SL_MAX_DEVS);
			append(&text, &len, line);
		}
		snprintf(line, sizeof(line),
			 "      - {device: eth%d, local: 192.0.2.1, remote: 192.0.2.2, key: %d}\n",
			 i % SL_MAX_DEVS, i);
		append(&text, &len, line);
	}
	c = good(text);
	assert_int_equal(c->n_tenants, SL_MAX_LINKS / SL_MAX_DEVS);
	sl_node_config_free(c);
	free(text);
}

/* ---- Papers ----------------------------------------------------------------------------------*/

static char *slurp(const char *path)
{
	_fclose_ FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(f);
	assert_true(getdelim(&text, &size, '\0', f) > 0);
	return text;
}

static void find_in_manual(void *manual, const char *path)
{
	const char *key = strrchr(path, '.');
	char entry[64];

	/* ".It Cm key" begins the entry of a key. */
	snprintf(entry, sizeof(entry), ".It Cm %s", key ? key + 1 : path);
	if (!strstr(manual, entry))
		fail_msg("docs/sluice.yaml.5 does not explain %s", path);
}

static void the_manual_names_every_key(void **state)
{
	_free_ char *manual = slurp("docs/sluice.yaml.5");

	(void)state;
	sl_schema_keys(find_in_manual, manual);
}

static void the_example_is_right(void **state)
{
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *c = NULL;
	struct sl_diags d = {0};

	(void)state;
	if (sl_node_config_load("configs/node.yaml", &d, &c)) {
		sl_diags_print(&d, stderr);
		fail();
	}
	assert_int_equal(d.n, 0);
	assert_non_null(sl_node_config_tenant(c, "red"));
	assert_non_null(sl_node_config_tenant(c, "blue"));
	for (size_t i = 0; i < c->n_tenants; i++)
		assert_int_equal(access(c->tenants[i].graph, R_OK), 0);
	sl_diags_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_is_reported_at_its_place),
		cmocka_unit_test(unknown_keys_list_the_known_ones),
		cmocka_unit_test(overlapping_networks_are_a_warning),
		cmocka_unit_test(a_full_file_means_what_it_says),
		cmocka_unit_test(what_is_left_out_has_its_default),
		cmocka_unit_test(what_looks_like_a_conflict_and_is_none),
		cmocka_unit_test(made_addresses_differ_from_each_other),
		cmocka_unit_test(json_reads_back_as_the_same),
		cmocka_unit_test(links_that_differ_are_not_equal),
		cmocka_unit_test(graphs_are_found_beside_the_file),
		cmocka_unit_test(what_cannot_be_read_is_said),
		cmocka_unit_test(a_file_too_large_is_refused),
		cmocka_unit_test(lists_have_their_limits),
		cmocka_unit_test(many_links_are_checked_quickly),
		cmocka_unit_test(the_manual_names_every_key),
		cmocka_unit_test(the_example_is_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
