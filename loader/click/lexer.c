// SPDX-License-Identifier: GPL-2.0-only
/* Tokens, comments and line directives; see lexer.h. Configuration strings are in config.c. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "loader/click/lexer.h"
#include "loader/click/lexer_int.h"

void click_lexer_init(struct click_lexer *lx, const char *file, const char *text, size_t len)
{
	lx->begin = lx->p = lx->line_start = text;
	lx->end = text + len;
	lx->file = lx->original_file = file;
	lx->line = 1;
	lx->line_has_token = false;
	lx->n_back = 0;
}

bool click_refuse_binary(struct sl_diags *d, const char *file, const char *text, size_t len)
{
	const char *nul = memchr(text, '\0', len);
	struct sl_pos pos = {file, 1, 1};

	if (!nul)
		return false;
	for (const char *s = text; s < nul; s++) {
		pos.col = *s == '\n' ? 1 : pos.col + 1;
		pos.line += *s == '\n';
	}
	sl_diag_hint(sl_error(d, pos, "syntax", "NUL byte: this is no configuration text"),
		     "binary data in strings is written \"\\<00>\"");
	return true;
}

struct sl_pos click_lexer_pos(const struct click_lexer *lx)
{
	return (struct sl_pos){lx->file, lx->line, lx->p - lx->line_start + 1};
}

/* At a line end: over it. */
static void newline(struct click_lexer *lx)
{
	if (*lx->p == '\r' && lx->p + 1 < lx->end && lx->p[1] == '\n')
		lx->p++;
	lx->p++;
	lx->line++;
	lx->line_start = lx->p;
	lx->line_has_token = false;
}

void click_lexer_advance(struct click_lexer *lx, const char *to)
{
	while (lx->p < to) {
		if (*lx->p == '\n' || *lx->p == '\r')
			newline(lx);
		else
			lx->p++;
	}
}

bool click_lexer_at_directive(const struct click_lexer *lx)
{
	return *lx->p == '#' && lx->p == lx->line_start;
}

/* The file name between quotes of a line directive, without its escapes. */
static const char *directive_file(struct click_lexer *lx)
{
	const char *s = ++lx->p;
	char *name, *out;

	while (lx->p < lx->end && *lx->p != '"' && *lx->p != '\n' && *lx->p != '\r') {
		if (*lx->p == '\\' && lx->p + 1 < lx->end && lx->p[1] != '\n' && lx->p[1] != '\r')
			lx->p++;
		lx->p++;
	}
	if (lx->p == s)
		return lx->original_file;
	name = out = click_strndup(lx->names, s, lx->p - s);
	if (!name) {
		lx->err = -ENOMEM;
		return lx->original_file;
	}
	for (; s < lx->p; s++) {
		if (*s == '\\' && s + 1 < lx->p)
			s++;
		*out++ = *s;
	}
	*out = '\0';
	return name;
}

static void skip_blanks(struct click_lexer *lx)
{
	while (lx->p < lx->end && (*lx->p == ' ' || *lx->p == '\t'))
		lx->p++;
}

static void skip_line(struct click_lexer *lx)
{
	while (lx->p < lx->end && *lx->p != '\n' && *lx->p != '\r')
		lx->p++;
	if (lx->p < lx->end)
		newline(lx);
}

void click_lexer_directive(struct click_lexer *lx)
{
	struct sl_pos pos = click_lexer_pos(lx);
	unsigned int line = 0;

	lx->p++;
	skip_blanks(lx);
	if (lx->end - lx->p > 5 && !memcmp(lx->p, "line", 4) &&
	    (lx->p[4] == ' ' || lx->p[4] == '\t')) {
		lx->p += 5;
		skip_blanks(lx);
	}
	if (lx->p >= lx->end || !click_isdigit(*lx->p)) {
		sl_diag_hint(sl_error(lx->d, pos, "syntax", "unknown preprocessor directive"),
			     "a '#' in the first column is a line directive, '# 12 \"file\"'; "
			     "comments are written '// ...'");
		skip_line(lx);
		return;
	}
	for (; lx->p < lx->end && click_isdigit(*lx->p); lx->p++) {
		if (line < UINT_MAX / 20)
			line = line * 10 + *lx->p - '0';
	}
	skip_blanks(lx);
	if (lx->p < lx->end && *lx->p == '"')
		lx->file = directive_file(lx);
	skip_line(lx);
	lx->line = line;
}

static void take_comment(struct click_lexer *lx)
{
	const char *s = lx->p, *end = click_skip_comment(s, lx->end);

	if (s[1] == '*' && (end - s < 4 || end[-1] != '/' || end[-2] != '*'))
		sl_diag_hint(
			sl_error(lx->d, click_lexer_pos(lx), "syntax", "comment is never closed"),
			"end it with '*/'; comments do not nest");
	if (lx->keep_comments) {
		struct click_comment *c = click_alloc(lx->mem, sizeof(*c));

		if (c) {
			*c = (struct click_comment){NULL, s, end - s, !lx->line_has_token};
			while (c->len && click_isspace(s[c->len - 1]))
				c->len--;
			*lx->comments_tail = c;
			lx->comments_tail = &c->next;
		} else {
			lx->err = -ENOMEM;
		}
	}
	click_lexer_advance(lx, end);
}

static void skip_space(struct click_lexer *lx)
{
	while (lx->p < lx->end) {
		if (*lx->p == '\n' || *lx->p == '\r')
			newline(lx);
		else if (click_isspace(*lx->p))
			lx->p++;
		else if (click_is_comment(lx->p, lx->end))
			take_comment(lx);
		else if (click_lexer_at_directive(lx))
			click_lexer_directive(lx);
		else
			break;
	}
}

static int keyword(const char *s, size_t len)
{
	static const struct {
		const char *word;
		int kind;
	} keywords[] = {
		{"elementclass", CLICK_ELEMENTCLASS},
		{"require", CLICK_REQUIRE},
		{"provide", CLICK_PROVIDE},
		{"define", CLICK_DEFINE},
	};

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (strlen(keywords[i].word) == len && !memcmp(keywords[i].word, s, len))
			return keywords[i].kind;
	}
	return CLICK_IDENT;
}

static const char *word_end(const char *s, const char *end)
{
	while (s < end) {
		if (click_isword(*s))
			s++;
		else if (*s == '/' && s + 1 < end && click_isword(s[1]))
			s += 2;
		else
			break;
	}
	return s;
}

static void check_length(struct click_lexer *lx, struct click_token *t)
{
	if (t->len <= CLICK_MAX_IDENT)
		return;
	sl_diag_hint(sl_error(lx->d, t->pos, "syntax",
			      "name of %zu characters is too long, %u are allowed", t->len,
			      CLICK_MAX_IDENT),
		     "choose a shorter name");
	t->len = CLICK_MAX_IDENT;
}

static struct click_token read_token(struct click_lexer *lx)
{
	static const struct {
		char s[4];
		size_t len;
		int kind;
	} symbols[] = {
		{"->", 2, CLICK_ARROW}, {"=>", 2, CLICK_2ARROW}, {"::", 2, CLICK_2COLON},
		{"||", 2, CLICK_2BAR},	{"...", 3, CLICK_3DOT},
	};
	struct click_token t = {0};

	skip_space(lx);
	t.s = lx->p;
	t.pos = click_lexer_pos(lx);
	t.first_on_line = !lx->line_has_token;
	lx->line_has_token = true;
	if (lx->p >= lx->end || lx->err)
		return t;
	if (click_isword(*lx->p)) {
		lx->p = word_end(lx->p, lx->end);
		t.len = lx->p - t.s;
		t.kind = keyword(t.s, t.len);
		check_length(lx, &t);
		return t;
	}
	if (*lx->p == '$' && lx->p + 1 < lx->end && click_isvar(lx->p[1])) {
		for (lx->p++; lx->p < lx->end && click_isvar(*lx->p); lx->p++)
			;
		t.s++;
		t.len = lx->p - t.s;
		t.kind = CLICK_VARIABLE;
		check_length(lx, &t);
		return t;
	}
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		size_t n = symbols[i].len;

		if (*lx->p == symbols[i].s[0] && (size_t)(lx->end - lx->p) >= n &&
		    !memcmp(lx->p, symbols[i].s, n)) {
			t.kind = symbols[i].kind;
			t.len = n;
			lx->p += n;
			return t;
		}
	}
	t.kind = (unsigned char)*lx->p++;
	t.len = 1;
	return t;
}

struct click_token click_lex(struct click_lexer *lx)
{
	struct click_token t;

	if (lx->n_back)
		return lx->back[--lx->n_back];
	t = read_token(lx);
	lx->last_end = lx->token_end;
	lx->token_end = lx->p;
	return t;
}

void click_unlex(struct click_lexer *lx, struct click_token t)
{
	lx->back[lx->n_back++] = t;
}

bool click_accept(struct click_lexer *lx, int kind)
{
	struct click_token t = click_lex(lx);

	if (t.kind == kind)
		return true;
	click_unlex(lx, t);
	return false;
}

const char *click_token_name(struct click_lexer *lx, const struct click_token *t)
{
	char *name;

	if (t->kind == CLICK_EOF)
		return "the end of the text";
	name = click_alloc(lx->mem, t->len + 4);
	if (!name)
		return "?";
	sprintf(name, "'%s%.*s'", t->kind == CLICK_VARIABLE ? "$" : "", (int)t->len, t->s);
	return name;
}
