// SPDX-License-Identifier: GPL-2.0-only
/* The command line against the table of commands. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"
#include "loader/config/config.h"
#include "loader/mem.h"

#define MAX_OPTIONS 32
/* getopt's values for our options begin here, beyond any letter. */
#define OPT_BASE 1000

/* ---- Finding ---------------------------------------------------------------------------------*/

const struct ctl_command *ctl_command_find(const char *object, const char *action)
{
	for (const struct ctl_command *c = ctl_commands; c->object; c++) {
		if (strcmp(c->object, object))
			continue;
		if (!c->action || (action && !strcmp(c->action, action)))
			return c;
	}
	return NULL;
}

const char *ctl_command_name(const struct ctl_command *c, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", c->object, c->action ? " " : "", c->action ? c->action : "");
	return buf;
}

static bool is_object(const char *word)
{
	for (const struct ctl_command *c = ctl_commands; c->object; c++)
		if (!strcmp(c->object, word))
			return true;
	return false;
}

enum ctl_exit ctl_exit_of(int err)
{
	switch (err < 0 ? -err : err) {
	case 0:
		return CTL_DONE;
	case EINVAL:
	case E2BIG:
	case ENOENT:
	case EEXIST:
	case EACCES:
	case ERANGE:
	case EBADMSG:
		return CTL_REFUSED;
	default:
		return CTL_SYSTEM;
	}
}

/* ---- Values ----------------------------------------------------------------------------------*/

const char *ctl_get_nth(const struct ctl_call *c, const char *name, size_t i)
{
	for (size_t k = 0; k < c->n_values; k++)
		if (!strcmp(c->values[k].name, name) && !i--)
			return c->values[k].text;
	return NULL;
}

const char *ctl_get(const struct ctl_call *c, const char *name)
{
	return ctl_get_nth(c, name, 0);
}

const char **ctl_get_all(const struct ctl_call *c, const char *name, size_t *n)
{
	const char **list = calloc(c->n_values + 1, sizeof(*list));

	*n = 0;
	for (size_t k = 0; list && k < c->n_values; k++)
		if (!strcmp(c->values[k].name, name))
			list[(*n)++] = c->values[k].text;
	return list;
}

static int add_value(struct ctl_call *call, const char *name, const char *text)
{
	if (SL_GROW(call->values, call->n_values, call->cap_values))
		return -ENOMEM;
	call->values[call->n_values++] = (struct ctl_value){name, text};
	return 0;
}

void ctl_call_free(struct ctl_call *call)
{
	free(call->values);
	json_object_put(call->result);
	sl_diags_free(&call->diags);
	memset(call, 0, sizeof(*call));
}

/* ---- Messages --------------------------------------------------------------------------------*/

static enum ctl_exit __attribute__((format(printf, 2, 3)))
usage_error(struct ctl_call *call, const char *fmt, ...)
{
	_free_ char *usage = NULL;
	struct sl_diag *m;
	size_t len;
	va_list ap;
	FILE *f;

	va_start(ap, fmt);
	m = sl_diag_vadd(&call->diags, SL_DIAG_ERROR, SL_NOPOS, "usage", fmt, ap);
	va_end(ap);
	if (!call->command) {
		sl_diag_hint(m, "`sluicectl help` lists the commands");
		return CTL_USAGE;
	}
	f = open_memstream(&usage, &len);
	if (!f)
		return CTL_USAGE;
	ctl_usage(call->command, f);
	if (!fclose(f))
		sl_diag_hint(m, "sluicectl %s", usage);
	return CTL_USAGE;
}

static const char *nearest_object(const char *word)
{
	const char *names[128];
	size_t n = 0;

	for (const struct ctl_command *c = ctl_commands; c->object && n < 128; c++)
		if (!n || strcmp(names[n - 1], c->object))
			names[n++] = c->object;
	return sl_nearest(word, names, n);
}

static const char *nearest_action(const char *object, const char *word)
{
	const char *names[128];
	size_t n = 0;

	for (const struct ctl_command *c = ctl_commands; c->object && n < 128; c++)
		if (!strcmp(c->object, object) && c->action && !c->hidden)
			names[n++] = c->action;
	return sl_nearest(word, names, n);
}

static void list_actions(const char *object, FILE *out)
{
	const char *sep = "";

	for (const struct ctl_command *c = ctl_commands; c->object; c++) {
		if (strcmp(c->object, object) || c->hidden)
			continue;
		fprintf(out, "%s%s", sep, c->action);
		sep = ", ";
	}
}

static enum ctl_exit no_action(struct ctl_call *call, const char *object, const char *word)
{
	const char *near = word ? nearest_action(object, word) : NULL;
	_free_ char *list = NULL;
	struct sl_diag *m;
	size_t len;
	FILE *f = open_memstream(&list, &len);

	if (!f)
		return CTL_USAGE;
	list_actions(object, f);
	fclose(f);
	if (!word)
		m = sl_error(&call->diags, SL_NOPOS, "usage", "what about the %s? say one of: %s",
			     object, list);
	else
		m = sl_error(&call->diags, SL_NOPOS, "usage", "'%s' is nothing to do with a %s",
			     word, object);
	if (near)
		sl_diag_hint(m, "did you mean `sluicectl %s %s`?", object, near);
	else
		sl_diag_hint(m, "`sluicectl help %s` says more about: %s", object, list);
	return CTL_USAGE;
}

static enum ctl_exit no_object(struct ctl_call *call, const char *word)
{
	const char *near = nearest_object(word);
	struct sl_diag *m = sl_error(&call->diags, SL_NOPOS, "usage", "no command '%s'", word);

	if (near)
		sl_diag_hint(m, "did you mean `sluicectl %s`?", near);
	else
		sl_diag_hint(m, "`sluicectl help` lists the commands");
	return CTL_USAGE;
}

/* ---- Options ---------------------------------------------------------------------------------*/

/* The command's options and then the global ones, for getopt. */
struct options {
	const struct ctl_option *list[MAX_OPTIONS];
	struct option longs[MAX_OPTIONS + 1];
	char letters[2 * MAX_OPTIONS + 4];
	size_t n;
};

static void add_options(struct options *o, const struct ctl_option *list)
{
	size_t at = strlen(o->letters);

	for (; list && list->name && o->n < MAX_OPTIONS; list++) {
		int arg = list->kind == CTL_FLAG ? no_argument : required_argument;

		o->longs[o->n] = (struct option){list->name, arg, NULL, OPT_BASE + (int)o->n};
		o->list[o->n++] = list;
		if (!list->letter)
			continue;
		o->letters[at++] = list->letter;
		if (arg == required_argument)
			o->letters[at++] = ':';
		o->letters[at] = 0;
	}
}

static const struct ctl_option *option_of(const struct options *o, int ret)
{
	if (ret >= OPT_BASE)
		return o->list[ret - OPT_BASE];
	for (size_t i = 0; i < o->n; i++)
		if (o->list[i]->letter == ret)
			return o->list[i];
	return NULL;
}

static enum ctl_exit take_option(struct ctl_call *call, const struct ctl_option *o,
				 const char *text)
{
	const char *why = "";

	if (!strcmp(o->name, "json")) {
		call->json = true;
	} else if (!strcmp(o->name, "help")) {
		call->help = true;
	} else if (!strcmp(o->name, "socket")) {
		call->socket = text;
	} else if (ctl_check_value(o->kind, o->choices, text, &why)) {
		return usage_error(call, "--%s '%s': give %s", o->name, text, why);
	} else if (!o->many && ctl_get(call, o->name)) {
		return usage_error(call, "--%s is given twice", o->name);
	} else if (add_value(call, o->name, text)) {
		return CTL_SYSTEM;
	}
	return CTL_DONE;
}

/* Parses options among `argv[1..argc)`; with `stop`, only those before the first other word.
 * Returns the index behind, or -1 with a message. */
static int parse_options(struct ctl_call *call, int argc, char **argv, bool stop)
{
	struct options o = {.n = 0};
	int ret;

	/* The colon: a missing value is told apart; the plus: stop at the first other word. */
	strcpy(o.letters, stop ? "+:" : ":");
	if (call->command)
		add_options(&o, call->command->options);
	add_options(&o, ctl_global_options);
	optind = 0;
	opterr = 0;
	while ((ret = getopt_long(argc, argv, o.letters, o.longs, NULL)) != -1) {
		const struct ctl_option *opt = option_of(&o, ret);

		if (ret == ':') {
			usage_error(call, "%s needs a value", argv[optind - 1]);
			return -1;
		}
		if (!opt) {
			usage_error(call, "unknown option '%s'", argv[optind - 1]);
			return -1;
		}
		if (take_option(call, opt, optarg ? optarg : ""))
			return -1;
	}
	return optind;
}

/* ---- Arguments -------------------------------------------------------------------------------*/

static enum ctl_exit take_args(struct ctl_call *call, int n, char **words)
{
	const struct ctl_arg *a = call->command->args;
	const char *why = "";

	for (int i = 0; i < n; i++) {
		if (!a || !a->name)
			return usage_error(call, "'%s' is one argument too many", words[i]);
		if (ctl_check_value(a->kind, NULL, words[i], &why))
			return usage_error(call, "'%s': give %s", words[i], why);
		if (add_value(call, a->name, words[i]))
			return CTL_SYSTEM;
		if (!a->many)
			a++;
	}
	if (a && a->name && !a->optional && !ctl_get(call, a->name))
		return usage_error(call, "%s is missing", a->name);
	return CTL_DONE;
}

enum ctl_exit ctl_parse(int argc, char **argv, struct ctl_call *call)
{
	static char help[] = "help";
	static char *ask_help[] = {help};
	int at = parse_options(call, argc, argv, true);
	char **words;
	int n;

	if (at < 0)
		return CTL_USAGE;
	words = argv + at;
	n = argc - at;
	if (!n) {
		if (!call->help)
			return usage_error(call, "no command given");
		words = ask_help;
		n = 1;
	}
	if (!is_object(words[0]))
		return no_object(call, words[0]);
	call->command = ctl_command_find(words[0], n > 1 ? words[1] : NULL);
	if (!call->command) {
		if (call->help ||
		    (n > 1 && (!strcmp(words[1], "--help") || !strcmp(words[1], "-h")))) {
			call->help = true;
			call->command = ctl_command_find("help", NULL);
			return add_value(call, "COMMAND", words[0]) ? CTL_SYSTEM : CTL_DONE;
		}
		return no_action(call, words[0], n > 1 ? words[1] : NULL);
	}
	if (call->command->action) {
		words++;
		n--;
	}
	at = parse_options(call, n, words, false);
	if (at < 0)
		return CTL_USAGE;
	return call->help ? CTL_DONE : take_args(call, n - at, words + at);
}
