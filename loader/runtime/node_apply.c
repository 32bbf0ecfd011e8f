/* SPDX-License-Identifier: GPL-2.0-only */
/* The node file against the state: what differs, and the state that follows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/admission.h"
#include "loader/runtime/budget.h"
#include "loader/runtime/experiment.h"
#include "loader/runtime/node_int.h"

struct applying {
	struct sl_node *n;
	struct node_state next;
	struct sl_hand *hand; /* what is loaded already; may be NULL */
	struct sl_diags *d;
	json_object *changes;
	bool dry_run;
};

static void change(struct applying *a, const char *action, const char *object, const char *name,
		   const char *detail)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "action", json_object_new_string(action));
	json_object_object_add(o, "object", json_object_new_string(object));
	json_object_object_add(o, "name", json_object_new_string(name));
	if (detail)
		json_object_object_add(o, "detail", json_object_new_string(detail));
	json_object_array_add(a->changes, o);
}

static bool json_same(json_object *x, json_object *y)
{
	bool same = x && y && json_object_equal(x, y);

	json_object_put(x);
	json_object_put(y);
	return same;
}

/* ---- Ports -----------------------------------------------------------------------------------*/

static void diff_ports(struct applying *a)
{
	const struct sl_node_config *old = a->n->st.config, *new = a->next.config;

	for (size_t i = 0; i < old->n_ports; i++)
		if (!sl_node_config_port(new, old->ports[i].name))
			change(a, "detach", "port", old->ports[i].name, old->ports[i].interface);
	for (size_t i = 0; i < new->n_ports; i++) {
		const struct sl_node_port *p = sl_node_config_port(old, new->ports[i].name);

		if (!p)
			change(a, "attach", "port", new->ports[i].name, new->ports[i].interface);
		else if (!json_same(sl_node_port_json(p), sl_node_port_json(&new->ports[i])))
			change(a, "change", "port", new->ports[i].name, new->ports[i].interface);
	}
}

static bool experiments_same(const struct sl_node_config *old, const struct sl_node_config *new)
{
	for (size_t i = 0; i < new->n_experiments; i++)
		if (!sl_node_config_experiment(old, new->experiments[i]))
			return false;
	return old->n_experiments == new->n_experiments;
}

static void diff_settings(struct applying *a)
{
	const struct sl_node_config *old = a->n->st.config, *new = a->next.config;

	if (old->optimize_s != new->optimize_s)
		change(a, "change", "node", "optimize_s", NULL);
	if (old->max_delay_us != new->max_delay_us)
		change(a, "change", "node", "max_delay_us", NULL);
	if (old->unknown_keys != new->unknown_keys)
		change(a, "change", "node", "unknown_keys", NULL);
	if (old->reserve_milli != new->reserve_milli)
		change(a, "change", "node", "reserve", NULL);
	if (!experiments_same(old, new))
		change(a, "change", "node", "experiments", NULL);
	if (old->frags != new->frags)
		change(a, "change", "node", "frags", "takes effect when the daemon starts again");
}

/* ---- Links -----------------------------------------------------------------------------------*/

static const struct sl_node_link *link_of(const struct sl_node_tenant *t, uint8_t dev)
{
	for (size_t i = 0; t && i < t->n_links; i++)
		if (t->links[i].dev == dev)
			return &t->links[i];
	return NULL;
}

static void diff_links(struct applying *a, const struct sl_node_tenant *old,
		       const struct sl_node_tenant *new)
{
	char name[96];

	for (size_t i = 0; old && i < old->n_links; i++) {
		snprintf(name, sizeof(name), "%s/%s", new->name, old->links[i].device);
		if (!link_of(new, old->links[i].dev))
			change(a, "remove", "link", name, NULL);
	}
	for (size_t i = 0; i < new->n_links; i++) {
		const struct sl_node_link *l = link_of(old, new->links[i].dev);

		snprintf(name, sizeof(name), "%s/%s", new->name, new->links[i].device);
		if (!l)
			change(a, "add", "link", name, NULL);
		else if (!sl_node_link_equal(l, &new->links[i]))
			change(a, "change", "link", name, NULL);
	}
}

/* ---- Graphs ----------------------------------------------------------------------------------*/

/* Whether the devices the running graph was compiled against are still those. */
static bool devices_same(struct applying *a, const struct tenant_state *t,
			 const struct sl_node_tenant *conf)
{
	struct tenant_rt *rt = node_rt(a->n, t->name);
	_free_ struct sl_device *list = calloc(SL_MAX_DEVS, sizeof(*list));
	const struct sl_bundle *b;
	struct sl_devices devs;

	if (!rt || !rt->run || !list)
		return false;
	b = rt->run->compiled->bundle;
	node_links_devices(a->n, &a->next, conf, t->head, list, &devs);
	if (b->head != t->head || b->n_devs != devs.n)
		return false;
	for (size_t i = 0; i < devs.n; i++) {
		const struct sl_device *x = &b->devs[i], *y = &list[i];

		if (strcmp(x->name, y->name) || x->ip_link != y->ip_link || x->ip != y->ip ||
		    x->mask != y->mask || x->mtu != y->mtu || memcmp(x->ip6, y->ip6, 16) ||
		    memcmp(x->mac, y->mac, 6) || memcmp(x->peer, y->peer, 6))
			return false;
	}
	return true;
}

static void drop_overrides(struct sl_submission *s)
{
	for (size_t i = 0; i < s->n_overrides; i++) {
		free(s->overrides[i].element);
		free(s->overrides[i].config);
	}
	s->n_overrides = 0;
}

/* Whether the running graph was made from this text; what handlers changed since does not count. */
static bool text_same(struct applying *a, const struct tenant_state *t,
		      const struct sl_submission *s)
{
	struct sl_submission now = {0};
	bool same;

	if (!t->gen || node_graph_submission(a->n, t->name, t->gen, &now))
		return false;
	drop_overrides(&now);
	same = json_same(sl_submission_json(&now), sl_submission_json(s));
	sl_submission_free(&now);
	return same;
}

int node_graph_read(const struct sl_node_tenant *conf, struct sl_diags *d, struct sl_submission *s)
{
	_free_ const char **vars = calloc(conf->n_vars + 1, sizeof(*vars));
	size_t made = 0;
	int ret = vars ? 0 : -ENOMEM;

	for (; !ret && made < conf->n_vars; made++) {
		char *v;

		if (asprintf(&v, "%s=%s", conf->vars[made].name, conf->vars[made].value) < 0)
			ret = -ENOMEM;
		else
			vars[made] = v;
	}
	ret = ret ? ret : sl_submission_read(conf->graph, vars, conf->n_vars, d, s);
	for (size_t i = 0; vars && i < made; i++)
		free((void *)vars[i]);
	return ret;
}

/* A graph that stays: nothing it needs may be taken from it. */
static int stays(struct applying *a, const struct tenant_state *t)
{
	const struct sl_node_tenant *conf = sl_node_config_tenant(a->next.config, t->name);
	const struct tenant_rt *rt = node_rt(a->n, t->name);
	int ret, fits;

	if (!rt || !rt->run || !conf)
		return 0;
	ret = sl_experiments_check(rt->run->compiled, a->next.config, a->d);
	fits = node_memory_fits(a->n, t->name, conf->budget.memory_bytes, conf->memory_pos, a->d);
	return ret ? ret : fits;
}

/* A graph that is new, or that has to be compiled for other devices. */
static int diff_graph(struct applying *a, struct tenant_state *t, const struct sl_node_tenant *conf)
{
	struct sl_submission s = {0};
	bool same = devices_same(a, t, conf) && node_class_same(a->n, &a->next, t->name);
	int ret = 0;

	if (conf->graph) {
		ret = node_graph_read(conf, a->d, &s);
		if (ret)
			return ret;
		if (text_same(a, t, &s) && same) {
			ret = stays(a, t);
			goto out;
		}
	} else {
		if (!t->gen || same)
			return stays(a, t);
		ret = node_graph_submission(a->n, t->name, t->gen, &s);
		if (ret)
			return ret;
	}
	change(a, "install", "graph", t->name, conf->graph);
	if (!a->dry_run)
		ret = node_graph_prepare(a->n, &a->next, t->name, &s, a->hand, a->d, NULL);
out:
	sl_submission_free(&s);
	return ret;
}

/* ---- Tenants ---------------------------------------------------------------------------------*/

/* The file is what is wanted: what was set at run time ends with it, and is named. */
static void diff_budget(struct applying *a, struct tenant_state *t,
			const struct sl_node_tenant *old, const struct sl_node_tenant *new)
{
	uint32_t keys = sl_budget_differ(&old->budget, &new->budget) | t->budget_set;
	_free_ char *detail = NULL;

	if (!keys)
		return;
	detail = sl_budget_changes(&old->budget, &new->budget, keys, t->budget_set);
	change(a, "change", "budget", new->name, detail);
	t->budget_set = 0;
}

/* Who decides it, or what they decide. A graph that is new is known when it is compiled. */
static void diff_class(struct applying *a, const struct tenant_state *t,
		       const struct sl_node_tenant *old, const struct sl_node_tenant *new)
{
	struct sl_class_choice c;
	_free_ char *text = NULL;

	if (node_class_running(a->n, a->next.config, new, &c)) {
		if (old->class == new->class &&c.thread == t->thread)
			return;
		text = sl_class_text(&c);
		change(a, "change", "class", new->name, text);
	} else if (old->class != new->class) {
		change(a, "change", "class", new->name,
		       new->class ? sl_tenant_class_name(new->class == SL_CLASS_THREAD) : "auto");
	}
}

static int diff_tenant(struct applying *a, const struct sl_node_tenant *conf)
{
	const struct sl_node_tenant *old = node_conf(a->n, conf->name);
	struct tenant_state *t = node_state_tenant(&a->next, conf->name);
	uint32_t head = node_links_head(a->n, conf);
	int ret;

	if (!t) {
		change(a, "add", "tenant", conf->name, NULL);
		ret = node_state_add(&a->next, conf->name, &t);
		if (!ret)
			ret = node_free_slot(a->n, &a->next, &t->slot);
		if (ret)
			return ret;
		t->head = head;
	} else if (old && old->uid != conf->uid) {
		change(a, "change", "owner", conf->name, conf->owner);
	}
	if (old)
		diff_budget(a, t, old, conf);
	if (old)
		diff_class(a, t, old, conf);
	if (old && old->on_cpu != conf->on_cpu) {
		char cpu[16] = "any";

		if (conf->on_cpu)
			snprintf(cpu, sizeof(cpu), "%u", conf->on_cpu - 1);
		change(a, "change", "cpu", conf->name, cpu);
	}
	diff_links(a, old, conf);
	/* Another H: the graph moves to a chain slot of its own, as a packet must find H and
	 * program of the same graph. */
	if (t->head != head) {
		t->head = head;
		if (t->gen) {
			ret = node_free_slot(a->n, &a->next, &t->slot);
			if (ret)
				return ret;
		}
	}
	return diff_graph(a, t, conf);
}

static int diff_tenants(struct applying *a)
{
	int first = 0;

	for (size_t i = a->next.n_tenants; i-- > 0;) {
		const char *name = a->next.tenants[i].name;

		if (sl_node_config_tenant(a->next.config, name))
			continue;
		change(a, "remove", "tenant", name, NULL);
		node_state_del(&a->next, name);
	}
	for (size_t i = 0; i < a->next.config->n_tenants; i++) {
		int ret = diff_tenant(a, &a->next.config->tenants[i]);

		first = first ? first : ret;
	}
	return first;
}

/* What is promised after it, for whoever asks before. */
static void tell_sums(struct applying *a)
{
	json_object *sums = node_class_admission(a->n, a->next.config);

	json_object_object_foreach (sums, key, line)
		sl_note(a->d, SL_NOPOS, "admission", "%s: %s", key, json_object_get_string(line));
	json_object_put(sums);
}

int sl_node_apply(struct sl_node *n, struct sl_node_config *c, bool dry_run, struct sl_diags *d,
		  struct json_object *changes)
{
	return sl_node_apply_loaded(n, c, dry_run, NULL, d, changes);
}

int sl_node_apply_loaded(struct sl_node *n, struct sl_node_config *c, bool dry_run,
			 struct sl_hand *hand, struct sl_diags *d, struct json_object *changes)
{
	struct applying a = {.n = n, .hand = hand, .d = d, .changes = changes, .dry_run = dry_run};
	int ret = node_state_clone(&n->st, &a.next);

	if (ret) {
		sl_node_config_free(c);
		return ret;
	}
	sl_node_config_free(a.next.config);
	a.next.config = c;
	ret = sl_admission(c, NULL, &n->capacity, NULL, d);
	if (!ret) {
		diff_settings(&a);
		diff_ports(&a);
		ret = diff_tenants(&a);
	}
	if (!ret && dry_run)
		tell_sums(&a);
	if (ret || dry_run || json_object_array_length(changes) == 0) {
		node_state_free(&a.next);
		node_graph_discard(n);
		if (ret)
			node_memory_sweep(n);
		return ret;
	}
	return node_commit(n, &a.next, NULL, d);
}
