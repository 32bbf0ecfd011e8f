// SPDX-License-Identifier: GPL-2.0-only
/* What a graph is compiled for: submission and devices. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "ctl/client.h"
#include "ctl/run.h"
#include "ctl/target.h"
#include "loader/mem.h"
#include "loader/runtime/account.h"
#include "loader/runtime/class_choice.h"
#include "loader/runtime/config.h"
#include "loader/runtime/devices.h"
#include "loader/runtime/node.h"
#include "loader/runtime/recut.h"

void ctl_target_free(struct ctl_target *t)
{
	sl_submission_free(&t->submission);
	free(t->list);
	free(t->tenant);
	sl_node_config_free(t->node);
	sl_calibration_free(t->costs);
	memset(t, 0, sizeof(*t));
}

/* ---- From a node file ------------------------------------------------------------------------*/

static bool same_file(const char *a, const char *b)
{
	_free_ char *x = a ? realpath(a, NULL) : NULL, *y = b ? realpath(b, NULL) : NULL;

	return x && y && !strcmp(x, y);
}

/* The tenant named, or the one whose graph this is, or the only one. */
static const struct sl_node_tenant *pick_tenant(struct ctl_call *call,
						const struct sl_node_config *c)
{
	const char *name = ctl_get(call, "tenant"), *graph = ctl_get(call, "GRAPH");
	const struct sl_node_tenant *t = NULL;

	if (name) {
		t = sl_node_config_tenant(c, name);
		if (!t)
			sl_error(&call->diags, (struct sl_pos){.file = c->file}, "no-tenant",
				 "describes no tenant '%s'", name);
		return t;
	}
	for (size_t i = 0; !t && i < c->n_tenants; i++)
		if (same_file(c->tenants[i].graph, graph))
			t = &c->tenants[i];
	if (!t && c->n_tenants == 1)
		t = &c->tenants[0];
	if (!t)
		sl_diag_hint(sl_error(&call->diags, (struct sl_pos){.file = c->file}, "no-tenant",
				      "has no tenant with the graph %s", graph),
			     "say which is meant: --tenant NAME");
	return t;
}

static enum ctl_exit from_file(struct ctl_call *call, const char *path, struct ctl_target *t)
{
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *c = NULL;
	const struct sl_node_tenant *conf;
	int ret = sl_node_config_load(path, &call->diags, &c);

	if (ret)
		return ret == -EINVAL ? CTL_REFUSED : CTL_SYSTEM;
	conf = pick_tenant(call, c);
	if (!conf)
		return CTL_REFUSED;
	t->tenant = strdup(conf->name);
	if (!t->tenant)
		return CTL_SYSTEM;
	sl_devices_of(c, conf, sl_devices_head(conf, NULL, NULL), NULL, NULL, t->list, &t->devices);
	t->class = conf->class;
	t->ns_per_packet = conf->budget.ns_per_packet;
	t->max_delay_us = c->max_delay_us;
	t->node = TAKE_PTR(c);
	return CTL_DONE;
}

/* ---- From the daemon -------------------------------------------------------------------------*/

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return v;
}

static void limits_from(struct json_object *tenant, struct ctl_target *t)
{
	struct json_object *conf = member(tenant, "config"), *v;
	const char *class = json_object_get_string(member(conf, "class"));
	int64_t ns = json_object_get_int64(member(member(conf, "budget"), "ns_per_packet"));

	if (class)
		t->class = strcmp(class, "thread") ? SL_CLASS_INLINE : SL_CLASS_THREAD;
	t->ns_per_packet = ns > 0 && ns <= UINT32_MAX ? (uint32_t)ns : 0;
	v = member(tenant, "max_delay_us");
	if (v)
		t->max_delay_us = (uint32_t)json_object_get_int64(v);
}

static enum ctl_exit from_daemon(struct ctl_call *call, const char *name, struct ctl_target *t)
{
	struct json_object *args = json_object_new_object(), *result = NULL, *o;
	enum ctl_exit status;

	if (!args)
		return CTL_SYSTEM;
	json_object_object_add(args, "tenant", json_object_new_string(name));
	status = ctl_ask(call, "tenant show", args, NULL, &result);
	json_object_put(args);
	if (!status && (!json_object_object_get_ex(result, "compiled_for", &o) ||
			sl_devices_from_json(o, t->list, &t->devices))) {
		sl_error(&call->diags, SL_NOPOS, "protocol",
			 "the daemon does not say which devices tenant %s has", name);
		status = CTL_SYSTEM;
	}
	if (!status)
		limits_from(result, t);
	json_object_put(result);
	if (!status) {
		t->tenant = strdup(name);
		status = t->tenant ? CTL_DONE : CTL_SYSTEM;
	}
	return status;
}

/* ---- What elements cost here -----------------------------------------------------------------*/

static struct sl_calibration *read_costs(void)
{
	SL_CLEANUP(sl_calibration_freep) struct sl_calibration *c = NULL;
	char how[192];

	if (sl_calibration_read(SL_STATE_DIR "/" SL_CALIBRATION_FILE, &c) ||
	    sl_calibration_differs(c, how, sizeof(how)))
		return NULL;
	return TAKE_PTR(c);
}

char *ctl_target_class(const struct ctl_target *t, const struct sl_compiled *c)
{
	const struct sl_node_tenant conf = {.class = t->class,
					    .budget = {.ns_per_packet = t->ns_per_packet}};
	const struct sl_node_config node = {.max_delay_us = t->max_delay_us};
	struct sl_class_choice choice;

	sl_class_choose(&conf, &node,
			t->costs && t->costs->has_platform ? &t->costs->platform
							   : &sl_account_usual_cost,
			c->bundle->dear_ns, &choice);
	return sl_class_text(&choice);
}

/* ---- Both ------------------------------------------------------------------------------------*/

enum ctl_exit ctl_target_read(struct ctl_call *call, struct ctl_target *t)
{
	const char *file = ctl_get(call, "node"), *tenant = ctl_get(call, "tenant");
	enum ctl_exit status = ctl_read_graph(call, "GRAPH", &t->submission);

	t->max_delay_us = SL_MAX_DELAY_US;
	if (!status)
		t->costs = read_costs();
	if (status || (!file && !tenant))
		return status;
	t->list = calloc(SL_MAX_DEVS, sizeof(*t->list));
	if (!t->list)
		return CTL_SYSTEM;
	return file ? from_file(call, file, t) : from_daemon(call, tenant, t);
}

int ctl_target_compile(const struct ctl_target *t, enum sl_target target, int cut,
		       struct sl_diags *d, struct sl_compiled **out)
{
	struct sl_compile_opts opts = {.target = target,
				       .devices = t->devices,
				       .max_weight = sl_recut_weight(0, cut),
				       .costs = t->costs && t->costs->n_points ? t->costs : NULL,
				       .sandbox = true};

	return sl_compile(&t->submission, &opts, d, out);
}
