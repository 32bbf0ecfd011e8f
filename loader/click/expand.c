// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instances: every use of a compound becomes copies of its body's elements, named "use/element",
 * with their configurations substituted. The order is Click's: first the elements of a level,
 * then, compound by compound, what is inside.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loader/click/expand.h"
#include "loader/mem.h"

/* One level being expanded: the file, or one use of a compound. */
struct level {
	struct tmpl *t;
	const struct env *env;
	const char *prefix; /* "a/b/", or "" */
	const struct sl_origin *origin;
	uint32_t in, out; /* tunnels */
	unsigned int depth;
};

/* A compound inside, to be expanded when its level is complete. */
struct use {
	struct use *next;
	struct level level;
};

/* Where something stands that stands at `pos` in its level's text. The body of a class is no text
 * anybody wrote: all that is in it stands where the class is used. */
static const struct sl_origin *origin_at(struct expansion *x, const struct level *l,
					 struct sl_pos pos)
{
	struct sl_origin *o;

	if (l->t->builtin)
		return l->origin;
	o = click_alloc(click_graph_arena(x->g), sizeof(*o));
	if (!o) {
		x->r->err = -ENOMEM;
		return NULL;
	}
	o->pos = pos;
	o->outer = l->origin;
	return o;
}

static const char *full_name(struct expansion *x, const struct level *l, const struct telem *e,
			     const char *end)
{
	size_t prefix = strlen(l->prefix), name = strlen(e->name), tail = strlen(end);
	char *s;

	if (click_count_bytes(x->r, e->pos, prefix + name + tail) < 0)
		return NULL;
	s = click_alloc(click_graph_arena(x->g), prefix + name + tail + 1);
	if (!s) {
		x->r->err = -ENOMEM;
		return NULL;
	}
	memcpy(s, l->prefix, prefix);
	memcpy(s + prefix, e->name, name);
	memcpy(s + prefix + name, end, tail);
	return s;
}

static uint32_t add_tunnel(struct expansion *x, struct telem *e, const struct tmpl *inside,
			   bool output, const char *name, const struct sl_origin *origin)
{
	struct click_run *r = x->r;

	if (x->n_tunnels >= 2 * r->max_elems) {
		click_limit(r, e->pos, "compound elements and groups", r->max_elems);
		return CLICK_NONE;
	}
	if (SL_GROW(x->tunnels, x->n_tunnels, x->cap_tunnels) < 0) {
		r->err = -ENOMEM;
		return CLICK_NONE;
	}
	x->tunnels[x->n_tunnels] = (struct tunnel){e, output, inside->bad_ports, name, origin};
	return NODE_TUNNEL | x->n_tunnels++;
}

/* What a primitive element's configuration became must be one between parentheses, too. */
static void check_closed(struct expansion *x, const struct sl_elem *e)
{
	_free_ char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct sl_diag *diag;

	if (!f) {
		x->r->err = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < e->n_args; i++)
		fprintf(f, "%s%s", i ? ", " : "", e->args[i].text);
	if (fclose(f) != 0) {
		x->r->err = -ENOMEM;
		return;
	}
	if (click_config_closed(text, len))
		return;
	diag = sl_error(x->r->d, e->origin->pos, "config",
			"with its variables substituted, the configuration has an open quote or "
			"parenthesis");
	sl_diag_element(diag, e->name);
	sl_diag_hint(diag, "put the variable in double quotes, \"$name\"");
	sl_diag_origin(diag, e->origin->outer);
}

static uint32_t add_elem(struct expansion *x, const struct telem *e, const struct type *type,
			 const char *name, const struct click_text *config, bool substituted,
			 const struct sl_origin *origin)
{
	struct click_arena *mem = click_graph_arena(x->g);
	struct click_run *r = x->r;
	struct sl_graph *g = x->g;
	const char *class_name;
	struct sl_elem *elem;

	if (g->n_elems >= r->max_elems) {
		click_limit(r, e->pos, "elements after expansion", r->max_elems);
		return CLICK_NONE;
	}
	if (SL_GROW(g->elems, g->n_elems, g->cap_elems) < 0) {
		r->err = -ENOMEM;
		return CLICK_NONE;
	}
	elem = &g->elems[g->n_elems];
	*elem = (struct sl_elem){.name = (char *)name, .origin = origin};
	/* No class name: an error was reported, and nothing more is to be said about it. */
	class_name = type->kind == TYPE_ERROR ? "" : type->name;
	elem->class_name = click_strndup(mem, class_name, strlen(class_name));
	elem->config = click_strndup(mem, config->len ? config->s : "", config->len);
	if (!elem->class_name || !elem->config ||
	    click_split_args(mem, config, &elem->args, &elem->n_args) < 0) {
		r->err = -ENOMEM;
		return CLICK_NONE;
	}
	if (substituted)
		check_closed(x, elem);
	return (uint32_t)g->n_elems++;
}

/* A use of a compound: its overload is chosen, and its tunnels are made. */
static void start_use(struct expansion *x, const struct level *l, struct telem *e, const char *name,
		      const struct click_text *config, const struct sl_origin *origin,
		      uint32_t ends[2], struct use ***tail)
{
	static struct type broken = {.kind = TYPE_ERROR, .name = ""};
	struct click_run *r = x->r;
	struct click_text *values = NULL;
	struct sl_arg *args;
	struct type *type;
	struct use *use;
	struct env *env;
	size_t n;

	if (click_split_args(&r->mem, config, &args, &n) < 0) {
		r->err = -ENOMEM;
		return;
	}
	type = click_resolve(r, e->type, e, name, args, n, origin, &values);
	if (r->err)
		return;
	if (!type)
		type = &broken;
	if (type->kind != TYPE_COMPOUND) {
		ends[0] = ends[1] = add_elem(x, e, type, name, config, true, origin);
		return;
	}
	if (l->depth >= CLICK_MAX_INSTANCE_DEPTH) {
		struct sl_diag *diag =
			sl_error(r->d, e->pos, "nesting",
				 "compound elements are used in each other more than %u deep",
				 CLICK_MAX_INSTANCE_DEPTH);

		sl_diag_hint(sl_diag_element(diag, name), "put the inner ones side by side");
		r->err = -E2BIG;
		return;
	}
	ends[0] = add_tunnel(x, e, type->body, false, name, origin);
	ends[1] = add_tunnel(x, e, type->body, true, name, origin);
	use = click_run_alloc(r, 1, sizeof(*use));
	env = click_run_alloc(r, 1, sizeof(*env));
	if (r->err)
		return;
	/* The body's variables are looked up where the body stands, not where it is used. */
	env->t = type->body;
	env->args = values;
	for (env->outer = l->env; env->outer && env->outer->t != type->body->outer;)
		env->outer = env->outer->outer;
	use->level = (struct level){
		type->body, env, full_name(x, l, e, "/"), origin, ends[0], ends[1], l->depth + 1};
	**tail = use;
	*tail = &use->next;
}

/* One element of a level; ends[0] is where packets go in, ends[1] where they come out. */
static void expand_elem(struct expansion *x, const struct level *l, struct telem *e,
			uint32_t ends[2], struct use ***tail)
{
	const struct sl_origin *origin = origin_at(x, l, e->pos);
	struct click_text config;
	struct click_mark here;
	const char *name;
	bool substituted;

	if (!origin)
		return;
	if (e->kind != TELEM_ELEMENT) {
		ends[0] = ends[1] = add_tunnel(x, e, l->t, e->kind == TELEM_OUTPUT, NULL, origin);
		return;
	}
	name = full_name(x, l, e, "");
	if (!name || click_subst(x->r, l->env, &e->config, &config, &substituted) < 0)
		return;
	here = (struct click_mark){.pos = origin->pos, .fixed = true};
	if (l->t->builtin)
		config = (struct click_text){config.s, config.len, &here, 1};
	if (e->type->kind == TYPE_COMPOUND)
		start_use(x, l, e, name, &config, origin, ends, tail);
	else
		ends[0] = ends[1] = add_elem(x, e, e->type, name, &config, substituted, origin);
}

static void add_raw(struct expansion *x, const struct level *l, const struct tconn *c,
		    uint32_t (*ends)[2])
{
	struct click_run *r = x->r;
	struct raw_conn raw = {ends[c->from][1], c->from_port, ends[c->to][0], c->to_port, NULL};

	/* An end is missing where an error was reported. */
	if (raw.from == CLICK_NONE || raw.to == CLICK_NONE)
		return;
	if (x->n_raw >= 2 * r->max_conns) {
		click_limit(r, c->pos, "connections after expansion", r->max_conns);
		return;
	}
	if (SL_GROW(x->raw, x->n_raw, x->cap_raw) < 0) {
		r->err = -ENOMEM;
		return;
	}
	raw.origin = origin_at(x, l, c->pos);
	x->raw[x->n_raw++] = raw;
}

static void expand_level(struct expansion *x, const struct level *l)
{
	struct use *uses = NULL, **tail = &uses;
	_free_ uint32_t(*ends)[2] = reallocarray(NULL, l->t->n_elems + 1, sizeof(*ends));

	if (!ends) {
		x->r->err = -ENOMEM;
		return;
	}
	for (uint32_t i = 0; i < l->t->n_elems && !x->r->err; i++) {
		ends[i][0] = ends[i][1] = CLICK_NONE;
		if (l->t->depth && i == 0)
			ends[i][1] = l->in;
		else if (l->t->depth && i == 1)
			ends[i][0] = l->out;
		else
			expand_elem(x, l, &l->t->elems[i], ends[i], &tail);
	}
	for (uint32_t i = 0; i < l->t->n_conns && !x->r->err; i++)
		add_raw(x, l, &l->t->conns[i], ends);
	for (; uses && !x->r->err; uses = uses->next)
		expand_level(x, &uses->level);
}

/* Two elements of one name: a compound "a" with "b" inside, and an "a/b". */
static void check_names(struct expansion *x)
{
	struct click_map names = {0};

	for (size_t i = 0; i < x->g->n_elems && !x->r->err; i++) {
		const struct sl_elem *e = &x->g->elems[i], *old;
		size_t len = strlen(e->name);
		struct sl_diag *diag;

		old = click_map_get(&names, e->name, len);
		if (!old) {
			if (click_map_put(&names, &x->r->mem, e->name, len, (void *)e) < 0)
				x->r->err = -ENOMEM;
			continue;
		}
		diag = sl_error(x->r->d, e->origin->pos, "redeclared-element",
				"redeclaration of element '%s'", e->name);
		if (!diag)
			continue;
		sl_diag_element(diag, e->name);
		sl_diag_hint(diag,
			     "another element got this name by expansion; choose another one");
		sl_diag_origin(diag, e->origin->outer);
		sl_diag_detail(diag, "%s:%u:%u: '%s' was declared here", old->origin->pos.file,
			       old->origin->pos.line, old->origin->pos.col, e->name);
	}
}

void click_expand(struct click_run *r, struct sl_graph *g)
{
	struct expansion x = {.r = r, .g = g};
	const struct env env = {.t = r->file};
	const struct level file = {.t = r->file, .env = &env, .prefix = ""};

	expand_level(&x, &file);
	if (!r->err)
		check_names(&x);
	if (!r->err)
		click_join_tunnels(&x);
	free(x.tunnels);
	free(x.raw);
}
