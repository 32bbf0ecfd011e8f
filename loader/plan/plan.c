/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Planning: follow the packets from every FromDevice, find the cycles and what is copied
 * (copies.c), put elements into segments (segments.c), carry facts along (facts.c), choose what is
 * counted (flow.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "loader/mem.h"
#include "loader/plan/plan_int.h"

enum colour { WHITE, GREY, BLACK };

/* ---- What is connected to what ---------------------------------------------------------------*/

static int connect_hops(struct planner *pl)
{
	const struct sl_graph *g = pl->prog->graph;
	struct sl_plan *plan = pl->plan;
	int ret = 0;

	for (size_t i = 0; i < g->n_elems; i++) {
		struct sl_plan_elem *pe = &plan->elems[i];

		pe->copy = -1;
		pe->block = SL_NO_BLOCK;
		/* A way that is no connection of the graph's. */
		pe->n_out = pl->prog->insts[i].aside ? 1 : g->elems[i].n_out;
		pe->out = calloc(pe->n_out ? pe->n_out : 1, sizeof(*pe->out));
		pe->again = calloc(pe->n_out ? pe->n_out : 1, sizeof(*pe->again));
		if (!pe->out || !pe->again)
			return -ENOMEM;
		for (uint32_t k = 0; k < pe->n_out; k++)
			pe->out[k].elem = SL_NO_ELEM;
		pe->n_ports = (plan_class(pl, i)->flags & SL_C_PORT) && g->elems[i].n_in > 1 &&
					      g->elems[i].n_in <= SL_PORTS_APART
				      ? g->elems[i].n_in
				      : 1;
		if (plan_class(pl, i)->flags & SL_C_SELDOM) {
			pe->n_seldom = (plan_class(pl, i)->flags & SL_C_PORT) && g->elems[i].n_in
					       ? g->elems[i].n_in
					       : 1;
			pe->seldom = calloc(pe->n_seldom, sizeof(*pe->seldom));
			if (!pe->seldom)
				return -ENOMEM;
			for (uint32_t k = 0; k < pe->n_seldom; k++)
				pe->seldom[k] =
					(struct sl_hop){.elem = i, .port = k, .shared = true};
		}
		if (pl->prog->insts[i].aside)
			pe->out[0] = (struct sl_hop){.elem = pl->prog->insts[i].aside};
	}
	for (size_t i = 0; i < g->n_conns; i++) {
		const struct sl_conn *c = &g->conns[i];
		struct sl_plan_elem *pe = &plan->elems[c->from];
		struct sl_hop *h;

		if (c->from_port >= pe->n_out)
			continue;
		h = &pe->out[c->from_port];
		if (h->elem != SL_NO_ELEM && (h->elem != c->to || h->port != c->to_port)) {
			struct sl_diag *m;

			m = sl_error(pl->d, sl_elem_pos(plan_elem(pl, c->from)), "shared-pull",
				     "output %u of '%s' is pulled from more than one place",
				     c->from_port, plan_elem(pl, c->from)->name);
			sl_diag_element(m, plan_elem(pl, c->from)->name);
			sl_diag_hint(m, "at level xdp a packet leaves by one device: give each "
					"ToDevice a queue of its own");
			ret = -EINVAL;
			continue;
		}
		h->elem = c->to;
		h->port = c->to_port;
	}
	return ret;
}

/* The element behind `i` that a packet on a pull path ends at, passing what only hands on. */
static uint32_t pull_end(const struct planner *pl, uint32_t i)
{
	for (size_t steps = 0; steps < pl->plan->n_elems; steps++) {
		const struct sl_plan_elem *pe = &pl->plan->elems[i];

		if (pe->n_out == 0 || pe->out[0].elem == SL_NO_ELEM)
			return i;
		i = pe->out[0].elem;
		if (plan_class(pl, i)->flags & SL_C_TODEV)
			return i;
		if (plan_elem(pl, i)->n_in != 1 || plan_elem(pl, i)->in_proc[0] != SL_PULL ||
		    plan_elem(pl, i)->n_out == 0 || plan_elem(pl, i)->out_proc[0] != SL_PULL)
			return i;
	}
	return i;
}

static int check_queues(struct planner *pl)
{
	int ret = 0;

	for (uint32_t i = 0; i < pl->plan->n_elems; i++) {
		uint32_t end;
		struct sl_diag *m;

		if (!(plan_class(pl, i)->flags & SL_C_QUEUE))
			continue;
		end = pull_end(pl, i);
		if (plan_class(pl, end)->flags & SL_C_TODEV)
			continue;
		m = sl_error(
			pl->d, sl_elem_pos(plan_elem(pl, i)), "needs-container",
			"'%s :: %s' feeds '%s :: %s': a queue that is not in front of a ToDevice "
			"cannot run in the kernel",
			plan_elem(pl, i)->name, plan_elem(pl, i)->class_name,
			plan_elem(pl, end)->name, plan_elem(pl, end)->class_name);
		sl_diag_element(m, plan_elem(pl, i)->name);
		sl_diag_hint(m,
			     "connect the queue to a ToDevice (the device's own ring then is the "
			     "queue), or leave the queue out");
		ret = -EINVAL;
	}
	return ret;
}

/* ---- Reachability, cycles, topological order -------------------------------------------------*/

uint32_t sl_plan_nth_output(const struct sl_program *prog, uint32_t elem, uint32_t n, uint32_t k)
{
	const uint32_t *shares = prog->insts[elem].shares;

	for (uint32_t o = 0; o < n && shares && n <= SL_OUTPUTS_RANKED; o++) {
		uint32_t rank = 0;

		for (uint32_t other = 0; other < n; other++)
			rank += shares[other] > shares[o] ||
				(other < o && shares[other] == shares[o]);
		if (rank == k)
			return o;
	}
	return k;
}

/* What is followed last comes first in the order. */
static uint32_t followed(const struct planner *pl, uint32_t i, uint32_t k)
{
	uint32_t n = pl->plan->elems[i].n_out;

	return pl->prog->insts[i].shares ? sl_plan_nth_output(pl->prog, i, n, n - 1 - k) : k;
}

/* Depth-first from `root`; edges to a grey element close a cycle. Order is filled back to front. */
static void visit(struct planner *pl, uint32_t root, size_t *place)
{
	struct sl_plan *plan = pl->plan;
	size_t depth = 0;

	if (pl->colour[root] != WHITE)
		return;
	pl->stack[0] = root;
	pl->next[root] = 0;
	pl->colour[root] = GREY;
	for (;;) {
		uint32_t i = pl->stack[depth];
		struct sl_plan_elem *pe = &plan->elems[i];

		if (pl->next[i] < pe->n_out) {
			struct sl_hop *h = &pe->out[followed(pl, i, pl->next[i]++)];

			if (h->elem == SL_NO_ELEM)
				continue;
			if (pl->colour[h->elem] == GREY) {
				h->back = true;
			} else if (pl->colour[h->elem] == WHITE) {
				pl->colour[h->elem] = GREY;
				pl->next[h->elem] = 0;
				pl->stack[++depth] = h->elem;
			}
			continue;
		}
		pl->colour[i] = BLACK;
		pe->reachable = true;
		plan->order[--*place] = i;
		if (depth-- == 0)
			return;
	}
}

/* Last device first: the order then has the first device's path in front, or that of the device by
 * which the most packets come. */
static void visit_sources(struct planner *pl, size_t *place)
{
	for (size_t n = pl->plan->n_devs; n; n--) {
		uint32_t next = SL_NO_ELEM, least = 0;

		for (uint32_t i = (uint32_t)pl->plan->n_elems; i-- > 0;) {
			const uint32_t *shares = pl->prog->insts[i].shares;
			uint32_t share = shares ? shares[0] : 0;

			if (!(plan_class(pl, i)->flags & SL_C_SOURCE) || pl->colour[i] != WHITE ||
			    (next != SL_NO_ELEM && share >= least))
				continue;
			next = i;
			least = share;
		}
		if (next == SL_NO_ELEM)
			return;
		visit(pl, next, place);
	}
}

static int find_sources(struct planner *pl)
{
	struct sl_plan *plan = pl->plan;
	size_t place = plan->n_elems;
	int ret = 0;

	for (size_t k = 0; k < plan->n_devs; k++)
		plan->from_dev[k].elem = SL_NO_ELEM;
	for (uint32_t i = (uint32_t)plan->n_elems; i-- > 0;) {
		uint8_t dev;

		if (!(plan_class(pl, i)->flags & SL_C_SOURCE))
			continue;
		dev = *(const uint8_t *)pl->prog->insts[i].conf;
		if (dev >= plan->n_devs)
			continue;
		if (plan->from_dev[dev].elem != SL_NO_ELEM) {
			uint32_t other = plan->from_dev[dev].elem;
			struct sl_diag *m;

			m = sl_error(pl->d, sl_elem_pos(plan_elem(pl, other)), "two-sources",
				     "'%s' and '%s' both read device %s", plan_elem(pl, i)->name,
				     plan_elem(pl, other)->name, pl->prog->devices.list[dev].name);
			sl_diag_element(m, plan_elem(pl, other)->name);
			sl_diag_hint(m, "one FromDevice a device; use a Classifier behind it");
			ret = -EINVAL;
			continue;
		}
		plan->from_dev[dev].elem = i;
	}
	visit_sources(pl, &place);
	plan->n_order = plan->n_elems - place;
	memmove(plan->order, plan->order + place, plan->n_order * sizeof(*plan->order));
	for (size_t k = 0; k < plan->n_order; k++)
		plan->elems[plan->order[k]].order = (uint32_t)k;
	return ret;
}

/* ---- All of it -------------------------------------------------------------------------------*/

static int check_limits(struct planner *pl)
{
	const struct sl_plan *plan = pl->plan;

	if (plan->n_order == 0) {
		sl_diag_hint(
			sl_error(pl->d, SL_NOPOS, "no-source", "no packet can enter this graph"),
			"begin it with FromDevice(eth0), one for each of the tenant's devices");
		return -EINVAL;
	}
	if (plan->n_segments > SL_MAX_SEGMENTS) {
		sl_diag_hint(sl_error(pl->d, SL_NOPOS, "too-many-segments",
				      "the graph needs %zu segments, %d is the limit",
				      plan->n_segments, SL_MAX_SEGMENTS),
			     "use fewer or simpler elements");
		return -EINVAL;
	}
	return 0;
}

/* Marks the ways out of usual code that no packet takes. Are there any that were not known? */
static bool mark_dead(struct sl_plan *plan)
{
	bool found = false;

	for (size_t i = 0; i < plan->n_elems; i++) {
		struct sl_plan_elem *pe = &plan->elems[i];

		for (uint32_t o = 0; o < pe->n_out && pe->usual; o++) {
			struct sl_hop *h = &pe->out[o];

			if (h->elem == SL_NO_ELEM || h->dead || h->taken || !sl_plan_direct(pe, o))
				continue;
			h->dead = found = true;
		}
	}
	return found;
}

/* Facts follow from which code is usual, and what is usual from which ways are taken at all. */
#define MAX_ROUNDS 4

static int place_and_learn(struct planner *pl)
{
	int ret;

	for (unsigned int round = 0;; round++) {
		ret = plan_segments(pl);
		ret = ret ? ret : sl_plan_facts(pl->prog, pl->plan);
		if (ret || round == MAX_ROUNDS || !mark_dead(pl->plan))
			return ret;
	}
}

int sl_plan_new(const struct sl_program *prog, unsigned int max_weight, struct sl_diags *d,
		struct sl_plan **out)
{
	size_t n = prog->graph->n_elems;
	SL_CLEANUP(sl_plan_freep) struct sl_plan *plan = calloc(1, sizeof(*plan));
	_free_ uint8_t *colour = calloc(n + 1, 1);
	_free_ uint32_t *stack = calloc(n + 1, sizeof(*stack));
	_free_ uint32_t *next = calloc(n + 1, sizeof(*next));
	struct planner pl = {.prog = prog,
			     .plan = plan,
			     .d = d,
			     .colour = colour,
			     .stack = stack,
			     .next = next,
			     .max_weight = max_weight ? max_weight : SL_SEGMENT_WEIGHT};
	int ret, bad;

	if (!plan || !colour || !stack || !next)
		return -ENOMEM;
	plan->n_elems = n;
	plan->n_devs = prog->devices.n;
	plan->elems = calloc(n + 1, sizeof(*plan->elems));
	plan->order = calloc(n + 1, sizeof(*plan->order));
	plan->from_dev = calloc(plan->n_devs + 1, sizeof(*plan->from_dev));
	if (!plan->elems || !plan->order || !plan->from_dev)
		return -ENOMEM;

	bad = connect_hops(&pl);
	if (bad == -ENOMEM)
		return bad;
	ret = check_queues(&pl);
	bad = bad ? bad : ret;
	ret = find_sources(&pl);
	bad = bad ? bad : ret;
	if (bad)
		return bad;
	ret = plan_copies(&pl);
	ret = ret ? ret : place_and_learn(&pl);
	ret = ret ? ret : check_limits(&pl);
	ret = ret ? ret : sl_flow_new(prog, plan, &plan->flow);
	if (ret)
		return ret;
	*out = TAKE_PTR(plan);
	return 0;
}

void sl_plan_free(struct sl_plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; p->elems && i < p->n_elems; i++) {
		free(p->elems[i].out);
		free(p->elems[i].again);
		free(p->elems[i].seldom);
		sl_decided_free(p->elems[i].decided);
	}
	for (size_t i = 0; i < p->n_blocks; i++)
		free(p->blocks[i].elems);
	free(p->blocks);
	for (size_t i = 0; i < p->n_segments; i++)
		free(p->segments[i].entries);
	free(p->elems);
	free(p->order);
	free(p->segments);
	free(p->ways);
	free(p->from_dev);
	free(p->resume);
	free(p->facts);
	free(p->shared_facts);
	sl_flow_free(p->flow);
	free(p);
}
