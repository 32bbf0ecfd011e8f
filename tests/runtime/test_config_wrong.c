// SPDX-License-Identifier: GPL-2.0-only
/* Each mistake one can make in a node file, with its place, its reason, and what to do. */
#include "tests/runtime/node_file.h"

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
	{"an IPv4 address as IPv6 device address",
	 RED LINK(GRE ", address6: 10.0.0.1/24"),
	 {{4, 71, "bad-value", "IPv6 host address", "2001:db8::1/64"}}},
	{"a link-local address as IPv6 device address",
	 RED LINK(GRE ", address6: 'fe80::1/64'"),
	 {{4, 71, "bad-value", "'fe80::1/64'", NULL}}},
	{"an IPv6 prefix length of 129",
	 RED LINK(GRE ", address6: '2001:db8::1/129'"),
	 {{4, 71, "bad-value", "'2001:db8::1/129'", NULL}}},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_is_reported_at_its_place),
		cmocka_unit_test(unknown_keys_list_the_known_ones),
		cmocka_unit_test(overlapping_networks_are_a_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
