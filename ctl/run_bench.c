// SPDX-License-Identifier: GPL-2.0-only
/* sluicectl bench: what a graph costs, in ns per packet, by BPF_PROG_RUN over its real programs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/bench.h"
#include "ctl/run.h"
#include "ctl/runner.h"
#include "ctl/target.h"
#include "ctl/trace.h"
#include "loader/mem.h"

#define MAX_FRAMES 256
#define MAX_REPEAT 10000000

struct bench {
	struct ctl_call *call;
	struct ctl_target target;
	struct sl_compiled *compiled;
	struct ctl_runner *runner;
	struct ctl_cutter *cutter;
	uint32_t n_segments;
	struct ctl_sample *samples;
	size_t n, seen, skipped;
	unsigned int rounds, repeat, frames;
};

/* ---- Frames ----------------------------------------------------------------------------------*/

static unsigned int number(const struct ctl_call *call, const char *name, unsigned int def,
			   unsigned int max)
{
	const char *text = ctl_get(call, name);
	unsigned long v = text ? strtoul(text, NULL, 10) : def;

	if (!v)
		v = 1;
	return (unsigned int)(v < max ? v : max);
}

static int keep(struct bench *b, const struct ctl_frame *f, uint8_t dev, size_t at)
{
	struct ctl_sample *s = &b->samples[at];
	uint8_t *copy = malloc(f->len + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, f->bytes, f->len);
	free(s->bytes);
	*s = (struct ctl_sample){.dev = dev, .bytes = copy, .len = f->len, .ts_ns = f->ts_ns};
	return 0;
}

static long device_index(const struct bench *b, const char *name)
{
	const struct sl_devices *d = &b->compiled->program->devices;

	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->list[i].name, name))
			return (long)i;
	sl_error(&b->call->diags, SL_NOPOS, "no-device", "the graph has no device '%s'", name);
	return -1;
}

/* Every other one goes; those left are again spread evenly. */
static void thin_out(struct bench *b)
{
	for (size_t i = 0; i < b->n; i++) {
		if (i % 2)
			free(b->samples[i].bytes);
		else
			b->samples[i / 2] = b->samples[i];
	}
	b->n = (b->n + 1) / 2;
	for (size_t i = b->n; i < b->frames; i++)
		b->samples[i].bytes = NULL;
}

/* Frames spread over the input, whatever its length: of every 2^k one, k growing as they come. */
static enum ctl_exit read_frames(struct bench *b)
{
	SL_CLEANUP(ctl_trace_closep) struct ctl_trace *t = NULL;
	enum ctl_exit status = ctl_trace_open(b->call, &t);
	size_t step = 1;
	struct ctl_frame f;
	int ret;

	if (status)
		return status;
	while ((ret = ctl_trace_next(t, &b->call->diags, &f)) > 0) {
		long dev = device_index(b, f.device);

		if (dev < 0)
			return CTL_REFUSED;
		if (b->seen++ % step)
			continue;
		if (b->n == b->frames) {
			thin_out(b);
			step *= 2;
			if ((b->seen - 1) % step)
				continue;
		}
		if (keep(b, &f, (uint8_t)dev, b->n))
			return CTL_SYSTEM;
		b->n++;
	}
	return ret < 0 ? CTL_REFUSED : CTL_DONE;
}

/* ---- Measuring -------------------------------------------------------------------------------*/

static enum ctl_exit measure_all(struct bench *b)
{
	size_t done = 0;

	for (size_t i = 0; i < b->n; i++) {
		int ret = ctl_cutter_measure(b->cutter, &b->samples[i], b->rounds, b->repeat);

		/* Too long or short to run this way. */
		if (ret == -EMSGSIZE) {
			b->samples[i].n_path = 0;
			b->skipped++;
			continue;
		}
		if (ret) {
			sl_error(&b->call->diags, SL_NOPOS, "bench",
				 "a frame could not be measured: %s", strerror(-ret));
			return CTL_SYSTEM;
		}
		done++;
	}
	if (done)
		return CTL_DONE;
	sl_diag_hint(sl_error(&b->call->diags, SL_NOPOS, "bench", "no frame can be measured"),
		     "BPF_PROG_RUN takes frames of 14 to about 3400 bytes");
	return CTL_REFUSED;
}

/* ---- The report ------------------------------------------------------------------------------*/

static struct json_object *ns(double v)
{
	return json_object_new_double((double)(long)(v * 100 + (v < 0 ? -0.5 : 0.5)) / 100);
}

/* Elements of a segment, by name. */
static struct json_object *elements_of(const struct bench *b, uint32_t segment)
{
	const struct sl_bundle *bu = b->compiled->bundle;
	struct json_object *a = json_object_new_array();

	for (uint32_t i = 0; i < bu->n_elems; i++)
		if (bu->elems[i].segment == segment)
			json_object_array_add(a, json_object_new_string(bu->elems[i].name));
	return a;
}

static struct json_object *segments_json(const struct bench *b)
{
	struct json_object *a = json_object_new_array();

	for (uint32_t seg = 0; seg < b->n_segments; seg++) {
		struct json_object *o = json_object_new_object();
		double sum = 0;
		size_t n = 0;

		for (size_t i = 0; i < b->n; i++) {
			const struct ctl_sample *s = &b->samples[i];

			for (size_t k = 0; k < s->n_path; k++) {
				if (s->path[k] != seg)
					continue;
				sum += s->part[k];
				n++;
			}
		}
		json_object_object_add(o, "segment", json_object_new_int((int)seg));
		json_object_object_add(o, "frames", json_object_new_uint64(n));
		if (n)
			json_object_object_add(o, "cost_ns", ns(sum / (double)n));
		json_object_object_add(o, "elements", elements_of(b, seg));
		json_object_array_add(a, o);
	}
	return a;
}

static struct json_object *frames_json(const struct bench *b)
{
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < b->n; i++) {
		const struct ctl_sample *s = &b->samples[i];
		struct json_object *o, *path;

		if (!s->n_path)
			continue;
		o = json_object_new_object();
		path = json_object_new_array();
		for (size_t k = 0; k < s->n_path; k++)
			json_object_array_add(path, json_object_new_int((int)s->path[k]));
		json_object_object_add(
			o, "device",
			json_object_new_string(b->compiled->program->devices.list[s->dev].name));
		json_object_object_add(o, "length", json_object_new_uint64(s->len));
		json_object_object_add(o, "cost_ns", ns(s->whole));
		json_object_object_add(o, "empty_ns", ns(s->empty));
		json_object_object_add(o, "segments", path);
		json_object_array_add(a, o);
	}
	return a;
}

static void report(struct bench *b)
{
	struct json_object *o = b->call->result = json_object_new_object();
	double whole = 0, empty = 0;
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		if (!b->samples[i].n_path)
			continue;
		whole += b->samples[i].whole;
		empty += b->samples[i].empty;
		n++;
	}
	json_object_object_add(o, "graph", json_object_new_string(b->target.submission.graph.name));
	json_object_object_add(o, "machine", ctl_machine_json());
	json_object_object_add(o, "packets", json_object_new_uint64(b->seen));
	json_object_object_add(o, "frames_measured", json_object_new_uint64(n));
	json_object_object_add(o, "rounds", json_object_new_int((int)b->rounds));
	json_object_object_add(o, "runs_a_round", json_object_new_int((int)b->repeat));
	json_object_object_add(o, "cost_ns", ns(whole / (double)n));
	json_object_object_add(o, "empty_ns", ns(empty / (double)n));
	json_object_object_add(o, "segments", segments_json(b));
	json_object_object_add(o, "frames", frames_json(b));
	if (b->skipped)
		sl_note(&b->call->diags, SL_NOPOS, "size",
			"%zu frames are of a size that cannot be measured", b->skipped);
}

static enum ctl_exit prepare(struct bench *b)
{
	enum ctl_exit status = ctl_target_read(b->call, &b->target);
	int ret;

	if (status)
		return status;
	ret = ctl_runner_open(&b->target, false, &b->call->diags, &b->compiled, &b->runner);
	if (ret)
		return ctl_exit_of(ret);
	b->n_segments = b->compiled->bundle->n_segments;
	b->samples = calloc(b->frames + 1, sizeof(*b->samples));
	ret = b->samples ? ctl_cutter_new(ctl_runner_replay(b->runner), &b->cutter) : -ENOMEM;
	return ctl_exit_of(ret);
}

int ctl_run_bench(struct ctl_call *call)
{
	struct bench b = {
		.call = call,
		.rounds = number(call, "rounds", 5, CTL_BENCH_ROUNDS),
		.frames = number(call, "frames", 8, MAX_FRAMES),
		.repeat = number(call, "repeat", 20000, MAX_REPEAT),
	};
	enum ctl_exit status;

	status = prepare(&b);
	status = status ? status : read_frames(&b);
	status = status ? status : measure_all(&b);
	if (!status)
		report(&b);
	ctl_cutter_free(b.cutter);
	for (size_t i = 0; b.samples && i <= b.frames; i++)
		free(b.samples[i].bytes);
	free(b.samples);
	ctl_runner_free(b.runner);
	sl_compiled_free(b.compiled);
	ctl_target_free(&b.target);
	return (int)status;
}
