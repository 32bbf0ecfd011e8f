// SPDX-License-Identifier: GPL-2.0-only
/* Handlers of the graph as a whole: version, config, list and so on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/click.h"
#include "ctl/protocol.h"
#include "ctl/serve.h"
#include "loader/element/element.h"
#include "loader/mem.h"

/* ---- Handlers of the graph as a whole --------------------------------------------------------*/

static const struct ctl_click_global globals[] = {
	{"version", "r"},  {"driver", "r"},   {"config", "r"},	  {"flatconfig", "r"},
	{"list", "r"},	   {"classes", "r"},  {"stop", "wb"},	  {"requirements", "r"},
	{"packages", "r"}, {"handlers", "r"}, {"hotconfig", "w"},
};

const struct ctl_click_global *ctl_click_global(const char *name)
{
	for (size_t i = 0; i < sizeof(globals) / sizeof(globals[0]); i++)
		if (!strcmp(globals[i].name, name))
			return &globals[i];
	return NULL;
}

static void put_list(FILE *f, struct json_object *list)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		fprintf(f, "%s\n", json_object_get_string(json_object_array_get_idx(list, i)));
}

static void put_classes(FILE *f)
{
	const struct sl_class_spec *spec;

	for (size_t i = 0; (spec = sl_class_set.nth(i, sl_class_set.arg)) != NULL; i++)
		fprintf(f, "%s\n", spec->name);
}

/* What needs the running graph. */
static int put_graph(FILE *f, const char *name, struct ctl_serve *s)
{
	bool flat = !strcmp(name, "flatconfig") || !strcmp(name, "requirements");
	struct json_object *o = NULL, *list = NULL;
	const char *text;
	int ret = s->ops->graph(s->node, s->tenant, flat, &o, &s->diags);

	if (ret)
		return ret;
	if (!strcmp(name, "list")) {
		json_object_object_get_ex(o, "elements", &list);
		fprintf(f, "%zu\n", list ? json_object_array_length(list) : 0);
		put_list(f, list);
	} else if (!strcmp(name, "requirements")) {
		json_object_object_get_ex(o, "requirements", &list);
		put_list(f, list);
	} else {
		text = ctl_arg_text(o, strcmp(name, "config") ? "flat" : "text");
		fputs(text ? text : "", f);
	}
	json_object_put(o);
	return 0;
}

static int put_global(FILE *f, const char *name, struct ctl_serve *s)
{
	if (!strcmp(name, "version"))
		fputs(SL_VERSION, f);
	else if (!strcmp(name, "driver"))
		fputs("sluice", f);
	else if (!strcmp(name, "classes"))
		put_classes(f);
	else if (!strcmp(name, "handlers"))
		for (size_t i = 0; i < sizeof(globals) / sizeof(globals[0]); i++)
			fprintf(f, "%s\t%s\n", globals[i].name, globals[i].flags);
	else if (strcmp(name, "packages"))
		return put_graph(f, name, s);
	return 0;
}

static int serve_global(struct ctl_serve *s)
{
	_free_ char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int ret;

	if (!f)
		return -ENOMEM;
	ret = put_global(f, ctl_arg_text(s->args, "name"), s);
	if (fclose(f))
		return -ENOMEM;
	if (!ret)
		json_object_object_add(s->result, "value",
				       json_object_new_string_len(text, (int)len));
	return ret;
}

const struct ctl_command ctl_click_read_global = {
	.object = "control", .who = CTL_OWNER, .serve = serve_global, .hidden = true};
