/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handlers of running graphs. Ready-made ones need only the class and the maps and run here. A
 * class's own handler may look at the element's arguments, which are strangers' text: it runs where
 * such text is read (loader/codegen/ask.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "loader/codegen/ask.h"
#include "loader/codegen/ask_int.h"
#include "loader/mem.h"
#include "loader/runtime/node_int.h"
#include "loader/script/element.h"

struct tenant_rt *node_running(struct sl_node *n, const char *tenant, struct sl_diags *d)
{
	struct tenant_rt *rt = node_rt(n, tenant);

	if (rt && rt->run)
		return rt;
	sl_diag_hint(sl_error(d, SL_NOPOS, "no-graph", "tenant '%s' has no running graph", tenant),
		     "install one first");
	return NULL;
}

/* By name, or by number from 1; -1: neither. */
static long find_element(const struct sl_graph *g, const char *name)
{
	long at = sl_graph_find(g, name);
	char *end;

	if (at >= 0 || *name < '1' || *name > '9')
		return at;
	at = strtol(name, &end, 10);
	return *end || (size_t)at > g->n_elems ? -1 : at - 1;
}

/* A handler that a script has itself. */
struct script_call {
	struct sl_scripts *set;
	const char *name;
	unsigned int flags;
};

/* 1: it is one; 0: it is none; -EAGAIN (reported): there are scripts, but they do not run. */
static int find_script(struct sl_node *n, struct tenant_rt *rt, uint32_t inst, const char *name,
		       struct script_call *sc, struct sl_diags *d)
{
	const struct sl_class *c = rt->run->compiled->program->insts[inst].class;

	if (!sl_class_is_script(c) || sl_handler_find(&(struct sl_class){0}, name))
		return 0;
	sc->set = node_scripts_of(n, rt);
	sc->name = name;
	sc->flags = sc->set ? sl_scripts_flags(sc->set, inst, name) : 0;
	if (sc->set)
		return sc->flags != 0;
	sl_diag_hint(
		sl_error(d, SL_NOPOS, "script", "the scripts of tenant '%s' do not run", rt->name),
		"they run while the tenant does: sluicectl tenant start %s", rt->name);
	return -EAGAIN;
}

/* "red/c/cnt.count": the last dot divides. *h is NULL where *own, a name in `path`, is one of a
 * script's own, and *script has it. */
static int find(struct sl_node *n, const char *tenant, const char *path, struct sl_diags *d,
		struct tenant_rt **rt, uint32_t *inst, const struct sl_handler **h,
		struct script_call *script)
{
	const char *dot = strrchr(path, '.');
	_free_ char *name = dot ? strndup(path, (size_t)(dot - path)) : NULL;
	long at;
	int ret;

	*rt = node_running(n, tenant, d);
	if (!*rt)
		return -ENOENT;
	if (!name) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "path", "'%s' is not ELEMENT.HANDLER", path),
			     "for example cnt.count");
		return -EINVAL;
	}
	at = find_element((*rt)->run->compiled->program->graph, name);
	if (at < 0) {
		sl_diag_hint(
			sl_error(d, SL_NOPOS, "no-element", "the graph has no element '%s'", name),
			"`sluicectl stats %s` lists the elements", tenant);
		return -ENOENT;
	}
	*inst = (uint32_t)at;
	*h = NULL;
	ret = find_script(n, *rt, *inst, dot + 1, script, d);
	if (ret)
		return ret > 0 ? 0 : ret;
	*h = sl_handler_find((*rt)->run->compiled->program->insts[at].class, dot + 1);
	if (!*h) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-handler", "'%s' has no handler '%s'", name,
				      dot + 1),
			     "read %s.handlers for those it has", name);
		return -ENOENT;
	}
	return 0;
}

int sl_node_handler(struct sl_node *n, const char *tenant, const char *path, unsigned int *flags,
		    struct sl_diags *d)
{
	const struct sl_handler *h;
	struct script_call script;
	struct tenant_rt *rt;
	uint32_t inst;
	int ret = find(n, tenant, path, d, &rt, &inst, &h, &script);

	if (!ret)
		*flags = h ? h->flags : script.flags;
	return ret;
}

static int wrong_way(struct sl_diags *d, const char *path, const char *way)
{
	sl_error(d, SL_NOPOS, "direction", "handler '%s' cannot be %s", path, way);
	return -EACCES;
}

/* A class's own handler, where the graph's text may be read. */
static int ask(struct sl_node *n, const char *tenant, struct sl_generation *run, uint32_t inst,
	       const struct sl_handler *h, bool write, const char *value, char **text,
	       struct sl_diags *d)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	struct sl_submission s = {0};
	struct sl_ask a = {.submission = &s,
			   .devices = &run->compiled->program->devices,
			   .sandbox = n->sandbox,
			   .bpf_dir = n->bpf_dir,
			   .inst = inst,
			   .handler = h->name,
			   .write = write,
			   .value = value};
	int ret = node_graph_submission(n, tenant, t->gen, &s);

	if (ret)
		return ret;
	ret = sl_ask_handler(&a, &run->live, text, d);
	sl_submission_free(&s);
	return ret;
}

int node_read_at(struct sl_node *n, const char *tenant, struct sl_generation *run, uint32_t inst,
		 const struct sl_handler *h, const char *args, char **value, struct sl_diags *d)
{
	struct sl_live *live = &run->live;
	size_t len = 0;
	FILE *f;
	int ret;

	if (!sl_handler_is_plain(live->program->insts[inst].class, h, false))
		return ask(n, tenant, run, inst, h, false, args, value, d);
	f = open_memstream(value, &len);
	if (!f)
		return -ENOMEM;
	ret = h->read(live, &live->program->insts[inst], h, args ? args : "", f, d);
	if (fclose(f) && !ret)
		ret = -ENOMEM;
	if (ret) {
		free(*value);
		*value = NULL;
	}
	return ret;
}

int sl_node_read(struct sl_node *n, const char *tenant, const char *path, const char *args,
		 char **value, struct sl_diags *d)
{
	const struct sl_handler *h;
	struct script_call script;
	struct tenant_rt *rt;
	uint32_t inst;
	int ret = find(n, tenant, path, d, &rt, &inst, &h, &script);

	if (ret)
		return ret;
	if (!((h ? h->flags : script.flags) & SL_H_READ))
		return wrong_way(d, path, "read");
	if (!h)
		return sl_scripts_read(script.set, inst, script.name, args ? args : "", value, d);
	return node_read_at(n, tenant, rt->run, inst, h, args, value, d);
}

/* The submission with another configuration string for one element. */
static int override(struct sl_submission *s, const char *element, const char *config)
{
	struct sl_override *list;
	size_t k;

	for (k = 0; k < s->n_overrides; k++)
		if (!strcmp(s->overrides[k].element, element))
			break;
	if (k == s->n_overrides) {
		list = reallocarray(s->overrides, k + 1, sizeof(*list));
		if (!list)
			return -ENOMEM;
		s->overrides = list;
		list[k] = (struct sl_override){strdup(element), NULL};
		s->n_overrides++;
	}
	free(s->overrides[k].config);
	s->overrides[k].config = strdup(config);
	return s->overrides[k].element && s->overrides[k].config ? 0 : -ENOMEM;
}

static int recompile(struct sl_node *n, const char *tenant, const char *element, const char *config,
		     struct sl_diags *d)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	struct sl_submission s = {0};
	int ret = node_graph_submission(n, tenant, t->gen, &s);

	if (ret)
		return ret;
	ret = override(&s, element, config);
	ret = ret ? ret : sl_node_install(n, tenant, &s, d, NULL);
	sl_submission_free(&s);
	return ret;
}

/* Other tables are of one size from the beginning. */
static bool has_routes(const struct sl_class *c)
{
	return c->tables && c->tables->type == SL_TABLE_ROUTES;
}

int node_write_at(struct sl_node *n, const char *tenant, struct sl_generation *run, uint32_t inst,
		  const struct sl_handler *h, const char *value, struct sl_diags *d)
{
	const struct sl_node_tenant *conf = node_conf(n, tenant);
	struct tenant_rt *rt = node_rt(n, tenant);
	struct sl_live *live = &run->live;

	if (conf && rt && has_routes(live->program->insts[inst].class)) {
		run->maps.budget.entries = conf->budget.map_entries;
		node_memory_grow(n, rt, &run->maps.budget.bytes);
	}
	if (sl_handler_is_plain(live->program->insts[inst].class, h, true))
		return h->write(live, &live->program->insts[inst], h, value ? value : "", d);
	return ask(n, tenant, run, inst, h, true, value, NULL, d);
}

int sl_node_write(struct sl_node *n, const char *tenant, const char *path, const char *value,
		  struct sl_diags *d)
{
	const struct sl_handler *h;
	struct script_call script;
	struct tenant_rt *rt;
	struct sl_live *live;
	_free_ char *config = NULL, *element = NULL;
	uint32_t inst;
	int ret = find(n, tenant, path, d, &rt, &inst, &h, &script);

	if (ret)
		return ret;
	if (!((h ? h->flags : script.flags) & SL_H_WRITE))
		return wrong_way(d, path, "written");
	if (!h)
		return sl_scripts_write(script.set, inst, script.name, value ? value : "", d);
	live = &rt->run->live;
	ret = node_write_at(n, tenant, rt->run, inst, h, value, d);
	config = TAKE_PTR(live->new_config);
	if (ret || !config)
		return ret;
	element = strdup(live->program->insts[inst].elem->name);
	return element ? recompile(n, tenant, element, config, d) : -ENOMEM;
}

/* ---- Events ----------------------------------------------------------------------------------*/

static int take_record(void *ctx, void *data, size_t len)
{
	json_object_array_add(ctx, sl_hex_json(data, len));
	return json_object_array_length(ctx) >= 1000 ? -EAGAIN : 0;
}

int sl_node_events(struct sl_node *n, const char *tenant,
		   void (*fn)(void *arg, struct json_object *event), void *arg)
{
	const struct tenant_state *t = node_state_tenant(&n->st, tenant);
	struct tenant_rt *rt = node_rt(n, tenant);
	struct sl_submission s = {0};
	struct sl_diags d = {0};
	json_object *records, *lines = NULL;
	int ret;

	if (!t || !rt || !rt->run)
		return -ENOENT;
	node_scripts_events(rt, fn, arg);
	if (rt->run->loaded->events < 0)
		return 0;
	if (!rt->ring || rt->ring_of != rt->run->number) {
		ring_buffer__free(rt->ring);
		json_object_put(rt->records);
		rt->records = json_object_new_array();
		rt->ring =
			ring_buffer__new(rt->run->loaded->events, take_record, rt->records, NULL);
		rt->ring_of = rt->run->number;
		if (!rt->ring)
			return -errno;
	}
	ring_buffer__consume(rt->ring);
	records = rt->records;
	if (json_object_array_length(records) == 0)
		return 0;
	ret = node_graph_submission(n, tenant, t->gen, &s);
	if (!ret) {
		struct sl_ask a = {.submission = &s,
				   .sandbox = n->sandbox,
				   .bpf_dir = n->bpf_dir,
				   .devices = &rt->run->compiled->program->devices};

		lines = sl_ask_events(&a, records, &d);
	}
	for (size_t i = 0; lines && i < json_object_array_length(lines); i++) {
		json_object *e = json_object_new_object();

		json_object_object_add(e, "tenant", json_object_new_string(tenant));
		json_object_object_add(e, "text",
				       json_object_get(json_object_array_get_idx(lines, i)));
		fn(arg, e);
		json_object_put(e);
	}
	json_object_array_del_idx(records, 0, json_object_array_length(records));
	json_object_put(lines);
	sl_submission_free(&s);
	sl_diags_free(&d);
	return ret;
}
