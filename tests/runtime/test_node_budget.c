/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Budgets of a node that runs, without traffic: admission, limits set at run time and what a node
 * file says to them, killed at every step; quarantine. Needs root; everything is in namespaces of
 * its own.
 */
#include <signal.h>
#include <sys/wait.h>

#include "loader/runtime/account.h"
#include "loader/runtime/budget.h"
#include "loader/runtime/fault.h"
#include "tests/runtime/one_node.h"

#define NODE                                                                                       \
	"tenants:\n"                                                                               \
	"  - name: red\n"                                                                          \
	"    budget: {cpu: 50%, cpu_min: 10%, pps: 1000, ns_per_packet: 500}\n"                    \
	"  - name: blue\n"                                                                         \
	"    budget: {cpu_min: 20%}\n"

static struct sl_account *account_of(struct sl_node *n, const char *tenant)
{
	return &sl_platform_accounts(n->pf)[node_rt(n, tenant)->slot];
}

static const struct sl_budget *budget_of(struct sl_node *n, const char *tenant)
{
	return &node_conf(n, tenant)->budget;
}

static int set(struct sl_node *n, const char *tenant, const char *value, char **changed)
{
	json_object *result = json_object_new_object(), *v;
	struct sl_diags d = {0};
	int ret = sl_node_budget_set(n, tenant, &value, 1, &d, result);

	if (changed)
		*changed = strdup(ret ? d.list[0].message
				  : json_object_object_get_ex(result, "changed", &v)
					  ? json_object_get_string(v)
					  : "");
	json_object_put(result);
	sl_diags_free(&d);
	return ret;
}

/* The changes of a node file as "ACTION OBJECT NAME DETAIL; ", or the first message. */
static int apply(struct sl_node *n, const char *text, bool dry_run, char **out)
{
	json_object *changes = json_object_new_array();
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};
	size_t len;
	FILE *f = open_memstream(out, &len);
	int ret;

	must(sl_node_config_parse(text, strlen(text), "node.yaml", "", &d, &c), &d);
	ret = sl_node_apply(n, c, dry_run, &d, changes);
	for (size_t i = 0; !ret && i < json_object_array_length(changes); i++) {
		json_object_object_foreach (json_object_array_get_idx(changes, i), key, v) {
			(void)key;
			fprintf(f, "%s ", json_object_get_string(v));
		}
		fputs("; ", f);
	}
	if (ret && d.n)
		fprintf(f, "%s:%u:%u: %s", d.list[0].file, d.list[0].line, d.list[0].col,
			d.list[0].message);
	fclose(f);
	json_object_put(changes);
	sl_diags_free(&d);
	return ret;
}

/* Of a limit, what `budget show` says: "VALUE SOURCE". */
static char *shown(struct sl_node *n, const char *tenant, enum sl_budget_key key)
{
	json_object *a = sl_node_budgets(n, tenant), *limits, *value, *source;
	char *text = NULL;

	assert_int_equal(json_object_array_length(a), 1);
	assert_true(json_object_object_get_ex(json_object_array_get_idx(a, 0), "limits", &limits));
	limits = json_object_array_get_idx(limits, key);
	assert_true(json_object_object_get_ex(limits, "value", &value));
	assert_true(json_object_object_get_ex(limits, "source", &source));
	assert_true(asprintf(&text, "%s %s", json_object_get_string(value),
			     json_object_get_string(source)) > 0);
	json_object_put(a);
	return text;
}

static void assert_shown(struct sl_node *n, enum sl_budget_key key, const char *want)
{
	_free_ char *text = shown(n, "red", key);

	assert_string_equal(text, want);
}

/* ---- Run time and file -----------------------------------------------------------------------*/

static void limits_set_hold_at_once_and_stay(void **state)
{
	_free_ char *changed = NULL;
	struct sl_account_left debt;
	struct sl_node *n;
	int64_t left;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	apply_text(n, NODE);
	assert_int_equal(account_of(n, "red")->tokens[SL_RES_CPU].rate, (1 << 20) / 2);
	assert_int_equal(account_of(n, "red")->tokens[SL_RES_RX].rate, 0);
	/* A debt is not forgiven when the limit changes. */
	account_of(n, "red")->tokens[SL_RES_CPU].left = -5000000000;
	assert_int_equal(set(n, "red", "cpu=25%", &changed), 0);
	assert_string_equal(changed, "cpu 50% -> 25%");
	assert_int_equal(account_of(n, "red")->tokens[SL_RES_CPU].rate, (1 << 20) / 4);
	left = account_of(n, "red")->tokens[SL_RES_CPU].left;
	assert_int_equal(left, -5000000000);
	/* What is shown of it has what time has paid back: eight seconds at most, at a packet. */
	account_of(n, "red")->filled_ns = 0;
	sl_account_read(n->pf, node_rt(n, "red")->slot, &debt);
	assert_int_equal(debt.left[SL_RES_CPU], left + (1ll << (20 + SL_BURST_SHIFT)) / 4);
	assert_true(debt.pay_s[SL_RES_CPU] > 11.4 && debt.pay_s[SL_RES_CPU] < 11.42);
	assert_true(debt.pay_s[SL_RES_PPS] <= 0);
	assert_int_equal(set(n, "red", "rx=8Mbit", NULL), 0);
	assert_true(account_of(n, "red")->tokens[SL_RES_RX].rate > 0);
	assert_int_equal(set(n, "red", "pps=none", NULL), 0);
	assert_int_equal(account_of(n, "red")->tokens[SL_RES_PPS].rate, 0);
	assert_int_equal(budget_of(n, "blue")->cpu_min_milli, 200);
	sl_node_close(n);
	n = open_node();
	assert_int_equal(account_of(n, "red")->tokens[SL_RES_CPU].rate, (1 << 20) / 4);
	assert_int_equal(account_of(n, "red")->tokens[SL_RES_CPU].left, left);
	assert_shown(n, SL_BUDGET_CPU, "25% set");
	assert_shown(n, SL_BUDGET_CPU_MIN, "10% file");
	assert_shown(n, SL_BUDGET_RX, "8Mbit set");
	assert_shown(n, SL_BUDGET_PPS, "none set");
	assert_shown(n, SL_BUDGET_WEIGHT, "100 default");
	assert_shown(n, SL_BUDGET_MEMORY, "none default");
	sl_node_close(n);
}

static void a_file_says_what_it_overrides(void **state)
{
	_free_ char *dry = NULL, *wet = NULL, *again = NULL;
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = open_node();
	apply_text(n, NODE);
	assert_int_equal(set(n, "red", "cpu=25%", NULL), 0);
	assert_int_equal(set(n, "red", "weight=300", NULL), 0);
	/* What is set to what the file has is its own again, too. */
	assert_int_equal(set(n, "red", "pps=1000", NULL), 0);
	assert_int_equal(apply(n, NODE, true, &dry), 0);
	assert_string_equal(dry, "change budget red cpu 25% (set at run time) -> 50%, "
				 "weight 300 (set at run time) -> 100, "
				 "pps 1000 (set at run time) -> 1000 ; ");
	assert_shown(n, SL_BUDGET_CPU, "25% set");
	assert_int_equal(apply(n, NODE, false, &wet), 0);
	assert_string_equal(wet, dry);
	assert_shown(n, SL_BUDGET_CPU, "50% file");
	assert_shown(n, SL_BUDGET_PPS, "1000 file");
	assert_int_equal(account_of(n, "red")->tokens[SL_RES_CPU].rate, (1 << 20) / 2);
	assert_int_equal(apply(n, NODE, false, &again), 0);
	assert_string_equal(again, "");
	sl_node_close(n);
}

/* ---- Admission -------------------------------------------------------------------------------*/

/* Two CPUs, whatever the machine has. */
static struct sl_node *open_two(void)
{
	struct sl_node *n = open_node();

	n->capacity.cpus = 2;
	return n;
}

static void more_promises_than_cpus_are_refused(void **state)
{
	static const char too_much[] = "tenants:\n"
				       "  - name: red\n"
				       "    budget: {cpu_min: 100%}\n"
				       "  - name: blue\n"
				       "    budget:\n"
				       "      weight: 5\n"
				       "      cpu_min: 81%\n";
	_free_ char *why = NULL, *set_why = NULL;
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = open_two();
	apply_text(n, NODE);
	assert_int_equal(apply(n, too_much, false, &why), -EINVAL);
	assert_string_equal(why, "node.yaml:7:16: more CPU is promised than there is: promised: "
				 "red 100% + blue 81% = 181% of 2 CPUs less 10% reserve each = "
				 "180%");
	assert_int_equal(budget_of(n, "red")->cpu_min_milli, 100);
	assert_int_equal(budget_of(n, "blue")->weight, 100);
	assert_int_equal(set(n, "blue", "cpu_min=170%", NULL), 0);
	assert_int_equal(set(n, "blue", "cpu_min=170.1%", &set_why), -EINVAL);
	assert_non_null(strstr(set_why, "red 10% + blue 170.1% = 180.1% of 2 CPUs"));
	assert_int_equal(budget_of(n, "blue")->cpu_min_milli, 1700);
	assert_int_equal(account_of(n, "blue")->tokens[SL_RES_PROMISED].rate, (1700 << 20) / 1000);
	sl_node_close(n);
}

static int add_green(struct sl_node *n, const char *budget, struct sl_diags *d)
{
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *c = NULL;
	_free_ char *text = NULL;

	assert_true(asprintf(&text, "tenants:\n  - name: green\n    budget: {%s}\n", budget) > 0);
	must(sl_node_config_parse(text, strlen(text), "green.yaml", "", d, &c), d);
	return sl_node_tenant_add(n, sl_node_config_tenant(c, "green"), d);
}

static void a_tenant_is_added_only_if_its_promise_fits(void **state)
{
	struct sl_diags d = {0};
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = open_two();
	apply_text(n, NODE);
	assert_int_equal(add_green(n, "cpu_min: 151%", &d), -EINVAL);
	assert_string_equal(d.list[0].file, "green.yaml");
	assert_int_equal(d.list[0].line, 3);
	assert_non_null(strstr(d.list[0].message, "red 10% + blue 20% + green 151% = 181%"));
	assert_null(node_conf(n, "green"));
	sl_diags_free(&d);
	memset(&d, 0, sizeof(d));
	must(add_green(n, "cpu_min: 150%", &d), &d);
	assert_int_equal(account_of(n, "green")->tokens[SL_RES_PROMISED].rate, (1500 << 20) / 1000);
	must(sl_node_tenant_remove(n, "green", &d), &d);
	sl_diags_free(&d);
	sl_node_close(n);
}

/* A daemon that starts with fewer CPUs keeps the node as it is, and says so. */
static void fewer_cpus_are_a_warning_at_start(void **state)
{
	_free_ char *dir = NULL;
	struct sl_node_opts opts = {.no_sandbox = true, .cpus = 1, .cache_dir = ""};
	struct sl_diags d = {0};
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = open_two();
	apply_text(n, NODE);
	assert_int_equal(set(n, "blue", "cpu_min=160%", NULL), 0);
	sl_node_close(n);
	assert_true(asprintf(&dir, "%s/state", work) > 0);
	opts.state_dir = dir;
	must(sl_node_open(&opts, &d, &n), &d);
	assert_int_equal(d.errors, 0);
	assert_int_equal(d.warnings, 1);
	/* Behind notes on the host, if there are any. */
	assert_non_null(strstr(d.list[d.n - 1].message, "= 170% of 1 CPU less 10% reserve = 90%"));
	assert_int_equal(budget_of(n, "blue")->cpu_min_milli, 1600);
	sl_diags_free(&d);
	/* Less is heard, more is not. */
	assert_int_equal(set(n, "blue", "cpu_min=150%", NULL), 0);
	assert_int_equal(set(n, "blue", "cpu_min=151%", NULL), -EINVAL);
	assert_int_equal(set(n, "blue", "weight=3", NULL), 0);
	sl_node_close(n);
}

/* ---- Killed at every step --------------------------------------------------------------------*/

/* What disk and kernel have of red's budget. */
static char *state_now(void)
{
	struct sl_node *n = open_two();
	const struct sl_account *a = account_of(n, "red");
	char *text = NULL, *cpu = shown(n, "red", SL_BUDGET_CPU);

	assert_true(asprintf(&text, "%s, rate %llu, weight %u", cpu,
			     (unsigned long long)a->tokens[SL_RES_CPU].rate,
			     sl_platform_tenants(n->pf)[node_rt(n, "red")->slot].weight) > 0);
	free(cpu);
	sl_node_close(n);
	return text;
}

static void prepare(void)
{
	struct sl_node *n = open_two();

	apply_text(n, NODE);
	sl_node_close(n);
}

static bool killed(unsigned int at)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		static const char *const values[] = {"cpu=33%", "weight=7"};
		json_object *result = json_object_new_object();
		struct sl_node *n = open_two();
		struct sl_diags d = {0};

		sl_fault_at(at);
		_exit(sl_node_budget_set(n, "red", values, 2, &d, result) ? 4 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return true;
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

static void killed_at_any_step_it_is_the_old_or_the_new(void **state)
{
	_free_ char *before = NULL, *after = NULL;
	unsigned int at, old = 0;

	(void)state;
	NEEDS_ROOT();
	prepare();
	before = state_now();
	assert_false(killed(0));
	after = state_now();
	assert_string_equal(before, "50% file, rate 524288, weight 100");
	assert_string_equal(after, "33% set, rate 346030, weight 7");
	for (at = 1; at < 100; at++) {
		_free_ char *now = NULL;
		bool was;

		prepare();
		was = killed(at);
		now = state_now();
		if (strcmp(now, before) && strcmp(now, after))
			fail_msg("killed at step %u: %s", at, now);
		old += !strcmp(now, before);
		if (!was)
			break;
	}
	print_message("killed at steps up to %u, %u of them before it was decided\n", at - 1, old);
	assert_true(at > 2 && at < 100 && old > 0);
}

/* ---- Quarantine ------------------------------------------------------------------------------*/

static void on_convicted(void *arg, const char *tenant, const char *why)
{
	char *text = arg;

	snprintf(text + strlen(text), 200, "%s: %s; ", tenant, why);
}

static const char *state_of(struct sl_node *n, char *buf, size_t size)
{
	json_object *a = sl_node_tenants(n, "red"), *v;

	assert_true(json_object_object_get_ex(json_object_array_get_idx(a, 0), "state", &v));
	snprintf(buf, size, "%s", json_object_get_string(v));
	json_object_put(a);
	return buf;
}

static void quarantine_is_told_once_and_survives_until_released(void **state)
{
	struct sl_submission s = one_graph("FromDevice(eth0) -> Discard;");
	char text[512] = "", buf[32];
	struct sl_diags d = {0};
	struct sl_node *n;

	(void)state;
	NEEDS_ROOT();
	n = open_two();
	apply_text(n, "tenants:\n  - name: red\n    budget: {ns_per_packet: 500}\n"
		      "    links: [{device: eth0, local: 192.0.2.1, remote: 192.0.2.2}]\n");
	must(sl_node_install(n, "red", &s, &d, NULL), &d);
	assert_int_equal(sl_node_release(n, "red", &d), -ENOENT);
	assert_int_equal(sl_node_release(n, "pink", &d), -ENOENT);
	assert_string_equal(state_of(n, buf, sizeof(buf)), "running");
	sl_node_convicted(n, on_convicted, text);
	assert_string_equal(text, "");
	/* As the trusted program does it. */
	sl_platform_tenants(n->pf)[node_rt(n, "red")->slot].quarantined = 1;
	sl_node_convicted(n, on_convicted, text);
	assert_string_equal(text, "red: 0 of 0 packets measured took longer than the 500 ns "
				  "declared (ns_per_packet); ");
	sl_node_convicted(n, on_convicted, text);
	assert_null(strstr(text, "; red"));
	assert_string_equal(state_of(n, buf, sizeof(buf)), "quarantined");
	/* Neither a daemon that starts again nor other changes of the budget end it. */
	sl_node_close(n);
	n = open_two();
	assert_int_equal(set(n, "red", "cpu=5%", NULL), 0);
	assert_string_equal(state_of(n, buf, sizeof(buf)), "quarantined");
	text[0] = 0;
	sl_node_convicted(n, on_convicted, text);
	assert_non_null(strstr(text, "red: "));
	sl_diags_free(&d);
	memset(&d, 0, sizeof(d));
	must(sl_node_release(n, "red", &d), &d);
	assert_string_equal(state_of(n, buf, sizeof(buf)), "running");
	assert_false(sl_account_quarantined(n->pf, node_rt(n, "red")->slot));
	sl_node_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_set_hold_at_once_and_stay),
		cmocka_unit_test(a_file_says_what_it_overrides),
		cmocka_unit_test(more_promises_than_cpus_are_refused),
		cmocka_unit_test(a_tenant_is_added_only_if_its_promise_fits),
		cmocka_unit_test(fewer_cpus_are_a_warning_at_start),
		cmocka_unit_test(killed_at_any_step_it_is_the_old_or_the_new),
		cmocka_unit_test(quarantine_is_told_once_and_survives_until_released),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
