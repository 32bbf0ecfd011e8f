// SPDX-License-Identifier: GPL-2.0-only
/* Configuration string to arguments, arguments to words, words to bytes and back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loader/click/args.h"
#include "loader/mem.h"

/*
 * One argument: from `s` to a comma outside quotes (if `commas` separate) or to `end`, which *next
 * gets. Writes the text
 * without outer white space and with comments as single spaces to `out` (room for end - s + 1
 * bytes), and where it starts to *first.
 */
static size_t take_arg(const char *s, const char *end, bool commas, const char **next,
		       const char **first, char *out)
{
	const char *left = s = click_skip_space(s, end), *right = s;
	bool closed = false;
	size_t len = 0;

	*first = s;
	while (s < end && !(commas && *s == ',')) {
		if (click_isspace(*s)) {
			s++;
		} else if (click_is_comment(s, end)) {
			s = click_skip_comment(s, end);
			closed = true;
		} else {
			if (closed) {
				memcpy(out + len, left, right - left);
				len += right - left;
				out[len++] = ' ';
				left = s;
				closed = false;
			}
			s = right = click_skip_item(s, end);
		}
	}
	memcpy(out + len, left, right - left);
	len += right - left;
	out[len] = '\0';
	*next = s;
	return len;
}

/* Calls `add` with each argument; a trailing empty one is none. */
static int each_arg(const struct click_text *t,
		    int (*add)(void *ctx, const char *text, size_t len, struct sl_pos pos),
		    void *ctx)
{
	const char *end = t->s + t->len, *s = t->s, *next, *first;
	_free_ char *buf = malloc(t->len + 1);
	struct click_cursor cursor;

	if (!buf)
		return -ENOMEM;
	click_cursor_init(&cursor, t);
	for (; s < end; s = next + 1) {
		size_t len = take_arg(s, end, true, &next, &first, buf);
		int ret;

		if (!len && next >= end)
			break;
		ret = add(ctx, buf, len, click_cursor_at(&cursor, first - t->s));
		if (ret < 0)
			return ret;
	}
	return 0;
}

struct list {
	struct click_arena *mem; /* NULL: texts from malloc() */
	struct sl_arg *args;
	size_t n, cap;
};

static int add_to_list(void *ctx, const char *text, size_t len, struct sl_pos pos)
{
	struct list *l = ctx;
	char *copy;

	if (SL_GROW(l->args, l->n, l->cap) < 0)
		return -ENOMEM;
	copy = l->mem ? click_strndup(l->mem, text, len) : strndup(text, len);
	if (!copy)
		return -ENOMEM;
	l->args[l->n++] = (struct sl_arg){copy, pos};
	return 0;
}

int click_split_args(struct click_arena *mem, const struct click_text *t, struct sl_arg **args,
		     size_t *n_args)
{
	struct list l = {.mem = mem};
	_free_ void *list = NULL;
	struct sl_arg *copy;
	int ret;

	if (!t->len) {
		*args = NULL;
		*n_args = 0;
		return 0;
	}
	ret = each_arg(t, add_to_list, &l);
	list = l.args;
	if (ret < 0)
		return ret;
	copy = click_alloc_array(mem, l.n, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	if (l.n)
		memcpy(copy, l.args, l.n * sizeof(*copy));
	*args = copy;
	*n_args = l.n;
	return 0;
}

int sl_split_args(const char *config, struct sl_pos pos, struct sl_arg **args, size_t *n_args)
{
	const struct click_mark mark = {.pos = pos};
	const struct click_text t = {config, strlen(config), &mark, 1};
	struct list l = {0};
	int ret = each_arg(&t, add_to_list, &l);

	if (ret < 0) {
		sl_args_free(l.args, l.n);
		return ret;
	}
	*args = l.args;
	*n_args = l.n;
	return 0;
}

void sl_args_free(struct sl_arg *args, size_t n_args)
{
	for (size_t i = 0; i < n_args; i++)
		free(args[i].text);
	free(args);
}

char *sl_next_word(const char **s)
{
	const char *end = *s + strlen(*s), *word = click_skip_space(*s, end), *word_end;
	char *copy;

	if (word == end) {
		*s = end;
		return NULL;
	}
	word_end = click_skip_word(word, end);
	copy = strndup(word, word_end - word);
	if (copy)
		*s = click_skip_space(word_end, end);
	return copy;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The bytes of `\<...>`; anything but hexadecimal digits and comments is passed over. */
static const char *unquote_hex(const char *s, const char *end, FILE *out)
{
	unsigned int c = 0, digits = 0;

	for (s += 2; s < end && *s != '>';) {
		int h = hex_digit(*s);

		if (click_is_comment(s, end)) {
			s = click_skip_comment(s, end);
			continue;
		}
		s++;
		if (h < 0)
			continue;
		c = c * 16 + h;
		if (++digits == 2) {
			fputc(c, out);
			c = digits = 0;
		}
	}
	return s < end ? s + 1 : end;
}

/* One backslash escape inside double quotes. */
static const char *unquote_escape(const char *s, const char *end, FILE *out)
{
	static const char letters[] = "abfnrtv", values[] = "\a\b\f\n\r\t\v";
	const char *letter;
	unsigned int c = 0;

	if (s + 1 >= end) {
		fputc('\\', out);
		return end;
	}
	if (s[1] == '<')
		return unquote_hex(s, end, out);
	if (s[1] == '\n')
		return s + 2;
	if (s[1] == '\r')
		return s + 2 < end && s[2] == '\n' ? s + 3 : s + 2;
	letter = memchr(letters, s[1], sizeof(letters) - 1);
	if (letter) {
		fputc(values[letter - letters], out);
		return s + 2;
	}
	if (s[1] >= '0' && s[1] <= '7') {
		const char *p = s + 1;

		for (; p < end && p < s + 4 && *p >= '0' && *p <= '7'; p++)
			c = c * 8 + *p - '0';
		fputc(c & 0xff, out);
		return p;
	}
	if (s[1] == 'x') {
		for (s += 2; s < end && hex_digit(*s) >= 0; s++)
			c = (c * 16 + hex_digit(*s)) & 0xff;
		fputc(c, out);
		return s;
	}
	fputc(s[1], out);
	return s + 2;
}

static void unquote(const char *s, const char *end, FILE *out)
{
	char quote = 0;

	while (s < end) {
		if (*s == '\\' && quote == '"') {
			s = unquote_escape(s, end, out);
			continue;
		}
		if (*s == '\\' && !quote && s + 1 < end && s[1] == '<') {
			s = unquote_hex(s, end, out);
			continue;
		}
		if (!quote && (*s == '"' || *s == '\''))
			quote = *s;
		else if (quote && *s == quote)
			quote = 0;
		else
			fputc(*s, out);
		s++;
	}
}

char *sl_unquote(const char *text, size_t *len)
{
	_free_ char *plain = malloc(strlen(text) + 1);
	const char *next, *first;
	char *result = NULL;
	size_t n;
	FILE *out;
	int failed;

	if (!plain)
		return NULL;
	/* Comments and outer white space go first. */
	n = take_arg(text, text + strlen(text), false, &next, &first, plain);
	out = open_memstream(&result, len);
	if (!out)
		return NULL;
	unquote(plain, plain + n, out);
	failed = ferror(out);
	if (fclose(out) != 0 || failed) {
		free(result);
		return NULL;
	}
	return result;
}

char *click_quote(struct click_arena *mem, const char *text, size_t len)
{
	char *quoted = click_alloc(mem, len * 4 + 3), *out = quoted;

	if (!quoted)
		return NULL;
	*out++ = '"';
	for (size_t i = 0; i < len; i++) {
		unsigned char c = text[i];

		if (c == '\\' || c == '"' || c == '$') {
			*out++ = '\\';
			*out++ = c;
		} else if (c == '\t' || c == '\r' || c == '\n') {
			*out++ = '\\';
			*out++ = c == '\t' ? 't' : c == '\r' ? 'r' : 'n';
		} else if (c < 32 || c >= 127) {
			*out++ = '\\';
			*out++ = '0' + (c >> 6);
			*out++ = '0' + (c >> 3 & 7);
			*out++ = '0' + (c & 7);
		} else {
			*out++ = c;
		}
	}
	*out = '"';
	return quoted;
}
