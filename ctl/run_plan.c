// SPDX-License-Identifier: GPL-2.0-only
/* sluicectl plan: what becomes of a graph: segments, facts, what is counted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/child.h"
#include "ctl/run.h"
#include "loader/codegen/compile.h"
#include "loader/mem.h"
#include "loader/plan/plan.h"

static struct json_object *text(const char *s)
{
	return json_object_new_string(s);
}

static struct json_object *number(uint64_t n)
{
	return json_object_new_uint64(n);
}

/* An offset from where frames begin, or null where packets differ. */
static struct json_object *offset(uint32_t at, uint32_t head)
{
	if (at == SL_ANY)
		return NULL;
	return at == SL_UNSET ? text("unset") : json_object_new_int64((int64_t)at - head);
}

/* Ways out of an element, and how many of them have a counter of their own. */
static struct json_object *counted(const struct sl_plan *plan, uint32_t i)
{
	const struct sl_flow *f = plan->flow;
	unsigned int ways = 0, cells = 0;
	char buf[32];

	for (uint32_t o = 0; o < plan->elems[i].n_out; o++) {
		if (plan->elems[i].out[o].elem == SL_NO_ELEM)
			continue;
		ways++;
		cells += f->edges[f->out[i] + o].cell != SL_FLOW_DERIVED;
	}
	if (f->leave[i] != SL_FLOW_OUTSIDE) {
		ways++;
		cells += f->edges[f->leave[i]].cell != SL_FLOW_DERIVED;
	}
	snprintf(buf, sizeof(buf), "%u of %u", cells, ways);
	return text(buf);
}

static struct json_object *element_json(const struct sl_program *p, const struct sl_plan *plan,
					uint32_t i)
{
	const struct sl_plan_elem *pe = &plan->elems[i];
	const struct sl_plan_block *b = pe->block == SL_NO_BLOCK ? NULL : &plan->blocks[pe->block];
	/* Of its own code, if it has some; shared code knows less. */
	const struct sl_facts *f =
		pe->usual ? &plan->facts[pe->facts]
			  : &plan->shared_facts[plan->elems[b ? b->elems[0] : i].facts];
	const struct sl_elem *e = &p->graph->elems[i];
	uint32_t head = p->devices.head;
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "element", text(e->name));
	json_object_object_add(o, "class", text(e->class_name));
	json_object_object_add(o, "segment", pe->usual ? number(pe->segment) : NULL);
	json_object_object_add(o, "shared", b ? number(b->segment) : NULL);
	json_object_object_add(o, "alike", b ? number(b->n) : NULL);
	json_object_object_add(o, "begins", offset(f->off, head));
	json_object_object_add(o, "network", offset(f->nh, head));
	json_object_object_add(o, "known", number(f->known > head ? f->known - head : 0));
	json_object_object_add(o, "counted", counted(plan, i));
	return o;
}

static struct json_object *segment_json(const struct sl_plan *plan, uint32_t k)
{
	const struct sl_plan_segment *s = &plan->segments[k];
	struct json_object *o = json_object_new_object();
	uint64_t n = 0;

	for (size_t i = 0; i < plan->n_order && !s->shared; i++) {
		const struct sl_plan_elem *pe = &plan->elems[plan->order[i]];

		n += pe->usual && pe->segment == k;
	}
	for (size_t i = 0; i < plan->n_blocks && s->shared; i++)
		n += plan->blocks[i].segment == k ? plan->blocks[i].n : 0;
	json_object_object_add(o, "segment", number(k));
	json_object_object_add(o, "elements", number(n));
	json_object_object_add(o, "weight", number(s->weight));
	json_object_object_add(o, "entries", number(s->n_entries));
	json_object_object_add(o, "code", text(s->shared ? "shared" : "usual"));
	return o;
}

static void describe(const struct sl_program *p, const struct sl_plan *plan,
		     struct json_object *result)
{
	struct json_object *segments = json_object_new_array(), *elems = json_object_new_array();

	for (uint32_t k = 0; k < plan->n_segments; k++)
		json_object_array_add(segments, segment_json(plan, k));
	for (size_t k = 0; k < plan->n_order; k++)
		json_object_array_add(elems, element_json(p, plan, plan->order[k]));
	json_object_object_add(result, "counters", number(plan->flow->n_cells));
	json_object_object_add(result, "copies", number(plan->n_copies));
	json_object_object_add(result, "segments", segments);
	json_object_object_add(result, "elements", elems);
}

static int plan_graph(void *arg, struct json_object *result, struct sl_diags *d)
{
	struct sl_submission *sub = arg;
	struct sl_click_opts opts = {
		.classes = &sl_class_set,
		.vars = sub->vars,
		.n_vars = sub->n_vars,
		.library = sl_submission_library,
		.library_arg = sub,
	};
	/* As preflight without a tenant: Ethernet links, in front of which is nothing. */
	struct sl_devices none = {0};
	SL_CLEANUP(sl_plan_freep) struct sl_plan *plan = NULL;
	struct sl_program *p = NULL;
	struct sl_graph *g = NULL;
	int ret = sl_click_parse(sub->graph.name, sub->graph.text, sub->graph.len, &opts, d, &g);

	if (ret)
		return ret;
	ret = sl_graph_check(g, &opts, d);
	if (ret) {
		sl_graph_free(g);
		return ret;
	}
	ret = sl_program_new(g, &none, d, &p);
	ret = ret ? ret : sl_plan_new(p, 0, d, &plan);
	if (!ret)
		describe(p, plan, result);
	sl_program_free(p);
	return ret;
}

int ctl_run_plan(struct ctl_call *call)
{
	struct sl_submission sub = {0};
	enum ctl_exit status = ctl_read_graph(call, "GRAPH", &sub);

	if (!status) {
		call->result = json_object_new_object();
		json_object_object_add(call->result, "graph", text(ctl_get(call, "GRAPH")));
		status = ctl_exit_of(ctl_child_call(plan_graph, &sub, call->result, &call->diags));
	}
	sl_submission_free(&sub);
	return (int)status;
}
