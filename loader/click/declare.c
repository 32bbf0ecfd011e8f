// SPDX-License-Identifier: GPL-2.0-only
/* An element's name: declared, referred to, or neither. */
#include <stdint.h>

#include "loader/click/declare.h"

static bool all_digit_component(struct ast_name name)
{
	bool digits = true;

	for (uint32_t i = 0; i < name.len; i++) {
		if (name.s[i] == '/') {
			if (digits)
				return true;
			digits = true;
		} else if (!click_isdigit(name.s[i])) {
			digits = false;
		}
	}
	return digits;
}

uint32_t click_add_elem(struct click_run *r, struct tmpl *t, const struct ast_elt *e,
			struct type *type, bool anonymous, const struct click_text *config)
{
	struct telem elem = {.kind = TELEM_ELEMENT, .type = type, .config = *config, .pos = e->pos};
	char *name = click_run_strndup(r, e->name.s ? e->name.s : "", e->name.len);

	if (!name || !type)
		return CLICK_NONE;
	if (anonymous) {
		elem.anon = name;
	} else {
		elem.name = name;
		if (all_digit_component(e->name))
			sl_diag_hint(sl_error(r->d, e->pos, "element-name",
					      "element name '%s' has all-digit component", name),
				     "put a letter into each part between slashes");
	}
	return scope_add(r, t, elem);
}

static void undeclared_hint(struct click_run *r, struct tmpl *t, const struct ast_elt *e,
			    struct sl_diag *diag)
{
	const char *class = click_nearest_class(r, t, e->name);
	const char *elem = e->has_config ? NULL : click_nearest_elem(t, e->name);

	if (elem && class)
		sl_diag_hint(diag, "did you mean the element '%s' or the class '%s'?", elem, class);
	else if (elem || class)
		sl_diag_hint(diag, "did you mean the %s '%s'?", elem ? "element" : "class",
			     elem ? elem : class);
	else
		sl_diag_hint(
			diag,
			"no class or element of that name is known here; declare it before its "
			"first use: '%.*s :: CLASS'",
			(int)e->name.len, e->name.s);
}

/* Said once: further uses refer to what is made here, which has no rules to break. */
static uint32_t add_undeclared(struct click_run *r, struct tmpl *t, const struct ast_elt *e,
			       bool quiet)
{
	static const struct click_text no_config = {.s = ""};
	struct sl_diag *diag = NULL;
	uint32_t elem;

	if (!quiet && !scope_elsewhere(r, e->name, e->pos))
		diag = sl_error(r->d, e->pos, "undeclared-element", "undeclared element '%.*s'",
				(int)e->name.len, e->name.s);

	if (diag)
		undeclared_hint(r, t, e, diag);
	elem = click_add_elem(r, t, e, scope_error_type(r, e->name), false, &no_config);
	if (elem != CLICK_NONE)
		t->elems[elem].undeclared = diag ? r->d->n : SIZE_MAX;
	return elem;
}

/* The declaration of something that was used before: the hint there can say so. */
static void declared_late(struct click_run *r, struct tmpl *t, const struct ast_elt *e,
			  struct type *type, const struct click_text *config, uint32_t elem)
{
	struct telem *old = &t->elems[elem];

	if (old->undeclared <= r->d->n)
		sl_diag_hint(
			&r->d->list[old->undeclared - 1],
			"'%.*s' is declared further down, at line %u; move that before its first "
			"use",
			(int)e->name.len, e->name.s, e->pos.line);
	old->type = type;
	old->config = *config;
	old->pos = e->pos;
	old->undeclared = 0;
}

void click_redeclared(struct click_run *r, struct tmpl *t, const struct ast_elt *e, uint32_t old)
{
	struct sl_diag *diag =
		sl_error(r->d, e->pos, "redeclared-element", "redeclaration of element '%.*s'",
			 (int)e->name.len, e->name.s);

	if (!diag)
		return;
	sl_diag_hint(diag, "each name can be declared once; choose another one");
	if (old != CLICK_NONE) {
		struct sl_pos pos = t->elems[old].pos;

		sl_diag_detail(diag, "%s:%u:%u: '%.*s' was declared here", pos.file, pos.line,
			       pos.col, (int)e->name.len, e->name.s);
	}
}

uint32_t click_named_elem(struct click_run *r, const struct place *where, const struct ast_elt *e,
			  const struct pending *p, const struct click_text *config)
{
	struct tmpl *t = where->t;
	uint32_t old = scope_elem(t, e->name.s, e->name.len);

	if (p->type) {
		if (p->decl)
			sl_diag_hint(sl_error(r->d, e->pos, "element-name",
					      "class '%.*s' used as element name", (int)e->name.len,
					      e->name.s),
				     "give the element a name that is no class");
		return click_add_elem(r, t, e, p->type, true, config);
	}
	if (old != CLICK_NONE) {
		if (p->decl && t->elems[old].undeclared)
			declared_late(r, t, e, p->decl, config, old);
		else if (p->decl)
			click_redeclared(r, t, e, old);
		else if (e->has_config && !t->elems[old].undeclared)
			sl_diag_hint(sl_error(r->d, e->pos, "config-ignored",
					      "configuration string ignored on element reference"),
				     "write the configuration where '%.*s' is declared",
				     (int)e->name.len, e->name.s);
		return old;
	}
	if (p->decl)
		return click_add_elem(r, t, e, p->decl, false, config);
	if (!r->opts->classes)
		return click_add_elem(r, t, e, scope_need_class(r, t, e->name, e->pos), true,
				      config);
	return add_undeclared(r, t, e, where->broken);
}
