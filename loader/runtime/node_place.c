// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which CPUs the threads of tenants run on: what loader/plan/place.h decides from what the daemon
 * measures. A thread's cost is what its tenant is charged on its CPU; what is charged elsewhere,
 * for packets that come in there and for tenants of class inline, cannot be moved, and neither can
 * processes.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loader/mem.h"
#include "loader/plan/place.h"
#include "loader/runtime/node_int.h"

#define add json_object_object_add
#define num(v) json_object_new_int64((int64_t)(v))

/* A command waits so long for a thread to have moved. */
#define WAIT_NS 2000000000ull
#define LOOK_NS 1000000

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* ---- Measuring -------------------------------------------------------------------------------*/

static uint32_t milli(uint64_t ns, uint64_t of_ns)
{
	uint64_t m = of_ns ? ns * 1000 / of_ns : 0;

	return m > 1000 ? 1000 : (uint32_t)m;
}

/* Whether the tenant has a thread, which stays where it is. */
static bool settled(const struct sl_node *n, const struct tenant_rt *rt, uint32_t *cpu)
{
	const struct sl_tenant_rec *rec = &sl_platform_tenants(n->pf)[rt->slot];

	*cpu = rec->cpu;
	return rec->queue && !rec->moving && rec->via == rec->cpu;
}

/* Packets that wanted the thread's time and did not get it. */
static uint64_t missed(const struct sl_node *n, const struct tenant_rt *rt,
		       const struct sl_tenant_stats *s)
{
	return s->drops[SL_R_CPUSHARE] + node_use_queue(n, rt, s);
}

static void measure_thread(struct sl_node *n, struct tenant_rt *rt, uint64_t ns, uint64_t of_ns)
{
	const struct sl_node_tenant *conf = node_conf(n, rt->name);
	struct node_placed *pl = &rt->placed;
	struct sl_tenant_stats s;
	uint64_t taken, lost;
	uint32_t cost;

	if (sl_platform_tenant_stats(n->pf, rt->slot, &s))
		return;
	taken = s.taken[0] + s.taken[1];
	lost = missed(n, rt, &s);
	cost = sl_place_demand(milli(ns, of_ns), taken - pl->taken,
			       lost > pl->missed ? lost - pl->missed : 0,
			       conf ? conf->budget.cpu_max_milli : 0);
	if (of_ns)
		pl->cost_milli = pl->known ? sl_place_cost(pl->cost_milli, cost) : cost;
	pl->known = pl->known || of_ns;
	pl->taken = taken;
	pl->missed = lost;
}

/* What a tenant was charged since the last look: its thread's, and what others[] get. */
static void measure(struct sl_node *n, struct tenant_rt *rt, uint64_t of_ns, uint64_t *others)
{
	uint32_t n_cpus = sl_platform_cpus(n->pf), cpu;
	_free_ uint64_t *now = calloc(n_cpus, sizeof(*now));
	bool thread = settled(n, rt, &cpu);

	if (!now || sl_platform_tenant_cpus(n->pf, rt->slot, now))
		return;
	for (uint32_t c = 0; c < n_cpus; c++) {
		uint64_t was = rt->placed.cpu_ns ? rt->placed.cpu_ns[c] : now[c];
		uint64_t ns = now[c] > was ? now[c] - was : 0;

		if (thread && c == cpu)
			measure_thread(n, rt, ns, rt->placed.cpu_ns ? of_ns : 0);
		else
			others[c] += ns;
	}
	free(rt->placed.cpu_ns);
	rt->placed.cpu_ns = TAKE_PTR(now);
}

static void look(struct sl_node *n, uint64_t now)
{
	uint32_t n_cpus = sl_platform_cpus(n->pf);
	uint64_t of_ns = n->cpus.looked_ns ? now - n->cpus.looked_ns : 0;
	_free_ uint64_t *others = calloc(n_cpus, sizeof(*others));

	if (!n->cpus.other_milli)
		n->cpus.other_milli = calloc(n_cpus, sizeof(*n->cpus.other_milli));
	if (!others || !n->cpus.other_milli)
		return;
	for (size_t i = 0; i < n->n_rts; i++)
		measure(n, &n->rts[i], of_ns, others);
	for (uint32_t c = 0; c < n_cpus && of_ns; c++) {
		uint32_t m = milli(others[c], of_ns);

		if (c < SL_SPARE_CPUS)
			m += n->spare.cpus[c].procs_milli;
		n->cpus.other_milli[c] = sl_place_cost(n->cpus.other_milli[c], m);
	}
	n->cpus.looked_ns = now;
}

/* ---- Choosing --------------------------------------------------------------------------------*/

/* CPUs that threads may run on, the last first: devices with a single queue are mostly served by
 * the first, and of equal ones that is to be left alone. */
static size_t cpus_list(const struct sl_node *n, struct sl_place_cpu *list)
{
	uint32_t n_cpus = sl_platform_cpus(n->pf), reserve = n->st.config->reserve_milli;
	cpu_set_t allowed;
	size_t count = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return 0;
	for (uint32_t c = n_cpus < CPU_SETSIZE ? n_cpus : CPU_SETSIZE; c-- > 0;) {
		uint32_t other = n->cpus.other_milli ? n->cpus.other_milli[c] : 0;
		uint32_t gone = reserve + other;

		if (CPU_ISSET(c, &allowed))
			list[count++] = (struct sl_place_cpu){
				.cpu = c, .room_milli = gone < 1000 ? 1000 - gone : 0};
	}
	return count;
}

static size_t index_of(const struct sl_place_cpu *list, size_t n, uint32_t cpu)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].cpu == cpu)
			return i;
	return n;
}

/* Fills in what threads take of CPUs, but `but`'s. */
static size_t cpus_used(const struct sl_node *n, const struct tenant_rt *but,
			struct sl_place_cpu *list)
{
	size_t count = cpus_list(n, list), at;

	for (size_t i = 0; i < n->n_rts; i++) {
		const struct sl_tenant_rec *rec = &sl_platform_tenants(n->pf)[n->rts[i].slot];

		if (!rec->queue || &n->rts[i] == but)
			continue;
		at = index_of(list, count, rec->cpu);
		if (at < count)
			list[at].used_milli += n->rts[i].placed.cost_milli;
	}
	return count;
}

/* Best fit for one thread: its CPU, or -errno. */
static int best(const struct sl_node *n, const struct tenant_rt *rt, uint32_t *cpu)
{
	_free_ struct sl_place_cpu *list = calloc(sl_platform_cpus(n->pf), sizeof(*list));
	size_t count = list ? cpus_used(n, rt, list) : 0, at;

	if (!count)
		return -ENOENT;
	sl_place(list, count, rt->placed.cost_milli, &at);
	*cpu = list[at].cpu;
	return 0;
}

/* Where a thread has to be, by its tenant's wish or as its CPU is gone. */
static bool must(const struct sl_node *n, const struct tenant_rt *rt,
		 const struct sl_node_tenant *conf, uint32_t now, uint32_t *cpu)
{
	_free_ struct sl_place_cpu *list = calloc(sl_platform_cpus(n->pf), sizeof(*list));
	size_t count = list ? cpus_list(n, list) : 0;

	if (conf && conf->on_cpu && index_of(list, count, conf->on_cpu - 1) < count) {
		*cpu = conf->on_cpu - 1;
		return *cpu != now;
	}
	return count && index_of(list, count, now) == count && !best(n, rt, cpu);
}

void node_place_tenant(struct sl_node *n, const struct tenant_rt *rt,
		       const struct sl_node_tenant *conf)
{
	struct tenant_rt *own = node_rt(n, rt->name);
	const struct tenant_state *t = node_state_tenant(&n->st, rt->name);
	uint32_t cpu, now;

	if (!t || !t->thread || !own)
		return;
	if (sl_platform_thread_cpu(n->pf, t->slot, &now)) {
		if (!own->placed.known)
			own->placed.cost_milli = SL_PLACE_GUESS_MILLI;
		if (must(n, rt, conf, UINT32_MAX, &cpu))
			sl_platform_thread_prefer(n->pf, t->slot, cpu);
		return;
	}
	if (must(n, rt, conf, now, &cpu))
		sl_platform_move(n->pf, t->slot, cpu);
}

/* ---- Moving ----------------------------------------------------------------------------------*/

/* Those that are where they must not be, first. */
static bool obey(struct sl_node *n)
{
	for (size_t i = 0; i < n->n_rts; i++) {
		struct tenant_rt *rt = &n->rts[i];
		uint32_t cpu, to;

		if (settled(n, rt, &cpu) && must(n, rt, node_conf(n, rt->name), cpu, &to))
			return !sl_platform_move(n->pf, rt->slot, to);
	}
	return false;
}

/* The move that pays most: whose, and where to; false if none does. */
static bool better(struct sl_node *n, uint64_t now, struct tenant_rt **whose, uint32_t *to)
{
	_free_ struct sl_place_cpu *list = calloc(sl_platform_cpus(n->pf), sizeof(*list));
	_free_ struct sl_place_path *paths = calloc(n->n_rts + 1, sizeof(*paths));
	_free_ size_t *of = calloc(n->n_rts + 1, sizeof(*of));
	size_t count, n_paths = 0, path, at;

	if (!list || !paths || !of)
		return false;
	count = cpus_used(n, NULL, list);
	for (size_t i = 0; i < n->n_rts; i++) {
		const struct sl_node_tenant *conf = node_conf(n, n->rts[i].name);
		const struct node_placed *pl = &n->rts[i].placed;
		uint32_t cpu;

		if (!settled(n, &n->rts[i], &cpu) || !conf || conf->on_cpu || !pl->known)
			continue;
		at = index_of(list, count, cpu);
		if (at == count)
			continue;
		of[n_paths] = i;
		paths[n_paths++] = (struct sl_place_path){pl->cost_milli, at, at, pl->moved_ns};
	}
	if (!sl_place_better(list, count, paths, n_paths, now, &path, &at))
		return false;
	*whose = &n->rts[of[path]];
	*to = list[at].cpu;
	return true;
}

void node_place(struct sl_node *n)
{
	uint64_t now = now_ns();
	struct tenant_rt *rt;
	uint32_t to;

	/* One at a time. */
	if (sl_platform_move_step(n->pf) || obey(n))
		return;
	if (n->cpus.looked_ns && now - n->cpus.looked_ns < SL_PLACE_PERIOD_NS)
		return;
	look(n, now);
	if (better(n, now, &rt, &to) && !sl_platform_move(n->pf, rt->slot, to))
		rt->placed.moved_ns = now;
}

/* ---- By command ------------------------------------------------------------------------------*/

static int parse_cpu(const struct sl_node *n, const char *text, uint32_t *on_cpu,
		     struct sl_diags *d)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	*on_cpu = 0;
	if (!strcmp(text, "any"))
		return 0;
	if (*text < '0' || *text > '9' || *end || v >= sl_platform_cpus(n->pf)) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "cpu", "'%s' is no CPU of this host", text),
			     "a number below %u, or any", sl_platform_cpus(n->pf));
		return -EINVAL;
	}
	*on_cpu = 1 + (uint32_t)v;
	return 0;
}

/* Until nothing moves any more. */
static int wait_moved(struct sl_node *n)
{
	const struct timespec look = {.tv_nsec = LOOK_NS};
	uint64_t end = now_ns() + WAIT_NS;
	int ret;

	while ((ret = sl_platform_move_step(n->pf)) > 0 && now_ns() < end)
		nanosleep(&look, NULL);
	return ret > 0 ? -ETIMEDOUT : ret;
}

int sl_node_on_cpu(struct sl_node *n, const char *tenant, const char *cpu, struct sl_diags *d)
{
	struct node_state next;
	uint32_t on_cpu;
	int ret;

	if (!node_state_tenant(&n->st, tenant)) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-tenant", "there is no tenant '%s'", tenant),
			     "`sluicectl tenant list` shows those there are");
		return -ENOENT;
	}
	ret = parse_cpu(n, cpu, &on_cpu, d);
	/* What moves already is let through first. */
	if (!ret)
		wait_moved(n);
	ret = ret ? ret : node_state_clone(&n->st, &next);
	if (ret)
		return ret;
	for (size_t i = 0; i < next.config->n_tenants; i++)
		if (!strcmp(next.config->tenants[i].name, tenant))
			next.config->tenants[i].on_cpu = on_cpu;
	ret = node_commit(n, &next, tenant, d);
	ret = ret ? ret : wait_moved(n);
	if (ret == -ETIMEDOUT) {
		sl_warn(d, SL_NOPOS, "cpu", "tenant %s: its thread is still moving", tenant);
		ret = 0;
	}
	return ret;
}

/* ---- Showing ---------------------------------------------------------------------------------*/

void node_place_json(struct sl_node *n, const struct tenant_rt *rt,
		     const struct sl_node_tenant *conf, struct json_object *o)
{
	const struct sl_tenant_rec *rec = &sl_platform_tenants(n->pf)[rt->slot];
	struct tenant_rt *whose;
	uint32_t to;

	if (!rec->queue)
		return;
	add(o, "thread_cpu", num(rec->cpu));
	if (rec->via != rec->cpu)
		add(o, "moving_from", num(rec->via));
	if (conf->on_cpu)
		add(o, "on_cpu", num(conf->on_cpu - 1));
	if (rt->placed.known)
		add(o, "thread_percent", json_object_new_double(rt->placed.cost_milli / 10.));
	if (better(n, now_ns(), &whose, &to) && whose == rt)
		add(o, "would_move_to", num(to));
}

struct json_object *node_place_cpus_json(struct sl_node *n)
{
	_free_ struct sl_place_cpu *list = calloc(sl_platform_cpus(n->pf), sizeof(*list));
	json_object *a = json_object_new_array();
	size_t count = list ? cpus_used(n, NULL, list) : 0;

	for (size_t i = count; i-- > 0;) {
		json_object *o = json_object_new_object();

		add(o, "cpu", num(list[i].cpu));
		add(o, "room_percent", json_object_new_double(list[i].room_milli / 10.));
		add(o, "threads_percent", json_object_new_double(list[i].used_milli / 10.));
		json_object_array_add(a, o);
	}
	return a;
}
