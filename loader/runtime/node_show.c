/* SPDX-License-Identifier: GPL-2.0-only */
/* What the node has, as JSON: one place for people's tables and programs' data. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/account.h"
#include "loader/runtime/counts.h"
#include "loader/runtime/node_int.h"

#define add json_object_object_add
#define str json_object_new_string
#define num(v) json_object_new_int64((int64_t)(v))

static const char *const reason_names[] = {
#define X(sym, name, text) name,
	SL_REASONS(X)
#undef X
};

static json_object *drops_json(const __u64 *drops)
{
	json_object *o = json_object_new_object();

	for (unsigned int i = 0; i < SL_R_MAX; i++)
		if (drops[i])
			add(o, reason_names[i], num(drops[i]));
	return o;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* ---- Ports and links -------------------------------------------------------------------------*/

json_object *sl_node_ports(struct sl_node *n)
{
	json_object *a = json_object_new_array();
	struct sl_port_info *list = NULL;
	size_t count = 0;

	if (!sl_port_list(n->pf, &list, &count))
		for (size_t i = 0; i < count; i++)
			json_object_array_add(a, sl_port_info_json(&list[i]));
	free(list);
	return a;
}

static json_object *link_json(struct sl_node *n, const char *tenant, const struct sl_node_link *l,
			      const struct link_rt *rt)
{
	json_object *o = json_object_new_object();
	struct sl_link_state state;
	struct sl_link_stats stats;
	uint64_t last;

	add(o, "tenant", str(tenant));
	add(o, "device", str(l->device));
	add(o, "link", sl_node_link_json(l));
	if (!rt)
		return o;
	add(o, "index", num(rt->index));
	if (!sl_netlink_state(n->nl, rt->index, &state))
		add(o, "path", sl_link_state_json(&state));
	last = __atomic_load_n(&sl_platform_links(n->pf)[rt->index].last_rx_ns, __ATOMIC_RELAXED);
	if (last)
		add(o, "last_packet_s", json_object_new_double((double)(now_ns() - last) / 1e9));
	if (!sl_platform_link_stats(n->pf, rt->index, &stats)) {
		add(o, "rx_packets", num(stats.rx_packets));
		add(o, "rx_bytes", num(stats.rx_bytes));
		add(o, "tx_packets", num(stats.tx_packets));
		add(o, "tx_bytes", num(stats.tx_bytes));
		add(o, "drops", drops_json(stats.drops));
	}
	return o;
}

json_object *sl_node_links(struct sl_node *n, const char *tenant, const char *device)
{
	json_object *a = json_object_new_array();

	for (size_t i = 0; i < n->st.config->n_tenants; i++) {
		const struct sl_node_tenant *t = &n->st.config->tenants[i];
		const struct tenant_rt *rt = node_rt(n, t->name);

		if (tenant && strcmp(tenant, t->name))
			continue;
		for (size_t k = 0; k < t->n_links; k++)
			if (!device || !strcmp(device, t->links[k].device))
				json_object_array_add(
					a,
					link_json(n, t->name, &t->links[k],
						  rt ? node_link_find(n, rt->slot, t->links[k].dev)
						     : NULL));
	}
	return a;
}

/* ---- Kernel objects --------------------------------------------------------------------------*/

static void add_map(json_object *a, int fd)
{
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);

	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
		json_object_array_add(a, num(info.id));
}

static void add_prog(json_object *a, int fd)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);

	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
		json_object_array_add(a, num(info.id));
}

static bool listed(json_object *a, uint32_t id)
{
	for (size_t i = 0; i < json_object_array_length(a); i++)
		if (json_object_get_int64(json_object_array_get_idx(a, i)) == id)
			return true;
	return false;
}

/* Maps that only a program knows: its variables, caches without a pin. */
static void add_maps_of(json_object *a, int prog)
{
	uint32_t ids[64];
	struct bpf_prog_info info = {.nr_map_ids = 64, .map_ids = (uint64_t)(uintptr_t)ids};
	uint32_t len = sizeof(info);

	if (prog < 0 || bpf_obj_get_info_by_fd(prog, &info, &len))
		return;
	for (uint32_t i = 0; i < info.nr_map_ids && i < 64; i++)
		if (!listed(a, ids[i]))
			json_object_array_add(a, num(ids[i]));
}

static json_object *generation_json(const struct sl_generation *g)
{
	json_object *o = json_object_new_object(), *maps = json_object_new_array();
	json_object *progs = json_object_new_array();
	const struct sl_loaded *l = g->loaded;

	for (uint32_t i = 0; i < l->n_pages; i++)
		add_map(maps, l->pages[i]);
	for (uint32_t i = 0; i < l->n_tables; i++)
		add_map(maps, l->tables[i]);
	add_map(maps, l->shown);
	add_map(maps, l->scratch);
	add_map(maps, l->chain);
	add_map(maps, l->data);
	add_map(maps, l->rodata);
	add_map(maps, l->events);
	for (uint32_t i = 0; i < l->n_progs; i++)
		add_prog(progs, l->progs[i]);
	add(o, "generation", num(g->number));
	add(o, "segments", num(l->n_segments));
	add(o, "maps", maps);
	add(o, "programs", progs);
	return o;
}

/* ---- Tenants ---------------------------------------------------------------------------------*/

static const char *state_of(struct sl_node *n, const struct tenant_state *t,
			    const struct tenant_rt *rt)
{
	if (!t || !t->gen)
		return "no-graph";
	if (!t->active)
		return "stopped";
	return rt && sl_account_quarantined(n->pf, rt->slot) ? "quarantined" : "running";
}

/* Of the graph that runs; of the next one where there is none. */
static const char *class_of(const struct tenant_state *t, const struct sl_node_tenant *conf)
{
	if ((!t || !t->gen) && !conf->class)
		return "auto";
	return sl_tenant_class_name(t && t->gen ? t->thread : conf->class == SL_CLASS_THREAD);
}

/* Why it is that, and what packets may cost in it. */
static void add_class(struct sl_node *n, const struct sl_node_tenant *conf,
		      const struct tenant_state *t, const struct tenant_rt *rt, json_object *o)
{
	struct sl_class_choice c;
	_free_ char *why = NULL;

	add(o, "class", str(class_of(t, conf)));
	if (node_class_running(n, n->st.config, conf, &c))
		why = sl_class_text(&c);
	if (why)
		add(o, "class_why", str(why));
	add(o, "max_delay_us", num(n->st.config->max_delay_us));
	if (rt)
		add(o, "bound_ns", num(sl_platform_tenants(n->pf)[rt->slot].bound_ns));
}

static json_object *tenant_json(struct sl_node *n, const struct sl_node_tenant *conf)
{
	const struct tenant_state *t = node_state_tenant(&n->st, conf->name);
	const struct tenant_rt *rt = node_rt(n, conf->name);
	json_object *o = json_object_new_object();

	add(o, "name", str(conf->name));
	add(o, "owner", str(conf->owner));
	add(o, "state", str(state_of(n, t, rt)));
	if (t) {
		add(o, "generation", num(t->gen));
		add(o, "previous", num(t->prev));
		add(o, "slot", num(t->slot));
		add(o, "head", num(t->head));
	}
	add_class(n, conf, t, rt, o);
	if (rt)
		node_place_json(n, rt, conf, o);
	if (rt && rt->run) {
		add(o, "elements", num(rt->run->compiled->bundle->n_elems));
		add(o, "running", generation_json(rt->run));
	}
	if (rt && rt->kept)
		add(o, "ending", generation_json(rt->kept));
	add(o, "memory", node_memory_json(n, conf));
	add(o, "config", sl_node_tenant_json(conf));
	return o;
}

json_object *sl_node_tenants(struct sl_node *n, const char *tenant)
{
	json_object *a = json_object_new_array();

	for (size_t i = 0; i < n->st.config->n_tenants; i++)
		if (!tenant || !strcmp(tenant, n->st.config->tenants[i].name))
			json_object_array_add(a, tenant_json(n, &n->st.config->tenants[i]));
	return a;
}

static json_object *platform_json(struct sl_node *n)
{
	json_object *o = json_object_new_object(), *maps = json_object_new_array();
	json_object *progs = json_object_new_array();

	for (unsigned int m = 0; m < SL_MAP_N; m++)
		add_map(maps, sl_platform_map(n->pf, (enum sl_platform_map)m));
	for (unsigned int p = 0; p < SL_PROG_N; p++) {
		add_prog(progs, sl_platform_prog(n->pf, (enum sl_platform_prog)p));
		add_maps_of(maps, sl_platform_prog(n->pf, (enum sl_platform_prog)p));
	}
	add(o, "root", str(sl_platform_root(n->pf)));
	add(o, "abi", num(SL_ABI_VERSION));
	add(o, "maps", maps);
	add(o, "programs", progs);
	return o;
}

json_object *sl_node_show(struct sl_node *n)
{
	json_object *o = json_object_new_object();

	add(o, "platform", platform_json(n));
	add(o, "costs", node_cost_json(n));
	add(o, "admission", node_class_admission(n, n->st.config));
	add(o, "cpus", node_place_cpus_json(n));
	add(o, "ports", sl_node_ports(n));
	add(o, "links", sl_node_links(n, NULL, NULL));
	add(o, "tenants", sl_node_tenants(n, NULL));
	return o;
}

/* ---- Counters --------------------------------------------------------------------------------*/

static json_object *element_json(const struct sl_generation *g, uint32_t i, uint64_t packets)
{
	const struct sl_inst *in = &g->compiled->program->insts[i];
	json_object *o = json_object_new_object();
	_free_ uint8_t *state = NULL;

	add(o, "name", str(in->elem->name));
	add(o, "class", str(in->elem->class_name));
	add(o, "packets", num(packets));
	state = in->class->state_size ? malloc(in->class->state_size) : NULL;
	if (!state ||
	    g->live.ops->state((struct sl_live *)&g->live, i, state, in->class->state_size))
		return o;
	for (const struct sl_field *f = in->class->state; f && f->name; f++) {
		uint64_t v;

		memcpy(&v, state + f->offset, sizeof(v));
		if (f->count <= 1)
			add(o, f->name, num(v));
	}
	return o;
}

static json_object *tenant_stats_json(struct sl_node *n, const struct sl_node_tenant *conf,
				      bool elements)
{
	const struct tenant_rt *rt = node_rt(n, conf->name);
	json_object *o = json_object_new_object(), *a;
	_free_ uint64_t *counts = NULL;
	struct sl_tenant_stats s;
	struct sl_delay delay;

	add(o, "name", str(conf->name));
	if (rt && !sl_platform_tenant_stats(n->pf, rt->slot, &s)) {
		add(o, "packets", num(s.packets));
		add(o, "bytes", num(s.bytes));
		add(o, "out", num(s.out));
		add(o, "host", num(s.host));
		add(o, "copies", num(s.copies));
		add(o, "resumed", num(s.resumed));
		add(o, "arp", num(s.arp));
		add(o, "out_bytes", num(s.out_bytes));
		add(o, "cpu_ns", num(s.cpu_ns));
		add(o, "samples", num(s.samples));
		add(o, "overruns", num(s.overruns));
		add(o, "refused", num(s.refused));
		add(o, "class", str(class_of(node_state_tenant(&n->st, conf->name), conf)));
		add(o, "handed", num(s.handed[0] + s.handed[1]));
		add(o, "taken", num(s.taken[0] + s.taken[1]));
		node_use_json(n, rt, o);
		s.drops[SL_R_QUEUE] += node_use_queue(n, rt, &s);
		add(o, "drops", drops_json(s.drops));
	}
	add(o, "memory", node_memory_json(n, conf));
	if (elements && rt && !sl_platform_tenant_delay(n->pf, rt->slot, &delay)) {
		a = json_object_new_object();
		sl_delay_all_json(&delay, a);
		add(o, "delay_since_start", a);
	}
	if (!elements || !rt || !rt->run)
		return o;
	counts = calloc(rt->run->compiled->layout->n_elems + 1, sizeof(*counts));
	if (!counts || sl_counts_read(&rt->run->maps, counts))
		return o;
	a = json_object_new_array();
	for (uint32_t i = 0; i < rt->run->compiled->program->graph->n_elems; i++)
		json_object_array_add(a, element_json(rt->run, i, counts[i]));
	add(o, "elements", a);
	return o;
}

json_object *sl_node_stats(struct sl_node *n, const char *tenant, bool elements)
{
	json_object *o = json_object_new_object(), *a = json_object_new_array();
	struct sl_node_stats node;

	add(o, "time_ns", num(now_ns()));
	if (!tenant && !sl_platform_node_stats(n->pf, &node)) {
		json_object *p = json_object_new_object();

		add(p, "pass", num(node.pass));
		add(p, "unknown_key", num(node.unknown_key));
		add(p, "drops", drops_json(node.drops));
		add(o, "node", p);
	}
	for (size_t i = 0; i < n->st.config->n_tenants; i++)
		if (!tenant || !strcmp(tenant, n->st.config->tenants[i].name))
			json_object_array_add(
				a, tenant_stats_json(n, &n->st.config->tenants[i], elements));
	add(o, "tenants", a);
	add(o, "links", sl_node_links(n, tenant, NULL));
	return o;
}
