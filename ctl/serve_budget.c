// SPDX-License-Identifier: GPL-2.0-only
/* Requests about budgets, and about tenants that cost more than they declared. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/protocol.h"
#include "ctl/serve.h"
#include "loader/mem.h"

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return v;
}

/* ---- Changing --------------------------------------------------------------------------------*/

int ctl_serve_budget_set(struct ctl_serve *s)
{
	struct json_object *list = member(s->args, "limit=value");
	size_t n = list ? json_object_array_length(list) : 0;
	_free_ const char **values = calloc(n + 1, sizeof(*values));

	_free_ char *text = NULL;
	size_t len;
	FILE *f = values ? open_memstream(&text, &len) : NULL;

	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		values[i] = json_object_get_string(json_object_array_get_idx(list, i));
		fprintf(f, "%s%s", i ? " " : "", values[i]);
	}
	if (fclose(f))
		return -ENOMEM;
	/* For the log. */
	json_object_object_add(s->args, "limits", json_object_new_string(text));
	json_object_object_add(s->result, "tenant", json_object_new_string(s->tenant));
	return s->ops->budget_set(s->node, s->tenant, values, n, &s->diags, s->result);
}

int ctl_serve_tenant_release(struct ctl_serve *s)
{
	json_object_object_add(s->result, "tenant", json_object_new_string(s->tenant));
	return s->ops->release(s->node, s->tenant, &s->diags);
}

/* ---- Showing ---------------------------------------------------------------------------------*/

/* A tenant's limits go to `to`, each with the tenant's name; of all tenants, those that are given.
 */
static void move_limits(struct json_object *tenant, bool all, struct json_object *to)
{
	struct json_object *list = member(tenant, "limits");
	const char *name = ctl_arg_text(tenant, "tenant");

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *from = json_object_array_get_idx(list, i);
		const char *source = ctl_arg_text(from, "source");
		struct json_object *row;

		if (!all && source && !strcmp(source, "default"))
			continue;
		row = json_object_new_object();
		json_object_object_add(row, "tenant", json_object_new_string(name));
		json_object_object_foreach (from, key, v)
			json_object_object_add(row, key, json_object_get(v));
		json_object_array_add(to, row);
	}
	json_object_object_del(tenant, "limits");
}

int ctl_serve_budget_show(struct ctl_serve *s)
{
	struct json_object *limits = json_object_new_array(), *rows;
	int ret = ctl_serve_rows(s, "tenants", "tenant", s->ops->budgets(s->node, s->tenant));

	if (ret || !limits) {
		json_object_put(limits);
		return ret ? ret : -ENOMEM;
	}
	rows = member(s->result, "tenants");
	for (size_t i = 0; i < json_object_array_length(rows); i++)
		move_limits(json_object_array_get_idx(rows, i), s->tenant, limits);
	json_object_object_add(s->result, "limits", limits);
	return 0;
}
