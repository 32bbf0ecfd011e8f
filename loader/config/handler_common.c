// SPDX-License-Identifier: GPL-2.0-only
/* Handlers every element has, in the form Click gives them, and looking a handler up. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/path_mtu.h"

static int read_class(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	(void)l, (void)h, (void)args, (void)d;
	fputs(in->elem->class_name, out);
	return 0;
}

static int read_name(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *args, FILE *out, struct sl_diags *d)
{
	(void)l, (void)h, (void)args, (void)d;
	fputs(in->elem->name, out);
	return 0;
}

static int read_config(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *args, FILE *out, struct sl_diags *d)
{
	(void)l, (void)h, (void)args, (void)d;
	fputs(in->elem->config, out);
	return 0;
}

/* The element anew, with another configuration string: all the rest of the graph stays. */
static int write_config(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *value, struct sl_diags *d)
{
	if (sl_path_mtu_is(in->elem)) {
		sl_error(d, SL_NOPOS, h->name, "'%s' is not in the graph as it was handed in",
			 in->elem->name);
		return -EINVAL;
	}
	free(l->new_config);
	l->new_config = strdup(value);
	return l->new_config ? 0 : -ENOMEM;
}

/* "1 input", then a line a port: how packets pass it, how many (not known a port), and what it is
 * connected to. A '~' marks ports that took what their neighbours are. */
static void side(const struct sl_program *p, const struct sl_inst *in, bool output, FILE *out)
{
	const struct sl_graph *g = p->graph;
	unsigned int n = output ? in->elem->n_out : in->elem->n_in;
	const enum sl_processing *proc = output ? in->elem->out_proc : in->elem->in_proc;
	const char *code = in->class->spec.processing ? in->class->spec.processing : "a/a";
	const char *slash = strchr(code, '/');
	const char *own = output && slash ? slash + 1 : code;

	fprintf(out, "%u %s%s\n", n, output ? "output" : "input", n == 1 ? "" : "s");
	for (unsigned int i = 0; i < n; i++) {
		const char *sep = "";

		fprintf(out, "%s%s\t-\t", proc && proc[i] == SL_PULL ? "pull" : "push",
			*own == 'a' ? "~" : "");
		/* The last letter of a side is good for all further ports. */
		if (own[1] && own[1] != '/')
			own++;
		for (size_t j = 0; j < g->n_conns; j++) {
			const struct sl_conn *c = &g->conns[j];

			if (output && c->from == in->index && c->from_port == i)
				fprintf(out, "%s[%u] %s", sep, c->to_port, g->elems[c->to].name);
			else if (!output && c->to == in->index && c->to_port == i)
				fprintf(out, "%s%s [%u]", sep, g->elems[c->from].name,
					c->from_port);
			else
				continue;
			sep = ", ";
		}
		fputc('\n', out);
	}
}

static int read_ports(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	(void)h, (void)args, (void)d;
	side(l->program, in, false, out);
	side(l->program, in, true, out);
	return 0;
}

static void list(const struct sl_inst *in, const struct sl_handler *h, FILE *out)
{
	for (; h && h->name; h++) {
		if (((h->flags & SL_H_PORT) && h->offset >= in->elem->n_out) ||
		    ((h->flags & SL_H_INPUT) && h->offset >= in->elem->n_in))
			continue;
		fprintf(out, "%s\t%s%s%s%s\n", h->name, h->flags & SL_H_READ ? "r" : "",
			h->flags & SL_H_WRITE ? "w" : "", h->flags & SL_H_ARGS ? "+" : "",
			h->flags & SL_H_BUTTON ? "b" : "");
	}
}

static int read_handlers(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			 const char *args, FILE *out, struct sl_diags *d)
{
	(void)l, (void)h, (void)args, (void)d;
	list(in, in->class->handlers, out);
	list(in, sl_common_handlers, out);
	return 0;
}

const struct sl_handler sl_common_handlers[] = {
	{.name = "class", .flags = SL_H_READ, .help = "element class", .read = read_class},
	{.name = "name", .flags = SL_H_READ, .help = "element name", .read = read_name},
	{.name = "config",
	 .flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE,
	 .help = "configuration string; writing it compiles the graph again with this element's "
		 "changed",
	 .read = read_config,
	 .write = write_config},
	{.name = "ports",
	 .flags = SL_H_READ,
	 .help = "ports and what they are connected to",
	 .read = read_ports},
	{.name = "handlers",
	 .flags = SL_H_READ,
	 .help = "this list of handlers",
	 .read = read_handlers},
	SL_HANDLERS_END,
};

const struct sl_handler *sl_handler_find(const struct sl_class *c, const char *name)
{
	const struct sl_handler *const tables[] = {c->handlers, sl_common_handlers};

	for (size_t t = 0; t < 2; t++) {
		for (const struct sl_handler *h = tables[t]; h && h->name; h++) {
			if (!strcmp(h->name, name))
				return h;
		}
	}
	return NULL;
}
