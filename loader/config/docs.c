// SPDX-License-Identifier: GPL-2.0-only
/* The element reference, docs/elements.md: all of it comes from the descriptors. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "loader/config/config.h"
#include "loader/mem.h"

/* Text in a table cell or paragraph, with what Markdown would take for its own made harmless. */
static void put(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (strchr("|<>*_", *text))
			fputc('\\', out);
		fputc(*text, out);
	}
}

/* Help is paragraphs with `code` in them: only what is outside of it is escaped. */
static void paragraphs(const char *text, FILE *out)
{
	bool code = false;

	for (; *text; text++) {
		if (*text == '`')
			code = !code;
		else if (!code && strchr("<>*_", *text))
			fputc('\\', out);
		fputc(*text, out);
	}
	fputs("\n\n", out);
}

static const char *type_word(enum sl_ptype type)
{
	switch (type) {
	case SL_T_U8:
	case SL_T_U16:
	case SL_T_U32:
	case SL_T_S32:
		return "number";
	case SL_T_BOOL:
		return "true or false";
	case SL_T_IP4:
		return "IP address";
	case SL_T_IP4PREFIX:
		return "IP prefix";
	case SL_T_IP6:
		return "IPv6 address";
	case SL_T_IP6PREFIX:
		return "IPv6 prefix";
	case SL_T_ETHER:
		return "Ethernet address";
	case SL_T_NS:
		return "time";
	case SL_T_BPS:
		return "bandwidth";
	case SL_T_ANNO8:
	case SL_T_ANNO32:
		return "annotation";
	case SL_T_DEV:
		return "device";
	case SL_T_PROB:
		return "probability";
	case SL_T_TEXT:
		return "text";
	case SL_T_ARG:
		return "as described";
	}
	return "";
}

/* Strip(LENGTH), Paint(COLOR [, ANNO]) and so on. */
static void synopsis(const struct sl_class *c, FILE *out)
{
	unsigned int open = 0;
	const char *sep = "";

	fprintf(out, "`%s(", c->spec.name);
	for (const struct sl_param *p = c->params; p && p->name; p++) {
		bool positional = p->flags & SL_P_POS;

		if (!positional && !(p->flags & SL_P_REQ))
			continue;
		if (!(p->flags & SL_P_REQ)) {
			fprintf(out, "%s[", *sep ? " " : "");
			open++;
		}
		fprintf(out, "%s%s%s%s", sep, positional ? "" : "keyword ", p->name,
			p->flags & SL_P_REST ? ", ..." : "");
		sep = ", ";
	}
	for (; open; open--)
		fputc(']', out);
	fputs(")`\n\n", out);
}

static void arguments(const struct sl_class *c, FILE *out)
{
	if (!sl_params_count(c))
		return;
	fputs("| argument | kind | default | |\n|---|---|---|---|\n", out);
	for (const struct sl_param *p = c->params; p->name; p++) {
		fprintf(out, "| %s | %s | ", p->name, type_word(p->type));
		if (p->flags & SL_P_REQ)
			fputs("required", out);
		else if (p->def)
			fprintf(out, "`%s`", p->def);
		fputs(" | ", out);
		if (p->flags & SL_P_IGNORED)
			fputs("accepted, without effect: ", out);
		put(p->help, out);
		fputs(" |\n", out);
	}
	fputc('\n', out);
}

static void handlers(const struct sl_handler *h, FILE *out)
{
	if (!h || !h->name)
		return;
	fputs("| handler | | |\n|---|---|---|\n", out);
	for (; h->name; h++) {
		/* Of those that exist once a port, the first stands for all. */
		if ((h->flags & (SL_H_PORT | SL_H_INPUT)) && h->offset)
			continue;
		fprintf(out, "| `%s` | %s%s%s | ", h->name, h->flags & SL_H_READ ? "r" : "",
			h->flags & SL_H_WRITE ? "w" : "", h->flags & SL_H_ARGS ? "+" : "");
		put(h->help, out);
		if (h->flags & SL_H_PORT)
			fputs("; there is one an output, with its number", out);
		if (h->flags & SL_H_INPUT)
			fputs("; there is one an input, with its number", out);
		if (h->flags & SL_H_RECOMPILE)
			fputs("; writing compiles the graph again and swaps it in", out);
		fputs(" |\n", out);
	}
	fputc('\n', out);
}

static void ports(const struct sl_class *c, FILE *out)
{
	fprintf(out, "Ports `%s`, processing `%s`", c->spec.ports, c->spec.processing);
	if (c->spec.flow)
		fprintf(out, ", flow `%s`", c->spec.flow);
	fputs(".\n\n", out);
}

static void class(const struct sl_class *c, FILE *out)
{
	fprintf(out, "## %s\n\n", c->spec.name);
	put(c->summary, out);
	fputs("\n\n", out);
	synopsis(c, out);
	if (c->aliases && c->aliases[0]) {
		fputs("Also called", out);
		for (size_t i = 0; c->aliases[i]; i++)
			fprintf(out, "%s %s", i ? "," : "", c->aliases[i]);
		fputs(".\n\n", out);
	}
	if (!c->spec.info)
		ports(c, out);
	paragraphs(c->help, out);
	if (c->experiment)
		fprintf(out,
			"Runs only on a node whose node file has `experiments: [%s]` "
			"(sluice.yaml(5)).\n\n",
			c->experiment);
	arguments(c, out);
	handlers(c->handlers, out);
}

/* A line of the table of contents; anchors are in lower case. */
static void entry(const struct sl_class *c, FILE *out)
{
	fprintf(out, "- [%s](#", c->spec.name);
	for (const char *s = c->spec.name; *s; s++)
		fputc(tolower((unsigned char)*s), out);
	fputs("): ", out);
	put(c->summary, out);
	fputc('\n', out);
}

static int by_name(const void *a, const void *b)
{
	const struct sl_class *const *x = a, *const *y = b;

	return strcasecmp((*x)->spec.name, (*y)->spec.name);
}

int sl_docs_elements(FILE *out)
{
	_free_ const struct sl_class **list = NULL;
	size_t n = 0;

	while (sl_all_classes[n])
		n++;
	list = calloc(n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	memcpy(list, sl_all_classes, n * sizeof(*list));
	qsort(list, n, sizeof(*list), by_name);
	fputs("# Elements\n\n"
	      "What each element class does, the arguments it takes and the handlers it has.\n"
	      "Generated from the descriptors by `sluicectl docs elements`.\n\n"
	      "Ports and processing are Click's codes: `1/1-2` is one input and one or two "
	      "outputs;\n"
	      "`h` is push, `l` pull, `a` either. A packet for an output that is not connected is\n"
	      "dropped and counted. Handlers are read (`r`) or written (`w`); `+` takes "
	      "arguments.\n\n",
	      out);
	for (size_t i = 0; i < n; i++)
		entry(list[i], out);
	fputs("\n## Handlers of every element\n\n", out);
	handlers(sl_common_handlers, out);
	for (size_t i = 0; i < n; i++)
		class(list[i], out);
	return ferror(out) ? -EIO : 0;
}
