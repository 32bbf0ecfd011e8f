/* SPDX-License-Identifier: GPL-2.0-only */
/* References to variables in a text. */
#ifndef SL_CLICK_VAR_REF_H
#define SL_CLICK_VAR_REF_H

#include <stdbool.h>
#include <stddef.h>

/* A reference in a text: "$name", "${...}", "$(...)". */
struct ref {
	const char *name; /* between the brackets */
	size_t len;
	char kind; /* '{', '(' or 'a' */
	bool nested;
	const char *end;
};

enum found { NO_REF, REF, UNENDED };

/* At a '$'. UNENDED: brackets that never close, the rest is plain text. */
enum found click_parse_ref(const char *s, const char *end, struct ref *ref);

/* "name [i] -default" of a "${...}". */
struct braces {
	const char *name;
	size_t len;
	bool indexed;
	unsigned long index;
	const char *def; /* NULL: none */
	size_t def_len;
};

struct braces click_parse_braces(const char *s, size_t len);

#endif
