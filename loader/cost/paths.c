// SPDX-License-Identifier: GPL-2.0-only
/*
 * What packets cost by the ways they take through a graph: the dearest of the usual ways, and the
 * dearest there is, by what elements were measured to cost and by their bounds. The latter goes
 * round the graph as often as the hop limit lets it, into shared code where there is some, and pays
 * every copy and all that is behind it; an ICMP error is made once, as none is made for another,
 * and an answer once, as none is answered.
 */
#include <errno.h>
#include <stdlib.h>

#include "bpf/abi.h"
#include "loader/cost/cost.h"
#include "loader/mem.h"

/* What a packet may have become, each at most once and in this order. */
enum kind { OTHER, REPLY, ERROR, KINDS };
/* Where it may be: at an element, in its own or in shared code. */
#define STATES (2 * KINDS)

struct walk {
	const struct sl_calibration *c;
	const struct sl_program *prog;
	const struct sl_plan *plan;
	struct sl_cost *cost;
	const double *own;	/* of the elements, as far as the dearest way is looked for */
	double *worst, *before; /* by element and state, with so many rounds left and one less */
	double *usual;		/* by element and whether in shared code */
	uint32_t *next;		/* the usual output, or SL_NO_ELEM */
};

static const struct sl_class *class(const struct walk *w, uint32_t i)
{
	return w->prog->insts[i].class;
}

/* ---- The dearest -----------------------------------------------------------------------------*/

static double over(const struct walk *w, const struct sl_hop *h, enum kind kind)
{
	const double *from = h->back ? w->before : w->worst;
	double ns = h->cut ? w->c->cut_ns : 0;

	if (h->elem == SL_NO_ELEM || h->dead || !from)
		return 0;
	return ns + from[(size_t)h->elem * STATES + 2 * kind + h->shared];
}

/* Copies by all of an element's ways: each comes in twice, for its way and for those behind. */
static double copied(const struct walk *w, const struct sl_plan_elem *pe, enum kind kind)
{
	double ns = pe->n_ways ? 2 * (pe->n_ways - 1) * w->c->cut_ns : 0;

	for (uint32_t k = 0; k < pe->n_ways; k++)
		ns += over(w, &w->plan->resume[(uint32_t)pe->copy + k], kind);
	return ns;
}

static double worst_of(const struct walk *w, uint32_t i, bool shared, enum kind kind)
{
	const struct sl_plan_elem *pe = &w->plan->elems[i];
	const struct sl_hop *hops = shared ? pe->again : pe->out;
	double most = 0, own = w->own[i];

	if (class(w, i)->flags & SL_C_ERROR) {
		if (kind == ERROR)
			return own;
		kind = ERROR;
	}
	for (uint32_t o = 0; o < pe->n_out; o++) {
		bool answer = !o && class(w, i)->flags & SL_C_REPLY;
		double ns = !answer	    ? over(w, &hops[o], kind)
			    : kind == OTHER ? over(w, &hops[o], REPLY)
					    : 0;

		if (sl_plan_looks(pe, o))
			own += ns;
		else if (sl_plan_direct(pe, o) && ns > most)
			most = ns;
	}
	if (pe->copy >= 0 && copied(w, pe, kind) > most)
		most = copied(w, pe, kind);
	for (uint32_t k = 0; k < pe->n_seldom && !shared; k++) {
		double ns = over(w, &pe->seldom[k], kind);

		most = ns > most ? ns : most;
	}
	return own + most;
}

/* By `own`, what each element costs. */
static int find_worst(struct walk *w, const double *own)
{
	const struct sl_plan *plan = w->plan;
	size_t size = plan->n_elems * STATES + 1;
	_free_ double *a = calloc(size, sizeof(*a)), *b = calloc(size, sizeof(*b));

	if (!a || !b)
		return -ENOMEM;
	w->own = own;
	for (unsigned int rounds = 0; rounds <= SL_MAX_HOPS; rounds++) {
		w->before = rounds ? (rounds % 2 ? a : b) : NULL;
		w->worst = rounds % 2 ? b : a;
		/* Ways from own to shared code of one element: shared first. */
		for (size_t k = plan->n_order; k-- > 0;)
			for (int s = STATES; s-- > 0;)
				w->worst[(size_t)plan->order[k] * STATES + (size_t)s] =
					worst_of(w, plan->order[k], s & 1, (enum kind)(s / 2));
	}
	for (size_t k = 0; k < plan->n_devs; k++)
		w->cost->paths[k].worst_ns = over(w, &plan->from_dev[k], OTHER);
	return 0;
}

static int find_dearest(struct walk *w)
{
	size_t n = w->plan->n_elems;
	_free_ double *dear = calloc(n + 1, sizeof(*dear)), *bound = calloc(n + 1, sizeof(*bound));
	int ret;

	if (!dear || !bound)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		dear[i] = w->cost->elems[i].dear_ns;
		bound[i] = w->cost->elems[i].bound_ns;
	}
	ret = find_worst(w, dear);
	for (size_t k = 0; k < w->plan->n_devs; k++)
		w->cost->paths[k].dear_ns = w->cost->paths[k].worst_ns;
	return ret ? ret : find_worst(w, bound);
}

/* ---- The usual -------------------------------------------------------------------------------*/

static double usual_over(const struct walk *w, const struct sl_hop *h)
{
	return (h->cut ? w->c->cut_ns : 0) + w->usual[2 * (size_t)h->elem + h->shared];
}

/* Does a way that packets usually take go on by output `o`, and not into shared code, where they
 * come seldom? With `any`, that is no matter. */
static bool goes_on(const struct walk *w, uint32_t i, uint32_t o, bool shared, bool any)
{
	const struct sl_plan_elem *pe = &w->plan->elems[i];
	const struct sl_hop *h = shared ? &pe->again[o] : &pe->out[o];

	return h->elem != SL_NO_ELEM && !h->back && !h->dead &&
	       sl_flow_usual(w->prog, w->plan, i, o) && (shared || any || !h->shared);
}

/* The dearest of those outputs that packets usually take. */
static void usual_of(struct walk *w, uint32_t i, bool shared)
{
	const struct sl_plan_elem *pe = &w->plan->elems[i];
	const struct sl_hop *hops = shared ? pe->again : pe->out;
	double most = 0;
	uint32_t next = SL_NO_ELEM;
	bool any = true;

	for (uint32_t o = 0; o < pe->n_out; o++)
		any = any && !goes_on(w, i, o, shared, false);
	for (uint32_t o = 0; o < pe->n_out; o++) {
		double ns;

		if (!goes_on(w, i, o, shared, any))
			continue;
		ns = usual_over(w, &hops[o]);
		if (next == SL_NO_ELEM || ns > most) {
			most = ns;
			next = o;
		}
	}
	w->usual[2 * (size_t)i + shared] = w->cost->elems[i].usual_ns + most;
	w->next[2 * (size_t)i + shared] = next;
}

static int follow(const struct walk *w, const struct sl_hop *h, struct sl_cost_path *p)
{
	p->usual = calloc(w->plan->n_order + 1, sizeof(*p->usual));
	if (!p->usual)
		return -ENOMEM;
	p->usual_ns = usual_over(w, h);
	while (p->n_usual < w->plan->n_order) {
		const struct sl_plan_elem *pe = &w->plan->elems[h->elem];
		uint32_t next = w->next[2 * (size_t)h->elem + h->shared];

		p->usual[p->n_usual++] = h->elem;
		if (next == SL_NO_ELEM)
			break;
		h = h->shared ? &pe->again[next] : &pe->out[next];
	}
	return 0;
}

static int find_usual(struct walk *w)
{
	const struct sl_plan *plan = w->plan;
	_free_ double *usual = calloc(2 * plan->n_elems + 1, sizeof(*usual));
	_free_ uint32_t *next = calloc(2 * plan->n_elems + 1, sizeof(*next));
	int ret = 0;

	if (!usual || !next)
		return -ENOMEM;
	w->usual = usual;
	w->next = next;
	for (size_t k = plan->n_order; k-- > 0;) {
		usual_of(w, plan->order[k], true);
		usual_of(w, plan->order[k], false);
	}
	for (size_t k = 0; k < plan->n_devs && !ret; k++)
		if (plan->from_dev[k].elem != SL_NO_ELEM)
			ret = follow(w, &plan->from_dev[k], &w->cost->paths[k]);
	return ret;
}

/* ---- Both ------------------------------------------------------------------------------------*/

uint32_t sl_cost_dear_ns(const struct sl_cost *c)
{
	double most = 0;

	for (size_t k = 0; k < c->n_paths; k++)
		most = c->paths[k].dear_ns > most ? c->paths[k].dear_ns : most;
	return most < UINT32_MAX ? (uint32_t)(most + 0.5) : UINT32_MAX;
}

void sl_cost_free(struct sl_cost *c)
{
	if (!c)
		return;
	for (size_t k = 0; c->paths && k < c->n_paths; k++)
		free(c->paths[k].usual);
	free(c->paths);
	free(c->elems);
	free(c);
}

int sl_cost_new(const struct sl_calibration *c, const struct sl_program *prog,
		const struct sl_plan *plan, struct sl_cost **out)
{
	SL_CLEANUP(sl_cost_freep) struct sl_cost *cost = calloc(1, sizeof(*cost));
	struct walk w = {.c = c, .prog = prog, .plan = plan, .cost = cost};
	int ret;

	if (!cost)
		return -ENOMEM;
	cost->elems = calloc(plan->n_elems + 1, sizeof(*cost->elems));
	cost->paths = calloc(plan->n_devs + 1, sizeof(*cost->paths));
	if (!cost->elems || !cost->paths)
		return -ENOMEM;
	cost->n_elems = plan->n_elems;
	cost->n_paths = plan->n_devs;
	for (size_t i = 0; i < plan->n_elems; i++)
		cost->elems[i] = sl_cost_of(c, &prog->insts[i]);
	ret = find_usual(&w);
	ret = ret ? ret : find_dearest(&w);
	if (!ret)
		*out = TAKE_PTR(cost);
	return ret;
}
