// SPDX-License-Identifier: GPL-2.0-only
/* Text that scripts make: of bounded length, and paid for. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/script/int.h"

int spend(struct sl_scripts *set, size_t units)
{
	set->units -= (int64_t)(units > SL_SCRIPT_UNITS ? SL_SCRIPT_UNITS + 1 : units);
	if (set->units >= 0)
		return 0;
	set->limit = "an instruction that does so much";
	return -EDQUOT;
}

void buf_freep(struct buf *b)
{
	free(b->s);
}

int buf_add(struct buf *b, const char *s, size_t len)
{
	int ret = spend(b->set, len / 16);

	if (ret)
		return ret;
	if (b->len + len > SL_SCRIPT_VALUE) {
		b->set->limit = "a text of more than 16384 bytes";
		return -EDQUOT;
	}
	if (b->len + len + 1 > b->cap) {
		size_t cap = (b->len + len + 1) * 2;
		char *grown = realloc(b->s, cap);

		if (!grown)
			return -ENOMEM;
		b->s = grown;
		b->cap = cap;
	}
	memcpy(b->s + b->len, s, len);
	b->len += len;
	b->s[b->len] = 0;
	return 0;
}

int buf_print(struct buf *b, const char *fmt, ...)
{
	_free_ char *text = NULL;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return buf_add(b, text, (size_t)len);
}

char *buf_take(struct buf *b)
{
	char *s = b->s ? b->s : strdup("");

	*b = (struct buf){.set = b->set};
	return s;
}

char *script_word(struct sl_scripts *set, const char **s, int *ret)
{
	char *word = sl_next_word(s);

	*ret = word || !**s ? 0 : -ENOMEM;
	if (!word && !*ret)
		word = strdup("");
	*ret = word ? spend(set, 1 + strlen(word) / 16) : -ENOMEM;
	if (*ret) {
		free(word);
		return NULL;
	}
	return word;
}

int add_unquoted(struct buf *out, const char *text)
{
	_free_ char *plain = NULL;
	size_t len = 0;
	int ret = spend(out->set, 1 + strlen(text) / 16);

	if (ret)
		return ret;
	plain = sl_unquote(text, &len);
	if (!plain)
		return -ENOMEM;
	if (memchr(plain, 0, len)) {
		out->set->limit = "a byte 0 in a text";
		return -EDQUOT;
	}
	return buf_add(out, plain, len);
}

/* Characters that need no escape. */
static size_t plain_run(const char *s)
{
	size_t n = 0;

	while (s[n] >= 32 && s[n] < 127 && s[n] != '\\' && s[n] != '"' && s[n] != '$')
		n++;
	return n;
}

int add_quoted(struct buf *out, const char *text, bool outer)
{
	static const char special[] = "\t\r\n", letters[] = "trn";
	int ret = outer ? buf_add(out, "\"", 1) : 0;

	while (*text && !ret) {
		size_t n = plain_run(text);
		unsigned char c = (unsigned char)text[n];
		const char *found = c ? strchr(special, c) : NULL;

		ret = buf_add(out, text, n);
		text += n + (c != 0);
		if (ret || !c)
			break;
		if (found)
			ret = buf_print(out, "\\%c", letters[found - special]);
		else if (c >= 32 && c < 127)
			ret = buf_print(out, "\\%c", c);
		else
			ret = buf_print(out, "\\%03o", c);
		ret = ret ? ret : spend(out->set, 1);
	}
	return ret || !outer ? ret : buf_add(out, "\"", 1);
}
