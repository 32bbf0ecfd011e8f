/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tenants use. Programs count from the beginning; what is used of late is the difference of
 * two readings, of which the daemon takes one at each refresh. So everybody who asks gets the same
 * answer, about the last half to whole second.
 */
#include <string.h>
#include <time.h>

#include "loader/runtime/account.h"
#include "loader/runtime/budget.h"
#include "loader/runtime/node_int.h"

#define add json_object_object_add
#define str json_object_new_string
#define num(v) json_object_new_int64((int64_t)(v))
#define real json_object_new_double

/* Readings closer than this say little. */
#define LEAST_NS 400000000ull

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static uint64_t handed(const struct sl_tenant_stats *s)
{
	return s->handed[0] + s->handed[1];
}

static uint64_t taken(const struct sl_tenant_stats *s)
{
	return s->taken[0] + s->taken[1];
}

/* The kernel tells nobody: what was handed over and not taken up is lost, or on its way. */
uint64_t node_use_queue(const struct sl_node *n, const struct tenant_rt *rt,
			const struct sl_tenant_stats *s)
{
	uint64_t gone = handed(s) - taken(s), most = sl_platform_thread_waiting(n->pf, rt->slot);
	uint64_t least = (int64_t)gone > (int64_t)most ? gone - most : 0;

	return rt->use.queue > least && rt->use.queue <= gone ? rt->use.queue : least;
}

static void note(struct sl_node *n, struct tenant_rt *rt, uint64_t now)
{
	struct node_use *u = &rt->use;
	struct sl_tenant_stats s;
	struct sl_delay delay;
	bool changed;

	if (now - u->now_ns < LEAST_NS || sl_platform_tenant_stats(n->pf, rt->slot, &s))
		return;
	/* Without samples there is no delay, either. */
	changed = !u->delay.begun || s.samples != u->now.samples;
	if (!changed || !sl_platform_tenant_delay(n->pf, rt->slot, &delay))
		sl_delay_look(&u->delay, changed ? &delay : NULL);
	u->then = u->now;
	u->then_ns = u->now_ns;
	u->now = s;
	u->now_ns = now;
	if (handed(&u->then) == handed(&s) && taken(&u->then) == taken(&s))
		u->queue = handed(&s) - taken(&s);
}

void node_use_note(struct sl_node *n)
{
	uint64_t now = now_ns();

	for (size_t i = 0; i < n->n_rts; i++)
		note(n, &n->rts[i], now);
}

/* Per second, of counters that may have begun anew. */
static double rate(const struct node_use *u, uint64_t then, uint64_t now)
{
	if (!u->then_ns || u->now_ns <= u->then_ns || now < then)
		return 0;
	return (double)(now - then) * 1e9 / (double)(u->now_ns - u->then_ns);
}

/* More digits than are known only confuse. */
static double rounded(double v, double step)
{
	return (double)(int64_t)(v / step + .5) * step;
}

static double cpu_percent(const struct node_use *u)
{
	return rate(u, u->then.cpu_ns, u->now.cpu_ns) / 1e7;
}

static double debt_s(const struct sl_account_left *left)
{
	double most = 0;

	for (int i = 0; i < SL_RES_N; i++)
		if (i != SL_RES_PROMISED && left->pay_s[i] > most)
			most = left->pay_s[i];
	return most;
}

void node_use_json(struct sl_node *n, const struct tenant_rt *rt, struct json_object *o)
{
	struct sl_account_left left;

	sl_account_read(n->pf, rt->slot, &left);
	if (rt->use.then_ns)
		add(o, "cpu_percent", real(rounded(cpu_percent(&rt->use), .01)));
	add(o, "debt_ms", real(rounded(debt_s(&left) * 1e3, .001)));
	sl_delay_json(rt->use.delay.packets, "delay_", o);
	add(o, "weight", num(sl_platform_tenants(n->pf)[rt->slot].weight));
	add(o, "quarantined", json_object_new_boolean(sl_account_quarantined(n->pf, rt->slot)));
}

/* ---- Budgets ---------------------------------------------------------------------------------*/

/* What is used of a limit, and what there is left of its bucket, in people's words. */
static void add_used(const struct node_use *u, const struct sl_account_left *left,
		     const struct sl_budget *b, enum sl_budget_key key, json_object *o)
{
	uint64_t in = u->now.packets + u->now.resumed - u->now.refused;
	uint64_t in_then = u->then.packets + u->then.resumed - u->then.refused;
	char used[48] = "", has[48] = "";
	int res = -1;

	switch (key) {
	case SL_BUDGET_CPU:
		res = SL_RES_CPU;
		snprintf(used, sizeof(used), "%.1f%%", cpu_percent(u));
		snprintf(has, sizeof(has), "%.3f ms", (double)left->left[res] / 1e6);
		break;
	case SL_BUDGET_CPU_MIN:
		res = SL_RES_PROMISED;
		snprintf(has, sizeof(has), "%.3f ms", (double)left->left[res] / 1e6);
		break;
	case SL_BUDGET_RX:
		res = SL_RES_RX;
		snprintf(used, sizeof(used), "%.3f Mbit/s",
			 rate(u, u->then.bytes, u->now.bytes) * 8 / 1e6);
		snprintf(has, sizeof(has), "%lld bytes",
			 (long long)(left->left[res] / (1 << SL_BYTES_SHIFT)));
		break;
	case SL_BUDGET_TX:
		res = SL_RES_TX;
		snprintf(used, sizeof(used), "%.3f Mbit/s",
			 rate(u, u->then.out_bytes, u->now.out_bytes) * 8 / 1e6);
		snprintf(has, sizeof(has), "%lld bytes",
			 (long long)(left->left[res] / (1 << SL_BYTES_SHIFT)));
		break;
	case SL_BUDGET_PPS:
		res = SL_RES_PPS;
		snprintf(used, sizeof(used), "%.0f/s", rate(u, in_then, in));
		snprintf(has, sizeof(has), "%lld packets",
			 (long long)(left->left[res] / (1 << SL_PPS_SHIFT)));
		break;
	default:
		break;
	}
	if (*used && u->then_ns)
		add(o, "used", str(used));
	if (*has && sl_budget_is_set(b, key))
		add(o, "left", str(has));
	if (res >= 0 && left->pay_s[res] > 0)
		add(o, "debt_ms", real(rounded(left->pay_s[res] * 1e3, .001)));
}

static json_object *limits_json(const struct tenant_rt *rt, const struct sl_budget *b, uint32_t set,
				const struct sl_account_left *left)
{
	json_object *a = json_object_new_array();
	char text[SL_BUDGET_TEXT];

	for (unsigned int k = 0; k < SL_BUDGET_N; k++) {
		enum sl_budget_key key = (enum sl_budget_key)k;
		json_object *o = json_object_new_object();
		bool given = sl_budget_is_set(b, key);

		add(o, "limit", str(sl_budget_key_name(key)));
		add(o, "value", str(sl_budget_text(b, key, text)));
		add(o, "source", str(set & 1u << k ? "set" : given ? "file" : "default"));
		if (rt)
			add_used(&rt->use, left, b, key, o);
		json_object_array_add(a, o);
	}
	return a;
}

static json_object *budget_json(struct sl_node *n, const struct sl_node_tenant *conf)
{
	const struct tenant_state *t = node_state_tenant(&n->st, conf->name);
	const struct tenant_rt *rt = node_rt(n, conf->name);
	json_object *o = json_object_new_object();
	struct sl_account_left left = {0};
	struct sl_tenant_stats s;

	add(o, "tenant", str(conf->name));
	if (rt && !sl_platform_tenant_stats(n->pf, rt->slot, &s)) {
		sl_account_read(n->pf, rt->slot, &left);
		node_use_json(n, rt, o);
		add(o, "cpu_ns", num(s.cpu_ns));
		add(o, "samples", num(s.samples));
		add(o, "overruns", num(s.overruns));
		add(o, "refused", num(s.refused));
	}
	add(o, "limits", limits_json(rt, &conf->budget, t ? t->budget_set : 0, &left));
	return o;
}

struct json_object *sl_node_budgets(struct sl_node *n, const char *tenant)
{
	json_object *a = json_object_new_array();

	for (size_t i = 0; i < n->st.config->n_tenants; i++)
		if (!tenant || !strcmp(tenant, n->st.config->tenants[i].name))
			json_object_array_add(a, budget_json(n, &n->st.config->tenants[i]));
	return a;
}
