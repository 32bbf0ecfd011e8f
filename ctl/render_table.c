// SPDX-License-Identifier: GPL-2.0-only
/* Lists of objects as tables: columns as wide as they need to be, numbers to the right. */
#include <stdlib.h>
#include <string.h>

#include "ctl/render.h"
#include "loader/mem.h"

#define MAX_COLUMNS 64

struct column {
	char *name;
	char title[64];
	size_t width;
	bool number; /* every cell is one */
	bool used;   /* some row has it */
};

struct table {
	struct column columns[MAX_COLUMNS];
	size_t n;
	char **cells; /* rows times n */
	size_t rows;
};

static void table_free(struct table *t)
{
	for (size_t i = 0; t->cells && i < t->rows * t->n; i++)
		free(t->cells[i]);
	free(t->cells);
	for (size_t i = 0; i < t->n; i++)
		free(t->columns[i].name);
}

static void add_column(struct table *t, const char *name, size_t len)
{
	struct column *c = &t->columns[t->n];

	for (size_t i = 0; i < t->n; i++)
		if (strlen(t->columns[i].name) == len && !strncmp(t->columns[i].name, name, len))
			return;
	if (t->n == MAX_COLUMNS)
		return;
	c->name = strndup(name, len);
	if (!c->name)
		return;
	ctl_render_title(c->name, true, c->title, sizeof(c->title));
	c->number = true;
	t->n++;
}

static void find_columns(struct table *t, struct json_object *rows, const char *columns)
{
	if (columns) {
		for (const char *p = columns; *p; p += strspn(p, " ")) {
			size_t n = strcspn(p, " ");

			add_column(t, p, n);
			p += n;
		}
		return;
	}
	for (size_t i = 0; i < t->rows; i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (!json_object_is_type(row, json_type_object))
			continue;
		json_object_object_foreach (row, key, v) {
			(void)v;
			add_column(t, key, strlen(key));
		}
	}
}

/* Characters, not bytes. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void fill(struct table *t, struct json_object *rows)
{
	for (size_t i = 0; i < t->rows; i++) {
		struct json_object *row = json_object_array_get_idx(rows, i), *v;

		for (size_t k = 0; k < t->n; k++) {
			struct column *c = &t->columns[k];
			char *cell;

			v = ctl_render_member(row, c->name);
			cell = ctl_render_cell(c->name, v, k + 1 == t->n);
			t->cells[i * t->n + k] = cell;
			if (!v || !cell)
				continue;
			c->used = true;
			c->number &= json_object_is_type(v, json_type_int) ||
				     json_object_is_type(v, json_type_double);
			if (width(cell) > c->width)
				c->width = width(cell);
		}
	}
	for (size_t k = 0; k < t->n; k++)
		if (width(t->columns[k].title) > t->columns[k].width)
			t->columns[k].width = width(t->columns[k].title);
}

/* The last column may have several lines: they stand below each other. */
static void put_lines(const char *cell, const char *indent, size_t col, FILE *out)
{
	for (; *cell; cell++) {
		fputc(*cell, out);
		if (*cell == '\n' && cell[1])
			fprintf(out, "%s%*s", indent, (int)col, "");
		else if (*cell == '\n')
			return;
	}
	fputc('\n', out);
}

static void put_row(const struct table *t, char *const *cells, const char *indent, FILE *out)
{
	size_t last = t->n, col = 0;

	while (last > 0 && !t->columns[last - 1].used)
		last--;
	fputs(indent, out);
	for (size_t k = 0; k < last; k++) {
		const struct column *c = &t->columns[k];
		const char *cell = cells ? cells[k] : c->title;
		size_t w;

		if (!c->used)
			continue;
		cell = cell ? cell : "-";
		w = width(cell);
		if (k + 1 == last && !c->number) {
			put_lines(cell, indent, col, out);
			return;
		}
		col += c->width + 2;
		if (c->number)
			fprintf(out, "%*s%s", (int)(c->width - w), "", cell);
		else
			fprintf(out, "%s%*s", cell, (int)(c->width - w), "");
		if (k + 1 < last)
			fputs("  ", out);
	}
	fputc('\n', out);
}

void ctl_render_table(struct json_object *rows, const char *columns, const char *indent, FILE *out)
{
	struct table t
		__attribute__((cleanup(table_free))) = {.rows = json_object_array_length(rows)};

	find_columns(&t, rows, columns);
	t.cells = calloc(t.rows * t.n + 1, sizeof(*t.cells));
	if (!t.cells)
		return;
	fill(&t, rows);
	put_row(&t, NULL, indent, out);
	for (size_t i = 0; i < t.rows; i++)
		put_row(&t, t.cells + i * t.n, indent, out);
}
