// SPDX-License-Identifier: GPL-2.0-only
/* Code generation: each segment is one function, entered by a device, a tail call or a copy. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "loader/codegen/emit_int.h"
#include "loader/mem.h"

/* Pages that code of these elements counts on. */
static void mark_cell(const struct emitter *em, uint32_t edge, bool *used)
{
	uint32_t cell =
		edge == SL_FLOW_OUTSIDE ? SL_FLOW_DERIVED : em->plan->flow->edges[edge].cell;

	if (cell != SL_FLOW_DERIVED)
		used[cell / SL_PAGE_CELLS] = true;
}

static void mark_elem(const struct emitter *em, uint32_t i, bool *used)
{
	const struct sl_plan_elem *pe = &em->plan->elems[i];

	if (emit_class(em, i)->state_size)
		used[em->layout->elems[i].page] = true;
	mark_cell(em, em->plan->flow->leave[i], used);
	for (uint32_t o = 0; o < pe->n_out; o++)
		mark_cell(em, em->plan->flow->out[i] + o, used);
	/* Elements looked at in line may be of another segment. */
	for (uint32_t o = 0; o < pe->n_out; o++)
		for (const struct sl_hop *h = &pe->out[o];
		     sl_plan_looks(pe, o) && h->elem != SL_NO_ELEM;) {
			mark_elem(em, h->elem, used);
			if (!em->plan->elems[h->elem].n_out)
				break;
			h = &em->plan->elems[h->elem].out[0];
		}
}

static void emit_counters(struct emitter *em, const bool *used, bool usual)
{
	bool any = false;

	for (uint32_t page = 0; page < em->layout->n_pages; page++)
		any |= used[page];
	if (any)
		fputs("\t__u64 cpu = SL_CPU();\n", em->out);
	for (uint32_t page = 0; page < em->layout->n_pages; page++) {
		fprintf(em->out, "\tstruct counters%" PRIu32 " *n%" PRIu32 " = ", page, page);
		if (used[page])
			fprintf(em->out, "SL_COUNTERS(%" PRIu32 ", cpu);\n", page);
		else
			fputs("0;\n", em->out);
	}
	fprintf(em->out, "\n\tsl_begin(&p, ctx, &data.env, %d);\n", usual);
}

/* Marks what segment `seg` counts on; says whether it needs to know the input port. */
static bool mark_segment(const struct emitter *em, uint32_t seg, bool *used)
{
	const struct sl_plan *plan = em->plan;
	bool port = false;

	for (size_t k = 0; k < plan->n_order; k++) {
		uint32_t i = plan->order[k];
		const struct sl_plan_elem *pe = &plan->elems[i];
		bool here =
			plan->segments[seg].shared
				? pe->block != SL_NO_BLOCK && plan->blocks[pe->block].segment == seg
				: pe->usual && pe->segment == seg;

		if (!here)
			continue;
		mark_elem(em, i, used);
		port |= emit_class(em, i)->flags & SL_C_PORT;
		/* Which page a row's cells are on is seen when it is counted. */
		for (uint32_t page = 0; plan->segments[seg].shared && page < em->layout->n_pages &&
					page * SL_PAGE_CELLS < em->layout->n_cells;
		     page++)
			used[page] |= plan->blocks[pe->block].n > 1;
	}
	for (size_t k = 0; k < plan->n_devs && seg == 0; k++)
		mark_cell(em, plan->flow->device[k], used);
	return port;
}

static int emit_prologue(struct emitter *em, uint32_t seg)
{
	_free_ bool *used = calloc(em->layout->n_pages + 1, sizeof(*used));
	bool port;

	if (!used)
		return -ENOMEM;
	port = mark_segment(em, seg, used);
	fputs("\tstruct sl_pkt p;\n\tstruct sl_exit t;\n\t__u32 r;\n", em->out);
	if (port)
		fputs("\t__u32 port;\n", em->out);
	if (em->plan->segments[seg].shared)
		fputs("\t__u32 at;\n", em->out);
	emit_counters(em, used, !em->plan->segments[seg].shared);
	return 0;
}

static void emit_entry(struct emitter *em, const struct sl_plan_entry *e, bool shared)
{
	uint32_t known = em->facts[sl_plan_facts_at(em->plan, e->elem, e->port)].known;

	if (known)
		fprintf(em->out, "\tSL_REQUIRE(p, %" PRIu32 ", %" PRIu32 ");\n", known, e->elem);
	fputs("\tgoto ", em->out);
	emit_label(em, e->elem, shared, e->port);
	fputs(";\n", em->out);
}

/* Goes on at the entry the tail call named. */
static void emit_dispatch(struct emitter *em, uint32_t seg)
{
	const struct sl_plan_segment *s = &em->plan->segments[seg];

	fputs("\tstruct sl_saved *saved = SL_SCRATCH();\n\n\tif (!saved)\n\t\treturn 0;\n"
	      "\tsl_restore(&p, saved);\n",
	      em->out);
	if (s->shared)
		fputs("\tat = saved->at;\n", em->out);
	if (s->n_entries == 1) {
		emit_entry(em, &s->entries[0], s->shared);
		return;
	}
	fputs("\tswitch (saved->entry) {\n", em->out);
	for (size_t k = 0; k < s->n_entries; k++) {
		fprintf(em->out, "\tcase %zu:\n", k);
		emit_entry(em, &s->entries[k], s->shared);
	}
	fputs("\t}\n\treturn 0;\n", em->out);
}

static void emit_devices(struct emitter *em)
{
	fprintf(em->out,
		"\tif (sl_enter_device(&p, %u))\n"
		"\t\treturn SL_ANSWER(SL_V_DROP, SL_R_SHORT, SL_ELEM_NONE);\n"
		"\tswitch (p.dev) {\n",
		em->prog->devices.head);
	for (size_t k = 0; k < em->plan->n_devs; k++) {
		if (em->plan->from_dev[k].elem == SL_NO_ELEM)
			continue;
		fprintf(em->out, "\tcase %zu: ", k);
		emit_hop(em, &em->plan->from_dev[k], em->plan->from_dev[k].elem,
			 em->plan->flow->device[k], SL_FLOW_OUTSIDE);
		fputc('\n', em->out);
	}
	fputs("\t}\n\treturn SL_ANSWER(SL_V_DROP, SL_R_NODEV, SL_ELEM_NONE);\n", em->out);
}

/* What goes on in shared code saves the cursor here. */
static void emit_exits(struct emitter *em)
{
	if (em->exits)
		fputs("tail:\n\tSL_TAIL(p, t.segment, t.entry, t.at, t.elem, CELL(t.back, -1); "
		      "CELL(t.leave, 1););\n",
		      em->out);
	em->exits = 0;
}

static void emit_elements(struct emitter *em, uint32_t seg)
{
	const struct sl_plan *plan = em->plan;

	for (size_t k = 0; k < plan->n_order && !plan->segments[seg].shared; k++) {
		const struct sl_plan_elem *pe = &plan->elems[plan->order[k]];

		if (pe->usual && pe->segment == seg)
			emit_block(em, plan->order[k], NULL);
	}
	for (size_t k = 0; k < plan->n_blocks && plan->segments[seg].shared; k++)
		if (plan->blocks[k].segment == seg)
			emit_block(em, plan->blocks[k].elems[0], &plan->blocks[k]);
}

static int emit_segment(struct emitter *em, uint32_t seg)
{
	int ret;

	em->facts = em->plan->segments[seg].shared ? em->plan->shared_facts : em->plan->facts;
	fprintf(em->out, "SL_SEGMENT(%" PRIu32 ")\n{\n", seg);
	ret = emit_prologue(em, seg);
	if (ret)
		return ret;
	if (seg == 0) {
		emit_devices(em);
	} else {
		fputs("\t{\n", em->out);
		emit_dispatch(em, seg);
		fputs("\t}\n", em->out);
	}
	emit_elements(em, seg);
	emit_exits(em);
	fputs("}\n\n", em->out);
	return 0;
}

static int emit_resume(struct emitter *em)
{
	const struct sl_plan *plan = em->plan;
	_free_ bool *used = calloc(em->layout->n_pages + 1, sizeof(*used));

	if (!used)
		return -ENOMEM;
	if (!plan->n_ways)
		return 0;
	for (size_t k = 0; k < plan->n_ways; k++)
		mark_cell(em, plan->flow->resume[k], used);
	fputs("SL_RESUME()\n{\n\tstruct sl_pkt p;\n\tstruct sl_exit t;\n\t__u32 answer;\n",
	      em->out);
	emit_counters(em, used, false);
	fputs("\tswitch (sl_enter_copy(&p, &copies, &answer)) {\n", em->out);
	for (size_t k = 0; k < plan->n_ways; k++) {
		const struct sl_plan_way *w = &plan->ways[k];

		if (plan->resume[k].elem == SL_NO_ELEM)
			continue;
		fprintf(em->out,
			"\tcase %zu: SL_STEP(p, %" PRIu32 ", SL_DONE_BRANCH(%" PRIu32 ")); ", k,
			w->elem, w->out);
		emit_hop(em, &plan->resume[k], w->elem, plan->flow->resume[k], SL_FLOW_OUTSIDE);
		fputc('\n', em->out);
	}
	fputs("\t}\n\treturn answer;\n", em->out);
	emit_exits(em);
	fputs("}\n\n", em->out);
	return 0;
}

static void emit_native_table(struct emitter *em)
{
	const struct sl_layout *l = em->layout;

	fputs("#ifndef __bpf__\nstatic sl_segment_fn *const segments[] = {", em->out);
	for (size_t k = 0; k < em->plan->n_segments; k++)
		fprintf(em->out, " seg%zu,", k);
	fprintf(em->out,
		" };\nstatic __u32 run(sl_ctx *x, int again)\n{\n"
		"\t(void)again;\n\treturn sl_run_chain(x, %ssegments[0], segments, %zu);\n}\n"
		"static void *const pages[] = {",
		em->plan->n_ways ? "again ? resume : " : "", em->plan->n_segments);
	for (uint32_t k = 0; k < l->n_pages; k++)
		fprintf(em->out, " &page%" PRIu32 ",", k);
	fprintf(em->out,
		" };\n__attribute__((visibility(\"default\"))) const struct sl_native_graph "
		"sl_native_graph = {\n\tSL_ABI_VERSION, %" PRIu32 ", %" PRIu32
		", pages, &data, tables, &events, run,\n};\n#endif\n",
		l->n_pages, l->n_tables);
}

static void count_way(struct emitter *em, const struct sl_hop *h)
{
	if (h->elem != SL_NO_ELEM && !h->shared && !h->cut && !h->dead)
		em->ways_in[h->elem]++;
}

/* Jumps, and entries of tail calls. */
static int count_ways(struct emitter *em)
{
	const struct sl_plan *plan = em->plan;

	em->ways_in = calloc(plan->n_elems + 1, sizeof(*em->ways_in));
	if (!em->ways_in)
		return -ENOMEM;
	for (size_t k = 0; k < plan->n_devs; k++)
		count_way(em, &plan->from_dev[k]);
	for (size_t k = 0; k < plan->n_order; k++) {
		const struct sl_plan_elem *pe = &plan->elems[plan->order[k]];

		for (uint32_t o = 0; o < pe->n_out && pe->usual; o++)
			if (sl_plan_direct(pe, o))
				count_way(em, &pe->out[o]);
	}
	for (size_t k = 0; k < plan->n_segments; k++)
		for (size_t i = 0; i < plan->segments[k].n_entries && !plan->segments[k].shared;
		     i++)
			em->ways_in[plan->segments[k].entries[i].elem]++;
	return 0;
}

/* What a program takes to compile over and above what its weight says: for itself, and for the code
 * of each element, which packets may pass in no time and a compiler does not. In units of weight;
 * from the instructions of programs. */
#define PART_BASE 5600
#define PART_CODE 100

struct share {
	uint32_t seg;
	unsigned int weight;
};

static int heaviest_first(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return x->seg < y->seg ? -1 : 1;
}

/* Which compiler gets which segment: the heaviest first, each to the one with the least so far;
 * the last of `part` is that of the program `resume`, which is small. */
static int divide(const struct sl_plan *plan, unsigned int parts, unsigned int *part)
{
	_free_ struct share *v = calloc(plan->n_segments + 1, sizeof(*v));
	unsigned int weights[SL_PARTS_MAX] = {0};

	if (!v)
		return -ENOMEM;
	for (uint32_t i = 0; i < plan->n_segments; i++)
		v[i] = (struct share){i, plan->segments[i].weight + PART_BASE};
	for (size_t i = 0; i < plan->n_order; i++)
		if (plan->elems[plan->order[i]].usual)
			v[plan->elems[plan->order[i]].segment].weight += PART_CODE;
	for (size_t i = 0; i < plan->n_blocks; i++)
		v[plan->blocks[i].segment].weight += PART_CODE;
	v[plan->n_segments] = (struct share){(uint32_t)plan->n_segments, 0};
	qsort(v, plan->n_segments, sizeof(*v), heaviest_first);
	for (size_t i = 0; i <= plan->n_segments; i++) {
		unsigned int least = 0;

		for (unsigned int k = 1; k < parts; k++)
			if (weights[k] < weights[least])
				least = k;
		weights[least] += v[i].weight;
		part[v[i].seg] = least + 1;
	}
	return 0;
}

static void begin_part(struct emitter *em, unsigned int parts, unsigned int part)
{
	if (parts > 1)
		fprintf(em->out, "#if !SL_PART || SL_PART == %u\n", part);
}

static void end_part(struct emitter *em, unsigned int parts)
{
	if (parts > 1)
		fputs("#endif\n\n", em->out);
}

static void emitter_free(struct emitter *em)
{
	free(em->ways_in);
}

int sl_emit(const struct sl_program *prog, const struct sl_plan *plan,
	    const struct sl_layout *layout, unsigned int parts, FILE *out)
{
	SL_CLEANUP(emitter_free)
	struct emitter em = {.prog = prog, .plan = plan, .layout = layout, .out = out};
	_free_ unsigned int *part = calloc(plan->n_segments + 1, sizeof(*part));
	int ret = part ? divide(plan, parts, part) : -ENOMEM;

	ret = ret ? ret : count_ways(&em);
	ret = ret ? ret : emit_declarations(&em);
	if (ret)
		return ret;
	for (uint32_t seg = 0; seg < plan->n_segments; seg++) {
		begin_part(&em, parts, part[seg]);
		ret = emit_segment(&em, seg);
		if (ret)
			return ret;
		end_part(&em, parts);
	}
	begin_part(&em, parts, part[plan->n_segments]);
	ret = emit_resume(&em);
	if (ret)
		return ret;
	end_part(&em, parts);
	emit_native_table(&em);
	return ferror(out) ? -EIO : 0;
}
