// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compiling ahead: what sl_node_install() will do until something is pinned, done by a copy of the
 * daemon in a process of its own, so that the daemon finds the result in the compile cache. The
 * programs are loaded there as well, because a graph that is too complex for the kernel is compiled
 * again with smaller segments.
 */
#include <errno.h>
#include <stdlib.h>

#include "loader/mem.h"
#include "loader/plan/plan.h"
#include "loader/runtime/devices.h"
#include "loader/runtime/node_int.h"

static void add_ns(json_object *o, const char *key, uint64_t ns)
{
	json_object_object_add(o, key, json_object_new_int64((int64_t)ns));
}

static void report(json_object *o, const struct sl_stages *s)
{
	if (!o)
		return;
	add_ns(o, "parse_ns", s->parse);
	add_ns(o, "check_ns", s->check);
	add_ns(o, "configure_ns", s->configure);
	add_ns(o, "plan_ns", s->plan);
	add_ns(o, "codegen_ns", s->codegen);
	add_ns(o, "clang_ns", s->clang);
	add_ns(o, "link_ns", s->link);
	add_ns(o, "compile_ns", s->total);
	json_object_object_add(o, "cached", json_object_new_boolean(s->cached));
}

int sl_node_precompile(struct sl_node *n, const char *tenant, const struct sl_submission *s,
		       struct sl_diags *d, struct json_object *stages)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	const struct sl_node_tenant *conf = node_conf(n, tenant);
	_free_ struct sl_device *devs = calloc(SL_MAX_DEVS, sizeof(*devs));
	struct sl_compile_opts co;
	int ret;

	if (!t || !conf)
		return -ENOENT;
	if (!devs)
		return -ENOMEM;
	for (int cut = 0;; cut++) {
		SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
		SL_CLEANUP(sl_loaded_freep) struct sl_loaded *l = NULL;
		struct sl_load_opts lo = {.name = tenant, .frags = sl_platform_frags(n->pf)};
		struct sl_diags mine = {0};
		json_object *notes;

		node_graph_options(n, &n->st, t, conf, cut, devs, &co);
		ret = sl_compile(s, &co, &mine, &c);
		ret = ret ? ret : sl_load(c, &lo, &mine, &l);
		if (ret == -E2BIG && cut < NODE_CUTS) {
			sl_diags_free(&mine);
			continue;
		}
		notes = sl_diags_json(&mine);
		sl_diags_from_json(d, notes);
		json_object_put(notes);
		sl_diags_free(&mine);
		if (!ret)
			report(stages, &c->stages);
		return ret;
	}
}

struct json_object *sl_node_devices(struct sl_node *n, const char *tenant)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	const struct sl_node_tenant *conf = node_conf(n, tenant);
	_free_ struct sl_device *list = calloc(SL_MAX_DEVS, sizeof(*list));
	struct sl_devices devices;

	if (!t || !conf || !list)
		return NULL;
	node_links_devices(n, &n->st, conf, t->head, list, &devices);
	return sl_devices_json(&devices);
}
