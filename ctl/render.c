// SPDX-License-Identifier: GPL-2.0-only
/* Results as JSON, or as text: values, trees. Tables are in render_table.c. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/render.h"
#include "loader/mem.h"

/* Deeper than any result; a daemon that sends more is shown as far as this. */
#define MAX_DEPTH 12

/* ---- Values ----------------------------------------------------------------------------------*/

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && !strcmp(name + n - k, end);
}

void ctl_render_title(const char *name, bool upper, char *buf, size_t size)
{
	const char *dot = strrchr(name, '.');
	size_t n, i;

	name = dot ? dot + 1 : name;
	n = strlen(name);
	if (ends_in(name, "_ns") || ends_in(name, "_ms"))
		n -= 3;
	else if (ends_in(name, "_s"))
		n -= 2;
	for (i = 0; i < n && i + 1 < size; i++) {
		char c = name[i] == '_' ? ' ' : name[i];

		/* Names of members are ours; a stranger's in their place is not shown as it is. */
		if ((unsigned char)c < 0x20 || (unsigned char)c >= 0x7f)
			c = '?';

		buf[i] = upper ? (char)toupper((unsigned char)c) : c;
	}
	buf[i] = 0;
}

static void put_scaled(double v, const char *const *units, double step, FILE *out)
{
	while (units[1] && v >= step) {
		v /= step;
		units++;
	}
	if (v >= 1000)
		fprintf(out, "%.0f %s", v, *units);
	else
		fprintf(out, v < 10 && v != (double)(long)v ? "%.2f %s" : "%.4g %s", v, *units);
}

static void put_number(const char *name, struct json_object *v, FILE *out)
{
	static const char *const times[] = {"ns", "us", "ms", "s", NULL};
	static const char *const rates[] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", NULL};
	double d = json_object_get_double(v);

	if (ends_in(name, "_ns"))
		put_scaled(d, times, 1000, out);
	else if (ends_in(name, "_bps"))
		put_scaled(d, rates, 1000, out);
	else if (ends_in(name, "_ms"))
		fprintf(out, "%.6g ms", d);
	else if (ends_in(name, "_s"))
		fprintf(out, "%.6g s", d);
	else if (json_object_is_type(v, json_type_double))
		fprintf(out, "%.6g", d);
	else if (json_object_get_int64(v) < 0)
		fprintf(out, "%" PRId64, json_object_get_int64(v));
	else
		fprintf(out, "%" PRIu64, json_object_get_uint64(v));
}

/* A member, or with dots in the name one further in. */
static struct json_object *member(struct json_object *o, const char *name)
{
	struct json_object *v = NULL;
	const char *dot = strchr(name, '.');
	char first[64];

	if (!json_object_is_type(o, json_type_object))
		return NULL;
	if (json_object_object_get_ex(o, name, &v) || !dot)
		return v;
	snprintf(first, sizeof(first), "%.*s", (int)(dot - name), name);
	json_object_object_get_ex(o, first, &v);
	return member(v, dot + 1);
}

struct json_object *ctl_render_member(struct json_object *o, const char *name)
{
	return member(o, name);
}

/* What stands for an object in one cell of a table. */
static struct json_object *name_of(struct json_object *o)
{
	static const char *const names[] = {"name", "device", "element"};
	struct json_object *v = NULL;

	for (size_t i = 0; !v && i < sizeof(names) / sizeof(names[0]); i++)
		v = member(o, names[i]);
	return v;
}

static void put_cell(const char *name, struct json_object *v, int depth, FILE *out);

static void put_list(struct json_object *list, int depth, FILE *out)
{
	size_t n = json_object_array_length(list);

	if (!n)
		fputc('-', out);
	for (size_t i = 0; i < n; i++) {
		struct json_object *v = json_object_array_get_idx(list, i), *title = NULL;

		if (json_object_is_type(v, json_type_object))
			title = name_of(v);
		fputs(i ? ", " : "", out);
		put_cell("", title ? title : v, depth + 1, out);
	}
}

static void put_members(struct json_object *o, int depth, FILE *out)
{
	const char *sep = "";

	if (!json_object_object_length(o))
		fputc('-', out);
	json_object_object_foreach (o, key, v) {
		fputs(sep, out);
		sl_text_put(out, key, NULL);
		fputc(' ', out);
		put_cell(key, v, depth + 1, out);
		sep = ", ";
	}
}

static void put_cell(const char *name, struct json_object *v, int depth, FILE *out)
{
	if (depth > MAX_DEPTH) {
		fputs("...", out);
		return;
	}
	switch (json_object_get_type(v)) {
	case json_type_null:
		fputc('-', out);
		break;
	case json_type_boolean:
		fputs(json_object_get_boolean(v) ? "yes" : "no", out);
		break;
	case json_type_int:
	case json_type_double:
		put_number(name, v, out);
		break;
	case json_type_string:
		sl_text_put(out, json_object_get_string(v), NULL);
		break;
	case json_type_array:
		put_list(v, depth, out);
		break;
	case json_type_object:
		put_members(v, depth, out);
		break;
	}
}

char *ctl_render_cell(const char *name, struct json_object *value, bool lines)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	if (lines && json_object_is_type(value, json_type_string))
		sl_text_put(f, json_object_get_string(value), "");
	else
		put_cell(name, value, 0, f);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

/* ---- Trees -----------------------------------------------------------------------------------*/

static bool is_table(struct json_object *v)
{
	return json_object_is_type(v, json_type_array) && json_object_array_length(v) &&
	       json_object_is_type(json_object_array_get_idx(v, 0), json_type_object);
}

static bool is_block(struct json_object *v)
{
	return json_object_is_type(v, json_type_string) &&
	       strchr(json_object_get_string(v), '\n') != NULL;
}

/* Whether a value stands on the line of its name. */
static bool is_short(struct json_object *v)
{
	if (json_object_is_type(v, json_type_object))
		return json_object_object_length(v) == 0;
	return !is_table(v) && !is_block(v);
}

static size_t name_width(struct json_object *o)
{
	size_t width = 0;

	json_object_object_foreach (o, key, v) {
		size_t n = strlen(key);

		if (is_short(v) && n > width)
			width = n;
	}
	return width < 24 ? width : 24;
}

static void put_tree(struct json_object *o, int depth, FILE *out)
{
	size_t width = name_width(o);
	char indent[2 * MAX_DEPTH + 3], title[64];

	if (depth > MAX_DEPTH)
		return;
	snprintf(indent, sizeof(indent), "%*s", 2 * depth, "");
	json_object_object_foreach (o, key, v) {
		ctl_render_title(key, false, title, sizeof(title));
		fputs(indent, out);
		sl_text_put(out, title, NULL);
		fputc(':', out);
		if (is_short(v)) {
			size_t n = strlen(title);

			fprintf(out, "%*s", n < width ? (int)(width - n) + 1 : 1, "");
			put_cell(key, v, 0, out);
			fputc('\n', out);
			continue;
		}
		fputc('\n', out);
		snprintf(indent, sizeof(indent), "%*s", 2 * depth + 2, "");
		if (is_block(v)) {
			sl_text_put(out, json_object_get_string(v), indent);
			fputs(ends_in(json_object_get_string(v), "\n") ? "" : "\n", out);
		} else if (is_table(v)) {
			ctl_render_table(v, NULL, indent, out);
		} else {
			put_tree(v, depth + 1, out);
		}
		indent[2 * depth] = 0;
	}
}

/* ---- Results ---------------------------------------------------------------------------------*/

/* Text that may be wanted byte for byte (a graph to be read again), unless a person looks. */
static void put_raw(const char *text, FILE *out)
{
	if (isatty(fileno(out)))
		sl_text_put(out, text, "");
	else
		fputs(text, out);
	if (*text && !ends_in(text, "\n") && strcmp(text, "\n"))
		fputc('\n', out);
}

/* The members named, those that are there, on one line. */
static void put_line(struct json_object *o, const char *names, FILE *out)
{
	const char *sep = "";

	for (const char *p = names; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		char name[32];
		struct json_object *v;

		snprintf(name, sizeof(name), "%.*s", (int)n, p);
		p += n;
		v = member(o, name);
		if (!v)
			continue;
		fputs(sep, out);
		put_cell(name, v, 0, out);
		sep = " ";
	}
	fputc('\n', out);
}

static void put_text(struct json_object *result, const struct ctl_view *view, FILE *out)
{
	struct json_object *v = NULL;

	if (view && view->line) {
		put_line(result, view->line, out);
		return;
	}
	if (view && view->raw)
		v = member(result, view->raw);
	if (v && json_object_is_type(v, json_type_string)) {
		put_raw(json_object_get_string(v), out);
		return;
	}
	if (view && view->table)
		v = member(result, view->table);
	if (v && json_object_is_type(v, json_type_array)) {
		if (json_object_array_length(v))
			ctl_render_table(v, view->columns, "", out);
		else if (view->empty)
			fprintf(out, "%s\n", view->empty);
		return;
	}
	if (json_object_is_type(result, json_type_object))
		put_tree(result, 0, out);
}

int ctl_render(struct json_object *result, const struct ctl_view *view, bool json, FILE *out)
{
	if (json)
		fprintf(out, "%s\n",
			json_object_to_json_string_ext(
				result, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		put_text(result, view, out);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

int ctl_render_part(struct json_object *part, const struct ctl_view *view, bool json, FILE *out)
{
	if (json)
		fprintf(out, "%s\n",
			json_object_to_json_string_ext(
				part, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		put_text(part, view, out);
	return fflush(out) || ferror(out) ? -EIO : 0;
}
