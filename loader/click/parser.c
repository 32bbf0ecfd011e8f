// SPDX-License-Identifier: GPL-2.0-only
/*
 * Statements: recursive descent, as deep as CLICK_MAX_DEPTH allows.
 *
 * After a mistake the rest of the statement is passed over and parsing goes on, so that one run
 * tells all mistakes; each statement is reported at most once.
 */
#include <errno.h>

#include "loader/click/parser.h"
#include "loader/mem.h"

void *parser_alloc(struct click_parser *p, size_t size)
{
	void *mem = click_alloc(p->lx->mem, size);

	if (!mem)
		p->lx->err = -ENOMEM;
	return mem;
}

struct sl_diag *parser_expected(struct click_parser *p, struct click_token t, const char *wanted,
				const char *fix)
{
	struct sl_diag *diag =
		sl_error(p->lx->d, t.pos, "syntax", "syntax error near %s: expected %s",
			 click_token_name(p->lx, &t), wanted);

	click_unlex(p->lx, t);
	return sl_diag_hint(diag, "%s", fix);
}

static bool starts_statement(const struct click_token *t)
{
	switch (t->kind) {
	case CLICK_ELEMENTCLASS:
	case CLICK_REQUIRE:
	case CLICK_DEFINE:
		return true;
	case CLICK_IDENT:
		return t->first_on_line;
	default:
		return false;
	}
}

void parser_recover(struct click_parser *p)
{
	unsigned int depth = 0;
	bool moved = false;

	for (;;) {
		struct click_token t = click_lex(p->lx);

		switch (t.kind) {
		case CLICK_EOF:
			click_unlex(p->lx, t);
			return;
		case '(':
			/* A configuration, most likely: its text is no tokens. */
			click_lex_config(p->lx);
			click_accept(p->lx, ')');
			break;
		case '{':
			depth++;
			break;
		case ')':
		case CLICK_2BAR:
		case '}':
			if (t.kind == '}' && depth) {
				depth--;
				break;
			}
			if (depth || (t.kind == ')') != (p->where == IN_GROUP) ||
			    p->where == IN_FILE)
				break;
			click_unlex(p->lx, t);
			return;
		case ';':
			if (!depth)
				return;
			break;
		default:
			if (!depth && moved && starts_statement(&t)) {
				click_unlex(p->lx, t);
				return;
			}
		}
		moved = true;
	}
}

bool parser_config(struct click_parser *p, struct sl_pos open, struct click_text *text)
{
	*text = click_lex_config(p->lx);
	if (click_accept(p->lx, ')'))
		return true;
	sl_diag_hint(sl_error(p->lx->d, open, "syntax", "'(' is never closed"),
		     "add the missing ')', or end the quote or comment it is hidden in");
	return false;
}

static bool parse_raw_stmt(struct click_parser *p, struct ast_stmt *stmt)
{
	struct click_token t = click_lex(p->lx);

	if (t.kind != '(') {
		parser_expected(p, t, "'('", "write require(...) or define(...)");
		return false;
	}
	return parser_config(p, t.pos, &stmt->text);
}

static bool parse_elementclass(struct click_parser *p, struct ast_stmt *stmt)
{
	struct click_token t = click_lex(p->lx);

	if (t.kind != CLICK_IDENT) {
		parser_expected(p, t, "the name of an element class",
				"write elementclass NAME { ... } or elementclass NAME CLASS");
		return false;
	}
	stmt->name = click_token_ident(&t);
	stmt->name_pos = t.pos;
	t = click_lex(p->lx);
	if (t.kind == CLICK_IDENT) {
		stmt->alias = click_token_ident(&t);
		stmt->alias_pos = t.pos;
		return true;
	}
	if (t.kind != '{') {
		parser_expected(p, t, "'{' or the name of a class",
				"write elementclass NAME { ... } or elementclass NAME CLASS");
		return false;
	}
	stmt->compound = parser_compound(p, t.pos);
	return stmt->compound != NULL;
}

/* One statement that starts with `t`; NULL at an empty one. */
static struct ast_stmt *parse_stmt(struct click_parser *p, struct click_token t)
{
	struct ast_stmt *stmt = parser_alloc(p, sizeof(*stmt));
	bool good = false;

	if (!stmt)
		return NULL;
	stmt->pos = t.pos;
	switch (t.kind) {
	case CLICK_ELEMENTCLASS:
		stmt->kind = AST_ELEMENTCLASS;
		good = parse_elementclass(p, stmt);
		break;
	case CLICK_REQUIRE:
		stmt->kind = AST_REQUIRE;
		good = parse_raw_stmt(p, stmt);
		break;
	case CLICK_DEFINE:
		stmt->kind = AST_DEFINE;
		good = parse_raw_stmt(p, stmt);
		break;
	case CLICK_IDENT:
	case '[':
	case '{':
	case '(':
	case CLICK_ARROW:
	case CLICK_2ARROW:
		click_unlex(p->lx, t);
		stmt->kind = AST_CONNECTION;
		good = parser_connection(p, stmt);
		break;
	default:
		sl_diag_hint(sl_error(p->lx->d, t.pos, "syntax", "syntax error near %s",
				      click_token_name(p->lx, &t)),
			     "begin a statement with an element or a keyword");
		click_unlex(p->lx, t);
		break;
	}
	if (!good)
		parser_recover(p);
	/* What was read of a broken connection still declares names. */
	return good || stmt->kind == AST_CONNECTION ? stmt : NULL;
}

/* ---- Comments: kept for the pretty printer, each with a statement
 * ------------------------------*/

static void append_comments(struct click_comment **to, struct click_comment *list)
{
	while (*to)
		to = &(*to)->next;
	*to = list;
}

static void set_pending(struct click_lexer *lx, struct click_comment *list)
{
	lx->comments = list;
	lx->comments_tail = &lx->comments;
	while (*lx->comments_tail)
		lx->comments_tail = &(*lx->comments_tail)->next;
}

static struct click_comment *take_comments(struct click_lexer *lx)
{
	struct click_comment *c = lx->comments;

	set_pending(lx, NULL);
	return c;
}

/* Those at the start that stand on the line of the last statement. */
static struct click_comment *take_trailing(struct click_lexer *lx)
{
	struct click_comment *first = lx->comments, **end = &first, *rest;

	while (*end && !(*end)->own_line)
		end = &(*end)->next;
	rest = *end;
	*end = NULL;
	set_pending(lx, rest);
	return first;
}

/* Those inside a statement go with it; those before the token that was read ahead stay. */
static void take_inner(struct click_lexer *lx, struct ast_stmt *stmt)
{
	struct click_comment **end = &lx->comments, *rest;
	const char *limit = lx->n_back ? lx->last_end : lx->token_end;

	while (*end && (*end)->s < limit)
		end = &(*end)->next;
	rest = *end;
	*end = NULL;
	append_comments(&stmt->comments, take_comments(lx));
	set_pending(lx, rest);
}

/* ---- Bodies
 * ------------------------------------------------------------------------------------*/

static bool ends_body(enum parse_where where, const struct click_token *t)
{
	switch (t->kind) {
	case CLICK_EOF:
		return true;
	case '}':
	case CLICK_2BAR:
		/* In a group the brace is the enclosing compound's: the group was left open. */
		return where != IN_FILE;
	case ')':
		return where == IN_GROUP;
	default:
		return false;
	}
}

void parser_stmts(struct click_parser *p, enum parse_where where, struct ast_body *body)
{
	struct ast_stmt **tail = &body->stmts, *last = NULL;
	enum parse_where saved_where = p->where;
	bool saved_ends = p->ends_output;

	p->where = where;
	p->ends_output = true;
	for (;;) {
		struct click_token t = click_lex(p->lx);
		struct click_comment *before;
		struct ast_stmt *stmt;

		if (last && p->lx->comments) {
			last->trailing = take_trailing(p->lx);
			last = NULL;
		}
		if (t.kind == ';')
			continue;
		before = take_comments(p->lx);
		if (ends_body(where, &t)) {
			click_unlex(p->lx, t);
			body->comments = before;
			break;
		}
		stmt = parse_stmt(p, t);
		if (p->lx->err)
			break;
		if (!stmt)
			continue;
		stmt->comments = before;
		take_inner(p->lx, stmt);
		*tail = last = stmt;
		tail = &stmt->next;
	}
	p->where = saved_where;
	p->ends_output = saved_ends;
}

int click_parse_text(struct click_lexer *lx, struct ast_body **out)
{
	struct click_parser p = {.lx = lx};
	struct ast_body *body = parser_alloc(&p, sizeof(*body));

	if (!body)
		return -ENOMEM;
	body->pos = (struct sl_pos){lx->file, 1, 1};
	lx->comments_tail = &lx->comments;
	parser_stmts(&p, IN_FILE, body);
	if (lx->err)
		return lx->err;
	*out = body;
	return 0;
}
