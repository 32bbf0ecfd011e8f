// SPDX-License-Identifier: GPL-2.0-only
/*
 * Code generation: an element is a labelled block: what is known, count, call, jump to what is
 * behind the output it returned. A join is a jump, not a copy.
 */
#include <inttypes.h>

#include "loader/codegen/emit_int.h"

static void emit_tables(struct emitter *em, uint32_t i)
{
	const struct sl_class *c = emit_class(em, i);

	for (uint32_t k = 0; c->tables && c->tables[k].name; k++)
		fprintf(em->out, ", SL_TABLE(%" PRIu32 ")", em->layout->elems[i].table + k);
}

static void emit_call(struct emitter *em, uint32_t i)
{
	const struct sl_class *c = emit_class(em, i);
	const struct sl_layout_elem *le = &em->layout->elems[i];
	FILE *out = em->out;

	if (c->emit)
		fprintf(out, "e%" PRIu32 "_run(&p", i);
	else
		fprintf(out, "%s(&p", c->base);
	if (c->flags & SL_C_PORT)
		fputs(", port", out);
	if (c->conf_size)
		fprintf(out, ", &c%" PRIu32, i);
	if (c->state_size)
		fprintf(out, ", &n%" PRIu32 "->s%" PRIu32, le->page, i);
	if (c->rw_size)
		fprintf(out, ", &data.w%" PRIu32, i);
	emit_tables(em, i);
	for (uint32_t k = 0; k < em->prog->insts[i].n_uses; k++) {
		uint32_t other = em->prog->insts[i].uses[k]->index;

		if (emit_class(em, other)->rw_size)
			fprintf(out, ", (void *)&data.w%" PRIu32, other);
		emit_tables(em, other);
	}
	if (c->flags & SL_C_EVENTS)
		fputs(", SL_EVENTS()", out);
	fputs(")", out);
}

/* Counts what takes an edge, if it is one that is counted, as `step` ("++", or "--"). */
static void emit_count(struct emitter *em, uint32_t edge, const char *step)
{
	const struct sl_flow *f = em->plan->flow;
	uint32_t cell = edge == SL_FLOW_OUTSIDE ? SL_FLOW_DERIVED : f->edges[edge].cell;

	if (cell != SL_FLOW_DERIVED)
		fprintf(em->out, "n%" PRIu32 "->cell[%" PRIu32 "]%s; ", cell / SL_PAGE_CELLS,
			cell % SL_PAGE_CELLS, step);
}

void emit_hop(struct emitter *em, const struct sl_hop *h, uint32_t from, uint32_t edge,
	      uint32_t leave)
{
	FILE *out = em->out;

	if (h->back) {
		fputs("if (sl_looped(&p)) { ", out);
		emit_count(em, leave, "++");
		fprintf(out, "return SL_ANSWER(SL_V_DROP, SL_R_LOOP, %" PRIu32 "); } ", from);
	}
	emit_count(em, edge, "++");
	if (!h->cut) {
		fprintf(out, "goto e%" PRIu32 "_%" PRIu32 ";", h->elem, h->port);
		return;
	}
	fprintf(out, "SL_TAIL(p, %u, %u, %" PRIu32 ", ", h->segment, h->entry, from);
	emit_count(em, edge, "--");
	emit_count(em, leave, "++");
	fputs(");", out);
}

/* The branch of a copy that only looks, in line: call and count, results do not matter. */
static void emit_looks(struct emitter *em, const struct sl_hop *h, uint32_t edge)
{
	const struct sl_flow *f = em->plan->flow;

	while (h->elem != SL_NO_ELEM) {
		const struct sl_plan_elem *pe = &em->plan->elems[h->elem];
		const struct sl_class *c = emit_class(em, h->elem);
		bool end = c->flags & SL_C_SINK || pe->n_out == 0;

		fputs("\t\t", em->out);
		emit_count(em, edge, "++");
		if (emit_has_code(c)) {
			emit_call(em, h->elem);
			fputs("; ", em->out);
		}
		if (end || pe->out[0].elem == SL_NO_ELEM)
			emit_count(em, f->leave[h->elem], "++");
		fputc('\n', em->out);
		if (end)
			return;
		edge = f->out[h->elem];
		h = &pe->out[0];
	}
}

static void emit_copy(struct emitter *em, uint32_t i)
{
	const struct sl_plan_elem *pe = &em->plan->elems[i];
	const struct sl_flow *f = em->plan->flow;

	if (pe->inline_copy) {
		fputs("\tif (r == SL_DONE_COPY) {\n", em->out);
		emit_looks(em, &pe->out[1], f->out[i] + 1);
		fputs("\t\tr = SL_OUT(0);\n\t}\n", em->out);
	} else if (pe->copy >= 0) {
		fputs("\tif (r == SL_DONE_COPY) {\n\t\t", em->out);
		emit_count(em, f->leave[i], "++");
		fprintf(em->out, "\n\t\treturn sl_copy(&p, %d, %" PRIu32 ");\n\t}\n", pe->copy, i);
	}
}

static void emit_fact(struct emitter *em, const char *member, uint32_t value)
{
	if (value != SL_ANY)
		fprintf(em->out, "\tSL_KNOW(p, %s, 0x%" PRIx32 "u);\n", member, value);
}

static void emit_facts(struct emitter *em, uint32_t i, uint32_t port)
{
	const struct sl_facts *f = &em->facts[sl_plan_facts_at(em->plan, i, port)];

	emit_fact(em, "off", f->off);
	emit_fact(em, "mac", f->mac);
	emit_fact(em, "nh", f->nh);
	emit_fact(em, "th", f->th);
	fprintf(em->out, "\tSL_KNOW_LEN(p, %" PRIu32 ");\n", f->known);
}

/* The end of an element without an output for what it returned. */
static void emit_leave(struct emitter *em, uint32_t i, const char *r)
{
	fputc('\t', em->out);
	/* Ends that look alike would be made one, and the usual path pay for telling them apart. */
	if (em->plan->elems[i].n_out)
		fprintf(em->out, "SL_APART(%" PRIu32 "); ", i);
	emit_count(em, em->plan->flow->leave[i], "++");
	fprintf(em->out, "return sl_finish(&p, %s, %" PRIu32 ");\n", r, i);
}

/* What is done with a packet that came in by `port` (or by any port, if they are not told apart).
 */
static void emit_body(struct emitter *em, uint32_t i, uint32_t port)
{
	const struct sl_class *c = emit_class(em, i);
	const struct sl_plan_elem *pe = &em->plan->elems[i];
	const struct sl_flow *f = em->plan->flow;

	if (!emit_has_code(c)) {
		if (pe->n_out && pe->out[0].elem != SL_NO_ELEM) {
			fputc('\t', em->out);
			emit_hop(em, &pe->out[0], i, f->out[i], f->leave[i]);
			fputc('\n', em->out);
		} else {
			emit_leave(em, i, "SL_DONE_KEPT");
		}
		return;
	}
	emit_facts(em, i, port);
	fputs("\tr = ", em->out);
	emit_call(em, i);
	fputs(";\n", em->out);
	if (c->flags & SL_C_COPY)
		emit_copy(em, i);
	if (pe->n_out) {
		fputs("\tswitch (r & 0xff) {\n", em->out);
		for (uint32_t o = 0; o < pe->n_out; o++) {
			if (pe->out[o].elem == SL_NO_ELEM)
				continue;
			fprintf(em->out, "\tcase %" PRIu32 ": ", o);
			emit_hop(em, &pe->out[o], i, f->out[i] + o, f->leave[i]);
			fputc('\n', em->out);
		}
		fputs("\t}\n", em->out);
	}
	emit_leave(em, i, "r");
}

void emit_block(struct emitter *em, uint32_t i)
{
	bool takes_port = emit_class(em, i)->flags & SL_C_PORT;
	bool apart = em->plan->elems[i].n_ports > 1;
	uint32_t n = em->prog->graph->elems[i].n_in;

	if (n == 0)
		n = 1;
	for (uint32_t k = 0; k < n; k++) {
		fprintf(em->out, "e%" PRIu32 "_%" PRIu32 ":\n", i, k);
		if (takes_port)
			fprintf(em->out, "\tport = %" PRIu32 ";\n", k);
		if (apart)
			emit_body(em, i, k);
		else if (takes_port && k + 1 < n)
			fprintf(em->out, "\tgoto e%" PRIu32 ";\n", i);
	}
	if (apart)
		return;
	fprintf(em->out, "e%" PRIu32 ":\n", i);
	emit_body(em, i, 0);
}
