/* SPDX-License-Identifier: GPL-2.0-only */
/* Graphs of tenants: compiled and prepared beside what runs, entered, and the old one ended. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "loader/file.h"
#include "loader/mem.h"
#include "loader/runtime/experiment.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/node_int.h"
#include "loader/runtime/recut.h"
#include "loader/runtime/tables.h"

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* ---- Files -----------------------------------------------------------------------------------*/

static int save_files(struct sl_node *n, const char *tenant, uint32_t gen,
		      const struct sl_submission *s, const struct sl_bundle *b)
{
	_free_ char *dir = NULL, *sub = node_graph_path(n, tenant, gen, "submission");
	_free_ char *bun = node_graph_path(n, tenant, gen, "bundle");
	_free_ void *bytes = NULL;
	json_object *o = sl_submission_json(s);
	const char *text = o ? json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN) : NULL;
	size_t len = 0;
	int ret = -ENOMEM;

	if (sub && bun && text && asprintf(&dir, "%s/tenants/%s", n->state_dir, tenant) >= 0) {
		ret = mkdir(dir, 0700) && errno != EEXIST ? -errno : 0;
		ret = ret ? ret : node_file_write(sub, text, strlen(text));
		ret = ret ? ret : sl_bundle_write(b, &bytes, &len);
		ret = ret ? ret : node_file_write(bun, bytes, len);
	}
	json_object_put(o);
	return ret;
}

int node_graph_submission(const struct sl_node *n, const char *tenant, uint32_t gen,
			  struct sl_submission *s)
{
	_free_ char *path = node_graph_path(n, tenant, gen, "submission");
	_free_ void *text = NULL;
	json_object *o;
	size_t len;
	int ret;

	if (!path)
		return -ENOMEM;
	ret = sl_file_read(path, SL_BUNDLE_MAX, &text, &len);
	if (ret)
		return ret;
	o = json_tokener_parse(text);
	ret = sl_submission_from_json(o, s);
	json_object_put(o);
	return ret;
}

static int read_bundle(const struct sl_node *n, const char *tenant, uint32_t gen,
		       struct sl_compiled **c)
{
	_free_ char *path = node_graph_path(n, tenant, gen, "bundle");
	_free_ void *bytes = NULL;
	size_t len;
	int ret;

	if (!path)
		return -ENOMEM;
	ret = sl_file_read(path, SL_BUNDLE_MAX, &bytes, &len);
	return ret ? ret : sl_compiled_from_bundle(bytes, len, c);
}

/* ---- Preparing -------------------------------------------------------------------------------*/

static void add_ns(json_object *o, const char *key, uint64_t ns)
{
	json_object_object_add(o, key, json_object_new_int64((int64_t)ns));
}

void node_graph_stages(json_object *o, const struct sl_stages *s)
{
	if (!o)
		return;
	add_ns(o, "parse_ns", s->parse);
	add_ns(o, "check_ns", s->check);
	add_ns(o, "configure_ns", s->configure);
	add_ns(o, "plan_ns", s->plan);
	add_ns(o, "codegen_ns", s->codegen);
	add_ns(o, "clang_ns", s->clang);
	add_ns(o, "link_ns", s->link);
	add_ns(o, "compile_ns", s->total);
	json_object_object_add(o, "cached", json_object_new_boolean(s->cached));
}

static void report_stages(json_object *o, const struct sl_compiled *c, const struct sl_loaded *l,
			  uint64_t load_ns)
{
	if (!o)
		return;
	node_graph_stages(o, &c->stages);
	add_ns(o, "types_ns", l->btf_ns);
	add_ns(o, "maps_ns", l->maps_ns);
	add_ns(o, "programs_ns", l->progs_ns);
	add_ns(o, "load_ns", l->btf_ns + l->maps_ns + l->progs_ns);
	add_ns(o, "prepare_ns", load_ns);
	json_object_object_add(o, "segments", json_object_new_int64(l->n_segments));
}

void node_graph_options(struct sl_node *n, const struct node_state *st,
			const struct tenant_state *t, const struct sl_node_tenant *conf, int cut,
			struct sl_device *list, struct sl_compile_opts *co)
{
	*co = (struct sl_compile_opts){.target = SL_TARGET_BPF,
				       .sandbox = n->sandbox,
				       .cache_dir = *n->cache_dir ? n->cache_dir : NULL,
				       .bpf_dir = n->bpf_dir,
				       .costs = n->costs,
				       .max_weight = sl_recut_weight(n->max_weight, cut)};
	node_links_devices(n, st, conf, t->head, list, &co->devices);
}

/* One graph of a tenant on its way to be a generation. */
struct making {
	struct sl_node *node;
	const struct node_state *st;
	const struct tenant_state *t;
	const struct sl_node_tenant *conf;
	const struct sl_submission *submission;
	uint32_t number;
	bool again; /* a generation that was, of the class it had */
	bool thread;
	struct sl_class_choice choice; /* unless `again` */
	struct sl_hand *hand;
	struct sl_device *devices;
	struct node_memory memory;
	struct sl_generation *made;
	uint64_t load_ns;
};

static int compile_cut(void *arg, int cut, struct sl_diags *d, struct sl_compiled **out)
{
	struct making *m = arg;
	struct sl_compile_opts co;

	node_graph_options(m->node, m->st, m->t, m->conf, cut, m->devices, &co);
	return sl_compile(m->submission, &co, d, out);
}

static int load_cut(void *arg, struct sl_compiled *c, struct sl_diags *d)
{
	struct making *m = arg;
	const struct tenant_state *t = m->t;
	const struct sl_table_budget tables = {.entries = m->conf->budget.map_entries};
	struct tenant_rt *rt = node_rt(m->node, t->name);
	uint64_t t0 = now();
	int ret = sl_experiments_check(c, m->st->config, d);

	if (!m->again) {
		node_class_choose(m->node, m->st->config, m->conf, c, &m->choice);
		m->thread = m->choice.thread;
	}
	ret = ret ? ret : sl_tables_check(c, &tables, d);
	ret = ret ? ret
		  : sl_tenant_prepare(m->node->pf, t->name, t->slot, m->number, c, m->thread,
				      rt ? rt->run : NULL, &m->memory.memory, m->hand, d, &m->made);
	m->load_ns = now() - t0;
	return ret;
}

static int compile_and_load(struct making *m, struct sl_diags *d, json_object *stages,
			    struct sl_generation **out)
{
	_free_ struct sl_device *devices = calloc(SL_MAX_DEVS, sizeof(*devices));
	const struct sl_recut recut = {m, compile_cut, load_cut, sl_hand_cut(m->hand, m->t->name)};
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
	int ret;

	if (!devices)
		return -ENOMEM;
	m->devices = devices;
	node_memory_for(m->node, m->conf, &m->memory);
	ret = node_memory_begin(&m->memory);
	ret = ret ? ret : sl_recut(&recut, d, &c);
	/* Whoever makes maps for a graph that runs is the tenant's. */
	if (!ret)
		m->made->loaded->charge = NULL;
	node_memory_end(&m->memory, !ret);
	node_memory_forget(m->node, m->t->name);
	if (ret)
		return ret;
	report_stages(stages, c, m->made->loaded, m->load_ns);
	c = NULL; /* the generation has it */
	*out = m->made;
	return 0;
}

/* What a tenant may do is the node's matter, not the language's: no tenant has the right to the
 * node's own stack yet (sl_tenant_rec.host), and is told so before its graph runs. */
static void note_rights(const struct sl_generation *g, struct sl_diags *d)
{
	const struct sl_bundle *b = g->compiled->bundle;

	for (uint32_t i = 0; i < b->n_elems; i++) {
		const struct sl_bundle_elem *e = &b->elems[i];
		struct sl_diag *m;

		if (strcmp(e->class_name, "ToHost") || e->segment >= SL_MAX_SEGMENTS)
			continue;
		m = sl_note(
			d, (struct sl_pos){e->file, e->line, e->col}, "no-host",
			"packets for '%s :: ToHost' are dropped and counted as policy: tenants may "
			"not reach the node's own stack",
			e->name);
		sl_diag_element(m, e->name);
		sl_diag_hint(m, "to answer pings, put ICMPPingResponder in front of it");
	}
}

int node_graph_prepare(struct sl_node *n, struct node_state *st, const char *tenant,
		       const struct sl_submission *s, struct sl_hand *hand, struct sl_diags *d,
		       struct json_object *stages)
{
	struct tenant_state *t = node_state_tenant(st, tenant);
	const struct sl_node_tenant *conf = sl_node_config_tenant(st->config, tenant);
	SL_CLEANUP(sl_generation_freep) struct sl_generation *g = NULL;
	struct making making = {
		.node = n, .st = st, .t = t, .conf = conf, .submission = s, .hand = hand};
	struct tenant_rt *rt = node_rt(n, tenant);
	int ret;

	if (!t || !conf)
		return -ENOENT;
	if (!rt) {
		/* A tenant that comes with its graph: known from now on, running from the commit.
		 */
		if (SL_GROW(n->rts, n->n_rts, n->cap_rts))
			return -ENOMEM;
		rt = &n->rts[n->n_rts++];
		memset(rt, 0, sizeof(*rt));
		snprintf(rt->name, sizeof(rt->name), "%s", tenant);
		rt->slot = t->slot;
	}
	making.number = t->last + 1;
	ret = compile_and_load(&making, d, stages, &g);
	if (ret)
		return ret;
	note_rights(g, d);
	sl_class_warn(&making.choice, conf, d);
	if (g->loaded->n_progs > g->loaded->n_segments)
		ret = sl_platform_copies(n->pf, d);
	if (ret) {
		sl_tenant_unpin(n->pf, tenant, g->number);
		return ret;
	}
	ret = save_files(n, tenant, g->number, s, g->compiled->bundle);
	if (ret) {
		sl_error(d, SL_NOPOS, "state", "the graph cannot be kept in %s: %s", n->state_dir,
			 strerror(-ret));
		sl_tenant_unpin(n->pf, tenant, g->number);
		return ret;
	}
	t->prev = t->gen;
	t->prev_thread = t->thread;
	t->thread = making.thread;
	t->gen = t->last = g->number;
	sl_generation_free(rt->pending);
	rt->pending = TAKE_PTR(g);
	return 0;
}

void node_graph_discard(struct sl_node *n)
{
	for (size_t i = 0; i < n->n_rts; i++) {
		struct tenant_rt *rt = &n->rts[i];

		if (!rt->pending)
			continue;
		sl_tenant_unpin(n->pf, rt->name, rt->pending->number);
		sl_generation_free(TAKE_PTR(rt->pending));
	}
}

/* ---- Entering --------------------------------------------------------------------------------*/

/* A generation that is pinned, whole. */
static int adopt(struct sl_node *n, const struct tenant_state *t, uint32_t gen, bool thread,
		 struct sl_diags *d, struct sl_generation **out)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
	int ret = read_bundle(n, t->name, gen, &c);

	ret = ret ? ret : sl_tenant_adopt(n->pf, t->name, t->slot, gen, c, thread, d, out);
	if (!ret)
		c = NULL;
	return ret;
}

/* Compiles a generation anew, from what was submitted. What its tables and counters held is left
 * where it was: another version's may mean something else. */
static int compile_again(struct sl_node *n, const struct tenant_state *t, int why,
			 struct sl_diags *d, struct sl_generation **out)
{
	struct sl_submission s = {0};
	struct making making = {.node = n,
				.st = &n->st,
				.t = t,
				.conf = node_conf(n, t->name),
				.submission = &s,
				.number = t->gen,
				.again = true,
				.thread = t->thread};
	int ret = making.conf ? node_graph_submission(n, t->name, t->gen, &s) : -ENOENT;

	if (ret) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "graph",
				      "tenant %s: neither the compiled graph nor its text is on "
				      "disk any more: %s",
				      t->name, strerror(-ret)),
			     "install it again");
		return ret;
	}
	sl_warn(d, SL_NOPOS, "graph",
		"tenant %s: the graph is compiled again, and its counters and tables begin anew: "
		"%s",
		t->name, why == -EBADMSG ? "what is on disk is another version's" : strerror(-why));
	ret = compile_and_load(&making, d, NULL, out);
	if (!ret) {
		ret = save_files(n, t->name, t->gen, &s, (*out)->compiled->bundle);
		if (ret) {
			sl_generation_free(*out);
			*out = NULL;
		}
	}
	sl_submission_free(&s);
	return ret;
}

/* After a restart: what is pinned is taken up, what is lost is loaded again from its bundle, or
 * compiled again (*made). */
static int bring_up(struct sl_node *n, const struct tenant_state *t, struct tenant_rt *rt,
		    struct sl_diags *d, struct sl_generation **out, bool *made)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
	int ret;

	*made = false;
	if (!rt->run && t->prev)
		adopt(n, t, t->prev, t->prev_thread, d, &rt->run);
	ret = adopt(n, t, t->gen, t->thread, d, out);
	if (!ret)
		return 0;
	*made = true;
	ret = read_bundle(n, t->name, t->gen, &c);
	if (ret) {
		ret = compile_again(n, t, ret, d, out);
	} else {
		const struct sl_node_tenant *conf = node_conf(n, t->name);
		struct node_memory m = {0};

		if (conf)
			node_memory_for(n, conf, &m);
		ret = node_memory_begin(&m);
		ret = ret ? ret
			  : sl_tenant_prepare(n->pf, t->name, t->slot, t->gen, c, t->thread,
					      rt->run, &m.memory, NULL, d, out);
		if (!ret) {
			(*out)->loaded->charge = NULL;
			c = NULL;
		}
		node_memory_end(&m, true);
	}
	if (!ret && (*out)->loaded->n_progs > (*out)->loaded->n_segments)
		ret = sl_platform_copies(n->pf, d);
	return ret;
}

int node_graph_enter(struct sl_node *n, const struct tenant_state *t, struct sl_diags *d,
		     struct sl_generation **before)
{
	struct tenant_rt *rt = node_rt(n, t->name);
	struct sl_generation *g = NULL;
	bool made = false;
	int ret;

	*before = NULL;
	if (!t->gen || (rt->run && rt->run->number == t->gen && rt->run->slot == t->slot))
		return 0;
	if (rt->pending && rt->pending->number == t->gen)
		g = TAKE_PTR(rt->pending);
	ret = g ? 0 : bring_up(n, t, rt, d, &g, &made);
	if (ret)
		return ret;
	/* The number alone may still be that of programs whose maps are lost. */
	if (made || !sl_tenant_runs(n->pf, g)) {
		ret = sl_tenant_enter(n->pf, t->name, rt->run, g, d);
		if (ret) {
			sl_generation_free(g);
			return ret;
		}
		n->entered_ns = now();
	}
	*before = rt->run;
	rt->run = g;
	if (!*before) {
		bool keep;

		return sl_tenant_finish(n->pf, t->name, g, NULL, &keep, d);
	}
	return 0;
}

int node_graph_finish(struct sl_node *n, const struct tenant_state *t, struct sl_generation *before,
		      struct sl_diags *d)
{
	struct tenant_rt *rt = node_rt(n, t->name);
	bool keep = false;
	int ret;

	/* What copies might still have come back to has been gone for long enough: its entries are
	 * the new graph's now. Not before that, as the kernel may wait for a grace period with each
	 * program that leaves a chain. */
	if (rt->kept) {
		sl_tenant_unpin(n->pf, t->name, rt->kept->number);
		sl_generation_free(TAKE_PTR(rt->kept));
	}
	ret = sl_tenant_finish(n->pf, t->name, rt->run, before, &keep, d);
	if (keep && !ret) {
		rt->kept = before;
	} else {
		sl_generation_free(before);
	}
	return ret;
}
