// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which code there is, and in which segments.
 *
 * What packets usually take has code of its own, an element at a time, with all values constants:
 * everything reachable from a FromDevice before a cold element and without going round. What lies
 * behind cold elements, where packets go round again, and the branches of copies are taken seldom;
 * there elements that are alike share code (alike.c), also those that have code of their own
 * besides. No way leads from there back into the usual code, which so knows more about its packets.
 *
 * An element of the usual code joins the segment of what comes before it if all of that is one
 * segment with room left. (What packets were seen to take decides instead, where it is known: what
 * few took is shared code, what many took has its own, cold or not.) Shared code is put into
 * segments in topological order. Edges between segments, and those that are not forward within one,
 * are tail calls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "loader/mem.h"
#include "loader/plan/plan_int.h"

/* ---- Usual and shared ------------------------------------------------------------------------*/

/* Of a million packets: fewer are few, and what a tail call costs them is less than what room in
 * the first segment, and being entered from there alone, is worth to the others; so many are enough
 * to have cold code twice. */
#define FEW 20000
#define MANY 50000

/* Leads output `o` of element `i`, from usual code, on within it? */
static bool goes_on(const struct planner *pl, uint32_t i, uint32_t o)
{
	const struct sl_hop *h = &pl->plan->elems[i].out[o];
	const uint32_t *shares = pl->prog->insts[i].shares;
	bool cold = h->elem != SL_NO_ELEM && plan_class(pl, h->elem)->flags & SL_C_COLD;

	if (h->elem == SL_NO_ELEM || h->back)
		return false;
	return shares ? shares[o] >= (cold ? MANY : FEW) : !cold;
}

/* Does code take output `o` of this element? Looked at in line is not taken. */
static bool taken(const struct sl_plan_elem *pe, uint32_t o)
{
	return pe->out[o].elem != SL_NO_ELEM && !sl_plan_looks(pe, o);
}

/* Copies come in from outside. */
static bool usual_output(const struct sl_plan_elem *pe, uint32_t o)
{
	return taken(pe, o) && sl_plan_direct(pe, o) && !pe->out[o].dead;
}

static void mark_usual(struct planner *pl)
{
	struct sl_plan *plan = pl->plan;

	for (size_t k = 0; k < plan->n_devs; k++)
		if (plan->from_dev[k].elem != SL_NO_ELEM)
			plan->elems[plan->from_dev[k].elem].usual = true;
	for (size_t k = 0; k < plan->n_order; k++) {
		struct sl_plan_elem *pe = &plan->elems[plan->order[k]];

		for (uint32_t o = 0; o < pe->n_out && pe->usual; o++)
			if (usual_output(pe, o) && goes_on(pl, plan->order[k], o))
				plan->elems[pe->out[o].elem].usual = true;
	}
}

struct reach {
	bool *marked;
	uint32_t *todo;
	size_t n;
};

static void reach(struct reach *r, const struct sl_hop *h)
{
	if (h->elem == SL_NO_ELEM || r->marked[h->elem])
		return;
	r->marked[h->elem] = true;
	r->todo[r->n++] = h->elem;
}

static void mark_shared(struct planner *pl, struct reach *r)
{
	const struct sl_plan *plan = pl->plan;

	for (size_t k = 0; k < plan->n_order; k++) {
		const struct sl_plan_elem *pe = &plan->elems[plan->order[k]];

		for (uint32_t o = 0; o < pe->n_out && pe->usual; o++)
			if (usual_output(pe, o) && !goes_on(pl, plan->order[k], o))
				reach(r, &pe->out[o]);
		if (pe->usual && pe->seldom)
			reach(r, &pe->seldom[0]);
	}
	for (size_t k = 0; k < plan->n_ways; k++)
		if (plan->elems[plan->ways[k].elem].usual)
			reach(r, &plan->elems[plan->ways[k].elem].out[plan->ways[k].out]);
	while (r->n) {
		const struct sl_plan_elem *pe = &plan->elems[r->todo[--r->n]];

		for (uint32_t o = 0; o < pe->n_out; o++)
			if (taken(pe, o))
				reach(r, &pe->out[o]);
	}
}

/* ---- Segments --------------------------------------------------------------------------------*/

static int new_segment(struct sl_plan *plan, bool shared)
{
	if (SL_GROW(plan->segments, plan->n_segments, plan->cap_segments))
		return -ENOMEM;
	plan->segments[plan->n_segments] = (struct sl_plan_segment){.shared = shared};
	return (int)plan->n_segments++;
}

/* A class's weight grows with the outputs it has to choose among. */
static unsigned int weight(const struct planner *pl, uint32_t i, bool usual)
{
	const struct sl_class *c = plan_class(pl, i);
	uint32_t own = pl->prog->insts[i].weight;

	if (usual && c->usual_weight)
		own = c->usual_weight;
	return (own ? own : c->weight) + 8 + 4 * pl->plan->elems[i].n_out;
}

/* The verifier goes through the seldom part of a class (SL_C_SELDOM), which shared code has, more
 * often than its weight says. */
#define SELDOM_TIMES 3

static unsigned int weight_shared(const struct planner *pl, uint32_t i)
{
	return weight(pl, i, false) * (plan_class(pl, i)->flags & SL_C_SELDOM ? SELDOM_TIMES : 1);
}

enum { NONE = -1 };

/* The segment an element is to join, if there is room: where its packets come from, and for the
 * most part by first outputs. What several segments lead to is not in segment 0, which no tail call
 * enters. */
struct origin {
	int seg;
	bool first, many;
};

static void come_from(struct origin *to, int seg, bool first)
{
	if (to->seg != NONE && to->seg != seg)
		to->many = true;
	if (to->seg == NONE || to->seg == 0 || (seg != 0 && first >= to->first)) {
		to->seg = seg;
		to->first = first;
	}
}

static bool fits(const struct planner *pl, const struct origin *from, unsigned int w)
{
	unsigned int there;

	if (from->seg == NONE || (from->seg == 0 && from->many))
		return false;
	/* An empty segment takes whatever comes. */
	there = pl->plan->segments[from->seg].weight;
	return !there || there + w <= pl->max_weight;
}

static int place_usual(struct planner *pl)
{
	struct sl_plan *plan = pl->plan;
	_free_ struct origin *from = malloc((plan->n_elems + 1) * sizeof(*from));

	if (!from || new_segment(plan, false) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n_elems; i++)
		from[i] = (struct origin){.seg = NONE};
	for (size_t k = 0; k < plan->n_devs; k++)
		if (plan->from_dev[k].elem != SL_NO_ELEM)
			from[plan->from_dev[k].elem].seg = 0;

	for (size_t k = 0; k < plan->n_order; k++) {
		uint32_t i = plan->order[k];
		struct sl_plan_elem *pe = &plan->elems[i];
		unsigned int w = weight(pl, i, true);
		int seg = from[i].seg;

		if (!pe->usual)
			continue;
		if (!fits(pl, &from[i], w)) {
			seg = new_segment(plan, false);
			if (seg < 0)
				return -ENOMEM;
		}
		pe->segment = (uint16_t)seg;
		plan->segments[seg].weight += w;
		for (uint32_t o = 0; o < pe->n_out; o++)
			if (usual_output(pe, o) && goes_on(pl, i, o))
				come_from(&from[pe->out[o].elem], seg, o == 0);
	}
	return 0;
}

/* Heavy code apart from the rest: ways around it stay within a segment, and a verifier that has
 * gone through all of it once does not go on from each of its ends. */
static int place_shared(struct planner *pl)
{
	struct sl_plan *plan = pl->plan;
	int open[2] = {-1, -1};

	for (uint32_t b = 0; b < plan->n_blocks; b++) {
		uint32_t first = plan->blocks[b].elems[0];
		int *seg = &open[!!(plan_class(pl, first)->flags & (SL_C_COLD | SL_C_SELDOM))];
		unsigned int w = weight_shared(pl, first);

		if (*seg < 0 || plan->segments[*seg].weight + w > pl->max_weight) {
			*seg = new_segment(plan, true);
			if (*seg < 0)
				return -ENOMEM;
		}
		plan->blocks[b].segment = (uint16_t)*seg;
		plan->segments[*seg].weight += w;
	}
	return 0;
}

/* ---- Edges -----------------------------------------------------------------------------------*/

/* Marks `h` as a tail call and gives its target an entry. */
static int cut(struct sl_plan *plan, struct sl_hop *h)
{
	const struct sl_plan_elem *to = &plan->elems[h->elem];
	const struct sl_plan_block *b = h->shared ? &plan->blocks[to->block] : NULL;
	uint32_t elem = b ? b->elems[0] : h->elem;
	struct sl_plan_segment *s;
	size_t k;

	h->cut = true;
	h->segment = b ? b->segment : to->segment;
	s = &plan->segments[h->segment];
	for (k = 0; k < s->n_entries; k++)
		if (s->entries[k].elem == elem && s->entries[k].port == h->port)
			break;
	if (k == s->n_entries) {
		if (SL_GROW(s->entries, s->n_entries, s->cap_entries))
			return -ENOMEM;
		s->entries[s->n_entries++] = (struct sl_plan_entry){elem, h->port};
	}
	h->entry = (uint16_t)k;
	return 0;
}

static int hops_of_usual(struct planner *pl, struct sl_plan_elem *pe)
{
	struct sl_plan *plan = pl->plan;

	for (uint32_t o = 0; o < pe->n_out; o++) {
		struct sl_hop *h = &pe->out[o];

		if (!usual_output(pe, o))
			continue;
		h->shared = !goes_on(pl, (uint32_t)(pe - plan->elems), o);
		if ((h->shared || plan->elems[h->elem].segment != pe->segment) && cut(plan, h))
			return -ENOMEM;
	}
	for (uint32_t port = 0; port < pe->n_seldom; port++)
		if (cut(plan, &pe->seldom[port]))
			return -ENOMEM;
	return 0;
}

static int hops_of_shared(struct sl_plan *plan, struct sl_plan_elem *pe)
{
	const struct sl_plan_block *from = &plan->blocks[pe->block];

	for (uint32_t o = 0; o < pe->n_out; o++) {
		struct sl_hop *h = &pe->again[o];
		const struct sl_plan_block *to;

		*h = (struct sl_hop){
			.elem = pe->out[o].elem, .port = pe->out[o].port, .back = pe->out[o].back};
		if (!taken(pe, o))
			continue;
		h->shared = true;
		to = &plan->blocks[plan->elems[h->elem].block];
		if ((h->back || to->segment != from->segment || to->order <= from->order) &&
		    cut(plan, h))
			return -ENOMEM;
	}
	return 0;
}

static int cut_edges(struct planner *pl)
{
	struct sl_plan *plan = pl->plan;
	int ret = 0;

	for (size_t k = 0; k < plan->n_devs && !ret; k++) {
		struct sl_hop *h = &plan->from_dev[k];

		if (h->elem != SL_NO_ELEM && plan->elems[h->elem].segment != 0)
			ret = cut(plan, h);
	}
	for (size_t k = 0; k < plan->n_order && !ret; k++) {
		struct sl_plan_elem *pe = &plan->elems[plan->order[k]];

		if (pe->block != SL_NO_BLOCK)
			ret = hops_of_shared(plan, pe);
		if (pe->usual)
			ret = ret ? ret : hops_of_usual(pl, pe);
	}
	/* Copies come in through a program of their own. */
	for (size_t k = 0; k < plan->n_ways && !ret; k++) {
		struct sl_hop *h = &plan->resume[k];
		const struct sl_plan_way *w = &plan->ways[k];
		const struct sl_hop *out = &plan->elems[w->elem].out[w->out];

		*h = (struct sl_hop){.elem = out->elem, .port = out->port, .back = out->back};
		if (h->elem == SL_NO_ELEM)
			continue;
		/* Nothing is copied by an element that no packet comes to. */
		if (plan->elems[h->elem].block == SL_NO_BLOCK) {
			h->elem = SL_NO_ELEM;
			continue;
		}
		h->shared = true;
		ret = cut(plan, h);
	}
	return ret;
}

/* Back to where only what is connected, and copied, is known. */
static void forget(struct sl_plan *plan)
{
	for (size_t i = 0; i < plan->n_elems; i++) {
		struct sl_plan_elem *pe = &plan->elems[i];

		pe->usual = false;
		pe->block = SL_NO_BLOCK;
		for (uint32_t o = 0; o < pe->n_out; o++)
			pe->out[o].shared = pe->out[o].cut = false;
	}
	for (size_t i = 0; i < plan->n_blocks; i++)
		free(plan->blocks[i].elems);
	for (size_t i = 0; i < plan->n_segments; i++)
		free(plan->segments[i].entries);
	plan->n_blocks = plan->n_segments = 0;
	for (size_t k = 0; k < plan->n_devs; k++)
		plan->from_dev[k].cut = false;
}

int plan_segments(struct planner *pl)
{
	size_t n = pl->plan->n_elems;
	_free_ bool *marked = calloc(n + 1, sizeof(*marked));
	_free_ uint32_t *todo = calloc(n + 1, sizeof(*todo));
	struct reach r = {marked, todo, 0};
	int ret;

	if (!marked || !todo)
		return -ENOMEM;
	forget(pl->plan);
	mark_usual(pl);
	mark_shared(pl, &r);
	ret = plan_blocks(pl, marked);
	ret = ret ? ret : place_usual(pl);
	ret = ret ? ret : place_shared(pl);
	return ret ? ret : cut_edges(pl);
}
