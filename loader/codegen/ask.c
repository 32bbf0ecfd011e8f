/* SPDX-License-Identifier: GPL-2.0-only */
/* The asking side: snapshot, request, and carrying out what the handler wants changed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/codegen/ask.h"
#include "loader/codegen/ask_int.h"
#include "loader/codegen/build.h"
#include "loader/mem.h"
#include "loader/runtime/sandbox.h"

/* Entries of one table that a handler gets to see. */
#define MAX_ENTRIES 65536
/* The daemon waits for a handler, and so does everybody else: no handler takes as long as a graph
 * may take to compile. */
#define HANDLER_CPU_S 4
#define HANDLER_WALL_MS 5000

bool sl_handler_is_plain(const struct sl_class *c, const struct sl_handler *h, bool write)
{
	for (const struct sl_handler *k = sl_common_handlers; k->name; k++)
		if (k == h)
			return true;
	(void)c;
	if (h->flags & SL_H_MAPS)
		return true;
	if (write)
		return h->write == sl_h_reset || h->write == sl_h_rw_set;
	return h->read == sl_h_state || h->read == sl_h_packets || h->read == sl_h_rw_get;
}

/* ---- Snapshot --------------------------------------------------------------------------------*/

static bool is_zero(const uint8_t *p, size_t n)
{
	return !n || (!p[0] && !memcmp(p, p + 1, n - 1));
}

/* As much of it as there is room for. */
static json_object *table_json(struct sl_live *live, uint32_t inst, unsigned int k,
			       const struct sl_table *t, struct sl_ask_room *room)
{
	json_object *a = json_object_new_array();
	_free_ uint8_t *key = malloc(t->key_size), *next = malloc(t->key_size);
	_free_ uint8_t *value = malloc(t->value_size);
	const void *at = NULL;

	/* Routes are asked for where they are. */
	if (t->type == SL_TABLE_ROUTES || t->type == SL_TABLE_WIDE)
		return a;
	for (int n = 0; key && next && value; n++) {
		if (live->ops->table_next(live, inst, k, at, next))
			break;
		if (n == MAX_ENTRIES || !room->entries) {
			room->cut = true;
			break;
		}
		room->entries--;
		/* What is zero in an array need not be said. */
		if (!live->ops->table_get(live, inst, k, next, value) &&
		    !(t->type == SL_TABLE_ARRAY && is_zero(value, t->value_size))) {
			json_object_array_add(a, sl_hex_json(next, t->key_size));
			json_object_array_add(a, sl_hex_json(value, t->value_size));
		}
		memcpy(key, next, t->key_size);
		at = key;
	}
	return a;
}

json_object *sl_ask_snapshot(struct sl_live *live, uint32_t inst, struct sl_ask_room *room)
{
	const struct sl_class *c = live->program->insts[inst].class;
	json_object *o = json_object_new_object(), *tables = json_object_new_array();
	_free_ uint8_t *state = calloc(c->state_size + 1, 1), *rw = calloc(c->rw_size + 1, 1);
	uint64_t packets = 0;

	if (!state || !rw) {
		json_object_put(o);
		json_object_put(tables);
		return NULL;
	}
	if (c->state_size)
		live->ops->state(live, inst, state, c->state_size);
	if (c->rw_size)
		live->ops->rw_get(live, inst, rw, 0, c->rw_size);
	live->ops->packets(live, inst, &packets);
	json_object_object_add(o, "inst", json_object_new_int64(inst));
	json_object_object_add(o, "state", sl_hex_json(state, c->state_size));
	json_object_object_add(o, "rw", sl_hex_json(rw, c->rw_size));
	json_object_object_add(o, "packets", json_object_new_int64((int64_t)packets));
	for (unsigned int k = 0; c->tables && c->tables[k].name; k++)
		json_object_array_add(tables, table_json(live, inst, k, &c->tables[k], room));
	json_object_object_add(o, "tables", tables);
	return o;
}

/* Of the element, and of those whose words and tables it works on. */
static json_object *snapshots(struct sl_live *live, uint32_t inst, struct sl_diags *d)
{
	const struct sl_inst *in = &live->program->insts[inst];
	json_object *a = json_object_new_array();
	struct sl_ask_room room = {SL_ASK_ENTRIES, false};

	json_object_array_add(a, sl_ask_snapshot(live, inst, &room));
	for (uint32_t i = 0; i < in->n_uses; i++)
		json_object_array_add(a, sl_ask_snapshot(live, in->uses[i]->index, &room));
	if (room.cut)
		sl_diag_element(sl_warn(d, SL_NOPOS, "table-cut",
					"a handler is shown the first %u entries of a table, and "
					"'%s' works on a larger one: what it says or does is about "
					"those alone",
					MAX_ENTRIES, in->elem->name),
				in->elem->name);
	return a;
}

/* ---- Request and answer ----------------------------------------------------------------------*/

static int call(const struct sl_ask *a, const char *req, size_t len, void **ans, size_t *ans_len,
		struct sl_diags *d)
{
	struct sl_sandbox_opts box = {
		.bpf_dir = a->bpf_dir, .cpu_s = HANDLER_CPU_S, .wall_ms = HANDLER_WALL_MS};

	if (a->sandbox)
		return sl_sandbox_call(&box, req, len, ans, ans_len, d);
	return sl_build(req, len, a->bpf_dir, "/nonexistent", ans, ans_len, NULL);
}

static int bad_answer(struct sl_diags *d)
{
	sl_error(d, SL_NOPOS, "answer", "the handler's process sent an unusable answer");
	return -EINVAL;
}

/* Sends {ask: ...}; the member "answer" of what comes back, or NULL with messages. */
static json_object *exchange(const struct sl_ask *a, json_object *ask, struct sl_diags *d)
{
	struct sl_compile_opts opts = {.target = SL_TARGET_CHECK, .devices = *a->devices};
	json_object *o = NULL, *answer = NULL, *v;
	_free_ char *req = NULL;
	_free_ void *ans = NULL;
	size_t len = 0, ans_len = 0;
	json_tokener *tok;
	uint32_t json_len;

	if (sl_build_request(a->submission, &opts, ask, &req, &len) ||
	    call(a, req, len, &ans, &ans_len, d))
		return NULL;
	if (ans_len < 12 || (memcpy(&json_len, ans, 4), (size_t)json_len + 12 > ans_len)) {
		bad_answer(d);
		return NULL;
	}
	tok = json_tokener_new();
	o = tok ? json_tokener_parse_ex(tok, (char *)ans + 12, (int)json_len) : NULL;
	if (tok)
		json_tokener_free(tok);
	if (o && json_object_object_get_ex(o, "diags", &v))
		sl_diags_from_json(d, v);
	if (o && json_object_object_get_ex(o, "answer", &v))
		answer = json_object_get(v);
	else if (!d->errors)
		bad_answer(d);
	json_object_put(o);
	return answer;
}

/* ---- Carrying out ----------------------------------------------------------------------------*/

static json_object *member(json_object *o, const char *key)
{
	json_object *v = NULL;

	return json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static int do_rw(struct sl_live *live, uint32_t inst, json_object *c)
{
	int64_t offset = json_object_get_int64(member(c, "offset"));
	size_t len = sl_hex_len(member(c, "bytes")),
	       size = live->program->insts[inst].class->rw_size;
	uint8_t bytes[256];

	if (offset < 0 || (uint64_t)offset + len > size || len > sizeof(bytes) ||
	    sl_hex_read(member(c, "bytes"), bytes, len))
		return -EBADMSG;
	return live->ops->rw_set(live, inst, bytes, (size_t)offset, len);
}

static int do_table(struct sl_live *live, uint32_t inst, json_object *c, bool set)
{
	const struct sl_class *class = live->program->insts[inst].class;
	int64_t k = json_object_get_int64(member(c, "table"));
	_free_ uint8_t *key = NULL, *value = NULL;
	int64_t n = 0;

	while (class->tables && class->tables[n].name)
		n++;
	if (k < 0 || k >= n)
		return -EBADMSG;
	key = malloc(class->tables[k].key_size);
	value = malloc(class->tables[k].value_size);
	if (!key || !value)
		return -ENOMEM;
	if (sl_hex_read(member(c, "key"), key, class->tables[k].key_size) ||
	    (set && sl_hex_read(member(c, "value"), value, class->tables[k].value_size)))
		return -EBADMSG;
	return set ? live->ops->table_set(live, inst, (unsigned int)k, key, value)
		   : live->ops->table_del(live, inst, (unsigned int)k, key);
}

/* The element a change is about: `inst` itself, or one it uses. */
static int target(const struct sl_live *live, uint32_t inst, json_object *c, uint32_t *out)
{
	const struct sl_inst *in = &live->program->insts[inst];
	int64_t want = json_object_get_int64(member(c, "inst"));

	*out = inst;
	if (want == inst)
		return 0;
	for (uint32_t i = 0; i < in->n_uses; i++) {
		*out = in->uses[i]->index;
		if (want == *out)
			return 0;
	}
	return -EBADMSG;
}

/* What its route table is asked; `out` gets the answer. */
static int do_routes(struct sl_live *live, uint32_t inst, json_object *c, FILE *out,
		     struct sl_diags *d)
{
	const struct sl_class *class = live->program->insts[inst].class;
	struct sl_lpm_ask ask = {0};
	size_t len = sl_hex_len(member(c, "ops"));
	_free_ struct sl_lpm_op *ops = malloc(len + 1);
	int64_t what = json_object_get_int64(member(c, "what"));

	if (!ops)
		return -ENOMEM;
	if (!class->tables || class->tables->type != SL_TABLE_ROUTES || what < SL_LPM_CHANGE ||
	    what > SL_LPM_LIST || len % sizeof(*ops) || sl_hex_read(member(c, "ops"), ops, len) ||
	    sl_hex_read(member(c, "addr"), ask.addr, sizeof(ask.addr)))
		return -EBADMSG;
	/* Bytes of somebody else's: what is no truth value, no number of a kind, is not used. */
	for (size_t i = 0; i < len / sizeof(*ops); i++) {
		uint8_t any;
		int32_t kind;

		memcpy(&any, &ops[i].any, 1);
		memcpy(&kind, &ops[i].what, sizeof(kind));
		if (any > 1 || kind < SL_LPM_ADD || kind > SL_LPM_FLUSH ||
		    (kind != SL_LPM_REMOVE && ops[i].route.port >= SL_LPM_PORTS))
			return -EBADMSG;
	}
	ask.what = (int)what;
	ask.ops = ops;
	ask.n = len / sizeof(*ops);
	return live->ops->routes(live, inst, &ask, out, d);
}

static int carry_out(struct sl_live *live, uint32_t asked, json_object *changes, FILE *out,
		     struct sl_diags *d)
{
	size_t n = json_object_is_type(changes, json_type_array) ? json_object_array_length(changes)
								 : 0;

	for (size_t i = 0; i < n; i++) {
		json_object *c = json_object_array_get_idx(changes, i);
		const char *what = json_object_get_string(member(c, "do"));
		uint32_t inst;
		int ret = target(live, asked, c, &inst);

		if (ret)
			return ret;
		ret = -EBADMSG;
		if (what && !strcmp(what, "rw"))
			ret = do_rw(live, inst, c);
		else if (what && !strcmp(what, "set"))
			ret = do_table(live, inst, c, true);
		else if (what && !strcmp(what, "del"))
			ret = do_table(live, inst, c, false);
		else if (what && !strcmp(what, "clear"))
			ret = live->ops->state_clear(live, inst);
		else if (what && !strcmp(what, "routes"))
			ret = do_routes(live, inst, c, out, d);
		if (ret && ret != -ENOENT)
			return ret;
	}
	return 0;
}

int sl_ask_handler(const struct sl_ask *a, struct sl_live *live, char **text, struct sl_diags *d)
{
	json_object *ask = json_object_new_object(), *answer, *v;
	_free_ char *own = NULL;
	size_t own_len = 0;
	FILE *out;
	int ret;

	json_object_object_add(ask, "inst", json_object_new_int64(a->inst));
	json_object_object_add(ask, "handler", json_object_new_string(a->handler));
	json_object_object_add(ask, "write", json_object_new_boolean(a->write));
	json_object_object_add(ask, "value", json_object_new_string(a->value ? a->value : ""));
	json_object_object_add(ask, "now", json_object_new_int64((int64_t)live->ops->now_ns(live)));
	json_object_object_add(ask, "snapshots", snapshots(live, a->inst, d));
	answer = exchange(a, ask, d);
	if (!answer)
		return -EINVAL;
	ret = json_object_get_int(member(answer, "ret"));
	out = open_memstream(&own, &own_len);
	if (!out && !ret)
		ret = -ENOMEM;
	if (!ret)
		ret = carry_out(live, a->inst, member(answer, "changes"), out, d);
	if (out && fclose(out) && !ret)
		ret = -ENOMEM;
	if (ret == -EBADMSG)
		ret = bad_answer(d);
	v = member(answer, "text");
	if (!ret && text) {
		/* What the table itself says stands where the handler left it out. */
		*text = own_len ? TAKE_PTR(own) : strdup(v ? json_object_get_string(v) : "");
		ret = *text ? 0 : -ENOMEM;
	}
	v = member(answer, "config");
	if (!ret && v)
		live->new_config = strdup(json_object_get_string(v));
	json_object_put(answer);
	return ret;
}

json_object *sl_ask_events(const struct sl_ask *a, json_object *records, struct sl_diags *d)
{
	json_object *ask = json_object_new_object(), *answer, *lines;

	json_object_object_add(ask, "events", json_object_get(records));
	answer = exchange(a, ask, d);
	lines = answer ? json_object_get(member(answer, "lines")) : NULL;
	json_object_put(answer);
	return lines;
}

json_object *sl_ask_graph(const struct sl_ask *a, struct sl_diags *d)
{
	json_object *ask = json_object_new_object(), *answer, *graph;

	json_object_object_add(ask, "graph", json_object_new_boolean(true));
	answer = exchange(a, ask, d);
	graph = answer ? json_object_get(member(answer, "graph")) : NULL;
	json_object_put(answer);
	return graph;
}

int sl_ask_call(const struct sl_ask *a, unsigned int call, char **path, char **value,
		struct sl_diags *d)
{
	json_object *ask = json_object_new_object(), *answer;
	const char *text, *space;
	int ret = -ENOENT;

	json_object_object_add(ask, "call", json_object_new_int((int)call));
	json_object_object_add(ask, "inst", json_object_new_int64(a->inst));
	answer = exchange(a, ask, d);
	if (!answer)
		return -EINVAL;
	text = json_object_get_string(member(answer, "text"));
	if (text) {
		space = strchr(text, ' ');
		*path = space ? strndup(text, (size_t)(space - text)) : strdup(text);
		*value = strdup(space ? space + 1 : "");
		ret = *path && *value ? 0 : -ENOMEM;
	}
	if (ret == -ENOMEM) {
		free(*path);
		free(*value);
	}
	json_object_put(answer);
	return ret;
}
