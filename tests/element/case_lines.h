/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of a case file, for case_file.c. */
#ifndef SL_TESTS_CASE_LINES_H
#define SL_TESTS_CASE_LINES_H

#include <stdbool.h>
#include <stdio.h>

struct case_let {
	char *name, *words;
};

struct case_lines {
	const char *path;
	FILE *in;
	unsigned int line; /* of the line in `next` */
	char *next;	   /* a line looked at but not used */
	size_t cap;
	bool have_next, failed;
	char *error; /* the first thing that was wrong */
	struct case_let *lets;
	size_t n_lets, cap_lets;
};

void case_fail(struct case_lines *l, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A line with those that go on with it, and without comments; NULL at the end. */
char *case_line(struct case_lines *l, unsigned int *line);
/* The indented text below `graph`, on the same lines as in the file. */
char *case_indented(struct case_lines *l);
/* The text of a graph's own file. */
char *case_file_text(struct case_lines *l, unsigned int line, const char *path);
/* First word of *s, which moves behind it and the white space that follows. */
char *case_word(char **s);

/* `let NAME = WORDS` without its first word. */
void case_let(struct case_lines *l, unsigned int line, char *rest);
/* `s` with what every $NAME stands for. */
char *case_substitute(struct case_lines *l, unsigned int line, const char *s);
/* `s` with what \n, \t and \c stand for. */
char *case_unescape(const char *s);

void case_lines_free(struct case_lines *l);

#endif
