/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Type information made by us, so that `bpftool map dump` prints a graph's counters by the names in
 * the graph, and the verifier's log its generated lines.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "bpf/abi.h"
#include "loader/mem.h"
#include "loader/runtime/load.h"
#include "loader/runtime/pages.h"

struct maker {
	const struct sl_compiled *c;
	struct sl_types *t;
	struct btf *btf;
	int u8, u16, u32, u64;
	/* Types of state structs by class, made once. */
	const struct sl_class **classes;
	int *class_ids;
	size_t n_classes, cap_classes, cap_ids;
	char **names; /* member name of each element */
};

/* ---- Names -----------------------------------------------------------------------------------*/

static char *identifier(const char *name)
{
	char *s = malloc(strlen(name) + 2), *p = s;

	if (!s)
		return NULL;
	if (!isalpha((unsigned char)*name) && *name != '_')
		*p++ = '_';
	for (; *name; name++)
		*p++ = isalnum((unsigned char)*name) ? *name : '_';
	*p = 0;
	return s;
}

struct named {
	char *name;
	uint32_t elem;
};

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : x->elem < y->elem ? -1 : 1;
}

/* Makes names that became equal ("a/b" and "a_b") different by the element's number. */
static int unique(char **names, size_t n)
{
	_free_ struct named *v = calloc(n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		v[i] = (struct named){names[i], (uint32_t)i};
	qsort(v, n, sizeof(*v), by_name);
	for (size_t i = 1; i < n; i++) {
		char *s;

		if (strcmp(v[i].name, v[i - 1].name))
			continue;
		if (asprintf(&s, "%s__%u", v[i].name, v[i].elem) < 0)
			return -ENOMEM;
		names[v[i].elem] = s;
		/* The old text is still compared with; freed below through the new one's place. */
	}
	for (size_t i = 0; i < n; i++)
		if (names[v[i].elem] != v[i].name)
			free(v[i].name);
	return 0;
}

static char **member_names(const struct sl_compiled *c)
{
	size_t n = c->program->graph->n_elems;
	char **names = calloc(n + 1, sizeof(*names));
	bool ok = names != NULL;

	for (size_t i = 0; ok && i < n; i++) {
		names[i] = identifier(c->program->graph->elems[i].name);
		ok = names[i] != NULL;
	}
	if (ok && !unique(names, n))
		return names;
	for (size_t i = 0; names && i < n; i++)
		free(names[i]);
	free(names);
	return NULL;
}

char *sl_member_name(const struct sl_compiled *c, uint32_t elem)
{
	size_t n = c->program->graph->n_elems;
	char **names = member_names(c), *name;

	if (!names)
		return NULL;
	name = elem < n ? TAKE_PTR(names[elem]) : NULL;
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return name;
}

/* ---- Types -----------------------------------------------------------------------------------*/

static int array_of(struct maker *m, int elem, uint32_t n)
{
	return btf__add_array(m->btf, m->u32, elem, n);
}

static int kind_type(struct maker *m, const struct sl_field *f)
{
	int t = m->u8;

	switch (f->kind) {
	case SL_K_U8:
	case SL_K_BOOL:
		t = m->u8;
		break;
	case SL_K_U16:
	case SL_K_BE16:
		t = m->u16;
		break;
	case SL_K_U32:
	case SL_K_S32:
	case SL_K_IP4:
		t = m->u32;
		break;
	case SL_K_U64:
		t = m->u64;
		break;
	case SL_K_IP6:
		return array_of(m, m->u32, 4);
	case SL_K_ETHER:
		return array_of(m, m->u8, 6);
	case SL_K_BYTES:
		return array_of(m, m->u8, f->count);
	}
	return f->count > 1 ? array_of(m, t, f->count) : t;
}

/* A struct with these members, and its size; element types are made before the struct. */
static int struct_of(struct maker *m, const char *name, uint32_t size,
		     const struct sl_field *fields, uint32_t lead)
{
	int types[64], id;
	size_t n = 0;

	for (const struct sl_field *f = fields; f && f->name && n < 64; f++, n++) {
		types[n] = kind_type(m, f);
		if (types[n] < 0)
			return types[n];
	}
	id = btf__add_struct(m->btf, name, size + lead);
	if (id < 0)
		return id;
	if (lead && btf__add_field(m->btf, "packets", m->u64, 0, 0))
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (btf__add_field(m->btf, fields[i].name, types[i], (lead + fields[i].offset) * 8,
				   0))
			return -ENOMEM;
	return id;
}

/* {packets, state...} of a class. */
static int class_struct(struct maker *m, const struct sl_class *c)
{
	_free_ char *name = NULL;
	int id;

	for (size_t i = 0; i < m->n_classes; i++)
		if (m->classes[i] == c)
			return m->class_ids[i];
	if (asprintf(&name, "%s_counters", c->base) < 0)
		return -ENOMEM;
	id = struct_of(m, name, (uint32_t)c->state_size, c->state, 8);
	if (id < 0)
		return id;
	size_t n = m->n_classes;

	if (SL_GROW(m->class_ids, n, m->cap_ids) || SL_GROW(m->classes, n, m->cap_classes))
		return -ENOMEM;
	m->classes[n] = c;
	m->class_ids[n] = id;
	m->n_classes++;
	return id;
}

/* What is shown: a member an element. */
static int shown_struct(struct maker *m)
{
	const struct sl_layout *l = m->c->layout;
	size_t n = l->n_elems;
	int id;

	/* Member types first: adding a type ends the struct being added to. */
	for (size_t i = 0; i < n; i++) {
		const struct sl_class *c = m->c->program->insts[i].class;

		if (c->state_size && class_struct(m, c) < 0)
			return -ENOMEM;
	}
	id = btf__add_struct(m->btf, "counters", l->shown_size);
	for (size_t i = 0; id > 0 && i < n; i++) {
		const struct sl_class *c = m->c->program->insts[i].class;
		int type = c->state_size ? class_struct(m, c) : m->u64;

		if (btf__add_field(m->btf, m->names[i], type, l->elems[i].shown * 8, 0))
			return -ENOMEM;
	}
	return id;
}

/* What is counted in, for each CPU: cells, and words of state behind them. */
static int page_struct(struct maker *m, uint32_t page)
{
	const struct sl_layout *l = m->c->layout;
	uint32_t before = page * SL_PAGE_CELLS,
		 cells = l->n_cells > before ? l->n_cells - before : 0;
	uint32_t words = l->page_size[page] / 8;
	_free_ char *name = NULL;
	int of_cells, of_words, id, cpus = sl_page_cpus();

	cells = cells < SL_PAGE_CELLS ? cells : SL_PAGE_CELLS;
	of_cells = array_of(m, m->u64, cells);
	of_words = array_of(m, m->u64, words - cells);
	if (cpus < 0 || of_cells < 0 || of_words < 0 || asprintf(&name, "page%u", page) < 0)
		return -ENOMEM;
	id = btf__add_struct(m->btf, name, SL_PAGE_STRIDE(l->page_size[page]));
	if (id < 0 || (cells && btf__add_field(m->btf, "cell", of_cells, 0, 0)) ||
	    (words > cells && btf__add_field(m->btf, "state", of_words, cells * 64, 0)))
		return -ENOMEM;
	return array_of(m, id, (uint32_t)cpus);
}

static int add_tables(struct maker *m)
{
	const struct sl_program *prog = m->c->program;

	for (size_t i = 0; i < prog->graph->n_elems; i++) {
		const struct sl_class *c = prog->insts[i].class;
		uint32_t k = m->c->layout->elems[i].table;

		for (const struct sl_table *t = c->tables; t && t->name; t++, k++) {
			int key = 0, value = 0;

			/* The kernel wants an array's index to be a plain number. */
			if (t->type == SL_TABLE_ARRAY)
				key = m->u32;
			else if (t->key)
				key = struct_of(m, "key", t->key_size, t->key, 0);
			if (t->value)
				value = struct_of(m, "value", t->value_size, t->value, 0);
			if (key < 0 || value < 0)
				return -ENOMEM;
			/* The kernel wants both or none. */
			m->t->table_keys[k] = key && value ? (uint32_t)key : 0;
			m->t->table_values[k] = key && value ? (uint32_t)value : 0;
		}
	}
	return 0;
}

static int add_funcs(struct maker *m)
{
	const struct sl_bundle *b = m->c->bundle;
	int s32 = btf__add_int(m->btf, "int", 4, BTF_INT_SIGNED);
	int ctx = btf__add_struct(m->btf, "xdp_md", 24);
	int ptr = btf__add_ptr(m->btf, ctx);
	int proto = btf__add_func_proto(m->btf, s32);

	if (proto < 0 || btf__add_func_param(m->btf, "ctx", ptr))
		return -ENOMEM;
	for (uint32_t i = 0; i < b->n_progs; i++) {
		int id = btf__add_func(m->btf, b->progs[i].name, BTF_FUNC_GLOBAL, proto);

		if (id < 0)
			return id;
		m->t->func_ids[i] = (uint32_t)id;
	}
	return 0;
}

static int fill(struct maker *m)
{
	const struct sl_layout *l = m->c->layout;
	int ret;

	m->u8 = btf__add_int(m->btf, "u8", 1, 0);
	m->u16 = btf__add_int(m->btf, "u16", 2, 0);
	m->u32 = btf__add_int(m->btf, "u32", 4, 0);
	m->u64 = btf__add_int(m->btf, "u64", 8, 0);
	if (m->u64 < 0)
		return m->u64;
	m->t->u32_id = (uint32_t)m->u32;
	ret = shown_struct(m);
	if (ret < 0)
		return ret;
	m->t->shown_id = (uint32_t)ret;
	for (uint32_t page = 0; page < l->n_pages; page++) {
		ret = page_struct(m, page);
		if (ret < 0)
			return ret;
		m->t->page_ids[page] = (uint32_t)ret;
	}
	ret = add_tables(m);
	return ret ? ret : add_funcs(m);
}

int sl_types_new(const struct sl_compiled *c, struct sl_types **out)
{
	struct sl_types *t = calloc(1, sizeof(*t));
	struct maker m = {.c = c, .t = t};
	int ret = -ENOMEM;

	if (!t)
		return -ENOMEM;
	m.btf = t->btf = btf__new_empty();
	m.names = member_names(c);
	t->page_ids = calloc(c->layout->n_pages + 1, sizeof(*t->page_ids));
	t->table_keys = calloc(c->layout->n_tables + 1, sizeof(*t->table_keys));
	t->table_values = calloc(c->layout->n_tables + 1, sizeof(*t->table_values));
	t->func_ids = calloc(c->bundle->n_progs + 1, sizeof(*t->func_ids));
	if (m.btf && m.names && t->page_ids && t->table_keys && t->table_values && t->func_ids)
		ret = fill(&m);
	for (size_t i = 0; m.names && i < c->program->graph->n_elems; i++)
		free(m.names[i]);
	free(m.names);
	free(m.classes);
	free(m.class_ids);
	if (ret < 0) {
		sl_types_free(t);
		return ret;
	}
	*out = t;
	return 0;
}

void sl_types_free(struct sl_types *t)
{
	if (!t)
		return;
	btf__free(t->btf);
	free(t->page_ids);
	free(t->table_keys);
	free(t->table_values);
	free(t->func_ids);
	free(t);
}
