// SPDX-License-Identifier: GPL-2.0-only
/*
 * Code generation: what differs among the elements of a block is a row of a table: configuration,
 * number, where its words and state are, where its outputs lead. The variable `at` says which row.
 */
#include <inttypes.h>

#include "loader/codegen/emit_int.h"

/* Tables have powers of two of rows, so that an index is bounded by a mask. */
static uint32_t row_mask(const struct sl_plan_block *b)
{
	uint32_t n = 1;

	while (n < b->n)
		n *= 2;
	return n - 1;
}

/* ---- Where outputs lead ----------------------------------------------------------------------*/

static const struct sl_hop *hop(const struct emitter *em, const struct sl_plan_block *b, uint32_t k,
				uint32_t o)
{
	return &em->plan->elems[b->elems[k]].again[o];
}

/* Are two hops the same but for the place in the block? Those that lead nowhere are. */
static bool same_way(const struct emitter *em, const struct sl_hop *a, const struct sl_hop *b)
{
	if (a->elem == SL_NO_ELEM || b->elem == SL_NO_ELEM)
		return a->elem == b->elem;
	return em->plan->elems[a->elem].block == em->plan->elems[b->elem].block &&
	       a->port == b->port && a->back == b->back && a->cut == b->cut;
}

/* The first element of the block with this way by output `o`: its number stands for the way. */
static uint32_t way(const struct emitter *em, const struct sl_plan_block *b, uint32_t k, uint32_t o)
{
	uint32_t first = 0;

	while (!same_way(em, hop(em, b, first, o), hop(em, b, k, o)))
		first++;
	return first;
}

static uint32_t cell(const struct emitter *em, uint32_t elem, int64_t o)
{
	const struct sl_flow *f = em->plan->flow;
	uint32_t edge = o < 0 ? f->leave[elem] : f->out[elem] + (uint32_t)o;

	return edge == SL_FLOW_OUTSIDE ? SL_FLOW_DERIVED : f->edges[edge].cell;
}

/* Is any of its configuration in rows? */
static bool has_values(const struct sl_class *c)
{
	for (const struct sl_field *f = c->conf; c->conf_size && f && f->name; f++)
		if (f->value)
			return true;
	return false;
}

/* ---- Tables ----------------------------------------------------------------------------------*/

static void emit_row(struct emitter *em, const struct sl_plan_block *b, uint32_t k)
{
	uint32_t i = b->elems[k];
	const struct sl_plan_elem *pe = &em->plan->elems[i];
	const struct sl_layout_elem *le = &em->layout->elems[i];

	fputs("\t{ ", em->out);
	if (has_values(emit_class(em, i)))
		emit_conf(em, i);
	fprintf(em->out,
		"%s.elem = %" PRIu32 ", .words = %" PRIu32 ", .page = %" PRIu32
		", .state = %" PRIu32 ", .copy = %d, .leave = 0x%" PRIx32 "u,",
		has_values(emit_class(em, i)) ? ", " : "", i, le->rw, le->page, le->state,
		pe->copy < 0 ? 0 : pe->copy, cell(em, i, -1));
	if (pe->n_out)
		fputs(" .out = {", em->out);
	for (uint32_t o = 0; o < pe->n_out; o++) {
		const struct sl_hop *h = &pe->again[o];

		fprintf(em->out, " { 0x%" PRIx32 "u, %" PRIu32 ", %" PRIu32 " },", cell(em, i, o),
			way(em, b, k, o), h->elem == SL_NO_ELEM ? 0 : em->plan->elems[h->elem].at);
	}
	fputs(pe->n_out ? " } },\n" : " },\n", em->out);
}

void emit_rows(struct emitter *em)
{

	for (uint32_t n = 0; n < em->plan->n_blocks; n++) {
		const struct sl_plan_block *b = &em->plan->blocks[n];
		const struct sl_class *c = emit_class(em, b->elems[0]);
		uint32_t n_out = em->plan->elems[b->elems[0]].n_out;

		if (b->n < 2)
			continue;
		fprintf(em->out, "struct row%" PRIu32 " {\n", n);
		if (has_values(c))
			fprintf(em->out, "\tstruct %s_conf c;\n", c->base);
		fputs("\t__u32 elem, words, page, state, copy, leave;\n", em->out);
		if (n_out)
			fprintf(em->out, "\tstruct sl_way out[%" PRIu32 "];\n", n_out);
		fprintf(em->out,
			"};\nstatic const struct row%" PRIu32 " rows%" PRIu32 "[%" PRIu32 "] = {\n",
			n, n, row_mask(b) + 1);
		for (uint32_t k = 0; k < b->n; k++)
			emit_row(em, b, k);
		fputs("};\n", em->out);
	}
}

/* CELL(k, by): counts in cell `k`, of the pages this segment has. The index is 64 bits wide: of
 * copies of others, Linux 6.1 learns the bounds of one alone. */
void emit_cell_macro(struct emitter *em)
{
	fputs("#define CELL(k, by) do { __u32 k_ = (k); __u64 at_; \\\n\t", em->out);
	for (uint32_t page = 0, left = em->layout->n_cells; left; page++) {
		uint32_t here = left < SL_PAGE_CELLS ? left : SL_PAGE_CELLS;

		fprintf(em->out,
			"at_ = k_ - %" PRIu32 "u; SL_OPAQUE(at_); \\\n\t"
			"if (n%" PRIu32 " && at_ < %" PRIu32 "u) n%" PRIu32
			"->cell[at_] += (by); \\\n\t",
			page * SL_PAGE_CELLS, page, here, page);
		left -= here;
	}
	fputs("} while (0)\n\n", em->out);
}

/* ---- Code ------------------------------------------------------------------------------------*/

static bool on_page(const struct emitter *em, uint32_t page)
{
	for (uint32_t k = 0; k < em->block->n; k++)
		if (em->layout->elems[em->block->elems[k]].page == page)
			return true;
	return false;
}

static void emit_row_state(struct emitter *em)
{
	const char *base = emit_class(em, em->elem)->base;

	fputs(", ({ void *s_ = 0; switch (row->page) {", em->out);
	for (uint32_t page = 0; page < em->layout->n_pages; page++)
		if (on_page(em, page))
			fprintf(em->out,
				" case %" PRIu32 ": s_ = SL_STATE(n%" PRIu32
				", row->state, struct %s_state); break;",
				page, page, base);
	fputs(" } if (!s_) return 0; s_; })", em->out);
}

static void emit_row_tables(struct emitter *em)
{
	const struct sl_class *c = emit_class(em, em->elem);

	for (uint32_t t = 0; c->tables && c->tables[t].name; t++) {
		fputs(", ({ void *t_; switch (at) {", em->out);
		for (uint32_t k = 1; k < em->block->n; k++)
			fprintf(em->out, " case %" PRIu32 ": t_ = SL_TABLE(%" PRIu32 "); break;", k,
				em->layout->elems[em->block->elems[k]].table + t);
		fprintf(em->out, " default: t_ = SL_TABLE(%" PRIu32 "); } t_; })",
			em->layout->elems[em->block->elems[0]].table + t);
	}
}

void emit_row_begin(struct emitter *em)
{
	const struct sl_class *c = emit_class(em, em->elem);
	uint32_t n = em->plan->elems[em->elem].block;

	/* A pointer from here on: Linux 6.1 forgets the bounds of an index put on the stack. */
	fprintf(em->out,
		"\t{\n\tconst struct row%" PRIu32 " *row = &rows%" PRIu32 "[at & %" PRIu32
		"];\n\tSL_OPAQUE(row);\n",
		n, n, row_mask(em->block));
	if (!has_values(c))
		return;
	fprintf(em->out, "\tstruct %s_conf c = row->c;\n", c->base);
	for (const struct sl_field *f = c->conf; f->name; f++)
		if (!f->value)
			fprintf(em->out,
				"\t__builtin_memcpy(&c.%s, &c%" PRIu32 ".%s, sizeof(c.%s));\n",
				f->name, em->elem, f->name, f->name);
}

void emit_row_arguments(struct emitter *em)
{
	const struct sl_class *c = emit_class(em, em->elem);

	if (c->conf_size)
		fprintf(em->out, has_values(c) ? ", &c" : ", &c%" PRIu32, em->elem);
	if (c->state_size)
		emit_row_state(em);
	if (c->rw_size)
		fprintf(em->out, ", SL_WORDS(row->words, struct %s_rw)", c->base);
	emit_row_tables(em);
}

void emit_row_count(struct emitter *em, int64_t o, const char *by)
{
	bool counted = false;

	for (uint32_t k = 0; k < em->block->n; k++)
		counted |= cell(em, em->block->elems[k], o) != SL_FLOW_DERIVED;
	if (!counted)
		return;
	if (o < 0)
		fprintf(em->out, "CELL(row->leave, %s); ", by);
	else
		fprintf(em->out, "CELL(row->out[%" PRId64 "].cell, %s); ", o, by);
}

static void emit_one_way(struct emitter *em, const struct sl_hop *h, uint32_t o)
{
	FILE *out = em->out;

	if (h->back) {
		fputs("if (sl_looped(&p)) { ", out);
		emit_row_count(em, -1, "1");
		fputs("return SL_ANSWER(SL_V_DROP, SL_R_LOOP, row->elem); } ", out);
	}
	emit_row_count(em, o, "1");
	if (!h->cut) {
		fprintf(out, "at = row->out[%" PRIu32 "].at; goto ", o);
		emit_label(em, h->elem, true, h->port);
		fputc(';', out);
		return;
	}
	fprintf(out,
		"t = (struct sl_exit){%u, %u, row->out[%" PRIu32
		"].at, row->elem, row->out[%" PRIu32 "].cell, row->leave}; goto tail;",
		h->segment, h->entry, o, o);
	em->exits++;
}

void emit_row_hop(struct emitter *em, uint32_t o)
{
	const struct sl_plan_block *b = em->block;
	bool one = true;

	for (uint32_t k = 0; k < b->n; k++)
		one &= way(em, b, k, o) == 0;
	if (one) {
		emit_one_way(em, hop(em, b, 0, o), o);
		return;
	}
	fprintf(em->out, "switch (row->out[%" PRIu32 "].way) {\n", o);
	for (uint32_t k = 0; k < b->n; k++) {
		const struct sl_hop *h = hop(em, b, k, o);

		if (h->elem == SL_NO_ELEM || way(em, b, k, o) != k)
			continue;
		fprintf(em->out, "\t\tcase %" PRIu32 ": ", k);
		emit_one_way(em, h, o);
		fputc('\n', em->out);
	}
	fputs("\t\t}", em->out);
}
