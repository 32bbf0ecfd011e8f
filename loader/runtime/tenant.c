/* SPDX-License-Identifier: GPL-2.0-only */
/* Preparing, switching, adopting and removing generations of a tenant's graph. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/carry.h"
#include "loader/runtime/counts.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/tenant.h"
#include "loader/runtime/tenant_pins.h"

static int generation_new(uint32_t slot, uint32_t number, struct sl_generation **out)
{
	struct sl_generation *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->number = number;
	g->slot = slot;
	*out = g;
	return 0;
}

/* From here on the generation owns what was compiled. */
static void complete(struct sl_generation *g, struct sl_compiled *c, struct sl_loaded *l)
{
	g->compiled = c;
	g->loaded = l;
	g->maps = (struct sl_live_maps){.c = c, .l = l};
	g->live = (struct sl_live){.ops = &sl_live_map_ops, .program = c->program, .arg = &g->maps};
}

static int failed(struct sl_diags *d, const char *name, const char *what, int err)
{
	struct sl_diag *m =
		sl_error(d, SL_NOPOS, "runtime", "tenant %s: %s: %s", name, what, strerror(-err));

	if (err == -ENOENT || err == -EPERM)
		sl_diag_hint(m, "a bpffs must be mounted at the pin root, and this needs root");
	return err;
}

int sl_tenant_prepare(struct sl_platform *pf, const char *name, uint32_t slot, uint32_t number,
		      struct sl_compiled *c, bool thread, const struct sl_generation *before,
		      const struct sl_memory *memory, struct sl_hand *hand, struct sl_diags *d,
		      struct sl_generation **out)
{
	SL_CLEANUP(sl_generation_freep) struct sl_generation *g = NULL;
	SL_CLEANUP(sl_loaded_freep) struct sl_loaded *l = NULL;
	_free_ int *pages = calloc(c->layout->n_pages + 1, sizeof(*pages));
	_free_ int *tables = calloc(c->layout->n_tables + 1, sizeof(*tables));
	_free_ char *dir = sl_generation_dir(sl_platform_root(pf), name, number);
	struct sl_load_opts lo = {.name = name,
				  .frags = sl_platform_frags(pf),
				  .thread = thread,
				  .pages = pages,
				  .tables = tables,
				  .memory = memory};
	int ret;

	if (!pages || !tables || !dir)
		return -ENOMEM;
	if (getrandom(&lo.seed, sizeof(lo.seed), 0) != sizeof(lo.seed))
		return -EIO;
	ret = generation_new(slot, number, &g);
	ret = ret ? ret : sl_carry_plan(before, c, pages, tables, d);
	if (ret)
		return ret;
	ret = sl_hand_take(hand, name, c, thread, before ? before->loaded : NULL, &l);
	if (ret == -ENOENT)
		ret = sl_load(c, &lo, d, &l);
	if (ret)
		return ret;
	sl_fault("loaded");
	ret = sl_pins_write(l, sl_platform_root(pf), name, dir);
	if (ret)
		return failed(d, name, "pinning", ret);
	complete(g, c, TAKE_PTR(l));
	ret = sl_carry_begin(before, g);
	if (ret) {
		g->compiled = NULL; /* still the caller's */
		sl_tenant_unpin(pf, name, number);
		return failed(d, name, "carrying state over", ret);
	}
	*out = TAKE_PTR(g);
	return 0;
}

static int set_entry(struct sl_platform *pf, enum sl_platform_map map, uint32_t index, int fd)
{
	int m = sl_platform_map(pf, map);

	if (fd < 0)
		return bpf_map_delete_elem(m, &index) && errno != ENOENT ? -errno : 0;
	return bpf_map_update_elem(m, &index, &fd, BPF_ANY) ? -errno : 0;
}

static bool copies(const struct sl_generation *g)
{
	return g->loaded->n_progs > g->loaded->n_segments;
}

/* The generation as programs see it. */
static uint32_t known_as(uint32_t number, bool thread)
{
	return thread ? number | SL_GEN_THREAD : number;
}

static enum sl_platform_map first_map(bool thread)
{
	return thread ? SL_MAP_ON_THREAD : SL_MAP_TENANTS;
}

static enum sl_platform_map back_map(bool thread)
{
	return thread ? SL_MAP_BACK_ON_THREAD : SL_MAP_RESUME;
}

/* Empties the entries at `at` of one class. */
static int clear_entries(struct sl_platform *pf, uint32_t at, bool thread)
{
	int ret = set_entry(pf, first_map(thread), at, -1);

	return ret ? ret : set_entry(pf, back_map(thread), at, -1);
}

/* A thread, unless there is one, and where packets are to find it. */
static int start_thread(struct sl_platform *pf, uint32_t slot)
{
	struct sl_tenant_rec *rec = &sl_platform_tenants(pf)[slot];
	uint32_t cpu;
	int ret = sl_platform_thread_cpu(pf, slot, &cpu);

	if (ret == -ENOENT) {
		cpu = rec->cpu;
		ret = sl_platform_thread_start(pf, slot, cpu);
		if (!ret)
			sl_platform_thread_nice(pf, slot, rec->weight);
	}
	return ret;
}

/* The order that bpf/abi.h gives: where copies come back, the program, then the one store. */
static int enter(struct sl_platform *pf, const struct sl_generation *g)
{
	struct sl_tenant_rec *rec = &sl_platform_tenants(pf)[g->slot];
	uint32_t at = sl_chain_index(g->slot, g->number);
	bool thread = g->loaded->thread;
	uint32_t generation = known_as(g->number, thread);
	int ret = thread ? start_thread(pf, g->slot) : 0;

	/* Of the other class, two generations ago. */
	ret = ret ? ret : clear_entries(pf, at, !thread);
	ret = ret ? ret
		  : set_entry(pf, back_map(thread), at,
			      copies(g) ? g->loaded->progs[g->loaded->n_segments] : -1);
	if (ret)
		return ret;
	sl_fault("resume");
	__atomic_store_n(&rec->resume_gen[g->number & 1], generation, __ATOMIC_RELEASE);
	sl_fault("resume generation");
	ret = set_entry(pf, first_map(thread), at, g->loaded->progs[0]);
	if (ret)
		return ret;
	sl_fault("program");
	__atomic_store_n(&rec->head, (uint16_t)g->compiled->bundle->head, __ATOMIC_RELEASE);
	__atomic_store_n(&rec->generation, generation, __ATOMIC_RELEASE);
	sl_fault("generation");
	return 0;
}

int sl_tenant_enter(struct sl_platform *pf, const char *name, const struct sl_generation *before,
		    struct sl_generation *g, struct sl_diags *d)
{
	int carried = 0, ret;

	/* The second pass takes a fraction of the first one's time: so little changes until the
	 * store. */
	for (unsigned int pass = 0; before && pass < 2 && !carried; pass++)
		carried = sl_carry_across(before, g, false);
	sl_fault("tables copied");
	ret = enter(pf, g);
	if (ret)
		return failed(d, name, "entering the graph", ret);
	if (before && !carried)
		carried = sl_carry_across(before, g, true);
	sl_fault("tables followed up");
	if (carried)
		sl_warn(d, SL_NOPOS, "state",
			"tenant %s: not all table entries could be carried over: %s", name,
			strerror(-carried));
	return 0;
}

/* Empties the old program's entry, unless the new one is of the same parity. */
static int clear_old(struct sl_platform *pf, const struct sl_generation *before)
{
	const struct sl_tenant_rec *rec = &sl_platform_tenants(pf)[before->slot];

	if (((rec->generation ^ before->number) & 1) == 0)
		return 0;
	return set_entry(pf, first_map(before->loaded->thread),
			 sl_chain_index(before->slot, before->number), -1);
}

/* Rounds that copies of the last packet may make through the thread. */
#define ROUNDS 8

/* Waits until nothing is on its way to `before` on a thread. 0, or -ETIMEDOUT: it may still be. */
static int drain(struct sl_platform *pf, const struct sl_generation *before)
{
	unsigned int parity = before->number & 1;
	struct sl_tenant_stats s;
	uint64_t handed = 0;
	int ret = 0;

	if (!before->loaded->thread)
		return 0;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		ret = sl_platform_thread_drain(pf, before->slot, before->number);
		if (ret || !copies(before))
			return ret;
		/* What was taken up may have become copies, which come to the thread again. */
		ret = sl_platform_grace(pf);
		ret = ret ? ret : sl_platform_tenant_stats(pf, before->slot, &s);
		if (ret || (i && s.handed[parity] == handed))
			return ret;
		handed = s.handed[parity];
	}
	return -ETIMEDOUT;
}

int sl_tenant_finish(struct sl_platform *pf, const char *name, struct sl_generation *g,
		     const struct sl_generation *before, bool *keep_before, struct sl_diags *d)
{
	_free_ char *old_dir = NULL;
	bool late = false;
	int ret;

	*keep_before = false;
	if (before) {
		ret = sl_platform_grace(pf);
		ret = ret ? ret : drain(pf, before);
		late = ret == -ETIMEDOUT;
		if (ret && !late)
			return failed(d, name, "waiting for the old graph", ret);
		sl_fault("grace");
		old_dir = sl_generation_dir(sl_platform_root(pf), name, before->number);
		ret = old_dir ? sl_carry_finish(before, g, old_dir) : -ENOMEM;
		sl_carry_free(g);
		if (ret)
			return failed(d, name, "carrying state over", ret);
		sl_fault("carried");
	}
	/* Until here the old graph's are shown: nobody sees a count begin anew. */
	ret = sl_counts_show(&g->maps);
	if (ret)
		return failed(d, name, "reading counters", ret);
	ret = sl_pins_counters(g->loaded, sl_platform_root(pf), name);
	if (ret)
		return failed(d, name, "pinning counters", ret);
	if (!before)
		return 0;
	if (before->slot == g->slot && before->loaded->thread && !g->loaded->thread) {
		ret = sl_platform_thread_stop(pf, g->slot);
		if (ret)
			return failed(d, name, "ending the thread", ret);
	}
	if (before->slot == g->slot && (late || copies(before))) {
		*keep_before = true;
		return 0;
	}
	ret = sl_tenant_unpin(pf, name, before->number);
	if (!ret && before->slot == g->slot)
		ret = clear_old(pf, before);
	sl_fault("old program gone");
	return ret ? failed(d, name, "removing the old graph", ret) : 0;
}

int sl_tenant_adopt(struct sl_platform *pf, const char *name, uint32_t slot, uint32_t number,
		    struct sl_compiled *c, bool thread, struct sl_diags *d,
		    struct sl_generation **out)
{
	SL_CLEANUP(sl_generation_freep) struct sl_generation *g = NULL;
	_free_ char *dir = sl_generation_dir(sl_platform_root(pf), name, number);
	struct sl_loaded *l = NULL;
	int ret;

	(void)d;
	if (!dir)
		return -ENOMEM;
	ret = generation_new(slot, number, &g);
	ret = ret ? ret : sl_pins_read(c, dir, &l);
	if (ret)
		return ret;
	l->thread = thread;
	complete(g, c, l);
	*out = TAKE_PTR(g);
	return 0;
}

bool sl_tenant_runs(struct sl_platform *pf, const struct sl_generation *g)
{
	uint32_t at = sl_chain_index(g->slot, g->number), id;
	bool thread = g->loaded->thread;

	return sl_platform_tenants(pf)[g->slot].generation == known_as(g->number, thread) &&
	       !bpf_map_lookup_elem(sl_platform_map(pf, first_map(thread)), &at, &id) &&
	       (!thread || !sl_platform_thread_cpu(pf, g->slot, &id));
}

void sl_tenant_set_active(struct sl_platform *pf, uint32_t slot, bool active)
{
	__atomic_store_n(&sl_platform_tenants(pf)[slot].active, active, __ATOMIC_RELEASE);
	sl_fault("active flag");
}

int sl_tenant_clear_other(struct sl_platform *pf, const struct sl_generation *g)
{
	uint32_t at = sl_chain_index(g->slot, g->number + 1);
	int ret = clear_entries(pf, at, false);

	ret = ret ? ret : clear_entries(pf, at, true);
	return ret ? ret
		   : clear_entries(pf, sl_chain_index(g->slot, g->number), !g->loaded->thread);
}

/* Ends a slot's thread, if there is one. What is in its queue may meet nobody else's graph there.
 */
static int clear_thread(struct sl_platform *pf, uint32_t slot)
{
	uint32_t cpu;
	int ret = sl_platform_thread_cpu(pf, slot, &cpu);

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	ret = sl_platform_thread_drain(pf, slot, 0);
	ret = ret ? ret : sl_platform_thread_drain(pf, slot, 1);
	return ret ? ret : sl_platform_thread_stop(pf, slot);
}

int sl_tenant_clear(struct sl_platform *pf, uint32_t slot)
{
	int ret = 0;

	sl_tenant_set_active(pf, slot, false);
	for (uint32_t parity = 0; parity < 2; parity++) {
		int err = clear_entries(pf, sl_chain_index(slot, parity), false);

		ret = ret ? ret : err;
		err = clear_entries(pf, sl_chain_index(slot, parity), true);
		ret = ret ? ret : err;
		sl_fault("slot emptied");
	}
	memset((void *)sl_platform_tenants(pf)[slot].resume_gen, 0,
	       sizeof(sl_platform_tenants(pf)[slot].resume_gen));
	ret = ret ? ret : sl_platform_grace(pf);
	return ret ? ret : clear_thread(pf, slot);
}

int sl_tenant_unpin(struct sl_platform *pf, const char *name, uint32_t number)
{
	_free_ char *dir = sl_generation_dir(sl_platform_root(pf), name, number);

	return dir ? sl_pins_remove(dir) : -ENOMEM;
}

int sl_tenant_unpin_others(struct sl_platform *pf, const char *name, uint32_t keep)
{
	_free_ char *dir = NULL, *stay = NULL;
	struct dirent *e;
	int ret = 0;
	DIR *dp;

	if (asprintf(&dir, "%s/%s", sl_platform_root(pf), name) < 0 ||
	    asprintf(&stay, "gen-%u", keep) < 0)
		return -ENOMEM;
	if (!keep)
		return sl_pins_remove(dir);
	dp = opendir(dir);
	if (!dp)
		return errno == ENOENT ? 0 : -errno;
	while ((e = readdir(dp))) {
		_free_ char *path = NULL;

		if (strncmp(e->d_name, "gen-", 4) || !strcmp(e->d_name, stay))
			continue;
		if (asprintf(&path, "%s/%s", dir, e->d_name) < 0)
			ret = -ENOMEM;
		else
			ret = ret ? ret : sl_pins_remove(path);
	}
	closedir(dp);
	return ret;
}

void sl_generation_free(struct sl_generation *g)
{
	if (!g)
		return;
	if (g->compiled)
		sl_carry_free(g);
	sl_loaded_free(g->loaded);
	sl_compiled_free(g->compiled);
	free(g);
}
