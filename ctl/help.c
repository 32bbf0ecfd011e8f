// SPDX-License-Identifier: GPL-2.0-only
/* The help texts, from the table of commands. */
#include <string.h>

#include "ctl/command.h"
#include "loader/mem.h"

static void put_option(const struct ctl_option *o, FILE *out)
{
	fprintf(out, "--%s", o->name);
	if (o->metavar)
		fprintf(out, " %s", o->metavar);
}

void ctl_usage(const struct ctl_command *c, FILE *out)
{
	char name[64];

	fputs(ctl_command_name(c, name, sizeof(name)), out);
	for (const struct ctl_arg *a = c->args; a && a->name; a++)
		fprintf(out, " %s%s%s%s", a->optional ? "[" : "", a->name, a->many ? "..." : "",
			a->optional ? "]" : "");
	for (const struct ctl_option *o = c->options; o && o->name; o++) {
		if (o->hidden)
			continue;
		fputs(" [", out);
		put_option(o, out);
		fputs(o->many ? "]..." : "]", out);
	}
}

static void put_options(const struct ctl_option *list, FILE *out)
{
	for (const struct ctl_option *o = list; o && o->name; o++) {
		int n = 0;

		if (o->hidden)
			continue;
		n += fprintf(out, o->letter ? "  -%c, " : "      ", o->letter);
		n += fprintf(out, "--%s%s%s", o->name, o->metavar ? " " : "",
			     o->metavar ? o->metavar : "");
		fprintf(out, "%*s%s\n", n < 28 ? 28 - n : 1, "", o->help);
	}
}

static const char *who_text(const struct ctl_command *c)
{
	switch (c->who) {
	case CTL_ROOT:
		return "For root.";
	case CTL_OWNER:
		return "For root, and for the owner of the tenant.";
	default:
		return c->serve ? "For everybody: root sees all, others what is their own."
				: "For everybody; needs no daemon.";
	}
}

/* Paragraphs broken at 78 columns; further lines of one are indented. `col`: where it begins. */
static void put_wrapped(const char *text, size_t col, int indent, FILE *out)
{
	bool first = true;

	while (*text) {
		size_t n = strcspn(text, " \n");

		if (col && col + 1 + n > 78) {
			col = (size_t)fprintf(out, "\n%*s", indent, "") - 1;
			first = true;
		}
		if (n)
			col += (size_t)fprintf(out, "%s%.*s", first ? "" : " ", (int)n, text);
		first = first && !n;
		text += n;
		if (*text == '\n') {
			fputc('\n', out);
			col = 0;
			first = true;
		}
		if (*text)
			text++;
	}
	fputc('\n', out);
}

static void help_one(const struct ctl_command *c, FILE *out)
{
	_free_ char *usage = NULL, *intro = NULL;
	size_t len;
	FILE *f = open_memstream(&usage, &len);

	if (!f)
		return;
	ctl_usage(c, f);
	if (fclose(f))
		return;
	fputs("usage: sluicectl ", out);
	put_wrapped(usage, strlen("usage: sluicectl "), 8, out);
	fputc('\n', out);
	if (asprintf(&intro, "%s. %s", c->help, who_text(c)) >= 0)
		put_wrapped(intro, 0, 0, out);
	if (c->text) {
		fputc('\n', out);
		put_wrapped(c->text, 0, 0, out);
	}
	fputs("\nOptions:\n", out);
	put_options(c->options, out);
	put_options(ctl_global_options, out);
}

/* A usage that fits beside its help. */
static void help_line(const struct ctl_command *c, FILE *out)
{
	char name[64], left[96];
	size_t n;

	ctl_command_name(c, name, sizeof(name));
	n = (size_t)snprintf(left, sizeof(left), "%s", name);
	for (const struct ctl_arg *a = c->args; a && a->name && n < sizeof(left); a++)
		n += (size_t)snprintf(left + n, sizeof(left) - n, " %s%s%s%s",
				      a->optional ? "[" : "", a->name, a->many ? "..." : "",
				      a->optional ? "]" : "");
	fprintf(out, "  %-42s %s\n", left, c->help);
}

void ctl_help(const struct ctl_command *c, const char *object, FILE *out)
{
	const char *before = NULL;

	if (c) {
		help_one(c, out);
		return;
	}
	fputs("usage: sluicectl [-j] [--socket PATH] OBJECT ACTION [ARGUMENT...] [OPTION...]\n",
	      out);
	for (c = ctl_commands; c->object; c++) {
		if (c->hidden || (object && strcmp(object, c->object)))
			continue;
		if (!before || strcmp(before, c->object))
			fputc('\n', out);
		before = c->object;
		help_line(c, out);
	}
	fputs("\nOptions of every command:\n", out);
	put_options(ctl_global_options, out);
	fputs("\n`sluicectl help OBJECT ACTION` says more; sluicectl(8) says all.\n", out);
}
