// SPDX-License-Identifier: GPL-2.0-only
/* sluicectl plan: what becomes of a graph: segments, facts, what is counted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/child.h"
#include "ctl/run.h"
#include "loader/codegen/compile.h"
#include "loader/cost/cost.h"
#include "loader/mem.h"
#include "loader/plan/plan.h"
#include "loader/runtime/account.h"
#include "loader/runtime/class_choice.h"
#include "loader/runtime/node.h"

struct planning {
	struct sl_submission sub;
	struct sl_calibration *calibration; /* NULL: none that can be used */
};

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

/* Rounded to tenths. */
static struct json_object *ns(double v)
{
	return json_object_new_double((double)(long)(v * 10 + 0.5) / 10);
}

static void add_costs(struct json_object *o, const struct sl_program *p, const struct sl_cost *cost,
		      uint32_t i)
{
	const struct sl_cost_elem *c = cost ? &cost->elems[i] : NULL;

	json_object_object_add(o, "weight", number(sl_cost_weight(&p->insts[i])));
	if (!c)
		return;
	json_object_object_add(o, "usual_ns", ns(c->usual_ns > 0 ? c->usual_ns : 0));
	json_object_object_add(o, "dear_ns", ns(c->dear_ns));
	json_object_object_add(o, "bound_ns", ns(c->bound_ns));
	json_object_object_add(o, "measured", json_object_new_boolean(c->measured));
}

/* Of a class that decides by tests of the packet: how many its own code has, and how many it would
 * have if nothing were known of packets that come. */
static struct json_object *tests(const struct sl_inst *in, const struct sl_plan_elem *pe)
{
	const struct sl_decider *dr = sl_is_decider(in) ? in->priv : NULL;
	char buf[32];

	if (!dr)
		return NULL;
	snprintf(buf, sizeof(buf), "%u of %u",
		 sl_dec_tests(pe->decided ? &pe->decided->graph : &dr->graph),
		 sl_dec_tests(&dr->graph));
	return text(buf);
}

/* Outputs that no packet takes from where packets usually come. */
static struct json_object *never(const struct sl_plan_elem *pe)
{
	char *list = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&list, &len);
	struct json_object *o;

	if (!f)
		return NULL;
	for (uint32_t k = 0; k < pe->n_out && pe->usual; k++)
		if (pe->out[k].dead)
			fprintf(f, "%s%u", ftell(f) ? " " : "", k);
	fclose(f);
	o = len ? text(list) : NULL;
	free(list);
	return o;
}

static struct json_object *element_json(const struct sl_program *p, const struct sl_plan *plan,
					const struct sl_cost *cost, uint32_t i)
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
	json_object_object_add(o, "tests", tests(&p->insts[i], pe));
	json_object_object_add(o, "never", never(pe));
	json_object_object_add(o, "counted", counted(plan, i));
	add_costs(o, p, cost, i);
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

/* Ways of packets, by the device they come in by. */
static struct json_object *paths_json(const struct sl_program *p, const struct sl_plan *plan,
				      const struct sl_cost *cost)
{
	struct json_object *a = json_object_new_array();

	for (uint32_t k = 0; k < plan->n_devs; k++) {
		const struct sl_cost_path *path = &cost->paths[k];
		struct json_object *o, *way;

		if (plan->from_dev[k].elem == SL_NO_ELEM)
			continue;
		o = json_object_new_object();
		way = json_object_new_array();
		for (size_t i = 0; i < path->n_usual; i++)
			json_object_array_add(way, text(p->graph->elems[path->usual[i]].name));
		json_object_object_add(o, "device", text(p->devices.list[k].name));
		json_object_object_add(o, "usual_ns", ns(path->usual_ns));
		json_object_object_add(o, "dear_ns", ns(path->dear_ns));
		json_object_object_add(o, "worst_ns", ns(path->worst_ns));
		json_object_object_add(o, "usual_way", way);
		json_object_array_add(a, o);
	}
	return a;
}

/* Where a node that is not told otherwise lets it run. */
static void add_class(const struct sl_calibration *measured, const struct sl_cost *cost,
		      struct json_object *result)
{
	const struct sl_platform_cost *platform =
		measured && measured->has_platform ? &measured->platform : &sl_account_usual_cost;
	const struct sl_node_config node = {.max_delay_us = SL_MAX_DELAY_US};
	const struct sl_node_tenant tenant = {.class = SL_CLASS_NONE};
	struct sl_class_choice c;
	_free_ char *why = NULL;

	sl_class_choose(&tenant, &node, platform, sl_cost_dear_ns(cost), &c);
	why = sl_class_text(&c);
	if (why)
		json_object_object_add(result, "runs", text(why));
}

static int describe(const struct sl_program *p, const struct sl_plan *plan,
		    const struct sl_calibration *calibration, struct json_object *result)
{
	SL_CLEANUP(sl_cost_freep) struct sl_cost *cost = NULL;
	int ret = sl_cost_new(calibration ? calibration : &sl_usual_calibration, p, plan, &cost);
	struct json_object *segments, *elems;

	if (ret)
		return ret;
	segments = json_object_new_array();
	elems = json_object_new_array();
	for (uint32_t k = 0; k < plan->n_segments; k++)
		json_object_array_add(segments, segment_json(plan, k));
	for (size_t k = 0; k < plan->n_order; k++)
		json_object_array_add(
			elems, element_json(p, plan, calibration ? cost : NULL, plan->order[k]));
	add_class(calibration, cost, result);
	json_object_object_add(result, "counters", number(plan->flow->n_cells));
	json_object_object_add(result, "copies", number(plan->n_copies));
	json_object_object_add(result, "most_copies", number(plan->max_copies));
	json_object_object_add(result, "segments", segments);
	json_object_object_add(result, "elements", elems);
	if (calibration)
		json_object_object_add(result, "paths", paths_json(p, plan, cost));
	return 0;
}

static int plan_graph(void *arg, struct json_object *result, struct sl_diags *d)
{
	const struct planning *pl = arg;
	const struct sl_submission *sub = &pl->sub;
	struct sl_click_opts opts = {
		.classes = &sl_class_set,
		.vars = sub->vars,
		.n_vars = sub->n_vars,
		.library = sl_submission_library,
		.library_arg = (void *)sub,
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
	ret = ret ? ret : describe(p, plan, pl->calibration, result);
	sl_program_free(p);
	return ret;
}

/* ---- The calibration -------------------------------------------------------------------------*/

static const char *age(int64_t seconds, char *buf, size_t size)
{
	if (seconds < 120)
		snprintf(buf, size, "%ld s ago", (long)seconds);
	else if (seconds < 7200)
		snprintf(buf, size, "%ld minutes ago", (long)seconds / 60);
	else if (seconds < 172800)
		snprintf(buf, size, "%ld hours ago", (long)seconds / 3600);
	else
		snprintf(buf, size, "%ld days ago", (long)seconds / 86400);
	return buf;
}

/* One that cannot be used is no reason to refuse: what is missing then, and why, is said. */
static void read_calibration(struct ctl_call *call, struct planning *pl)
{
	const char *path = ctl_get(call, "calibration");
	char how[192], when[64];
	struct sl_diag *m;
	int64_t passed;
	int ret;

	if (!path)
		path = SL_STATE_DIR "/" SL_CALIBRATION_FILE;
	ret = sl_calibration_read(path, &pl->calibration);
	if (!ret && !pl->calibration->n_points) {
		/* What there is of it is for sluiced. */
		sl_calibration_free(TAKE_PTR(pl->calibration));
		ret = -ENOENT;
	}
	if (ret) {
		m = sl_note(&call->diags, (struct sl_pos){.file = path}, "no-calibration",
			    ret == -ENOENT ? "this host was not measured: weights are shown, no ns"
					   : "cannot be used: %s",
			    strerror(-ret));
		sl_diag_hint(m, "`sluicectl calibrate`, as root, measures what elements cost here");
		return;
	}
	passed = (int64_t)time(NULL) - pl->calibration->time_s;
	age(passed > 0 ? passed : 0, when, sizeof(when));
	if (sl_calibration_differs(pl->calibration, how, sizeof(how))) {
		m = sl_warn(&call->diags, (struct sl_pos){.file = path}, "old-calibration",
			    "measured %s %s: not used", when, how);
		sl_diag_hint(m, "measure again: sluicectl calibrate");
		sl_calibration_free(pl->calibration);
		pl->calibration = NULL;
		return;
	}
	json_object_object_add(call->result, "calibrated", text(when));
}

int ctl_run_plan(struct ctl_call *call)
{
	struct planning pl = {.calibration = NULL};
	enum ctl_exit status = ctl_read_graph(call, "GRAPH", &pl.sub);

	if (!status) {
		call->result = json_object_new_object();
		json_object_object_add(call->result, "graph", text(ctl_get(call, "GRAPH")));
		read_calibration(call, &pl);
		status = ctl_exit_of(ctl_child_call(plan_graph, &pl, call->result, &call->diags));
	}
	sl_submission_free(&pl.sub);
	sl_calibration_free(pl.calibration);
	return (int)status;
}
