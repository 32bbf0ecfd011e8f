// SPDX-License-Identifier: GPL-2.0-only
/* Commands that the daemon carries out: reading the files they name, asking, showing what goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/render.h"
#include "ctl/run.h"
#include "loader/codegen/compile.h"
#include "loader/mem.h"
#include "loader/runtime/config.h"

static const char *full_name(const struct ctl_call *call, char *buf, size_t size)
{
	return ctl_command_name(call->command, buf, size);
}

static enum ctl_exit ask(struct ctl_call *call, struct json_object *args)
{
	char name[64];
	enum ctl_exit status =
		args ? ctl_ask(call, full_name(call, name, sizeof(name)), args, NULL, &call->result)
		     : CTL_SYSTEM;

	json_object_put(args);
	return status;
}

int ctl_run_ask(struct ctl_call *call)
{
	return (int)ask(call, ctl_call_args(call));
}

/* ---- Files -----------------------------------------------------------------------------------*/

static int file_error(struct ctl_call *call, const char *path, int err)
{
	sl_error(&call->diags, (struct sl_pos){.file = path}, "file", "cannot be read: %s",
		 strerror(err));
	return -EIO;
}

/* The whole of a file of at most `max` bytes. 0 or -EIO with a message. */
static int read_file(struct ctl_call *call, const char *path, size_t max, char **out)
{
	bool input = !strcmp(path, "-");
	_close_ int fd = input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	_free_ char *buf = NULL;
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return file_error(call, path, errno);
	buf = malloc(max + 2);
	if (!buf)
		return -ENOMEM;
	while ((n = read(fd, buf + len, max + 1 - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		return file_error(call, path, errno);
	if (len > max)
		return file_error(call, path, EFBIG);
	/* The protocol carries text, which ends at a NUL. */
	if (memchr(buf, 0, len))
		return file_error(call, path, EILSEQ);
	buf[len] = 0;
	*out = TAKE_PTR(buf);
	return 0;
}

/* The directory that graph paths of a node file are relative to, absolute. */
static char *dir_of(const char *path)
{
	_free_ char *real = strcmp(path, "-") ? realpath(path, NULL) : NULL;
	char *slash;

	if (!real)
		return getcwd(NULL, 0);
	slash = strrchr(real, '/');
	slash[slash == real] = 0;
	return TAKE_PTR(real);
}

static enum ctl_exit ask_with_node_file(struct ctl_call *call)
{
	const char *path = ctl_get(call, "FILE");
	_free_ char *text = NULL, *dir = NULL;
	struct json_object *args;

	if (read_file(call, path, SL_CONFIG_MAX, &text))
		return CTL_SYSTEM;
	dir = dir_of(path);
	args = ctl_call_args(call);
	if (!dir || !args) {
		json_object_put(args);
		return CTL_SYSTEM;
	}
	json_object_object_add(args, "text", json_object_new_string(text));
	json_object_object_add(args, "dir", json_object_new_string(dir));
	return ask(call, args);
}

int ctl_run_node_apply(struct ctl_call *call)
{
	return (int)ask_with_node_file(call);
}

int ctl_run_tenant_add(struct ctl_call *call)
{
	return (int)ask_with_node_file(call);
}

int ctl_run_tenant_install(struct ctl_call *call)
{
	struct sl_submission sub = {0};
	const char **vars;
	struct json_object *args = NULL, *o = NULL;
	size_t n;
	int ret;

	vars = ctl_get_all(call, "NAME=value", &n);
	if (!vars)
		return CTL_SYSTEM;
	ret = sl_submission_read(ctl_get(call, "GRAPH"), vars, n, &call->diags, &sub);
	free(vars);
	if (!ret) {
		o = sl_submission_json(&sub);
		args = o ? ctl_call_args(call) : NULL;
	}
	sl_submission_free(&sub);
	if (ret)
		return ret == -EINVAL ? CTL_REFUSED : CTL_SYSTEM;
	if (!args) {
		json_object_put(o);
		return CTL_SYSTEM;
	}
	/* Variables went into the submission. */
	json_object_object_del(args, "name=value");
	json_object_object_add(args, "submission", o);
	return (int)ask(call, args);
}

/* ---- Answers that go on ----------------------------------------------------------------------*/

static int show_part(struct ctl_call *call, struct json_object *part)
{
	bool table = !call->json && ctl_get(call, "watch");

	/* A screenful at a time, where there is a screen. */
	if (table && isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", stdout);
	call->shown = true;
	if (ctl_render_part(part, call->command->view, call->json, stdout))
		return -EIO;
	if (table && !isatty(STDOUT_FILENO))
		putchar('\n');
	return 0;
}

int ctl_run_watch(struct ctl_call *call)
{
	struct json_object *args = ctl_call_args(call);
	char name[64];
	enum ctl_exit status;

	if (!args)
		return CTL_SYSTEM;
	status = ctl_ask(call, full_name(call, name, sizeof(name)), args, show_part, &call->result);
	json_object_put(args);
	/* What was shown in parts has no result of its own. */
	if (call->result && !json_object_object_length(call->result))
		call->shown = true;
	return (int)status;
}
