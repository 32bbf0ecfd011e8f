// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trial: the graph compiled for each build, the packets one after the other through all of them
 * and the oracle; then what handlers say and how many packets entered each element.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bpf/abi.h"
#include "loader/mem.h"
#include "loader/runtime/recut.h"
#include "tests/oracle/trial_int.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

#define SEED 1

/* CPU time of this process, or of those it waited for. */
static double cpu(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* ---- Setting up ------------------------------------------------------------------------------*/

static enum sl_target native_target(const struct rgraph *g)
{
	if (SANITIZED)
		return SL_TARGET_NATIVE_SAN;
	return g->quick ? SL_TARGET_NATIVE_QUICK : SL_TARGET_NATIVE;
}

/* In smaller segments where a program is too much for its stack or the verifier, as graphs are
 * when they are installed. */
static int compile_and_load(const struct sl_submission *sub, struct sl_compile_opts co,
			    const struct sl_replay_opts *ro, struct sl_diags *d, struct build *b)
{
	unsigned int first = co.max_weight;

	for (int cut = 0;; cut++) {
		int ret;

		co.max_weight = sl_recut_weight(first, cut);
		ret = sl_compile(sub, &co, d, &b->compiled);
		if (!ret)
			ret = sl_replay_new(b->compiled, ro, d, &b->replay);
		if (ret != -E2BIG || cut == SL_RECUTS || co.max_weight <= 1)
			return ret;
		sl_compiled_free(b->compiled);
		b->compiled = NULL;
		sl_diags_free(d);
	}
}

static enum trial_result open_build(struct session *s, int which)
{
	const struct rgraph *g = s->t->graph;
	struct sl_device devs[RG_DEVS] = {0};
	struct sl_submission sub = {
		.graph = {.name = (char *)"random.click", .text = s->text, .len = strlen(s->text)}};
	struct sl_compile_opts co = {.target = which == BPF ? SL_TARGET_BPF : native_target(g),
				     .devices = {devs, RG_DEVS, g->head},
				     .max_weight = g->max_weight,
				     .compilers = 1,
				     .bpf_dir = "bpf"};
	struct sl_replay_opts ro = {.native = which == NATIVE,
				    .sanitize = SANITIZED,
				    .fixed_clock = true,
				    .now_ns = START_NS,
				    .rnd = SEED};
	struct sl_diags d = {0};
	bool copies;
	int ret;

	for (uint8_t i = 0; i < RG_DEVS; i++) {
		snprintf(devs[i].name, sizeof(devs[i].name), "eth%u", i);
		devs[i].index = i;
		devs[i].ip_link = g->ip_link[i];
		memcpy(devs[i].mac, (const uint8_t[6]){2, 0, 0, 0, 0, i}, 6);
		memcpy(devs[i].peer, (const uint8_t[6]){2, 0, 0, 0, 2, i}, 6);
	}
	ret = compile_and_load(&sub, co, &ro, &d, &s->b[which]);
	copies = ret && d.n == 1 && !strcmp(d.list[0].code, "too-many-copies");
	if (ret && ret != -EPERM && !copies && s->t->say) {
		say_graph(s);
		fprintf(s->t->say, "# refused by the %s build: %s\n",
			which == BPF ? "BPF" : "native", strerror(-ret));
		sl_diags_print(&d, s->t->say);
	}
	sl_diags_free(&d);
	if (ret == -EPERM)
		return TRIAL_NO_BPF;
	if (copies)
		return TRIAL_COPIES;
	return ret ? TRIAL_REFUSED : TRIAL_SAME;
}

static enum trial_result open_oracle(struct session *s)
{
	struct oracle_device devs[RG_DEVS] = {0};
	char why[200];

	for (uint8_t i = 0; i < RG_DEVS; i++) {
		snprintf(devs[i].name, sizeof(devs[i].name), "eth%u", i);
		devs[i].ip_link = s->t->graph->ip_link[i];
		memcpy(devs[i].mac, (const uint8_t[6]){2, 0, 0, 0, 0, i}, 6);
		memcpy(devs[i].peer, (const uint8_t[6]){2, 0, 0, 0, 2, i}, 6);
	}
	if (!oracle_new(s->text, devs, RG_DEVS, START_NS, SEED, &s->oracle, why))
		return TRIAL_SAME;
	if (s->t->say) {
		say_graph(s);
		fprintf(s->t->say, "# the oracle: %s\n", why);
	}
	return TRIAL_UNKNOWN;
}

static void close_session(struct session *s)
{
	for (int i = 0; i < BUILDS; i++) {
		sl_replay_free(s->b[i].replay);
		sl_compiled_free(s->b[i].compiled);
	}
	oracle_free(s->oracle);
	free(s->text);
}

/* ---- Packets ---------------------------------------------------------------------------------*/

static const char *reason_name(uint32_t reason)
{
	static const char *const names[] = {
#define X(sym, name, text) name,
		SL_REASONS(X)
#undef X
	};

	return reason < SL_R_MAX ? names[reason] : "out of range";
}

static int through_build(struct session *s, int which, struct outcome *o)
{
	const struct rpacket *p = &s->t->packets[s->at];
	const struct sl_graph *g = s->b[which].compiled->program->graph;
	struct sl_replay_out outs[SL_REPLAY_MAX_OUT];
	int n = sl_replay_packet(s->b[which].replay, p->dev, p->bytes, p->len, outs);

	for (int i = 0; i < n; i++) {
		o[i] = (struct outcome){
			.dev = outs[i].dev, .len = outs[i].len, .bytes = outs[i].frame};
		o[i].verdict = outs[i].verdict == SL_V_OUT    ? ORACLE_OUT
			       : outs[i].verdict == SL_V_HOST ? ORACLE_HOST
							      : ORACLE_DROP;
		if (o[i].verdict == ORACLE_HOST)
			o[i].dev = 0;
		if (o[i].verdict != ORACLE_DROP)
			continue;
		o[i].reason = reason_name(outs[i].reason);
		o[i].dev = 0;
		o[i].len = 0;
		if (outs[i].elem < g->n_elems)
			o[i].elem = g->elems[outs[i].elem].name;
	}
	return n;
}

static int through_oracle(struct session *s, struct outcome *o)
{
	const struct rpacket *p = &s->t->packets[s->at];
	struct oracle_out outs[ORACLE_MAX_OUT];
	int n = oracle_packet(s->oracle, p->dev, p->bytes, p->len, outs);

	for (int i = 0; i < n; i++)
		o[i] = (struct outcome){outs[i].verdict, outs[i].dev, outs[i].elem,
					outs[i].reason,	 outs[i].len, outs[i].bytes};
	return n;
}

static bool same_text(const char *a, const char *b)
{
	return !a == !b && (!a || !strcmp(a, b));
}

/* A reason the oracle is silent about is right. */
static bool same(const struct outcome *a, const struct outcome *b)
{
	if (a->verdict != b->verdict || a->dev != b->dev || a->len != b->len)
		return false;
	if (a->verdict == ORACLE_DROP)
		return same_text(a->elem, b->elem) &&
		       (!a->reason || !b->reason || !strcmp(a->reason, b->reason));
	return !memcmp(a->bytes, b->bytes, a->len);
}

/*
 * Whether they are the same in any order. A copy that only is looked at and ends is not made by the
 * builds, so what ends of those of `a` need not be in `b` when `passing`; it is counted, though.
 */
static bool all_same(const struct outcome *a, int n_a, const struct outcome *b, int n_b,
		     bool passing)
{
	bool taken[ORACLE_MAX_OUT] = {false};

	if (n_a < n_b || !n_b || (n_a > n_b && !passing))
		return false;
	for (int i = 0; i < n_b; i++) {
		int k;

		for (k = 0; k < n_a && (taken[k] || !same(&a[k], &b[i])); k++)
			;
		if (k == n_a)
			return false;
		taken[k] = true;
	}
	for (int k = 0; k < n_a; k++)
		if (!taken[k] && a[k].verdict != ORACLE_DROP)
			return false;
	return true;
}

static void count(struct trial_figures *f, const struct outcome *o, int n, bool sure)
{
	f->packets += sure;
	f->beyond += !sure;
	f->copies += (uint64_t)(n - 1);
	for (int i = 0; i < n; i++)
		f->outcomes[o[i].verdict == ORACLE_OUT ? 0 : o[i].verdict == ORACLE_DROP ? 1 : 2]++;
}

static void set_clocks(struct session *s)
{
	uint64_t now = s->t->packets[s->at].now_ns;

	if (now == s->now_ns)
		return;
	for (int i = 0; i < BUILDS; i++)
		if (s->b[i].replay)
			sl_replay_set_clock(s->b[i].replay, now);
	oracle_set_clock(s->oracle, now);
	s->now_ns = now;
}

static enum trial_result one_packet(struct session *s)
{
	struct outcome o[BUILDS + 1][ORACLE_MAX_OUT];
	int n[BUILDS + 1] = {0}, first = s->b[NATIVE].replay ? NATIVE : BPF;
	bool sure = !oracle_unsure(s->oracle);

	for (int i = 0; i < BUILDS; i++) {
		if (!s->b[i].replay)
			continue;
		n[i] = through_build(s, i, o[i]);
		if (n[i] < 0) {
			if (s->t->say)
				fprintf(s->t->say, "# packet %zu was not run: %s\n", s->at,
					strerror(-n[i]));
			return TRIAL_BROKEN;
		}
	}
	if (sure) {
		n[BUILDS] = through_oracle(s, o[BUILDS]);
		sure = !oracle_unsure(s->oracle);
	}
	count(s->f, o[first], n[first], sure);
	if (s->b[NATIVE].replay && s->b[BPF].replay &&
	    !all_same(o[NATIVE], n[NATIVE], o[BPF], n[BPF], false)) {
		say_difference(s, "the native build", o[NATIVE], n[NATIVE], "the BPF build", o[BPF],
			       n[BPF]);
		return TRIAL_DIFFERENT;
	}
	if (sure && !all_same(o[BUILDS], n[BUILDS], o[first], n[first], true)) {
		say_difference(s, "the oracle", o[BUILDS], n[BUILDS], "the builds", o[first],
			       n[first]);
		return TRIAL_DIFFERENT;
	}
	return TRIAL_SAME;
}

enum trial_result trial_run(const struct trial *t, struct trial_figures *f)
{
	struct session s = {.t = t, .f = f, .text = rg_text(t->graph), .now_ns = START_NS};
	enum trial_result ret = open_oracle(&s);
	double began = cpu(RUSAGE_SELF);

	if (!ret && t->builds & TRIAL_NATIVE)
		ret = open_build(&s, NATIVE);
	if (!ret && t->builds & TRIAL_BPF)
		ret = open_build(&s, BPF);
	f->load_s += cpu(RUSAGE_SELF) - began;
	f->clang_s += cpu(RUSAGE_CHILDREN);
	began = cpu(RUSAGE_SELF);
	for (s.at = 0; !ret && s.at < t->n; s.at++) {
		set_clocks(&s);
		ret = *t->packets[s.at].op ? handler_step(&s) : one_packet(&s);
		/* The kernel takes more entries from a full table than one. */
		if (s.b[NATIVE].replay && sl_replay_evicted(s.b[NATIVE].replay))
			break;
	}
	if (!ret && s.at == t->n)
		ret = compare_values(&s);
	f->run_s += cpu(RUSAGE_SELF) - began;
	close_session(&s);
	return ret;
}
