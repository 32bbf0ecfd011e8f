/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What frames of the control protocol hold (docs/control.md):
 *
 *   request   {command: "tenant install", args: {name: "red", ...}}
 *   answer    {status: 0..3, error: "EPERM", result: {...}, messages: [...]}
 *   part      {part: {...}}   before the answer, of a command that goes on
 *
 * A request is held against the table of commands before anything looks at its arguments.
 */
#ifndef CTL_PROTOCOL_H
#define CTL_PROTOCOL_H

#include "ctl/command.h"
#include "loader/codegen/compile.h"

#define CTL_SOCKET "/run/sluice/control"
#define CTL_TEXT_MAX 4096 /* bytes of an argument, texts of files excepted */

struct json_object *ctl_request_new(const char *command, struct json_object *args);
/* `messages` may be empty, `result` (kept by the caller) NULL. */
struct json_object *ctl_answer_new(int err, struct json_object *result, const struct sl_diags *d);
struct json_object *ctl_part_new(struct json_object *part);

/*
 * Checks a request against the table: the command is known and the daemon's, each argument has its
 * kind, none is missing, none unknown. Further members that commands send (texts of files) are left
 * to them. 0 and the command with its arguments (borrowed from `o`; NULL: none); -EINVAL with
 * messages in `d`.
 */
int ctl_request_check(struct json_object *o, struct sl_diags *d, const struct ctl_command **command,
		      struct json_object **args);

/* Members of an object of arguments; NULL or false when not there. */
const char *ctl_arg_text(struct json_object *args, const char *key);
bool ctl_arg_flag(struct json_object *args, const char *key);

/* "EPERM" for -EPERM. */
const char *ctl_errno_name(int err);

#endif
