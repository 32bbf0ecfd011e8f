/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of tables that lead nowhere. Programs leave some behind where two CPUs come in each
 * other's way, and remove those they come across; of the others a table would fill up over the
 * weeks. Tables are gone through a part at a time, those of all tenants in turn.
 */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/node_int.h"

/* Entries looked at each time: about a millisecond's work. */
#define ENTRIES 2048u

/* A table that is gone through. */
struct table {
	struct sl_live *live;
	const struct sl_inst *in;
	const struct sl_table *t;
	int fd;
};

static bool is_stray(const struct table *at, const void *key, const void *value)
{
	return at->t->stray(at->live, at->in, key, value);
}

/* Packets go on: what was an entry of a flow's at the last moment is put back. */
static void remove_stray(const struct table *at, const void *key, const void *value)
{
	_free_ void *now = malloc(at->t->value_size);

	if (!now || bpf_map_lookup_elem(at->fd, key, now) ||
	    memcmp(now, value, at->t->value_size) != 0 || !is_stray(at, key, value) ||
	    bpf_map_lookup_and_delete_elem(at->fd, key, now))
		return;
	if (memcmp(now, value, at->t->value_size) != 0 || !is_stray(at, key, now))
		bpf_map_update_elem(at->fd, key, now, BPF_NOEXIST);
}

/* The next part of a table; *more: there is another. Returns how many entries were looked at. */
static uint32_t look_at_part(struct node_strays *s, const struct table *at, uint32_t most,
			     bool *more)
{
	_free_ uint8_t *keys = malloc((size_t)most * at->t->key_size);
	_free_ uint8_t *values = malloc((size_t)most * at->t->value_size);
	uint64_t next = 0;
	uint32_t n = most;

	*more = false;
	if (!keys || !values)
		return 0;
	*more = !bpf_map_lookup_batch(at->fd, s->begun ? &s->token : NULL, &next, keys, values, &n,
				      NULL);
	/* ENOENT: these were the last. */
	if (!*more && errno != ENOENT)
		return 0;
	s->token = next;
	s->begun = *more;
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *key = keys + (size_t)i * at->t->key_size;
		const uint8_t *value = values + (size_t)i * at->t->value_size;

		if (is_stray(at, key, value))
			remove_stray(at, key, value);
	}
	return n;
}

/* The table where the last look ended, or the next one of this tenant. */
static bool find_table(struct node_strays *s, struct tenant_rt *rt, struct table *at)
{
	const struct sl_compiled *c = rt->run->compiled;

	for (; s->inst < c->layout->n_elems; s->inst++, s->table = 0) {
		const struct sl_table *t = c->program->insts[s->inst].class->tables;

		for (; t && t[s->table].name; s->table++) {
			if (!t[s->table].stray)
				continue;
			*at = (struct table){
				&rt->run->live, &c->program->insts[s->inst], &t[s->table],
				rt->run->loaded
					->tables[c->layout->elems[s->inst].table + s->table]};
			return true;
		}
	}
	return false;
}

/* One tenant's tables from where the last look ended. Returns what is left of `most`. */
static uint32_t tenant_strays(struct node_strays *s, struct tenant_rt *rt, uint32_t most)
{
	struct table at;
	bool more;

	if (strcmp(s->tenant, rt->name) != 0 || s->gen != rt->run->number) {
		*s = (struct node_strays){.gen = rt->run->number, .first = s->first};
		snprintf(s->tenant, sizeof(s->tenant), "%s", rt->name);
	}
	while (most && find_table(s, rt, &at)) {
		most -= look_at_part(s, &at, most, &more);
		if (more)
			return most;
		s->begun = false;
		s->table++;
	}
	return most;
}

/* Ends where there is no more to look at this time, or all has been looked at once. */
void node_strays(struct sl_node *n)
{
	struct node_strays *s = &n->strays;
	uint32_t most = ENTRIES;

	for (size_t i = 0; i < n->n_rts; i++) {
		struct tenant_rt *rt = &n->rts[s->first % n->n_rts];

		if (rt->run)
			most = tenant_strays(s, rt, most);
		if (!most || s->begun)
			return;
		s->first++;
		*s->tenant = 0;
	}
}
