/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/runtime/one_node.h"
/*
 * What is for experiments runs where the node file allows it, and nowhere else. Needs root; in
 * mount and network namespaces of its own.
 */

static const char burning[] = "FromDevice(eth0) -> Counter\n"
			      "  -> b :: BurnCycles(100) -> Discard;\n";
static const char nodes[] = "node: {experiments: [%s]}\n"
			    "tenants:\n"
			    "  - name: red\n    links:\n"
			    "      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 1}\n";

static int apply(struct sl_node *n, const char *experiments, struct sl_diags *d)
{
	_free_ char *text = NULL;

	assert_true(asprintf(&text, nodes, experiments) > 0);
	return try_text(n, text, d);
}

static int install(struct sl_node *n, const char *graph, struct sl_diags *d)
{
	struct sl_submission s = one_graph(graph);

	return sl_node_install(n, "red", &s, d, NULL);
}

/* The one error says where the element is, and what the operator must do. Empties `d`. */
static void assert_refused(struct sl_diags *d)
{
	const struct sl_diag *m = NULL;

	for (size_t i = 0; i < d->n; i++)
		if (d->list[i].level == SL_DIAG_ERROR) {
			assert_null(m);
			m = &d->list[i];
		}
	assert_non_null(m);
	assert_string_equal(m->code, "experiment");
	assert_string_equal(m->file, "g.click");
	assert_int_equal(m->line, 2);
	assert_int_equal(m->col, 6);
	assert_string_equal(m->element, "b");
	assert_non_null(strstr(m->message, "'b :: BurnCycles'"));
	assert_non_null(strstr(m->message, "does not allow 'burn'"));
	assert_non_null(strstr(m->hint, "node: {experiments: [burn]}"));
	sl_diags_free(d);
	memset(d, 0, sizeof(*d));
}

static void install_is_refused_until_the_node_allows_it(void **state)
{
	struct sl_diags d = {0};
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	must(apply(n, "other", &d), &d);
	assert_int_equal(install(n, burning, &d), -EINVAL);
	assert_refused(&d);
	/* Allowing it is a change, though there is no other. */
	must(apply(n, "other, burn", &d), &d);
	must(install(n, burning, &d), &d);
	assert_true(node_state_tenant(&n->st, "red")->gen > 0);
	sl_diags_free(&d);
	sl_node_close(n);
}

/* Goes on with the node of the test before. */
static void it_is_not_taken_from_a_graph_that_runs(void **state)
{
	struct sl_diags d = {0};
	struct sl_node *n;
	uint32_t gen;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	gen = node_state_tenant(&n->st, "red")->gen;
	assert_true(gen > 0);
	assert_int_equal(apply(n, "other", &d), -EINVAL);
	assert_refused(&d);
	assert_true(sl_node_config_experiment(n->st.config, "burn"));
	assert_int_equal(node_state_tenant(&n->st, "red")->gen, gen);
	/* Without the element nothing is in the way; and there is no way back to it. */
	must(install(n, "FromDevice(eth0) -> Discard;\n", &d), &d);
	must(apply(n, "", &d), &d);
	assert_int_equal(sl_node_rollback(n, "red", &d), -EINVAL);
	assert_refused(&d);
	sl_node_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(install_is_refused_until_the_node_allows_it),
		cmocka_unit_test(it_is_not_taken_from_a_graph_that_runs),
	};

	return cmocka_run_group_tests_name("experiments", tests, setup, teardown);
}
