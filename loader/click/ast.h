/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parser makes of a text: statements as they were written, no name looked up yet.
 * Expansion and the pretty printer both start from here. Everything is in the parse's arena, and
 * texts point into the source.
 */
#ifndef SL_CLICK_AST_H
#define SL_CLICK_AST_H

#include <stdint.h>

#include "loader/click/lexer.h"

/* Highest port number; far above what any element has, low enough for bitmaps. */
#define CLICK_MAX_PORT 65535
/* Compounds and groups in each other. */
#define CLICK_MAX_DEPTH 50

struct ast_body;
struct ast_compound;

struct ast_name {
	const char *s; /* not NUL-terminated */
	uint32_t len;
};

struct ast_range {
	uint32_t lo, hi;
};

/* "[0,2-4]"; `expandable`: as many more as the other side has, "[0,]". */
struct ast_ports {
	struct ast_range *ranges;
	uint32_t n_ranges;
	uint32_t n; /* ports listed */
	bool given;
	bool expandable;
	struct sl_pos pos;
};

enum ast_ref {
	AST_NAME,
	AST_COMPOUND,	   /* "{...}" */
	AST_GROUP,	   /* "(...)" */
	AST_IMPLIED_INPUT, /* ports alone, or nothing, at the start of a chain: "input" */
	AST_IMPLIED_OUTPUT,
};

/* One element reference or declaration in a connection. */
struct ast_elt {
	struct ast_elt *next;
	struct sl_pos pos;
	enum ast_ref ref;
	struct ast_name name;
	struct ast_compound *compound; /* AST_COMPOUND */
	struct ast_body *group;	       /* AST_GROUP */
	bool declared;		       /* ":: class" follows */
	struct ast_name class_name;    /* empty when class_compound */
	struct sl_pos class_pos;
	struct ast_compound *class_compound;
	bool has_config;
	struct click_text config;
	struct ast_ports in, out;
};

/* "a, b, c", and the arrow before it (none at the first set of a chain). */
struct ast_set {
	struct ast_set *next;
	struct ast_elt *elts;
	bool two_arrow;
	bool broken; /* the statement could not be read on from here */
	struct sl_pos arrow_pos;
};

struct ast_param {
	struct ast_name key; /* empty: positional */
	struct ast_name var;
	struct sl_pos pos;
};

struct ast_body {
	struct ast_body *next; /* the next overload */
	struct sl_pos pos;
	struct ast_param *params;
	uint32_t n_params;
	struct ast_stmt *stmts;
	struct click_comment *comments; /* behind the last statement */
};

struct ast_compound {
	struct sl_pos pos;
	struct ast_body *bodies;
	bool extends; /* ends in "|| ..." */
	struct sl_pos extends_pos;
};

enum ast_kind { AST_CONNECTION, AST_ELEMENTCLASS, AST_REQUIRE, AST_DEFINE };

struct ast_stmt {
	struct ast_stmt *next;
	enum ast_kind kind;
	struct sl_pos pos;
	struct click_comment *comments; /* before and inside the statement */
	struct click_comment *trailing; /* behind it on its line */
	struct ast_set *sets;		/* AST_CONNECTION */
	struct ast_name name;		/* AST_ELEMENTCLASS */
	struct sl_pos name_pos;
	struct ast_compound *compound; /* AST_ELEMENTCLASS {...} */
	struct ast_name alias;	       /* AST_ELEMENTCLASS NAME alias */
	struct sl_pos alias_pos;
	struct click_text text; /* AST_REQUIRE, AST_DEFINE */
};

/*
 * Parses a whole text. Mistakes go to lx->d; what could be read is in *out all the same. 0 or
 * -ENOMEM.
 */
int click_parse_text(struct click_lexer *lx, struct ast_body **out);

#endif
