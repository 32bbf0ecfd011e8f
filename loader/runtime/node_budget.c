/* SPDX-License-Identifier: GPL-2.0-only */
/* Budgets changed at run time, quarantine, and what busy CPUs are told by. */
#include <errno.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/account.h"
#include "loader/runtime/budget.h"
#include "loader/runtime/node_int.h"
#include "loader/runtime/platform.h"

static int no_tenant(struct sl_diags *d, const char *name)
{
	sl_diag_hint(sl_error(d, SL_NOPOS, "no-tenant", "there is no tenant '%s'", name),
		     "`sluicectl tenant list` shows those there are");
	return -ENOENT;
}

/* ---- Changing --------------------------------------------------------------------------------*/

static struct sl_budget *budget_of(struct node_state *st, const char *tenant)
{
	for (size_t i = 0; i < st->config->n_tenants; i++)
		if (!strcmp(st->config->tenants[i].name, tenant))
			return &st->config->tenants[i].budget;
	return NULL;
}

static void note_tables(struct sl_diags *d, const char *tenant, uint32_t keys)
{
	if (keys & 1u << SL_BUDGET_MAP_ENTRIES)
		sl_note(d, SL_NOPOS, "budget",
			"the graph that %s runs keeps its tables; the next one is held against "
			"map_entries",
			tenant);
}

int sl_node_budget_set(struct sl_node *n, const char *tenant, const char *const *values,
		       size_t n_values, struct sl_diags *d, struct json_object *result)
{
	const struct sl_node_tenant *conf = node_conf(n, tenant);
	struct sl_node_tenant whose = {.name = (char *)tenant};
	struct tenant_state *t;
	struct node_state next;
	_free_ char *text = NULL;
	uint32_t keys, differ;
	int ret;

	if (!conf)
		return no_tenant(d, tenant);
	ret = sl_budget_change(&conf->budget, values, n_values, d, &whose.budget, &keys);
	if (ret)
		return ret;
	differ = sl_budget_differ(&conf->budget, &whose.budget);
	text = sl_budget_changes(&conf->budget, &whose.budget, differ, 0);
	if (!text)
		return -ENOMEM;
	ret = node_state_clone_config(&n->st, &next);
	if (ret)
		return ret;
	*budget_of(&next, tenant) = whose.budget;
	t = node_state_tenant(&next, tenant);
	if (t)
		t->budget_set |= keys;
	ret = sl_admission(next.config, n->st.config, &n->capacity, &whose, d);
	if (!ret && differ & 1u << SL_BUDGET_MEMORY)
		ret = node_memory_fits(n, tenant, whose.budget.memory_bytes, SL_NOPOS, d);
	if (ret) {
		node_state_free(&next);
		return ret;
	}
	ret = node_class_commit(n, &next, tenant, d);
	if (ret)
		return ret;
	note_tables(d, tenant, differ);
	json_object_object_add(result, "changed",
			       json_object_new_string(*text ? text : "nothing: it was so"));
	return 0;
}

/* ---- Quarantine ------------------------------------------------------------------------------*/

int sl_node_release(struct sl_node *n, const char *tenant, struct sl_diags *d)
{
	struct tenant_rt *rt = node_rt(n, tenant);

	if (!rt)
		return no_tenant(d, tenant);
	if (!sl_account_quarantined(n->pf, rt->slot)) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-quarantine",
				      "tenant '%s' is in no quarantine", tenant),
			     "`sluicectl tenant list` shows which are");
		return -ENOENT;
	}
	sl_account_release(n->pf, rt->slot);
	rt->convicted = false;
	return 0;
}

static void tell(struct sl_node *n, const struct tenant_rt *rt,
		 void (*fn)(void *arg, const char *tenant, const char *why), void *arg)
{
	uint32_t bound = sl_platform_tenants(n->pf)[rt->slot].bound_ns;
	const struct sl_node_tenant *conf = node_conf(n, rt->name);
	struct sl_tenant_stats s = {0};
	char why[160];

	sl_platform_tenant_stats(n->pf, rt->slot, &s);
	snprintf(why, sizeof(why), "%llu of %llu packets measured took longer than the %u ns %s",
		 (unsigned long long)s.overruns, (unsigned long long)s.samples, bound,
		 conf && conf->budget.ns_per_packet ? "declared (ns_per_packet)"
						    : "that the node allows (max_delay_us)");
	fn(arg, rt->name, why);
}

void sl_node_convicted(struct sl_node *n,
		       void (*fn)(void *arg, const char *tenant, const char *why), void *arg)
{
	for (size_t i = 0; i < n->n_rts; i++) {
		struct tenant_rt *rt = &n->rts[i];
		bool is = sl_account_quarantined(n->pf, rt->slot);

		if (is && !rt->convicted)
			tell(n, rt, fn, arg);
		rt->convicted = is;
	}
}

/* ---- Busy CPUs -------------------------------------------------------------------------------*/

/* A tenant alone shares with nobody. That CPUs are not to be seen is no error: what is charged says
 * then alone which are busy. */
void sl_node_spare(struct sl_node *n)
{
	struct sl_node_conf *conf = sl_platform_node_conf(n->pf);

	if (n->n_rts > 1)
		sl_spare_look(&n->spare, conf->spare);
}
