// SPDX-License-Identifier: GPL-2.0-only
/*
 * Completion for bash, from the table of commands: a shell function that knows objects, actions and
 * options, and for each argument what kind of thing stands there.
 */
#include <errno.h>
#include <string.h>

#include "ctl/command.h"
#include "loader/runtime/budget.h"

static const char head[] =
	"# SPDX-License-Identifier: GPL-2.0-only\n"
	"# Made by `sluicectl docs completion` from the table of commands; do not edit.\n"
	"# shellcheck shell=bash\n"
	"\n"
	"# Names from the first column of a list, for arguments that name what the node has.\n"
	"_sluicectl_names() {\n"
	"\tsluicectl \"$1\" list 2>/dev/null | awk 'NR > 1 {print $1}'\n"
	"}\n"
	"\n"
	"_sluicectl_links() {\n"
	"\tsluicectl link list 2>/dev/null | awk 'NR > 1 {print $1 \"/\" $2}'\n"
	"}\n"
	"\n"
	"# What an argument or an option's value can be.\n"
	"_sluicectl_kind() {\n"
	"\tlocal cur=$2\n"
	"\tcase $1 in\n"
	"\tfile) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") && compopt -o filenames ;;\n"
	"\tdir) mapfile -t COMPREPLY < <(compgen -d -- \"$cur\") && compopt -o filenames ;;\n"
	"\ttenant) mapfile -t COMPREPLY < <(compgen -W \"$(_sluicectl_names tenant)\" -- \"$cur\") "
	";;\n"
	"\tport) mapfile -t COMPREPLY < <(compgen -W \"$(_sluicectl_names port)\" -- \"$cur\") ;;\n"
	"\tlink) mapfile -t COMPREPLY < <(compgen -W \"$(_sluicectl_links)\" -- \"$cur\") ;;\n"
	"\thandler) mapfile -t COMPREPLY < <(compgen -S / -W \"$(_sluicectl_names tenant)\" -- "
	"\"$cur\")\n"
	"\t\tcompopt -o nospace ;;\n"
	"\tinterface)\n"
	"\t\tlocal names=(/sys/class/net/*)\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"${names[*]##*/}\" -- \"$cur\") ;;\n"
	"\tchoice:*) mapfile -t COMPREPLY < <(compgen -W \"${1#choice:}\" -- \"$cur\") ;;\n"
	"\tesac\n"
	"}\n"
	"\n";

static void put_kind(enum ctl_kind kind, const char *const *choices, FILE *out)
{
	switch (kind) {
	case CTL_FILE:
		fputs("'file'", out);
		break;
	case CTL_DIR:
		fputs("'dir'", out);
		break;
	case CTL_TENANT:
		fputs("'tenant'", out);
		break;
	case CTL_PORT:
		fputs("'port'", out);
		break;
	case CTL_LINK:
		fputs("'link'", out);
		break;
	case CTL_HANDLER:
		fputs("'handler'", out);
		break;
	case CTL_INTERFACE:
		fputs("'interface'", out);
		break;
	case CTL_CHOICE:
		fputs("'choice:", out);
		for (const char *const *c = choices; *c; c++)
			fprintf(out, "%s%s", c == choices ? "" : " ", *c);
		fputc('\'', out);
		break;
	case CTL_COMMAND:
		fputs("\"choice:$objects\"", out);
		break;
	case CTL_LIMIT:
		fputs("'choice:", out);
		for (unsigned int k = 0; k < SL_BUDGET_N; k++)
			fprintf(out, "%s%s=", k ? " " : "",
				sl_budget_key_name((enum sl_budget_key)k));
		fputc('\'', out);
		break;
	default:
		fputs("'none'", out);
	}
}

static bool visible(const struct ctl_command *c)
{
	return !c->hidden;
}

static void put_objects(FILE *out)
{
	const char *before = "";

	fputs("\tlocal objects='", out);
	for (const struct ctl_command *c = ctl_commands; c->object; c++) {
		if (!visible(c) || !strcmp(before, c->object))
			continue;
		fprintf(out, "%s%s", *before ? " " : "", c->object);
		before = c->object;
	}
	fputs("'\n", out);
}

/* case OBJECT) actions='...'; for objects that have actions. */
static void put_actions(FILE *out)
{
	const struct ctl_command *c = ctl_commands;

	fputs("\tcase $object in\n", out);
	while (c->object) {
		const struct ctl_command *first = c;
		const char *sep = "";

		if (!c->action) {
			c++;
			continue;
		}
		fprintf(out, "\t%s) actions='", c->object);
		for (; c->object && !strcmp(c->object, first->object); c++) {
			if (!visible(c))
				continue;
			fprintf(out, "%s%s", sep, c->action);
			sep = " ";
		}
		fputs("' ;;\n", out);
	}
	fputs("\tesac\n", out);
}

static void put_option_names(const struct ctl_option *list, FILE *out)
{
	for (const struct ctl_option *o = list; o && o->name; o++)
		if (!o->hidden)
			fprintf(out, " --%s", o->name);
}

static void put_command(const struct ctl_command *c, FILE *out)
{
	fprintf(out, "\t'%s%s%s')\n", c->object, c->action ? " " : "", c->action ? c->action : "");
	fputs("\t\toptions+='", out);
	put_option_names(c->options, out);
	fputs("'\n\t\tkinds=(", out);
	for (const struct ctl_arg *a = c->args; a && a->name; a++) {
		put_kind(a->kind, NULL, out);
		fputs(a->many ? " many" : "", out);
		fputs(a[1].name ? " " : "", out);
	}
	fputs(")\n\t\tcase $prev in\n", out);
	for (const struct ctl_option *o = c->options; o && o->name; o++) {
		if (o->hidden || o->kind == CTL_FLAG)
			continue;
		fprintf(out, "\t\t--%s) value=", o->name);
		put_kind(o->kind, o->choices, out);
		fputs(" ;;\n", out);
	}
	fputs("\t\tesac ;;\n", out);
}

static const char body[] =
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal object='' action='' actions='' options='--json --socket --help' value='' word\n"
	"\tlocal kinds=() nth=0 skip=0 i\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tif ((skip)); then skip=0; continue; fi\n"
	"\t\tif [[ $word == --socket ]]; then skip=1; continue; fi\n"
	"\t\tif [[ $word == -* ]]; then continue; fi\n"
	"\t\tif [[ -z $object ]]; then object=$word; continue; fi\n"
	"\t\tif [[ -z $action ]]; then action=$word; continue; fi\n"
	"\t\tnth=$((nth + 1))\n"
	"\tdone\n";

static const char tail[] =
	"\tesac\n"
	"\tif [[ -n $value ]]; then _sluicectl_kind \"$value\" \"$cur\"; return; fi\n"
	"\tif [[ $cur == -* ]]; then\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tif [[ -z $object ]]; then\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$objects\" -- \"$cur\")\n"
	"\telif [[ -n $actions && -z $action ]]; then\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$actions\" -- \"$cur\")\n"
	"\telse\n"
	"\t\tif [[ ${kinds[nth]-} == many ]]; then nth=$((nth - 1)); fi\n"
	"\t\t_sluicectl_kind \"${kinds[nth]-none}\" \"$cur\"\n"
	"\tfi\n"
	"}\n"
	"complete -F _sluicectl sluicectl\n";

int ctl_completion(FILE *out)
{
	fputs(head, out);
	fputs("_sluicectl() {\n", out);
	put_objects(out);
	fputs(body, out);
	put_actions(out);
	/* What follows an object without actions is its first argument. */
	fputs("\tif [[ -z $actions && -n $action ]]; then action=''; nth=$((nth + 1)); fi\n", out);
	fputs("\tcase \"$object${actions:+ $action}\" in\n", out);
	for (const struct ctl_command *c = ctl_commands; c->object; c++)
		if (visible(c))
			put_command(c, out);
	fputs(tail, out);
	return ferror(out) ? -EIO : 0;
}
