// SPDX-License-Identifier: GPL-2.0-only
/* What sluicectl says about itself: help, version, documents made from tables. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/run.h"
#include "loader/config/config.h"
#include "loader/mem.h"

/* Runs what writes a text, and makes the text the result. */
static int with_text(struct ctl_call *call, int (*fn)(FILE *out))
{
	_free_ char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int ret = f ? fn(f) : -ENOMEM;

	if (f && fclose(f))
		ret = -ENOMEM;
	if (ret)
		return CTL_SYSTEM;
	call->result = json_object_new_object();
	json_object_object_add(call->result, "text", json_object_new_string(text));
	return CTL_DONE;
}

int ctl_run_docs_elements(struct ctl_call *call)
{
	return with_text(call, sl_docs_elements);
}

int ctl_run_docs_man(struct ctl_call *call)
{
	return with_text(call, ctl_man);
}

int ctl_run_docs_completion(struct ctl_call *call)
{
	return with_text(call, ctl_completion);
}

int ctl_run_version(struct ctl_call *call)
{
	call->result = json_object_new_object();
	json_object_object_add(call->result, "version", json_object_new_string(SL_VERSION));
	return CTL_DONE;
}

/* `help`, `help OBJECT`, `help OBJECT ACTION`; also `OBJECT ACTION --help`. */
int ctl_run_help(struct ctl_call *call)
{
	const char *object = ctl_get_nth(call, "COMMAND", 0);
	const char *action = ctl_get_nth(call, "COMMAND", 1);
	const struct ctl_command *c = NULL;
	_free_ char *text = NULL;
	size_t len;
	FILE *f;

	if (call->help && strcmp(call->command->object, "help"))
		c = call->command;
	else if (object)
		c = ctl_command_find(object, action);
	if (object && action && !c) {
		sl_diag_hint(sl_error(&call->diags, SL_NOPOS, "usage", "no command '%s %s'", object,
				      action),
			     "`sluicectl help` lists the commands");
		return CTL_USAGE;
	}
	f = open_memstream(&text, &len);
	if (!f)
		return CTL_SYSTEM;
	ctl_help(c, object, f);
	if (fclose(f))
		return CTL_SYSTEM;
	call->result = json_object_new_object();
	json_object_object_add(call->result, "text", json_object_new_string(text));
	return CTL_DONE;
}
