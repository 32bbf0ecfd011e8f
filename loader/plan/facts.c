// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carries facts along the graph until nothing changes. What an element knows is what all ways to it
 * agree on. Facts only get fewer from one round to the next; what is still in motion after a few
 * rounds (a cycle that strips a little each time) is dropped, so this ends.
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
	bool within; /* segment 0 alone, as it is entered from outside */
	bool changed, ending;
};

/* What two ways agree on. */
static uint32_t agree(uint32_t a, uint32_t b)
{
	return a == b ? a : SL_ANY;
}

static struct sl_facts meet(const struct sl_facts *a, const struct sl_facts *b)
{
	return (struct sl_facts){
		.off = agree(a->off, b->off),
		.mac = agree(a->mac, b->mac),
		.nh = agree(a->nh, b->nh),
		.th = agree(a->th, b->th),
		.known = a->known < b->known ? a->known : b->known,
	};
}

static bool same(const struct sl_facts *a, const struct sl_facts *b)
{
	return a->off == b->off && a->mac == b->mac && a->nh == b->nh && a->th == b->th &&
	       a->known == b->known;
}

static void arrive(struct flow *fl, const struct sl_hop *h, const struct sl_facts *f)
{
	uint32_t at = sl_plan_facts_at(fl->plan, h->elem, h->port);
	struct sl_facts now;

	if (!fl->reached[at]) {
		fl->reached[at] = true;
		fl->facts[at] = *f;
		fl->changed = true;
		return;
	}
	now = meet(&fl->facts[at], f);
	if (same(&now, &fl->facts[at]))
		return;
	fl->facts[at] = fl->ending ? sl_facts_none() : now;
	fl->changed = true;
}

/* What is known behind output `out` of element `i`, entered by `port`. False: nothing leaves. */
static bool behind(const struct flow *fl, uint32_t i, uint32_t port, uint32_t out,
		   struct sl_facts *f)
{
	const struct sl_inst *in = &fl->prog->insts[i];

	*f = fl->facts[fl->plan->elems[i].facts + port];
	if (in->class->facts)
		return in->class->facts(in, port, out, f);
	if (!(in->class->flags & (SL_C_STILL | SL_C_LOOK | SL_C_IDLE)))
		*f = sl_facts_none();
	return true;
}

static void leave(struct flow *fl, uint32_t i, uint32_t port)
{
	const struct sl_plan_elem *pe = &fl->plan->elems[i];

	for (uint32_t o = 0; o < pe->n_out; o++) {
		const struct sl_hop *h = &pe->out[o];
		struct sl_facts f;

		if (h->elem == SL_NO_ELEM || (fl->within && h->cut))
			continue;
		if (behind(fl, i, port, o, &f))
			arrive(fl, h, &f);
	}
}

static void round_once(struct flow *fl)
{
	for (size_t k = 0; k < fl->plan->n_order; k++) {
		uint32_t i = fl->plan->order[k];

		for (uint32_t port = 0; port < fl->plan->elems[i].n_ports; port++)
			if (fl->reached[fl->plan->elems[i].facts + port])
				leave(fl, i, port);
	}
}

static void run(struct flow *fl)
{
	/* As sl_enter_device() leaves it. */
	uint32_t head = fl->prog->devices.head;
	struct sl_facts start = {head, SL_UNSET, SL_UNSET, SL_UNSET, head + SL_ETH_HLEN};

	for (size_t k = 0; k < fl->plan->n_devs; k++) {
		const struct sl_hop *h = &fl->plan->from_dev[k];

		if (h->elem != SL_NO_ELEM && !(fl->within && h->cut))
			arrive(fl, h, &start);
	}
	for (unsigned int round = 0; fl->changed; round++) {
		fl->changed = false;
		fl->ending = round >= MAX_ROUNDS;
		round_once(fl);
	}
}

static int flow(const struct sl_program *prog, struct sl_plan *plan, size_t n, bool within,
		struct sl_facts **out)
{
	_free_ bool *reached = calloc(n + 1, sizeof(*reached));
	_free_ struct sl_facts *facts = calloc(n + 1, sizeof(*facts));
	struct flow fl = {
		.prog = prog, .plan = plan, .facts = facts, .reached = reached, .within = within};

	if (!reached || !facts)
		return -ENOMEM;
	run(&fl);
	for (size_t i = 0; i < n; i++)
		if (!reached[i])
			facts[i] = sl_facts_none();
	*out = TAKE_PTR(facts);
	return 0;
}

int sl_plan_facts(const struct sl_program *prog, struct sl_plan *plan)
{
	size_t n = 0;
	int ret;

	for (size_t i = 0; i < plan->n_elems; i++) {
		uint32_t n_in = prog->graph->elems[i].n_in;
		bool apart = (prog->insts[i].class->flags & SL_C_PORT) && n_in > 1 &&
			     n_in <= SL_PORTS_APART;

		plan->elems[i].n_ports = apart ? n_in : 1;
		plan->elems[i].facts = (uint32_t)n;
		n += plan->elems[i].n_ports;
	}
	ret = flow(prog, plan, n, false, &plan->facts);
	return ret ? ret : flow(prog, plan, n, true, &plan->first_facts);
}
