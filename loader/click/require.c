// SPDX-License-Identifier: GPL-2.0-only
/* `require(...)` with libraries, `define(...)`, and the parameters of compounds. */
#include <errno.h>
#include <string.h>

#include "loader/click/args.h"
#include "loader/click/require.h"
#include "loader/mem.h"

/* A library's text, kept while the templates point into it. */
struct library {
	struct library *next;
	char *text;
	size_t len;
	uint64_t hash;
};

/* ---- Variables --------------------------------------------------------------------------------*/

static struct tvar *new_var(struct click_run *r, struct tmpl *t, struct ast_name name)
{
	struct tvar *v;

	if (SL_GROW(t->vars, t->n_vars, t->cap_vars) < 0 ||
	    click_map_put(&t->var_map, &r->mem, name.s, name.len,
			  (void *)(uintptr_t)(t->n_vars + 1)) < 0) {
		r->err = -ENOMEM;
		return NULL;
	}
	v = &t->vars[t->n_vars];
	*v = (struct tvar){.name = name, .index = t->n_vars};
	t->n_vars++;
	return v;
}

static struct tvar *add_var(struct click_run *r, struct tmpl *t, struct ast_name name,
			    struct sl_pos pos)
{
	if (!click_map_get(&t->var_map, name.s, name.len))
		return new_var(r, t, name);
	sl_diag_hint(sl_error(r->d, pos, "redefined-variable", "parameter '$%.*s' multiply defined",
			      (int)name.len, name.s),
		     "a variable has one value in each file or compound; choose another name");
	return NULL;
}

void click_set_var(struct click_run *r, struct tmpl *t, struct ast_name name,
		   struct click_text text)
{
	uintptr_t i = (uintptr_t)click_map_get(&t->var_map, name.s, name.len);
	struct tvar *v = i ? &t->vars[i - 1] : new_var(r, t, name);

	if (v)
		v->text = text;
}

static bool is_rest(struct ast_name key)
{
	return key.len == 8 && !memcmp(key.s, "__REST__", 8);
}

void click_build_params(struct click_run *r, struct tmpl *t, const struct ast_body *body)
{
	bool order_said = false;

	if (body->n_params > CLICK_MAX_PARAMS) {
		sl_diag_hint(sl_error(r->d, body->pos, "limit",
				      "more than %u parameters of a compound element",
				      CLICK_MAX_PARAMS),
			     "take the rest together: '__REST__ $rest'");
		return;
	}
	for (uint32_t i = 0; i < body->n_params && !r->err; i++) {
		const struct ast_param *p = &body->params[i];
		const struct tvar *last;
		struct tvar *v = add_var(r, t, p->var, p->pos);

		if (!v)
			continue;
		v->key = p->key;
		t->n_params = t->n_vars;
		for (uint32_t k = 0; p->key.len && k + 1 < t->n_vars; k++) {
			const struct ast_name *other = &t->vars[k].key;

			if (other->len != p->key.len || memcmp(other->s, p->key.s, p->key.len) != 0)
				continue;
			sl_diag_hint(
				sl_error(r->d, p->pos, "parameter",
					 "repeated keyword parameter '%.*s' in compound element",
					 (int)p->key.len, p->key.s),
				"give each parameter a keyword of its own");
			break;
		}
		last = t->n_vars > 1 ? v - 1 : NULL;
		if (last && !order_said && ((!p->key.len && last->key.len) || is_rest(last->key))) {
			order_said = true;
			sl_diag_hint(sl_error(r->d, p->pos, "parameter",
					      "compound element parameters out of order"),
				     "the correct order is positional, keywords, __REST__");
		}
	}
}

void click_build_define(struct click_run *r, struct tmpl *t, const struct ast_stmt *s)
{
	struct sl_arg *args;
	size_t n;

	if (click_split_args(&r->mem, &s->text, &args, &n) < 0) {
		r->err = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < n && !r->err; i++) {
		const char *text = args[i].text, *end = text + strlen(text);
		const char *word_end = click_skip_word(text, end), *p = text;
		struct tvar *v;

		if (text == end)
			continue;
		if (*p == '$')
			for (p++; p < word_end && click_isvar(*p); p++)
				;
		if (p != word_end || word_end - text < 2) {
			sl_diag_hint(sl_error(r->d, args[i].pos, "syntax",
					      "bad 'define' declaration: not a variable"),
				     "write define($name value)");
			continue;
		}
		v = add_var(r, t, (struct ast_name){text + 1, (uint32_t)(word_end - text - 1)},
			    args[i].pos);
		if (v) {
			p = click_skip_space(word_end, end);
			v->text = (struct click_text){p, end - p, NULL, 0};
		}
	}
}

/* ---- Requirements -----------------------------------------------------------------------------*/

static bool same_library(const struct library *l, const char *text, size_t len, uint64_t hash)
{
	return l->len == len && l->hash == hash && !memcmp(l->text, text, len);
}

/* Includes a library once: the same text under another name is the same library. */
static void include_library(struct click_run *r, const char *name, char *text, size_t len,
			    struct sl_pos pos)
{
	uint64_t hash = click_hash(text, len);
	struct library *l;
	char *file;

	for (l = r->libraries; l; l = l->next) {
		if (same_library(l, text, len, hash)) {
			free(text);
			return;
		}
	}
	l = click_run_alloc(r, 1, sizeof(*l));
	file = click_strndup(r->graph, name, strlen(name));
	if (!l || !file) {
		free(text);
		r->err = -ENOMEM;
		return;
	}
	*l = (struct library){r->libraries, text, len, hash};
	r->libraries = l;
	if (r->library_depth >= CLICK_MAX_LIBRARY_DEPTH) {
		sl_diag_hint(sl_error(r->d, pos, "nesting",
				      "libraries require each other more than %u deep",
				      CLICK_MAX_LIBRARY_DEPTH),
			     "take the circle out of the libraries");
		return;
	}
	r->library_depth++;
	click_build_text(r, r->file, file, text, len);
	r->library_depth--;
}

void click_libraries_free(struct click_run *r)
{
	for (struct library *l = r->libraries; l; l = l->next)
		free(l->text);
	r->libraries = NULL;
}

static void require_library(struct click_run *r, struct tmpl *t, const char *name,
			    struct sl_pos pos)
{
	const struct sl_click_opts *o = r->opts;
	char *text = NULL;
	size_t len = 0;
	int ret;

	if (t->depth) {
		sl_diag_hint(sl_error(r->d, pos, "library",
				      "'require library' must be used at file scope"),
			     "move it out of the compound element");
		return;
	}
	if (!o->library) {
		sl_diag_hint(sl_error(r->d, pos, "library",
				      "library '%s' not available: there are no "
				      "libraries here",
				      name),
			     "copy what is needed into the configuration");
		return;
	}
	ret = o->library(name, r->source, &text, &len, o->library_arg);
	if (ret == -ENOMEM) {
		r->err = ret;
	} else if (ret == -ENOENT) {
		sl_diag_hint(sl_error(r->d, pos, "library", "library '%s' not found", name),
			     "hand in a file of that name beside the graph");
	} else if (ret < 0) {
		sl_diag_hint(sl_error(r->d, pos, "library", "library '%s' not available: %s", name,
				      strerror(-ret)),
			     "copy what is needed into the configuration");
	} else {
		include_library(r, name, text, len, pos);
	}
}

static void require_package(struct click_run *r, const char *name, struct sl_pos pos)
{
	const struct sl_classes *c = r->opts->classes;
	char *item;

	if (c && c->provides && !c->provides(name, c->arg)) {
		sl_diag_hint(sl_error(r->d, pos, "package", "requirement '%s' not available", name),
			     "%s", c->provides_hint);
		return;
	}
	item = click_alloc(r->graph, strlen(name) + sizeof("package "));
	if (!item || SL_GROW(r->requirements, r->n_requirements, r->cap_requirements) < 0) {
		r->err = -ENOMEM;
		return;
	}
	strcpy(item, "package ");
	strcat(item, name);
	r->requirements[r->n_requirements++] = item;
}

/* The next word of `*s` without its quotes: 1, 0 at the end, or -1 when it cannot be a name. */
static int next_name(struct click_run *r, const char **s, char **name)
{
	_free_ char *word = NULL;
	size_t len;

	*name = NULL;
	if (!**s)
		return 0;
	word = sl_next_word(s);
	if (!word && !**s)
		return 0;
	*name = word ? sl_unquote(word, &len) : NULL;
	if (!*name) {
		r->err = -ENOMEM;
		return -1;
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)(*name)[i] < ' ')
			return -1;
	}
	return len ? 1 : -1;
}

static void require_item(struct click_run *r, struct tmpl *t, const struct sl_arg *arg)
{
	_free_ char *type = NULL, *name = NULL, *more = NULL;
	const char *s = arg->text;
	int words = next_name(r, &s, &type);

	if (words > 0) {
		int second = next_name(r, &s, &name);

		words = second < 0 ? -1 : words + second;
	}
	if (words == 2 && next_name(r, &s, &more) != 0)
		words = -1;
	if (r->err || words == 0)
		return;
	if (words == 2 && !strcmp(type, "package"))
		require_package(r, name, arg->pos);
	else if (words == 2 && !strcmp(type, "library"))
		require_library(r, t, name, arg->pos);
	else if (words == 1 && strcmp(type, "package") != 0 && strcmp(type, "library") != 0) {
		/* compact_config only said how to keep texts in memory. */
		if (strcmp(type, "compact_config") != 0)
			require_package(r, type, arg->pos);
	} else
		sl_diag_hint(sl_error(r->d, arg->pos, "syntax", "syntax error at requirement"),
			     "write require(package NAME) or require(library FILE)");
}

void click_build_require(struct click_run *r, struct tmpl *t, const struct ast_stmt *s)
{
	struct sl_arg *args;
	size_t n;

	if (click_split_args(&r->mem, &s->text, &args, &n) < 0) {
		r->err = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < n && !r->err; i++)
		require_item(r, t, &args[i]);
}
