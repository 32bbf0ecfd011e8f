// SPDX-License-Identifier: GPL-2.0-only
/*
 * sluicectl preflight: the judges a graph has to pass before it may run, one after the other, and
 * one report of it all:
 *
 *   {graph, tenant, ok, judges: [{judge, verdict, findings, why, time_ns}],
 *    findings: [{judge, level, code, file, line, col, element, message, hint, detail}],
 *    elements, segments, class, programs: [{program, instructions}]}
 *
 * A verdict is passed, refused, skipped (why says what was missing) or not-reached.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/run.h"
#include "ctl/target.h"
#include "loader/mem.h"
#include "loader/runtime/experiment.h"
#include "loader/runtime/load.h"
#include "loader/runtime/recut.h"

enum judge { LANGUAGE, DEVICES, COMPILE, KERNEL, N_JUDGES };
static const char *const judge_names[] = {"language", "devices", "compile", "kernel"};

enum verdict { NOT_REACHED, PASSED, REFUSED, SKIPPED };
static const char *const verdict_names[] = {"not-reached", "passed", "refused", "skipped"};

struct judgement {
	enum verdict verdict;
	unsigned int findings;
	const char *why;
	uint64_t ns;
};

struct preflight {
	struct ctl_call *call;
	struct ctl_target target;
	struct judgement judges[N_JUDGES];
	struct json_object *findings;
	struct sl_compiled *checked, *compiled;
};

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* ---- Findings --------------------------------------------------------------------------------*/

/* What a message of the first stage is about. */
static enum judge judge_of(const struct sl_diag *m, enum judge stage)
{
	if (stage == LANGUAGE && !strcmp(m->code, "unknown-device"))
		return DEVICES;
	return stage;
}

/* Compiling says again what checking said. */
static bool is_known(const struct preflight *p, const struct sl_diag *m)
{
	const struct sl_diags *d = &p->call->diags;

	for (size_t i = 0; i < d->n; i++) {
		const struct sl_diag *k = &d->list[i];

		if (k->line == m->line && k->col == m->col && !strcmp(k->code, m->code) &&
		    !strcmp(k->message, m->message))
			return true;
	}
	return false;
}

static void take(struct preflight *p, enum judge stage, struct sl_diags *d)
{
	struct json_object *list = sl_diags_json(d), *fresh = json_object_new_array();

	for (size_t i = 0; list && i < d->n; i++) {
		enum judge j = judge_of(&d->list[i], stage);
		struct json_object *o = json_object_array_get_idx(list, i);

		if (is_known(p, &d->list[i]))
			continue;
		json_object_array_add(fresh, json_object_get(o));
		p->judges[j].findings++;
		if (d->list[i].level == SL_DIAG_ERROR)
			p->judges[j].verdict = REFUSED;
		json_object_object_add(o, "judge", json_object_new_string(judge_names[j]));
		json_object_array_add(p->findings, json_object_get(o));
	}
	/* On standard error as always. */
	sl_diags_from_json(&p->call->diags, fresh);
	json_object_put(fresh);
	json_object_put(list);
	sl_diags_free(d);
}

/* ---- The judges ------------------------------------------------------------------------------*/

static int judge_language(struct preflight *p)
{
	struct sl_diags d = {0};
	uint64_t start = now();
	int ret = ctl_target_compile(&p->target, SL_TARGET_CHECK, 0, &d, &p->checked);

	p->judges[LANGUAGE].ns = now() - start;
	p->judges[LANGUAGE].verdict = PASSED;
	if (!p->target.devices.n) {
		p->judges[DEVICES].verdict = SKIPPED;
		p->judges[DEVICES].why = "no tenant was named: --tenant or --node";
	} else {
		p->judges[DEVICES].verdict = PASSED;
	}
	take(p, LANGUAGE, &d);
	return ret;
}

/* What the node allows, where it is known. */
static int judge_experiments(struct preflight *p)
{
	struct sl_diags d = {0};
	int ret = sl_experiments_check(p->checked, p->target.node, &d);

	take(p, DEVICES, &d);
	return ret;
}

static int judge_compile(struct preflight *p)
{
	struct sl_diags d = {0};
	uint64_t start = now();
	int ret = ctl_target_compile(&p->target, SL_TARGET_BPF, 0, &d, &p->compiled);

	p->judges[COMPILE].ns = now() - start;
	p->judges[COMPILE].verdict = ret ? REFUSED : PASSED;
	take(p, COMPILE, &d);
	return ret;
}

/* The first try is what judge_compile() made. */
static int compile_cut(void *arg, int cut, struct sl_diags *d, struct sl_compiled **out)
{
	struct preflight *p = arg;

	if (!cut) {
		*out = TAKE_PTR(p->compiled);
		return 0;
	}
	return ctl_target_compile(&p->target, SL_TARGET_BPF, cut, d, out);
}

static int load_cut(void *arg, struct sl_compiled *c, struct sl_diags *d)
{
	struct preflight *p = arg;
	const struct sl_load_opts o = {.name = p->target.tenant ? p->target.tenant : "try"};
	SL_CLEANUP(sl_loaded_freep) struct sl_loaded *l = NULL;

	return sl_load(c, &o, d, &l);
}

static int judge_kernel(struct preflight *p)
{
	struct sl_diags d = {0};
	const struct sl_recut recut = {p, compile_cut, load_cut, 0};
	uint64_t start = now();
	int ret = sl_recut(&recut, &d, &p->compiled);

	if (ret == -EPERM) {
		p->judges[KERNEL].verdict = SKIPPED;
		p->judges[KERNEL].why = "loading programs needs root";
		sl_diags_free(&d);
		return 0;
	}
	p->judges[KERNEL].ns = now() - start;
	p->judges[KERNEL].verdict = ret ? REFUSED : PASSED;
	take(p, KERNEL, &d);
	return ret;
}

/* ---- The report ------------------------------------------------------------------------------*/

static void put_text(struct json_object *o, const char *key, const char *text)
{
	if (text)
		json_object_object_add(o, key, json_object_new_string(text));
}

static struct json_object *judges_json(const struct preflight *p, bool *ok)
{
	struct json_object *a = json_object_new_array();

	for (int i = 0; i < N_JUDGES; i++) {
		const struct judgement *j = &p->judges[i];
		struct json_object *o = json_object_new_object();

		put_text(o, "judge", judge_names[i]);
		put_text(o, "verdict", verdict_names[j->verdict]);
		json_object_object_add(o, "findings", json_object_new_int((int)j->findings));
		if (j->ns)
			json_object_object_add(o, "time_ns", json_object_new_uint64(j->ns));
		put_text(o, "why", j->why);
		*ok &= j->verdict == PASSED || j->verdict == SKIPPED;
		json_object_array_add(a, o);
	}
	return a;
}

static struct json_object *programs_json(const struct sl_bundle *b)
{
	struct json_object *a = json_object_new_array();

	for (uint32_t i = 0; i < b->n_progs; i++) {
		struct json_object *o = json_object_new_object();

		put_text(o, "program", b->progs[i].name);
		json_object_object_add(o, "instructions",
				       json_object_new_uint64(b->progs[i].n_insns));
		json_object_array_add(a, o);
	}
	return a;
}

/* In text, findings are on standard error in the usual form and not a second time in the table. */
static void report(struct preflight *p)
{
	struct json_object *o = p->call->result = json_object_new_object();
	struct json_object *judges;
	_free_ char *class = NULL;
	bool ok = true;

	judges = judges_json(p, &ok);
	put_text(o, "graph", p->target.submission.graph.name);
	put_text(o, "tenant", p->target.tenant);
	json_object_object_add(o, "ok", json_object_new_boolean(ok));
	json_object_object_add(o, "judges", judges);
	if (p->call->json)
		json_object_object_add(o, "findings", json_object_get(p->findings));
	if (!p->compiled)
		return;
	json_object_object_add(o, "elements", json_object_new_uint64(p->compiled->bundle->n_elems));
	json_object_object_add(o, "segments",
			       json_object_new_uint64(p->compiled->bundle->n_segments));
	class = ctl_target_class(&p->target, p->compiled);
	put_text(o, "class", class);
	json_object_object_add(o, "programs", programs_json(p->compiled->bundle));
}

int ctl_run_preflight(struct ctl_call *call)
{
	struct preflight p = {.call = call};
	enum ctl_exit status = ctl_target_read(call, &p.target);
	int ret;

	p.findings = json_object_new_array();
	if (!status && p.findings) {
		ret = judge_language(&p);
		ret = ret ? ret : judge_experiments(&p);
		ret = ret ? ret : judge_compile(&p);
		ret = ret ? ret : judge_kernel(&p);
		report(&p);
		/* A judge that could not be held at all is not the graph's fault. */
		status = ctl_exit_of(ret);
	}
	json_object_put(p.findings);
	sl_compiled_free(p.checked);
	sl_compiled_free(p.compiled);
	ctl_target_free(&p.target);
	return (int)status;
}
