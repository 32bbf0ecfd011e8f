/* SPDX-License-Identifier: GPL-2.0-only */
/* What a change that was cut short left in the kernel and on disk: taken away at the next start. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/mem.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/node_int.h"
#include "loader/runtime/tenant_pins.h"

/* Directories of the pin root that are the platform's own. */
static bool platform_dir(const char *name)
{
	return !strncmp(name, "platform", 8) || !strcmp(name, "ports") || !strcmp(name, "copies");
}

/* Chain slots in which something is active, but nobody's. */
static void sweep_slots(struct sl_node *n, struct sl_diags *d)
{
	for (uint32_t s = 0; s < SL_MAX_TENANTS; s++) {
		const struct sl_tenant_rec *rec = &sl_platform_tenants(n->pf)[s];
		bool used = false;
		int ret;

		for (size_t i = 0; i < n->st.n_tenants && !used; i++)
			used = n->st.tenants[i].slot == s;
		if (used || (!rec->active && !rec->generation && !rec->head))
			continue;
		ret = sl_tenant_clear(n->pf, s);
		if (ret)
			sl_warn(d, SL_NOPOS, "sweep", "chain slot %u cannot be emptied: %s", s,
				strerror(-ret));
		memset((void *)rec, 0, sizeof(*rec));
		sl_fault("slot swept");
	}
}

/* Generations of a tenant that neither run nor are kept. */
static void sweep_generations(struct sl_node *n, const struct tenant_rt *rt, struct sl_diags *d)
{
	_free_ char *dir = NULL;
	struct dirent *e;
	DIR *dp;

	if (asprintf(&dir, "%s/%s", sl_platform_root(n->pf), rt->name) < 0)
		return;
	dp = opendir(dir);
	while (dp && (e = readdir(dp))) {
		_free_ char *path = NULL;
		unsigned int gen;
		int ret;

		if (sscanf(e->d_name, "gen-%u", &gen) != 1 || (rt->run && rt->run->number == gen) ||
		    (rt->kept && rt->kept->number == gen) ||
		    asprintf(&path, "%s/%s", dir, e->d_name) < 0)
			continue;
		ret = sl_pins_remove(path);
		if (ret)
			sl_warn(d, SL_NOPOS, "sweep", "%s cannot be removed: %s", path,
				strerror(-ret));
	}
	if (dp)
		closedir(dp);
}

/* Pins, or files, of tenants that are not in the state: `dir` holds a directory a tenant. */
static void sweep_tenants(struct sl_node *n, const char *dir, bool pins, struct sl_diags *d)
{
	DIR *dp = opendir(dir);
	struct dirent *e;

	while (dp && (e = readdir(dp))) {
		_free_ char *path = NULL;
		int ret;

		if (e->d_name[0] == '.' || (pins && platform_dir(e->d_name)) ||
		    node_state_tenant(&n->st, e->d_name) ||
		    asprintf(&path, "%s/%s", dir, e->d_name) < 0)
			continue;
		if (!pins) {
			node_graph_prune(n, e->d_name, 0, 0);
			continue;
		}
		ret = sl_pins_remove(path);
		if (ret)
			sl_warn(d, SL_NOPOS, "sweep", "%s cannot be removed: %s", path,
				strerror(-ret));
		sl_fault("tenant swept");
	}
	if (dp)
		closedir(dp);
}

void node_sweep(struct sl_node *n, struct sl_diags *d)
{
	_free_ char *files = NULL;

	sweep_slots(n, d);
	if (sl_platform_threads_sweep(n->pf))
		sl_warn(d, SL_NOPOS, "sweep", "a thread of no tenant stays");
	sweep_tenants(n, sl_platform_root(n->pf), true, d);
	if (asprintf(&files, "%s/tenants", n->state_dir) >= 0)
		sweep_tenants(n, files, false, d);
	node_memory_sweep(n);
	for (size_t i = 0; i < n->n_rts; i++) {
		const struct tenant_state *t = node_state_tenant(&n->st, n->rts[i].name);

		sweep_generations(n, &n->rts[i], d);
		if (n->rts[i].run && !n->rts[i].kept && sl_tenant_clear_other(n->pf, n->rts[i].run))
			sl_warn(d, SL_NOPOS, "sweep", "tenant %s: an old program stays",
				n->rts[i].name);
		if (t)
			node_graph_prune(n, t->name, t->gen, t->prev);
	}
}
