// SPDX-License-Identifier: GPL-2.0-only
/* sluicectl graph: the stages of the language, each shown. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/child.h"
#include "ctl/graph_classes.h"
#include "ctl/run.h"
#include "loader/codegen/compile.h"
#include "loader/mem.h"

enum stage { FLATTEN, PRETTY, DOT };

struct job {
	struct sl_submission sub;
	enum stage stage;
};

enum ctl_exit ctl_read_graph(struct ctl_call *call, const char *argument, struct sl_submission *s)
{
	size_t n;
	const char **vars = ctl_get_all(call, "NAME=value", &n);
	int ret;

	if (!vars)
		return CTL_SYSTEM;
	ret = sl_submission_read(ctl_get(call, argument), vars, n, &call->diags, s);
	free(vars);
	if (!ret)
		return CTL_DONE;
	return ret == -EINVAL ? CTL_REFUSED : CTL_SYSTEM;
}

/* ---- check -----------------------------------------------------------------------------------*/

static struct json_object *devices_json(const struct sl_compiled *c)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < c->program->devices.n; i++)
		json_object_array_add(list,
				      json_object_new_string(c->program->devices.list[i].name));
	return list;
}

int ctl_run_graph_check(struct ctl_call *call)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
	struct sl_compile_opts opts = {.target = SL_TARGET_CHECK, .sandbox = true};
	struct sl_submission sub = {0};
	enum ctl_exit status = ctl_read_graph(call, "FILE", &sub);
	struct json_object *o;
	int ret;

	if (status)
		return (int)status;
	ret = sl_compile(&sub, &opts, &call->diags, &c);
	sl_submission_free(&sub);
	if (ret)
		return (int)ctl_exit_of(ret);
	o = call->result = json_object_new_object();
	json_object_object_add(o, "graph", json_object_new_string(ctl_get(call, "FILE")));
	json_object_object_add(o, "verdict", json_object_new_string("good"));
	json_object_object_add(o, "elements", json_object_new_uint64(c->program->graph->n_elems));
	json_object_object_add(o, "connections",
			       json_object_new_uint64(c->program->graph->n_conns));
	json_object_object_add(o, "devices", devices_json(c));
	return CTL_DONE;
}

/* ---- flatten, pretty, dot --------------------------------------------------------------------*/

static int write_graph(const struct job *j, const struct sl_click_opts *opts, FILE *out,
		       struct sl_diags *d)
{
	SL_CLEANUP(sl_graph_freep) struct sl_graph *g = NULL;
	struct sl_diags quiet = {0};
	int ret =
		sl_click_parse(j->sub.graph.name, j->sub.graph.text, j->sub.graph.len, opts, d, &g);

	if (ret)
		return ret;
	if (j->stage == FLATTEN)
		return sl_graph_write(g, out);
	/* Ports and push or pull are drawn as far as they are known; `check` tells the rest. */
	sl_graph_check(g, opts, &quiet);
	sl_diags_free(&quiet);
	return sl_graph_dot(g, out);
}

static int show(void *arg, struct json_object *result, struct sl_diags *d)
{
	struct job *j = arg;
	struct sl_click_opts opts = {
		.classes = &ctl_graph_classes,
		.vars = j->sub.vars,
		.n_vars = j->sub.n_vars,
		.library = sl_submission_library,
		.library_arg = &j->sub,
	};
	_free_ char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int ret;

	if (!f)
		return -ENOMEM;
	if (j->stage == PRETTY)
		ret = sl_click_pretty(j->sub.graph.name, j->sub.graph.text, j->sub.graph.len, &opts,
				      d, f);
	else
		ret = write_graph(j, &opts, f, d);
	if (fclose(f) && !ret)
		ret = -ENOMEM;
	if (!ret)
		json_object_object_add(result, "text", json_object_new_string_len(text, (int)len));
	return ret;
}

static int run(struct ctl_call *call, enum stage stage)
{
	struct job j = {.stage = stage};
	enum ctl_exit status = ctl_read_graph(call, "FILE", &j.sub);

	if (!status) {
		call->result = json_object_new_object();
		status = ctl_exit_of(ctl_child_call(show, &j, call->result, &call->diags));
	}
	sl_submission_free(&j.sub);
	return (int)status;
}

int ctl_run_graph_flatten(struct ctl_call *call)
{
	return run(call, FLATTEN);
}

int ctl_run_graph_pretty(struct ctl_call *call)
{
	return run(call, PRETTY);
}

int ctl_run_graph_dot(struct ctl_call *call)
{
	return run(call, DOT);
}
