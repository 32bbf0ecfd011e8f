// SPDX-License-Identifier: GPL-2.0-only
/* A running graph with its state, for following packets elsewhere. */
#include <errno.h>

#include "loader/codegen/snapshot.h"
#include "loader/runtime/devices.h"
#include "loader/runtime/node_int.h"

int sl_node_snapshot(struct sl_node *n, const char *tenant, json_object **out, struct sl_diags *d)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	struct tenant_rt *rt = node_running(n, tenant, d);
	struct sl_submission s = {0};
	json_object *o;
	int ret;

	if (!rt || !t)
		return -ENOENT;
	ret = node_graph_submission(n, tenant, t->gen, &s);
	if (ret)
		return ret;
	o = json_object_new_object();
	json_object_object_add(o, "generation", json_object_new_int64(t->gen));
	json_object_object_add(o, "submission", sl_submission_json(&s));
	json_object_object_add(o, "devices", sl_devices_json(&rt->run->compiled->program->devices));
	json_object_object_add(o, "state", sl_snapshot_json(&rt->run->live));
	sl_submission_free(&s);
	*out = o;
	return 0;
}
