// SPDX-License-Identifier: GPL-2.0-only
/*
 * Statements written back in one form: one a line, compounds indented, comments kept (those inside
 * a statement come before it). Configuration strings stay as they are.
 */
#include <errno.h>
#include <string.h>

#include "loader/click/ar.h"
#include "loader/click/ast.h"
#include "loader/click/graph.h"
#include "loader/mem.h"

struct pretty {
	FILE *out;
	unsigned int depth;
};

static void put_body(struct pretty *p, const struct ast_body *body);
static void put_compound(struct pretty *p, const struct ast_compound *c);

static void put_indent(struct pretty *p)
{
	for (unsigned int i = 0; i < p->depth; i++)
		fputs("    ", p->out);
}

static void put_name(struct pretty *p, struct ast_name name)
{
	fwrite(name.s, 1, name.len, p->out);
}

static void put_comments(struct pretty *p, const struct click_comment *c)
{
	for (; c; c = c->next) {
		put_indent(p);
		fwrite(c->s, 1, c->len, p->out);
		fputc('\n', p->out);
	}
}

static void put_ports(struct pretty *p, const struct ast_ports *ports)
{
	fputc('[', p->out);
	for (uint32_t i = 0; i < ports->n_ranges; i++) {
		const struct ast_range *r = &ports->ranges[i];

		fprintf(p->out, "%s%u", i ? "," : "", r->lo);
		if (r->hi != r->lo)
			fprintf(p->out, "-%u", r->hi);
	}
	fputs(ports->expandable ? ",]" : "]", p->out);
}

static void put_elt(struct pretty *p, const struct ast_elt *e)
{
	bool implied = e->ref == AST_IMPLIED_INPUT || e->ref == AST_IMPLIED_OUTPUT;

	if (e->in.given) {
		put_ports(p, &e->in);
		if (!implied)
			fputc(' ', p->out);
	}
	if (e->ref == AST_NAME)
		put_name(p, e->name);
	else if (e->ref == AST_COMPOUND)
		put_compound(p, e->compound);
	else if (e->ref == AST_GROUP) {
		fputc('(', p->out);
		put_body(p, e->group);
		fputc(')', p->out);
	}
	if (e->declared) {
		fputs(" :: ", p->out);
		if (e->class_compound)
			put_compound(p, e->class_compound);
		else
			put_name(p, e->class_name);
	}
	if (e->has_config) {
		fputc('(', p->out);
		fwrite(e->config.s, 1, e->config.len, p->out);
		fputc(')', p->out);
	}
	if (e->out.given) {
		if (!implied)
			fputc(' ', p->out);
		put_ports(p, &e->out);
	}
}

static void put_set(struct pretty *p, const struct ast_set *set)
{
	for (const struct ast_elt *e = set->elts; e; e = e->next) {
		if (e != set->elts)
			fputs(", ", p->out);
		put_elt(p, e);
	}
}

/* An arrow with nothing before it stands for `input`, with nothing behind it for `output`. */
static void put_connection(struct pretty *p, const struct ast_stmt *s)
{
	for (const struct ast_set *set = s->sets; set; set = set->next) {
		const struct ast_elt *e = set->elts;
		bool nothing = !e->next && !e->in.given && !e->out.given &&
			       (e->ref == AST_IMPLIED_INPUT || e->ref == AST_IMPLIED_OUTPUT);

		if (set != s->sets) {
			const struct ast_elt *first = s->sets->elts;
			bool bare_start = s->sets->next == set && first->ref == AST_IMPLIED_INPUT &&
					  !first->next && !first->out.given;

			fputs(bare_start ? "" : " ", p->out);
			fputs(set->two_arrow ? "=>" : "->", p->out);
			fputs(nothing ? "" : " ", p->out);
		}
		if (!nothing)
			put_set(p, set);
	}
}

static void put_params(struct pretty *p, const struct ast_body *body)
{
	for (uint32_t i = 0; i < body->n_params; i++) {
		const struct ast_param *param = &body->params[i];

		fputs(i ? ", " : " ", p->out);
		if (param->key.len) {
			put_name(p, param->key);
			fputc(' ', p->out);
		}
		fputc('$', p->out);
		put_name(p, param->var);
	}
	if (!body->n_params)
		return;
	/* Not to be one word with what follows: "||" of the next alternative. */
	fputs(body->stmts || body->comments ? " |" : " | ", p->out);
}

static void put_compound(struct pretty *p, const struct ast_compound *c)
{
	fputc('{', p->out);
	for (const struct ast_body *body = c->bodies; body; body = body->next) {
		put_params(p, body);
		put_body(p, body);
		if (body->next)
			fputs("||", p->out);
	}
	fputs(c->extends ? "|| ...\n" : "", p->out);
	if (c->extends)
		put_indent(p);
	fputc('}', p->out);
}

static void put_stmt(struct pretty *p, const struct ast_stmt *s)
{
	put_comments(p, s->comments);
	put_indent(p);
	switch (s->kind) {
	case AST_CONNECTION:
		put_connection(p, s);
		break;
	case AST_ELEMENTCLASS:
		fputs("elementclass ", p->out);
		put_name(p, s->name);
		fputc(' ', p->out);
		if (s->compound)
			put_compound(p, s->compound);
		else
			put_name(p, s->alias);
		break;
	case AST_REQUIRE:
	case AST_DEFINE:
		fputs(s->kind == AST_REQUIRE ? "require(" : "define(", p->out);
		fwrite(s->text.s, 1, s->text.len, p->out);
		fputc(')', p->out);
		break;
	}
	fputc(';', p->out);
	for (const struct click_comment *c = s->trailing; c; c = c->next) {
		fputc(' ', p->out);
		fwrite(c->s, 1, c->len, p->out);
	}
	fputc('\n', p->out);
}

/* The inside of braces or parentheses: on lines of its own, or nothing. */
static void put_body(struct pretty *p, const struct ast_body *body)
{
	if (!body->stmts && !body->comments)
		return;
	fputc('\n', p->out);
	p->depth++;
	for (const struct ast_stmt *s = body->stmts; s; s = s->next)
		put_stmt(p, s);
	put_comments(p, body->comments);
	p->depth--;
	put_indent(p);
}

static void put_file(struct pretty *p, const struct ast_body *body)
{
	const struct ast_stmt *last = NULL;

	for (const struct ast_stmt *s = body->stmts; s; last = s, s = s->next) {
		/* A blank line around definitions of classes, and where the kind changes. */
		if (last && (last->kind != s->kind || s->kind == AST_ELEMENTCLASS))
			fputc('\n', p->out);
		put_stmt(p, s);
	}
	if (last && body->comments)
		fputc('\n', p->out);
	put_comments(p, body->comments);
}

static void free_arena(struct click_arena *a)
{
	click_arena_free(a);
}

int sl_click_pretty(const char *file, const char *text, size_t len,
		    const struct sl_click_opts *opts, struct sl_diags *d, FILE *out)
{
	struct click_arena mem SL_CLEANUP(free_arena) = {0};
	struct click_lexer lx = {.mem = &mem, .names = &mem, .d = d, .keep_comments = true};
	struct pretty p = {.out = out};
	unsigned int errors = d->errors;
	struct ast_body *body;

	(void)opts; /* nothing is looked up, nothing is multiplied */
	file = file ? file : "config";
	if (click_ar_member(d, file, &text, &len) < 0)
		return -EINVAL;
	if (click_refuse_binary(d, file, text, len))
		return -EINVAL;
	click_lexer_init(&lx, file, text, len);
	if (click_parse_text(&lx, &body) < 0)
		return -ENOMEM;
	if (d->errors != errors)
		return -EINVAL;
	put_file(&p, body);
	return ferror(out) ? -EIO : 0;
}
