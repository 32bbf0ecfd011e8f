// SPDX-License-Identifier: GPL-2.0-only
/* sl_click_parse(): the stages from text to graph, and what limits them. */
#include <errno.h>
#include <string.h>

#include "loader/click/ar.h"
#include "loader/click/check.h"
#include "loader/click/expand.h"
#include "loader/click/require.h"
#include "loader/mem.h"

#define MAX_ELEMS ((size_t)65536)
#define MAX_CONNS ((size_t)262144)
#define MAX_BYTES ((size_t)16 << 20)
/* Indexes and counters are 32 bits wide. */
#define LIMIT_MAX ((size_t)1 << 26)

static size_t limit(size_t given, size_t def, size_t max)
{
	if (!given)
		return def;
	return given < max ? given : max;
}

static void run_free(struct click_run *r)
{
	for (struct tmpl *t = r->templates; t; t = t->all_next) {
		free(t->elems);
		free(t->conns);
		free(t->vars);
	}
	click_libraries_free(r);
	free(r->requirements);
	click_arena_free(&r->mem);
}

/* NAME=value from outside stands over a `define` in the file. */
static void set_vars(struct click_run *r)
{
	for (size_t i = 0; i < r->opts->n_vars && !r->err; i++) {
		const struct sl_var *v = &r->opts->vars[i];
		struct ast_name name = {v->name, (uint32_t)strlen(v->name)};

		if (name.len)
			click_set_var(r, r->file, name,
				      (struct click_text){.s = v->value, .len = strlen(v->value)});
	}
}

static void parse_file(struct click_run *r, const char *file, const char *text, size_t len)
{
	if (click_ar_member(r->d, file, &text, &len) < 0)
		return;
	r->file = tmpl_new(r, NULL, "", (struct sl_pos){file, 1, 1});
	if (!r->file)
		return;
	click_build_text(r, r->file, file, text, len);
	if (r->err)
		return;
	scope_finish(r, r->file);
	set_vars(r);
}

/* Whether the graph has its shape in spite of the errors: the checks then tell no consequences. */
static bool only_names_wrong(const struct sl_diags *d, size_t first)
{
	static const char *const codes[] = {
		"unknown-class", "undeclared-element", "redefined-variable",
		"parameter",	 "config-ignored",     "config",
		"element-name",	 "no-match",
	};

	if (d->suppressed)
		return false;
	for (size_t i = first; i < d->n; i++) {
		bool known = d->list[i].level != SL_DIAG_ERROR;

		for (size_t k = 0; k < sizeof(codes) / sizeof(codes[0]) && !known; k++)
			known = !strcmp(d->list[i].code, codes[k]);
		if (!known)
			return false;
	}
	return true;
}

int sl_click_parse(const char *file, const char *text, size_t len, const struct sl_click_opts *opts,
		   struct sl_diags *d, struct sl_graph **out)
{
	SL_CLEANUP(sl_graph_freep) struct sl_graph *g = sl_graph_new();
	struct click_run r SL_CLEANUP(run_free) = {.opts = opts, .d = d};
	unsigned int errors = d->errors;
	size_t first = d->n;

	if (!g)
		return -ENOMEM;
	r.graph = click_graph_arena(g);
	r.max_elems = limit(opts->max_elems, MAX_ELEMS, LIMIT_MAX);
	r.max_conns = limit(opts->max_conns, MAX_CONNS, LIMIT_MAX);
	r.max_bytes = limit(opts->max_bytes, MAX_BYTES, SIZE_MAX / 64);
	file = click_strndup(r.graph, file ? file : "config", strlen(file ? file : "config"));
	if (!file)
		return -ENOMEM;
	parse_file(&r, file, text, len);
	if (r.file && !r.err)
		click_expand(&r, g);
	if (r.err)
		return r.err;
	if (d->errors != errors) {
		/* Say what else is wrong in the parts that are understood. */
		if (opts->classes && only_names_wrong(d, first))
			click_check(g, opts, d, true);
		return -EINVAL;
	}
	if (click_graph_index(g) < 0)
		return -ENOMEM;
	g->requirements = TAKE_PTR(r.requirements);
	g->n_requirements = r.n_requirements;
	g->cap_requirements = r.cap_requirements;
	*out = TAKE_PTR(g);
	return 0;
}
