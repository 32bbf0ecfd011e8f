// SPDX-License-Identifier: GPL-2.0-only
/* Compounds with their parameters and overloads, and groups. */
#include <errno.h>
#include <string.h>

#include "loader/click/parser.h"
#include "loader/mem.h"

/* Over a compound or group that is nested too deep. */
static void skip_nested(struct click_parser *p, struct sl_pos pos, const char *what, int open)
{
	unsigned int depth = 1;

	sl_diag_hint(sl_error(p->lx->d, pos, "nesting", "%s nested more than %u deep", what,
			      CLICK_MAX_DEPTH - 1),
		     "give inner parts a name with elementclass and use them by it");
	if (open == '(') {
		click_lex_config(p->lx);
		click_accept(p->lx, ')');
		return;
	}
	while (depth) {
		struct click_token t = click_lex(p->lx);

		if (t.kind == CLICK_EOF) {
			click_unlex(p->lx, t);
			return;
		}
		if (t.kind == '(') {
			click_lex_config(p->lx);
			click_accept(p->lx, ')');
		} else if (t.kind == '{') {
			depth++;
		} else if (t.kind == '}') {
			depth--;
		}
	}
}

struct ast_body *parser_group(struct click_parser *p, struct sl_pos pos)
{
	struct ast_body *body;

	if (p->depth + 1 >= CLICK_MAX_DEPTH) {
		skip_nested(p, pos, "element groups", '(');
		return NULL;
	}
	body = parser_alloc(p, sizeof(*body));
	if (!body)
		return NULL;
	body->pos = pos;
	p->depth++;
	parser_stmts(p, IN_GROUP, body);
	p->depth--;
	if (!click_accept(p->lx, ')')) {
		sl_diag_hint(sl_error(p->lx->d, pos, "syntax", "'(' of this group is never closed"),
			     "add the missing ')'");
	}
	return body;
}

struct param_list {
	struct ast_param *list;
	uint32_t n, cap;
};

static void free_params(struct param_list *l)
{
	free(l->list);
}

/* False when broken; what was read before is in `l`. */
static bool read_params(struct click_parser *p, struct param_list *l)
{
	for (;;) {
		struct click_token t = click_lex(p->lx), var = t;
		struct ast_param param = {.pos = t.pos};

		if (t.kind == '|')
			return true;
		if (t.kind == CLICK_IDENT) {
			param.key = click_token_ident(&t);
			var = click_lex(p->lx);
		}
		if (var.kind != CLICK_VARIABLE && !l->n) {
			/* No parameters: the first statement. */
			if (t.kind == CLICK_IDENT)
				click_unlex(p->lx, var);
			click_unlex(p->lx, t);
			return true;
		}
		if (var.kind != CLICK_VARIABLE) {
			parser_expected(p, var, "a parameter like '$name'",
					"parameters end with '|': { $a, KEY $b | ... }");
			return false;
		}
		param.var = click_token_ident(&var);
		if (SL_GROW(l->list, l->n, l->cap) < 0) {
			p->lx->err = -ENOMEM;
			return false;
		}
		l->list[l->n++] = param;
		t = click_lex(p->lx);
		if (t.kind == '|')
			return true;
		if (t.kind != ',') {
			parser_expected(p, t, "',' or '|' after a parameter",
					"parameters end with '|': { $a, KEY $b | ... }");
			return false;
		}
	}
}

/* "$a, KEY $b |" at the start of a compound's body, or nothing. */
static bool parse_params(struct click_parser *p, struct ast_body *body)
{
	struct param_list l SL_CLEANUP(free_params) = {0};
	bool good = read_params(p, &l);

	if (!l.n)
		return good;
	body->params = click_alloc_array(p->lx->mem, l.n, sizeof(*l.list));
	if (!body->params) {
		p->lx->err = -ENOMEM;
		return false;
	}
	memcpy(body->params, l.list, l.n * sizeof(*l.list));
	body->n_params = l.n;
	return good;
}

/* "..." as an alternative: only behind others, and last. */
static void parse_extension(struct click_parser *p, struct ast_compound *c, struct sl_pos pos)
{
	struct click_token t = click_lex(p->lx);

	c->extends = true;
	c->extends_pos = pos;
	if (!c->bodies || t.kind != '}')
		sl_diag_hint(sl_error(p->lx->d, pos, "syntax",
				      "'...' should occur last, after one or more compounds"),
			     "write { A || B || ... }");
	click_unlex(p->lx, t);
}

struct ast_compound *parser_compound(struct click_parser *p, struct sl_pos pos)
{
	struct ast_compound *c;
	struct ast_body **tail;

	if (p->depth + 1 >= CLICK_MAX_DEPTH) {
		skip_nested(p, pos, "compound elements", '{');
		return NULL;
	}
	c = parser_alloc(p, sizeof(*c));
	if (!c)
		return NULL;
	c->pos = pos;
	tail = &c->bodies;
	p->depth++;
	do {
		struct click_token t = click_lex(p->lx);
		struct ast_body *body;

		if (t.kind == CLICK_3DOT) {
			parse_extension(p, c, t.pos);
			continue;
		}
		click_unlex(p->lx, t);
		body = parser_alloc(p, sizeof(*body));
		if (!body)
			break;
		body->pos = tail == &c->bodies ? pos : t.pos;
		if (!parse_params(p, body)) {
			/* The parameters are lost: uses could only be reported wrongly. */
			while (!p->lx->err && !click_accept(p->lx, '|')) {
				t = click_lex(p->lx);
				click_unlex(p->lx, t);
				if (t.kind == '}' || t.kind == ';' || t.kind == CLICK_EOF ||
				    t.kind == CLICK_ARROW || t.kind == CLICK_2COLON)
					break;
				click_lex(p->lx);
			}
		}
		parser_stmts(p, IN_COMPOUND, body);
		*tail = body;
		tail = &body->next;
	} while (!p->lx->err && click_accept(p->lx, CLICK_2BAR));
	p->depth--;
	if (!click_accept(p->lx, '}')) {
		sl_diag_hint(sl_error(p->lx->d, pos, "syntax", "'{' is never closed"),
			     "add the missing '}'");
	}
	return c;
}
