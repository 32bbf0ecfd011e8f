/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Code generation. Each segment is one function; each element in it a labelled block: count, call,
 * jump to what is behind the output it returned. A join is a jump, not a copy.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/codegen/emit.h"
#include "loader/mem.h"

struct emitter {
	const struct sl_program *prog;
	const struct sl_plan *plan;
	const struct sl_layout *layout;
	FILE *out;
	const struct sl_facts *facts; /* of the segment being written */
};

static const struct sl_class *class(const struct emitter *em, uint32_t i)
{
	return em->prog->insts[i].class;
}

/* Has a function to call (and not only a place in the graph). */
static bool has_code(const struct sl_class *c)
{
	return !(c->flags & SL_C_IDLE);
}

/* ---- Declarations ----------------------------------------------------------------------------*/

static int by_base(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int emit_includes(struct emitter *em)
{
	_free_ const char **bases = calloc(em->plan->n_order + 1, sizeof(*bases));
	size_t n = 0;

	if (!bases)
		return -ENOMEM;
	for (size_t k = 0; k < em->plan->n_order; k++) {
		const struct sl_class *c = class(em, em->plan->order[k]);

		if (has_code(c))
			bases[n++] = c->base;
	}
	qsort(bases, n, sizeof(*bases), by_base);
	fputs("#define SL_GENERATED 1\n#include \"graph.h\"\n", em->out);
	for (size_t k = 0; k < n; k++)
		if (k == 0 || strcmp(bases[k], bases[k - 1]))
			fprintf(em->out, "#include \"element/%s.h\"\n", bases[k]);
	fputc('\n', em->out);
	return 0;
}

static void emit_number(FILE *out, enum sl_kind kind, const uint8_t *at)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;
	int32_t s32;

	switch (kind) {
	case SL_K_U8:
	case SL_K_BOOL:
	case SL_K_BYTES:
	case SL_K_ETHER:
		fprintf(out, "%u", *at);
		break;
	case SL_K_U16:
	case SL_K_BE16:
		memcpy(&v16, at, 2);
		fprintf(out, "%u", v16);
		break;
	case SL_K_U32:
	case SL_K_IP4:
		memcpy(&v32, at, 4);
		fprintf(out, "0x%" PRIx32 "u", v32);
		break;
	case SL_K_S32:
		memcpy(&s32, at, 4);
		fprintf(out, "%" PRId32, s32);
		break;
	case SL_K_U64:
		memcpy(&v64, at, 8);
		fprintf(out, "0x%" PRIx64 "ull", v64);
		break;
	}
}

static size_t kind_size(enum sl_kind kind)
{
	switch (kind) {
	case SL_K_U16:
	case SL_K_BE16:
		return 2;
	case SL_K_U32:
	case SL_K_S32:
	case SL_K_IP4:
		return 4;
	case SL_K_U64:
		return 8;
	default:
		return 1;
	}
}

static void emit_field(FILE *out, const struct sl_field *f, const uint8_t *conf)
{
	size_t size = kind_size(f->kind);
	uint32_t count = f->kind == SL_K_ETHER ? 6 : f->count;

	fprintf(out, " .%s = ", f->name);
	if (count <= 1 && f->kind != SL_K_ETHER && f->kind != SL_K_BYTES) {
		emit_number(out, f->kind, conf + f->offset);
	} else {
		fputs("{ ", out);
		for (uint32_t k = 0; k < (count ? count : 1); k++) {
			emit_number(out, f->kind, conf + f->offset + k * size);
			fputs(", ", out);
		}
		fputc('}', out);
	}
	fputc(',', out);
}

static void emit_constants(struct emitter *em)
{
	for (size_t k = 0; k < em->plan->n_order; k++) {
		uint32_t i = em->plan->order[k];
		const struct sl_class *c = class(em, i);

		if (!c->conf_size || !has_code(c))
			continue;
		fprintf(em->out, "static const struct %s_conf c%" PRIu32 " = {", c->base, i);
		for (const struct sl_field *f = c->conf; f && f->name; f++)
			emit_field(em->out, f, em->prog->insts[i].conf);
		fputs(" };\n", em->out);
	}
	fputc('\n', em->out);
}

/* struct countersK: cells, and state of the elements on page K, in layout order. */
static void emit_pages(struct emitter *em)
{
	const struct sl_layout *l = em->layout;
	uint32_t cells = l->n_cells;
	size_t i = 0;

	for (uint32_t page = 0; page < l->n_pages; page++) {
		uint32_t here = cells < SL_PAGE_CELLS ? cells : SL_PAGE_CELLS;

		fprintf(em->out, "struct counters%" PRIu32 " {\n", page);
		if (here)
			fprintf(em->out, "\t__u64 cell[%" PRIu32 "];\n", here);
		cells -= here;
		for (; i < l->n_elems && l->elems[i].page == page; i++) {
			const struct sl_class *c = class(em, (uint32_t)i);

			if (!c->state_size)
				continue;
			/* A class that is not reachable has no header included: bytes do. */
			if (em->plan->elems[i].reachable)
				fprintf(em->out, "\tstruct %s_state s%zu;\n", c->base, i);
			else
				fprintf(em->out, "\t__u64 s%zu[%zu];\n", i,
					(c->state_size + 7) / 8);
		}
		if (l->page_size[page] == 8)
			fputs("\t__u64 least;\n", em->out);
		fprintf(em->out, "};\nSL_MAP(map_counters%" PRIu32 ");\n", page);
	}
	fputs("SL_MAP(map_scratch);\nSL_MAP(map_chain);\n", em->out);
	for (uint32_t k = 0; k < l->n_tables; k++)
		fprintf(em->out, "SL_MAP(map_table%" PRIu32 ");\n", k);
	if (l->events)
		fputs("SL_MAP(map_events);\n", em->out);
}

static void emit_data(struct emitter *em)
{
	const struct sl_layout *l = em->layout;

	fputs("struct graph_data {\n\tstruct sl_env env;\n", em->out);
	for (size_t i = 0; i < l->n_elems; i++) {
		const struct sl_class *c = class(em, (uint32_t)i);

		if (!c->rw_size)
			continue;
		if (em->plan->elems[i].reachable)
			fprintf(em->out, "\tstruct %s_rw w%zu __attribute__((aligned(8)));\n",
				c->base, i);
		else
			fprintf(em->out, "\t__u64 w%zu[%zu];\n", i, (c->rw_size + 7) / 8);
	}
	fprintf(em->out,
		"};\n_Static_assert(sizeof(struct graph_data) == %" PRIu32
		", \"data layout\");\nSL_DATA(struct graph_data);\n\n",
		l->rw_size);
}

static void emit_native_memory(struct emitter *em)
{
	const struct sl_layout *l = em->layout;

	fputs("#ifndef __bpf__\n", em->out);
	for (uint32_t page = 0; page < l->n_pages; page++)
		fprintf(em->out, "static struct counters%" PRIu32 " page%" PRIu32 ";\n", page,
			page);
	fprintf(em->out, "static void *tables[%" PRIu32 "];\nstatic void *events;\n#endif\n\n",
		l->n_tables ? l->n_tables : 1);
}

static int emit_instances(struct emitter *em)
{
	for (size_t k = 0; k < em->plan->n_order; k++) {
		uint32_t i = em->plan->order[k];
		const struct sl_class *c = class(em, i);
		int ret;

		if (!c->emit)
			continue;
		ret = c->emit(&em->prog->insts[i], em->out);
		if (ret)
			return ret;
		fputc('\n', em->out);
	}
	return 0;
}

/* ---- Blocks ----------------------------------------------------------------------------------*/

static void emit_call(struct emitter *em, uint32_t i)
{
	const struct sl_class *c = class(em, i);
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
	for (uint32_t k = 0; c->tables && c->tables[k].name; k++)
		fprintf(out, ", SL_TABLE(%" PRIu32 ")", le->table + k);
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

/* The way on over one edge, a jump or a tail call. What cannot go on leaves by edge `leave`. */
static void emit_hop(struct emitter *em, const struct sl_hop *h, uint32_t from, uint32_t edge,
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
		const struct sl_class *c = class(em, h->elem);
		bool end = c->flags & SL_C_SINK || pe->n_out == 0;

		fputs("\t\t", em->out);
		emit_count(em, edge, "++");
		if (has_code(c)) {
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
	const struct sl_class *c = class(em, i);
	const struct sl_plan_elem *pe = &em->plan->elems[i];
	const struct sl_flow *f = em->plan->flow;

	if (!has_code(c)) {
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

/* The element's code, behind labels for the input ports. */
static void emit_block(struct emitter *em, uint32_t i)
{
	bool takes_port = class(em, i)->flags & SL_C_PORT;
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

/* ---- Segments --------------------------------------------------------------------------------*/

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

	if (class(em, i)->state_size)
		used[em->layout->elems[i].page] = true;
	mark_cell(em, em->plan->flow->leave[i], used);
	for (uint32_t o = 0; o < pe->n_out; o++)
		mark_cell(em, em->plan->flow->out[i] + o, used);
	/* Elements looked at in line may be of another segment. */
	if (pe->inline_copy)
		for (const struct sl_hop *h = &pe->out[1]; h->elem != SL_NO_ELEM;) {
			mark_elem(em, h->elem, used);
			if (!em->plan->elems[h->elem].n_out)
				break;
			h = &em->plan->elems[h->elem].out[0];
		}
}

static void emit_counters(struct emitter *em, const bool *used)
{
	for (uint32_t page = 0; page < em->layout->n_pages; page++)
		if (used[page])
			fprintf(em->out,
				"\tstruct counters%" PRIu32 " *n%" PRIu32 " = SL_COUNTERS(%" PRIu32
				");\n",
				page, page, page);
	fputs("\n\tsl_begin(&p, ctx, &data.env);\n", em->out);
	for (uint32_t page = 0; page < em->layout->n_pages; page++)
		if (used[page])
			fprintf(em->out, "\tif (!n%" PRIu32 ")\n\t\treturn 0;\n", page);
}

static int emit_prologue(struct emitter *em, uint32_t seg)
{
	_free_ bool *used = calloc(em->layout->n_pages + 1, sizeof(*used));
	bool port = false;

	if (!used)
		return -ENOMEM;
	for (size_t k = 0; k < em->plan->n_order; k++) {
		uint32_t i = em->plan->order[k];

		if (em->plan->elems[i].segment != em->plan->segments[seg].body)
			continue;
		mark_elem(em, i, used);
		port |= class(em, i)->flags & SL_C_PORT;
	}
	for (size_t k = 0; k < em->plan->n_devs && seg == 0; k++)
		mark_cell(em, em->plan->flow->device[k], used);
	fputs("\tstruct sl_pkt p;\n\t__u32 r;\n", em->out);
	if (port)
		fputs("\t__u32 port;\n", em->out);
	emit_counters(em, used);
	return 0;
}

static void emit_entry(struct emitter *em, const struct sl_plan_entry *e)
{
	uint32_t known = em->facts[sl_plan_facts_at(em->plan, e->elem, e->port)].known;

	if (known)
		fprintf(em->out, "\tSL_REQUIRE(p, %" PRIu32 ", %" PRIu32 ");\n", known, e->elem);
	fprintf(em->out, "\tgoto e%" PRIu32 "_%" PRIu32 ";\n", e->elem, e->port);
}

/* Goes on at the entry the tail call named. */
static void emit_dispatch(struct emitter *em, uint32_t seg)
{
	const struct sl_plan_segment *s = &em->plan->segments[seg];

	fputs("\tstruct sl_saved *saved = SL_SCRATCH();\n\n\tif (!saved)\n\t\treturn 0;\n"
	      "\tsl_restore(&p, saved);\n",
	      em->out);
	if (s->n_entries == 1) {
		emit_entry(em, &s->entries[0]);
		return;
	}
	fputs("\tswitch (saved->entry) {\n", em->out);
	for (size_t k = 0; k < s->n_entries; k++) {
		fprintf(em->out, "\tcase %zu:\n", k);
		emit_entry(em, &s->entries[k]);
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

static int emit_segment(struct emitter *em, uint32_t seg)
{
	uint16_t body = em->plan->segments[seg].body;
	int ret;

	em->facts = seg ? em->plan->facts : em->plan->first_facts;
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
	for (size_t k = 0; k < em->plan->n_order; k++)
		if (em->plan->elems[em->plan->order[k]].segment == body)
			emit_block(em, em->plan->order[k]);
	fputs("}\n\n", em->out);
	return 0;
}

static int emit_resume(struct emitter *em)
{
	const struct sl_plan *plan = em->plan;
	_free_ bool *used = calloc(em->layout->n_pages + 1, sizeof(*used));

	if (!used)
		return -ENOMEM;
	if (!plan->n_copies)
		return 0;
	for (size_t k = 0; k < 2 * plan->n_copies; k++)
		mark_cell(em, plan->flow->resume[k], used);
	fputs("SL_RESUME()\n{\n\tstruct sl_pkt p;\n", em->out);
	emit_counters(em, used);
	fputs("\tswitch (sl_enter_copy(&p)) {\n", em->out);
	for (size_t k = 0; k < 2 * plan->n_copies; k++) {
		if (plan->resume[k].elem == SL_NO_ELEM)
			continue;
		fprintf(em->out, "\tcase %zu: ", k);
		emit_hop(em, &plan->resume[k], plan->copies[k / 2], plan->flow->resume[k],
			 SL_FLOW_OUTSIDE);
		fputc('\n', em->out);
	}
	fputs("\t}\n\treturn SL_ANSWER(SL_V_DROP, SL_R_COPY, SL_ELEM_NONE);\n}\n\n", em->out);
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
		em->plan->n_copies ? "again ? resume : " : "", em->plan->n_segments);
	for (uint32_t k = 0; k < l->n_pages; k++)
		fprintf(em->out, " &page%" PRIu32 ",", k);
	fprintf(em->out,
		" };\n__attribute__((visibility(\"default\"))) const struct sl_native_graph "
		"sl_native_graph = {\n\tSL_ABI_VERSION, %" PRIu32 ", %" PRIu32
		", pages, &data, tables, &events, run,\n};\n#endif\n",
		l->n_pages, l->n_tables);
}

int sl_emit(const struct sl_program *prog, const struct sl_plan *plan,
	    const struct sl_layout *layout, FILE *out)
{
	struct emitter em = {prog, plan, layout, out, plan->facts};
	int ret;

	ret = emit_includes(&em);
	if (ret)
		return ret;
	emit_constants(&em);
	emit_pages(&em);
	emit_data(&em);
	emit_native_memory(&em);
	ret = emit_instances(&em);
	if (ret)
		return ret;
	for (uint32_t seg = 0; seg < plan->n_segments && !ret; seg++)
		ret = emit_segment(&em, seg);
	ret = ret ? ret : emit_resume(&em);
	if (ret)
		return ret;
	emit_native_table(&em);
	return ferror(out) ? -EIO : 0;
}
