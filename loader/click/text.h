/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A piece of configuration text that remembers where it came from, also when a line directive or
 * a substituted variable stands in the middle of it.
 */
#ifndef SL_CLICK_TEXT_H
#define SL_CLICK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "loader/diag.h"

/* From byte `off` on, the text stood at `pos` and what follows it there. */
struct click_mark {
	size_t off;
	struct sl_pos pos;
	bool fixed; /* substituted text: every byte of it belongs to `pos` itself */
};

struct click_text {
	const char *s;
	size_t len;
	const struct click_mark *marks; /* by rising `off`, the first at 0 */
	size_t n_marks;
};

/* Goes through a text forwards and tells positions on the way. */
struct click_cursor {
	const struct click_text *text;
	size_t off;
	size_t mark; /* the mark that `pos` is counted from */
	struct sl_pos pos;
};

void click_cursor_init(struct click_cursor *c, const struct click_text *t);
/* Position of byte `off`, which must not be smaller than at the last call. */
struct sl_pos click_cursor_at(struct click_cursor *c, size_t off);

/* ---- Characters, whatever the locale ---------------------------------------------------------*/

static inline bool click_isspace(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool click_isdigit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool click_isalpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool click_isalnum(char c)
{
	return click_isalpha(c) || click_isdigit(c);
}

/* A character of a variable's name. */
static inline bool click_isvar(char c)
{
	return click_isalnum(c) || c == '_';
}

/* A character of an identifier, '/' apart. */
static inline bool click_isword(char c)
{
	return click_isvar(c) || c == '@';
}

/* ---- Pieces of a configuration string; all return where the piece ends, at most `end` ---------*/

/* A comment; `s` points at its '/'. */
const char *click_skip_comment(const char *s, const char *end);
/* White space and comments. */
const char *click_skip_space(const char *s, const char *end);
/* A quoted string, `\<...>`, or else one character. `s` < `end`. */
const char *click_skip_item(const char *s, const char *end);
/* The same; *closed tells whether a quote or `\<` found its end. */
const char *click_skip_closed_item(const char *s, const char *end, bool *closed);
/* A word up to unquoted white space or a comment. */
const char *click_skip_word(const char *s, const char *end);

static inline bool click_is_comment(const char *s, const char *end)
{
	return end - s >= 2 && s[0] == '/' && (s[1] == '/' || s[1] == '*');
}

#endif
