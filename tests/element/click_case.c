// SPDX-License-Identifier: GPL-2.0-only
/* One case in Click: whether it can be, the configuration, the process, the comparison. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "tests/element/click.h"

static enum click_verdict cannot(char **why, const char *reason)
{
	*why = strdup(reason);
	return CLICK_CANNOT;
}

/* What of a case only Sluice has; NULL if nothing. */
static const char *only_here(const struct run *r)
{
	static const char *const control[] = {"Script", "DriverManager", "ControlSocket", NULL};
	const struct sl_program *p = r->compiled->program;

	for (size_t i = 0; i < p->devices.n; i++) {
		if (p->devices.list[i].ip_link)
			return "links that carry IP alone are Sluice's";
	}
	for (size_t i = 0; i < p->graph->n_elems; i++) {
		for (const char *const *c = control; *c; c++) {
			if (!strcmp(p->graph->elems[i].class_name, *c))
				return "the graph has a script or control socket of its own";
		}
	}
	return NULL;
}

static int compile(struct run *r, struct sl_compiled **out)
{
	struct case_graph *g = &r->file->graphs[r->tc->graph];
	struct sl_submission sub = {
		.graph = {.name = r->file->path, .text = g->text, .len = strlen(g->text)}};
	struct sl_compile_opts opts = {.target = SL_TARGET_CHECK,
				       .devices = {g->devices, g->n_devices, g->head},
				       .bpf_dir = "bpf"};
	struct sl_diags d = {0};
	int ret = sl_compile(&sub, &opts, &d, out);

	sl_diags_free(&d);
	return ret;
}

/* A graph Sluice takes uses what Click does not have: classes, arguments, names. */
static enum click_verdict refused(const char *text, char **why)
{
	return cannot(why,
		      strstr(text, "unknown element class") || strstr(text, "undeclared element")
			      ? "this Click has not all of its classes"
			      : "Click refuses the graph");
}

static const char *ended_badly(int ret)
{
	return ret == -ETIMEDOUT ? "Click does not come to an end" : "Click crashes";
}

/* The graph is as Sluice refuses it. */
static enum click_verdict must_refuse(const char *click, struct run *r, const char *config,
				      char **why)
{
	_free_ char *text = NULL;
	int ret = click_run(click, config, false, &text);

	if (ret < 0)
		return cannot(why, ended_badly(ret));
	if (ret && strstr(text, "unknown element class"))
		return cannot(why, "this Click has not all of its classes");
	if (ret)
		return CLICK_AGREES;
	if (asprintf(why, "%s:%u: Click takes this graph: %s", r->file->path, r->tc->line, text) <
	    0)
		*why = NULL;
	return CLICK_DISAGREES;
}

enum click_verdict click_case(const char *click, struct case_file *f, struct test_case *tc,
			      char **why, unsigned int *unknown)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *compiled = NULL;
	_free_ struct run *r = calloc(1, sizeof(*r));
	_free_ char *config = NULL, *text = NULL, *failed = NULL;
	struct click_output o = {0};
	const char *reason;
	size_t len = 0;
	FILE *out;
	int ret;

	if (!r)
		return cannot(why, "no memory");
	r->file = f;
	r->tc = tc;
	r->build = "click";
	if (!tc->refuse) {
		if (compile(r, &compiled))
			return cannot(why, "Sluice refuses the graph itself");
		r->compiled = compiled;
		reason = only_here(r);
		if (reason)
			return cannot(why, reason);
	}
	out = open_memstream(&config, &len);
	if (!out)
		return cannot(why, "no memory");
	ret = click_config(r, out);
	fclose(out);
	failed = r->why;
	if (ret)
		return cannot(why, "the case cannot be written as a script");
	if (tc->refuse)
		return must_refuse(click, r, config, why);
	ret = click_run(click, config, true, &text);
	if (ret < 0)
		return cannot(why, ended_badly(ret));
	if (click_output_read(text, &o)) {
		click_output_free(&o);
		return cannot(why, "no memory");
	}
	if (ret && !o.whole) {
		click_output_free(&o);
		return refused(text, why);
	}
	*why = click_differs(r, &o, unknown);
	click_output_free(&o);
	return *why ? CLICK_DISAGREES : CLICK_AGREES;
}
