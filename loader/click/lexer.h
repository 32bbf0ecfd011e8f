/* SPDX-License-Identifier: GPL-2.0-only */
/* From text to tokens, each with its position; configuration strings are taken whole. */
#ifndef SL_CLICK_LEXER_H
#define SL_CLICK_LEXER_H

#include <stdbool.h>

#include "loader/click/arena.h"
#include "loader/click/text.h"

/* Single characters stand for themselves. */
enum click_token_kind {
	CLICK_EOF = 0,
	CLICK_IDENT = 256,
	CLICK_VARIABLE, /* $name; the text is the name */
	CLICK_ARROW,	/* -> */
	CLICK_2ARROW,	/* => */
	CLICK_2COLON,	/* :: */
	CLICK_2BAR,	/* || */
	CLICK_3DOT,	/* ... */
	CLICK_ELEMENTCLASS,
	CLICK_REQUIRE,
	CLICK_PROVIDE,
	CLICK_DEFINE,
};

/* Longest identifier; longer ones are an error and cut. */
#define CLICK_MAX_IDENT 255

struct click_token {
	int kind;
	const char *s; /* in the source text */
	size_t len;
	struct sl_pos pos;
	bool first_on_line;
};

/* A comment, kept for the pretty printer. */
struct click_comment {
	struct click_comment *next;
	const char *s;
	size_t len;
	bool own_line; /* nothing but white space before it on its line */
};

struct click_lexer {
	const char *begin, *p, *end;
	const char *line_start;
	const char *file, *original_file;
	unsigned int line;
	bool line_has_token;

	const char *token_end, *last_end; /* of the newest token and the one before it */
	struct click_token back[3];	  /* tokens put back, the last one first out */
	unsigned int n_back;

	bool keep_comments;
	struct click_comment *comments, **comments_tail;

	struct click_arena *mem;   /* tokens' and marks' memory */
	struct click_arena *names; /* file names: they outlive the parse */
	struct sl_diags *d;
	int err; /* -ENOMEM once memory ran out; the text then reads as ended */
};

/* `file` and `text` must outlive whatever is read; no NUL byte in `text`. */
void click_lexer_init(struct click_lexer *lx, const char *file, const char *text, size_t len);

/* Reports a NUL byte: the text is no configuration then. */
bool click_refuse_binary(struct sl_diags *d, const char *file, const char *text, size_t len);

struct click_token click_lex(struct click_lexer *lx);
void click_unlex(struct click_lexer *lx, struct click_token t);
/* Consumes the next token if it is of this kind. */
bool click_accept(struct click_lexer *lx, int kind);

/*
 * Behind a '(': the raw text up to the matching ')', which is left to be read (or the end of the
 * text is). No token may be put back.
 */
struct click_text click_lex_config(struct click_lexer *lx);

/* Whether `s` has balanced parentheses, closed quotes and no line directive: whether it stays what
 * it is when written between parentheses. */
bool click_config_closed(const char *s, size_t len);

/* "'->'", "end of the text", "identifier 'x'": for messages. Static or from lx->mem. */
const char *click_token_name(struct click_lexer *lx, const struct click_token *t);

#endif
