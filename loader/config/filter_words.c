// SPDX-License-Identifier: GPL-2.0-only
/* Filter expressions: words, and where they stand in the user's text. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "loader/config/filter.h"
#include "loader/mem.h"

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("-./@_:", c));
}

/* Length of the word that begins at `s`, which is no space. */
static size_t word_len(const char *s)
{
	size_t n = 0;

	if ((s[0] == '&' || s[0] == '|') && s[1] == s[0])
		return 2;
	if (strchr("<>!=", s[0]) && s[1] == '=')
		return 2;
	while (word_char(s[n]))
		n++;
	return n ? n : 1;
}

static int add_word(struct sl_filter_text *t, const char *s, size_t len, size_t off)
{
	char *text;

	if (t->n >= SL_FILTER_MAX_WORDS) {
		sl_diag_hint(sl_filter_error(t, t->n, "more than %d words", SL_FILTER_MAX_WORDS),
			     "split the pattern into several");
		return -EINVAL;
	}
	if (SL_GROW(t->words, t->n, t->cap))
		return -ENOMEM;
	text = strndup(s, len);
	if (!text)
		return -ENOMEM;
	t->words[t->n++] = (struct sl_filter_word){text, off};
	return 0;
}

int sl_filter_split(struct sl_conf *cf, const struct sl_arg *arg, struct sl_filter_text *t)
{
	_free_ char *text = sl_unquote(arg->text, &t->len);
	size_t raw = strlen(arg->text);

	t->cf = cf;
	t->arg = arg;
	if (!text)
		return -ENOMEM;
	t->shift = raw == t->len + 2;
	t->flat = raw != t->len && !t->shift;
	for (size_t i = 0; i < t->len;) {
		size_t n;
		int ret;

		if (isspace((unsigned char)text[i])) {
			i++;
			continue;
		}
		n = text[i] ? word_len(text + i) : 1;
		ret = add_word(t, text + i, n, i);
		if (ret)
			return ret;
		i += n;
	}
	return 0;
}

void sl_filter_text_free(struct sl_filter_text *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->words[i].text);
	free(t->words);
	*t = (struct sl_filter_text){0};
}

bool sl_filter_is(const struct sl_filter_text *t, size_t i, const char *text)
{
	return i < t->n && !strcmp(t->words[i].text, text);
}

/* Where word `i` stands. */
static struct sl_pos word_pos(const struct sl_filter_text *t, size_t i)
{
	struct sl_pos pos = t->arg->pos;
	size_t off = i < t->n ? t->words[i].off : t->len;

	if (t->flat || !pos.line)
		return pos;
	for (size_t k = 0; k < off + t->shift && t->arg->text[k]; k++) {
		if (t->arg->text[k] == '\n') {
			pos.line++;
			pos.col = 1;
		} else {
			pos.col++;
		}
	}
	return pos;
}

static struct sl_diag *report(struct sl_filter_text *t, size_t i, enum sl_diag_level level,
			      const char *fmt, va_list ap)
{
	const struct sl_elem *e = t->cf->inst->elem;
	struct sl_diag *diag;

	diag = sl_diag_vadd(t->cf->diags, level, word_pos(t, i), "bad-pattern", fmt, ap);
	sl_diag_element(diag, e->name);
	if (diag && e->origin)
		sl_diag_origin(diag, e->origin->outer);
	return diag;
}

struct sl_diag *sl_filter_error(struct sl_filter_text *t, size_t i, const char *fmt, ...)
{
	struct sl_diag *diag;
	va_list ap;

	t->failed = true;
	va_start(ap, fmt);
	diag = report(t, i, SL_DIAG_ERROR, fmt, ap);
	va_end(ap);
	return diag;
}

struct sl_diag *sl_filter_warn(struct sl_filter_text *t, size_t i, const char *fmt, ...)
{
	struct sl_diag *diag;
	va_list ap;

	va_start(ap, fmt);
	diag = report(t, i, SL_DIAG_WARNING, fmt, ap);
	va_end(ap);
	return diag;
}
