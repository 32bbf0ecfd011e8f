// SPDX-License-Identifier: GPL-2.0-only
/* Configuration text: positions, comments, quotes; see text.h. */
#include "loader/click/text.h"

void click_cursor_init(struct click_cursor *c, const struct click_text *t)
{
	*c = (struct click_cursor){.text = t};
	if (t->n_marks)
		c->pos = t->marks[0].pos;
}

struct sl_pos click_cursor_at(struct click_cursor *c, size_t off)
{
	const struct click_text *t = c->text;

	while (c->off < off || (c->mark + 1 < t->n_marks && t->marks[c->mark + 1].off <= off)) {
		char ch;

		if (c->mark + 1 < t->n_marks && t->marks[c->mark + 1].off <= c->off) {
			c->pos = t->marks[++c->mark].pos;
			continue;
		}
		ch = t->s[c->off++];
		if (t->n_marks && t->marks[c->mark].fixed)
			continue;
		if (ch == '\n' || (ch == '\r' && !(c->off < t->len && t->s[c->off] == '\n'))) {
			c->pos.line++;
			c->pos.col = 1;
		} else {
			c->pos.col++;
		}
	}
	return c->pos;
}

const char *click_skip_comment(const char *s, const char *end)
{
	if (s[1] == '/') {
		for (s += 2; s < end && *s != '\n' && *s != '\r'; s++)
			;
		if (s < end && *s == '\r' && s + 1 < end && s[1] == '\n')
			s++;
		return s < end ? s + 1 : end;
	}
	for (s += 2; s < end; s++) {
		if (*s == '*' && s + 1 < end && s[1] == '/')
			return s + 2;
	}
	return end;
}

const char *click_skip_space(const char *s, const char *end)
{
	while (s < end) {
		if (click_isspace(*s))
			s++;
		else if (click_is_comment(s, end))
			s = click_skip_comment(s, end);
		else
			break;
	}
	return s;
}

/* `\<...>`, comments inside included. */
static const char *skip_hex(const char *s, const char *end, bool *closed)
{
	for (s += 2; s < end;) {
		if (*s == '>')
			return s + 1;
		s = click_is_comment(s, end) ? click_skip_comment(s, end) : s + 1;
	}
	*closed = false;
	return end;
}

const char *click_skip_closed_item(const char *s, const char *end, bool *closed)
{
	char quote = *s;

	*closed = true;
	if (*s == '\\' && s + 1 < end && s[1] == '<')
		return skip_hex(s, end, closed);
	if (quote != '\'' && quote != '"')
		return s + 1;
	for (s++; s < end && *s != quote;) {
		if (quote == '"' && *s == '\\' && s + 1 < end)
			s = s[1] == '<' ? skip_hex(s, end, closed) : s + 2;
		else
			s++;
	}
	if (s < end)
		return s + 1;
	*closed = false;
	return end;
}

const char *click_skip_item(const char *s, const char *end)
{
	bool closed;

	return click_skip_closed_item(s, end, &closed);
}

const char *click_skip_word(const char *s, const char *end)
{
	while (s < end && !click_isspace(*s) && !click_is_comment(s, end))
		s = click_skip_item(s, end);
	return s;
}
