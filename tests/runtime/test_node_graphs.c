/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>

#include "tests/runtime/one_node.h"
/*
 * Graphs of several tenants on one node: compiled once where they are the same, held to each
 * tenant's budget. Needs root; in mount and network namespaces of its own.
 */

static const char router[] = "FromDevice(eth0) -> cnt :: Counter -> Queue -> ToDevice(eth1);\n"
			     "FromDevice(eth1) -> Strip(14) -> CheckIPHeader -> [0] q ::\n"
			     "  ARPQuerier(10.0.0.1, 2:0:0:0:0:1) -> Queue -> ToDevice(eth0);\n"
			     "Idle -> [1] q;\n";

/* Two tenants alike in all but name and tunnel; eth0 of blue is as the caller says. */
static const char nodes[] =
	"tenants:\n"
	"  - name: red\n    links:\n"
	"      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 1}\n"
	"      - {device: eth1, local: 192.0.2.1, remote: 192.0.2.2, key: 2}\n"
	"  - name: blue\n    budget: {map_entries: 1000}\n    links:\n"
	"      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 3%s}\n"
	"      - {device: eth1, local: 192.0.2.1, remote: 192.0.2.2, key: 4}\n";

static int apply(struct sl_node *n, const char *blue_eth0, struct sl_diags *d)
{
	_free_ char *text = NULL;

	assert_true(asprintf(&text, nodes, blue_eth0) > 0);
	return try_text(n, text, d);
}

static int install(struct sl_node *n, const char *tenant, bool *cached, struct sl_diags *d)
{
	struct sl_submission s = one_graph(router);
	json_object *stages = json_object_new_object(), *v;
	int ret = sl_node_install(n, tenant, &s, d, stages);

	*cached = json_object_object_get_ex(stages, "cached", &v) && json_object_get_boolean(v);
	json_object_put(stages);
	return ret;
}

static void a_second_tenant_with_the_same_graph_is_not_compiled(void **state)
{
	struct sl_node *n;
	struct sl_diags d = {0};
	bool cached;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	assert_int_equal(apply(n, "", &d), 0);
	assert_int_equal(install(n, "red", &cached, &d), 0);
	assert_false(cached);
	assert_int_equal(install(n, "blue", &cached, &d), 0);
	assert_true(cached);
	sl_diags_free(&d);
	sl_node_close(n);
}

static uint32_t elements(struct sl_node *n, const char *tenant)
{
	json_object *a = sl_node_tenants(n, tenant), *v = NULL;
	uint32_t count = 0;

	if (json_object_object_get_ex(json_object_array_get_idx(a, 0), "elements", &v))
		count = (uint32_t)json_object_get_int(v);
	json_object_put(a);
	return count;
}

/* On a link that carries Ethernet, blue's ARPQuerier would have a table of neighbours. */
static void a_graph_over_its_tenant_s_budget_is_refused(void **state)
{
	const struct sl_diag *m = NULL;
	struct sl_diags d = {0};
	struct sl_node *n;
	uint32_t before;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	before = elements(n, "blue");
	assert_true(before > 0);
	assert_int_equal(apply(n, ", payload: ether", &d), -EINVAL);
	for (size_t i = 0; i < d.n; i++)
		if (d.list[i].level == SL_DIAG_ERROR && !m)
			m = &d.list[i];
	assert_non_null(m);
	assert_string_equal(m->code, "table-size");
	assert_string_equal(m->file, "g.click");
	assert_int_equal(m->line, 2);
	assert_non_null(strstr(m->message, "the tenant's budget (map_entries) is 1000"));
	/* Nothing has changed. */
	assert_int_equal(elements(n, "blue"), before);
	sl_diags_free(&d);
	sl_node_close(n);
}

static const char lookup[] = "FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> GetIPAddress(16)\n"
			     "  -> r :: RadixIPLookup(10.0.0.0/8 0, 11.0.0.0/8 0) -> Discard;\n"
			     "FromDevice(eth1) -> Discard;\n";

/* One entry is the table itself, five are routes. */
static const char small[] = "tenants:\n"
			    "  - name: green\n    budget: {map_entries: 6}\n    links:\n"
			    "      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 5}\n"
			    "      - {device: eth1, local: 192.0.2.1, remote: 192.0.2.2, key: 6}\n";

/* The number of routes there are; what was refused says why. */
static void assert_routes(struct sl_node *n, size_t routes)
{
	_free_ char *text = NULL;
	struct sl_diags d = {0};
	size_t lines = 0;

	must(sl_node_read(n, "green", "r.table", "", &text, &d), &d);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, routes);
	sl_diags_free(&d);
}

static int write_route(struct sl_node *n, const char *path, const char *value, bool full)
{
	struct sl_diags d = {0};
	int ret = sl_node_write(n, "green", path, value, &d);

	if (full) {
		assert_int_equal(ret, -EINVAL);
		assert_int_equal(d.errors, 1);
		assert_string_equal(d.list[0].code, "bad-route");
		assert_non_null(strstr(d.list[0].message, "the tenant's budget for tables leaves "
							  "room for 5 routes"));
	} else {
		must(ret, &d);
	}
	sl_diags_free(&d);
	return ret;
}

static void routes_that_handlers_add_are_held_against_the_budget(void **state)
{
	struct sl_submission s = one_graph(lookup);
	struct sl_diags d = {0};
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	apply_text(n, small);
	must(sl_node_install(n, "green", &s, &d, NULL), &d);
	sl_diags_free(&d);
	/* The first is compiled anew, the others are put into a map. */
	write_route(n, "r.add", "12.0.0.0/8 0", false);
	write_route(n, "r.add", "13.0.0.0/8 0", false);
	write_route(n, "r.add", "14.0.0.0/8 0", false);
	assert_routes(n, 5);
	write_route(n, "r.add", "15.0.0.0/8 0", true);
	write_route(n, "r.set", "15.0.0.0/8 0", true);
	write_route(n, "r.ctrl", "add 16.0.0.0/8 0\nadd 17.0.0.0/8 0", true);
	assert_routes(n, 5);
	/* One takes another's place, and when one goes there is room. */
	write_route(n, "r.set", "14.0.0.0/8 0", false);
	write_route(n, "r.ctrl", "remove 10.0.0.0/8\nadd 16.0.0.0/8 0", false);
	assert_routes(n, 5);
	sl_node_close(n);
	/* A daemon that starts counts those there are. */
	n = open_node();
	write_route(n, "r.add", "17.0.0.0/8 0", true);
	write_route(n, "r.remove", "16.0.0.0/8", false);
	write_route(n, "r.add", "17.0.0.0/8 0", false);
	assert_routes(n, 5);
	sl_node_close(n);
}

/* A byte of a file in the node's state directory is changed. */
static void damage(const char *file, long at)
{
	_free_ char *path = NULL;
	FILE *f;
	int c;

	assert_true(asprintf(&path, "%s/state/tenants/%s", work, file) > 0);
	f = fopen(path, "r+");
	assert_non_null(f);
	fseek(f, at, SEEK_SET);
	c = fgetc(f);
	fseek(f, at, SEEK_SET);
	fputc(c ^ 0x40, f);
	assert_int_equal(fclose(f), 0);
}

static struct sl_node *reopen(struct sl_diags *d)
{
	_free_ char *state = NULL, *cache = NULL;
	struct sl_node_opts opts = {.no_sandbox = true};
	struct sl_node *n = NULL;

	assert_true(asprintf(&state, "%s/state", work) > 0);
	assert_true(asprintf(&cache, "%s/cache", work) > 0);
	opts.state_dir = state;
	opts.cache_dir = cache;
	must(sl_node_open(&opts, d, &n), d);
	return n;
}

/* After an upgrade: what the old daemon compiled may mean something else to this one. */
static void a_graph_of_another_version_is_compiled_again(void **state)
{
	_free_ char *file = NULL, *text = NULL;
	const struct sl_diag *m = NULL;
	struct sl_diags d = {0};
	struct tenant_rt *rt;
	struct sl_node *n;
	uint32_t gen, at, id, was;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	rt = node_rt(n, "green");
	assert_true(rt && rt->run);
	gen = rt->run->number;
	at = sl_chain_index(rt->slot, gen);
	assert_int_equal(bpf_map_lookup_elem(sl_platform_map(n->pf, SL_MAP_TENANTS), &at, &was), 0);
	sl_node_close(n);
	assert_true(asprintf(&file, "green/gen-%u.bundle", gen) > 0);
	damage(file, 4);
	n = reopen(&d);
	for (size_t i = 0; i < d.n; i++)
		if (!strcmp(d.list[i].code, "graph"))
			m = &d.list[i];
	assert_non_null(m);
	assert_int_equal(m->level, SL_DIAG_WARNING);
	assert_non_null(strstr(m->message, "another version's"));
	sl_diags_free(&d);
	/* Packets enter what was compiled now, and handlers are its. */
	rt = node_rt(n, "green");
	assert_int_equal(rt->run->number, gen);
	assert_int_equal(bpf_map_lookup_elem(sl_platform_map(n->pf, SL_MAP_TENANTS), &at, &id), 0);
	assert_int_not_equal(id, was);
	must(sl_node_read(n, "green", "r.table", "", &text, &d), &d);
	sl_node_close(n);
	/* And it is on disk. */
	n = reopen(&d);
	assert_int_equal(d.errors + d.warnings, 0);
	sl_diags_free(&d);
	sl_node_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_tenant_with_the_same_graph_is_not_compiled),
		cmocka_unit_test(a_graph_over_its_tenant_s_budget_is_refused),
		cmocka_unit_test(routes_that_handlers_add_are_held_against_the_budget),
		cmocka_unit_test(a_graph_of_another_version_is_compiled_again),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
