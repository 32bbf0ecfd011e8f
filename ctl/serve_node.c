// SPDX-License-Identifier: GPL-2.0-only
/* Requests about the node, its ports and its links. */
#include <errno.h>
#include <string.h>

#include "ctl/confirm.h"
#include "ctl/protocol.h"
#include "ctl/serve.h"
#include "loader/mem.h"

/* ---- Node ------------------------------------------------------------------------------------*/

int ctl_serve_node_apply(struct ctl_serve *s)
{
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *c = NULL;
	const char *text = ctl_arg_text(s->args, "text"), *dir = ctl_arg_text(s->args, "dir");
	const char *name = ctl_arg_text(s->args, "file");
	bool dry_run = ctl_arg_flag(s->args, "dry_run");
	struct json_object *changes;
	int ret;

	if (!text) {
		sl_error(&s->diags, SL_NOPOS, "bad-argument", "the node file's text is missing");
		return -EINVAL;
	}
	changes = json_object_new_array();
	if (!changes)
		return -ENOMEM;
	json_object_object_add(s->result, "dry_run", json_object_new_boolean(dry_run));
	json_object_object_add(s->result, "changes", changes);
	ret = sl_node_config_parse(text, strlen(text), name ? name : "node file", dir ? dir : "",
				   &s->diags, &c);
	if (!ret && !dry_run)
		ret = ctl_serve_ahead(s, c, NULL);
	if (ret || s->waiting)
		return ret;
	return s->ops->apply(s->node, TAKE_PTR(c), dry_run, s->conn->hand, &s->diags, changes);
}

int ctl_serve_node_show(struct ctl_serve *s)
{
	return ctl_serve_result(s, s->ops->show(s->node));
}

/* ---- Ports -----------------------------------------------------------------------------------*/

static bool is_attached(struct ctl_serve *s, const char *name)
{
	struct json_object *ports = s->ops->ports(s->node);
	bool found = false;

	for (size_t i = 0; ports && i < json_object_array_length(ports); i++) {
		const char *port = ctl_arg_text(json_object_array_get_idx(ports, i), "name");

		found |= port && !strcmp(port, name);
	}
	json_object_put(ports);
	return found;
}

/* The time is written down before the port is attached: a daemon that dies in between leaves a
 * confirmation for nothing, not a port without one. */
static int attach_on_trial(struct ctl_serve *s, const char *name, const char *interface,
			   enum sl_port_mode mode, const char *time)
{
	unsigned long long ms = 0;
	int ret;

	if (is_attached(s, name)) {
		sl_diag_hint(sl_error(&s->diags, SL_NOPOS, "attached",
				      "port %s is attached already: there is nothing to try", name),
			     "leave out --confirm, or detach it first");
		return -EEXIST;
	}
	ctl_time_ms(time, &ms);
	ret = ctl_confirm_add(s->server, name, ms);
	if (ret) {
		sl_error(&s->diags, SL_NOPOS, "confirm", "the time cannot be written down: %s",
			 strerror(-ret));
		return ret == -ENOENT ? -EIO : ret;
	}
	ret = s->ops->port_attach(s->node, name, interface, mode, &s->diags);
	if (ret) {
		ctl_confirm_drop(s->server, name);
		return ret;
	}
	json_object_object_add(s->result, "confirm_ms", json_object_new_uint64(ms));
	sl_diag_hint(sl_note(&s->diags, SL_NOPOS, "confirm", "port %s is detached again in %.0f s",
			     name, (double)ms / 1000),
		     "keep it with: sluicectl port confirm %s", name);
	return 0;
}

int ctl_serve_port_attach(struct ctl_serve *s)
{
	const char *name = ctl_arg_text(s->args, "name");
	const char *interface = ctl_arg_text(s->args, "interface");
	const char *mode = ctl_arg_text(s->args, "mode");
	const char *time = ctl_arg_text(s->args, "confirm");
	enum sl_port_mode m = mode && !strcmp(mode, "generic") ? SL_PORT_GENERIC : SL_PORT_NATIVE;

	json_object_object_add(s->result, "name", json_object_new_string(name));
	json_object_object_add(s->result, "interface", json_object_new_string(interface));
	json_object_object_add(s->result, "mode", json_object_new_string(sl_port_mode_name(m)));
	if (time)
		return attach_on_trial(s, name, interface, m, time);
	return s->ops->port_attach(s->node, name, interface, m, &s->diags);
}

int ctl_serve_port_confirm(struct ctl_serve *s)
{
	const char *name = ctl_arg_text(s->args, "name");
	int ret = ctl_confirm_drop(s->server, name);

	if (ret == -ENOENT)
		sl_diag_hint(sl_error(&s->diags, SL_NOPOS, "confirm",
				      "port %s waits for no confirmation", name),
			     "`sluicectl port list` shows which do; after its time a port is "
			     "detached");
	if (!ret)
		json_object_object_add(s->result, "name", json_object_new_string(name));
	return ret;
}

int ctl_serve_port_detach(struct ctl_serve *s)
{
	const char *name = ctl_arg_text(s->args, "name");
	int ret = s->ops->port_detach(s->node, name, &s->diags);

	if (ret)
		return ret;
	ctl_confirm_drop(s->server, name);
	json_object_object_add(s->result, "name", json_object_new_string(name));
	return 0;
}

int ctl_serve_port_list(struct ctl_serve *s)
{
	struct json_object *list = s->ops->ports(s->node);

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *name = ctl_arg_text(o, "name");
		long long ms = name ? ctl_confirm_left(s->server, name) : -1;

		if (ms >= 0)
			json_object_object_add(o, "confirm_ms", json_object_new_int64(ms));
	}
	json_object_object_add(s->result, "ports", list);
	return 0;
}

/* ---- Links -----------------------------------------------------------------------------------*/

int ctl_serve_link_list(struct ctl_serve *s)
{
	return ctl_serve_rows(s, "links", "tenant", s->ops->links(s->node, s->tenant, NULL));
}

int ctl_serve_link_show(struct ctl_serve *s)
{
	const char *link = ctl_arg_text(s->args, "link");
	const char *device = strchr(link, '/') + 1;
	struct json_object *list = s->ops->links(s->node, s->tenant, device), *o;

	if (!list)
		return -ENOMEM;
	o = json_object_array_get_idx(list, 0);
	if (!o) {
		json_object_put(list);
		sl_diag_hint(sl_error(&s->diags, SL_NOPOS, "no-link",
				      "tenant %s has no device '%s'", s->tenant, device),
			     "`sluicectl link list %s` shows which there are", s->tenant);
		return -ENOENT;
	}
	ctl_serve_result(s, json_object_get(o));
	json_object_put(list);
	return 0;
}
