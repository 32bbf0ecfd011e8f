// SPDX-License-Identifier: GPL-2.0-only
/*
 * One case in one build: the graph compiled when the first of its cases asks, a replay of its own
 * with fresh state, then the steps.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"
#include "tests/element/run.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* Tests are run at the root of the tree. */
#define BPF_DIR "bpf"
#define START_NS 1000000000000ull

enum { BUILD_BPF, BUILD_NATIVE };
static const char *const build_names[] = {"bpf", SANITIZED ? "native+sanitizers" : "native"};

int run_failed(struct run *r, unsigned int line, const char *fmt, ...)
{
	_free_ char *message = NULL;
	va_list ap;

	if (r->why)
		return -1;
	va_start(ap, fmt);
	if (vasprintf(&message, fmt, ap) < 0)
		message = NULL;
	va_end(ap);
	if (asprintf(&r->why, "%s:%u: [%s] %s", r->file->path, line, r->build,
		     message ? message : "out of memory") < 0)
		r->why = NULL;
	return -1;
}

char *run_diag_text(const struct sl_diags *d)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	sl_diags_print(d, f);
	fclose(f);
	return text;
}

/* ---- Steps -----------------------------------------------------------------------------------*/

static int run_clock(struct run *r, const struct step *s)
{
	const char *why;
	uint64_t t;

	if (sl_parse_value(SL_T_NS, s->a, NULL, NULL, &t, &why))
		return run_failed(r, s->line, "'%s': %s", s->a, why);
	r->now_ns = s->plus ? r->now_ns + t : t;
	sl_replay_set_clock(r->replay, r->now_ns);
	return 0;
}

static int run_event(struct run *r, const struct step *s)
{
	const char *got;

	if (r->next_event == r->n_events)
		return run_failed(r, s->line, "no (further) event");
	got = r->events[r->next_event++];
	if (strcmp(got, s->c))
		return run_failed(r, s->line, "the event is '%s', wanted '%s'", got, s->c);
	return 0;
}

static int run_steps(struct run *r)
{
	for (size_t i = 0; i < r->tc->n; i++) {
		const struct step *s = &r->tc->steps[i];
		int ret = 0;

		switch (s->kind) {
		case STEP_IN:
			ret = run_packet(r, s);
			break;
		case STEP_READ:
			ret = run_read(r, s);
			break;
		case STEP_WRITE:
			ret = run_write(r, s);
			break;
		case STEP_CLOCK:
			ret = run_clock(r, s);
			break;
		case STEP_CALLS:
			ret = run_calls(r, s);
			break;
		case STEP_EVENT:
			ret = run_event(r, s);
			break;
		case STEP_OUT:
		case STEP_HOST:
		case STEP_DROP:
		case STEP_ERROR:
			break;
		}
		if (ret)
			return ret;
	}
	if (r->next_event != r->n_events)
		return run_failed(r, r->tc->line, "an event nobody wanted: '%s'",
				  r->events[r->next_event]);
	return 0;
}

/* ---- Compiling -------------------------------------------------------------------------------*/

static int compile(struct case_file *f, struct case_graph *g, enum sl_target target,
		   const char *cache_dir, struct sl_diags *d, struct sl_compiled **out)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *configured = NULL;
	struct sl_submission sub = {
		.graph = {.name = f->path, .text = g->text, .len = strlen(g->text)}};
	struct sl_compile_opts opts = {
		.target = target,
		.devices = {g->devices, g->n_devices, g->head},
		.max_weight = g->max_weight,
		.bpf_dir = BPF_DIR,
		.cache_dir = target == SL_TARGET_BPF ? cache_dir : NULL,
	};
	int ret = sl_compile(&sub, &opts, d, out);

	if (ret || (*out)->configured)
		return ret;
	/* From the cache: the arguments, which handlers need, are read anew. */
	opts.target = SL_TARGET_CHECK;
	opts.cache_dir = NULL;
	ret = sl_compile(&sub, &opts, d, &configured);
	if (ret) {
		sl_compiled_free(TAKE_PTR(*out));
		return ret;
	}
	sl_program_free((*out)->program);
	(*out)->program = TAKE_PTR(configured->program);
	(*out)->configured = true;
	return 0;
}

/* The graph of a case in a build; compiled when the first case asks. NULL with r->why. */
static struct sl_compiled *compiled(struct run *r, int build)
{
	struct case_graph *g = &r->file->graphs[r->tc->graph];
	enum sl_target target = build == BUILD_BPF ? SL_TARGET_BPF
				: SANITIZED	   ? SL_TARGET_NATIVE_SAN
						   : SL_TARGET_NATIVE_QUICK;
	struct sl_diags d = {0};

	if (!g->tried[build]) {
		g->tried[build] = true;
		if (compile(r->file, g, target, r->opts->cache_dir, &d, &g->compiled[build]))
			g->failure[build] = run_diag_text(&d);
		sl_diags_free(&d);
	}
	if (!g->compiled[build])
		run_failed(r, r->tc->line, "the graph does not compile:\n%s",
			   g->failure[build] ? g->failure[build] : "");
	return g->compiled[build];
}

static int run_build(struct run *r, int build)
{
	struct sl_replay_opts opts = {.native = build == BUILD_NATIVE,
				      .sanitize = SANITIZED,
				      .fixed_clock = true,
				      .now_ns = START_NS,
				      .rnd = r->tc->rnd};
	struct sl_diags d = {0};
	_free_ char *messages = NULL;
	int ret;

	r->build = build_names[build];
	r->now_ns = START_NS;
	r->compiled = compiled(r, build);
	if (!r->compiled)
		return -1;
	ret = sl_replay_new(r->compiled, &opts, &d, &r->replay);
	if (ret == -EPERM && build == BUILD_BPF) {
		sl_diags_free(&d);
		return 1;
	}
	if (ret) {
		messages = run_diag_text(&d);
		ret = run_failed(r, r->tc->line, "it cannot be run: %s\n%s", strerror(-ret),
				 messages);
	} else {
		ret = run_steps(r);
	}
	sl_diags_free(&d);
	sl_replay_free(r->replay);
	r->replay = NULL;
	for (size_t i = 0; i < r->n_events; i++)
		free(r->events[i]);
	free(r->events);
	r->events = NULL;
	r->n_events = r->cap_events = r->next_event = 0;
	return ret;
}

/* The graph must be refused, with every `error` in some message and no message besides. */
static int run_refuse(struct run *r)
{
	struct sl_compiled *c = NULL;
	struct sl_diags d = {0};
	_free_ char *text = NULL;
	int ret;

	r->build = "check";
	ret = compile(r->file, &r->file->graphs[r->tc->graph], SL_TARGET_CHECK, NULL, &d, &c);
	text = run_diag_text(&d);
	sl_compiled_free(c);
	if (ret != -EINVAL) {
		run_failed(r, r->tc->line, "the graph is not refused (%d):\n%s", ret, text);
	} else if (d.errors != r->tc->n) {
		run_failed(r, r->tc->line, "%zu errors wanted, but there were %u:\n%s", r->tc->n,
			   d.errors, text);
	}
	for (size_t i = 0; i < r->tc->n; i++) {
		size_t k;

		for (k = 0; k < d.n; k++) {
			if (d.list[k].level == SL_DIAG_ERROR &&
			    strstr(d.list[k].message, r->tc->steps[i].c))
				break;
		}
		if (k == d.n)
			run_failed(r, r->tc->steps[i].line, "no such message; there was:\n%s",
				   text);
	}
	sl_diags_free(&d);
	return r->why ? -1 : 0;
}

int run_case(struct run *r)
{
	unsigned int builds = r->tc->builds & r->opts->builds;
	int ret = 0;

	if (r->tc->refuse)
		return run_refuse(r);
	/* What the other build of this program runs is not run twice. */
	if (SANITIZED)
		builds &= ~RUN_BPF;
	else if (r->opts->apart && builds & RUN_BPF)
		builds &= ~RUN_NATIVE;
	if (!builds)
		return 1;
	if (builds & RUN_NATIVE)
		ret = run_build(r, BUILD_NATIVE);
	if (!ret && (builds & RUN_BPF))
		ret = run_build(r, BUILD_BPF);
	return ret;
}
