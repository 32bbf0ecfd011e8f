// SPDX-License-Identifier: GPL-2.0-only
/* Classes and elements that are visible in a template, and the names of anonymous elements. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loader/click/scope.h"
#include "loader/mem.h"

int click_limit(struct click_run *r, struct sl_pos pos, const char *what, size_t limit)
{
	if (!r->err) {
		sl_diag_hint(sl_error(r->d, pos, "limit", "more than %zu %s", limit, what),
			     "this limit protects the machine; make the graph smaller");
		r->err = -E2BIG;
	}
	return r->err;
}

int click_count_bytes(struct click_run *r, struct sl_pos pos, size_t n)
{
	if (n > r->max_bytes - r->bytes)
		return click_limit(r, pos,
				   "bytes of text, libraries and substituted variables included",
				   r->max_bytes);
	r->bytes += n;
	return 0;
}

void *click_run_alloc(struct click_run *r, size_t n, size_t size)
{
	void *mem = click_alloc_array(&r->mem, n, size);

	if (!mem)
		r->err = -ENOMEM;
	return mem;
}

char *click_run_strndup(struct click_run *r, const char *s, size_t len)
{
	char *copy = click_strndup(&r->mem, s, len);

	if (!copy)
		r->err = -ENOMEM;
	return copy;
}

struct tmpl *tmpl_new(struct click_run *r, struct tmpl *outer, const char *name, struct sl_pos pos)
{
	struct tmpl *t = click_run_alloc(r, 1, sizeof(*t));

	if (!t)
		return NULL;
	t->outer = outer;
	t->name = name;
	t->pos = pos;
	t->depth = outer ? outer->depth + 1 : 0;
	t->builtin = outer && outer->builtin;
	t->all_next = r->templates;
	r->templates = t;
	if (outer) {
		scope_add(r, t, (struct telem){.kind = TELEM_INPUT, .pos = pos});
		scope_add(r, t, (struct telem){.kind = TELEM_OUTPUT, .pos = pos});
		t->n_slots = 0;
	}
	return t;
}

static struct type *new_type(struct click_run *r, enum type_kind kind, const char *name)
{
	struct type *type = click_run_alloc(r, 1, sizeof(*type));

	if (type) {
		type->kind = kind;
		type->name = name;
		type->n_next = 1;
	}
	return type;
}

struct type *scope_error_type(struct click_run *r, struct ast_name name)
{
	return new_type(r, TYPE_ERROR, click_run_strndup(r, name.s, name.len));
}

static struct type *primitive(struct click_run *r, struct ast_name name, bool any)
{
	const struct sl_classes *classes = r->opts->classes;
	struct type *type = click_map_get(&r->primitives, name.s, name.len);
	const struct sl_class_spec *spec;
	char *text;

	if (type)
		return type;
	text = click_run_strndup(r, name.s, name.len);
	spec = text && classes ? classes->find(text, classes->arg) : NULL;
	if (!text || !(any || spec))
		return NULL;
	type = spec && spec->body ? click_build_builtin(r, spec)
				  : new_type(r, TYPE_PRIMITIVE, text);
	if (type && click_map_put(&r->primitives, &r->mem, text, name.len, type) < 0)
		r->err = -ENOMEM;
	return type;
}

struct type *scope_class(struct click_run *r, struct tmpl *t, struct ast_name name)
{
	for (; t; t = t->outer) {
		struct type *type = click_map_get(&t->classes, name.s, name.len);

		if (type)
			return type;
	}
	return r->opts->classes ? primitive(r, name, false) : NULL;
}

void scope_set_class(struct click_run *r, struct tmpl *t, struct ast_name name, struct type *type)
{
	if (type && click_map_put(&t->classes, &r->mem, name.s, name.len, type) < 0)
		r->err = -ENOMEM;
}

bool scope_elsewhere(struct click_run *r, struct ast_name name, struct sl_pos pos)
{
	const struct sl_classes *classes = r->opts->classes;
	const char *text = click_run_strndup(r, name.s, name.len), *hint = NULL, *why;

	why = text && classes && classes->elsewhere ? classes->elsewhere(text, &hint, classes->arg)
						    : NULL;
	if (!why)
		return false;
	sl_diag_hint(sl_error(r->d, pos, "unknown-class", "'%s' %s", text, why), "%s", hint);
	return true;
}

static void unknown_class(struct click_run *r, struct tmpl *t, struct ast_name name,
			  struct sl_pos pos)
{
	struct sl_diag *diag = sl_error(r->d, pos, "unknown-class", "unknown element class '%.*s'",
					(int)name.len, name.s);
	const char *near = diag ? click_nearest_class(r, t, name) : NULL;

	if (near)
		sl_diag_hint(diag, "did you mean '%s'?", near);
	else
		sl_diag_hint(diag, "no class of a similar name is known; "
				   "check the spelling, upper and lower case count");
}

struct type *scope_need_class(struct click_run *r, struct tmpl *t, struct ast_name name,
			      struct sl_pos pos)
{
	struct type *type = scope_class(r, t, name);

	if (type)
		return type;
	if (!r->opts->classes)
		return primitive(r, name, true);
	if (!scope_elsewhere(r, name, pos))
		unknown_class(r, t, name, pos);
	/* One message a name and scope is enough. */
	type = scope_error_type(r, name);
	scope_set_class(r, t, name, type);
	return type;
}

uint32_t scope_elem(struct tmpl *t, const char *s, size_t len)
{
	const struct tname *n = click_map_get(&t->names, s, len);

	return n ? n->elem : CLICK_NONE;
}

static struct tname *set_name(struct click_run *r, struct tmpl *t, const char *name, uint32_t elem)
{
	struct tname *n = click_run_alloc(r, 1, sizeof(*n));

	if (n) {
		n->elem = elem;
		if (click_map_put(&t->names, &r->mem, name, strlen(name), n) < 0)
			r->err = -ENOMEM;
	}
	return n;
}

uint32_t scope_add(struct click_run *r, struct tmpl *t, struct telem e)
{
	if (SL_GROW(t->elems, t->n_elems, t->cap_elems) < 0) {
		r->err = -ENOMEM;
		return CLICK_NONE;
	}
	t->n_slots++;
	if (e.anon)
		e.anon_number = t->n_slots;
	t->elems[t->n_elems] = e;
	if (e.name)
		set_name(r, t, e.name, t->n_elems);
	return t->n_elems++;
}

/* `buf` gets the name "BASE@N". */
static int anon_name(char *buf, size_t size, const struct telem *e, uint32_t n)
{
	return snprintf(buf, size, "%s@%u", e->anon, n);
}

static void name_anonymous(struct click_run *r, struct tmpl *t, uint32_t elem)
{
	struct telem *e = &t->elems[elem];
	char buf[CLICK_MAX_IDENT + 16];
	uint32_t n = e->anon_number, last = 0;
	struct tname *taken;

	for (;;) {
		int len = anon_name(buf, sizeof(buf), e, n);

		taken = click_map_get(&t->names, buf, len);
		if (!taken)
			break;
		/* Jump over what earlier elements had to pass. */
		last = n;
		n = taken->jump > n ? taken->jump : n + 1;
		taken->jump = n;
	}
	for (uint32_t i = e->anon_number; last && i != n;) {
		/* Shorten the way for those that come after. */
		int len = anon_name(buf, sizeof(buf), e, i);

		taken = click_map_get(&t->names, buf, len);
		i = taken->jump;
		taken->jump = n + 1;
	}
	anon_name(buf, sizeof(buf), e, n);
	e->name = click_run_strndup(r, buf, strlen(buf));
	if (e->name)
		set_name(r, t, e->name, elem);
}

void scope_finish(struct click_run *r, struct tmpl *t)
{
	for (uint32_t i = 0; i < t->n_elems && !r->err; i++) {
		if (t->elems[i].anon && !t->elems[i].name)
			name_anonymous(r, t, i);
	}
}
