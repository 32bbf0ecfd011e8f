// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is copied, by which ways copies leave, and how many one packet may become.
 *
 * The bound is of the graph alone, whatever the packets: it follows every way they can take, round
 * cycles as often as the hop limit allows, and through both sides of every copy. It knows one thing
 * more: no ICMP error is made of an ICMP error, without which a router that sends redirects would
 * be beyond every bound. What does not leave an IP header as it is makes of an ICMP error something
 * that may be another packet.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "loader/mem.h"
#include "loader/plan/plan_int.h"

/* True if everything behind output `o` of `i` only looks at the packet, up to its end. */
static bool only_looks(const struct planner *pl, uint32_t i, uint32_t o)
{
	const struct sl_hop *h = &pl->plan->elems[i].out[o];

	for (size_t steps = 0; steps < pl->plan->n_elems; steps++) {
		unsigned int flags;

		if (h->elem == SL_NO_ELEM || h->back)
			return false;
		flags = plan_class(pl, h->elem)->flags;
		if (flags & (SL_C_TODEV | SL_C_TOHOST))
			return false;
		if (flags & SL_C_SINK)
			return true;
		if (!(flags & (SL_C_LOOK | SL_C_IDLE)) || pl->plan->elems[h->elem].n_out != 1)
			return false;
		h = &pl->plan->elems[h->elem].out[0];
	}
	return false;
}

/* ---- Ways ------------------------------------------------------------------------------------*/

static int add_way(struct sl_plan *plan, uint32_t elem, uint32_t out)
{
	if (SL_GROW(plan->ways, plan->n_ways, plan->cap_ways))
		return -ENOMEM;
	plan->ways[plan->n_ways++] = (struct sl_plan_way){.elem = elem, .out = out};
	return 0;
}

static int find_ways(struct planner *pl, uint32_t i)
{
	struct sl_plan *plan = pl->plan;
	struct sl_plan_elem *pe = &plan->elems[i];
	const struct sl_class *c = plan_class(pl, i);
	size_t first = plan->n_ways;

	if (!(c->flags & SL_C_COPY) || pe->n_out < 2)
		return 0;
	if (c->flags & SL_C_ANY) {
		if (!c->copies(pl->prog, &pl->prog->insts[i]))
			return 0;
	} else {
		pe->tees = true;
		for (uint32_t o = 1; o < pe->n_out && o < SL_TEE_MAX; o++)
			pe->looks |= (uint64_t)only_looks(pl, i, o) << o;
	}
	for (uint32_t k = 0; k < pe->n_out; k++) {
		uint32_t o = c->flags & SL_C_LAST_FIRST ? pe->n_out - 1 - k : k;

		if (!sl_plan_looks(pe, o) && add_way(plan, i, o))
			return -ENOMEM;
	}
	/* All the others are looked at in line: the packet goes on by output 0. */
	if (plan->n_ways - first == 1) {
		plan->n_ways = first;
		return 0;
	}
	pe->copy = (int)first;
	pe->n_ways = (uint32_t)(plan->n_ways - first);
	plan->n_copies++;
	return 0;
}

/* ---- The bound -------------------------------------------------------------------------------*/

/* More are not told apart. */
#define MANY 1000000u

/* Is it an ICMP error that this graph made? */
enum { OTHER, ERROR, KINDS };

struct bound {
	const struct planner *pl;
	/* Most copies made of what enters an element: by back edges left, kind, element. */
	uint32_t *most;
};

static uint32_t *most_of(const struct bound *b, unsigned int hops, int kind, uint32_t i)
{
	return &b->most[((size_t)hops * KINDS + (size_t)kind) * b->pl->plan->n_elems + i];
}

static uint32_t sum(uint32_t a, uint32_t b)
{
	return a + b > MANY ? MANY : a + b;
}

/* What leaves element `i` as, if a packet of `kind` enters it. */
static int kind_behind(const struct bound *b, uint32_t i, int kind)
{
	unsigned int flags = plan_class(b->pl, i)->flags;

	if (flags & SL_C_ERROR)
		return ERROR;
	return flags & (SL_C_STILL | SL_C_LOOK | SL_C_IDLE | SL_C_PLAIN) ? kind : OTHER;
}

/* Copies made of what leaves element `i` by output `o`. */
static uint32_t behind(const struct bound *b, uint32_t i, uint32_t o, unsigned int hops, int kind)
{
	const struct sl_hop *h = &b->pl->plan->elems[i].out[o];

	if (h->elem == SL_NO_ELEM || sl_plan_looks(&b->pl->plan->elems[i], o) || (h->back && !hops))
		return 0;
	return *most_of(b, hops - h->back, kind_behind(b, i, kind), h->elem);
}

/* Does a copy never leave by the output that is numbered as the input? */
static bool spares_one(const struct sl_class *c)
{
	return c->spec.flow && !strcmp(c->spec.flow, "#/[^#]");
}

/* Copies made where all of an element's ways are taken. */
static uint32_t all_ways(const struct bound *b, uint32_t i, unsigned int hops, int kind)
{
	const struct sl_plan_elem *pe = &b->pl->plan->elems[i];
	uint32_t total = pe->n_ways - 1, least = MANY;

	for (uint32_t k = 0; k < pe->n_ways; k++) {
		const struct sl_plan_way *w = &b->pl->plan->ways[(uint32_t)pe->copy + k];
		uint32_t n = behind(b, i, w->out, hops, kind);

		total = sum(total, n);
		least = n < least ? n : least;
	}
	return spares_one(plan_class(b->pl, i)) && total < MANY ? total - least - 1 : total;
}

static uint32_t most_at(const struct bound *b, uint32_t i, unsigned int hops, int kind)
{
	const struct sl_plan_elem *pe = &b->pl->plan->elems[i];
	uint32_t most = 0;

	if (kind == ERROR && (plan_class(b->pl, i)->flags & SL_C_ERROR))
		return 0;
	if (pe->copy >= 0)
		most = all_ways(b, i, hops, kind);
	for (uint32_t o = 0; o < pe->n_out; o++) {
		uint32_t n = sl_plan_direct(pe, o) ? behind(b, i, o, hops, kind) : 0;

		most = n > most ? n : most;
	}
	return most;
}

/* From the last element to the first: what is behind each is known, but for ways back. */
static void follow(const struct bound *b)
{
	const struct sl_plan *plan = b->pl->plan;

	for (unsigned int hops = 0; hops <= SL_MAX_HOPS; hops++)
		for (size_t k = plan->n_order; k-- > 0;)
			for (int kind = 0; kind < KINDS; kind++)
				*most_of(b, hops, kind, plan->order[k]) =
					most_at(b, plan->order[k], hops, kind);
}

/* The element where it becomes too much: the last for which it is. */
static int check(const struct bound *b)
{
	const struct sl_plan *plan = b->pl->plan;
	const struct sl_elem *e;
	struct sl_diag *m;

	if (plan->max_copies <= SL_MAX_COPIES)
		return 0;
	for (size_t k = plan->n_order; k-- > 0;) {
		uint32_t i = plan->order[k], n = *most_of(b, SL_MAX_HOPS, OTHER, i);

		if (plan->elems[i].copy < 0 || n <= SL_MAX_COPIES)
			continue;
		e = plan_elem(b->pl, i);
		m = sl_error(
			b->pl->d, sl_elem_pos(e), "too-many-copies",
			"'%s :: %s' makes up to %s%u packets of one, with what is copied behind "
			"it; %d is the limit",
			e->name, e->class_name, n < MANY ? "" : "more than ", n + (n < MANY),
			SL_MAX_COPIES + 1);
		sl_diag_element(m, e->name);
		sl_diag_hint(
			m, "give it fewer outputs, or put less behind them that copies; what only "
			   "counts or prints and ends in Discard is not copied when it is behind "
			   "a further output of a Tee");
		break;
	}
	return -EINVAL;
}

/* How what is left of a packet's copies is divided: the side that needs less gets what it needs,
 * the other, which may be more than is known here, the rest. */
static void divide(const struct bound *b)
{
	struct sl_plan *plan = b->pl->plan;

	for (size_t k = 0; k < plan->n_ways; k++) {
		struct sl_plan_way *w = &plan->ways[k];
		const struct sl_plan_elem *pe = &plan->elems[w->elem];
		uint32_t here = behind(b, w->elem, w->out, SL_MAX_HOPS, OTHER), rest = 0;

		for (size_t j = k + 1; j < (size_t)pe->copy + pe->n_ways; j++)
			rest = sum(rest, behind(b, w->elem, plan->ways[j].out, SL_MAX_HOPS, OTHER) +
						 (j > k + 1));
		w->branch = here <= rest;
		if (!w->branch)
			here = rest;
		w->copies = (uint8_t)(here < UINT8_MAX ? here : UINT8_MAX);
	}
}

static int bound_copies(struct planner *pl)
{
	struct sl_plan *plan = pl->plan;
	_free_ uint32_t *most =
		calloc((SL_MAX_HOPS + 1) * KINDS * (plan->n_elems + 1), sizeof(*most));
	struct bound b = {pl, most};
	int ret;

	if (!most)
		return -ENOMEM;
	follow(&b);
	for (size_t k = 0; k < plan->n_devs; k++) {
		uint32_t i = plan->from_dev[k].elem;
		uint32_t n = i == SL_NO_ELEM ? 0 : *most_of(&b, SL_MAX_HOPS, OTHER, i);

		plan->max_copies = n > plan->max_copies ? n : plan->max_copies;
	}
	ret = check(&b);
	if (!ret)
		divide(&b);
	return ret;
}

int plan_copies(struct planner *pl)
{
	struct sl_plan *plan = pl->plan;
	int ret = 0;

	for (size_t k = 0; k < plan->n_order && !ret; k++)
		ret = find_ways(pl, plan->order[k]);
	if (!ret && plan->n_ways > SL_MAX_WAYS) {
		sl_diag_hint(sl_error(pl->d, SL_NOPOS, "too-many-copies",
				      "elements that copy have %zu outputs, %d is the limit",
				      plan->n_ways, SL_MAX_WAYS),
			     "use fewer of them");
		return -EINVAL;
	}
	if (!ret) {
		plan->resume = calloc(plan->n_ways + 1, sizeof(*plan->resume));
		ret = plan->resume ? 0 : -ENOMEM;
	}
	return ret || !plan->n_ways ? ret : bound_copies(pl);
}
