// SPDX-License-Identifier: GPL-2.0-only
/*
 * Substitution in an instruction's text: $name, ${name}, $(handler args), $?, $#, $1, $args, $0,
 * $write. What cannot be substituted stays as it is, as in Click.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/click/text.h"
#include "loader/config/config.h"
#include "loader/mem.h"
#include "loader/script/int.h"

/* References inside of references: deeper ones stay as they are. */
#define MAX_DEPTH 10

/* A reference: [name, end_of_name), and where the text goes on. */
struct ref {
	const char *name;
	size_t len;
	const char *next;
	bool call, nested;
};

/* "${...}" */
static bool braces(const char *s, const char *end, struct ref *r)
{
	const char *close = memchr(s, '}', (size_t)(end - s));

	if (!close)
		return false;
	*r = (struct ref){s, (size_t)(close - s), close + 1, false,
			  memchr(s, '$', (size_t)(close - s)) != NULL};
	return true;
}

/* "$(...)" */
static bool brackets(const char *s, const char *end, struct ref *r)
{
	const char *name = s;
	int level = 1;
	char quote = 0;

	*r = (struct ref){.name = name, .call = true};
	for (; s < end && level; s++) {
		if (*s == '(' && !quote)
			level++;
		else if (*s == ')' && !quote)
			level--;
		else if ((*s == '"' || *s == '\'') && (!quote || quote == *s))
			quote = quote ? 0 : *s;
		else if (*s == '\\' && s + 1 < end && quote != '\'')
			s++;
		else if (*s == '$' && quote != '\'')
			r->nested = true;
	}
	r->next = s;
	r->len = (size_t)(s - name) - !level;
	return !level;
}

/* What begins with the '$' at `s`; false: that is only a character. *broken: nothing behind it is
 * looked at. */
static bool find_ref(const char *s, const char *end, struct ref *r, bool *broken)
{
	const char *from = s + 1;

	*broken = false;
	if (from >= end)
		return false;
	if (*from == '{' || *from == '(') {
		*broken = !(*from == '{' ? braces(from + 1, end, r) : brackets(from + 1, end, r));
		return !*broken;
	}
	if (*from == '?' || *from == '#') {
		*r = (struct ref){from, 1, from + 1, false, false};
		return true;
	}
	for (s = from; s < end && click_isvar(*s);)
		s++;
	*r = (struct ref){from, (size_t)(s - from), s, false, false};
	return s > from;
}

/* ---- Values ----------------------------------------------------------------------------------*/

/* The n-th word of what a handler was called with, or how many there are. */
static int argument(struct one *s, long n, struct buf *out)
{
	const char *args = s->args ? s->args : "";
	long count = 0;
	int ret = 0;

	while (*args) {
		_free_ char *word = script_word(s->set, &args, &ret);

		if (ret)
			return ret;
		if (!*word)
			break;
		if (++count == n)
			return buf_add(out, word, strlen(word));
	}
	return n ? 0 : buf_print(out, "%ld", count);
}

/* 0, -ENOENT (no such variable), -errno. */
static int variable(struct one *s, const char *name, struct buf *out)
{
	const char *value;

	if (!var_get(s, name, &value))
		return buf_add(out, value, strlen(value));
	if (!strcmp(name, "?"))
		return buf_print(out, "%d", s->status);
	if (!strcmp(name, "#"))
		return argument(s, 0, out);
	if (!strcmp(name, "0"))
		return s->handler ? buf_add(out, s->handler, strlen(s->handler)) : 0;
	if (!strcmp(name, "write"))
		return buf_print(out, "%s", s->write ? "true" : "false");
	if (*name >= '1' && *name <= '9' && strlen(name) <= 6 && !name[strspn(name, "0123456789")])
		return argument(s, atol(name), out);
	return -ENOENT;
}

static int expand_part(struct one *s, const char *text, size_t len, bool quote, int depth,
		       struct buf *out);

/* One reference. *known: it was substituted; *name gets what it names. */
static int value_of(struct one *s, const struct ref *r, int depth, struct buf *name,
		    struct buf *value, bool *known)
{
	int ret = r->nested ? expand_part(s, r->name, r->len, false, depth + 1, name)
			    : buf_add(name, r->name, r->len);

	ret = ret ? ret : spend(s->set, 1);
	if (ret)
		return ret;
	if (r->call)
		ret = call_read(s, buf_text(name), false, value);
	else
		ret = variable(s, buf_text(name), value);
	*known = !ret;
	return ret == -EDQUOT || ret == -ENOMEM ? ret : 0;
}

static int put_value(const char *text, char quote, bool quote_values, struct buf *out)
{
	if (quote == '"')
		return add_quoted(out, text, false);
	if (quote_values && !quote)
		return add_quoted(out, text, true);
	return buf_add(out, text, strlen(text));
}

static int substitute(struct one *s, const struct ref *r, const char *dollar, char quote,
		      bool quote_values, int depth, struct buf *out)
{
	_buf_ struct buf name = {.set = s->set}, value = {.set = s->set};
	bool known = false;
	int ret = value_of(s, r, depth, &name, &value, &known);

	if (ret)
		return ret;
	if (known)
		return put_value(buf_text(&value), quote, quote_values, out);
	if (!r->nested)
		return buf_add(out, dollar, (size_t)(r->next - dollar));
	ret = buf_add(out, dollar, 2);
	ret = ret ? ret : buf_add(out, buf_text(&name), name.len);
	return ret ? ret : buf_add(out, r->next - 1, 1);
}

static int expand_part(struct one *s, const char *text, size_t len, bool quote_values, int depth,
		       struct buf *out)
{
	const char *end = text + len, *done = text;
	char quote = 0;

	for (const char *at = text; at < end;) {
		struct ref r = {0};
		bool broken = false;
		int ret;

		if (*at == '\\' && quote == '"' && at + 1 < end) {
			at += 2;
			continue;
		}
		if ((*at == '"' || *at == '\'') && (!quote || quote == *at))
			quote = quote ? 0 : *at;
		if (!quote && click_is_comment(at, end)) {
			at = click_skip_comment(at, end);
			continue;
		}
		if (*at != '$' || quote == '\'' || depth > MAX_DEPTH ||
		    !find_ref(at, end, &r, &broken)) {
			if (*at == '$' && quote != '\'' && depth <= MAX_DEPTH && broken)
				break;
			at++;
			continue;
		}
		ret = buf_add(out, done, (size_t)(at - done));
		ret = ret ? ret : substitute(s, &r, at, quote, quote_values, depth, out);
		if (ret)
			return ret;
		at = done = r.next;
	}
	return buf_add(out, done, (size_t)(end - done));
}

int expand(struct one *s, const char *text, bool quote, struct buf *out)
{
	return expand_part(s, text, strlen(text), quote, 0, out);
}
