/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Diagnostics: what went wrong, where in the user's own text, and what to do about it.
 *
 * Every stage that reads something a person wrote (graph, node file, command line) adds to one
 * list and carries on where it can, so that all mistakes are reported and not only the first.
 * The list is rendered once, by whoever talks to the person: as `FILE:LINE:COL: error: ...`
 * lines or as JSON.
 */
#ifndef SL_DIAG_H
#define SL_DIAG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <json-c/json.h>

enum sl_diag_level { SL_DIAG_NOTE, SL_DIAG_WARNING, SL_DIAG_ERROR };

/* A place in a text somebody wrote. `line` and `col` count from 1; 0 means "not known", and
 * `file` NULL means the message is about no file. */
struct sl_pos {
	const char *file;
	unsigned int line;
	unsigned int col;
};

#define SL_NOPOS ((struct sl_pos){0})

struct sl_diag {
	enum sl_diag_level level;
	char *file; /* owned copy of pos.file, or NULL */
	unsigned int line;
	unsigned int col;
	char *code;    /* stable machine name, e.g. "unknown-class" */
	char *element; /* full element name, or NULL */
	char *message; /* one sentence: what is wrong */
	char *hint;    /* one sentence: what to do about it, or NULL */
	char *detail;  /* further lines shown indented below (verifier log, candidates), or NULL */
};

/* A growing list; zero-initialised is empty. Free with sl_diags_free(). Allocation failure while
 * adding is counted as an error (`oom`) so that a full list never reads as success. */
struct sl_diags {
	struct sl_diag *list;
	size_t n;
	size_t cap;
	unsigned int errors;
	unsigned int warnings;
	/* Further messages are counted but not kept past this many (0: SL_DIAGS_MAX). */
	size_t max;
	size_t suppressed;
};

#define SL_DIAGS_MAX 200

/*
 * Adds one message and returns it so that the caller can add an element, a hint or detail, or
 * NULL if it was not kept (limit reached or out of memory): sl_diag_element() and the others take
 * NULL. `code` is a literal; `fmt` is printf's.
 */
struct sl_diag *sl_diag_add(struct sl_diags *d, enum sl_diag_level level, struct sl_pos pos,
			    const char *code, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
struct sl_diag *sl_diag_vadd(struct sl_diags *d, enum sl_diag_level level, struct sl_pos pos,
			     const char *code, const char *fmt, va_list ap)
	__attribute__((format(printf, 5, 0)));

#define sl_error(d, pos, code, ...) sl_diag_add(d, SL_DIAG_ERROR, pos, code, __VA_ARGS__)
#define sl_warn(d, pos, code, ...) sl_diag_add(d, SL_DIAG_WARNING, pos, code, __VA_ARGS__)
#define sl_note(d, pos, code, ...) sl_diag_add(d, SL_DIAG_NOTE, pos, code, __VA_ARGS__)

struct sl_diag *sl_diag_element(struct sl_diag *diag, const char *name);
struct sl_diag *sl_diag_hint(struct sl_diag *diag, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Appends one line to the detail. */
struct sl_diag *sl_diag_detail(struct sl_diag *diag, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Text for people: `FILE:LINE:COL: error: message [element 'x']`, then `    fix: hint`, then the
 * detail indented by four. */
void sl_diags_print(const struct sl_diags *d, FILE *out);

/*
 * Writes text that may quote a stranger: control characters and bytes that are no UTF-8 as \xHH, so
 * that it can neither forge a line nor drive a terminal. `indent` NULL: all on one line; otherwise
 * line ends and tabs are kept and each line is indented.
 */
void sl_text_put(FILE *out, const char *text, const char *indent);

/* [{level, code, file, line, col, element, message, hint, detail}], members left out where not
 * known. The caller puts the reference. NULL when out of memory. */
struct json_object *sl_diags_json(const struct sl_diags *d);
/* Adds what sl_diags_json() made (received from another process). 0 or -EINVAL. */
int sl_diags_from_json(struct sl_diags *d, struct json_object *array);

/* Adds the messages of `from`, as far as there is room; `from` is then empty. */
void sl_diags_move(struct sl_diags *d, struct sl_diags *from);

void sl_diags_free(struct sl_diags *d);

#endif
