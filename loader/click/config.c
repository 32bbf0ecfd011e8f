// SPDX-License-Identifier: GPL-2.0-only
/*
 * The raw text of a configuration string. It is kept verbatim but for line directives, which are
 * taken out; the marks tell where each remaining piece stood.
 */
#include <errno.h>
#include <string.h>

#include "loader/click/lexer.h"
#include "loader/click/lexer_int.h"
#include "loader/mem.h"

/* The pieces between directives. Most strings are one piece and need no copy. */
struct pieces {
	const char **s;
	size_t *len;
	struct click_mark *marks;
	size_t n, cap_s, cap_len, cap_marks;
	size_t total;
};

static int add_piece(struct pieces *p, const char *s, size_t len, struct sl_pos pos)
{
	if (SL_GROW(p->s, p->n, p->cap_s) < 0 || SL_GROW(p->len, p->n, p->cap_len) < 0 ||
	    SL_GROW(p->marks, p->n, p->cap_marks) < 0)
		return -ENOMEM;
	p->s[p->n] = s;
	p->len[p->n] = len;
	p->marks[p->n] = (struct click_mark){p->total, pos, false};
	p->n++;
	p->total += len;
	return 0;
}

static int join_pieces(struct click_arena *mem, const struct pieces *p, struct click_text *out)
{
	struct click_mark *marks = click_alloc_array(mem, p->n, sizeof(*marks));
	char *copy = NULL;

	if (!marks)
		return -ENOMEM;
	memcpy(marks, p->marks, p->n * sizeof(*marks));
	if (p->n > 1) {
		copy = click_alloc(mem, p->total + 1);
		if (!copy)
			return -ENOMEM;
		for (size_t i = 0; i < p->n; i++)
			memcpy(copy + p->marks[i].off, p->s[i], p->len[i]);
	}
	*out = (struct click_text){copy ? copy : p->s[0], p->total, marks, p->n};
	return 0;
}

static void free_pieces(struct pieces *p)
{
	free(p->s);
	free(p->len);
	free(p->marks);
}

struct click_text click_lex_config(struct click_lexer *lx)
{
	struct pieces p SL_CLEANUP(free_pieces) = {0};
	struct click_text text = {.s = ""};
	const char *piece = lx->p;
	struct sl_pos pos = click_lexer_pos(lx);
	unsigned int depth = 1;
	int ret = 0;

	while (lx->p < lx->end && ret == 0) {
		if (click_lexer_at_directive(lx)) {
			ret = add_piece(&p, piece, lx->p - piece, pos);
			click_lexer_directive(lx);
			piece = lx->p;
			pos = click_lexer_pos(lx);
			continue;
		}
		if (*lx->p == '(')
			depth++;
		else if (*lx->p == ')' && --depth == 0)
			break;
		if (click_is_comment(lx->p, lx->end))
			click_lexer_advance(lx, click_skip_comment(lx->p, lx->end));
		else
			click_lexer_advance(lx, click_skip_item(lx->p, lx->end));
	}
	if (ret == 0)
		ret = add_piece(&p, piece, lx->p - piece, pos);
	if (ret == 0)
		ret = join_pieces(lx->mem, &p, &text);
	if (ret < 0)
		lx->err = ret;
	return text;
}

bool click_config_closed(const char *s, size_t len)
{
	const char *begin = s, *end = s + len, *next;
	size_t depth = 0;
	bool closed;

	for (; s < end; s = next) {
		if (click_is_comment(s, end)) {
			next = click_skip_comment(s, end);
			if (next == end)
				return false;
			continue;
		}
		if (*s == '#' && s > begin && (s[-1] == '\n' || s[-1] == '\r'))
			return false;
		if (*s == '(')
			depth++;
		else if (*s == ')' && depth-- == 0)
			return false;
		next = click_skip_closed_item(s, end, &closed);
		if (!closed)
			return false;
	}
	return depth == 0;
}
