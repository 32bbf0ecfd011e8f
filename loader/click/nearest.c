// SPDX-License-Identifier: GPL-2.0-only
/*
 * "Did you mean": the known name with the fewest typing mistakes to a given one, by the
 * Damerau-Levenshtein distance (restricted: optimal string alignment). A wrong case counts least.
 */
#include <string.h>

#include "loader/click/scope.h"

#define MAX_NAME 48   /* longer names are not compared */
#define MAX_SEEN 4096 /* nor more than this many of them */
/* Costs, so that a difference in case alone always wins. */
#define COST 4
#define COST_CASE 1

struct best {
	const char *name;
	unsigned int distance;
	const char *wanted;
	size_t len;
	size_t seen;
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

static unsigned int substitution(char a, char b)
{
	if (a == b)
		return 0;
	return lower(a) == lower(b) ? COST_CASE : COST;
}

static unsigned int distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned int rows[3][MAX_NAME + 1];

	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = (unsigned int)j * COST;
	for (size_t i = 1; i <= na; i++) {
		unsigned int *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];

		row[0] = (unsigned int)i * COST;
		for (size_t j = 1; j <= nb; j++) {
			row[j] = min3(row[j - 1] + COST, up[j] + COST,
				      up[j - 1] + substitution(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    up2[j - 2] + COST < row[j])
				row[j] = up2[j - 2] + COST;
		}
	}
	return rows[na % 3][nb];
}

static void best_init(struct best *b, const char *wanted, size_t len)
{
	*b = (struct best){.wanted = wanted, .len = len};
	/* A third of the letters may be wrong, two in short names, one in very short ones. */
	b->distance = COST * (unsigned int)(len < 4 ? 1 : len < 9 ? 2 : len / 3) + COST - 1;
}

static void best_try(struct best *b, const char *name)
{
	size_t len = strlen(name), diff = len > b->len ? len - b->len : b->len - len;
	unsigned int d;

	if (len > MAX_NAME || b->len > MAX_NAME || diff * COST > b->distance || !len ||
	    b->seen++ > MAX_SEEN)
		return;
	d = distance(b->wanted, b->len, name, len);
	/* The tables have no order of their own: of equals take the first by name. */
	if (d < b->distance || (d == b->distance && (!b->name || strcmp(name, b->name) < 0))) {
		b->distance = d;
		b->name = name;
	}
}

static void try_specs(struct best *b, const struct sl_classes *classes)
{
	const struct sl_class_spec *spec;

	for (size_t i = 0; classes && i < MAX_SEEN && (spec = classes->nth(i, classes->arg)); i++)
		best_try(b, spec->name);
}

const char *click_nearest_class(struct click_run *r, struct tmpl *t, struct ast_name name)
{
	struct best b;

	best_init(&b, name.s, name.len);
	try_specs(&b, r->opts->classes);
	for (; t; t = t->outer) {
		for (size_t i = 0; i < t->classes.cap && b.seen <= MAX_SEEN; i++) {
			const struct type *type = t->classes.slots[i].value;

			if (type && type->kind != TYPE_ERROR)
				best_try(&b, type->name);
		}
	}
	return b.name;
}

const char *click_nearest_elem(struct tmpl *t, struct ast_name name)
{
	struct best b;

	best_init(&b, name.s, name.len);
	for (uint32_t i = 0; i < t->n_elems && b.seen <= MAX_SEEN; i++) {
		if (t->elems[i].name && !t->elems[i].undeclared)
			best_try(&b, t->elems[i].name);
	}
	return b.name;
}

const char *click_nearest_spec(const struct sl_classes *classes, const char *name)
{
	struct best b;

	best_init(&b, name, strlen(name));
	try_specs(&b, classes);
	return b.name;
}
