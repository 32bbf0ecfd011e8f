// SPDX-License-Identifier: GPL-2.0-only
/*
 * Click's commands: what can be said at once is; the rest becomes a request of the daemon's own
 * (read, write, tenant install, tenant stop) and waits for its turn like those of any client.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/click.h"
#include "ctl/protocol.h"
#include "ctl/serve.h"
#include "loader/mem.h"

#define READ_STEP 4096

int ctl_click_new(const char *tenant, struct ctl_click **out)
{
	struct ctl_click *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->tenant = strdup(tenant);
	if (!k->tenant) {
		free(k);
		return -ENOMEM;
	}
	*out = k;
	return 0;
}

void ctl_click_free(struct ctl_click *k)
{
	if (!k)
		return;
	free(k->tenant);
	ctl_click_parser_free(&k->parser);
	ctl_click_cmd_free(&k->cmd);
	free(k);
}

/* ---- Bytes -----------------------------------------------------------------------------------*/

int ctl_click_read(struct ctl_conn *c)
{
	struct ctl_buf *b = &c->in;
	size_t step = ctl_buf_len(b) > READ_STEP ? 65536 : READ_STEP;
	ssize_t n;
	int ret;

	ret = ctl_buf_room(b, step);
	if (ret)
		return ret;
	n = read(c->source.fd, b->bytes + b->end, step);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	b->end += (size_t)n;
	c->click->eof = !n;
	return (int)n;
}

/* ---- Requests --------------------------------------------------------------------------------*/

/* Takes `args` over. */
static void submit(struct ctl_conn *c, const struct ctl_command *command, struct json_object *args)
{
	c->request = c->args = args;
	c->command = command;
	c->state = CTL_CONN_QUEUED;
	c->arrived = ++c->server->arrivals;
}

static struct json_object *text_of(const struct ctl_click_cmd *cmd)
{
	return json_object_new_string_len(cmd->data, (int)cmd->len);
}

static void submit_handler(struct ctl_conn *c, bool write)
{
	struct json_object *args = json_object_new_object(), *list = json_object_new_array();
	const struct ctl_click_cmd *cmd = &c->click->cmd;
	_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", c->click->tenant, cmd->handler) < 0) {
		path = NULL;
		c->state = CTL_CONN_CLOSING;
		json_object_put(args);
		json_object_put(list);
		return;
	}
	json_object_array_add(list, text_of(cmd));
	json_object_object_add(args, "handler", json_object_new_string(path));
	json_object_object_add(args, write ? "value" : "args", list);
	submit(c, ctl_command_find(write ? "write" : "read", NULL), args);
}

static void submit_global(struct ctl_conn *c)
{
	struct json_object *args = json_object_new_object();
	struct ctl_click_cmd *cmd = &c->click->cmd;
	struct sl_submission sub = {.graph = {cmd->handler, cmd->data, cmd->len}};

	json_object_object_add(args, "tenant", json_object_new_string(c->click->tenant));
	if (cmd->verb == CTL_CLICK_READ) {
		json_object_object_add(args, "name", json_object_new_string(cmd->handler));
		submit(c, &ctl_click_read_global, args);
	} else if (!strcmp(cmd->handler, "stop")) {
		submit(c, ctl_command_find("tenant", "stop"), args);
	} else {
		json_object_object_add(args, "graph", json_object_new_string(cmd->handler));
		json_object_object_add(args, "submission", sl_submission_json(&sub));
		submit(c, ctl_command_find("tenant", "install"), args);
	}
}

/* ---- Commands --------------------------------------------------------------------------------*/

/* ".list" and "0.list" are list. */
static void canonical(char *name)
{
	size_t n = *name == '.' ? 1 : !strncmp(name, "0.", 2) ? 2 : 0;

	if (n)
		memmove(name, name + n, strlen(name + n) + 1);
}

/* What the handler can do; 0: it was said that there is none. */
static unsigned int find_handler(struct ctl_conn *c)
{
	const char *name = c->click->cmd.handler;
	const struct ctl_click_global *g = strchr(name, '.') ? NULL : ctl_click_global(name);
	struct sl_diags d = {0};
	unsigned int flags = 0;
	int ret;

	if (g)
		return *g->flags == 'r' ? SL_H_READ : SL_H_WRITE;
	if (!strchr(name, '.')) {
		ctl_click_say(c, 511, false, "No handler named '%s'", name);
		return 0;
	}
	ret = c->server->ops->handler(c->server->node, c->click->tenant, name, &flags, &d);
	if (ret && !ctl_click_failed(c, ret, &d))
		ctl_click_messages(c, 590, "The handler cannot be looked up", &d);
	sl_diags_free(&d);
	return ret ? 0 : flags;
}

/* Whether a handler that is there may be written here. */
static bool may_write(struct ctl_conn *c)
{
	if (!c->server->ops->read_only(c->server->node, c->click->tenant))
		return true;
	ctl_click_say(c, 530, false, "Permission denied for '%s'", c->click->cmd.handler);
	return false;
}

static void begin_check(struct ctl_conn *c, bool write)
{
	unsigned int flags = find_handler(c);
	const char *name = c->click->cmd.handler;
	bool ok = flags & (write ? SL_H_WRITE : SL_H_READ);

	if (!flags || (ok && write && !may_write(c)))
		return;
	if (ok)
		ctl_click_say(c, 200, false, "%s handler '%s' OK", write ? "Write" : "Read", name);
	else
		ctl_click_say(c, 511, false, "Handler '%s' not %s", name,
			      write ? "writable" : "readable");
}

static void begin_call(struct ctl_conn *c, bool write)
{
	unsigned int flags = find_handler(c);
	struct ctl_click_cmd *cmd = &c->click->cmd;

	if (!flags)
		return;
	if (!(flags & (write ? SL_H_WRITE : SL_H_READ))) {
		ctl_click_say(c, 530, false, "Handler '%s' %s", cmd->handler,
			      write ? "read-only" : "write-only");
		return;
	}
	if (write && !may_write(c))
		return;
	if (memchr(cmd->data, 0, cmd->len)) {
		ctl_click_say(c, write ? 520 : 590, true,
			      "%s handler '%s' error:", write ? "Write" : "Read", cmd->handler);
		ctl_click_say(c, write ? 520 : 590, false, "the value is no text: it has a byte 0");
		return;
	}
	if (strchr(cmd->handler, '.'))
		submit_handler(c, write);
	else
		submit_global(c);
}

/* There are none, but a mistake in naming one is told apart. */
static void begin_llrpc(struct ctl_conn *c)
{
	struct ctl_click_cmd *cmd = &c->click->cmd;
	_free_ char *given = strdup(cmd->handler);
	char *hash = strchr(cmd->handler, '#'), *name = NULL;
	const char *digits = hash ? hash + 1 : cmd->handler;

	if (!given) {
		c->state = CTL_CONN_CLOSING;
		return;
	}
	digits += !strncasecmp(digits, "0x", 2) ? 2 : 0;
	if (!hash || !*digits || digits[strspn(digits, "0123456789abcdefABCDEF")] ||
	    strlen(digits) > 8) {
		ctl_click_say(c, 500, false, "Syntax error in LLRPC name '%s'", given);
		return;
	}
	*hash = 0;
	if (asprintf(&name, "%s.name", cmd->handler) < 0) {
		c->state = CTL_CONN_CLOSING;
		return;
	}
	free(cmd->handler);
	cmd->handler = name;
	if (find_handler(c))
		ctl_click_say(c, 522, false,
			      "LLRPC '%s' error: elements have no LLRPCs here, use handlers",
			      given);
}

static void begin_help(struct ctl_conn *c)
{
	static const char *const lines[] = {
		"Commands supported:",
		"READ handler [arg...]   call a read handler, answer DATA",
		"READDATA handler n      the same, its arguments are the n bytes that follow",
		"READUNTIL handler line  the same, its arguments are the lines up to that one",
		"WRITE handler [arg...]  call a write handler",
		"WRITEDATA handler n     the same, the value is the n bytes that follow",
		"WRITEUNTIL handler line the same, the value is the lines up to that one",
		"CHECKREAD handler       whether there is such a read handler",
		"CHECKWRITE handler      whether there is such a write handler",
		"LLRPC element#number [n] refused: elements have no LLRPCs here",
		"HELP                    this list",
		"QUIT                    close the connection",
	};
	const size_t n = sizeof(lines) / sizeof(lines[0]);

	for (size_t i = 0; i < n; i++)
		ctl_click_say(c, 200, i + 1 < n, "%s", lines[i]);
}

static void begin_quit(struct ctl_conn *c)
{
	if (c->click->cmd.code)
		ctl_click_say(c, c->click->cmd.code, false, "Bad command syntax");
	ctl_click_say(c, 200, false, "Goodbye!");
	c->state = CTL_CONN_CLOSING;
}

static void begin(struct ctl_conn *c)
{
	struct ctl_click_cmd *cmd = &c->click->cmd;

	if (cmd->handler)
		canonical(cmd->handler);
	switch (cmd->verb) {
	case CTL_CLICK_WRONG:
		ctl_click_say(c, cmd->code, false, "%s", cmd->message);
		break;
	case CTL_CLICK_READ:
	case CTL_CLICK_WRITE:
		begin_call(c, cmd->verb == CTL_CLICK_WRITE);
		break;
	case CTL_CLICK_CHECKREAD:
	case CTL_CLICK_CHECKWRITE:
		begin_check(c, cmd->verb == CTL_CLICK_CHECKWRITE);
		break;
	case CTL_CLICK_LLRPC:
		begin_llrpc(c);
		break;
	case CTL_CLICK_HELP:
		begin_help(c);
		break;
	case CTL_CLICK_QUIT:
		begin_quit(c);
		break;
	}
	if (cmd->last)
		c->state = CTL_CONN_CLOSING;
	if (c->state != CTL_CONN_QUEUED)
		ctl_click_cmd_free(cmd);
}

void ctl_click_take(struct ctl_conn *c)
{
	struct ctl_click *k = c->click;
	int ret = ctl_click_next(&k->parser, &c->in, k->eof, &k->cmd);

	if (ret < 0 || (!ret && k->eof)) {
		c->state = CTL_CONN_CLOSING;
	} else if (ret > 0) {
		/* Whose the tenant is may have changed since the connection was made. */
		if (ctl_serve_sees(c->server, c->uid, k->tenant)) {
			begin(c);
			return;
		}
		ctl_click_say(c, 530, false, "Permission denied");
		ctl_click_cmd_free(&k->cmd);
		c->state = CTL_CONN_CLOSING;
	}
}
