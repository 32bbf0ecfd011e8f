// SPDX-License-Identifier: GPL-2.0-only
/* sluicectl(8) in mdoc, from the table of commands. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "ctl/command.h"

#define MAN_DATE "November 21, 2026"

#define WIDTH 78

static void put_escaped(const char *word, size_t n, bool start, bool capital, FILE *out)
{
	if (start && (*word == '.' || *word == '\''))
		fputs("\\&", out);
	for (size_t i = 0; i < n; i++) {
		if (word[i] == '\\')
			fputs("\\e", out);
		else if (word[0] == '-' && word[i] == '-')
			fputs("\\-", out);
		else
			fputc(capital && !i ? toupper((unsigned char)word[i]) : word[i], out);
	}
}

/* Running text in short lines, a new one after each sentence; no line begins with a control
 * character; paragraphs stay. `sentence`: it becomes one, with a capital and a full stop. */
static void put_text(const char *text, bool sentence, FILE *out)
{
	size_t col = 0;
	bool first = true;

	while (*text) {
		size_t n = strcspn(text, " \n");

		if (col && col + 1 + n > WIDTH) {
			fputc('\n', out);
			col = 0;
		}
		if (n) {
			if (col)
				fputc(' ', out);
			put_escaped(text, n, !col, sentence && first, out);
			col += n + 1;
			first = false;
			if (strchr(".:?", text[n - 1]) && text[n]) {
				fputc('\n', out);
				col = 0;
			}
		}
		text += n;
		if (!strncmp(text, "\n\n", 2)) {
			fputs(col ? "\n.Pp\n" : ".Pp\n", out);
			col = 0;
			text++;
		}
		if (*text)
			text++;
	}
	fputs(sentence ? ".\n" : col ? "\n" : "", out);
}

/* A word as argument of a macro. */
static void put_word(const char *s, FILE *out)
{
	for (; *s; s++) {
		if (*s == '-')
			fputs("\\-", out);
		else if (*s == ' ')
			fputs("\\ ", out);
		else
			fputc(*s, out);
	}
}

static void put_usage(const struct ctl_command *c, FILE *out)
{
	fputs(".Cm ", out);
	fputs(c->object, out);
	if (c->action)
		fprintf(out, " %s", c->action);
	fputc('\n', out);
	for (const struct ctl_arg *a = c->args; a && a->name; a++) {
		fputs(a->optional ? ".Op Ar " : ".Ar ", out);
		put_word(a->name, out);
		fputs(a->many ? " ...\n" : "\n", out);
	}
	for (const struct ctl_option *o = c->options; o && o->name; o++) {
		if (o->hidden)
			continue;
		fputs(".Op Fl \\-", out);
		put_word(o->name, out);
		if (o->metavar) {
			fputs(" Ar ", out);
			put_word(o->metavar, out);
		}
		fputs(o->many ? " ...\n" : "\n", out);
	}
}

static void put_options(const struct ctl_option *list, FILE *out)
{
	bool any = false;

	for (const struct ctl_option *o = list; o && o->name; o++) {
		if (o->hidden)
			continue;
		if (!any)
			fputs(".Bl -tag -width Ds\n", out);
		any = true;
		fputs(".It ", out);
		if (o->letter)
			fprintf(out, "Fl %c , ", o->letter);
		fputs("Fl \\-", out);
		put_word(o->name, out);
		if (o->metavar) {
			fputs(" Ar ", out);
			put_word(o->metavar, out);
		}
		fputc('\n', out);
		put_text(o->help, true, out);
	}
	if (any)
		fputs(".El\n", out);
}

static const char *who_text(const struct ctl_command *c)
{
	switch (c->who) {
	case CTL_ROOT:
		return "For root.";
	case CTL_OWNER:
		return "For root and the owner of the tenant.";
	default:
		return c->serve ? "For everybody: root sees all, others what is their own."
				: "For everybody; needs no daemon.";
	}
}

static void put_command(const struct ctl_command *c, FILE *out)
{
	fprintf(out, ".Ss %s%s%s\n", c->object, c->action ? " " : "", c->action ? c->action : "");
	fputs(".Nm\n", out);
	put_usage(c, out);
	fputs(".Pp\n", out);
	put_text(c->help, true, out);
	fprintf(out, "%s\n", who_text(c));
	if (c->text) {
		fputs(".Pp\n", out);
		put_text(c->text, false, out);
	}
	put_options(c->options, out);
}

static const char head[] =
	".\\\" Made by `sluicectl docs man` from the table of commands; do not edit.\n"
	".\\\" SPDX-License-Identifier: GPL-2.0-only\n"
	".Dd " MAN_DATE "\n"
	".Dt SLUICECTL 8\n"
	".Os\n"
	".Sh NAME\n"
	".Nm sluicectl\n"
	".Nd control a node of programmable routers\n"
	".Sh SYNOPSIS\n"
	".Nm\n"
	".Op Fl j\n"
	".Op Fl \\-socket Ar PATH\n"
	".Ar object\n"
	".Op Ar action\n"
	".Op Ar argument ...\n"
	".Op Ar option ...\n"
	".Sh DESCRIPTION\n"
	".Nm\n"
	"checks, tries and installs packet-processing graphs written in the Click\n"
	"language, and shows and changes what a node has: ports, links, tenants and\n"
	"their graphs.\n"
	"Commands about a running node are carried out by\n"
	".Xr sluiced 8 ;\n"
	"the files a command names are read by\n"
	".Nm\n"
	"itself, with the privileges of who calls it.\n"
	".Pp\n"
	"Options of every command:\n";

static const char tail[] =
	".Sh OUTPUT\n"
	"Results go to standard output: as text for people, or with\n"
	".Fl j\n"
	"as JSON, one object a result, with the same members.\n"
	"Messages go to standard error as\n"
	".Dl FILE:LINE:COL: error: message\n"
	"with a line on what to do about it where that is known.\n"
	"With\n"
	".Fl j\n"
	"they are in the object as well, in the member\n"
	".Dq messages .\n"
	"Names of members end in their unit\n"
	".Pq _ns , _s , _bytes , _bps ;\n"
	"members may be added in later versions, and none is renamed.\n"
	".Sh ENVIRONMENT\n"
	".Bl -tag -width Ds\n"
	".It Ev SLUICE_SOCKET\n"
	"The daemon's control socket, unless\n"
	".Fl \\-socket\n"
	"names it.\n"
	".It Ev SLUICE_BPF_DIR\n"
	"The directory with the element library's headers.\n"
	".It Ev SLUICE_CLANG\n"
	"The compiler to run.\n"
	".El\n"
	".Sh FILES\n"
	".Bl -tag -width Ds\n"
	".It Pa /run/sluice/control\n"
	"The daemon's control socket.\n"
	".El\n"
	".Sh EXIT STATUS\n"
	".Bl -tag -width Ds\n"
	".It 0\n"
	"Done.\n"
	".It 1\n"
	"Refused because of what was handed in: a graph, a node file, a value, a name\n"
	"that is not there.\n"
	".It 2\n"
	"The command line is wrong.\n"
	".It 3\n"
	"Anything else: no privilege, no daemon, a file that cannot be read, an answer\n"
	"of the kernel's.\n"
	".El\n"
	".Sh EXAMPLES\n"
	"Check a graph, see what it drops of a recorded trace, install it:\n"
	".Bd -literal -offset indent\n"
	"sluicectl graph check router.click\n"
	"sluicectl replay router.click --native --in eth0=trace.pcap\n"
	"sluicectl tenant install red router.click\n"
	".Ed\n"
	".Sh SEE ALSO\n"
	".Xr sluice.yaml 5 ,\n"
	".Xr sluiced 8\n";

int ctl_man(FILE *out)
{
	fputs(head, out);
	put_options(ctl_global_options, out);
	fputs(".Sh COMMANDS\n", out);
	for (const struct ctl_command *c = ctl_commands; c->object; c++)
		if (!c->hidden)
			put_command(c, out);
	fputs(tail, out);
	return ferror(out) ? -EIO : 0;
}
