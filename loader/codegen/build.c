/* SPDX-License-Identifier: GPL-2.0-only */
/* From a request to an answer: parse, check, configure, plan, generate, compile, link. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "bpf/abi.h"
#include "loader/codegen/ask.h"
#include "loader/codegen/build.h"
#include "loader/codegen/emit.h"
#include "loader/cost/cost.h"
#include "loader/mem.h"
#include "loader/plan/plan.h"

/* A submission that expands to more than this is refused; the kernel's limits come long before. */
#define MAX_ELEMS 20000
#define MAX_CONNS 80000

struct build {
	struct sl_submission sub;
	struct sl_device *devs;
	struct sl_devices devices;
	enum sl_target target;
	unsigned int max_weight, compilers;
	const char *bpf_dir, *tmp;
	json_object *ask, *answer;
	struct sl_calibration *costs; /* NULL: the usual figures */

	struct sl_diags diags;
	struct sl_stages st;
	struct sl_program *prog;
	struct sl_plan *plan;
	struct sl_layout *layout;
	struct sl_bundle *bundle;
	void *so;
	size_t so_len;
	bool deep; /* a program needs more stack than there is */
};

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static void lap(uint64_t *since, uint64_t *stage)
{
	uint64_t t = now();

	*stage = t - *since;
	*since = t;
}

/* ---- Request ---------------------------------------------------------------------------------*/

static json_object *bytes_json(const uint8_t *p, size_t n)
{
	json_object *a = json_object_new_array();

	for (size_t i = 0; i < n; i++)
		json_object_array_add(a, json_object_new_int(p[i]));
	return a;
}

static json_object *device_json(const struct sl_device *dev)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(dev->name));
	json_object_object_add(o, "ip_link", json_object_new_boolean(dev->ip_link));
	json_object_object_add(o, "mac", bytes_json(dev->mac, 6));
	json_object_object_add(o, "peer", bytes_json(dev->peer, 6));
	json_object_object_add(o, "ip", json_object_new_int64(dev->ip));
	json_object_object_add(o, "mask", json_object_new_int64(dev->mask));
	json_object_object_add(o, "ip6", bytes_json(dev->ip6, 16));
	json_object_object_add(o, "mtu", json_object_new_int(dev->mtu));
	return o;
}

int sl_build_request(const struct sl_submission *s, const struct sl_compile_opts *opts,
		     json_object *ask, char **req, size_t *len)
{
	json_object *o = json_object_new_object(), *a;
	const char *text;

	json_object_object_add(o, "target", json_object_new_int(opts->target));
	json_object_object_add(o, "weight", json_object_new_int64(opts->max_weight));
	if (opts->compilers)
		json_object_object_add(o, "compilers", json_object_new_int64(opts->compilers));
	json_object_object_add(o, "head", json_object_new_int(opts->devices.head));
	a = json_object_new_array();
	for (size_t i = 0; i < opts->devices.n; i++)
		json_object_array_add(a, device_json(&opts->devices.list[i]));
	json_object_object_add(o, "devices", a);
	json_object_object_add(o, "submission", sl_submission_json(s));
	if (opts->costs)
		json_object_object_add(o, "costs", sl_calibration_json(opts->costs));
	if (ask)
		json_object_object_add(o, "ask", ask);
	text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN, len);
	*req = text ? malloc(*len + 1) : NULL;
	if (*req)
		memcpy(*req, text, *len + 1);
	json_object_put(o);
	return *req ? 0 : -ENOMEM;
}

static json_object *member(json_object *o, const char *key)
{
	json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return v;
}

static void read_bytes(json_object *a, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)json_object_get_int(json_object_array_get_idx(a, i));
}

static int read_devices(struct build *b, json_object *a, int head)
{
	size_t n = a ? json_object_array_length(a) : 0;

	b->devs = calloc(n + 1, sizeof(*b->devs));
	if (!b->devs || n > SL_MAX_DEVS)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		json_object *o = json_object_array_get_idx(a, i);
		struct sl_device *dev = &b->devs[i];
		const char *name = json_object_get_string(member(o, "name"));

		snprintf(dev->name, sizeof(dev->name), "%s", name ? name : "");
		dev->index = (uint8_t)i;
		dev->ip_link = json_object_get_boolean(member(o, "ip_link"));
		read_bytes(member(o, "mac"), dev->mac, 6);
		read_bytes(member(o, "peer"), dev->peer, 6);
		dev->ip = (uint32_t)json_object_get_int64(member(o, "ip"));
		dev->mask = (uint32_t)json_object_get_int64(member(o, "mask"));
		read_bytes(member(o, "ip6"), dev->ip6, 16);
		dev->mtu = (uint16_t)json_object_get_int(member(o, "mtu"));
	}
	b->devices = (struct sl_devices){.list = b->devs, .n = n, .head = (uint16_t)head};
	return 0;
}

static int read_request(struct build *b, const char *req, size_t len)
{
	json_tokener *tok = json_tokener_new();
	json_object *o = tok ? json_tokener_parse_ex(tok, req, (int)len) : NULL;
	int ret;

	if (tok)
		json_tokener_free(tok);
	if (!o)
		return -EBADMSG;
	b->target = (enum sl_target)json_object_get_int(member(o, "target"));
	b->max_weight = (unsigned int)json_object_get_int64(member(o, "weight"));
	b->compilers = (unsigned int)json_object_get_int64(member(o, "compilers"));
	ret = read_devices(b, member(o, "devices"), json_object_get_int(member(o, "head")));
	ret = ret ? ret : sl_submission_from_json(member(o, "submission"), &b->sub);
	if (!ret && member(o, "costs"))
		ret = sl_calibration_from_json(member(o, "costs"), &b->costs);
	b->ask = json_object_get(member(o, "ask"));
	json_object_put(o);
	return ret;
}

/* ---- Stages ----------------------------------------------------------------------------------*/

/* Puts configuration strings that handlers wrote in place of the graph's own. An element that is
 * no longer there has none. */
static int apply_overrides(struct build *b, struct sl_graph *g)
{
	for (size_t i = 0; i < b->sub.n_overrides; i++) {
		const struct sl_override *o = &b->sub.overrides[i];
		long at = sl_graph_find(g, o->element);
		int ret = at >= 0 ? sl_graph_configure(g, &g->elems[at], o->config) : 0;

		if (ret)
			return ret;
	}
	return 0;
}

static int front_end(struct build *b)
{
	struct sl_click_opts opts = {.classes = &sl_class_set,
				     .vars = b->sub.vars,
				     .n_vars = b->sub.n_vars,
				     .max_elems = MAX_ELEMS,
				     .max_conns = MAX_CONNS,
				     .library = sl_submission_library,
				     .library_arg = &b->sub};
	struct sl_graph *g = NULL;
	uint64_t t = now();
	int ret;

	ret = sl_click_parse(b->sub.graph.name, b->sub.graph.text, b->sub.graph.len, &opts,
			     &b->diags, &g);
	lap(&t, &b->st.parse);
	if (ret)
		return ret;
	ret = apply_overrides(b, g);
	ret = ret ? ret : sl_graph_check(g, &opts, &b->diags);
	lap(&t, &b->st.check);
	if (ret) {
		sl_graph_free(g);
		return ret;
	}
	ret = sl_program_new(g, &b->devices, &b->diags, &b->prog);
	lap(&t, &b->st.configure);
	return ret;
}

/* What packets did is told to those elements that still have these outputs. */
static void apply_shares(struct build *b)
{
	for (size_t i = 0; i < b->sub.n_shares; i++) {
		const struct sl_share *s = &b->sub.shares[i];
		long at = sl_graph_find(b->prog->graph, s->element);

		if (at >= 0 && s->n_outs && b->prog->graph->elems[at].n_out == s->n_outs)
			b->prog->insts[at].shares = s->outs;
	}
}

static int plan(struct build *b)
{
	size_t n = b->prog->graph->n_elems;
	_free_ const struct sl_class **classes = calloc(n + 1, sizeof(*classes));
	uint64_t t = now();
	int ret;

	if (!classes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		classes[i] = b->prog->insts[i].class;
	apply_shares(b);
	ret = sl_plan_new(b->prog, b->max_weight, &b->diags, &b->plan);
	ret = ret ? ret : sl_layout_new(classes, n, b->plan->flow->n_cells, &b->layout);
	lap(&t, &b->st.plan);
	return ret;
}

static int estimate(struct build *b)
{
	SL_CLEANUP(sl_cost_freep) struct sl_cost *cost = NULL;
	int ret = sl_cost_new(b->costs ? b->costs : &sl_usual_calibration, b->prog, b->plan, &cost);

	if (!ret)
		b->bundle->dear_ns = sl_cost_dear_ns(cost);
	return ret;
}

static int describe_elem(struct build *b, uint32_t i, struct sl_bundle_elem *e)
{
	const struct sl_elem *el = &b->prog->graph->elems[i];
	const struct sl_inst *in = &b->prog->insts[i];
	const struct sl_class *c = in->class;
	struct sl_pos pos = sl_elem_pos(el);

	e->name = strdup(el->name);
	e->class_name = strdup(el->class_name);
	e->config = strdup(el->config ? el->config : "");
	e->file = strdup(pos.file ? pos.file : "");
	e->line = pos.line;
	e->col = pos.col;
	e->n_in = el->n_in;
	e->n_out = el->n_out;
	e->segment = b->plan ? sl_plan_segment_of(b->plan, i) : SL_MAX_SEGMENTS;
	while (c->tables && c->tables[e->n_tables].name)
		e->n_tables++;
	e->table_entries = calloc(e->n_tables + 1, sizeof(*e->table_entries));
	e->rw_len = (uint32_t)c->rw_size;
	e->rw = calloc(c->rw_size + 1, 1);
	e->uses = calloc(in->n_uses + 1, sizeof(*e->uses));
	if (!e->name || !e->class_name || !e->config || !e->file || !e->table_entries || !e->rw ||
	    !e->uses)
		return -ENOMEM;
	for (; e->n_uses < in->n_uses; e->n_uses++)
		e->uses[e->n_uses] = in->uses[e->n_uses]->index;
	for (uint32_t k = 0; k < e->n_tables; k++) {
		e->table_entries[k] = c->tables[k].entries;
		if (!e->table_entries[k])
			memcpy(&e->table_entries[k],
			       (const uint8_t *)in->conf + c->tables[k].entries_offset, 4);
	}
	if (c->init_rw)
		c->init_rw(in, e->rw);
	return c->routes ? c->routes(in, &e->routes, &e->n_routes) : 0;
}

static int describe(struct build *b)
{
	const struct sl_graph *g = b->prog->graph;
	struct sl_bundle *bun = calloc(1, sizeof(*bun));

	b->bundle = bun;
	if (!bun)
		return -ENOMEM;
	bun->head = b->prog->devices.head;
	bun->elems = calloc(g->n_elems + 1, sizeof(*bun->elems));
	bun->conns = calloc(g->n_conns + 1, sizeof(*bun->conns));
	bun->devs = calloc(b->prog->devices.n + 1, sizeof(*bun->devs));
	if (!bun->elems || !bun->conns || !bun->devs)
		return -ENOMEM;
	for (; bun->n_elems < g->n_elems; bun->n_elems++)
		if (describe_elem(b, bun->n_elems, &bun->elems[bun->n_elems]))
			return -ENOMEM;
	for (; bun->n_conns < g->n_conns; bun->n_conns++) {
		const struct sl_conn *c = &g->conns[bun->n_conns];

		bun->conns[bun->n_conns] =
			(struct sl_bundle_conn){c->from, c->from_port, c->to, c->to_port};
	}
	if (b->plan) {
		const struct sl_flow *f = b->plan->flow;

		bun->edges = malloc((f->n_edges + 1) * sizeof(*bun->edges));
		if (!bun->edges)
			return -ENOMEM;
		memcpy(bun->edges, f->edges, f->n_edges * sizeof(*bun->edges));
		bun->n_edges = f->n_edges;
		bun->n_cells = f->n_cells;
	}
	for (; bun->n_devs < b->prog->devices.n; bun->n_devs++) {
		/* Member by member: no padding bytes of this process leave it. */
		const struct sl_device *from = &b->prog->devices.list[bun->n_devs];
		struct sl_device *to = &bun->devs[bun->n_devs];

		snprintf(to->name, sizeof(to->name), "%s", from->name);
		to->index = (uint8_t)bun->n_devs;
		to->ip_link = from->ip_link;
		memcpy(to->mac, from->mac, 6);
		memcpy(to->peer, from->peer, 6);
		to->ip = from->ip;
		to->mask = from->mask;
		memcpy(to->ip6, from->ip6, 16);
		to->mtu = from->mtu;
	}
	bun->n_copies = b->plan ? b->plan->n_copies : 0;
	return b->plan ? estimate(b) : 0;
}

/* Compilers to run at once: not more than there are CPUs, and none for next to nothing. */
static unsigned int parts_of(const struct build *b)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int parts = cpus < 1 ? 1 : cpus > SL_PARTS_MAX ? SL_PARTS_MAX : (unsigned int)cpus;

	if (b->compilers && b->compilers < parts)
		parts = b->compilers;
	if (b->target != SL_TARGET_BPF)
		return 1;
	return parts < b->plan->n_segments ? parts : (unsigned int)b->plan->n_segments;
}

static int write_source(struct build *b, unsigned int parts, size_t *len)
{
	FILE *f = open_memstream(&b->bundle->source, len);
	int ret;

	if (!f)
		return -ENOMEM;
	ret = sl_emit(b->prog, b->plan, b->layout, parts, f);
	if (fclose(f) && !ret)
		ret = -ENOMEM;
	return ret;
}

static int back_end(struct build *b)
{
	struct sl_object objects[SL_PARTS_MAX] = {{NULL, 0}};
	unsigned int parts = parts_of(b);
	uint64_t t = now();
	size_t len = 0;
	int ret;

	ret = write_source(b, parts, &len);
	lap(&t, &b->st.codegen);
	if (ret)
		return ret;
	ret = sl_clang(b->bundle->source, len, b->target, b->bpf_dir, b->tmp, parts, objects,
		       &b->diags);
	lap(&t, &b->st.clang);
	b->deep = ret == -E2BIG;
	if (!ret && b->target != SL_TARGET_BPF) {
		b->so = TAKE_PTR(objects[0].bytes);
		b->so_len = objects[0].len;
	} else if (!ret) {
		ret = sl_bundle_link(objects, parts, b->bundle, &b->diags);
		b->bundle->n_segments = (uint32_t)b->plan->n_segments;
		b->bundle->resume = b->plan->n_copies > 0;
		lap(&t, &b->st.link);
	}
	for (unsigned int k = 0; k < parts; k++)
		free(objects[k].bytes);
	return ret;
}

static int run(struct build *b)
{
	int ret = front_end(b);

	if (!ret && b->ask) {
		/* What the graph itself made us say was said when it was compiled. */
		sl_diags_free(&b->diags);
		return sl_answer_ask(b->ask, b->prog, &b->diags, &b->answer);
	}
	ret = ret ? ret : plan(b);
	ret = ret ? ret : describe(b);
	if (!ret && b->target != SL_TARGET_CHECK)
		ret = back_end(b);
	if (!ret && b->diags.errors)
		ret = -EINVAL;
	return ret;
}

/* ---- Answer ----------------------------------------------------------------------------------*/

static json_object *stages_json(const struct sl_stages *st)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "parse", json_object_new_int64((int64_t)st->parse));
	json_object_object_add(o, "check", json_object_new_int64((int64_t)st->check));
	json_object_object_add(o, "configure", json_object_new_int64((int64_t)st->configure));
	json_object_object_add(o, "plan", json_object_new_int64((int64_t)st->plan));
	json_object_object_add(o, "codegen", json_object_new_int64((int64_t)st->codegen));
	json_object_object_add(o, "clang", json_object_new_int64((int64_t)st->clang));
	json_object_object_add(o, "link", json_object_new_int64((int64_t)st->link));
	return o;
}

static int write_answer(struct build *b, int ret, void **ans, size_t *ans_len)
{
	json_object *o = json_object_new_object();
	_free_ void *bundle = NULL;
	size_t json_len, bundle_len = 0;
	const char *json;
	uint8_t *p;

	if (!ret && b->bundle)
		ret = sl_bundle_write(b->bundle, &bundle, &bundle_len);
	/* Smaller segments help against the one, and against nothing else that is too big. */
	if (ret == -E2BIG && !b->deep)
		ret = -EINVAL;
	json_object_object_add(o, "ret", json_object_new_int(ret));
	json_object_object_add(o, "stages", stages_json(&b->st));
	json_object_object_add(o, "diags", sl_diags_json(&b->diags));
	if (b->answer)
		json_object_object_add(o, "answer", json_object_get(b->answer));
	json = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN, &json_len);
	if (ret)
		b->so_len = 0;
	*ans_len = 12 + json_len + bundle_len + b->so_len;
	*ans = p = json ? malloc(*ans_len) : NULL;
	if (p) {
		uint32_t lens[3] = {(uint32_t)json_len, (uint32_t)bundle_len, (uint32_t)b->so_len};

		memcpy(p, lens, 12);
		memcpy(p + 12, json, json_len);
		if (bundle_len)
			memcpy(p + 12 + json_len, bundle, bundle_len);
		if (b->so_len)
			memcpy(p + 12 + json_len + bundle_len, b->so, b->so_len);
	}
	json_object_put(o);
	return p ? 0 : -ENOMEM;
}

int sl_build(const char *req, size_t len, const char *bpf_dir, const char *tmp, void **ans,
	     size_t *ans_len, struct sl_program **prog)
{
	struct build b = {.bpf_dir = bpf_dir, .tmp = tmp};
	int ret;

	ret = read_request(&b, req, len);
	if (ret == -EBADMSG)
		sl_error(&b.diags, SL_NOPOS, "request", "the request cannot be read");
	ret = ret ? ret : run(&b);
	if (ret == -ENOMEM)
		sl_diag_hint(sl_error(&b.diags, SL_NOPOS, "memory",
				      "compiling the graph took more memory than it may"),
			     "make the graph smaller");
	if (prog && !ret)
		*prog = TAKE_PTR(b.prog);
	ret = write_answer(&b, ret, ans, ans_len);
	sl_plan_free(b.plan);
	sl_layout_free(b.layout);
	sl_bundle_free(b.bundle);
	sl_program_free(b.prog);
	sl_calibration_free(b.costs);
	json_object_put(b.ask);
	json_object_put(b.answer);
	free(b.so);
	free(b.devs);
	sl_submission_free(&b.sub);
	sl_diags_free(&b.diags);
	return ret;
}

/* What the sandbox says of itself; without namespaces its places are not the usual ones. */
static const char *place(const char *variable, const char *usual)
{
	const char *value = getenv(variable);

	return value && *value ? value : usual;
}

int sl_compile_main(void)
{
	_free_ char *req = NULL;
	_free_ void *ans = NULL;
	size_t len = 0, cap = 0, ans_len = 0;
	ssize_t n;

	for (;;) {
		if (len == cap) {
			char *more = realloc(req, cap = cap ? cap * 2 : 65536);

			if (!more)
				return 1;
			req = more;
		}
		n = read(0, req + len, cap - len);
		if (n < 0)
			return 1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (sl_build(req, len, place("SLUICE_BPF_DIR", "/bpf"), place("TMPDIR", "/tmp"), &ans,
		     &ans_len, NULL))
		return 1;
	for (size_t at = 0; at < ans_len; at += (size_t)n) {
		n = write(1, (char *)ans + at, ans_len - at);
		if (n <= 0)
			return 1;
	}
	return 0;
}
