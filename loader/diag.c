// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of diagnostics, and its text form. The JSON form is in diag_json.c.
 *
 * Texts may quote what a stranger wrote, so the text form shows control characters and bytes that
 * are no UTF-8 as \xHH: a message can neither forge a second line nor drive the terminal.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "loader/diag.h"
#include "loader/mem.h"
#include "loader/utf8.h"

static void count(struct sl_diags *d, enum sl_diag_level level)
{
	if (level == SL_DIAG_ERROR)
		d->errors++;
	else if (level == SL_DIAG_WARNING)
		d->warnings++;
}

static void clear(struct sl_diag *diag)
{
	free(diag->file);
	free(diag->code);
	free(diag->element);
	free(diag->message);
	free(diag->hint);
	free(diag->detail);
	memset(diag, 0, sizeof(*diag));
}

/* A lost message counts as an error whatever its level: the caller must not take an incomplete
 * list for a good one. */
static struct sl_diag *lost(struct sl_diags *d)
{
	d->errors++;
	d->suppressed++;
	return NULL;
}

struct sl_diag *sl_diag_vadd(struct sl_diags *d, enum sl_diag_level level, struct sl_pos pos,
			     const char *code, const char *fmt, va_list ap)
{
	size_t max = d->max ? d->max : SL_DIAGS_MAX;
	struct sl_diag *diag;

	if (d->n >= max) {
		count(d, level);
		d->suppressed++;
		return NULL;
	}
	if (SL_GROW(d->list, d->n, d->cap) < 0)
		return lost(d);
	diag = &d->list[d->n];
	memset(diag, 0, sizeof(*diag));
	diag->level = level;
	diag->line = pos.line;
	diag->col = pos.col;
	if (vasprintf(&diag->message, fmt, ap) < 0)
		diag->message = NULL;
	diag->code = strdup(code);
	diag->file = pos.file ? strdup(pos.file) : NULL;
	if (!diag->message || !diag->code || (pos.file && !diag->file)) {
		clear(diag);
		return lost(d);
	}
	d->n++;
	count(d, level);
	return diag;
}

struct sl_diag *sl_diag_add(struct sl_diags *d, enum sl_diag_level level, struct sl_pos pos,
			    const char *code, const char *fmt, ...)
{
	struct sl_diag *diag;
	va_list ap;

	va_start(ap, fmt);
	diag = sl_diag_vadd(d, level, pos, code, fmt, ap);
	va_end(ap);
	return diag;
}

struct sl_diag *sl_diag_element(struct sl_diag *diag, const char *name)
{
	if (diag) {
		free(diag->element);
		diag->element = name ? strdup(name) : NULL;
	}
	return diag;
}

struct sl_diag *sl_diag_hint(struct sl_diag *diag, const char *fmt, ...)
{
	char *hint;
	va_list ap;

	if (!diag)
		return NULL;
	va_start(ap, fmt);
	if (vasprintf(&hint, fmt, ap) < 0)
		hint = NULL;
	va_end(ap);
	free(diag->hint);
	diag->hint = hint;
	return diag;
}

struct sl_diag *sl_diag_detail(struct sl_diag *diag, const char *fmt, ...)
{
	_free_ char *line = NULL;
	char *joined;
	va_list ap;

	if (!diag)
		return NULL;
	va_start(ap, fmt);
	if (vasprintf(&line, fmt, ap) < 0)
		line = NULL;
	va_end(ap);
	if (!line)
		return diag;
	if (!diag->detail) {
		diag->detail = TAKE_PTR(line);
	} else if (asprintf(&joined, "%s\n%s", diag->detail, line) >= 0) {
		free(diag->detail);
		diag->detail = joined;
	}
	return diag;
}

/* Whether a character may be shown as it is: no control character (C0, C1), and none of the marks
 * that reorder or hide what follows on a terminal. */
static bool harmless(const unsigned char *s, size_t len)
{
	if (len == 1)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (len == 2)
		return s[0] != 0xc2 || s[1] >= 0xa0;
	if (len == 3 && s[0] == 0xe2 && s[1] == 0x80)
		return !(s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xaa && s[2] <= 0xae));
	return !(len == 3 && s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9);
}

void sl_text_put(FILE *out, const char *text, const char *indent)
{
	if (indent)
		fputs(indent, out);
	while (*text) {
		const unsigned char *s = (const unsigned char *)text;
		size_t n = sl_utf8_len(text);

		if (n && harmless(s, n)) {
			fwrite(s, 1, n, out);
			text += n;
			continue;
		}
		if (*s == '\n' && indent)
			fprintf(out, "\n%s", s[1] ? indent : "");
		else if (*s == '\t' && indent)
			fputc('\t', out);
		else
			fprintf(out, *s == '\n' ? "\\n" : *s == '\t' ? "\\t" : "\\x%02x", *s);
		text++;
	}
}

static const char *level_name(enum sl_diag_level level)
{
	switch (level) {
	case SL_DIAG_ERROR:
		return "error";
	case SL_DIAG_WARNING:
		return "warning";
	default:
		return "note";
	}
}

void sl_diags_print(const struct sl_diags *d, FILE *out)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct sl_diag *diag = &d->list[i];

		if (diag->file) {
			sl_text_put(out, diag->file, NULL);
			fputc(':', out);
			if (diag->line)
				fprintf(out, "%u:", diag->line);
			if (diag->line && diag->col)
				fprintf(out, "%u:", diag->col);
			fputc(' ', out);
		}
		fprintf(out, "%s: ", level_name(diag->level));
		sl_text_put(out, diag->message, NULL);
		if (diag->element) {
			fputs(" [element '", out);
			sl_text_put(out, diag->element, NULL);
			fputs("']", out);
		}
		fputc('\n', out);
		if (diag->hint) {
			fputs("    fix: ", out);
			sl_text_put(out, diag->hint, NULL);
			fputc('\n', out);
		}
		if (diag->detail) {
			sl_text_put(out, diag->detail, "    ");
			fputc('\n', out);
		}
	}
	if (d->suppressed)
		fprintf(out, "(%zu more message%s not shown)\n", d->suppressed,
			d->suppressed == 1 ? "" : "s");
}

void sl_diags_move(struct sl_diags *d, struct sl_diags *from)
{
	size_t max = d->max ? d->max : SL_DIAGS_MAX;

	for (size_t i = 0; i < from->n; i++) {
		if (d->n >= max) {
			d->suppressed++;
			clear(&from->list[i]);
		} else if (SL_GROW(d->list, d->n, d->cap) < 0) {
			lost(d);
			clear(&from->list[i]);
		} else {
			d->list[d->n++] = from->list[i];
		}
	}
	d->errors += from->errors;
	d->warnings += from->warnings;
	d->suppressed += from->suppressed;
	free(from->list);
	memset(from, 0, sizeof(*from));
}

void sl_diags_free(struct sl_diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		clear(&d->list[i]);
	free(d->list);
	memset(d, 0, sizeof(*d));
}
