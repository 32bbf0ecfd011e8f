// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carries facts along the graph. What an element knows is what all ways to it agree on. In usual
 * code, where nothing goes back, that is done in one round, and what bytes hold is known, too: what
 * of a classifier's tests follows is left out of its code, and the outputs that no packet takes are
 * found. Shared code is gone through until nothing changes: facts only get fewer from one round to
 * the next; what is still in motion after a few rounds (a cycle that strips a little each time) is
 * dropped, so this ends.
 */
#include <errno.h>
#include <stdlib.h>

#include "loader/mem.h"
#include "loader/plan/plan.h"

#define MAX_ROUNDS 8

struct flow {
	const struct sl_program *prog;
	struct sl_plan *plan;
	struct sl_facts *facts;
	bool *reached;
	bool shared;	 /* of shared code: kept with the first element of a block */
	bool now_shared; /* it is shared code that is left at the moment */
	bool changed, ending;
	int error;
};

/* What two ways agree on. */
static uint32_t agree(uint32_t a, uint32_t b)
{
	return a == b ? a : SL_ANY;
}

static struct sl_facts meet(const struct sl_facts *a, const struct sl_facts *b)
{
	struct sl_facts f = *a;

	sl_facts_meet_bits(&f, b);
	f.off = agree(a->off, b->off);
	f.mac = agree(a->mac, b->mac);
	f.nh = agree(a->nh, b->nh);
	f.th = agree(a->th, b->th);
	f.known = a->known < b->known ? a->known : b->known;
	f.plain = a->plain && b->plain;
	return f;
}

static bool same(const struct sl_facts *a, const struct sl_facts *b)
{
	return a->off == b->off && a->mac == b->mac && a->nh == b->nh && a->th == b->th &&
	       a->known == b->known && a->plain == b->plain && sl_facts_same_bits(a, b);
}

static void arrive(struct flow *fl, const struct sl_hop *h, const struct sl_facts *f)
{
	const struct sl_plan *plan = fl->plan;
	uint32_t elem = fl->shared ? plan->blocks[plan->elems[h->elem].block].elems[0] : h->elem;
	uint32_t at = sl_plan_facts_at(plan, elem, h->port);
	struct sl_facts now = *f;

	/* What bytes hold is of use where most packets go. */
	if (fl->shared)
		now.n_bits = 0;
	if (!fl->reached[at]) {
		fl->reached[at] = true;
		fl->facts[at] = now;
		fl->changed = true;
		return;
	}
	now = meet(&fl->facts[at], &now);
	if (same(&now, &fl->facts[at]))
		return;
	fl->facts[at] = fl->ending ? sl_facts_none() : now;
	fl->changed = true;
}

/* The first byte of the IP header, and where that is. */
static bool keeps_plain(unsigned int flags)
{
	if ((flags & SL_C_STILL) && (flags & SL_C_READS))
		return true;
	return flags & (SL_C_PLAIN | SL_C_LOOK | SL_C_IDLE);
}

/* What is known behind output `out` of element `i`, entered with `f` known by `port`. False:
 * nothing leaves. */
static bool behind(const struct flow *fl, uint32_t i, uint32_t port, uint32_t out,
		   struct sl_facts *f)
{
	const struct sl_inst *in = &fl->prog->insts[i];
	bool leaves = true;

	f->usual = !fl->now_shared;
	f->plain &= keeps_plain(in->class->flags);
	if (in->class->facts)
		leaves = in->class->facts(in, port, out, f);
	else if (!(in->class->flags & (SL_C_STILL | SL_C_LOOK | SL_C_IDLE)))
		*f = sl_facts_none();
	if (!(in->class->flags & (SL_C_READS | SL_C_LOOK | SL_C_IDLE)))
		f->n_bits = 0;
	return leaves;
}

/* Of element `i`'s own code, entered with `known` by `port`: the same for all its outputs, which
 * packets take there are marked. What of the element's own tests follows is left out. */
static int behind_usual(struct flow *fl, uint32_t i, uint32_t port, const struct sl_facts *known,
			struct sl_facts *all, bool *taken)
{
	struct sl_plan_elem *pe = &fl->plan->elems[i];
	const struct sl_inst *in = &fl->prog->insts[i];

	if (sl_is_decider(in) && !pe->decided)
		return sl_decider_under(in, known, all, taken, &pe->decided);
	for (uint32_t o = 0; o < pe->n_out; o++) {
		all[o] = *known;
		taken[o] = behind(fl, i, port, o, &all[o]);
	}
	return 0;
}

/* Carries on from element `i`, in its own code, over the ways that packets take. */
static void leave_usual(struct flow *fl, uint32_t i, uint32_t port, const struct sl_facts *known)
{
	struct sl_plan_elem *pe = &fl->plan->elems[i];
	_free_ struct sl_facts *all = calloc(pe->n_out + 1, sizeof(*all));
	_free_ bool *taken = calloc(pe->n_out + 1, sizeof(*taken));

	if (!all || !taken)
		fl->error = -ENOMEM;
	else
		fl->error = behind_usual(fl, i, port, known, all, taken);
	for (uint32_t o = 0; o < pe->n_out && !fl->error; o++) {
		struct sl_hop *h = &pe->out[o];

		if (h->elem == SL_NO_ELEM || !sl_plan_direct(pe, o) || !taken[o])
			continue;
		h->taken = true;
		if (!h->shared)
			arrive(fl, h, &all[o]);
	}
}

/* Carries on from element `i` over those of its ways that lead to shared code. */
static void leave(struct flow *fl, uint32_t i, uint32_t port, const struct sl_hop *hops,
		  const struct sl_facts *known)
{
	const struct sl_plan_elem *pe = &fl->plan->elems[i];

	for (uint32_t o = 0; o < pe->n_out; o++) {
		struct sl_facts f = *known;

		if (hops[o].elem == SL_NO_ELEM || !hops[o].shared || !sl_plan_direct(pe, o))
			continue;
		if (behind(fl, i, port, o, &f))
			arrive(fl, &hops[o], &f);
	}
	for (uint32_t k = 0; k < pe->n_ways; k++) {
		uint32_t w = (uint32_t)pe->copy + k;
		const struct sl_hop *h = &fl->plan->resume[w];
		struct sl_facts f = *known;

		if (h->elem != SL_NO_ELEM && h->shared &&
		    behind(fl, i, port, fl->plan->ways[w].out, &f))
			arrive(fl, h, &f);
	}
}

/* Inputs that packets may come in by. What is known of them may be one thing for all. */
static uint32_t inputs(const struct flow *fl, uint32_t i)
{
	uint32_t n = fl->prog->graph->elems[i].n_in;

	return (fl->prog->insts[i].class->flags & SL_C_PORT) && n ? n : 1;
}

static void round_once(struct flow *fl)
{
	const struct sl_plan *plan = fl->plan;

	for (size_t k = 0; k < plan->n_order; k++) {
		uint32_t i = plan->order[k];
		const struct sl_plan_elem *pe = &plan->elems[i];
		bool here = fl->shared ? pe->block != SL_NO_BLOCK : pe->usual;
		uint32_t from = here && fl->shared ? plan->blocks[pe->block].elems[0] : i;

		for (uint32_t port = 0; here && port < inputs(fl, i); port++) {
			uint32_t at = sl_plan_facts_at(plan, from, port);

			if (fl->reached[at] && fl->shared)
				leave(fl, i, port, pe->again, &fl->facts[at]);
			else if (fl->reached[at] && !fl->error)
				leave_usual(fl, i, port, &fl->facts[at]);
		}
	}
}

/* In usual code nothing goes back: all that comes to an element is known when it is its turn. */
static void settle_shared(struct flow *fl)
{
	fl->now_shared = true;
	for (unsigned int round = 0; fl->changed; round++) {
		fl->changed = false;
		fl->ending = round >= MAX_ROUNDS;
		round_once(fl);
	}
}

/* Packets begin as sl_enter_device() leaves them. */
static void begin_usual(struct flow *fl)
{
	uint32_t head = fl->prog->devices.head;
	struct sl_facts start = {.off = head,
				 .mac = SL_UNSET,
				 .nh = SL_UNSET,
				 .th = SL_UNSET,
				 .known = head + SL_ETH_HLEN,
				 .usual = true};

	for (size_t k = 0; k < fl->plan->n_devs; k++)
		if (fl->plan->from_dev[k].elem != SL_NO_ELEM)
			arrive(fl, &fl->plan->from_dev[k], &start);
}

/* They begin where they leave the usual code. */
static void begin_shared(struct flow *fl, const struct flow *usual)
{
	const struct sl_plan *plan = fl->plan;

	for (size_t k = 0; k < plan->n_order; k++) {
		uint32_t i = plan->order[k];
		const struct sl_plan_elem *pe = &plan->elems[i];

		for (uint32_t port = 0; pe->usual && port < inputs(fl, i); port++) {
			uint32_t at = sl_plan_facts_at(plan, i, port);

			if (!usual->reached[at])
				continue;
			leave(fl, i, port, pe->out, &usual->facts[at]);
			if (pe->seldom)
				arrive(fl, &pe->seldom[port], &usual->facts[at]);
		}
	}
}

static int flow_new(const struct sl_program *prog, struct sl_plan *plan, size_t n, bool shared,
		    struct flow *fl)
{
	*fl = (struct flow){.prog = prog, .plan = plan, .shared = shared};
	fl->reached = calloc(n + 1, sizeof(*fl->reached));
	fl->facts = calloc(n + 1, sizeof(*fl->facts));
	return fl->reached && fl->facts ? 0 : -ENOMEM;
}

static struct sl_facts *flow_end(struct flow *fl, size_t n)
{
	for (size_t i = 0; i < n && fl->reached && fl->facts; i++)
		if (!fl->reached[i])
			fl->facts[i] = sl_facts_none();
	free(fl->reached);
	return fl->facts;
}

int sl_plan_facts(const struct sl_program *prog, struct sl_plan *plan)
{
	struct flow usual, shared;
	size_t n = 0;
	int ret;

	for (size_t i = 0; i < plan->n_elems; i++) {
		struct sl_plan_elem *pe = &plan->elems[i];

		sl_decided_free(pe->decided);
		pe->decided = NULL;
		for (uint32_t o = 0; o < pe->n_out; o++)
			pe->out[o].taken = false;
		pe->facts = (uint32_t)n;
		n += pe->n_ports;
	}
	ret = flow_new(prog, plan, n, false, &usual);
	ret = flow_new(prog, plan, n, true, &shared) ? -ENOMEM : ret;
	if (!ret) {
		begin_usual(&usual);
		round_once(&usual);
		begin_shared(&shared, &usual);
		settle_shared(&shared);
		ret = usual.error;
	}
	free(plan->facts);
	free(plan->shared_facts);
	plan->facts = flow_end(&usual, n);
	plan->shared_facts = flow_end(&shared, n);
	return ret;
}
