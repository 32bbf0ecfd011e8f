// SPDX-License-Identifier: GPL-2.0-only
/*
 * The class that a node chooses for a tenant's graph: by cost, the same each time, changed by
 * budgets and node files, overridden by the operator. Without traffic. Needs root; everything is in
 * namespaces of its own.
 */
#include "loader/runtime/budget.h"
#include "tests/runtime/one_node.h"

#define NODE(delay, more)                                                                          \
	"node: {experiments: [burn], max_delay_us: " delay "}\n"                                   \
	"tenants:\n"                                                                               \
	"  - name: red\n" more                                                                     \
	"    links: [{device: eth0, local: 192.0.2.1, remote: 192.0.2.2}]\n"

static const char cheap[] = "FromDevice(eth0) -> c :: Counter -> Discard;";
/* 20 us: 64 of them take more than a millisecond, and less than ten. */
static const char dear[] = "FromDevice(eth0) -> c :: Counter -> BurnCycles(50000) -> Discard;";

static void install(struct sl_node *n, const char *graph)
{
	struct sl_submission s = one_graph(graph);
	struct sl_diags d = {0};

	must(sl_node_install(n, "red", &s, &d, NULL), &d);
	sl_diags_free(&d);
}

static uint32_t generation(struct sl_node *n)
{
	return node_state_tenant(&n->st, "red")->gen;
}

/* What the tenant runs in, as all who say it agree: state, programs, the kernel's record, JSON. */
static const char *class_of(struct sl_node *n)
{
	const struct tenant_state *t = node_state_tenant(&n->st, "red");
	const struct tenant_rt *rt = node_rt(n, "red");
	json_object *a = sl_node_tenants(n, "red"), *v, *why;
	const char *name = sl_tenant_class_name(t->thread);
	bool queue = sl_platform_tenants(n->pf)[rt->slot].queue;

	assert_int_equal(rt->run->loaded->thread, t->thread);
	assert_int_equal(queue, t->thread);
	assert_true(json_object_object_get_ex(json_object_array_get_idx(a, 0), "class", &v));
	assert_string_equal(json_object_get_string(v), name);
	assert_true(json_object_object_get_ex(json_object_array_get_idx(a, 0), "class_why", &why));
	assert_int_equal(strncmp(json_object_get_string(why), name, strlen(name)), 0);
	json_object_put(a);
	return name;
}

static uint32_t bound(struct sl_node *n)
{
	return sl_platform_tenants(n->pf)[node_rt(n, "red")->slot].bound_ns;
}

static void set(struct sl_node *n, const char *value)
{
	json_object *result = json_object_new_object();
	struct sl_diags d = {0};

	must(sl_node_budget_set(n, "red", &value, 1, &d, result), &d);
	json_object_put(result);
	sl_diags_free(&d);
}

static void class(struct sl_node *n, const char *name)
{
	struct sl_diags d = {0};

	must(sl_node_class(n, "red", name, &d), &d);
	sl_diags_free(&d);
}

static void a_graph_goes_where_its_cost_puts_it(void **state)
{
	struct sl_diags d = {0};
	struct sl_node *n;
	uint32_t inline_ns, thread_ns;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	apply_text(n, NODE("1000", ""));
	for (int turn = 0; turn < 3; turn++) {
		install(n, cheap);
		assert_string_equal(class_of(n), "inline");
		inline_ns = bound(n);
		install(n, dear);
		assert_string_equal(class_of(n), "thread");
		thread_ns = bound(n);
	}
	assert_true(inline_ns > 4 * 15000 && inline_ns < 4 * 15625);
	assert_int_equal(thread_ns - inline_ns / 4, 125000 - 15625);
	/* The graph before, and its class with it. */
	must(sl_node_rollback(n, "red", &d), &d);
	assert_string_equal(class_of(n), "inline");
	assert_int_equal(bound(n), inline_ns);
	must(sl_node_rollback(n, "red", &d), &d);
	assert_string_equal(class_of(n), "thread");
	/* A daemon that starts decides nothing. */
	sl_node_close(n);
	n = open_node();
	assert_string_equal(class_of(n), "thread");
	assert_int_equal(bound(n), thread_ns);
	sl_diags_free(&d);
	sl_node_close(n);
}

static void the_operator_overrides(void **state)
{
	struct sl_diags d = {0};
	struct sl_submission s = one_graph(dear);
	struct sl_node *n;
	uint32_t gen;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	apply_text(n, NODE("1000", ""));
	install(n, dear);
	assert_string_equal(class_of(n), "thread");
	class(n, "inline");
	assert_string_equal(class_of(n), "inline");
	/* It stays so, and is told where it is late. */
	must(sl_node_install(n, "red", &s, &d, NULL), &d);
	assert_string_equal(class_of(n), "inline");
	assert_int_equal(d.warnings, 1);
	assert_string_equal(d.list[0].code, "max-delay");
	sl_diags_free(&d);
	memset(&d, 0, sizeof(d));
	install(n, cheap);
	class(n, "thread");
	assert_string_equal(class_of(n), "thread");
	gen = generation(n);
	/* What it is already needs no other generation. */
	class(n, "thread");
	assert_int_equal(generation(n), gen);
	class(n, "auto");
	assert_string_equal(class_of(n), "inline");
	assert_int_equal(generation(n), gen + 1);
	class(n, "inline");
	assert_int_equal(generation(n), gen + 1);
	assert_int_equal(sl_node_class(n, "red", "fast", &d), -EINVAL);
	assert_int_equal(sl_node_class(n, "pink", "auto", &d), -ENOENT);
	sl_diags_free(&d);
	sl_node_close(n);
}

static void what_is_declared_decides(void **state)
{
	struct sl_node *n;
	uint32_t gen;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	apply_text(n, NODE("1000", ""));
	install(n, cheap);
	gen = generation(n);
	set(n, "ns_per_packet=1000");
	assert_string_equal(class_of(n), "inline");
	assert_int_equal(generation(n), gen);
	assert_int_equal(bound(n), 1000);
	set(n, "ns_per_packet=30000");
	assert_string_equal(class_of(n), "thread");
	assert_int_equal(generation(n), gen + 1);
	assert_int_equal(bound(n), 30000);
	/* Other limits are none of its business. */
	set(n, "pps=1000");
	assert_int_equal(generation(n), gen + 1);
	set(n, "ns_per_packet=none");
	assert_string_equal(class_of(n), "inline");
	install(n, dear);
	assert_string_equal(class_of(n), "thread");
	set(n, "ns_per_packet=2000");
	assert_string_equal(class_of(n), "inline");
	/* Not where the operator has said where it runs. */
	class(n, "inline");
	gen = generation(n);
	set(n, "ns_per_packet=30000");
	assert_string_equal(class_of(n), "inline");
	assert_int_equal(generation(n), gen);
	sl_node_close(n);
}

/* The changes that a node file makes, as "OBJECT: DETAIL; ". */
static char *applied(struct sl_node *n, const char *text, bool dry_run)
{
	json_object *changes = json_object_new_array(), *v, *w;
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	must(sl_node_config_parse(text, strlen(text), "node.yaml", "", &d, &c), &d);
	must(sl_node_apply(n, c, dry_run, &d, changes), &d);
	for (size_t i = 0; i < json_object_array_length(changes); i++) {
		json_object *o = json_object_array_get_idx(changes, i);

		assert_true(json_object_object_get_ex(o, "object", &v));
		fprintf(f, "%s: %s; ", json_object_get_string(v),
			json_object_object_get_ex(o, "detail", &w) ? json_object_get_string(w)
								   : "");
	}
	fclose(f);
	json_object_put(changes);
	sl_diags_free(&d);
	return out;
}

/* What the node says a poll may take. */
static char *poll_of(struct sl_node *n)
{
	json_object *o = sl_node_show(n), *sums, *v;
	char *text;

	assert_true(json_object_object_get_ex(o, "admission", &sums));
	assert_true(json_object_object_get_ex(sums, "poll", &v));
	text = strdup(json_object_get_string(v));
	json_object_put(o);
	return text;
}

static void another_target_moves_what_does_not_fit(void **state)
{
	_free_ char *dry = NULL, *wet = NULL, *again = NULL, *given = NULL, *noted = NULL;
	struct sl_node *n;
	uint32_t gen;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	apply_text(n, NODE("10000", ""));
	install(n, dear);
	assert_string_equal(class_of(n), "inline");
	gen = generation(n);
	noted = poll_of(n);
	assert_non_null(strstr(noted, "64 packets x (156055 ns for one of red"));
	assert_non_null(strstr(noted, ", the most of 1 inline + 195 ns platform) = "
				      "10000.0 us of max_delay_us 10000"));
	dry = applied(n, NODE("1000", ""), true);
	assert_non_null(strstr(dry, "class: thread, by its cost: 64 packets of a poll x (20"));
	assert_string_equal(class_of(n), "inline");
	wet = applied(n, NODE("1000", ""), false);
	assert_string_equal(wet, dry);
	assert_string_equal(class_of(n), "thread");
	assert_int_equal(generation(n), gen + 1);
	again = applied(n, NODE("1000", ""), false);
	assert_string_equal(again, "");
	given = applied(n, NODE("1000", "    class: inline\n"), false);
	assert_non_null(strstr(given, "class: inline, as the operator says: "));
	assert_string_equal(class_of(n), "inline");
	free(TAKE_PTR(given));
	/* `auto` is what is there without a word. */
	given = applied(n, NODE("1000", "    class: auto\n"), false);
	assert_non_null(strstr(given, "class: thread, by its cost"));
	assert_string_equal(class_of(n), "thread");
	sl_node_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_graph_goes_where_its_cost_puts_it),
		cmocka_unit_test(the_operator_overrides),
		cmocka_unit_test(what_is_declared_decides),
		cmocka_unit_test(another_target_moves_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
