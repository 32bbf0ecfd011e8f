/* SPDX-License-Identifier: GPL-2.0-only */
/* The asked side: a handler runs over a snapshot; what it would change is written down. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/codegen/ask.h"
#include "loader/codegen/ask_int.h"
#include "loader/config/path_mtu.h"
#include "loader/mem.h"

/* An element that a handler may look at: its own, or one that it uses. */
struct part {
	uint32_t inst;
	const struct sl_class *class;
	json_object *tables; /* [[key, value, ...], ...] in hexadecimal */
	uint8_t *state, *rw;
	uint64_t packets;
	size_t last; /* where the last key was found */
};

struct snapshot {
	struct sl_live live;
	struct part parts[1 + SL_MAX_USES];
	size_t n_parts;
	uint64_t now;
	json_object *changes;
};

static struct snapshot *of(struct sl_live *l)
{
	return l->arg;
}

/* A handler that looks at any other element finds nothing there. */
static struct part *part(struct sl_live *l, uint32_t inst)
{
	struct snapshot *s = of(l);

	for (size_t i = 0; i < s->n_parts; i++)
		if (s->parts[i].inst == inst)
			return &s->parts[i];
	return NULL;
}

static json_object *change(struct sl_live *l, uint32_t inst, const char *what)
{
	json_object *c = json_object_new_object();

	json_object_object_add(c, "inst", json_object_new_int64(inst));
	json_object_object_add(c, "do", json_object_new_string(what));
	json_object_array_add(of(l)->changes, c);
	return c;
}

static int state(struct sl_live *l, uint32_t inst, void *buf, size_t size)
{
	const struct part *p = part(l, inst);

	if (!p || size > p->class->state_size)
		return -ENOENT;
	memcpy(buf, p->state, size);
	return 0;
}

static int state_clear(struct sl_live *l, uint32_t inst)
{
	struct part *p = part(l, inst);

	if (!p)
		return -ENOENT;
	memset(p->state, 0, p->class->state_size);
	change(l, inst, "clear");
	return 0;
}

static int packets(struct sl_live *l, uint32_t inst, uint64_t *in)
{
	const struct part *p = part(l, inst);

	if (!p)
		return -ENOENT;
	*in = p->packets;
	return 0;
}

static int rw_get(struct sl_live *l, uint32_t inst, void *buf, size_t offset, size_t size)
{
	const struct part *p = part(l, inst);

	if (!p || offset + size > p->class->rw_size)
		return -ENOENT;
	memcpy(buf, p->rw + offset, size);
	return 0;
}

static int rw_set(struct sl_live *l, uint32_t inst, const void *buf, size_t offset, size_t size)
{
	struct part *p = part(l, inst);
	json_object *c;

	if (!p || offset + size > p->class->rw_size)
		return -ENOENT;
	memcpy(p->rw + offset, buf, size);
	c = change(l, inst, "rw");
	json_object_object_add(c, "offset", json_object_new_int64((int64_t)offset));
	json_object_object_add(c, "bytes", sl_hex_json(buf, size));
	return 0;
}

/* Position of a key in its table's list, or -1. Looks first where the last one was and behind it:
 * who walks over a table asks for one after the other. */
static long find(struct part *p, unsigned int table, const void *key)
{
	json_object *t = json_object_array_get_idx(p->tables, table);
	json_object *want = sl_hex_json(key, p->class->tables[table].key_size);
	size_t n = t ? json_object_array_length(t) / 2 : 0;
	long at = -1;

	for (size_t i = 0; want && at < 0 && i < n; i++) {
		size_t k = (p->last + i) % n;

		if (!json_object_equal(json_object_array_get_idx(t, 2 * k), want))
			continue;
		p->last = k;
		at = (long)(2 * k);
	}
	json_object_put(want);
	return at;
}

static int table_next(struct sl_live *l, uint32_t inst, unsigned int table, const void *key,
		      void *next)
{
	struct part *p = part(l, inst);
	json_object *t = p ? json_object_array_get_idx(p->tables, table) : NULL;
	long at = p && key ? find(p, table, key) + 2 : 0;

	if (!t || at + 1 >= (long)json_object_array_length(t))
		return -ENOENT;
	return sl_hex_read(json_object_array_get_idx(t, (size_t)at), next,
			   p->class->tables[table].key_size);
}

static int table_get(struct sl_live *l, uint32_t inst, unsigned int table, const void *key,
		     void *value)
{
	struct part *p = part(l, inst);
	long at = p ? find(p, table, key) : -1;

	if (at < 0 && p && p->class->tables[table].type == SL_TABLE_ARRAY) {
		memset(value, 0, p->class->tables[table].value_size);
		return 0;
	}
	if (at < 0)
		return -ENOENT;
	return sl_hex_read(json_object_array_get_idx(json_object_array_get_idx(p->tables, table),
						     (size_t)at + 1),
			   value, p->class->tables[table].value_size);
}

static int table_set(struct sl_live *l, uint32_t inst, unsigned int table, const void *key,
		     const void *value)
{
	const struct part *p = part(l, inst);
	json_object *c;

	if (!p)
		return -ENOENT;
	c = change(l, inst, "set");
	json_object_object_add(c, "table", json_object_new_int64(table));
	json_object_object_add(c, "key", sl_hex_json(key, p->class->tables[table].key_size));
	json_object_object_add(c, "value", sl_hex_json(value, p->class->tables[table].value_size));
	return 0;
}

static int table_del(struct sl_live *l, uint32_t inst, unsigned int table, const void *key)
{
	const struct part *p = part(l, inst);
	json_object *c;

	if (!p)
		return -ENOENT;
	c = change(l, inst, "del");
	json_object_object_add(c, "table", json_object_new_int64(table));
	json_object_object_add(c, "key", sl_hex_json(key, p->class->tables[table].key_size));
	return 0;
}

static uint64_t now_ns(struct sl_live *l)
{
	return of(l)->now;
}

/* Asked by whoever has the table, when the handler is through. */
static int routes(struct sl_live *l, uint32_t inst, const struct sl_lpm_ask *ask, FILE *out,
		  struct sl_diags *d)
{
	json_object *c;

	(void)out, (void)d;
	if (!part(l, inst))
		return -ENOENT;
	c = change(l, inst, "routes");
	json_object_object_add(c, "what", json_object_new_int(ask->what));
	json_object_object_add(c, "ops", sl_hex_json(ask->ops, ask->n * sizeof(*ask->ops)));
	json_object_object_add(c, "addr", sl_hex_json(ask->addr, sizeof(ask->addr)));
	return 0;
}

static const struct sl_live_ops ops = {
	.state = state,
	.state_clear = state_clear,
	.packets = packets,
	.rw_get = rw_get,
	.rw_set = rw_set,
	.table_next = table_next,
	.table_get = table_get,
	.table_set = table_set,
	.table_del = table_del,
	.now_ns = now_ns,
	.routes = routes,
};

static json_object *member(json_object *o, const char *key)
{
	json_object *v = NULL;

	return json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static int read_part(json_object *o, const struct sl_program *prog, struct part *p)
{
	int64_t inst = json_object_get_int64(member(o, "inst"));

	if (inst < 0 || (uint64_t)inst >= prog->graph->n_elems)
		return -EBADMSG;
	p->inst = (uint32_t)inst;
	p->class = prog->insts[inst].class;
	p->state = calloc(p->class->state_size + 1, 1);
	p->rw = calloc(p->class->rw_size + 1, 1);
	if (!p->state || !p->rw)
		return -ENOMEM;
	p->tables = member(o, "tables");
	p->packets = (uint64_t)json_object_get_int64(member(o, "packets"));
	if (sl_hex_read(member(o, "state"), p->state, p->class->state_size) ||
	    sl_hex_read(member(o, "rw"), p->rw, p->class->rw_size) || !p->tables)
		return -EBADMSG;
	return 0;
}

static int read_parts(json_object *a, struct snapshot *s)
{
	size_t n = json_object_is_type(a, json_type_array) ? json_object_array_length(a) : 0;
	int ret = n && n <= 1 + SL_MAX_USES ? 0 : -EBADMSG;

	while (!ret && s->n_parts < n) {
		json_object *o = json_object_array_get_idx(a, s->n_parts);

		ret = read_part(o, s->live.program, &s->parts[s->n_parts++]);
	}
	return ret;
}

static void free_parts(struct snapshot *s)
{
	for (size_t i = 0; i < s->n_parts; i++) {
		free(s->parts[i].state);
		free(s->parts[i].rw);
	}
}

static int run(struct snapshot *s, const struct sl_inst *in, const struct sl_handler *h, bool write,
	       const char *value, json_object *answer, struct sl_diags *d)
{
	_free_ char *text = NULL;
	size_t len = 0;
	FILE *f;
	int ret;

	if (write)
		return h->write ? h->write(&s->live, in, h, value, d) : -EACCES;
	if (!h->read)
		return -EACCES;
	f = open_memstream(&text, &len);
	if (!f)
		return -ENOMEM;
	ret = h->read(&s->live, in, h, value, f, d);
	if (fclose(f))
		return -ENOMEM;
	json_object_object_add(answer, "text", json_object_new_string_len(text, (int)len));
	return ret;
}

static int answer_handler(json_object *ask, const struct sl_program *prog, struct sl_diags *d,
			  json_object *answer)
{
	int64_t inst = json_object_get_int64(member(ask, "inst"));
	const char *name = json_object_get_string(member(ask, "handler"));
	const char *value = json_object_get_string(member(ask, "value"));
	const struct sl_handler *h;
	struct snapshot s = {0};
	int ret;

	if (inst < 0 || (uint64_t)inst >= prog->graph->n_elems || !name)
		return -EBADMSG;
	h = sl_handler_find(prog->insts[inst].class, name);
	if (!h)
		return -ENOENT;
	s.now = (uint64_t)json_object_get_int64(member(ask, "now"));
	s.changes = json_object_new_array();
	s.live = (struct sl_live){.ops = &ops, .program = prog, .arg = &s};
	ret = read_parts(member(ask, "snapshots"), &s);
	if (!ret)
		ret = run(&s, &prog->insts[inst], h, json_object_get_boolean(member(ask, "write")),
			  value ? value : "", answer, d);
	if (s.live.new_config)
		json_object_object_add(answer, "config", json_object_new_string(s.live.new_config));
	json_object_object_add(answer, "changes", s.changes);
	free(s.live.new_config);
	free_parts(&s);
	return ret;
}

static json_object *event_line(const struct sl_program *prog, json_object *record)
{
	size_t n = sl_hex_len(record), len = 0;
	_free_ uint8_t *bytes = malloc(n + 1);
	_free_ char *text = NULL;
	json_object *line;
	FILE *f;

	if (!bytes || sl_hex_read(record, bytes, n))
		return json_object_new_string("");
	f = open_memstream(&text, &len);
	if (!f)
		return json_object_new_string("");
	if (sl_event_print(prog, bytes, n, f)) {
		fclose(f);
		return json_object_new_string("");
	}
	fclose(f);
	line = json_object_new_string_len(text, (int)len);
	return line;
}

/* What was put into the graph is the last, and is nobody's. */
static int answer_graph(const struct sl_program *prog, json_object *answer)
{
	json_object *o = json_object_new_object(), *reqs = json_object_new_array();
	struct sl_graph *g = prog->graph;
	_free_ char *text = NULL;
	size_t len = 0, n = g->n_elems;
	FILE *f = open_memstream(&text, &len);
	int ret;

	json_object_object_add(answer, "graph", o);
	json_object_object_add(o, "requirements", reqs);
	if (!f)
		return -ENOMEM;
	g->n_elems -= n && sl_path_mtu_is(&g->elems[n - 1]);
	ret = sl_graph_write(g, f);
	g->n_elems = n;
	if (fclose(f))
		return -ENOMEM;
	json_object_object_add(o, "text", json_object_new_string_len(text, (int)len));
	for (size_t i = 0; i < g->n_requirements; i++)
		json_object_array_add(reqs, json_object_new_string(g->requirements[i]));
	return ret;
}

static int answer_call(json_object *ask, const struct sl_program *prog, json_object *answer)
{
	int64_t inst = json_object_get_int64(member(ask, "inst"));
	int call = json_object_get_int(member(ask, "call"));
	const struct sl_inst *in;
	const char *text;

	if (inst < 0 || (uint64_t)inst >= prog->graph->n_elems || call < 0 || call > 31)
		return -EBADMSG;
	in = &prog->insts[inst];
	text = in->class->call ? in->class->call(in, (unsigned int)call) : NULL;
	if (text)
		json_object_object_add(answer, "text", json_object_new_string(text));
	return 0;
}

int sl_answer_ask(json_object *ask, const struct sl_program *prog, struct sl_diags *d,
		  json_object **out)
{
	json_object *answer = json_object_new_object(), *events = member(ask, "events");
	int ret = 0;

	if (!answer)
		return -ENOMEM;
	if (events) {
		json_object *lines = json_object_new_array();

		for (size_t i = 0; i < json_object_array_length(events); i++)
			json_object_array_add(
				lines, event_line(prog, json_object_array_get_idx(events, i)));
		json_object_object_add(answer, "lines", lines);
	} else if (member(ask, "graph")) {
		ret = answer_graph(prog, answer);
	} else if (member(ask, "call")) {
		ret = answer_call(ask, prog, answer);
	} else {
		ret = answer_handler(ask, prog, d, answer);
	}
	json_object_object_add(answer, "ret", json_object_new_int(ret));
	*out = answer;
	return 0;
}
