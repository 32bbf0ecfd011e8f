// SPDX-License-Identifier: GPL-2.0-only
/* Code generation: what stands in front of the segments. Configuration becomes constants here; all
 * that is written of it are numbers. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/codegen/emit_int.h"
#include "loader/mem.h"

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
		const struct sl_class *c = emit_class(em, em->plan->order[k]);

		if (emit_has_code(c))
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
	case SL_K_IP6:
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
	case SL_K_IP6:
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
	uint32_t count = f->kind == SL_K_ETHER ? 6 : f->kind == SL_K_IP6 ? 4 : f->count;

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

void emit_conf(struct emitter *em, uint32_t i)
{
	fputc('{', em->out);
	for (const struct sl_field *f = emit_class(em, i)->conf; f && f->name; f++)
		emit_field(em->out, f, em->prog->insts[i].conf);
	fputs(" }", em->out);
}

static void emit_constants(struct emitter *em)
{
	for (size_t k = 0; k < em->plan->n_order; k++) {
		uint32_t i = em->plan->order[k];
		const struct sl_class *c = emit_class(em, i);

		if (!c->conf_size || !emit_has_code(c))
			continue;
		fprintf(em->out, "static const struct %s_conf c%" PRIu32 " = ", c->base, i);
		emit_conf(em, i);
		fputs(";\n", em->out);
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
		bool empty = !here;

		fprintf(em->out, "struct counters%" PRIu32 " {\n", page);
		if (here)
			fprintf(em->out, "\t__u64 cell[%" PRIu32 "];\n", here);
		cells -= here;
		for (; i < l->n_elems && l->elems[i].page == page; i++) {
			const struct sl_class *c = emit_class(em, (uint32_t)i);

			if (!c->state_size)
				continue;
			empty = false;
			/* A class that is not reachable has no header included: bytes do. */
			if (em->plan->elems[i].reachable)
				fprintf(em->out, "\tstruct %s_state s%zu;\n", c->base, i);
			else
				fprintf(em->out, "\t__u64 s%zu[%zu];\n", i,
					(c->state_size + 7) / 8);
		}
		if (empty)
			fputs("\t__u64 unused; /* no map's value has no bytes */\n", em->out);
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
		const struct sl_class *c = emit_class(em, (uint32_t)i);

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

/* The element's function as configured: of its own code, where nothing is decided already, and of
 * shared code that is not written for another. */
static bool as_configured(const struct sl_plan_elem *pe)
{
	return (pe->usual && !pe->decided) || (pe->block != SL_NO_BLOCK && !pe->at);
}

static int emit_decided(struct emitter *em, uint32_t i)
{
	const struct sl_decided *x = em->plan->elems[i].decided;
	char prefix[16];

	snprintf(prefix, sizeof(prefix), "u%" PRIu32, i);
	return x ? sl_decided_emit(&em->prog->insts[i], x, prefix, em->out) : 0;
}

static int emit_instances(struct emitter *em)
{
	for (size_t k = 0; k < em->plan->n_order; k++) {
		uint32_t i = em->plan->order[k];
		const struct sl_class *c = emit_class(em, i);
		int ret;

		if (!c->emit)
			continue;
		ret = emit_decided(em, i);
		if (!ret && as_configured(&em->plan->elems[i]))
			ret = c->emit(&em->prog->insts[i], em->out);
		if (ret)
			return ret;
		fputc('\n', em->out);
	}
	return 0;
}

/* All outputs that copies leave by, in a table of a power of two. */
static void emit_ways(struct emitter *em)
{
	const struct sl_plan *plan = em->plan;
	size_t n = 1;

	if (!plan->n_ways)
		return;
	while (n < plan->n_ways)
		n *= 2;
	fprintf(em->out, "static const struct sl_copy_way ways[%zu] = {\n", n);
	for (size_t k = 0; k < n; k++) {
		const struct sl_plan_way *w = &plan->ways[k < plan->n_ways ? k : 0];

		if (k + 1 < plan->n_ways && plan->ways[k + 1].elem == w->elem)
			fprintf(em->out, "\t{ %zu, %u, %u },\n", k + 1, w->branch, w->copies);
		else
			fputs("\t{ SL_WAY_NONE, 0, 0 },\n", em->out);
	}
	fprintf(em->out, "};\nstatic const struct sl_copy_ways copies = { ways, %zu };\n", n - 1);
}

int emit_declarations(struct emitter *em)
{
	int ret = emit_includes(em);

	if (ret)
		return ret;
	emit_constants(em);
	emit_pages(em);
	emit_data(em);
	emit_native_memory(em);
	emit_rows(em);
	emit_ways(em);
	emit_cell_macro(em);
	return emit_instances(em);
}
