// SPDX-License-Identifier: GPL-2.0-only
/* Choosing the edges that are counted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/plan/flow.h"
#include "loader/plan/plan.h"

/* How often an edge is taken, as far as the graph alone tells: of what enters an element. */
#define ERROR_SHARE                                                                                \
	0.015 /* all outputs but the first, of classes that have them for what is wrong */
#define DROP_SHARE 0.005

struct chooser {
	const struct sl_program *prog;
	const struct sl_plan *plan;
	struct sl_flow *f;
	double *weight; /* per edge */
	uint32_t cap_weight;
	double *enter;	/* per element */
	uint32_t *root; /* union-find; the last node is the outside */
};

static int add(struct chooser *ch, uint32_t from, uint32_t to, double weight, uint32_t *place)
{
	struct sl_flow *f = ch->f;
	uint32_t n = f->n_edges;

	if (SL_GROW(f->edges, f->n_edges, f->cap_edges) || SL_GROW(ch->weight, n, ch->cap_weight))
		return -ENOMEM;
	f->edges[n] = (struct sl_flow_edge){from, to, SL_FLOW_DERIVED};
	ch->weight[n] = weight;
	*place = f->n_edges++;
	if (to != SL_FLOW_OUTSIDE)
		ch->enter[to] += weight;
	return 0;
}

/* Classes with any number of outputs choose among them; others have a second one for what is wrong.
 */
static bool chooses(const struct sl_class *c)
{
	size_t n = strlen(c->spec.ports);

	return n && (c->spec.ports[n - 1] == '-' || c->spec.ports[n - 1] == '=');
}

static double guess(const struct sl_inst *in, uint32_t n, uint32_t o)
{
	const struct sl_class *c = in->class;

	/* What is too long for a device is the exception, and its only output. */
	if (in->aside)
		return DROP_SHARE;
	if (chooses(c))
		return (1 - DROP_SHARE) / n;
	if (n == 1)
		return 1 - DROP_SHARE;
	return o ? ERROR_SHARE / (n - 1) : 1 - DROP_SHARE - ERROR_SHARE;
}

/* Of `enter` that come into an element, those that take output `o` of `n`. */
static double share(const struct sl_inst *in, double enter, uint32_t n, uint32_t o)
{
	/* Even where none was seen, one may come. */
	if (in->shares)
		return in->shares[o] * 1e-6 + 1e-9;
	return enter * guess(in, n, o);
}

bool sl_flow_usual(const struct sl_program *prog, const struct sl_plan *plan, uint32_t i,
		   uint32_t o)
{
	const struct sl_inst *in = &prog->insts[i];

	return !in->aside && (o == 0 || chooses(in->class)) && sl_plan_direct(&plan->elems[i], o);
}

/* Edges out of an element, in topological order of elements: what enters is known by then. */
static int add_outputs(struct chooser *ch, uint32_t i)
{
	const struct sl_plan_elem *pe = &ch->plan->elems[i];
	const struct sl_inst *inst = &ch->prog->insts[i];
	bool ends = !pe->n_out || inst->aside;
	double in = ch->enter[i];
	int ret = 0;

	ch->f->out[i] = ch->f->n_edges;
	for (uint32_t o = 0; o < pe->n_out && !ret; o++) {
		const struct sl_hop *h = &pe->out[o];
		/* What takes a further output of a Tee is one packet more. */
		bool more = !sl_plan_direct(pe, o);
		uint32_t place;

		if (h->elem == SL_NO_ELEM)
			ret = add(ch, SL_FLOW_OUTSIDE, SL_FLOW_OUTSIDE, 0, &place);
		else
			ret = add(ch, more ? SL_FLOW_OUTSIDE : i, h->elem,
				  h->dead ? 0 : share(inst, in, pe->n_out, o), &place);
	}
	if (ret)
		return ret;
	/* What hands on all it gets loses packets only at a tail call, or that go round too often.
	 */
	if ((inst->class->flags & SL_C_IDLE) && pe->n_out && pe->out[0].elem != SL_NO_ELEM &&
	    !pe->out[0].cut && !pe->again[0].cut)
		return 0;
	return add(ch, i, SL_FLOW_OUTSIDE, in * (ends ? 1 : DROP_SHARE), &ch->f->leave[i]);
}

static int add_edges(struct chooser *ch)
{
	const struct sl_plan *plan = ch->plan;
	int ret = 0;

	for (size_t k = 0; k < plan->n_devs && !ret; k++)
		if (plan->from_dev[k].elem != SL_NO_ELEM)
			ret = add(ch, SL_FLOW_OUTSIDE, plan->from_dev[k].elem, 1,
				  &ch->f->device[k]);
	for (size_t k = 0; k < plan->n_order && !ret; k++)
		ret = add_outputs(ch, plan->order[k]);
	/* A copied packet leaves where it is copied; all its copies come from outside. */
	for (size_t k = 0; k < plan->n_ways && !ret; k++) {
		const struct sl_plan_way *w = &plan->ways[k];

		if (!sl_plan_direct(&plan->elems[w->elem], w->out))
			ch->f->resume[k] = ch->f->out[w->elem] + w->out;
		else if (plan->resume[k].elem != SL_NO_ELEM)
			ret = add(ch, SL_FLOW_OUTSIDE, plan->resume[k].elem, 0, &ch->f->resume[k]);
	}
	return ret;
}

static uint32_t find(struct chooser *ch, uint32_t i)
{
	while (ch->root[i] != i) {
		ch->root[i] = ch->root[ch->root[i]];
		i = ch->root[i];
	}
	return i;
}

struct ranked {
	double weight;
	uint32_t edge;
};

static int heaviest_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->edge < y->edge ? -1 : 1;
}

/* The heaviest spanning tree is derived; every other edge gets a cell. */
static int choose(struct chooser *ch)
{
	struct sl_flow *f = ch->f;
	_free_ struct ranked *order = malloc((f->n_edges + 1) * sizeof(*order));

	if (!order)
		return -ENOMEM;
	for (uint32_t i = 0; i <= f->n_elems; i++)
		ch->root[i] = i;
	for (uint32_t e = 0; e < f->n_edges; e++)
		order[e] = (struct ranked){ch->weight[e], e};
	qsort(order, f->n_edges, sizeof(*order), heaviest_first);
	for (uint32_t k = 0; k < f->n_edges; k++) {
		struct sl_flow_edge *e = &f->edges[order[k].edge];
		uint32_t a = find(ch, e->from == SL_FLOW_OUTSIDE ? f->n_elems : e->from);
		uint32_t b = find(ch, e->to == SL_FLOW_OUTSIDE ? f->n_elems : e->to);

		/* From outside to outside: an output that leads nowhere, and so no edge. */
		if (a == b && (e->from != SL_FLOW_OUTSIDE || e->to != SL_FLOW_OUTSIDE))
			e->cell = f->n_cells++;
		ch->root[a] = b;
	}
	return 0;
}

static uint32_t *nowhere(size_t n)
{
	uint32_t *v = malloc((n + 1) * sizeof(*v));

	for (size_t i = 0; v && i < n; i++)
		v[i] = SL_FLOW_OUTSIDE;
	return v;
}

int sl_flow_new(const struct sl_program *prog, const struct sl_plan *plan, struct sl_flow **out)
{
	struct sl_flow *f = calloc(1, sizeof(*f));
	struct chooser ch = {.prog = prog, .plan = plan, .f = f};
	int ret = -ENOMEM;

	if (!f)
		return -ENOMEM;
	f->n_elems = (uint32_t)plan->n_elems;
	f->out = nowhere(plan->n_elems);
	f->leave = nowhere(plan->n_elems);
	f->device = nowhere(plan->n_devs);
	f->resume = nowhere(plan->n_ways);
	ch.enter = calloc(plan->n_elems + 1, sizeof(*ch.enter));
	ch.root = calloc(plan->n_elems + 1, sizeof(*ch.root));
	if (f->out && f->leave && f->device && f->resume && ch.enter && ch.root) {
		ret = add_edges(&ch);
		ret = ret ? ret : choose(&ch);
	}
	free(ch.weight);
	free(ch.enter);
	free(ch.root);
	if (ret)
		sl_flow_free(f);
	else
		*out = f;
	return ret;
}

void sl_flow_free(struct sl_flow *f)
{
	if (!f)
		return;
	free(f->edges);
	free(f->out);
	free(f->leave);
	free(f->device);
	free(f->resume);
	free(f);
}
