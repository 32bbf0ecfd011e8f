// SPDX-License-Identifier: GPL-2.0-only
/* sluicectl graph: graphs made from graphs. Strangers' texts are read in a child. */
#include <errno.h>
#include <string.h>

#include "ctl/child.h"
#include "ctl/graph_classes.h"
#include "ctl/run.h"
#include "loader/click/tools.h"
#include "loader/codegen/compile.h"
#include "loader/config/decide.h"
#include "loader/config/routes.h"
#include "loader/element/facts.h"
#include "loader/mem.h"

/* ---- Classes ---------------------------------------------------------------------------------*/

static const struct sl_class_spec *find_class(const char *name, void *arg)
{
	(void)arg;
	return strcmp(name, sl_router_link.name) ? sl_class_set.find(name, sl_class_set.arg)
						 : &sl_router_link;
}

static const struct sl_class_spec *nth_class(size_t i, void *arg)
{
	(void)arg;
	return i ? sl_class_set.nth(i - 1, sl_class_set.arg) : &sl_router_link;
}

static bool provides(const char *name, void *arg)
{
	(void)arg;
	return sl_class_set.provides(name, sl_class_set.arg);
}

const struct sl_classes ctl_graph_classes = {
	.find = find_class,
	.nth = nth_class,
	.provides = provides,
	.provides_hint = "packages cannot be loaded: leave it out, or do without its classes",
};

/* ---- Reading and writing ---------------------------------------------------------------------*/

struct job;
typedef int make_fn(const struct job *j, struct sl_diags *d, struct sl_graph **out);

struct job {
	struct sl_submission *subs;
	const char **names; /* of routers */
	size_t n;
	const char **links;
	size_t n_links;
	const char *router;
	make_fn *make;
};

static struct sl_click_opts opts_of(struct sl_submission *s)
{
	return (struct sl_click_opts){
		.classes = &ctl_graph_classes,
		.vars = s->vars,
		.n_vars = s->n_vars,
		.library = sl_submission_library,
		.library_arg = s,
	};
}

static int parse(struct sl_submission *s, struct sl_diags *d, struct sl_graph **g)
{
	struct sl_click_opts opts = opts_of(s);

	return sl_click_parse(s->graph.name, s->graph.text, s->graph.len, &opts, d, g);
}

static int in_child(void *arg, struct json_object *result, struct sl_diags *d)
{
	SL_CLEANUP(sl_graph_freep) struct sl_graph *g = NULL;
	const struct job *j = arg;
	_free_ char *text = NULL;
	size_t len;
	FILE *f;
	int ret = j->make(j, d, &g);

	if (ret)
		return ret;
	f = open_memstream(&text, &len);
	if (!f)
		return -ENOMEM;
	ret = sl_graph_write(g, f);
	if (fclose(f) && !ret)
		ret = -ENOMEM;
	if (!ret)
		json_object_object_add(result, "text", json_object_new_string_len(text, (int)len));
	return ret;
}

static enum ctl_exit read_graph(struct ctl_call *call, const char *path, struct sl_submission *s)
{
	size_t n;
	_free_ const char **vars = ctl_get_all(call, "NAME=value", &n);
	int ret = vars ? sl_submission_read(path, vars, n, &call->diags, s) : -ENOMEM;

	if (!ret)
		return CTL_DONE;
	return ret == -EINVAL ? CTL_REFUSED : CTL_SYSTEM;
}

static enum ctl_exit run_job(struct ctl_call *call, struct job *j)
{
	call->result = json_object_new_object();
	return ctl_exit_of(ctl_child_call(in_child, j, call->result, &call->diags));
}

/* A command on one graph. */
static int run_one(struct ctl_call *call, make_fn *make, const char *router)
{
	struct sl_submission sub = {0};
	struct job j = {.subs = &sub, .n = 1, .make = make, .router = router};
	enum ctl_exit status = read_graph(call, ctl_get(call, "FILE"), &sub);

	if (!status)
		status = run_job(call, &j);
	sl_submission_free(&sub);
	return (int)status;
}

/* ---- undead ----------------------------------------------------------------------------------*/

/* What is seen of an element but for the packets it passes on. */
static bool visible(const struct sl_elem *e, void *arg)
{
	const struct sl_class *c = sl_class_find(e->class_name);

	(void)arg;
	return c && (c->state_size || c->tables || c->flags & (SL_C_EVENTS | SL_C_SOURCE));
}

/* The outputs of a configured graph that no packet takes, whatever it is. */
struct empty {
	const struct sl_program *prog;
	bool **out; /* by element, by output; NULL: not known */
};

static bool never(uint32_t elem, uint32_t out, void *arg)
{
	const struct empty *e = arg;

	return e->out[elem] && e->out[elem][out];
}

static bool no_way(const struct sl_inst *in, uint32_t out)
{
	/* Routes come and go while a graph runs. */
	if (in->class->emit == sl_routes_emit && !sl_handler_find(in->class, "add"))
		return !sl_routes_reaches(in, out);
	if (in->class->emit == sl_decider_emit && !sl_handler_find(in->class, "add") &&
	    !sl_decider_reaches(in, out))
		return true;
	for (uint32_t port = 0; in->class->facts && port < in->elem->n_in; port++) {
		struct sl_facts f = sl_facts_none();

		if (in->class->facts(in, port, out, &f))
			return false;
	}
	return in->class->facts && in->elem->n_in;
}

static void empty_free(struct empty *e, size_t n)
{
	for (size_t i = 0; e->out && i < n; i++)
		free(e->out[i]);
	free(e->out);
}

static int find_empty(struct empty *e, size_t n)
{
	e->out = calloc(n + 1, sizeof(*e->out));
	if (!e->out)
		return -ENOMEM;
	for (size_t i = 0; e->prog && i < n; i++) {
		const struct sl_inst *in = &e->prog->insts[i];

		if (in->class->emit != sl_decider_emit && !in->class->facts)
			continue;
		e->out[i] = calloc(in->elem->n_out + (size_t)1, sizeof(bool));
		if (!e->out[i])
			return -ENOMEM;
		for (uint32_t o = 0; o < in->elem->n_out; o++)
			e->out[i][o] = no_way(in, o);
	}
	return 0;
}

static bool is_network(const struct sl_graph *g)
{
	for (size_t i = 0; i < g->n_elems; i++)
		if (!strcmp(g->elems[i].class_name, sl_router_link.name))
			return true;
	return false;
}

/* The graph configured, for what its arguments make certain. A network is no program: nothing is
 * certain in it then. */
static int configure(struct sl_submission *s, struct sl_diags *d, struct sl_program **p)
{
	SL_CLEANUP(sl_graph_freep) struct sl_graph *g = NULL;
	struct sl_click_opts opts = opts_of(s);
	struct sl_devices devices = {0};
	struct sl_diags quiet = {0};
	int ret = parse(s, &quiet, &g);

	sl_diags_free(&quiet);
	ret = ret ? ret : sl_graph_check(g, &opts, d);
	if (ret || is_network(g))
		return ret;
	return sl_program_new(TAKE_PTR(g), &devices, d, p);
}

static int make_undead(const struct job *j, struct sl_diags *d, struct sl_graph **out)
{
	SL_CLEANUP(sl_graph_freep) struct sl_graph *g = NULL;
	SL_CLEANUP(sl_program_freep) struct sl_program *prog = NULL;
	struct sl_click_opts opts = opts_of(j->subs);
	struct empty empty = {0};
	struct sl_undead_opts undead = {
		.click = &opts, .visible = visible, .never = never, .arg = &empty};
	int ret = parse(j->subs, d, &g);
	size_t n;

	if (ret)
		return ret;
	n = g->n_elems;
	ret = configure(j->subs, d, &prog);
	empty.prog = prog;
	ret = ret ? ret : find_empty(&empty, n);
	ret = ret ? ret : sl_graph_undead(g, &undead, d);
	empty_free(&empty, n);
	if (!ret)
		*out = TAKE_PTR(g);
	return ret;
}

int ctl_run_graph_undead(struct ctl_call *call)
{
	return run_one(call, make_undead, NULL);
}

/* ---- combine, uncombine ----------------------------------------------------------------------*/

static int make_combined(const struct job *j, struct sl_diags *d, struct sl_graph **out)
{
	_free_ struct sl_router *routers = calloc(j->n, sizeof(*routers));
	_free_ struct sl_graph **graphs = calloc(j->n, sizeof(struct sl_graph *));
	int ret = routers && graphs ? 0 : -ENOMEM;

	/* All mistakes in all of them. */
	for (size_t i = 0; i < j->n && (!ret || ret == -EINVAL); i++) {
		int status = parse(&j->subs[i], d, &graphs[i]);

		routers[i] = (struct sl_router){j->names[i], graphs[i]};
		ret = status ? status : ret;
	}
	ret = ret ? ret : sl_graph_combine(routers, j->n, j->links, j->n_links, d, out);
	for (size_t i = 0; graphs && i < j->n; i++)
		sl_graph_free(graphs[i]);
	return ret;
}

static enum ctl_exit read_routers(struct ctl_call *call, struct job *j, const char **given)
{
	enum ctl_exit status = CTL_DONE;

	for (size_t i = 0; i < j->n && !status; i++) {
		const char *file = strchr(given[i], '=') + 1;

		j->names[i] = strndup(given[i], (size_t)(file - 1 - given[i]));
		status = j->names[i] ? read_graph(call, file, &j->subs[i]) : CTL_SYSTEM;
	}
	return status;
}

int ctl_run_graph_combine(struct ctl_call *call)
{
	struct job j = {.make = make_combined};
	_free_ const char **given = ctl_get_all(call, "NAME=FILE", &j.n);
	_free_ const char **links = ctl_get_all(call, "link", &j.n_links);
	enum ctl_exit status = CTL_SYSTEM;

	j.links = links;
	j.subs = calloc(j.n, sizeof(*j.subs));
	j.names = calloc(j.n, sizeof(*j.names));
	if (given && links && j.subs && j.names)
		status = read_routers(call, &j, given);
	if (!status)
		status = run_job(call, &j);
	for (size_t i = 0; i < j.n; i++) {
		if (j.subs)
			sl_submission_free(&j.subs[i]);
		if (j.names)
			free((char *)j.names[i]);
	}
	free(j.subs);
	free(j.names);
	return (int)status;
}

static int make_part(const struct job *j, struct sl_diags *d, struct sl_graph **out)
{
	SL_CLEANUP(sl_graph_freep) struct sl_graph *g = NULL;
	int ret = parse(j->subs, d, &g);

	return ret ? ret : sl_graph_uncombine(g, j->router, d, out);
}

int ctl_run_graph_uncombine(struct ctl_call *call)
{
	return run_one(call, make_part, ctl_get(call, "NAME"));
}
