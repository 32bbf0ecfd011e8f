/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes chosen, and changed at run time. Programs are of one class for as long as they live, so a
 * tenant changes it with a new generation of the same graph, as with an install: what was on its
 * way when packets begin to enter that runs out in the old one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/node_int.h"

void node_class_choose(const struct sl_node *n, const struct sl_node_config *config,
		       const struct sl_node_tenant *conf, const struct sl_compiled *c,
		       struct sl_class_choice *out)
{
	sl_class_choose(conf, config, &n->cost, c->bundle->dear_ns, out);
}

bool node_class_running(const struct sl_node *n, const struct sl_node_config *config,
			const struct sl_node_tenant *conf, struct sl_class_choice *out)
{
	const struct tenant_rt *rt = node_rt((struct sl_node *)n, conf->name);

	if (!rt || !rt->run)
		return false;
	node_class_choose(n, config, conf, rt->run->compiled, out);
	return true;
}

bool node_class_same(const struct sl_node *n, const struct node_state *next, const char *tenant)
{
	const struct sl_node_tenant *conf = sl_node_config_tenant(next->config, tenant);
	const struct tenant_state *t = node_state_tenant(next, tenant);
	struct sl_class_choice c;

	return !t || !t->gen || !conf || !node_class_running(n, next->config, conf, &c) ||
	       c.thread == t->thread;
}

struct json_object *node_class_admission(const struct sl_node *n, const struct sl_node_config *c)
{
	_free_ uint32_t *ns = calloc(c->n_tenants + 1, sizeof(*ns));

	if (!ns)
		return NULL;
	for (size_t i = 0; i < c->n_tenants; i++) {
		struct sl_class_choice choice;

		if (node_class_running(n, c, &c->tenants[i], &choice) && !choice.thread)
			ns[i] = sl_class_part_ns(&c->tenants[i], c, &n->cost, false);
	}
	return sl_admission_json(c, &n->capacity, ns, sl_class_platform_ns(&n->cost));
}

/* ---- Changing --------------------------------------------------------------------------------*/

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

int node_class_commit(struct sl_node *n, struct node_state *next, const char *tenant,
		      struct sl_diags *d)
{
	bool other = !node_class_same(n, next, tenant), has_back = false;
	struct sl_submission back = {0};
	int ret = other ? prepare(n, next, tenant, &back, &has_back, d) : 0;

	if (ret)
		node_state_free(next);
	else
		ret = node_commit(n, next, tenant, d);
	if (!ret && other)
		node_graph_keep_way_back(n, tenant, has_back ? &back : NULL);
	sl_submission_free(&back);
	return ret;
}

static int class_of(const char *name, enum sl_tenant_class *out)
{
	if (!strcmp(name, "auto"))
		*out = SL_CLASS_NONE;
	else if (!strcmp(name, "inline"))
		*out = SL_CLASS_INLINE;
	else if (!strcmp(name, "thread"))
		*out = SL_CLASS_THREAD;
	else
		return -EINVAL;
	return 0;
}

int sl_node_class(struct sl_node *n, const char *tenant, const char *class, struct sl_diags *d)
{
	enum sl_tenant_class wanted;
	struct node_state next;
	int ret;

	if (!node_state_tenant(&n->st, tenant)) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-tenant", "there is no tenant '%s'", tenant),
			     "`sluicectl tenant list` shows those there are");
		return -ENOENT;
	}
	if (class_of(class, &wanted)) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "class", "'%s' is no class", class),
			     "inline, thread or auto");
		return -EINVAL;
	}
	ret = node_state_clone_config(&n->st, &next);
	if (ret)
		return ret;
	tenant_of(&next, tenant)->class = wanted;
	return node_class_commit(n, &next, tenant, d);
}
