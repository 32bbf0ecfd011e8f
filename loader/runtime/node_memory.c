/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of tenants: what they may have, who makes their maps, and their control groups. */
#include <errno.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/memory.h"
#include "loader/runtime/node_int.h"

/* The process that makes maps needs pages of its own, and for a moment more than it uses. */
#define ROOM (1u << 20)

static const struct sl_memcg *groups(struct sl_node *n)
{
	if (!n->memcg && !n->memcg_err)
		n->memcg_err = sl_memcg_find(n->pin_root, &n->memcg);
	return n->memcg;
}

/* Two users at most: of an old graph packets may still run the end. */
static size_t users(const struct tenant_rt *rt, struct sl_memory_user u[2])
{
	const struct sl_generation *const list[] = {rt ? rt->run : NULL, rt ? rt->kept : NULL};
	size_t n = 0;

	for (size_t i = 0; i < 2; i++)
		if (list[i])
			u[n++] = (struct sl_memory_user){list[i]->compiled, list[i]->loaded};
	return n;
}

static uint64_t used_by(const struct tenant_rt *rt, struct sl_memory_sum *sum)
{
	struct sl_memory_user u[2];

	sl_memory_now(u, users(rt, u), sum);
	return sl_memory_total(sum);
}

/* ---- Loading ---------------------------------------------------------------------------------*/

void node_memory_for(struct sl_node *n, const struct sl_node_tenant *conf, struct node_memory *out)
{
	const struct sl_node_tenant *now = node_conf(n, conf->name);
	const struct tenant_rt *rt = node_rt(n, conf->name);
	struct sl_memory *m = &out->memory;
	struct sl_memory_sum sum;

	*out = (struct node_memory){
		.memory = {.tenant = conf->name, .limit = conf->budget.memory_bytes}};
	if (!m->limit)
		return;
	m->used = used_by(rt, &sum);
	out->before = now ? now->budget.memory_bytes : 0;
	/* While one graph follows the other, what was allowed until now still is. */
	m->during = now && !out->before ? m->limit + m->used : m->limit;
	if (out->before > m->during)
		m->during = out->before;
	out->groups = groups(n);
}

int node_memory_begin(struct node_memory *m)
{
	if (!m->memory.limit)
		return 0;
	/* Where no group can be made, it is counted here alone. */
	if (m->groups && m->before != m->memory.during &&
	    sl_memcg_limit(m->groups, m->memory.tenant, m->memory.during + ROOM))
		m->groups = NULL;
	return sl_charge_new(m->groups, m->memory.tenant, &m->memory.charge);
}

void node_memory_end(struct node_memory *m, bool loaded)
{
	sl_charge_free(TAKE_PTR(m->memory.charge));
	if (loaded || !m->groups || m->before == m->memory.during)
		return;
	if (m->before)
		sl_memcg_limit(m->groups, m->memory.tenant, m->before + ROOM);
	else
		sl_memcg_remove(m->groups, m->memory.tenant);
}

/* ---- Running ---------------------------------------------------------------------------------*/

static void no_limit(struct sl_node *n, struct tenant_rt *rt)
{
	if (!rt->charge)
		return;
	if (rt->run)
		rt->run->loaded->charge = NULL;
	sl_charge_free(TAKE_PTR(rt->charge));
	if (n->memcg)
		sl_memcg_remove(n->memcg, rt->name);
	rt->limited = (struct node_limited){0};
}

/* Of the limit, what the kernel does not charge is taken off. */
static uint64_t kernels_part(const struct tenant_rt *rt, uint64_t limit)
{
	struct sl_memory_user u[2];
	uint64_t others = 0;

	for (size_t i = 0, k = users(rt, u); i < k; i++)
		others += sl_memory_uncharged(u[i].c);
	return ROOM + (others < limit ? limit - others : 0);
}

void node_memory_reconcile(struct sl_node *n, struct tenant_rt *rt,
			   const struct sl_node_tenant *conf)
{
	const struct node_limited want = {.limit = conf->budget.memory_bytes,
					  .run = rt->run ? rt->run->number : 0,
					  .kept = rt->kept ? rt->kept->number : 0};

	if (!want.limit) {
		no_limit(n, rt);
		return;
	}
	if (!rt->charge && sl_charge_new(groups(n), rt->name, &rt->charge))
		return;
	if (rt->run)
		rt->run->loaded->charge = rt->charge;
	if (!groups(n) || !memcmp(&want, &rt->limited, sizeof(want)))
		return;
	/* While old maps are still on their way out it is refused, and tried again. */
	rt->limited = (struct node_limited){0};
	if (!sl_memcg_limit(n->memcg, rt->name, kernels_part(rt, want.limit)))
		rt->limited = want;
}

void node_memory_refresh(struct sl_node *n)
{
	for (size_t i = 0; i < n->n_rts; i++) {
		struct tenant_rt *rt = &n->rts[i];
		const struct sl_node_tenant *conf =
			rt->charge && !rt->limited.limit ? node_conf(n, rt->name) : NULL;

		if (conf)
			node_memory_reconcile(n, rt, conf);
	}
}

void node_memory_forget(struct sl_node *n, const char *tenant)
{
	struct tenant_rt *rt = node_rt(n, tenant);

	if (rt)
		rt->limited = (struct node_limited){0};
}

void node_memory_remove(struct sl_node *n, const char *tenant)
{
	if (groups(n))
		sl_memcg_remove(n->memcg, tenant);
}

static bool has_limit(void *arg, const char *tenant)
{
	const struct sl_node_tenant *conf = node_conf(arg, tenant);

	return conf && conf->budget.memory_bytes;
}

void node_memory_sweep(struct sl_node *n)
{
	if (groups(n))
		sl_memcg_sweep(n->memcg, has_limit, n);
}

void node_memory_grow(struct sl_node *n, struct tenant_rt *rt, uint64_t *tables)
{
	const struct sl_node_tenant *conf = node_conf(n, rt->name);
	uint64_t limit = conf ? conf->budget.memory_bytes : 0, used;
	struct sl_memory_sum sum;

	*tables = 0;
	if (!limit || !rt->charge)
		return;
	used = used_by(rt, &sum);
	sl_charge_allow(rt->charge, used < limit ? limit - used : 0);
	/* 0 is no limit. */
	*tables = limit > used - sum.tables ? limit - (used - sum.tables) : 1;
}

/* ---- Changing, showing -----------------------------------------------------------------------*/

int node_memory_fits(struct sl_node *n, const char *tenant, uint64_t limit, struct sl_pos pos,
		     struct sl_diags *d)
{
	char used[SL_MEMORY_TEXT], want[SL_MEMORY_TEXT], over[SL_MEMORY_TEXT];
	struct sl_memory_sum sum;
	uint64_t has = used_by(node_rt(n, tenant), &sum);

	if (!limit || has <= limit)
		return 0;
	sl_diag_hint(sl_error(d, pos, "memory",
			      "the graph that tenant %s runs has %s of memory, %s more than %s",
			      tenant, sl_memory_text(has, used), sl_memory_text(has - limit, over),
			      sl_memory_text(limit, want)),
		     "what runs keeps its tables: install a graph with smaller ones first, then "
		     "lower the limit; or allow %lluMiB",
		     (unsigned long long)(has + (1 << 20) - 1) >> 20);
	return -EDQUOT;
}

uint64_t node_memory_used(struct sl_node *n, const char *tenant)
{
	struct sl_memory_sum sum;

	return used_by(node_rt(n, tenant), &sum);
}

#define num(v) json_object_new_int64((int64_t)(v))

struct json_object *node_memory_json(struct sl_node *n, const struct sl_node_tenant *conf)
{
	json_object *o = json_object_new_object(), *parts = json_object_new_object();
	uint64_t limit = conf->budget.memory_bytes;
	struct sl_memory_sum s;
	struct sl_memcg_use use;

	json_object_object_add(o, "used", num(used_by(node_rt(n, conf->name), &s)));
	if (limit)
		json_object_object_add(o, "limit", num(limit));
	json_object_object_add(parts, "tables", num(s.tables));
	json_object_object_add(parts, "counters", num(s.counters));
	json_object_object_add(parts, "words", num(s.words));
	json_object_object_add(parts, "per_cpu", num(s.per_cpu));
	json_object_object_add(parts, "programs", num(s.programs));
	json_object_object_add(o, "parts", parts);
	if (limit && groups(n) && !sl_memcg_read(n->memcg, conf->name, &use)) {
		_free_ char *dir = sl_memcg_dir(n->memcg, conf->name);

		json_object_object_add(o, "charged", num(use.charged));
		json_object_object_add(o, "refused", num(use.refused));
		json_object_object_add(o, "killed", num(use.killed));
		if (dir)
			json_object_object_add(o, "group", json_object_new_string(dir));
	}
	return o;
}
