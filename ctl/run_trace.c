// SPDX-License-Identifier: GPL-2.0-only
/*
 * `trace`: packets of a running tenant, followed. The daemon has the kernel copy packets as they
 * enter the graph; each that the filter lets through is run here, without privilege, through the
 * native build of the graph that runs at that moment, with its words and tables as they are then.
 * What is shown is that run, and says so.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/client.h"
#include "ctl/filter.h"
#include "ctl/interrupt.h"
#include "ctl/render.h"
#include "ctl/run.h"
#include "ctl/runner.h"
#include "ctl/steps.h"
#include "loader/codegen/ask_int.h"
#include "loader/mem.h"
#include "loader/runtime/devices.h"

struct trace {
	struct ctl_filter *filter;
	struct ctl_target target;
	struct sl_compiled *compiled; /* of `generation` */
	int64_t generation;
	unsigned long long most, followed, seen, lost;
	bool done;
	uint8_t bytes[SL_PEEK_MAX];
};

static uint64_t number_of(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_uint64(v) : 0;
}

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : "";
}

/* ---- The running graph -----------------------------------------------------------------------*/

static enum ctl_exit malformed(struct ctl_call *call)
{
	sl_error(&call->diags, SL_NOPOS, "protocol", "the daemon's answer is malformed");
	return CTL_SYSTEM;
}

static enum ctl_exit ask_snapshot(struct ctl_call *call, struct json_object **out)
{
	struct json_object *args = json_object_new_object();
	enum ctl_exit status;

	json_object_object_add(args, "tenant", json_object_new_string(ctl_get(call, "TENANT")));
	status = ctl_ask(call, "tenant snapshot", args, NULL, out);
	json_object_put(args);
	return status;
}

/* Compiles the graph that runs now, unless it is the one of before. */
static enum ctl_exit compile(struct ctl_call *call, struct trace *t, struct json_object *snapshot)
{
	int64_t generation = (int64_t)number_of(snapshot, "generation");
	struct json_object *sub, *devices;
	struct sl_diags d = {0};
	int ret;

	if (t->compiled && t->generation == generation)
		return CTL_DONE;
	sl_compiled_free(t->compiled);
	t->compiled = NULL;
	ctl_target_free(&t->target);
	t->target.list = calloc(SL_MAX_DEVS, sizeof(*t->target.list));
	if (!t->target.list)
		return CTL_SYSTEM;
	if (!json_object_object_get_ex(snapshot, "submission", &sub) ||
	    !json_object_object_get_ex(snapshot, "devices", &devices) ||
	    sl_submission_from_json(sub, &t->target.submission) ||
	    sl_devices_from_json(devices, t->target.list, &t->target.devices))
		return malformed(call);
	/* Its notes were told when it was installed. */
	ret = ctl_target_compile(&t->target, SL_TARGET_NATIVE, 0, &d, &t->compiled);
	if (ret)
		for (size_t i = 0; i < d.n; i++)
			if (d.list[i].level == SL_DIAG_ERROR)
				sl_error(&call->diags, SL_NOPOS, "compile", "%s",
					 d.list[i].message);
	sl_diags_free(&d);
	t->generation = generation;
	return ctl_exit_of(ret);
}

/* ---- One packet ------------------------------------------------------------------------------*/

static int device_index(const struct trace *t, const char *name)
{
	const struct sl_devices *devs = &t->compiled->program->devices;

	for (size_t i = 0; i < devs->n; i++)
		if (!strcmp(devs->list[i].name, name))
			return (int)i;
	return -1;
}

static uint64_t wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static enum ctl_exit run_packet(struct ctl_call *call, struct trace *t, struct json_object *state,
				const struct ctl_steps_packet *p, struct json_object *rows)
{
	SL_CLEANUP(ctl_runner_freep) struct ctl_runner *r = NULL;
	struct ctl_graph g = {&t->target.submission, t->compiled};
	struct sl_replay_out out[SL_REPLAY_MAX_OUT];
	struct json_object *steps = NULL;
	int dev = device_index(t, p->device), n;

	/* The graph that runs now has no such device. */
	if (dev < 0)
		return CTL_DONE;
	n = ctl_runner_new(&g, true, &call->diags, &r);
	n = n ? n : ctl_runner_restore(r, state, &call->diags);
	n = n ? n
	      : ctl_runner_follow(r, number_of(state, "now_ns"), (uint8_t)dev, p->frame, p->len,
				  out, &steps, &call->diags);
	if (n >= 0)
		n = ctl_steps_rows(t->compiled->program, steps, p, rows);
	json_object_put(steps);
	return ctl_exit_of(n < 0 ? n : 0);
}

static enum ctl_exit show_packet(struct ctl_call *call, struct trace *t,
				 const struct ctl_steps_packet *p, bool cut)
{
	struct json_object *snapshot = NULL, *state = NULL, *o, *rows = json_object_new_array();
	enum ctl_exit status = ask_snapshot(call, &snapshot);
	uint64_t read = wall_ns();
	char text[320];

	if (!status)
		status = compile(call, t, snapshot);
	if (!status && !json_object_object_get_ex(snapshot, "state", &state))
		status = malformed(call);
	if (!status)
		status = run_packet(call, t, state, p, rows);
	if (status) {
		json_object_put(rows);
		json_object_put(snapshot);
		return status;
	}
	o = json_object_new_object();
	snprintf(text, sizeof(text), "%llu.%09llu", (unsigned long long)(p->ts_ns / 1000000000),
		 (unsigned long long)(p->ts_ns % 1000000000));
	json_object_object_add(o, "packet", json_object_new_uint64(p->number));
	json_object_object_add(o, "time", json_object_new_string(text));
	json_object_object_add(o, "device", json_object_new_string(p->device));
	json_object_object_add(o, "len", json_object_new_uint64(p->len));
	json_object_object_add(o, "generation", json_object_new_int64(t->generation));
	snprintf(text, sizeof(text),
		 "a copy of the packet, run again on the graph's state %.1f ms after it came%s%s%s",
		 (double)(int64_t)(read - p->ts_ns) / 1e6,
		 number_of(state, "cut") ? "; of a large table only a part" : "",
		 number_of(state, "routes") ? "; routes as configured, without later changes" : "",
		 cut ? "; of the packet only the beginning" : "");
	json_object_object_add(o, "replayed", json_object_new_string(text));
	json_object_object_add(o, "steps", rows);
	call->shown = true;
	if (ctl_render_part(o, NULL, call->json, stdout))
		status = CTL_SYSTEM;
	if (!call->json)
		putchar('\n');
	fflush(stdout);
	json_object_put(o);
	json_object_put(snapshot);
	return status;
}

static enum ctl_exit take_packet(struct ctl_call *call, struct trace *t, struct json_object *o)
{
	struct ctl_steps_packet p = {.ts_ns = number_of(o, "time_ns"),
				     .device = text_of(o, "device"),
				     .frame = t->bytes};
	size_t len = number_of(o, "len");
	struct json_object *v;

	if (!json_object_object_get_ex(o, "bytes", &v))
		return malformed(call);
	p.len = sl_hex_len(v);
	if (p.len > sizeof(t->bytes) || sl_hex_read(v, t->bytes, p.len))
		return malformed(call);
	t->seen++;
	if (!ctl_filter_takes(t->filter, t->bytes, p.len, len))
		return CTL_DONE;
	p.number = ++t->followed;
	return show_packet(call, t, &p, len > p.len);
}

static int take_part(struct ctl_call *call, struct json_object *part)
{
	struct trace *t = call->state;
	struct json_object *list;
	enum ctl_exit status = CTL_DONE;

	t->lost = number_of(part, "lost");
	if (!json_object_object_get_ex(part, "packets", &list))
		status = malformed(call);
	for (size_t i = 0; !status && !t->done && i < json_object_array_length(list); i++) {
		status = take_packet(call, t, json_object_array_get_idx(list, i));
		t->done = (t->most && t->followed >= t->most) || ctl_interrupted();
	}
	t->done |= ctl_interrupted();
	return status || t->done;
}

/* ---- The command -----------------------------------------------------------------------------*/

static enum ctl_exit ask(struct ctl_call *call)
{
	struct json_object *args = json_object_new_object();
	enum ctl_exit status;

	json_object_object_add(args, "tenant", json_object_new_string(ctl_get(call, "TENANT")));
	status = ctl_ask(call, "trace", args, take_part, NULL);
	json_object_put(args);
	return status;
}

int ctl_run_trace(struct ctl_call *call)
{
	struct trace t = {.generation = -1};
	const char *count = ctl_get(call, "count");
	struct json_object *snapshot = NULL;
	enum ctl_exit status = ctl_filter_new(call, &t.filter);

	t.most = count ? strtoull(count, NULL, 10) : 0;
	call->state = &t;
	/* Compiled before the first packet comes. */
	status = status ? status : ask_snapshot(call, &snapshot);
	status = status ? status : compile(call, &t, snapshot);
	json_object_put(snapshot);
	if (!status) {
		ctl_catch_interrupts();
		status = ask(call);
		if (t.done && !call->diags.errors)
			status = CTL_DONE;
		if (!status && t.lost)
			sl_note(&call->diags, SL_NOPOS, "lost",
				"%llu packets were more than may be looked at", t.lost);
	}
	sl_compiled_free(t.compiled);
	ctl_target_free(&t.target);
	ctl_filter_free(t.filter);
	call->state = NULL;
	return (int)status;
}
