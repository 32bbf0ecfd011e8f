// SPDX-License-Identifier: GPL-2.0-only
/* The element reference: nothing is left out, and its tables are tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "loader/config/config.h"

static char *text;
static size_t len;

static int make(void **state)
{
	FILE *f = open_memstream(&text, &len);

	(void)state;
	if (!f || sl_docs_elements(f))
		return -1;
	return fclose(f);
}

static int drop(void **state)
{
	(void)state;
	free(text);
	return 0;
}

/* The part of the text about a class. */
static char *section(const char *name)
{
	char heading[100];
	char *begin, *end;

	snprintf(heading, sizeof(heading), "\n## %s\n", name);
	begin = strstr(text, heading);
	if (!begin) {
		fail_msg("no section about %s", name);
		return NULL;
	}
	end = strstr(begin + 3, "\n## ");
	return end ? strndup(begin, (size_t)(end - begin)) : strdup(begin);
}

static void wants(const char *part, const char *class, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void wants(const char *part, const char *class, const char *fmt, ...)
{
	char what[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (!strstr(part, what))
		fail_msg("%s: no '%s' in its section", class, what);
}

static void every_class_argument_and_handler_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; sl_all_classes[i]; i++) {
		const struct sl_class *c = sl_all_classes[i];
		char *part = section(c->spec.name);

		for (const struct sl_param *p = c->params; p && p->name; p++)
			wants(part, c->spec.name, "\n| %s | ", p->name);
		for (const struct sl_handler *h = c->handlers; h && h->name; h++) {
			if (!(h->flags & (SL_H_PORT | SL_H_INPUT)))
				wants(part, c->spec.name, "\n| `%s` | ", h->name);
		}
		for (size_t k = 0; c->aliases && c->aliases[k]; k++)
			wants(part, c->spec.name, " %s", c->aliases[k]);
		free(part);
	}
}

static unsigned int columns(const char *line, size_t n)
{
	unsigned int bars = 0;

	for (size_t i = 0; i < n; i++)
		bars += line[i] == '|' && (!i || line[i - 1] != '\\');
	return bars;
}

static void rows_have_as_many_cells_as_their_heading(void **state)
{
	unsigned int heading = 0, rows = 0;

	(void)state;
	for (const char *s = text; *s;) {
		size_t n = strcspn(s, "\n");

		if (*s != '|') {
			heading = 0;
		} else if (!heading) {
			heading = columns(s, n);
		} else {
			rows++;
			if (columns(s, n) != heading)
				fail_msg("another number of cells: %.*s", (int)n, s);
		}
		s += n + (s[n] == '\n');
	}
	assert_true(rows > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_class_argument_and_handler_is_there),
		cmocka_unit_test(rows_have_as_many_cells_as_their_heading),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
