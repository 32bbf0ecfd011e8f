/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes changed at run time. Programs are of one class for as long as they live, so a tenant
 * changes it with a new generation of the same graph, as with an install: what was on its way when
 * packets begin to enter that runs out in the old one.
 */
#include <errno.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/node_int.h"

static struct sl_node_tenant *tenant_of(struct node_state *st, const char *tenant)
{
	for (size_t i = 0; i < st->config->n_tenants; i++)
		if (!strcmp(st->config->tenants[i].name, tenant))
			return &st->config->tenants[i];
	return NULL;
}

/* The running graph once more, of the class the next state says; and the one to go back to. */
static int prepare(struct sl_node *n, struct node_state *next, const char *tenant,
		   struct sl_submission *back, bool *has_back, struct sl_diags *d)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	struct sl_submission s = {0};
	int ret = node_graph_submission(n, tenant, t->gen, &s);

	if (ret) {
		sl_error(d, SL_NOPOS, "graph", "tenant %s: its graph cannot be read: %s", tenant,
			 strerror(-ret));
		return ret;
	}
	*has_back = t->prev && !node_graph_submission(n, tenant, t->prev, back);
	ret = node_graph_prepare(n, next, tenant, &s, NULL, d, NULL);
	sl_submission_free(&s);
	return ret;
}

int sl_node_class(struct sl_node *n, const char *tenant, const char *class, struct sl_diags *d)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	bool thread = !strcmp(class, "thread"), has_back = false, other;
	struct sl_submission back = {0};
	struct node_state next;
	int ret;

	if (!t) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-tenant", "there is no tenant '%s'", tenant),
			     "`sluicectl tenant list` shows those there are");
		return -ENOENT;
	}
	if (!thread && strcmp(class, "inline") != 0) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "class", "'%s' is no class", class),
			     "inline or thread");
		return -EINVAL;
	}
	ret = node_state_clone_config(&n->st, &next);
	if (ret)
		return ret;
	tenant_of(&next, tenant)->class = thread ? SL_CLASS_THREAD : SL_CLASS_INLINE;
	other = t->gen && t->thread != thread;
	if (other)
		ret = prepare(n, &next, tenant, &back, &has_back, d);
	if (ret)
		node_state_free(&next);
	else
		ret = node_commit(n, &next, tenant, d);
	if (!ret && other)
		node_graph_keep_way_back(n, tenant, has_back ? &back : NULL);
	sl_submission_free(&back);
	return ret;
}
