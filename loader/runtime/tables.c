// SPDX-License-Identifier: GPL-2.0-only
/* How much of a graph's tables there may be, judged before the kernel is asked for them. */
#include <errno.h>
#include <inttypes.h>

#include "bpf/lpm.h"
#include "loader/runtime/map_bytes.h"
#include "loader/runtime/tables.h"

struct sum {
	uint64_t entries, bytes;
	const struct sl_bundle_elem *largest;
	uint64_t largest_bytes;
};

uint64_t sl_table_bytes(const struct sl_table *t, uint32_t entries)
{
	static const enum bpf_map_type types[] = {
		[SL_TABLE_HASH] = BPF_MAP_TYPE_HASH,
		[SL_TABLE_LRU] = BPF_MAP_TYPE_LRU_HASH,
		[SL_TABLE_ARRAY] = BPF_MAP_TYPE_ARRAY,
	};
	const struct sl_map_spec outer = {
		.type = BPF_MAP_TYPE_ARRAY_OF_MAPS, .key = 4, .value = 4, .entries = SL_LPM_SLOTS};
	struct sl_map_spec s = {.key = t->key_size, .value = t->value_size, .entries = entries};

	/* Images (loader/lpm/README.md), and the routes themselves. */
	if (t->type == SL_TABLE_WIDE)
		return sl_map_bytes(&outer);
	if (t->type == SL_TABLE_ROUTES)
		return sl_map_bytes(&outer) +
		       (!entries		     ? 0
			: entries < SL_LPM_WIDE_FROM ? (300u << 10) + 150ull * entries
			: t->key_size == SL_LPM_IP4  ? (40ull << 20) + 8ull * entries
						     : 400ull * entries);
	s.type = types[t->type];
	return sl_map_bytes(&s);
}

static struct sl_pos place(const struct sl_bundle_elem *e)
{
	return (struct sl_pos){e->file, e->line, e->col};
}

static void add_tables(const struct sl_bundle_elem *e, struct sum *s, struct sl_diags *d)
{
	const struct sl_table *t = sl_class_find(e->class_name)->tables;
	uint64_t bytes = 0;

	for (uint32_t k = 0; k < e->n_tables; k++) {
		uint32_t n = e->table_entries[k];

		if (t[k].type == SL_TABLE_ROUTES)
			n = e->n_routes;
		s->entries += n;
		bytes += sl_table_bytes(&t[k], n);
		if (n <= SL_TABLE_ENTRIES_MAX)
			continue;
		sl_diag_hint(sl_diag_element(sl_error(d, place(e), "table-size",
						      "'%s :: %s' asks for a table '%s' of %" PRIu32
						      " entries; a table has at most %u",
						      e->name, e->class_name, t[k].name, n,
						      SL_TABLE_ENTRIES_MAX),
					     e->name),
			     "give the element a smaller capacity");
	}
	s->bytes += bytes;
	if (bytes > s->largest_bytes) {
		s->largest_bytes = bytes;
		s->largest = e;
	}
}

/* `limit` 0: none. */
static void judge(const struct sum *s, uint64_t have, uint64_t limit, const char *what,
		  const char *whose, struct sl_diags *d)
{
	const struct sl_bundle_elem *e = s->largest;
	struct sl_diag *m;

	if (!limit || have <= limit)
		return;
	m = sl_error(d, place(e), "table-size",
		     "the graph's tables come to %" PRIu64 " %s, %s %" PRIu64, have, what, whose,
		     limit);
	sl_diag_element(m, e->name);
	sl_diag_hint(m,
		     "the largest, of '%s :: %s', take about %" PRIu64
		     " bytes: give it a smaller capacity",
		     e->name, e->class_name, s->largest_bytes);
}

int sl_tables_check(const struct sl_compiled *c, const struct sl_table_budget *budget,
		    struct sl_diags *d)
{
	const struct sl_bundle *b = c->bundle;
	unsigned int errors = d->errors;
	struct sum s = {0};

	for (uint32_t i = 0; i < b->n_elems; i++)
		add_tables(&b->elems[i], &s, d);
	if (d->errors == errors)
		judge(&s, s.bytes, SL_TABLES_BYTES_MAX, "bytes", "a graph may have", d);
	if (d->errors == errors && budget) {
		judge(&s, s.entries, budget->entries, "entries",
		      "the tenant's budget (map_entries) is", d);
	}
	return d->errors == errors ? 0 : -EINVAL;
}

/* What is left of a limit (0: none). */
static uint64_t left(uint64_t limit, uint64_t taken)
{
	return !limit ? UINT64_MAX : taken < limit ? limit - taken : 0;
}

uint64_t sl_tables_routes(const struct sl_compiled *c, uint32_t inst, const uint64_t *routes,
			  const struct sl_table_budget *budget)
{
	const struct sl_bundle *b = c->bundle;
	const struct sl_table *mine = c->program->insts[inst].class->tables;
	uint64_t entries = 0, bytes = 0, room, most = SL_LPM_ROUTES_MAX;

	for (uint32_t i = 0; i < b->n_elems; i++) {
		const struct sl_table *t = c->program->insts[i].class->tables;

		for (uint32_t k = 0; k < b->elems[i].n_tables; k++) {
			bool is_routes = t[k].type == SL_TABLE_ROUTES;
			uint64_t n = is_routes ? routes[i] : b->elems[i].table_entries[k];

			if (is_routes && i == inst)
				continue;
			entries += n;
			bytes += sl_table_bytes(&t[k], (uint32_t)n);
		}
	}
	room = left(SL_TABLES_BYTES_MAX, bytes);
	if (left(budget->bytes, bytes) < room)
		room = left(budget->bytes, bytes);
	if (left(budget->entries, entries) < most)
		most = left(budget->entries, entries);
	/* More routes never take less. */
	for (uint64_t least = 0; least < most;) {
		uint64_t half = least + (most - least + 1) / 2;

		if (sl_table_bytes(mine, (uint32_t)half) <= room)
			least = half;
		else
			most = half - 1;
	}
	return most;
}
