// SPDX-License-Identifier: GPL-2.0-only
/* sluicectl replay: recorded packets through a compiled graph, and what became of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "bpf/net.h"
#include "ctl/run.h"
#include "ctl/runner.h"
#include "ctl/steps.h"
#include "ctl/target.h"
#include "ctl/trace.h"
#include "loader/mem.h"

#define N_DEVICES SL_MAX_DEVS

struct counts {
	uint64_t packets, bytes;
};

struct drop {
	uint32_t elem, reason;
	uint64_t packets;
};

struct replay {
	struct ctl_call *call;
	struct ctl_target target;
	struct sl_compiled *compiled, *native_compiled;
	struct ctl_runner *runner, *native; /* native: for packets the kernel cannot run */
	struct ctl_trace *trace;
	struct ctl_recording *out[N_DEVICES];
	int *device_of; /* of each input */
	struct counts *in;
	struct counts sent[N_DEVICES], host;
	uint64_t cut, by_native, not_run;
	struct drop *drops;
	size_t n_drops, cap_drops;
	bool native_only;
	struct json_object *steps; /* rows of packets followed; NULL: none is */
	uint64_t followed;
};

/* Packets that are followed. */
#define FOLLOW_MAX 1000

static const char *const reason_names[] = {
#define X(sym, name, text) name,
	SL_REASONS(X)
#undef X
};
static const char *const reason_texts[] = {
#define X(sym, name, text) text,
	SL_REASONS(X)
#undef X
};

/* ---- Opening ---------------------------------------------------------------------------------*/

static const struct sl_devices *devices_of(const struct replay *r)
{
	return &r->compiled->program->devices;
}

static enum ctl_exit find_devices(struct replay *r)
{
	size_t n = ctl_trace_inputs(r->trace);
	const struct sl_devices *devs = devices_of(r);
	enum ctl_exit status = CTL_DONE;

	r->device_of = calloc(n + 1, sizeof(*r->device_of));
	r->in = calloc(n + 1, sizeof(*r->in));
	if (!r->device_of || !r->in)
		return CTL_SYSTEM;
	for (size_t i = 0; i < n; i++) {
		const char *name = ctl_trace_device(r->trace, i);
		size_t k = 0;

		while (k < devs->n && strcmp(devs->list[k].name, name))
			k++;
		r->device_of[i] = (int)k;
		if (k < devs->n)
			continue;
		sl_diag_hint(sl_error(&r->call->diags, SL_NOPOS, "no-device",
				      "the graph has no device '%s'", name),
			     "`sluicectl graph check` lists its devices");
		status = CTL_REFUSED;
	}
	return status;
}

static enum ctl_exit open_outputs(struct replay *r)
{
	const char *dir = ctl_get(r->call, "out");
	const struct sl_devices *devs = devices_of(r);

	for (size_t i = 0; dir && i < devs->n; i++)
		if (*devs->list[i].name &&
		    ctl_recording_new(dir, devs->list[i].name, &r->call->diags, &r->out[i]))
			return CTL_SYSTEM;
	return CTL_DONE;
}

static enum ctl_exit open_runner(struct replay *r, bool native)
{
	int ret = ctl_runner_open(&r->target, native, &r->call->diags,
				  native ? &r->native_compiled : &r->compiled,
				  native ? &r->native : &r->runner);

	if (ret == -EPERM)
		sl_note(&r->call->diags, SL_NOPOS, "privilege",
			"`sluicectl replay --native` needs no privilege");
	return ctl_exit_of(ret);
}

static enum ctl_exit open_all(struct replay *r)
{
	bool native = ctl_get(r->call, "native") || ctl_get(r->call, "trace");
	enum ctl_exit status = ctl_target_read(r->call, &r->target);

	r->native_only = native;
	if (ctl_get(r->call, "trace"))
		r->steps = json_object_new_array();
	status = status ? status : ctl_trace_open(r->call, &r->trace);
	if (!status && native) {
		status = open_runner(r, true);
		if (status)
			return status;
		/* One graph, one state: the native one is all there is. */
		r->compiled = TAKE_PTR(r->native_compiled);
		r->runner = TAKE_PTR(r->native);
	} else if (!status) {
		status = open_runner(r, false);
	}
	status = status ? status : find_devices(r);
	return status ? status : open_outputs(r);
}

static void close_all(struct replay *r)
{
	ctl_runner_free(r->runner);
	ctl_runner_free(r->native);
	sl_compiled_free(r->compiled);
	sl_compiled_free(r->native_compiled);
	ctl_trace_close(r->trace);
	for (size_t i = 0; i < N_DEVICES; i++)
		ctl_recording_close(r->out[i], &r->call->diags);
	ctl_target_free(&r->target);
	json_object_put(r->steps);
	free(r->device_of);
	free(r->in);
	free(r->drops);
}

/* ---- Running ---------------------------------------------------------------------------------*/

static int count_drop(struct replay *r, const struct sl_replay_out *o)
{
	struct drop *d;

	for (size_t i = 0; i < r->n_drops; i++) {
		d = &r->drops[i];
		if (d->elem == o->elem && d->reason == o->reason) {
			d->packets++;
			return 0;
		}
	}
	if (SL_GROW(r->drops, r->n_drops, r->cap_drops))
		return -ENOMEM;
	r->drops[r->n_drops++] = (struct drop){o->elem, o->reason, 1};
	return 0;
}

static int take(struct replay *r, const struct ctl_frame *f, const struct sl_replay_out *o)
{
	struct sl_replay_out lost = {
		.verdict = SL_V_DROP, .elem = SL_ELEM_NONE, .reason = SL_R_NOLINK};
	/* Devices the graph itself names have no real MTU. */
	bool real = ctl_get(r->call, "node") || ctl_get(r->call, "tenant");

	if (o->verdict == SL_V_HOST) {
		r->host.packets++;
		r->host.bytes += o->len;
		return 0;
	}
	if (o->verdict != SL_V_OUT)
		return count_drop(r, o);
	/* What runs for real, the platform would drop here, too. */
	if (o->dev >= devices_of(r)->n)
		return count_drop(r, &lost);
	if (real && o->len > SL_ETH_HLEN + (size_t)devices_of(r)->list[o->dev].mtu) {
		lost.reason = SL_R_TOOBIG;
		return count_drop(r, &lost);
	}
	r->sent[o->dev].packets++;
	r->sent[o->dev].bytes += o->len;
	if (r->out[o->dev])
		ctl_recording_add(r->out[o->dev], f->ts_ns, o->frame, o->len);
	return 0;
}

static int follow(struct replay *r, const struct ctl_frame *f, uint8_t dev,
		  struct sl_replay_out out[SL_REPLAY_MAX_OUT])
{
	const struct ctl_steps_packet p = {.number = ++r->followed,
					   .ts_ns = f->ts_ns,
					   .device = f->device,
					   .frame = f->bytes,
					   .len = f->len};
	struct json_object *steps = NULL;
	int n = ctl_runner_follow(r->runner, f->ts_ns, dev, f->bytes, f->len, out, &steps,
				  &r->call->diags);
	int ret = n < 0 ? 0 : ctl_steps_rows(r->compiled->program, steps, &p, r->steps);

	json_object_put(steps);
	return ret ? ret : n;
}

static enum ctl_exit run_frame(struct replay *r, const struct ctl_frame *f)
{
	struct sl_replay_out out[SL_REPLAY_MAX_OUT];
	uint8_t dev = (uint8_t)r->device_of[f->input];
	enum ctl_exit status;
	int n;

	r->in[f->input].packets++;
	r->in[f->input].bytes += f->len;
	r->cut += f->cut;
	if (r->steps && r->followed < FOLLOW_MAX)
		n = follow(r, f, dev, out);
	else
		n = ctl_runner_packet(r->runner, f->ts_ns, dev, f->bytes, f->len, out,
				      &r->call->diags);
	if (n == -EMSGSIZE && !r->native_only) {
		status = r->native ? CTL_DONE : open_runner(r, true);
		if (status)
			return status;
		r->by_native++;
		n = ctl_runner_packet(r->native, f->ts_ns, dev, f->bytes, f->len, out,
				      &r->call->diags);
	}
	if (n == -EMSGSIZE) {
		r->not_run++;
		return CTL_DONE;
	}
	if (n < 0)
		return CTL_SYSTEM;
	for (int i = 0; i < n; i++)
		if (take(r, f, &out[i]))
			return CTL_SYSTEM;
	return CTL_DONE;
}

static enum ctl_exit run_all(struct replay *r)
{
	enum ctl_exit status = CTL_DONE;
	struct ctl_frame f;
	int ret = 0;

	while (!status && (ret = ctl_trace_next(r->trace, &r->call->diags, &f)) > 0)
		status = run_frame(r, &f);
	return ret < 0 ? CTL_REFUSED : status;
}

/* ---- The report ------------------------------------------------------------------------------*/

static void put_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

static void put_number(struct json_object *o, const char *key, uint64_t n)
{
	json_object_object_add(o, key, json_object_new_uint64(n));
}

static struct json_object *counts_json(const char *device, const struct counts *c, const char *file)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "device", device);
	put_number(o, "packets", c->packets);
	put_number(o, "bytes", c->bytes);
	if (file)
		put_text(o, "file", file);
	return o;
}

static struct json_object *in_json(const struct replay *r, uint64_t *packets)
{
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < ctl_trace_inputs(r->trace); i++) {
		*packets += r->in[i].packets;
		json_object_array_add(a, counts_json(ctl_trace_device(r->trace, i), &r->in[i],
						     ctl_trace_file(r->trace, i)));
	}
	return a;
}

static struct json_object *out_json(const struct replay *r)
{
	const struct sl_devices *devs = devices_of(r);
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < devs->n; i++)
		if (*devs->list[i].name)
			json_object_array_add(
				a, counts_json(devs->list[i].name, &r->sent[i],
					       r->out[i] ? ctl_recording_path(r->out[i]) : NULL));
	return a;
}

static struct json_object *drops_json(const struct replay *r)
{
	const struct sl_graph *g = r->compiled->program->graph;
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < r->n_drops; i++) {
		const struct drop *d = &r->drops[i];
		struct json_object *o = json_object_new_object();

		if (d->elem < g->n_elems) {
			put_text(o, "element", g->elems[d->elem].name);
			put_text(o, "class", g->elems[d->elem].class_name);
		}
		if (d->reason < SL_R_MAX) {
			put_text(o, "reason", reason_names[d->reason]);
			put_text(o, "why", reason_texts[d->reason]);
		}
		put_number(o, "packets", d->packets);
		json_object_array_add(a, o);
	}
	return a;
}

/* Times as tcpdump -tt prints them. */
static struct json_object *event_json(struct json_object *e)
{
	struct json_object *o = json_object_new_object(), *v;
	char time[48];

	if (json_object_object_get_ex(e, "time_ns", &v)) {
		uint64_t ns = json_object_get_uint64(v);

		snprintf(time, sizeof(time), "%llu.%09llu", (unsigned long long)(ns / 1000000000),
			 (unsigned long long)(ns % 1000000000));
		put_text(o, "time", time);
	}
	if (json_object_object_get_ex(e, "text", &v))
		json_object_object_add(o, "text", json_object_get(v));
	return o;
}

static enum ctl_exit add_events(struct replay *r, struct ctl_runner *runner,
				struct json_object *all)
{
	struct json_object *some;

	while (!ctl_runner_events(runner, &some, &r->call->diags)) {
		if (!some)
			return CTL_DONE;
		for (size_t i = 0; i < json_object_array_length(some); i++)
			json_object_array_add(all, event_json(json_object_array_get_idx(some, i)));
		json_object_put(some);
	}
	return CTL_SYSTEM;
}

static enum ctl_exit add_handlers(struct replay *r, struct json_object *all)
{
	enum ctl_exit status = CTL_DONE;
	const char *path;

	for (size_t i = 0; (path = ctl_get_nth(r->call, "read", i)); i++) {
		_free_ char *value = NULL;
		struct json_object *o;
		int ret = ctl_runner_read(r->runner, path, &value, &r->call->diags);

		if (ret) {
			status = ctl_exit_of(ret);
			continue;
		}
		o = json_object_new_object();
		put_text(o, "handler", path);
		put_text(o, "value", value);
		json_object_array_add(all, o);
	}
	return status;
}

static void add_notes(struct replay *r)
{
	struct sl_diags *d = &r->call->diags;

	if (r->by_native)
		sl_note(d, SL_NOPOS, "native",
			"%llu packets of a size that BPF_PROG_RUN does not take went through the "
			"native build, whose state is its own",
			(unsigned long long)r->by_native);
	if (r->not_run)
		sl_warn(d, SL_NOPOS, "size", "%llu packets are too large and were left out",
			(unsigned long long)r->not_run);
	if (r->cut)
		sl_warn(d, SL_NOPOS, "cut",
			"of %llu packets the recording has only the beginning: they ran as it has "
			"them",
			(unsigned long long)r->cut);
}

static enum ctl_exit report(struct replay *r)
{
	struct json_object *o = r->call->result = json_object_new_object();
	struct json_object *events = json_object_new_array(), *handlers = json_object_new_array();
	struct json_object *in;
	enum ctl_exit status;
	uint64_t packets = 0;

	in = in_json(r, &packets);
	put_text(o, "graph", r->target.submission.graph.name);
	put_text(o, "build", r->native_only ? "native" : "bpf");
	put_number(o, "packets", packets);
	if (r->by_native)
		put_number(o, "packets_native", r->by_native);
	if (r->not_run)
		put_number(o, "packets_left_out", r->not_run);
	json_object_object_add(o, "in", in);
	json_object_object_add(o, "out", out_json(r));
	if (r->host.packets)
		put_number(o, "host", r->host.packets);
	json_object_object_add(o, "drops", drops_json(r));
	if (r->steps)
		json_object_object_add(o, "trace", json_object_get(r->steps));
	json_object_object_add(o, "events", events);
	json_object_object_add(o, "handlers", handlers);
	status = add_events(r, r->runner, events);
	if (!status && r->native)
		status = add_events(r, r->native, events);
	add_notes(r);
	return status ? status : add_handlers(r, handlers);
}

int ctl_run_replay(struct ctl_call *call)
{
	struct replay r = {.call = call};
	enum ctl_exit status = open_all(&r);

	status = status ? status : run_all(&r);
	status = status ? status : report(&r);
	for (size_t i = 0; i < N_DEVICES; i++)
		if (ctl_recording_close(TAKE_PTR(r.out[i]), &call->diags) && !status)
			status = CTL_SYSTEM;
	close_all(&r);
	return (int)status;
}
