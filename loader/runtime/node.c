/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening the node, changing it, making the kernel equal to what is wanted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bpf/libbpf.h>

#include "loader/mem.h"
#include "loader/runtime/account.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/counts.h"
#include "loader/runtime/node_int.h"
#include "loader/codegen/build.h"

/* ---- Finding ---------------------------------------------------------------------------------*/

struct tenant_rt *node_rt(struct sl_node *n, const char *name)
{
	for (size_t i = 0; i < n->n_rts; i++)
		if (!strcmp(n->rts[i].name, name))
			return &n->rts[i];
	return NULL;
}

const struct sl_node_tenant *node_conf(const struct sl_node *n, const char *name)
{
	return sl_node_config_tenant(n->st.config, name);
}

static int rt_add(struct sl_node *n, const char *name, uint32_t slot, struct tenant_rt **out)
{
	struct tenant_rt *rt;

	if (SL_GROW(n->rts, n->n_rts, n->cap_rts))
		return -ENOMEM;
	rt = &n->rts[n->n_rts++];
	memset(rt, 0, sizeof(*rt));
	snprintf(rt->name, sizeof(rt->name), "%s", name);
	rt->slot = slot;
	*out = rt;
	return 0;
}

static void rt_drop(struct sl_node *n, struct tenant_rt *rt)
{
	node_scripts_free(rt->scripts);
	ring_buffer__free(rt->ring);
	json_object_put(rt->records);
	sl_window_free(&rt->window);
	sl_generation_free(rt->run);
	sl_generation_free(rt->kept);
	sl_generation_free(rt->pending);
	sl_charge_free(rt->charge);
	free(rt->placed.cpu_ns);
	*rt = n->rts[--n->n_rts];
}

int node_free_slot(const struct sl_node *n, const struct node_state *st, uint32_t *slot)
{
	_free_ bool *used = calloc(SL_MAX_TENANTS, sizeof(*used));

	if (!used)
		return -ENOMEM;
	for (size_t i = 0; i < st->n_tenants; i++)
		if (st->tenants[i].slot < SL_MAX_TENANTS)
			used[st->tenants[i].slot] = true;
	for (size_t i = 0; i < n->n_rts; i++)
		used[n->rts[i].slot] = true;
	for (uint32_t s = 0; s < SL_MAX_TENANTS; s++)
		if (!used[s]) {
			*slot = s;
			return 0;
		}
	return -ENOSPC;
}

/* ---- Reconciling -----------------------------------------------------------------------------*/

static int ports_detach(struct sl_node *n, struct sl_diags *d)
{
	struct sl_port_info *list = NULL;
	size_t count = 0;
	int ret = sl_port_list(n->pf, &list, &count);

	for (size_t i = 0; !ret && i < count; i++) {
		if (sl_node_config_port(n->st.config, list[i].name))
			continue;
		sl_netlink_port_del(n->nl, list[i].name);
		ret = sl_port_detach(n->pf, list[i].name, d);
		sl_fault("port detached");
	}
	free(list);
	return ret;
}

static int ports_attach(struct sl_node *n, bool strict, struct sl_diags *d)
{
	int first = 0;

	for (size_t i = 0; i < n->st.config->n_ports; i++) {
		const struct sl_node_port *p = &n->st.config->ports[i];
		struct sl_port_info info;
		struct sl_diags mine = {0};
		int ret = sl_port_attach(n->pf, p->name, p->interface, p->mode, p->pos,
					 strict ? d : &mine, &info);

		sl_fault("port attached");
		if (!ret)
			ret = sl_netlink_port_add(n->nl, p->name, info.ifindex, info.index, p->mtu);
		if (ret && !strict)
			sl_warn(d, p->pos, "port", "port %s (%s) is not attached: %s", p->name,
				p->interface, mine.n ? mine.list[0].message : strerror(-ret));
		sl_diags_free(&mine);
		if (ret && strict && !first)
			first = ret;
	}
	return first;
}

/* Until another graph has taken over, packets may cost what the one before may: nobody is convicted
 * for what is true of the next. */
static uint32_t bound_before(const struct sl_node *n, const struct tenant_state *t,
			     const struct tenant_rt *rt, uint32_t bound)
{
	uint32_t now = sl_platform_tenants(n->pf)[rt->slot].bound_ns;

	return t->gen && (!rt->run || rt->run->number != t->gen) && now > bound ? now : bound;
}

/* Graph, links, then the end of what was before. */
static int tenant_reconcile(struct sl_node *n, const struct tenant_state *t, struct sl_diags *d)
{
	const struct sl_node_tenant *conf = node_conf(n, t->name);
	struct tenant_rt *rt = node_rt(n, t->name);
	struct sl_generation *before = NULL;
	uint32_t old_slot, weight, bound, loose;
	int ret;

	if (!conf)
		return -EINVAL;
	if (!rt) {
		ret = rt_add(n, t->name, t->slot, &rt);
		if (ret)
			return ret;
	}
	old_slot = rt->slot;
	weight = sl_platform_tenants(n->pf)[t->slot].weight;
	bound = sl_class_bound_ns(conf, n->st.config, &n->cost, t->thread);
	loose = bound_before(n, t, rt, bound);
	sl_account_set(n->pf, t->slot, old_slot, &conf->budget, loose);
	if (rt->run && rt->run->loaded->thread && weight != conf->budget.weight)
		sl_platform_thread_nice(n->pf, t->slot, conf->budget.weight);
	sl_fault("account set");
	node_memory_reconcile(n, rt, conf);
	sl_fault("memory limited");
	node_place_tenant(n, rt, conf);
	ret = node_graph_enter(n, t, d, &before);
	if (ret)
		return ret;
	if (!t->active)
		sl_tenant_set_active(n->pf, t->slot, false);
	ret = node_links_reconcile(n, t, conf, d);
	if (!ret && t->active && t->gen)
		sl_tenant_set_active(n->pf, t->slot, true);
	if (!ret && before)
		ret = node_graph_finish(n, t, before, d);
	if (!ret && old_slot != t->slot) {
		ret = sl_tenant_clear(n->pf, old_slot);
		sl_account_clear(n->pf, old_slot);
	}
	if (!ret && loose != bound)
		sl_account_set(n->pf, t->slot, t->slot, &conf->budget, bound);
	rt->slot = t->slot;
	node_memory_reconcile(n, rt, conf);
	node_graph_prune(n, t->name, t->gen, t->prev);
	return ret;
}

/* All of a tenant that is not wanted any more. */
static int tenant_remove(struct sl_node *n, struct tenant_rt *rt, struct sl_diags *d)
{
	int ret = sl_tenant_clear(n->pf, rt->slot);

	ret = ret ? ret : sl_tenant_unpin_others(n->pf, rt->name, 0);
	if (ret)
		sl_error(d, SL_NOPOS, "remove", "tenant %s cannot be removed whole: %s", rt->name,
			 strerror(-ret));
	node_graph_prune(n, rt->name, 0, 0);
	sl_platform_tenant_stats_reset(n->pf, rt->slot);
	sl_account_clear(n->pf, rt->slot);
	node_memory_remove(n, rt->name);
	sl_fault("tenant removed");
	rt_drop(n, rt);
	return ret;
}

static int tenants_remove(struct sl_node *n, struct sl_diags *d)
{
	int first = 0;

	for (size_t i = n->n_rts; i-- > 0;) {
		int ret = node_state_tenant(&n->st, n->rts[i].name)
				  ? 0
				  : tenant_remove(n, &n->rts[i], d);

		first = first ? first : ret;
	}
	return first;
}

static int reconcile_one(struct sl_node *n, const struct tenant_state *t, struct sl_diags *d)
{
	int ret = tenant_reconcile(n, t, d);
	struct tenant_rt *rt = node_rt(n, t->name);

	if (rt)
		rt->scripts_stale = true;
	if (ret && !d->errors)
		sl_error(d, SL_NOPOS, "reconcile", "tenant %s: %s", t->name, strerror(-ret));
	return ret;
}

int node_reconcile(struct sl_node *n, bool strict, struct sl_diags *d)
{
	int first, ret;

	sl_account_node(n->pf, n->st.config, &n->cost);
	first = ports_attach(n, strict, d);
	for (size_t i = 0; i < n->st.n_tenants; i++) {
		ret = reconcile_one(n, &n->st.tenants[i], d);
		first = first ? first : ret;
	}
	node_links_sweep(n, d);
	ret = tenants_remove(n, d);
	first = first ? first : ret;
	ret = ports_detach(n, d);
	n->scripts_stale = true;
	return first ? first : ret;
}

/* The same where only one tenant came, went or changed. */
static int reconcile_whose(struct sl_node *n, const char *whose, struct sl_diags *d)
{
	const struct tenant_state *t = node_state_tenant(&n->st, whose);
	struct tenant_rt *rt = node_rt(n, whose);
	int ret = 0;

	if (t) {
		ret = reconcile_one(n, t, d);
	} else if (rt) {
		node_links_sweep(n, d);
		ret = tenant_remove(n, rt, d);
	}
	n->scripts_stale = true;
	return ret;
}

int node_commit(struct sl_node *n, struct node_state *next, const char *whose, struct sl_diags *d)
{
	struct node_state before = n->st;
	struct sl_diags quiet = {0};
	int ret = node_store_save(&n->store, next, whose);

	if (ret) {
		sl_error(d, SL_NOPOS, "state", "the state cannot be written to %s: %s",
			 n->state_dir, strerror(-ret));
		node_state_free(next);
		node_graph_discard(n);
		return ret;
	}
	n->st = *next;
	memset(next, 0, sizeof(*next));
	ret = whose ? reconcile_whose(n, whose, d) : node_reconcile(n, true, d);
	if (!ret) {
		node_state_free(&before);
		node_graph_discard(n);
		return 0;
	}
	/* Back to what was: it worked until now. */
	node_state_free(&n->st);
	n->st = before;
	node_graph_discard(n);
	node_store_save(&n->store, &n->st, whose);
	node_reconcile(n, false, &quiet);
	sl_diags_free(&quiet);
	return ret;
}

/* ---- Opening ---------------------------------------------------------------------------------*/

static void on_device(void *arg, uint32_t ifindex, const char *name, bool present)
{
	struct sl_node *n = arg;

	(void)ifindex;
	for (size_t i = 0; present && i < n->st.config->n_ports; i++)
		if (!strcmp(n->st.config->ports[i].interface, name))
			n->ports_changed = true;
}

static int make_dirs(struct sl_node *n)
{
	_free_ char *tenants = NULL;

	if (asprintf(&tenants, "%s/tenants", n->state_dir) < 0)
		return -ENOMEM;
	if ((mkdir(n->state_dir, 0700) && errno != EEXIST) ||
	    (mkdir(tenants, 0700) && errno != EEXIST))
		return -errno;
	if (*n->cache_dir && mkdir(n->cache_dir, 0700) && errno != EEXIST)
		return -errno;
	return 0;
}

static int copy_opts(struct sl_node *n, const struct sl_node_opts *o)
{
	n->pin_root = strdup(o->pin_root ? o->pin_root : SL_PIN_ROOT);
	n->state_dir = strdup(o->state_dir ? o->state_dir : SL_STATE_DIR);
	n->cache_dir = strdup(o->cache_dir ? o->cache_dir : SL_CACHE_DIR);
	n->bpf_dir = o->bpf_dir ? strdup(o->bpf_dir) : sl_find_bpf_dir();
	n->sandbox = !o->no_sandbox;
	n->max_weight = o->max_weight;
	sl_capacity_here(&n->capacity);
	if (o->cpus)
		n->capacity.cpus = o->cpus;
	return n->pin_root && n->state_dir && n->cache_dir ? 0 : -ENOMEM;
}

/* What runs is taken up before anything is changed: reconciling then finds nothing to do. */
static void adopt_graphs(struct sl_node *n, struct sl_diags *d)
{
	for (size_t i = 0; i < n->st.n_tenants; i++) {
		const struct tenant_state *t = &n->st.tenants[i];
		struct tenant_rt *rt;

		(void)d;
		if (rt_add(n, t->name, t->slot, &rt))
			return;
	}
}

/* What was promised stays so, though CPUs may have gone since. */
static void warn_promises(struct sl_node *n, struct sl_diags *d)
{
	struct sl_diags mine = {0};

	if (sl_admission(n->st.config, NULL, &n->capacity, NULL, &mine) && mine.n)
		sl_diag_hint(sl_warn(d, SL_NOPOS, "admission", "%s", mine.list[0].message), "%s",
			     mine.list[0].hint ? mine.list[0].hint : "");
	sl_diags_free(&mine);
}

static int open_platform(struct sl_node *n, struct sl_diags *d)
{
	struct sl_platform_opts po = {.root = n->pin_root, .frags = n->st.config->frags};
	struct sl_netlink_events ev = {.arg = n, .device = on_device};
	int ret = sl_platform_open(&po, d, &n->pf);

	if (ret)
		return ret;
	ret = sl_netlink_open(n->pf, &ev, &n->nl);
	if (ret)
		sl_error(d, SL_NOPOS, "netlink", "netlink: %s", strerror(-ret));
	return ret;
}

int sl_node_open(const struct sl_node_opts *opts, struct sl_diags *d, struct sl_node **out)
{
	struct sl_node *n = calloc(1, sizeof(*n));
	int ret;

	if (!n)
		return -ENOMEM;
	ret = copy_opts(n, opts);
	ret = ret ? ret : make_dirs(n);
	if (ret) {
		sl_error(d, SL_NOPOS, "state", "%s: %s", n->state_dir ? n->state_dir : "",
			 strerror(-ret));
		goto fail;
	}
	n->store.dir = n->state_dir;
	ret = node_store_load(&n->store, d, &n->st);
	if (ret == -ENOENT)
		ret = node_state_init(&n->st);
	ret = ret ? ret : open_platform(n, d);
	ret = ret ? ret : node_links_adopt(n);
	if (ret)
		goto fail;
	adopt_graphs(n, d);
	node_cost_read(n, d);
	warn_promises(n, d);
	ret = node_reconcile(n, false, d);
	if (!ret)
		node_sweep(n, d);
	if (!ret)
		ret = sl_platform_commit(n->pf, d);
	if (ret)
		goto fail;
	*out = n;
	return 0;
fail:
	sl_node_close(n);
	return ret;
}

void sl_node_refresh(struct sl_node *n)
{
	/* What cannot be read now can be the next time. */
	for (size_t i = 0; i < n->n_rts; i++)
		if (n->rts[i].run)
			sl_counts_show(&n->rts[i].run->maps);
	node_calls(n);
	node_strays(n);
	node_windows(n);
	node_use_note(n);
	node_place(n);
	node_memory_refresh(n);
}

void sl_node_close(struct sl_node *n)
{
	if (!n)
		return;
	while (n->n_rts)
		rt_drop(n, &n->rts[0]);
	sl_netlink_closep(&n->nl);
	sl_platform_closep(&n->pf);
	node_state_free(&n->st);
	sl_memcg_free(n->memcg);
	free(n->rts);
	free(n->cpus.other_milli);
	free(n->links);
	free(n->pin_root);
	free(n->state_dir);
	free(n->cache_dir);
	free(n->bpf_dir);
	sl_calibration_free(n->costs);
	free(n);
}

int sl_node_fd(const struct sl_node *n)
{
	return sl_netlink_fd(n->nl);
}

int sl_node_process(struct sl_node *n)
{
	struct sl_diags d = {0};
	int ret = sl_netlink_process(n->nl);

	if (n->ports_changed) {
		n->ports_changed = false;
		ports_attach(n, false, &d);
		sl_diags_free(&d);
	}
	return ret < 0 ? ret : 0;
}

const struct sl_node_config *sl_node_config(const struct sl_node *n)
{
	return n->st.config;
}

int sl_node_owner(const struct sl_node *n, const char *tenant, uid_t *uid)
{
	const struct sl_node_tenant *t = node_conf(n, tenant);

	if (!t)
		return -ENOENT;
	*uid = t->uid;
	return 0;
}
