// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flattened graph as Click text: requirements, declarations in the order of the elements,
 * connections in theirs. Reading it back gives an equal graph.
 */
#include <errno.h>
#include <string.h>

#include "loader/click/args.h"
#include "loader/mem.h"

static bool plain_word(const char *s)
{
	for (; *s; s++) {
		if (!click_isword(*s) && *s != '.' && *s != '-' && *s != '+')
			return false;
	}
	return true;
}

static int write_requirement(const char *item, FILE *out)
{
	const char *name = strchr(item, ' ');
	struct click_arena tmp = {0};
	const char *quoted;

	if (!name)
		return 0;
	name++;
	quoted = plain_word(name) ? name : click_quote(&tmp, name, strlen(name));
	if (quoted)
		fprintf(out, "require(package %s);\n", quoted);
	click_arena_free(&tmp);
	return quoted ? 0 : -ENOMEM;
}

static void write_elem(const struct sl_elem *e, FILE *out)
{
	fprintf(out, "%s :: %s", e->name, e->class_name);
	for (size_t i = 0; i < e->n_args; i++)
		fprintf(out, "%s%s", i ? ", " : "(", e->args[i].text);
	/* An empty last argument is one only if a comma follows. */
	if (e->n_args && !*e->args[e->n_args - 1].text)
		fputs(",", out);
	fputs(e->n_args ? ");\n" : ";\n", out);
}

static void write_conn(const struct sl_graph *g, const struct sl_conn *c, FILE *out)
{
	fputs(g->elems[c->from].name, out);
	if (c->from_port)
		fprintf(out, " [%u]", c->from_port);
	fputs(" -> ", out);
	if (c->to_port)
		fprintf(out, "[%u] ", c->to_port);
	fprintf(out, "%s;\n", g->elems[c->to].name);
}

int sl_graph_write(const struct sl_graph *g, FILE *out)
{
	for (size_t i = 0; i < g->n_requirements; i++) {
		int ret = write_requirement(g->requirements[i], out);

		if (ret < 0)
			return ret;
	}
	if (g->n_requirements && g->n_elems)
		fputc('\n', out);
	for (size_t i = 0; i < g->n_elems; i++)
		write_elem(&g->elems[i], out);
	if (g->n_conns)
		fputc('\n', out);
	for (size_t i = 0; i < g->n_conns; i++)
		write_conn(g, &g->conns[i], out);
	return ferror(out) ? -EIO : 0;
}
