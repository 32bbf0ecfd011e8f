// SPDX-License-Identifier: GPL-2.0-only
/* The node file: what it means, its defaults and limits, as JSON and from disk; and its papers. */
#include <arpa/inet.h>
#include <sys/stat.h>

#include "loader/mem.h"
#include "loader/runtime/config_schema.h"
#include "tests/runtime/node_file.h"

/* ---- Meaning ---------------------------------------------------------------------------------*/

static const char full[] = "node:\n"
			   "  frags: true\n"
			   "  max_delay_us: 250\n"
			   "  reserve: 12.5%\n"
			   "  unknown_keys: 1234\n"
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
			   "        address6: 2001:db8::7/64\n"
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
	assert_int_equal(c->unknown_keys, 1234);
	assert_int_equal(c->n_experiments, 2);
	assert_string_equal(c->experiments[1], "two-2");
	assert_int_equal(c->n_ports, 2);
	assert_string_equal(c->ports[0].interface, "eth1");
	assert_int_equal(c->ports[0].mode, SL_PORT_NATIVE);
	assert_int_equal(c->ports[0].mtu, 0);
	assert_int_equal(c->ports[1].mode, SL_PORT_GENERIC);
	assert_int_equal(c->ports[1].mtu, 1500);
	assert_int_equal(c->ports[1].pos.line, 10);
	assert_ptr_equal(sl_node_config_port(c, "p1"), &c->ports[1]);
	assert_null(sl_node_config_port(c, "p2"));

	assert_int_equal(c->n_tenants, 2);
	t = sl_node_config_tenant(c, "red");
	assert_ptr_equal(t, &c->tenants[0]);
	assert_null(sl_node_config_tenant(c, "green"));
	assert_string_equal(t->owner, "root");
	assert_int_equal(t->uid, 0);
	assert_string_equal(t->graph, DIR "/graphs/red.click");
	assert_int_equal(t->pos.line, 12);
	assert_int_equal(t->pos.col, 11);
	assert_ptr_equal(t->pos.file, c->file);
	assert_int_equal(t->graph_pos.line, 14);
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
	assert_true(l->has_address6);
	assert_memory_equal(l->address6, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16);
	assert_int_equal(l->prefix6_len, 64);
	assert_true(l->mac_given);
	assert_memory_equal(l->mac, "\x02\x11\x22\x33\x44\x55", 6);
	assert_int_equal(l->pos.line, 27);
	assert_int_equal(l->remote_pos.line, 29);
	assert_int_equal(l->port_pos.line, 36);

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
	assert_int_equal(c->max_delay_us, 1000);
	assert_int_equal(c->reserve_milli, 100);
	assert_int_equal(c->unknown_keys, SL_UNKNOWN_KEYS);
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
	assert_memory_equal(l->mac, "\x02\0\0\0\0\1", 6);
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

/* On links that carry IP, those of a tenant; on Ethernet, all of them, as they may meet. */
static void made_addresses_differ_from_each_other(void **state)
{
	SL_CLEANUP(sl_node_config_freep)
	struct sl_node_config *c =
		good("tenants:\n"
		     "  - name: a\n    links:\n"
		     "      - {device: eth0, " GRE ", key: 1}\n"
		     "      - {device: eth1, " GRE ", key: 2}\n"
		     "      - {device: eth11, " GRE ", key: 3}\n"
		     "      - {device: eth2, payload: ether, " GRE ", key: 4}\n"
		     "      - {device: eth3, payload: ether, " GRE ", key: 5}\n"
		     "  - name: b\n    links:\n"
		     "      - {device: eth0, " GRE ", key: 6}\n"
		     "      - {device: eth2, payload: ether, " GRE ", key: 7}\n");
	const struct sl_node_link *all[7];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < c->n_tenants; i++)
		for (size_t j = 0; j < c->tenants[i].n_links; j++)
			all[n++] = &c->tenants[i].links[j];
	assert_int_equal(n, 7);
	for (size_t i = 0; i < n; i++) {
		assert_memory_not_equal(all[i]->mac, all[i]->peer_mac, 6);
		for (size_t j = 0; j < i; j++) {
			if (i == 5 && j == 0)
				continue;
			assert_memory_not_equal(all[i]->mac + 1, all[j]->mac + 1, 5);
			assert_memory_not_equal(all[i]->peer_mac, all[j]->peer_mac, 6);
		}
	}
	/* The same device of two tenants: their graphs are compiled as one. */
	assert_memory_equal(all[5]->mac, all[0]->mac, 6);
	assert_memory_equal(all[5]->peer_mac, all[0]->peer_mac, 6);
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

static void same_json(const struct sl_node_config *a, const struct sl_node_config *b, bool same)
{
	struct json_object *one = sl_node_config_json(a), *two = sl_node_config_json(b);

	assert_int_equal(json_object_equal(one, two), same);
	json_object_put(one);
	json_object_put(two);
}

static void a_copy_says_the_same_and_has_all_of_its_own(void **state)
{
	struct sl_node_config *c = good(full), *copy = NULL;
	struct sl_pos pos = c->tenants[0].links[0].remote_pos;

	(void)state;
	assert_int_equal(sl_node_config_copy(c, &copy), 0);
	same_json(c, copy, true);
	sl_node_config_free(c);
	assert_string_equal(copy->tenants[0].vars[1].value, "a b=c");
	assert_string_equal(copy->tenants[0].links[0].port, "p0");
	assert_null(copy->text);
	/* Places are where they were, in the copy's file. */
	assert_ptr_equal(copy->tenants[0].links[0].remote_pos.file, copy->file);
	assert_int_equal(copy->tenants[0].links[0].remote_pos.line, pos.line);
	sl_node_config_free(copy);
}

static void a_tenant_is_added_and_taken_away_alone(void **state)
{
	struct sl_node_config *c = good(full), *copy = NULL, *other = good(full);
	struct sl_diags d = {0};

	(void)state;
	assert_int_equal(sl_node_config_copy(c, &copy), 0);
	sl_node_config_remove_tenant(copy, "red");
	assert_null(sl_node_config_tenant(copy, "red"));
	assert_int_equal(copy->n_tenants, c->n_tenants - 1);
	sl_node_config_remove_tenant(copy, "nobody");
	assert_int_equal(copy->n_tenants, c->n_tenants - 1);
	same_json(c, copy, false);
	assert_int_equal(sl_node_config_add_tenant(copy, sl_node_config_tenant(other, "red")), 0);
	sl_node_config_free(other);
	assert_int_equal(sl_node_config_check(copy, &d), 0);
	assert_string_equal(sl_node_config_tenant(copy, "red")->links[0].port, "p0");
	/* It was written elsewhere. */
	assert_null(sl_node_config_tenant(copy, "red")->pos.file);
	/* A second one of the name does not agree with the first. */
	assert_int_equal(sl_node_config_add_tenant(copy, sl_node_config_tenant(c, "red")), 0);
	assert_int_equal(sl_node_config_check(copy, &d), -EINVAL);
	sl_diags_free(&d);
	sl_node_config_free(copy);
	sl_node_config_free(c);
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
		LINK(GRE ", mac: '02:00:00:00:00:09'"),
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
		cmocka_unit_test(a_full_file_means_what_it_says),
		cmocka_unit_test(what_is_left_out_has_its_default),
		cmocka_unit_test(what_looks_like_a_conflict_and_is_none),
		cmocka_unit_test(made_addresses_differ_from_each_other),
		cmocka_unit_test(json_reads_back_as_the_same),
		cmocka_unit_test(a_copy_says_the_same_and_has_all_of_its_own),
		cmocka_unit_test(a_tenant_is_added_and_taken_away_alone),
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
