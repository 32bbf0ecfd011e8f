// SPDX-License-Identifier: GPL-2.0-only
/*
 * sluicectl: parses the command line, carries the command out, and shows what came of it. The
 * commands are in commands.c; started as `sluice-compile`, this is the compiler process.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "ctl/command.h"
#include "ctl/render.h"
#include "ctl/run.h"
#include "loader/codegen/build.h"
#include "loader/runtime/sandbox.h"

/* With -j, what went wrong is an object on standard output, too. */
static struct json_object *failure(const struct ctl_call *call, enum ctl_exit status)
{
	static const char *const names[] = {"done", "refused", "usage", "system"};
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "error", json_object_new_string(names[status]));
	json_object_object_add(o, "status", json_object_new_int(status));
	json_object_object_add(o, "messages", sl_diags_json(&call->diags));
	return o;
}

static const struct ctl_view help_view = {.raw = "text"};

static enum ctl_exit show(struct ctl_call *call, enum ctl_exit status)
{
	const struct ctl_view *view = call->command ? call->command->view : NULL;

	sl_diags_print(&call->diags, stderr);
	if (call->help) /* the text of the help, whatever the command shows otherwise */
		view = &help_view;
	if (call->json && status && !call->result)
		call->result = failure(call, status);
	else if (call->json && call->diags.n && call->result)
		json_object_object_add(call->result, "messages", sl_diags_json(&call->diags));
	if (call->result && !call->shown && ctl_render(call->result, view, call->json, stdout))
		return CTL_SYSTEM;
	return status;
}

int main(int argc, char **argv)
{
	struct ctl_call call = {0};
	enum ctl_exit status;

	if (argc > 0 && !strcmp(argv[0], SL_SANDBOX_ARGV0))
		return sl_compile_main();
	/* A reader that has seen enough is an error of write(), not a death. */
	signal(SIGPIPE, SIG_IGN);
	/* What went wrong is in our messages. */
	libbpf_set_print(NULL);
	status = ctl_parse(argc, argv, &call);
	if (!status && call.help)
		status = (enum ctl_exit)ctl_run_help(&call);
	else if (!status)
		status = (enum ctl_exit)(call.command->run ? call.command->run(&call)
							   : ctl_run_ask(&call));
	/* A failure is never silent. */
	if (status && !call.diags.errors && !call.result)
		sl_error(&call.diags, SL_NOPOS, "system", "out of memory, or the system refused");
	status = show(&call, status);
	ctl_call_free(&call);
	return (int)status;
}
