// SPDX-License-Identifier: GPL-2.0-only
/* The lines of a case file: those that go on, comments, `let`, escapes. */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "tests/element/case_lines.h"

void case_fail(struct case_lines *l, unsigned int line, const char *fmt, ...)
{
	_free_ char *message = NULL;
	va_list ap;

	if (l->failed)
		return;
	l->failed = true;
	va_start(ap, fmt);
	if (vasprintf(&message, fmt, ap) < 0)
		message = NULL;
	va_end(ap);
	if (asprintf(&l->error, "%s:%u: %s", l->path, line, message ? message : "") < 0)
		l->error = NULL;
}

/* ---- Lines -----------------------------------------------------------------------------------*/

static bool look(struct case_lines *l)
{
	ssize_t n;

	if (l->have_next)
		return true;
	n = getline(&l->next, &l->cap, l->in);
	if (n < 0)
		return false;
	l->line++;
	while (n && isspace((unsigned char)l->next[n - 1]))
		l->next[--n] = 0;
	l->have_next = true;
	return true;
}

static void strip_comment(char *s)
{
	for (char *p = s; *p; p++) {
		if (*p == '#' && (p == s || isspace((unsigned char)p[-1]))) {
			*p = 0;
			break;
		}
	}
	for (size_t n = strlen(s); n && isspace((unsigned char)s[n - 1]);)
		s[--n] = 0;
}

/* A line with those that go on with it, and without comments; NULL at the end. */
char *case_line(struct case_lines *l, unsigned int *line)
{
	_free_ char *all = NULL;
	char *joined;

	do {
		if (!look(l))
			return NULL;
		strip_comment(l->next);
		l->have_next = *l->next != 0;
	} while (!l->have_next);
	*line = l->line;
	if (isspace((unsigned char)l->next[0])) {
		case_fail(l, l->line, "nothing above that this line could go on with");
		return NULL;
	}
	all = strdup(l->next);
	l->have_next = false;
	/* A graph keeps its lines: they are not words. */
	if (all && !strcmp(all, "graph"))
		return TAKE_PTR(all);
	while (all && look(l)) {
		if (*l->next && !isspace((unsigned char)l->next[0]))
			break;
		strip_comment(l->next);
		l->have_next = false;
		if (asprintf(&joined, "%s%s", all, l->next) < 0)
			return NULL;
		free(all);
		all = joined;
	}
	if (all)
		strip_comment(all);
	return TAKE_PTR(all);
}

/* The indented text below `graph`, on the same lines as in the file. */
char *case_indented(struct case_lines *l)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	bool any = false;

	if (!f)
		return NULL;
	for (unsigned int i = 0; i < l->line; i++)
		fputc('\n', f);
	while (look(l)) {
		if (*l->next && !isspace((unsigned char)l->next[0]))
			break;
		any |= *l->next != 0;
		fprintf(f, "%s\n", l->next);
		l->have_next = false;
	}
	fclose(f);
	if (!any)
		case_fail(l, l->line, "graph without a text");
	return text;
}

/* The text of a file of graphs, from where the tests are run (the root of the tree). */
char *case_file_text(struct case_lines *l, unsigned int line, const char *path)
{
	_fclose_ FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t cap = 0;

	if (!in || getdelim(&text, &cap, 0, in) < 0)
		case_fail(l, line, "graph: '%s' cannot be read", path);
	return text;
}

/* First word of *s, which moves behind it and the white space that follows. */
char *case_word(char **s)
{
	size_t n = strcspn(*s, " \t");
	char *w = strndup(*s, n);

	*s += n;
	*s += strspn(*s, " \t");
	return w;
}

/* ---- Substitution and escapes ----------------------------------------------------------------*/

static const char *let_find(const struct case_lines *l, const char *name, size_t len)
{
	for (size_t i = l->n_lets; i-- > 0;) {
		if (strlen(l->lets[i].name) == len && !memcmp(l->lets[i].name, name, len))
			return l->lets[i].words;
	}
	return NULL;
}

char *case_substitute(struct case_lines *l, unsigned int line, const char *s)
{
	char *text = NULL;
	size_t len = 0, n;
	FILE *f = open_memstream(&text, &len);
	const char *words;

	if (!f)
		return NULL;
	while (*s) {
		if (*s != '$') {
			fputc(*s++, f);
			continue;
		}
		for (n = 1; isalnum((unsigned char)s[n]) || s[n] == '_';)
			n++;
		words = let_find(l, s + 1, n - 1);
		if (!words)
			case_fail(l, line, "no `let` for %.*s", (int)n, s);
		fputs(words ? words : "", f);
		s += n;
	}
	fclose(f);
	return text;
}

char *case_unescape(const char *s)
{
	char *text = malloc(strlen(s) + 1), *to = text;

	for (; text && *s; s++) {
		if (*s == '\\' && s[1]) {
			s++;
			*to++ = *s == 'n' ? '\n' : *s == 't' ? '\t' : *s;
		} else {
			*to++ = *s;
		}
	}
	if (text)
		*to = 0;
	return text;
}

void case_let(struct case_lines *l, unsigned int line, char *rest)
{
	_free_ char *name = case_word(&rest);

	if (rest[0] != '=' || !isspace((unsigned char)rest[1])) {
		case_fail(l, line, "write: let NAME = WORDS");
		return;
	}
	if (SL_GROW(l->lets, l->n_lets, l->cap_lets) < 0)
		return;
	rest += 1 + strspn(rest + 1, " \t");
	l->lets[l->n_lets].words = case_substitute(l, line, rest);
	l->lets[l->n_lets++].name = TAKE_PTR(name);
}

void case_lines_free(struct case_lines *l)
{
	if (l->in)
		fclose(l->in);
	free(l->next);
	for (size_t i = 0; i < l->n_lets; i++) {
		free(l->lets[i].name);
		free(l->lets[i].words);
	}
	free(l->lets);
}
