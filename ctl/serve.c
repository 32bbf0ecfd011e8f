// SPDX-License-Identifier: GPL-2.0-only
/*
 * One request: who asks, whether they may, the command's function, the answer, the log.
 *
 * Authority is the kernel's word on who is at the other end (SO_PEERCRED): root may do everything;
 * the owner of a tenant may do what commands of CTL_OWNER do to that tenant; everybody may list
 * what is theirs. Nothing a request says can change whom it is from.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/click.h"
#include "ctl/log.h"
#include "ctl/protocol.h"
#include "ctl/serve.h"

/* ---- Authority -------------------------------------------------------------------------------*/

const char *ctl_serve_tenant(struct json_object *args, char *buf, size_t size)
{
	static const char *const keys[] = {"tenant", "handler", "link"};
	const char *text = NULL;
	size_t n;

	for (size_t i = 0; !text && i < sizeof(keys) / sizeof(keys[0]); i++)
		text = ctl_arg_text(args, keys[i]);
	if (!text)
		return NULL;
	n = strcspn(text, "/");
	if (n >= size)
		return NULL;
	memcpy(buf, text, n);
	buf[n] = 0;
	return buf;
}

/* To a stranger, a tenant that is not theirs and one that is not there are the same. */
int ctl_serve_may(struct ctl_server *s, uid_t uid, const char *tenant, struct sl_diags *d)
{
	uid_t owner;
	int ret = s->ops->owner(s->node, tenant, &owner);

	if (!ret && (!uid || uid == owner))
		return 0;
	if (ret && !uid) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-tenant", "there is no tenant '%s'", tenant),
			     "`sluicectl tenant list` shows which there are");
		return -ENOENT;
	}
	sl_diag_hint(sl_error(d, SL_NOPOS, "not-owner", "uid %u does not own a tenant '%s'", uid,
			      tenant),
		     "`sluicectl tenant list` shows your own; others are for root");
	return -EPERM;
}

bool ctl_serve_sees(struct ctl_server *s, uid_t uid, const char *tenant)
{
	uid_t owner;

	return !uid || (tenant && !s->ops->owner(s->node, tenant, &owner) && owner == uid);
}

static int check_authority(struct ctl_serve *s)
{
	char name[64];

	if (s->command->who == CTL_ROOT && s->uid) {
		sl_diag_hint(
			sl_error(&s->diags, SL_NOPOS, "not-root", "`%s` is for root",
				 ctl_command_name(s->command, name, sizeof(name))),
			"a tenant's owner may install, start, stop, roll back, read, write and "
			"watch that tenant");
		return -EPERM;
	}
	/* Root alone adds tenants, and these need not be there yet. */
	if (s->tenant && s->command->who != CTL_ROOT)
		return ctl_serve_may(s->server, s->uid, s->tenant, &s->diags);
	return 0;
}

/* ---- Results ---------------------------------------------------------------------------------*/

int ctl_serve_result(struct ctl_serve *s, struct json_object *o)
{
	if (!o)
		return -ENOMEM;
	json_object_put(s->result);
	s->result = o;
	return 0;
}

int ctl_serve_rows(struct ctl_serve *s, const char *name, const char *key, struct json_object *list)
{
	struct json_object *rows = json_object_new_array();

	if (!list || !rows) {
		json_object_put(list);
		json_object_put(rows);
		return -ENOMEM;
	}
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *row = json_object_array_get_idx(list, i);

		if (ctl_serve_sees(s->server, s->uid, ctl_arg_text(row, key)))
			json_object_array_add(rows, json_object_get(row));
	}
	json_object_put(list);
	json_object_object_add(s->result, name, rows);
	return 0;
}

/* ---- The log ---------------------------------------------------------------------------------*/

/* Commands that only look are not logged, unless they were refused for who asked. */
static bool is_logged(const struct ctl_command *c, int err)
{
	static const char *const looks[] = {"show", "list", "snapshot"};

	if (err == -EPERM)
		return true;
	if (!c->action)
		return !strcmp(c->object, "write") || !strcmp(c->object, "capture") ||
		       !strcmp(c->object, "trace");
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (!strcmp(c->action, looks[i]))
			return false;
	return true;
}

static const char *detail_of(struct json_object *args, const char *tenant)
{
	static const char *const keys[] = {"handler",	"graph", "file",  "name",
					   "interface", "link",	 "limits"};
	const char *text = NULL;

	for (size_t i = 0; !text && i < sizeof(keys) / sizeof(keys[0]); i++)
		text = ctl_arg_text(args, keys[i]);
	/* Not the tenant's name twice. */
	if (text && tenant && !strncmp(text, tenant, strlen(tenant)) && text[strlen(tenant)] == '/')
		text += strlen(tenant) + 1;
	return text;
}

/* Refusals are logged, but a user cannot flood the log with them. */
static bool may_log(const struct ctl_conn *c, int err)
{
	char key[32];

	if (err != -EPERM)
		return true;
	/* No tenant's name has a space. */
	snprintf(key, sizeof(key), "uid %u", c->uid);
	return ctl_queue_take(c->server, key, c->uid);
}

static void log_request(const struct ctl_conn *c, const struct ctl_command *command,
			struct json_object *args, int err, const struct sl_diags *d)
{
	char name[64], tenant[64];
	struct ctl_log_entry e = {
		.uid = c->uid,
		.pid = c->pid,
		.command = ctl_command_name(command, name, sizeof(name)),
		.tenant = ctl_serve_tenant(args, tenant, sizeof(tenant)),
		.err = err,
		.diags = d,
	};
	struct json_object *o;

	if (!is_logged(command, err) || !may_log(c, err))
		return;
	e.detail = detail_of(args, e.tenant);
	o = ctl_log_add(c->server->log, &e);
	if (o)
		ctl_watch_change(c->server, e.tenant, o);
}

/* ---- Requests --------------------------------------------------------------------------------*/

/* Whether something is to be compiled for it. */
static bool compiles(const struct ctl_conn *c)
{
	if (c->command->serve == ctl_serve_node_apply)
		return !ctl_arg_flag(c->args, "dry_run");
	if (c->command->serve == ctl_serve_tenant_optimize)
		return !ctl_arg_flag(c->args, "dry_run");
	return c->command->serve == ctl_serve_tenant_install;
}

bool ctl_serve_ready(const struct ctl_conn *c)
{
	return c->compiled || !c->server->ops->ahead_compile || !compiles(c) || ctl_worker_can(c);
}

int ctl_serve_ahead(struct ctl_serve *s, const struct sl_node_config *c,
		    const struct sl_submission *sub)
{
	const struct ctl_node_ops *ops = s->ops;
	struct sl_ahead *a = NULL;
	int ret;

	if (!ops->ahead_compile || s->conn->compiled)
		return 0;
	ret = c ? ops->ahead_config(s->node, c, &a) : ops->ahead_tenant(s->node, s->tenant, &a);
	ret = ret ? ret : ctl_worker_start(s->conn, c ? "node apply" : s->tenant, a, sub);
	ops->ahead_free(a);
	s->waiting = !ret;
	return ret;
}

void ctl_serve_refused(struct ctl_conn *c, int err, const struct sl_diags *d)
{
	log_request(c, c->command, c->args, err, d);
	ctl_conn_answer(c, err, NULL, d);
}

void ctl_serve_request(struct ctl_conn *c)
{
	char tenant[64];
	struct ctl_serve s = {
		.server = c->server,
		.ops = c->server->ops,
		.node = c->server->node,
		.conn = c,
		.command = c->command,
		.args = c->args,
		.uid = c->uid,
		.tenant = ctl_serve_tenant(c->args, tenant, sizeof(tenant)),
		.result = json_object_new_object(),
	};
	int ret = s.result ? check_authority(&s) : -ENOMEM;

	ret = ret ? ret : c->command->serve(&s);
	/* A system error without a word would leave the caller with none. */
	if (ret && !s.diags.errors)
		sl_error(&s.diags, SL_NOPOS, "system", "%s", strerror(-ret));
	if (!s.waiting) {
		log_request(c, c->command, c->args, ret, &s.diags);
		if (!ret && s.watching)
			ctl_watch_start(c);
		else
			ctl_conn_answer(c, ret, ret ? NULL : s.result, &s.diags);
		/* Tenants may have come and gone. */
		if (s.command->who == CTL_ROOT) {
			ctl_click_sync(s.server);
			ctl_capture_sync(s.server);
		}
	}
	json_object_put(s.result);
	sl_diags_free(&s.diags);
}
