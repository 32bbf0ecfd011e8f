/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations on ports and tenants: each makes the next state and commits it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loader/mem.h"
#include "loader/runtime/node_int.h"

static int no_tenant(struct sl_diags *d, const char *name)
{
	sl_diag_hint(sl_error(d, SL_NOPOS, "no-tenant", "there is no tenant '%s'", name),
		     "`sluicectl tenant list` shows those there are");
	return -ENOENT;
}

/* ---- The next state's node file --------------------------------------------------------------*/

/* The config as JSON, to be changed and parsed again: one way in for files and operations. */
static int with_config(struct node_state *next, json_object *config, struct sl_diags *d)
{
	struct sl_node_config *c = NULL;
	size_t len = 0;
	const char *text = json_object_to_json_string_length(
		config, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	int ret = text ? sl_node_config_parse(text, len, "request", "", d, &c) : -ENOMEM;

	if (ret)
		return ret;
	sl_node_config_free(next->config);
	next->config = c;
	return 0;
}

/* {ports: [...]}, made if it is not there. */
static json_object *ports_of(json_object *config)
{
	json_object *v;

	if (!json_object_object_get_ex(config, "ports", &v) ||
	    json_object_is_type(v, json_type_null)) {
		v = json_object_new_array();
		json_object_object_add(config, "ports", v);
	}
	return v;
}

static bool has_name(json_object *o, const char *name)
{
	json_object *v;

	return json_object_object_get_ex(o, "name", &v) && !strcmp(json_object_get_string(v), name);
}

static void take_out(json_object *list, const char *name)
{
	for (size_t i = json_object_array_length(list); i-- > 0;)
		if (has_name(json_object_array_get_idx(list, i), name))
			json_object_array_del_idx(list, i, 1);
}

/* Clones the state with `item` (may be NULL) put in place of the port `name`. */
static int next_with(struct sl_node *n, const char *name, json_object *item, struct sl_diags *d,
		     struct node_state *next)
{
	json_object *config;
	int ret = node_state_clone(&n->st, next);

	if (ret) {
		json_object_put(item);
		return ret;
	}
	config = sl_node_config_json(n->st.config);
	if (!config) {
		json_object_put(item);
		node_state_free(next);
		return -ENOMEM;
	}
	take_out(ports_of(config), name);
	if (item)
		json_object_array_add(ports_of(config), item);
	ret = with_config(next, config, d);
	json_object_put(config);
	if (ret)
		node_state_free(next);
	return ret;
}

/* ---- Ports -----------------------------------------------------------------------------------*/

int sl_node_port_attach(struct sl_node *n, const char *name, const char *interface,
			enum sl_port_mode mode, struct sl_diags *d)
{
	struct sl_node_port p = {
		.name = (char *)name, .interface = (char *)interface, .mode = mode};
	struct node_state next;
	int ret;

	if (!sl_name_valid(name)) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "name", "'%s' is no name for a port", name),
			     "lower-case letters, digits, '-' and '_', beginning with a letter");
		return -EINVAL;
	}
	ret = next_with(n, name, sl_node_port_json(&p), d, &next);
	return ret ? ret : node_commit(n, &next, NULL, d);
}

int sl_node_port_detach(struct sl_node *n, const char *name, struct sl_diags *d)
{
	struct node_state next;
	int ret;

	if (!sl_node_config_port(n->st.config, name)) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-port", "there is no port '%s'", name),
			     "`sluicectl port list` shows those there are");
		return -ENOENT;
	}
	ret = next_with(n, name, NULL, d, &next);
	return ret ? ret : node_commit(n, &next, NULL, d);
}

/* ---- Tenants ---------------------------------------------------------------------------------*/

/* The next state with a tenant more, or less. What is said of the others is copied and not read
 * again: there may be a thousand. */
static int next_for(struct sl_node *n, const struct sl_node_tenant *add, const char *remove,
		    struct sl_diags *d, struct node_state *next)
{
	int ret = node_state_clone_config(&n->st, next);

	if (ret)
		return ret;
	if (remove)
		sl_node_config_remove_tenant(next->config, remove);
	if (add) {
		ret = sl_node_config_add_tenant(next->config, add);
		ret = ret ? ret : sl_node_config_check(next->config, d);
	}
	if (ret)
		node_state_free(next);
	return ret;
}

int sl_node_tenant_add(struct sl_node *n, const struct sl_node_tenant *conf, struct sl_diags *d)
{
	struct tenant_state *t;
	struct node_state next;
	int ret;

	if (node_conf(n, conf->name)) {
		sl_diag_hint(
			sl_error(d, SL_NOPOS, "exists", "tenant '%s' is there already", conf->name),
			"change it with `node apply`, or remove it first");
		return -EEXIST;
	}
	ret = next_for(n, conf, NULL, d, &next);
	if (ret)
		return ret;
	ret = sl_admission(next.config, n->st.config, &n->capacity, conf, d);
	if (!ret)
		ret = node_state_add(&next, conf->name, &t);
	if (!ret)
		ret = node_free_slot(n, &next, &t->slot);
	if (ret) {
		node_state_free(&next);
		return ret;
	}
	t->head = node_links_head(n, conf);
	return node_commit(n, &next, conf->name, d);
}

int sl_node_tenant_remove(struct sl_node *n, const char *tenant, struct sl_diags *d)
{
	struct node_state next;
	int ret;

	if (!node_conf(n, tenant))
		return no_tenant(d, tenant);
	ret = next_for(n, NULL, tenant, d, &next);
	if (ret)
		return ret;
	node_state_del(&next, tenant);
	return node_commit(n, &next, tenant, d);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

int sl_node_install(struct sl_node *n, const char *tenant, const struct sl_submission *s,
		    struct sl_diags *d, struct json_object *stages)
{
	return sl_node_install_loaded(n, tenant, s, NULL, d, stages);
}

int sl_node_install_loaded(struct sl_node *n, const char *tenant, const struct sl_submission *s,
			   struct sl_hand *hand, struct sl_diags *d, struct json_object *stages)
{
	struct node_state next;
	uint64_t t0 = now_ns(), t1;
	int ret;

	if (!node_conf(n, tenant))
		return no_tenant(d, tenant);
	ret = node_state_clone(&n->st, &next);
	if (ret)
		return ret;
	ret = node_graph_prepare(n, &next, tenant, s, hand, d, stages);
	if (ret) {
		node_state_free(&next);
		return ret;
	}
	t1 = now_ns();
	ret = node_commit(n, &next, tenant, d);
	if (!ret && stages) {
		uint64_t end = now_ns();

		json_object_object_add(stages, "switch_ns",
				       json_object_new_int64((int64_t)(n->entered_ns - t1)));
		json_object_object_add(stages, "settle_ns",
				       json_object_new_int64((int64_t)(end - n->entered_ns)));
		json_object_object_add(stages, "total_ns",
				       json_object_new_int64((int64_t)(end - t0)));
		json_object_object_add(
			stages, "generation",
			json_object_new_int64(node_state_tenant(&n->st, tenant)->gen));
	}
	return ret;
}

int sl_node_rollback(struct sl_node *n, const char *tenant, struct sl_diags *d)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	struct sl_submission s = {0};
	int ret;

	if (!t)
		return no_tenant(d, tenant);
	ret = t->prev ? node_graph_submission(n, tenant, t->prev, &s) : -ENOENT;
	if (ret) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-previous",
				      "tenant '%s' has no graph before the running one", tenant),
			     "install the graph you want");
		return ret;
	}
	ret = sl_node_install(n, tenant, &s, d, NULL);
	sl_submission_free(&s);
	return ret;
}

int sl_node_set_active(struct sl_node *n, const char *tenant, bool active, struct sl_diags *d)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	struct node_state next;
	int ret;

	if (!t)
		return no_tenant(d, tenant);
	if (active && !t->gen) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-graph", "tenant '%s' has no graph to start",
				      tenant),
			     "`sluicectl tenant install %s GRAPH` gives it one", tenant);
		return -ENOENT;
	}
	ret = node_state_clone(&n->st, &next);
	if (ret)
		return ret;
	node_state_tenant(&next, tenant)->active = active;
	return node_commit(n, &next, tenant, d);
}

const char *sl_node_emitted(struct sl_node *n, const char *tenant)
{
	struct tenant_rt *rt = node_rt(n, tenant);

	return rt && rt->run ? rt->run->compiled->bundle->source : NULL;
}

int sl_node_graph_text(struct sl_node *n, const char *tenant, char **name, char **text)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	struct sl_submission s = {0};
	int ret;

	if (!t || !t->gen)
		return -ENOENT;
	ret = node_graph_submission(n, tenant, t->gen, &s);
	if (ret)
		return ret;
	*name = TAKE_PTR(s.graph.name);
	*text = TAKE_PTR(s.graph.text);
	sl_submission_free(&s);
	return 0;
}
