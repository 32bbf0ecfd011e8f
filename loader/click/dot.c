// SPDX-License-Identifier: GPL-2.0-only
/*
 * The graph for Graphviz. Each element is a table: inputs on top, name and class, outputs below.
 * Push connections have a filled arrow head, pull connections an open one. Ports and push or pull
 * are known after sl_graph_check(); before, only elements and connections are drawn.
 */
#include <errno.h>

#include "loader/click/graph.h"

/* More ports than this are not drawn one by one. */
#define MAX_CELLS 64

static void put_html(const char *s, FILE *out)
{
	for (; *s; s++) {
		switch (*s) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*s, out);
		}
	}
}

static void put_ports(unsigned int n, char side, FILE *out)
{
	if (!n)
		return;
	fputs("<tr><td><table border=\"0\" cellborder=\"1\" cellspacing=\"0\"><tr>", out);
	for (unsigned int p = 0; p < n && p < MAX_CELLS; p++)
		fprintf(out, "<td port=\"%c%u\"><font point-size=\"8\">%u</font></td>", side, p, p);
	if (n > MAX_CELLS)
		fputs("<td>...</td>", out);
	fputs("</tr></table></td></tr>", out);
}

static void put_node(const struct sl_graph *g, size_t i, FILE *out)
{
	const struct sl_elem *e = &g->elems[i];

	fprintf(out, "  e%zu [label=<<table border=\"1\" cellborder=\"0\" cellspacing=\"0\">", i);
	put_ports(e->n_in, 'i', out);
	fputs("<tr><td><b>", out);
	put_html(e->name, out);
	fputs("</b></td></tr><tr><td>", out);
	put_html(e->class_name, out);
	fputs("</td></tr>", out);
	put_ports(e->n_out, 'o', out);
	fputs("</table>>];\n", out);
}

static void put_end(unsigned int elem, unsigned int port, unsigned int n, char side, FILE *out)
{
	if (port < n && port < MAX_CELLS)
		fprintf(out, "e%u:%c%u", elem, side, port);
	else
		fprintf(out, "e%u", elem);
}

static void put_conn(const struct sl_graph *g, const struct sl_conn *c, FILE *out)
{
	const struct sl_elem *from = &g->elems[c->from];
	bool pull = from->out_proc && c->from_port < from->n_out &&
		    from->out_proc[c->from_port] == SL_PULL;

	fputs("  ", out);
	put_end(c->from, c->from_port, from->n_out, 'o', out);
	fputs(" -> ", out);
	put_end(c->to, c->to_port, g->elems[c->to].n_in, 'i', out);
	fprintf(out, "%s;\n", pull ? " [arrowhead=empty]" : "");
}

int sl_graph_dot(const struct sl_graph *g, FILE *out)
{
	fputs("digraph click {\n  node [shape=plaintext];\n", out);
	for (size_t i = 0; i < g->n_elems; i++)
		put_node(g, i, out);
	for (size_t i = 0; i < g->n_conns; i++)
		put_conn(g, &g->conns[i], out);
	fputs("}\n", out);
	return ferror(out) ? -EIO : 0;
}
