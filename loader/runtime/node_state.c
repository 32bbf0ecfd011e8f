/* SPDX-License-Identifier: GPL-2.0-only */
/* The wanted state: in memory, as JSON. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/budget.h"
#include "loader/runtime/node_int.h"

/* 1 had no changes beside it (node_disk.c). */
#define STATE_VERSION 2
#define PLAIN (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/* ---- In memory -------------------------------------------------------------------------------*/

int node_state_init(struct node_state *st)
{
	static const char empty[] = "{}";
	struct sl_diags d = {0};
	int ret;

	memset(st, 0, sizeof(*st));
	ret = sl_node_config_parse(empty, strlen(empty), "state", "", &d, &st->config);
	sl_diags_free(&d);
	return ret;
}

void node_state_free(struct node_state *st)
{
	sl_node_config_free(st->config);
	free(st->tenants);
	memset(st, 0, sizeof(*st));
}

int node_state_clone(const struct node_state *st, struct node_state *out)
{
	struct node_state copy = {.config = sl_node_config_share(st->config)};

	copy.tenants = calloc(st->n_tenants + 1, sizeof(*copy.tenants));
	if (!copy.tenants) {
		node_state_free(&copy);
		return -ENOMEM;
	}
	if (st->n_tenants)
		memcpy(copy.tenants, st->tenants, st->n_tenants * sizeof(*copy.tenants));
	copy.n_tenants = st->n_tenants;
	copy.cap_tenants = st->n_tenants + 1;
	*out = copy;
	return 0;
}

int node_state_clone_config(const struct node_state *st, struct node_state *out)
{
	struct node_state copy = {0};
	int ret = node_state_clone(st, &copy);

	if (ret)
		return ret;
	sl_node_config_free(TAKE_PTR(copy.config));
	ret = sl_node_config_copy(st->config, &copy.config);
	if (ret)
		node_state_free(&copy);
	else
		*out = copy;
	return ret;
}

struct tenant_state *node_state_tenant(const struct node_state *st, const char *name)
{
	for (size_t i = 0; i < st->n_tenants; i++)
		if (!strcmp(st->tenants[i].name, name))
			return &st->tenants[i];
	return NULL;
}

int node_state_add(struct node_state *st, const char *name, struct tenant_state **out)
{
	struct tenant_state *t;

	if (SL_GROW(st->tenants, st->n_tenants, st->cap_tenants))
		return -ENOMEM;
	t = &st->tenants[st->n_tenants++];
	memset(t, 0, sizeof(*t));
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->active = true;
	t->slot = UINT32_MAX; /* none yet */
	*out = t;
	return 0;
}

void node_state_del(struct node_state *st, const char *name)
{
	struct tenant_state *t = node_state_tenant(st, name);

	if (t)
		*t = st->tenants[--st->n_tenants];
}

/* ---- As JSON ---------------------------------------------------------------------------------*/

json_object *node_state_tenant_json(const struct tenant_state *t)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(t->name));
	json_object_object_add(o, "slot", json_object_new_int64(t->slot));
	json_object_object_add(o, "head", json_object_new_int64(t->head));
	json_object_object_add(o, "gen", json_object_new_int64(t->gen));
	json_object_object_add(o, "prev", json_object_new_int64(t->prev));
	json_object_object_add(o, "last", json_object_new_int64(t->last));
	json_object_object_add(o, "active", json_object_new_boolean(t->active));
	json_object_object_add(o, "thread", json_object_new_boolean(t->thread));
	json_object_object_add(o, "prev_thread", json_object_new_boolean(t->prev_thread));
	if (t->budget_set)
		json_object_object_add(o, "budget_set", sl_budget_keys_json(t->budget_set));
	return o;
}

json_object *node_state_json(const struct node_state *st)
{
	json_object *o = json_object_new_object(), *a = json_object_new_array();

	json_object_object_add(o, "version", json_object_new_int(STATE_VERSION));
	json_object_object_add(o, "config", sl_node_config_json(st->config));
	for (size_t i = 0; i < st->n_tenants; i++)
		json_object_array_add(a, node_state_tenant_json(&st->tenants[i]));
	json_object_object_add(o, "tenants", a);
	return o;
}

static int64_t number(json_object *o, const char *key)
{
	json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : 0;
}

static int tenant_from_json(json_object *o, struct node_state *st)
{
	struct tenant_state *t;
	json_object *v;
	int ret;

	if (!json_object_object_get_ex(o, "name", &v))
		return -EBADMSG;
	ret = node_state_add(st, json_object_get_string(v), &t);
	if (ret)
		return ret;
	t->slot = (uint32_t)number(o, "slot");
	t->head = (uint32_t)number(o, "head");
	t->gen = (uint32_t)number(o, "gen");
	t->prev = (uint32_t)number(o, "prev");
	t->last = (uint32_t)number(o, "last");
	t->active = number(o, "active") != 0;
	t->thread = number(o, "thread") != 0;
	t->prev_thread = number(o, "prev_thread") != 0;
	if (json_object_object_get_ex(o, "budget_set", &v) &&
	    json_object_is_type(v, json_type_array))
		t->budget_set = sl_budget_keys_from_json(v);
	return t->slot < SL_MAX_TENANTS ? 0 : -EBADMSG;
}

int node_state_from_json(json_object *o, struct sl_diags *d, struct node_state *st)
{
	json_object *config, *a;
	const char *text;
	size_t len = 0;
	int ret;

	memset(st, 0, sizeof(*st));
	if (number(o, "version") < 1 || number(o, "version") > STATE_VERSION ||
	    !json_object_object_get_ex(o, "config", &config) ||
	    !json_object_object_get_ex(o, "tenants", &a))
		return -EBADMSG;
	text = json_object_to_json_string_length(config, PLAIN, &len);
	ret = text ? sl_node_config_parse(text, len, "state", "", d, &st->config) : -ENOMEM;
	for (size_t i = 0; !ret && i < json_object_array_length(a); i++)
		ret = tenant_from_json(json_object_array_get_idx(a, i), st);
	if (ret)
		node_state_free(st);
	return ret;
}
