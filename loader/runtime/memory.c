/* SPDX-License-Identifier: GPL-2.0-only */
/* What graphs take of the kernel's memory, before they are loaded and while they run. */
#include "loader/runtime/memory.h"

#include <errno.h>
#include <string.h>

#include "bpf/pkt.h"
#include "loader/mem.h"
#include "loader/runtime/load.h"
#include "loader/runtime/pages.h"
#include "loader/runtime/tables.h"

/* An instruction, as loaded and as translated; a line of source with where it is. */
#define PER_INSN 16u
#define PER_LINE 24u
/* A program beside its instructions. */
#define PER_PROG 4096u

/* Elements whose tables are told one by one. */
#define NOTES_MAX 4

uint64_t sl_memory_total(const struct sl_memory_sum *s)
{
	return s->tables + s->counters + s->words + s->per_cpu + s->programs;
}

const char *sl_memory_text(uint64_t bytes, char buf[SL_MEMORY_TEXT])
{
	if (bytes >= 1u << 20)
		snprintf(buf, SL_MEMORY_TEXT, "%.1f MiB", (double)bytes / (1 << 20));
	else
		snprintf(buf, SL_MEMORY_TEXT, "%.1f KiB", (double)bytes / 1024);
	return buf;
}

/* ---- Before loading --------------------------------------------------------------------------*/

static uint64_t program_bytes(const struct sl_compiled *c)
{
	const struct sl_bundle *b = c->bundle;
	uint64_t n = 0;

	for (uint32_t k = 0; k < b->n_progs; k++)
		n += PER_PROG + (uint64_t)PER_INSN * b->progs[k].n_insns +
		     (uint64_t)PER_LINE * b->progs[k].n_lines;
	for (uint32_t i = 0; i < b->n_strings; i++)
		n += strlen(b->strings[i]) + 1;
	return n;
}

static uint64_t array_bytes(uint64_t value, uint32_t flags)
{
	const struct sl_map_spec s = {.type = BPF_MAP_TYPE_ARRAY,
				      .key = 4,
				      .value = (uint32_t)value,
				      .entries = 1,
				      .flags = flags};

	return value ? sl_map_bytes(&s) : 0;
}

static uint64_t scratch_bytes(void)
{
	const struct sl_map_spec s = {.type = BPF_MAP_TYPE_PERCPU_ARRAY,
				      .key = 4,
				      .value = sizeof(struct sl_scratch),
				      .entries = 1};

	return sl_map_bytes(&s);
}

uint64_t sl_memory_uncharged(const struct sl_compiled *c)
{
	return program_bytes(c) + scratch_bytes();
}

static uint64_t element_bytes(const struct sl_compiled *c, uint32_t i, const int *tables)
{
	const struct sl_bundle_elem *e = &c->bundle->elems[i];
	const struct sl_table *t = c->program->insts[i].class->tables;
	uint32_t first = c->layout->elems[i].table;
	uint64_t n = 0;

	for (uint32_t k = 0; t && t[k].name; k++)
		if (!tables || tables[first + k] < 0)
			n += sl_table_bytes(&t[k], t[k].type == SL_TABLE_ROUTES
							   ? e->n_routes
							   : e->table_entries[k]);
	return n;
}

void sl_memory_of(const struct sl_compiled *c, const int *pages, const int *tables,
		  struct sl_memory_sum *out)
{
	const struct sl_map_spec events = {.type = BPF_MAP_TYPE_RINGBUF, .entries = SL_EVENTS_SIZE};
	const struct sl_map_spec chain = {.type = BPF_MAP_TYPE_PROG_ARRAY,
					  .key = 4,
					  .value = 4,
					  .entries = c->bundle->n_segments};
	const struct sl_layout *lay = c->layout;
	int cpus = sl_page_cpus();

	*out = (struct sl_memory_sum){.per_cpu = scratch_bytes(), .programs = program_bytes(c)};
	for (uint32_t i = 0; i < c->bundle->n_elems; i++)
		out->tables += element_bytes(c, i, tables);
	for (uint32_t p = 0; p < lay->n_pages; p++)
		if (!pages || pages[p] < 0)
			out->counters += array_bytes(SL_PAGE_STRIDE(lay->page_size[p]) *
							     (uint64_t)(cpus > 0 ? cpus : 1),
						     0);
	out->words = array_bytes(lay->shown_size, BPF_F_MMAPABLE) +
		     array_bytes(lay->data_size, BPF_F_MMAPABLE) +
		     array_bytes(c->bundle->rodata_len, 0) + sl_map_bytes(&chain) +
		     (lay->events ? sl_map_bytes(&events) : 0);
}

/* ---- Judging ---------------------------------------------------------------------------------*/

struct asked {
	const struct sl_compiled *c;
	const int *tables;
	struct sl_memory_sum sum;
	uint32_t largest; /* element; n_elems: none has tables */
	uint64_t largest_bytes;
};

static void find_largest(struct asked *a)
{
	a->largest = a->c->bundle->n_elems;
	for (uint32_t i = 0; i < a->c->bundle->n_elems; i++) {
		uint64_t n = element_bytes(a->c, i, a->tables);

		if (n > a->largest_bytes) {
			a->largest_bytes = n;
			a->largest = i;
		}
	}
}

/* "tables 40.0 MiB, counters 17.0 KiB, ...". */
static void put_parts(FILE *f, const struct sl_memory_sum *s)
{
	const struct {
		const char *name;
		uint64_t n;
	} parts[] = {{"tables", s->tables},
		     {"counters", s->counters},
		     {"shared words", s->words},
		     {"per-CPU values", s->per_cpu},
		     {"programs", s->programs}};
	const char *sep = "";
	char text[SL_MEMORY_TEXT];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i].n)
			continue;
		fprintf(f, "%s%s %s", sep, parts[i].name, sl_memory_text(parts[i].n, text));
		sep = ", ";
	}
}

static char *parts_text(const struct sl_memory_sum *s)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	put_parts(f, s);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

static struct sl_pos place(const struct sl_bundle_elem *e)
{
	return (struct sl_pos){e->file, e->line, e->col};
}

/* The first of those that ask for a good part of it, table by table. */
static void note_tables(const struct asked *a, struct sl_diags *d)
{
	const struct sl_bundle *b = a->c->bundle;
	uint64_t total = sl_memory_total(&a->sum);
	char each[SL_MEMORY_TEXT];
	unsigned int notes = 0;

	for (uint32_t i = 0; i < b->n_elems && notes < NOTES_MAX; i++) {
		const struct sl_table *t = a->c->program->insts[i].class->tables;
		uint32_t first = a->c->layout->elems[i].table;
		_free_ char *text = NULL;
		const char *sep = "";
		size_t len;
		FILE *f;

		if (element_bytes(a->c, i, a->tables) < total / 16)
			continue;
		notes++;
		f = open_memstream(&text, &len);
		for (uint32_t k = 0; f && t && t[k].name; k++) {
			uint32_t n = t[k].type == SL_TABLE_ROUTES ? b->elems[i].n_routes
								  : b->elems[i].table_entries[k];
			uint64_t bytes = sl_table_bytes(&t[k], n);

			if (!bytes || (a->tables && a->tables[first + k] >= 0))
				continue;
			fprintf(f, "%stable '%s' of %u %s %s", sep, t[k].name, n,
				t[k].type == SL_TABLE_ROUTES ? "routes" : "entries",
				sl_memory_text(bytes, each));
			sep = ", ";
		}
		if (f && !fclose(f) && *text)
			sl_diag_element(sl_note(d, place(&b->elems[i]), "memory",
						"'%s :: %s' asks for: %s", b->elems[i].name,
						b->elems[i].class_name, text),
					b->elems[i].name);
	}
}

static void refuse(const struct asked *a, const struct sl_memory *m, struct sl_diags *d)
{
	const struct sl_bundle_elem *e =
		a->largest < a->c->bundle->n_elems ? &a->c->bundle->elems[a->largest] : NULL;
	uint64_t need = sl_memory_total(&a->sum);
	bool alone = need > m->limit;
	uint64_t most = alone ? need : need + m->used, limit = alone ? m->limit : m->during;
	char n[SL_MEMORY_TEXT], u[SL_MEMORY_TEXT], s[SL_MEMORY_TEXT], l[SL_MEMORY_TEXT],
		t[SL_MEMORY_TEXT];
	_free_ char *parts = parts_text(&a->sum);
	struct sl_diag *m1;

	m1 = sl_error(d, e ? place(e) : SL_NOPOS, "memory",
		      "the graph asks for %s (%s); tenant %s has %s in use%s, which makes %s of "
		      "the %s it may have",
		      sl_memory_text(need, n), parts ? parts : "", m->tenant,
		      sl_memory_text(m->used, u),
		      m->used ? " until the new graph has taken over" : "",
		      sl_memory_text(need + m->used, s), sl_memory_text(limit, l));
	if (e)
		sl_diag_element(m1, e->name);
	if (e)
		sl_diag_hint(m1,
			     "the largest tables are those of '%s :: %s', %s: give it a smaller "
			     "capacity, or have the limit raised: `sluicectl budget set %s "
			     "memory=%lluMiB`",
			     e->name, e->class_name, sl_memory_text(a->largest_bytes, t), m->tenant,
			     (unsigned long long)(most + (1 << 20) - 1) >> 20);
	else
		sl_diag_hint(m1, "have the limit raised: `sluicectl budget set %s memory=%lluMiB`",
			     m->tenant, (unsigned long long)(most + (1 << 20) - 1) >> 20);
	note_tables(a, d);
}

int sl_memory_check(const struct sl_compiled *c, const int *pages, const int *tables,
		    const struct sl_memory *m, struct sl_diags *d)
{
	struct asked a = {.c = c, .tables = tables};
	uint64_t need;

	if (!m || !m->limit)
		return 0;
	sl_memory_of(c, pages, tables, &a.sum);
	need = sl_memory_total(&a.sum);
	if (need <= m->limit && (!m->used || need + m->used <= m->during)) {
		if (m->charge)
			sl_charge_allow(m->charge, m->during - m->used - a.sum.programs);
		return 0;
	}
	find_largest(&a);
	refuse(&a, m, d);
	return -EDQUOT;
}
