// SPDX-License-Identifier: GPL-2.0-only
/*
 * Code generation: an element is a labelled block: what is known, count, call, jump to what is
 * behind the output it returned. A join is a jump, not a copy.
 */
#include <inttypes.h>

#include "loader/codegen/emit_int.h"

void emit_label(struct emitter *em, uint32_t elem, bool shared, uint32_t port)
{
	fprintf(em->out, "%c%" PRIu32 "_%" PRIu32, shared ? 's' : 'e',
		shared ? em->plan->elems[elem].block : elem, port);
}

/* ---- Calling ---------------------------------------------------------------------------------*/

static void emit_tables(struct emitter *em, uint32_t i)
{
	const struct sl_class *c = emit_class(em, i);

	for (uint32_t k = 0; c->tables && c->tables[k].name; k++)
		fprintf(em->out, ", SL_TABLE(%" PRIu32 ")", em->layout->elems[i].table + k);
}

static void emit_arguments(struct emitter *em, uint32_t i)
{
	const struct sl_class *c = emit_class(em, i);

	if (c->conf_size)
		fprintf(em->out, ", &c%" PRIu32, i);
	if (c->state_size)
		fprintf(em->out, ", &n%" PRIu32 "->s%" PRIu32, em->layout->elems[i].page, i);
	if (c->rw_size)
		fprintf(em->out, ", &data.w%" PRIu32, i);
	emit_tables(em, i);
}

/* Element `i`, or whichever of the block it is. */
static void emit_call(struct emitter *em, uint32_t i)
{
	const struct sl_class *c = emit_class(em, i);

	if (c->emit)
		fprintf(em->out, "%c%" PRIu32 "_run(&p",
			!em->block && em->plan->elems[i].decided ? 'u' : 'e', i);
	else
		fprintf(em->out, "%s(&p", c->base);
	if (c->flags & SL_C_PORT)
		fputs(", port", em->out);
	if (emit_many(em))
		emit_row_arguments(em);
	else
		emit_arguments(em, i);
	for (uint32_t k = 0; k < em->prog->insts[i].n_uses; k++) {
		uint32_t other = em->prog->insts[i].uses[k]->index;

		if (emit_class(em, other)->rw_size)
			fprintf(em->out, ", (void *)&data.w%" PRIu32, other);
		emit_tables(em, other);
	}
	if (c->flags & SL_C_EVENTS)
		fputs(", SL_EVENTS()", em->out);
	fputs(")", em->out);
}

/* SL_APART's numbers of connections begin here, behind those of elements. */
#define WAYS 0x100000u

/* ---- Counting and going on -------------------------------------------------------------------*/

static uint32_t cell(const struct emitter *em, uint32_t edge)
{
	return edge == SL_FLOW_OUTSIDE ? SL_FLOW_DERIVED : em->plan->flow->edges[edge].cell;
}

/* Counts what takes an edge, if it is one that is counted, as `step` ("++", or "--"). */
static void emit_count(struct emitter *em, uint32_t edge, const char *step)
{
	uint32_t k = cell(em, edge);

	if (k != SL_FLOW_DERIVED)
		fprintf(em->out, "n%" PRIu32 "->cell[%" PRIu32 "]%s; ", k / SL_PAGE_CELLS,
			k % SL_PAGE_CELLS, step);
}

void emit_hop(struct emitter *em, const struct sl_hop *h, uint32_t from, uint32_t edge,
	      uint32_t leave)
{
	uint32_t at = h->shared ? em->plan->elems[h->elem].at : 0;
	FILE *out = em->out;

	if (h->back) {
		fputs("if (sl_looped(&p)) { ", out);
		emit_count(em, leave, "++");
		fprintf(out, "return SL_ANSWER(SL_V_DROP, SL_R_LOOP, %" PRIu32 "); } ", from);
	}
	emit_count(em, edge, "++");
	if (!h->cut) {
		if (h->shared)
			fprintf(out, "at = %" PRIu32 "; ", at);
		else if (edge != SL_FLOW_OUTSIDE && em->ways_in[h->elem] > 1)
			/* Where ways meet, what the last elements on them have in common would be
			 * made one, with all that differs (offsets, addresses) in variables. On a
			 * straight line it would keep what is read and written of a packet (such
			 * as a checksum) from being read and written once. */
			fprintf(out, "SL_APART(%" PRIu32 "); ", WAYS + edge);
		fputs("goto ", out);
		emit_label(em, h->elem, h->shared, h->port);
		fputc(';', out);
		return;
	}
	if (h->shared) {
		fprintf(out,
			"{ SL_APART(%u); t = (struct sl_exit){%u, %u, %" PRIu32 ", %" PRIu32
			", 0x%" PRIx32 "u, 0x%" PRIx32 "u}; goto tail; }",
			em->exits++, h->segment, h->entry, at, from, cell(em, edge),
			cell(em, leave));
		return;
	}
	fprintf(out, "SL_TAIL(p, %u, %u, %" PRIu32 ", %" PRIu32 ", ", h->segment, h->entry, at,
		from);
	emit_count(em, edge, "--");
	emit_count(em, leave, "++");
	fputs(");", out);
}

static void emit_way(struct emitter *em, uint32_t o)
{
	const struct sl_flow *f = em->plan->flow;

	if (emit_many(em))
		emit_row_hop(em, o);
	else
		emit_hop(em, &em->hops[o], em->elem, f->out[em->elem] + o, f->leave[em->elem]);
	fputc('\n', em->out);
}

/* An output that only looks, in line: call and count, results do not matter. */
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
			fprintf(em->out, "; SL_STEP(p, %" PRIu32 ", %s); ", h->elem,
				end ? "SL_DONE_KEPT" : "0");
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

static void emit_left(struct emitter *em)
{
	if (emit_many(em))
		emit_row_count(em, -1, "1");
	else
		emit_count(em, em->plan->flow->leave[em->elem], "++");
}

/* The way that SL_DONE_COPY_BUT() leaves out. */
static void emit_except(struct emitter *em, const struct sl_plan_elem *pe)
{
	unsigned int flags = emit_class(em, em->elem)->flags;

	if (!(flags & SL_C_ANY))
		fputs("SL_WAY_NONE", em->out);
	else if (flags & SL_C_LAST_FIRST)
		fprintf(em->out,
			"r >> 8 < %" PRIu32 " ? first + %" PRIu32 " - (r >> 8) : SL_WAY_NONE",
			pe->n_ways, pe->n_ways - 1);
	else
		fprintf(em->out, "r >> 8 < %" PRIu32 " ? first + (r >> 8) : SL_WAY_NONE",
			pe->n_ways);
}

static void emit_copy(struct emitter *em)
{
	const struct sl_plan_elem *pe = &em->plan->elems[em->elem];

	if (!pe->tees && pe->copy < 0)
		return;
	fputs("\tif (SL_COPIES(r)) {\n", em->out);
	for (uint32_t o = 0; o < pe->n_out; o++)
		if (sl_plan_looks(pe, o))
			emit_looks(em, &pe->out[o], em->plan->flow->out[em->elem] + o);
	if (pe->copy < 0) {
		fputs("\t\tr = SL_OUT(0);\n\t}\n", em->out);
		return;
	}
	fputs("\t\t", em->out);
	emit_left(em);
	if (emit_many(em))
		fputs("__u32 first = row->copy;\n", em->out);
	else
		fprintf(em->out, "__u32 first = %d;\n", pe->copy);
	fputs("\t\treturn sl_copy(&p, &copies, first, ", em->out);
	emit_except(em, pe);
	if (emit_many(em))
		fputs(", row->elem);\n\t}\n", em->out);
	else
		fprintf(em->out, ", %" PRIu32 ");\n\t}\n", em->elem);
}

static void emit_seldom_hop(struct emitter *em, const struct sl_hop *h)
{
	emit_hop(em, h, em->elem, SL_FLOW_OUTSIDE, em->plan->flow->leave[em->elem]);
}

/* What is seldom goes on in shared code, in the same element and input: no edge is taken. */
static void emit_seldom(struct emitter *em, const struct sl_plan_elem *pe, uint32_t port)
{
	fputs("\tif (r == SL_DONE_SELDOM) { ", em->out);
	if (pe->n_ports == 1 && pe->n_seldom > 1) {
		fputs("switch (port) {\n", em->out);
		for (uint32_t k = 0; k < pe->n_seldom; k++) {
			fprintf(em->out, "\tcase %" PRIu32 ": ", k);
			emit_seldom_hop(em, &pe->seldom[k]);
			fputc('\n', em->out);
		}
		fputs("\t} ", em->out);
	} else {
		emit_seldom_hop(em, &pe->seldom[port]);
	}
	fputs(" }\n", em->out);
}

/* The end of an element without an output for what it returned. */
static void emit_leave(struct emitter *em, const char *r)
{
	fputc('\t', em->out);
	/* Ends that look alike would be made one, and the usual path pay for telling them apart. */
	if (!em->block && em->plan->elems[em->elem].n_out)
		fprintf(em->out, "SL_APART(%" PRIu32 "); ", em->elem);
	emit_left(em);
	if (emit_many(em))
		fprintf(em->out, "return sl_finish(&p, %s, row->elem);\n", r);
	else
		fprintf(em->out, "return sl_finish(&p, %s, %" PRIu32 ");\n", r, em->elem);
}

/* ---- Blocks ----------------------------------------------------------------------------------*/

static void emit_fact(struct emitter *em, const char *member, uint32_t value)
{
	if (value != SL_ANY)
		fprintf(em->out, "\tSL_KNOW(p, %s, 0x%" PRIx32 "u);\n", member, value);
}

static void emit_facts(struct emitter *em, uint32_t port)
{
	const struct sl_facts *f = &em->facts[sl_plan_facts_at(em->plan, em->elem, port)];

	emit_fact(em, "off", f->off);
	emit_fact(em, "mac", f->mac);
	emit_fact(em, "nh", f->nh);
	emit_fact(em, "th", f->th);
	fprintf(em->out, "\tSL_KNOW_LEN(p, %" PRIu32 ");\n\tSL_KNOW_PLAIN(p, %d);\n", f->known,
		f->plain);
}

/* What is said of bytes that a decision relies on. */
static void emit_bits(struct emitter *em, const struct sl_facts *f)
{
	for (uint32_t i = 0; i < f->n_bits; i++) {
		const struct sl_bits *b = &f->bits[i];

		fprintf(em->out, "\tSL_KNOW_BITS(p, %" PRIu32 ", %" PRIu32 ", ", b->at, b->width);
		for (uint32_t k = 0; k < b->in.n; k++)
			fprintf(em->out, "%sx_ - 0x%" PRIx32 "u <= 0x%" PRIx32 "u", k ? " || " : "",
				b->in.r[k].lo, b->in.r[k].hi - b->in.r[k].lo);
		fputs(");\n", em->out);
	}
}

static bool leads_on(const struct emitter *em, uint32_t o)
{
	if (!emit_many(em))
		return em->hops[o].elem != SL_NO_ELEM;
	for (uint32_t k = 0; k < em->block->n; k++)
		if (em->plan->elems[em->block->elems[k]].again[o].elem != SL_NO_ELEM)
			return true;
	return false;
}

/* Who follows a packet is told what the element said. */
static void emit_step(struct emitter *em, uint32_t i, const char *r)
{
	if (emit_many(em))
		fprintf(em->out, "\tSL_STEP(p, row->elem, %s);\n", r);
	else
		fprintf(em->out, "\tSL_STEP(p, %" PRIu32 ", %s);\n", i, r);
}

/* What is done with a packet that came in by `port` (or by any port, if they are not told apart).
 */
static void emit_body(struct emitter *em, uint32_t port)
{
	const struct sl_class *c = emit_class(em, em->elem);
	const struct sl_plan_elem *pe = &em->plan->elems[em->elem];

	if (!emit_has_code(c)) {
		if (pe->n_out && leads_on(em, 0)) {
			fputc('\t', em->out);
			emit_way(em, 0);
		}
		if (!pe->n_out || emit_many(em) || !leads_on(em, 0))
			emit_leave(em, "SL_DONE_KEPT");
		return;
	}
	emit_facts(em, port);
	if (!em->block && pe->decided)
		emit_bits(em, &pe->decided->known);
	fputs("\tr = ", em->out);
	emit_call(em, em->elem);
	fputs(";\n", em->out);
	emit_step(em, em->elem, "r");
	if (c->flags & SL_C_COPY)
		emit_copy(em);
	if (!em->block && pe->seldom)
		emit_seldom(em, pe, port);
	if (pe->n_out) {
		fputs("\tswitch (r & 0xff) {\n", em->out);
		for (uint32_t k = 0; k < pe->n_out; k++) {
			uint32_t o = emit_many(em)
					     ? k
					     : sl_plan_nth_output(em->prog, em->elem, pe->n_out, k);

			/* Copies come in from outside. */
			if (!leads_on(em, o) || !sl_plan_direct(pe, o))
				continue;
			fprintf(em->out, "\tcase %" PRIu32 ": ", o);
			if (!em->block && pe->out[o].dead) {
				fputs("SL_NEVER(); break;\n", em->out);
				continue;
			}
			emit_way(em, o);
			if (emit_many(em))
				fputs("\t\tbreak;\n", em->out);
		}
		fputs("\t}\n", em->out);
	}
	emit_leave(em, "r");
}

static void emit_scope(struct emitter *em, uint32_t port)
{
	if (emit_many(em))
		emit_row_begin(em);
	emit_body(em, port);
	if (emit_many(em))
		fputs("\t}\n", em->out);
}

void emit_block(struct emitter *em, uint32_t i, const struct sl_plan_block *block)
{
	const struct sl_plan_elem *pe = &em->plan->elems[i];
	bool takes_port = emit_class(em, i)->flags & SL_C_PORT;
	bool apart = pe->n_ports > 1;
	uint32_t n = em->prog->graph->elems[i].n_in;

	em->elem = i;
	em->block = block;
	em->hops = block ? pe->again : pe->out;
	if (n == 0)
		n = 1;
	for (uint32_t k = 0; k < n; k++) {
		emit_label(em, i, block, k);
		fputs(":\n", em->out);
		if (takes_port)
			fprintf(em->out, "\tport = %" PRIu32 ";\n", k);
		if (apart)
			emit_scope(em, k);
		else if (takes_port && k + 1 < n)
			fprintf(em->out, "\tgoto %c%" PRIu32 ";\n", block ? 's' : 'e',
				block ? pe->block : i);
	}
	if (apart)
		return;
	fprintf(em->out, "%c%" PRIu32 ":\n", block ? 's' : 'e', block ? pe->block : i);
	emit_scope(em, 0);
}
