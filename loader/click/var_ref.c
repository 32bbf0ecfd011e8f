// SPDX-License-Identifier: GPL-2.0-only
/* How a reference to a variable is written; what it stands for is found in vars.c. */
#include "loader/click/var_ref.h"
#include "loader/click/text.h"

/* The '}' that ends what starts at `s`, or NULL. */
static const char *brace_end(const char *s, const char *end, bool *nested)
{
	unsigned int depth = 1;

	for (; s < end; s++) {
		if (*s == '$')
			*nested = true;
		if (*s == '$' && s + 1 < end && s[1] == '{') {
			depth++;
			s++;
		} else if (*s == '}' && --depth == 0) {
			return s;
		}
	}
	return NULL;
}

static const char *paren_end(const char *s, const char *end, bool *nested)
{
	unsigned int depth = 1;
	char quote = 0;

	for (; s < end; s++) {
		switch (*s) {
		case '(':
			depth += !quote;
			break;
		case ')':
			if (!quote && --depth == 0)
				return s;
			break;
		case '"':
		case '\'':
			if (!quote)
				quote = *s;
			else if (quote == *s)
				quote = 0;
			break;
		case '\\':
			if (s + 1 < end && quote != '\'')
				s++;
			break;
		case '$':
			*nested |= quote != '\'';
			break;
		default:
			break;
		}
	}
	return NULL;
}

enum found click_parse_ref(const char *s, const char *end, struct ref *ref)
{
	*ref = (struct ref){.name = s + 2};
	if (s + 1 >= end)
		return NO_REF;
	if (s[1] == '{' || s[1] == '(') {
		const char *close = s[1] == '{' ? brace_end(s + 2, end, &ref->nested)
						: paren_end(s + 2, end, &ref->nested);

		if (!close)
			return UNENDED;
		ref->kind = s[1];
		ref->len = close - ref->name;
		ref->end = close + 1;
		return REF;
	}
	ref->name = ref->end = s + 1;
	ref->kind = 'a';
	if (click_isvar(s[1])) {
		while (ref->end < end && click_isvar(*ref->end))
			ref->end++;
	} else if (s[1] == '?' || s[1] == '#' || s[1] == '$') {
		ref->end++; /* names of scripts, never defined here */
	} else {
		return NO_REF;
	}
	ref->len = ref->end - ref->name;
	return REF;
}

struct braces click_parse_braces(const char *s, size_t len)
{
	const char *end = s + len, *p;
	struct braces b = {0};

	while (s < end && click_isspace(*s))
		s++;
	for (b.name = s; s < end && click_isvar(*s); s++)
		;
	b.len = s - b.name;
	while (s < end && click_isspace(*s))
		s++;
	if (s < end && *s == '[') {
		for (p = s + 1; p < end && click_isspace(*p); p++)
			;
		if (p < end && click_isdigit(*p)) {
			for (; p < end && click_isdigit(*p); p++) {
				if (b.index < 1UL << 30)
					b.index = b.index * 10 + (unsigned long)(*p - '0');
			}
			b.indexed = p < end && *p == ']';
		}
		if (b.indexed) {
			for (s = p + 1; s < end && click_isspace(*s); s++)
				;
		}
	}
	if (s < end && *s == '-') {
		b.def = s + 1;
		b.def_len = end - s - 1;
	}
	return b;
}
