/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parser's files share. */
#ifndef SL_CLICK_PARSER_H
#define SL_CLICK_PARSER_H

#include "loader/click/ast.h"

enum parse_where { IN_FILE, IN_COMPOUND, IN_GROUP };

struct click_parser {
	struct click_lexer *lx;
	unsigned int depth; /* compounds and groups around */
	enum parse_where where;
	/* The last connection ended in "output" (or there was none): a chain that starts with an
	 * arrow is then no likely slip. */
	bool ends_output;
};

void *parser_alloc(struct click_parser *p, size_t size);
/* Reports what was found instead of `wanted`, with what to do about it, and puts the token back. */
struct sl_diag *parser_expected(struct click_parser *p, struct click_token t, const char *wanted,
				const char *fix);
/* Over the rest of a broken statement: to ';', to the end of the enclosing brackets, or to
 * something at the start of a line that looks like a new statement. */
void parser_recover(struct click_parser *p);

/* Statements up to the closing bracket (left to be read) or the end of the text. */
void parser_stmts(struct click_parser *p, enum parse_where where, struct ast_body *body);
/* Behind '{': overloads up to and over '}'. NULL: nested too deep, or out of memory. */
struct ast_compound *parser_compound(struct click_parser *p, struct sl_pos pos);
/* Behind '(': a group up to and over ')'. NULL as above. */
struct ast_body *parser_group(struct click_parser *p, struct sl_pos pos);
/* A connection or declaration; false when it was broken off. */
bool parser_connection(struct click_parser *p, struct ast_stmt *stmt);
/* "[...]" if there is one; false when broken. */
bool parser_ports(struct click_parser *p, struct ast_ports *ports);
/* Behind '(': raw text and the ')'. */
bool parser_config(struct click_parser *p, struct sl_pos open, struct click_text *text);

static inline struct ast_name click_token_ident(const struct click_token *t)
{
	return (struct ast_name){t->s, (uint32_t)t->len};
}

#endif
