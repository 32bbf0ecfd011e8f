// SPDX-License-Identifier: GPL-2.0-only
/* Packets of a case: what goes in, what must come of it, and saying what came of it instead. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "loader/mem.h"
#include "tests/element/run.h"

static void dump(FILE *f, const char *title, const uint8_t *bytes, size_t len)
{
	fprintf(f, "\n  %s, %zu bytes:", title, len);
	for (size_t i = 0; i < len; i++)
		fprintf(f, "%s%02x", i % 16 == 0 ? "\n    " : i % 2 == 0 ? " " : "", bytes[i]);
}

static const char *reason_name(uint32_t reason)
{
	static const char *const names[] = {
#define X(sym, name, text) name,
		SL_REASONS(X)
#undef X
	};

	return reason < SL_R_MAX ? names[reason] : "out of range";
}

static void describe(const struct run *r, const struct sl_replay_out *o, FILE *f)
{
	const struct sl_program *p = r->compiled->program;

	switch (o->verdict) {
	case SL_V_OUT:
		fprintf(f, "out %s",
			o->dev < p->devices.n ? p->devices.list[o->dev].name : "(no device)");
		dump(f, "the frame", o->frame, o->len);
		break;
	case SL_V_HOST:
		fprintf(f, "host");
		dump(f, "the frame", o->frame, o->len);
		break;
	case SL_V_DROP:
		fprintf(f, "drop %s %s",
			o->elem < p->graph->n_elems ? p->graph->elems[o->elem].name : "-",
			reason_name(o->reason));
		break;
	default:
		fprintf(f, "verdict %u", o->verdict);
	}
}

const struct sl_device *run_device(struct run *r, const char *name)
{
	const struct sl_program *p = r->compiled->program;

	for (size_t i = 0; i < p->devices.n; i++) {
		if (!strcmp(p->devices.list[i].name, name))
			return &p->devices.list[i];
	}
	return NULL;
}

int run_build_in(struct run *r, const struct step *s, const struct sl_device *dev)
{
	struct packet_defaults def = {.src = {2, 0, 0, 0, 1, (uint8_t)(dev->index + 1)}};
	char error[200] = "";

	memcpy(def.dst, dev->mac, 6);
	if (packet_build(s->b, &def, &r->in, error, sizeof(error)))
		return run_failed(r, s->line, "%s", error);
	return 0;
}

int run_build_want(struct run *r, const struct step *s)
{
	struct packet_defaults def = {.same = &r->in};
	char error[200] = "";

	memcpy(def.dst, r->in.bytes, 6);
	memcpy(def.src, r->in.bytes + 6, 6);
	if (packet_build(s->b, &def, &r->want, error, sizeof(error)))
		return run_failed(r, s->line, "%s", error);
	return 0;
}

/* Whether the outcome `o` is what step `s` wants; r->want holds the wanted frame. */
static bool is_wanted(struct run *r, const struct step *s, const struct sl_replay_out *o)
{
	const struct sl_program *p = r->compiled->program;
	const struct sl_device *dev;

	switch (s->kind) {
	case STEP_OUT:
		dev = run_device(r, s->a);
		if (o->verdict != SL_V_OUT || !dev || o->dev != dev->index)
			return false;
		break;
	case STEP_HOST:
		if (o->verdict != SL_V_HOST)
			return false;
		break;
	case STEP_DROP:
		if (o->verdict != SL_V_DROP || strcmp(s->b, reason_name(o->reason)))
			return false;
		if (!strcmp(s->a, "-"))
			return o->elem == SL_ELEM_NONE;
		return o->elem < p->graph->n_elems && !strcmp(s->a, p->graph->elems[o->elem].name);
	default:
		return false;
	}
	return o->len == r->want.len && !memcmp(o->frame, r->want.bytes, o->len);
}

static int not_wanted(struct run *r, const struct step *s, const struct sl_replay_out *outs,
		      size_t n)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	_free_ char *owned = NULL;

	if (!f)
		return run_failed(r, s->line, "not as wanted");
	if (s->kind == STEP_DROP)
		fprintf(f, "wanted: drop %s %s", s->a, s->b);
	else
		fprintf(f, "wanted: %s %s", s->kind == STEP_OUT ? "out" : "host", s->a ? s->a : "");
	if (s->kind != STEP_DROP)
		dump(f, "the frame", r->want.bytes, r->want.len);
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "\n got: ");
		describe(r, &outs[i], f);
	}
	fclose(f);
	owned = text;
	return run_failed(r, s->line, "%s", text);
}

/* Every outcome wanted once, in this order, and no other. */
static int match_outcomes(struct run *r, const struct step *in, size_t n_want,
			  const struct sl_replay_out *outs, size_t n)
{
	for (size_t w = 0; w < n_want; w++) {
		const struct step *s = in + 1 + w;

		if (s->kind != STEP_DROP && run_build_want(r, s))
			return -1;
		if (w >= n || !is_wanted(r, s, &outs[w]))
			return not_wanted(r, s, outs, n);
	}
	if (n != n_want)
		return run_failed(r, in->line, "%zu outcomes wanted, but there were %zu", n_want,
				  n);
	return 0;
}

static void add_event(void *arg, const void *record, size_t len)
{
	struct run *r = arg;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	if (sl_event_print(r->compiled->program, record, len, f))
		fprintf(f, "malformed record of %zu bytes", len);
	fclose(f);
	if (SL_GROW(r->events, r->n_events, r->cap_events) < 0) {
		free(text);
		return;
	}
	r->events[r->n_events++] = text;
}

int run_packet(struct run *r, const struct step *s)
{
	const struct sl_device *dev = run_device(r, s->a);
	struct sl_replay_out outs[SL_REPLAY_MAX_OUT];
	const struct step *end = r->tc->steps + r->tc->n;
	size_t n_want = 0;

	if (!dev)
		return run_failed(r, s->line, "the graph has no device %s", s->a);
	while (s + 1 + n_want < end &&
	       (s[1 + n_want].kind == STEP_OUT || s[1 + n_want].kind == STEP_HOST ||
		s[1 + n_want].kind == STEP_DROP))
		n_want++;
	for (unsigned int i = 0; i < s->repeat; i++) {
		int n;

		if (run_build_in(r, s, dev))
			return -1;
		n = sl_replay_packet(r->replay, dev->index, r->in.bytes, r->in.len, outs);
		if (n == -EMSGSIZE)
			return run_failed(r, s->line,
					  "BPF_PROG_RUN cannot take %zu bytes: say `only native`",
					  r->in.len);
		if (n < 0)
			return run_failed(r, s->line, "the packet was not run: %s", strerror(-n));
		if (match_outcomes(r, s, n_want, outs, (size_t)n))
			return -1;
		n = sl_replay_events(r->replay, add_event, r);
		if (n < 0)
			return run_failed(r, s->line, "no events: %s", strerror(-n));
	}
	return 0;
}
