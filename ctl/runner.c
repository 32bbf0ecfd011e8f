// SPDX-License-Identifier: GPL-2.0-only
/* A compiled graph that takes packets, in this process. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/runner.h"
#include "ctl/steps.h"
#include "loader/codegen/snapshot.h"
#include "loader/codegen/ask.h"
#include "loader/codegen/ask_int.h"
#include "loader/mem.h"
#include "loader/runtime/recut.h"

/* Where the generator of random numbers begins: a replay gives the same each time. */
#define SEED 0x9e3779b9u
/* Event records that are kept, and how many become text at once. */
#define EVENTS_MAX 100000
#define EVENTS_STEP 200

int ctl_runner_new(const struct ctl_graph *g, bool native, struct sl_diags *d,
		   struct ctl_runner **out)
{
	SL_CLEANUP(ctl_runner_freep) struct ctl_runner *r = calloc(1, sizeof(*r));
	struct sl_replay_opts o = {.fixed_clock = true, .rnd = SEED};
	int ret;

	if (!r)
		return -ENOMEM;
	r->graph = *g;
	r->sandbox = true;
	ret = native ? ctl_remote_new(g, d, &r->remote)
		     : sl_replay_new(g->compiled, &o, d, &r->replay);
	if (ret)
		return ret;
	*out = TAKE_PTR(r);
	return 0;
}

struct opening {
	const struct ctl_target *target;
	bool native;
	struct ctl_runner *runner;
};

static int compile_cut(void *arg, int cut, struct sl_diags *d, struct sl_compiled **out)
{
	const struct opening *o = arg;

	return ctl_target_compile(o->target, o->native ? SL_TARGET_NATIVE : SL_TARGET_BPF, cut, d,
				  out);
}

static int load_cut(void *arg, struct sl_compiled *c, struct sl_diags *d)
{
	struct opening *o = arg;
	const struct ctl_graph g = {.compiled = c, .submission = &o->target->submission};

	return ctl_runner_new(&g, o->native, d, &o->runner);
}

int ctl_runner_open(const struct ctl_target *t, bool native, struct sl_diags *d,
		    struct sl_compiled **c, struct ctl_runner **out)
{
	struct opening o = {t, native, NULL};
	const struct sl_recut recut = {&o, compile_cut, load_cut, 0};
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *mine = NULL;
	int ret = sl_recut(&recut, d, &mine);

	if (ret)
		return ret;
	*c = TAKE_PTR(mine);
	*out = o.runner;
	return 0;
}

void ctl_runner_free(struct ctl_runner *r)
{
	if (!r)
		return;
	sl_replay_free(r->replay);
	ctl_remote_free(r->remote);
	json_object_put(r->records);
	free(r->times);
	free(r);
}

struct sl_replay *ctl_runner_replay(struct ctl_runner *r)
{
	return r->replay;
}

/* ---- Packets and what they make the graph print ----------------------------------------------*/

/* Kept as they came: turning one into text means reading the graph again, so many at once. */
static void take_record(void *arg, const void *record, size_t len)
{
	struct ctl_runner *r = arg;

	if (!r->records)
		r->records = json_object_new_array();
	if (!r->records || r->n_times >= EVENTS_MAX || SL_GROW(r->times, r->n_times, r->cap_times))
		return;
	r->times[r->n_times++] = r->now_ns;
	json_object_array_add(r->records, sl_hex_json(record, len));
}

int ctl_runner_packet(struct ctl_runner *r, uint64_t now_ns, uint8_t dev, const void *frame,
		      size_t len, struct sl_replay_out out[SL_REPLAY_MAX_OUT], struct sl_diags *d)
{
	int n;

	if (r->remote)
		return ctl_remote_packet(r->remote, now_ns, dev, frame, len, out, d);
	r->now_ns = now_ns;
	sl_replay_set_clock(r->replay, now_ns);
	n = sl_replay_packet(r->replay, dev, frame, len, out);
	if (n < 0) {
		if (n != -EMSGSIZE)
			sl_error(d, SL_NOPOS, "run", "a packet could not be run: %s", strerror(-n));
		return n;
	}
	sl_replay_events(r->replay, take_record, r);
	return n;
}

int ctl_runner_restore(struct ctl_runner *r, struct json_object *state, struct sl_diags *d)
{
	int ret;

	if (r->remote)
		return ctl_remote_restore(r->remote, state, d);
	ret = sl_snapshot_restore(sl_replay_live(r->replay), state);
	if (ret)
		sl_error(d, SL_NOPOS, "state", "the running graph's state does not fit: %s",
			 strerror(-ret));
	return ret;
}

int ctl_runner_follow(struct ctl_runner *r, uint64_t now_ns, uint8_t dev, const void *frame,
		      size_t len, struct sl_replay_out out[SL_REPLAY_MAX_OUT],
		      struct json_object **steps, struct sl_diags *d)
{
	int n;

	*steps = NULL;
	if (r->remote)
		return ctl_remote_follow(r->remote, now_ns, dev, frame, len, out, steps, d);
	json_object_put(r->steps);
	r->steps = json_object_new_array();
	if (sl_replay_follow(r->replay, ctl_steps_take, r->steps))
		return -EOPNOTSUPP;
	n = ctl_runner_packet(r, now_ns, dev, frame, len, out, d);
	sl_replay_follow(r->replay, NULL, NULL);
	*steps = json_object_get(r->steps);
	return n;
}

static struct sl_ask ask_of(const struct ctl_runner *r)
{
	return (struct sl_ask){.submission = r->graph.submission,
			       .devices = &r->graph.compiled->program->devices,
			       .sandbox = r->sandbox};
}

/* The next records, as an array of their own. */
static struct json_object *next_records(struct ctl_runner *r)
{
	struct json_object *some = json_object_new_array();

	for (size_t i = 0; some && i < EVENTS_STEP && r->taken + i < r->n_times; i++)
		json_object_array_add(
			some, json_object_get(json_object_array_get_idx(r->records, r->taken + i)));
	return some;
}

int ctl_runner_events(struct ctl_runner *r, struct json_object **list, struct sl_diags *d)
{
	struct json_object *some, *lines;
	struct sl_ask a = ask_of(r);

	*list = NULL;
	if (r->remote)
		return ctl_remote_events(r->remote, list, d);
	if (r->taken >= r->n_times)
		return 0;
	some = next_records(r);
	lines = some ? sl_ask_events(&a, some, d) : NULL;
	json_object_put(some);
	if (!lines)
		return -EINVAL;
	*list = json_object_new_array();
	for (size_t i = 0; i < json_object_array_length(lines); i++) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "time_ns", json_object_new_uint64(r->times[r->taken++]));
		json_object_object_add(o, "text",
				       json_object_get(json_object_array_get_idx(lines, i)));
		json_object_array_add(*list, o);
	}
	json_object_put(lines);
	return 0;
}

/* ---- Handlers --------------------------------------------------------------------------------*/

static int find(const struct sl_program *p, const char *path, struct sl_diags *d, uint32_t *inst,
		const struct sl_handler **h)
{
	const char *dot = strrchr(path, '.');
	_free_ char *name = dot ? strndup(path, (size_t)(dot - path)) : NULL;
	long at = name ? sl_graph_find(p->graph, name) : -1;

	if (!name) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "path", "'%s' is not ELEMENT.HANDLER", path),
			     "for example cnt.count");
		return -EINVAL;
	}
	if (at < 0) {
		sl_diag_hint(
			sl_error(d, SL_NOPOS, "no-element", "the graph has no element '%s'", name),
			"`sluicectl graph flatten` shows the names");
		return -ENOENT;
	}
	*inst = (uint32_t)at;
	*h = sl_handler_find(p->insts[at].class, dot + 1);
	if (!*h) {
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-handler", "'%s' has no handler '%s'", name,
				      dot + 1),
			     "read %s.handlers for those it has", name);
		return -ENOENT;
	}
	if (!(*h)->read) {
		sl_error(d, SL_NOPOS, "direction", "handler '%s' cannot be read", path);
		return -EACCES;
	}
	return 0;
}

static int read_plain(struct sl_live *live, const struct sl_inst *in, const struct sl_handler *h,
		      char **value, struct sl_diags *d)
{
	_free_ char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int ret;

	if (!f)
		return -ENOMEM;
	ret = h->read(live, in, h, "", f, d);
	if (fclose(f))
		return -ENOMEM;
	if (!ret)
		*value = TAKE_PTR(text);
	return ret;
}

int ctl_runner_read(struct ctl_runner *r, const char *path, char **value, struct sl_diags *d)
{
	const struct sl_program *p = r->graph.compiled->program;
	const struct sl_handler *h = NULL;
	struct sl_ask a = ask_of(r);
	struct sl_live *live;
	int ret = find(p, path, d, &a.inst, &h);

	if (ret)
		return ret;
	if (r->remote)
		return ctl_remote_read(r->remote, path, value, d);
	live = sl_replay_live(r->replay);
	if (sl_handler_is_plain(p->insts[a.inst].class, h, false))
		return read_plain(live, &p->insts[a.inst], h, value, d);
	a.handler = h->name;
	return sl_ask_handler(&a, live, value, d);
}
