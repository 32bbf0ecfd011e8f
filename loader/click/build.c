// SPDX-License-Identifier: GPL-2.0-only
/* Statements into templates: names looked up in the order they stand in the text. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loader/click/declare.h"
#include "loader/mem.h"

static void build_stmts(struct click_run *r, struct place *where, const struct ast_body *body);

/* One overload of a compound. */
static struct tmpl *build_overload(struct click_run *r, struct tmpl *outer,
				   const struct ast_body *body, const char *name)
{
	struct tmpl *t = tmpl_new(r, outer, name, body->pos);
	struct place where = {.t = t, .in = 0, .out = 1};
	const char *shown = *name ? name : "<anonymous>";

	if (!t || r->err)
		return NULL;
	click_build_params(r, t, body);
	build_stmts(r, &where, body);
	if (r->err)
		return NULL;
	t->n_in = click_tunnel_ports(r, t, 0, 0, shown, body->pos);
	t->n_out = click_tunnel_ports(r, t, 1, 0, shown, body->pos);
	scope_finish(r, t);
	return t;
}

/* A compound with all its overloads; `name` "" when it has none. */
static struct type *build_compound(struct click_run *r, struct tmpl *outer,
				   const struct ast_compound *c, struct ast_name name)
{
	const char *text = click_run_strndup(r, name.s ? name.s : "", name.len);
	struct type *first = NULL, **tail = &first, *rest = NULL;
	unsigned int n = 0;

	if (c->extends) {
		rest = name.len ? scope_class(r, outer, name) : NULL;
		if (!rest && c->bodies)
			sl_diag_hint(sl_error(r->d, c->extends_pos, "unknown-class",
					      "cannot extend unknown element class '%.*s'",
					      (int)name.len, name.len ? name.s : ""),
				     "'...' stands for the class of that name defined before");
	}
	if (!text)
		return NULL;
	for (const struct ast_body *b = c->bodies; b && !r->err; b = b->next) {
		struct type *type = click_run_alloc(r, 1, sizeof(*type));

		if (!type)
			return NULL;
		*type = (struct type){.kind = TYPE_COMPOUND, .name = text};
		type->body = build_overload(r, outer, b, text);
		*tail = type;
		tail = &type->next;
		n++;
	}
	if (r->err)
		return NULL;
	if (!first)
		return scope_error_type(r, (struct ast_name){text, name.len});
	if (n + (rest ? rest->n_next : 0) > CLICK_MAX_OVERLOADS) {
		sl_diag_hint(sl_error(r->d, c->pos, "limit", "more than %u overloads of '%s'",
				      CLICK_MAX_OVERLOADS, text),
			     "divide it into classes of different names");
		first->next = NULL;
		return first;
	}
	*tail = rest;
	for (struct type *type = first; type != rest; type = type->next)
		type->n_next = n-- + (rest ? rest->n_next : 0);
	return first;
}

/* A group: two tunnels, and its statements in this same scope. */
static void build_group(struct click_run *r, struct place *where, const struct ast_elt *e,
			struct pending *p)
{
	static const char shown[] = "<anonymous group>";
	struct tmpl *t = where->t;
	uint32_t first_conn = t->n_conns;
	struct place inside = {.t = t};
	struct ast_ports *ports[2] = {&p->group_in, &p->group_out};
	struct ast_range *ranges = click_run_alloc(r, 2, sizeof(*ranges));

	inside.in = p->in = scope_add(r, t, (struct telem){.kind = TELEM_INPUT, .pos = e->pos});
	inside.out = p->out = scope_add(r, t, (struct telem){.kind = TELEM_OUTPUT, .pos = e->pos});
	t->n_slots++; /* the group itself */
	if (r->err)
		return;
	build_stmts(r, &inside, e->group);
	if (r->err)
		return;
	ports[0]->n = click_tunnel_ports(r, t, p->in, first_conn, shown, e->pos);
	ports[1]->n = click_tunnel_ports(r, t, p->out, first_conn, shown, e->pos);
	for (int i = 0; i < 2 && ranges; i++) {
		if (!ports[i]->n)
			continue;
		ports[i]->given = true;
		ports[i]->ranges = &ranges[i];
		ports[i]->n_ranges = 1;
		ranges[i].hi = ports[i]->n - 1;
	}
}

/* Everything about an element that comes before its turn to be created. */
static void prepare(struct click_run *r, struct place *where, const struct ast_elt *e,
		    struct pending *p)
{
	p->in = p->out = CLICK_NONE;
	if (e->ref == AST_NAME)
		p->type = scope_class(r, where->t, e->name);
	else if (e->ref == AST_COMPOUND)
		p->type = build_compound(r, where->t, e->compound, (struct ast_name){0});
	else if (e->ref == AST_GROUP)
		build_group(r, where, e, p);
	if (!e->declared || r->err)
		return;
	if (e->class_compound)
		p->decl = build_compound(r, where->t, e->class_compound, (struct ast_name){0});
	else if (e->class_name.len)
		p->decl = scope_need_class(r, where->t, e->class_name, e->class_pos);
	else
		p->decl = scope_error_type(r, e->name);
}

/* The pseudo-element this name means here, if any. */
static bool pseudo(const struct place *where, const struct ast_elt *e, struct member *m)
{
	bool named = e->ref == AST_NAME && where->in != CLICK_NONE;

	if (e->ref == AST_IMPLIED_INPUT ||
	    (named && e->name.len == 5 && !memcmp(e->name.s, "input", 5))) {
		m->source = where->in;
		return true;
	}
	if (e->ref == AST_IMPLIED_OUTPUT ||
	    (named && e->name.len == 6 && !memcmp(e->name.s, "output", 6))) {
		m->target = where->out;
		return true;
	}
	return false;
}

static void add_member(struct click_run *r, struct place *where, const struct ast_elt *e,
		       const struct pending *p, const struct click_text *config,
		       struct members *set)
{
	struct member m = {CLICK_NONE, CLICK_NONE, &e->in, &e->out, e->pos};

	if (SL_GROW(set->list, set->n, set->cap) < 0) {
		r->err = -ENOMEM;
		return;
	}
	if (e->ref == AST_GROUP) {
		m.target = p->in;
		m.source = p->out;
		if (!e->in.given)
			m.in = &p->group_in;
		if (!e->out.given)
			m.out = &p->group_out;
	} else if (!p->type && pseudo(where, e, &m)) {
		if (p->decl)
			click_redeclared(r, where->t, e, CLICK_NONE);
		else if (e->has_config)
			sl_diag_hint(sl_error(r->d, e->pos, "config-ignored",
					      "configuration string ignored on element reference"),
				     "'%.*s' is no element with arguments: leave them out",
				     (int)e->name.len, e->name.s ? e->name.s : "");
	} else if (e->ref == AST_COMPOUND) {
		m.target = m.source =
			click_add_elem(r, where->t, e, p->decl ? p->decl : p->type, true, config);
	} else {
		m.target = m.source = click_named_elem(r, where, e, p, config);
	}
	set->list[set->n++] = m;
}

/* "a, b, c :: C(x)" as a whole statement declares all of them so; returns the last, or NULL. */
static const struct ast_elt *shared_declaration(const struct ast_set *set)
{
	const struct ast_elt *e = set->elts;

	for (; e; e = e->next) {
		if (e->in.given || e->out.given || (e->ref != AST_NAME))
			return NULL;
		if (!e->next)
			return e->declared ? e : NULL;
		if (e->declared || e->has_config)
			return NULL;
	}
	return NULL;
}

static void build_set(struct click_run *r, struct place *where, const struct ast_set *set,
		      bool whole_stmt, struct members *out)
{
	const struct ast_elt *shared = whole_stmt ? shared_declaration(set) : NULL;
	struct pending *pending, *p;
	size_t n = 0;

	for (const struct ast_elt *e = set->elts; e; e = e->next)
		n++;
	pending = p = click_run_alloc(r, n, sizeof(*pending));
	for (const struct ast_elt *e = set->elts; e && !r->err; e = e->next)
		prepare(r, where, e, p++);
	if (r->err)
		return;
	if (shared) {
		for (size_t i = 0; i + 1 < n; i++)
			pending[i].decl = pending[n - 1].decl;
	}
	where->broken = set->broken;
	out->n = 0;
	p = pending;
	for (const struct ast_elt *e = set->elts; e && !r->err; e = e->next)
		add_member(r, where, e, p++, shared ? &shared->config : &e->config, out);
}

static void check_ends(struct click_run *r, const struct members *set, bool start)
{
	for (uint32_t i = 0; i < set->n; i++) {
		const struct ast_ports *ports = start ? set->list[i].in : set->list[i].out;

		/* What a group implies is judged by its use: tunnel.c. */
		if (!ports->given || !ports->pos.file)
			continue;
		sl_diag_hint(sl_error(r->d, ports->pos, "ports-ignored",
				      "%s ports ignored at %s of chain", start ? "input" : "output",
				      start ? "start" : "end"),
			     "nothing is connected to them: leave them out, or %s",
			     start ? "write what comes before, 'x -> [0] ...'"
				   : "write what comes behind, '... [0] -> x'");
		return;
	}
}

static void free_members(struct members *m)
{
	free(m->list);
}

static void build_connection(struct click_run *r, struct place *where, const struct ast_stmt *s)
{
	struct members a SL_CLEANUP(free_members) = {0};
	struct members b SL_CLEANUP(free_members) = {0};
	struct members *last = &a, *now = &b;

	for (const struct ast_set *set = s->sets; set && !r->err; set = set->next) {
		struct members *swap = last;

		build_set(r, where, set, !s->sets->next, now);
		if (r->err || set->broken)
			return;
		if (set == s->sets)
			check_ends(r, now, true);
		else
			click_connect(r, where->t, last, now, set);
		if (!set->next)
			check_ends(r, now, false);
		last = now;
		now = swap;
	}
}

static void build_elementclass(struct click_run *r, struct tmpl *t, const struct ast_stmt *s)
{
	struct type *type;

	if (s->compound)
		type = build_compound(r, t, s->compound, s->name);
	else
		type = scope_need_class(r, t, s->alias, s->alias_pos);
	scope_set_class(r, t, s->name, type);
}

static void build_stmts(struct click_run *r, struct place *where, const struct ast_body *body)
{
	for (const struct ast_stmt *s = body->stmts; s && !r->err; s = s->next) {
		switch (s->kind) {
		case AST_CONNECTION:
			build_connection(r, where, s);
			break;
		case AST_ELEMENTCLASS:
			build_elementclass(r, where->t, s);
			break;
		case AST_REQUIRE:
			click_build_require(r, where->t, s);
			break;
		case AST_DEFINE:
			click_build_define(r, where->t, s);
			break;
		}
	}
}

void click_build(struct click_run *r, struct tmpl *t, const struct ast_body *body)
{
	struct place where = {.t = t, .in = CLICK_NONE, .out = CLICK_NONE};

	build_stmts(r, &where, body);
}

void click_build_text(struct click_run *r, struct tmpl *t, const char *file, const char *text,
		      size_t len)
{
	struct click_lexer lx = {.mem = &r->mem, .names = r->graph, .d = r->d};
	const char *outer = r->source;
	struct ast_body *body;

	if (click_count_bytes(r, (struct sl_pos){file, 0, 0}, len) < 0)
		return;
	if (click_refuse_binary(r->d, file, text, len))
		return;
	click_lexer_init(&lx, file, text, len);
	if (click_parse_text(&lx, &body) < 0) {
		r->err = -ENOMEM;
		return;
	}
	r->source = file;
	click_build(r, t, body);
	r->source = outer;
}

struct type *click_build_builtin(struct click_run *r, const struct sl_class_spec *spec)
{
	static const char format[] = "elementclass %s { %s }";
	size_t size = sizeof(format) + strlen(spec->name) + strlen(spec->body);
	char *text = click_run_alloc(r, 1, size);

	if (!r->builtin)
		r->builtin = tmpl_new(r, NULL, "", SL_NOPOS);
	if (!text || !r->builtin)
		return NULL;
	r->builtin->builtin = true;
	click_build_text(r, r->builtin, spec->name, text,
			 (size_t)snprintf(text, size, format, spec->name, spec->body));
	return click_map_get(&r->builtin->classes, spec->name, strlen(spec->name));
}
