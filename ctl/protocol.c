// SPDX-License-Identifier: GPL-2.0-only
/* Requests and answers of the control protocol. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "ctl/protocol.h"

const char *ctl_errno_name(int err)
{
	const char *name = strerrorname_np(err < 0 ? -err : err);

	return name ? name : "EIO";
}

struct json_object *ctl_request_new(const char *command, struct json_object *args)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return NULL;
	json_object_object_add(o, "command", json_object_new_string(command));
	if (args)
		json_object_object_add(o, "args", json_object_get(args));
	return o;
}

struct json_object *ctl_answer_new(int err, struct json_object *result, const struct sl_diags *d)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return NULL;
	json_object_object_add(o, "status", json_object_new_int(ctl_exit_of(err)));
	if (err)
		json_object_object_add(o, "error", json_object_new_string(ctl_errno_name(err)));
	if (result)
		json_object_object_add(o, "result", json_object_get(result));
	if (d->n)
		json_object_object_add(o, "messages", sl_diags_json(d));
	return o;
}

struct json_object *ctl_part_new(struct json_object *part)
{
	struct json_object *o = json_object_new_object();

	if (o)
		json_object_object_add(o, "part", json_object_get(part));
	return o;
}

/* ---- Checking --------------------------------------------------------------------------------*/

static bool key_is(const char *name, const char *key)
{
	for (; *name && *key; name++, key++)
		if ((*name == '-' ? '_' : tolower((unsigned char)*name)) != *key)
			return false;
	return !*name && !*key;
}

static int check_text(struct json_object *v, const char *key, enum ctl_kind kind,
		      const char *const *choices, struct sl_diags *d)
{
	const char *why = "a text", *text;

	if (json_object_is_type(v, json_type_string)) {
		text = json_object_get_string(v);
		if (strlen(text) == (size_t)json_object_get_string_len(v) &&
		    strlen(text) <= CTL_TEXT_MAX && !ctl_check_value(kind, choices, text, &why))
			return 0;
	}
	sl_diag_hint(sl_error(d, SL_NOPOS, "bad-argument", "argument '%s' is not usable", key),
		     "give %s", why);
	return -EINVAL;
}

static int check_value(struct json_object *v, const char *key, enum ctl_kind kind, bool many,
		       const char *const *choices, struct sl_diags *d)
{
	int ret = 0;

	if (kind == CTL_FLAG) {
		if (json_object_is_type(v, json_type_boolean))
			return 0;
		sl_error(d, SL_NOPOS, "bad-argument", "argument '%s' is not true or false", key);
		return -EINVAL;
	}
	if (!many)
		return check_text(v, key, kind, choices, d);
	if (!json_object_is_type(v, json_type_array)) {
		sl_error(d, SL_NOPOS, "bad-argument", "argument '%s' is not a list", key);
		return -EINVAL;
	}
	for (size_t i = 0; !ret && i < json_object_array_length(v); i++)
		ret = check_text(json_object_array_get_idx(v, i), key, kind, choices, d);
	return ret;
}

/* Members that commands send beside their arguments; the command checks what is in them. */
static bool is_payload(const char *key)
{
	static const char *const keys[] = {"submission", "text", "dir"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

static int check_member(const struct ctl_command *c, const char *key, struct json_object *v,
			struct sl_diags *d)
{
	for (const struct ctl_arg *a = c->args; a && a->name; a++)
		if (key_is(a->name, key))
			return check_value(v, key, a->kind, a->many, NULL, d);
	for (const struct ctl_option *o = c->options; o && o->name; o++)
		if (key_is(o->name, key))
			return check_value(v, key, o->kind, o->many, o->choices, d);
	if (is_payload(key))
		return 0;
	sl_error(d, SL_NOPOS, "bad-argument", "unknown argument '%s'", key);
	return -EINVAL;
}

static int check_missing(const struct ctl_command *c, struct json_object *args, struct sl_diags *d)
{
	for (const struct ctl_arg *a = c->args; a && a->name; a++) {
		bool found = a->optional;

		if (args && !found) {
			json_object_object_foreach (args, key, v) {
				(void)v;
				found |= key_is(a->name, key);
			}
		}
		/* What a file says comes as text, and its name is only for messages. */
		if (!found && a->kind != CTL_FILE) {
			sl_error(d, SL_NOPOS, "bad-argument", "argument %s is missing", a->name);
			return -EINVAL;
		}
	}
	return 0;
}

static const struct ctl_command *find(const char *name)
{
	char full[64];

	for (const struct ctl_command *c = ctl_commands; c->object; c++)
		if (!strcmp(ctl_command_name(c, full, sizeof(full)), name))
			return c->serve ? c : NULL;
	return NULL;
}

int ctl_request_check(struct json_object *o, struct sl_diags *d, const struct ctl_command **command,
		      struct json_object **args)
{
	struct json_object *name = NULL, *a = NULL;
	const struct ctl_command *c = NULL;
	int ret = 0;

	if (json_object_object_get_ex(o, "command", &name) &&
	    json_object_is_type(name, json_type_string))
		c = find(json_object_get_string(name));
	if (!c) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "unknown-command",
				      "the daemon knows no command '%.64s'",
				      name ? json_object_get_string(name) : ""),
			     "sluicectl and sluiced may be of different versions");
		return -EINVAL;
	}
	if (json_object_object_get_ex(o, "args", &a) && !json_object_is_type(a, json_type_object)) {
		sl_error(d, SL_NOPOS, "bad-argument", "the arguments are no object");
		return -EINVAL;
	}
	if (a) {
		json_object_object_foreach (a, key, v) {
			int bad = check_member(c, key, v, d);

			ret = ret ? ret : bad;
		}
	}
	ret = ret ? ret : check_missing(c, a, d);
	if (ret)
		return ret;
	*command = c;
	*args = a;
	return 0;
}

const char *ctl_arg_text(struct json_object *args, const char *key)
{
	struct json_object *v;

	if (!args || !json_object_object_get_ex(args, key, &v) ||
	    !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v);
}

bool ctl_arg_flag(struct json_object *args, const char *key)
{
	struct json_object *v;

	return args && json_object_object_get_ex(args, key, &v) && json_object_get_boolean(v);
}
