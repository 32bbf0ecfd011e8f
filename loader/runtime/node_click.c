// SPDX-License-Identifier: GPL-2.0-only
/* What Click's clients want to know of a running graph as a whole. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/element/control_socket.h"
#include "loader/codegen/ask.h"
#include "loader/config/path_mtu.h"
#include "loader/mem.h"
#include "loader/runtime/node_int.h"

extern const struct sl_class sl_class_control_socket;

bool sl_node_read_only(struct sl_node *n, const char *tenant)
{
	struct tenant_rt *rt = node_rt(n, tenant);
	const struct sl_program *p = rt && rt->run ? rt->run->compiled->program : NULL;
	bool found = false;

	for (uint32_t i = 0; p && i < p->graph->n_elems; i++) {
		struct control_socket_rw rw = {0};
		struct sl_live *live = &rt->run->live;

		if (p->insts[i].class != &sl_class_control_socket)
			continue;
		/* One that may be written through is enough. */
		if (live->ops->rw_get(live, i, &rw, 0, sizeof(rw)) || !rw.readonly)
			return false;
		found = true;
	}
	return found;
}

static int add_flat(struct sl_node *n, const char *tenant, struct tenant_rt *rt, json_object *o,
		    struct sl_diags *d)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	struct sl_submission s = {0};
	struct sl_ask a = {.submission = &s,
			   .devices = &rt->run->compiled->program->devices,
			   .sandbox = n->sandbox,
			   .bpf_dir = n->bpf_dir};
	json_object *graph, *v;
	int ret = node_graph_submission(n, tenant, t->gen, &s);

	if (ret)
		return ret;
	graph = sl_ask_graph(&a, d);
	sl_submission_free(&s);
	if (!graph)
		return -EINVAL;
	if (json_object_object_get_ex(graph, "text", &v))
		json_object_object_add(o, "flat", json_object_get(v));
	if (json_object_object_get_ex(graph, "requirements", &v))
		json_object_object_add(o, "requirements", json_object_get(v));
	json_object_put(graph);
	return 0;
}

int sl_node_graph(struct sl_node *n, const char *tenant, bool flat, json_object **out,
		  struct sl_diags *d)
{
	struct tenant_rt *rt = node_running(n, tenant, d);
	_free_ char *name = NULL, *text = NULL;
	const struct sl_graph *g;
	json_object *o, *list;
	int ret;

	if (!rt)
		return -ENOENT;
	ret = sl_node_graph_text(n, tenant, &name, &text);
	if (ret)
		return ret;
	o = json_object_new_object();
	list = json_object_new_array();
	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "text", json_object_new_string(text));
	json_object_object_add(o, "elements", list);
	g = rt->run->compiled->program->graph;
	for (size_t i = 0; i < g->n_elems; i++)
		if (!sl_path_mtu_is(&g->elems[i]))
			json_object_array_add(list, json_object_new_string(g->elems[i].name));
	ret = flat ? add_flat(n, tenant, rt, o, d) : 0;
	if (ret) {
		json_object_put(o);
		return ret;
	}
	*out = o;
	return 0;
}
