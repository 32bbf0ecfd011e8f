// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trial: the graph compiled for each build, the packets one after the other through all of them
 * and the oracle; then what handlers say and how many packets entered each element.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bpf/abi.h"
#include "loader/mem.h"
#include "loader/runtime/replay.h"
#include "tests/oracle/oracle.h"
#include "tests/oracle/trial.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

#define START_NS 1000000000000ull
#define SEED 1
#define FRAME_MAX 4096

enum { NATIVE, BPF, BUILDS };

struct build {
	struct sl_compiled *compiled;
	struct sl_replay *replay;
};

struct session {
	const struct trial *t;
	struct trial_figures *f;
	char *text;
	struct build b[BUILDS];
	struct oracle *oracle;
	uint64_t now_ns;
	size_t at; /* packet */
};

/* One outcome, by whomever. */
struct outcome {
	enum oracle_verdict verdict;
	unsigned int dev;
	const char *elem, *reason;
	size_t len;
	uint8_t *bytes; /* not owned */
};

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- Saying it -------------------------------------------------------------------------------*/

static void say_graph(const struct session *s)
{
	const struct rgraph *g = s->t->graph;
	FILE *f = s->t->say;

	for (int d = 0; d < RG_DEVS; d++)
		fprintf(f, "device eth%d mac=02:00:00:00:00:%02x peer=02:00:00:00:02:%02x%s\n", d,
			d, d, g->ip_link[d] ? " iplink" : "");
	if (g->head != 32)
		fprintf(f, "head %u\n", g->head);
	fprintf(f, "graph\n");
	for (const char *at = s->text; *at;) {
		size_t n = strcspn(at, "\n");

		fprintf(f, "\t%.*s\n", (int)n, at);
		at += n + (at[n] != 0);
	}
	if (g->max_weight)
		fprintf(f, "# in segments of weight %u\n", g->max_weight);
	fprintf(f, "\ncase found by random packets\n");
}

static void say_bytes(FILE *f, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%02x", b[i]);
}

static void say_outcome(FILE *f, const struct outcome *o)
{
	if (o->verdict == ORACLE_DROP) {
		fprintf(f, "drop %s %s\n", o->elem ? o->elem : "-",
			o->reason ? o->reason : "(any)");
		return;
	}
	if (o->verdict == ORACLE_OUT)
		fprintf(f, "out eth%u raw hex ", o->dev);
	else
		fprintf(f, "host raw hex ");
	say_bytes(f, o->bytes, o->len);
	fputc('\n', f);
}

static void say_packet(const struct session *s, size_t i)
{
	const struct rpacket *p = &s->t->packets[i];
	uint64_t before = i ? s->t->packets[i - 1].now_ns : START_NS;

	if (p->now_ns != before)
		fprintf(s->t->say, "clock +%llums\n",
			(unsigned long long)(p->now_ns - before) / 1000000);
	fprintf(s->t->say, "in eth%u raw hex ", p->dev);
	say_bytes(s->t->say, p->bytes, p->len);
	fputc('\n', s->t->say);
}

/* ---- Setting up ------------------------------------------------------------------------------*/

static enum sl_target native_target(const struct rgraph *g)
{
	if (SANITIZED)
		return SL_TARGET_NATIVE_SAN;
	return g->quick ? SL_TARGET_NATIVE_QUICK : SL_TARGET_NATIVE;
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
				     .bpf_dir = "bpf"};
	struct sl_replay_opts ro = {.native = which == NATIVE,
				    .sanitize = SANITIZED,
				    .fixed_clock = true,
				    .now_ns = START_NS,
				    .rnd = SEED};
	struct sl_diags d = {0};
	int ret;

	for (uint8_t i = 0; i < RG_DEVS; i++) {
		snprintf(devs[i].name, sizeof(devs[i].name), "eth%u", i);
		devs[i].index = i;
		devs[i].ip_link = g->ip_link[i];
		memcpy(devs[i].mac, (const uint8_t[6]){2, 0, 0, 0, 0, i}, 6);
		memcpy(devs[i].peer, (const uint8_t[6]){2, 0, 0, 0, 2, i}, 6);
	}
	ret = sl_compile(&sub, &co, &d, &s->b[which].compiled);
	if (!ret)
		ret = sl_replay_new(s->b[which].compiled, &ro, &d, &s->b[which].replay);
	if (ret && ret != -EPERM && s->t->say) {
		say_graph(s);
		fprintf(s->t->say, "# refused by the %s build: %s\n",
			which == BPF ? "BPF" : "native", strerror(-ret));
		sl_diags_print(&d, s->t->say);
	}
	sl_diags_free(&d);
	if (ret == -EPERM)
		return TRIAL_NO_BPF;
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

static void say_difference(struct session *s, const char *a_name, const struct outcome *a, int n_a,
			   const char *b_name, const struct outcome *b, int n_b)
{
	FILE *f = s->t->say;

	if (!f)
		return;
	say_graph(s);
	for (size_t i = 0; i <= s->at; i++)
		say_packet(s, i);
	fprintf(f, "# %s:\n", a_name);
	for (int i = 0; i < n_a; i++)
		say_outcome(f, &a[i]);
	fprintf(f, "# but %s:\n", b_name);
	for (int i = 0; i < n_b; i++) {
		fprintf(f, "# ");
		say_outcome(f, &b[i]);
	}
}

static void count(struct trial_figures *f, const struct outcome *o, int n, bool sure)
{
	f->packets += sure;
	f->beyond += !sure;
	f->copies += (uint64_t)(n - 1);
	for (int i = 0; i < n; i++)
		f->outcomes[o[i].verdict == ORACLE_OUT ? 0 : o[i].verdict == ORACLE_DROP ? 1 : 2]++;
}

static enum trial_result one_packet(struct session *s)
{
	struct outcome o[BUILDS + 1][ORACLE_MAX_OUT];
	int n[BUILDS + 1] = {0}, first = s->b[NATIVE].replay ? NATIVE : BPF;
	uint64_t now = s->t->packets[s->at].now_ns;
	bool sure = !oracle_unsure(s->oracle);

	for (int i = 0; i < BUILDS; i++) {
		if (!s->b[i].replay)
			continue;
		if (now != s->now_ns)
			sl_replay_set_clock(s->b[i].replay, now);
		n[i] = through_build(s, i, o[i]);
		if (n[i] < 0) {
			if (s->t->say)
				fprintf(s->t->say, "# packet %zu was not run: %s\n", s->at,
					strerror(-n[i]));
			return TRIAL_BROKEN;
		}
	}
	s->now_ns = now;
	if (sure) {
		oracle_set_clock(s->oracle, now);
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

/* ---- Counts and handlers ---------------------------------------------------------------------*/

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lists from tables come in any order. */
static char *sorted(char *text)
{
	char **lines = calloc(strlen(text) + 1, sizeof(*lines)), *out = NULL, *save = NULL;
	size_t n = 0, len = 0;
	FILE *f = open_memstream(&out, &len);

	if (!lines || !f)
		abort();
	for (char *at = strtok_r(text, "\n", &save); at; at = strtok_r(NULL, "\n", &save))
		lines[n++] = at;
	qsort(lines, n, sizeof(*lines), by_text);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s%s", i ? "\n" : "", lines[i]);
	fclose(f);
	free(lines);
	free(text);
	return out;
}

static char *read_handler(struct build *b, size_t elem, const struct sl_handler *h)
{
	struct sl_diags d = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	if (h->read(sl_replay_live(b->replay), &b->compiled->program->insts[elem], h, "", f, &d))
		fprintf(f, "(fails)");
	fclose(f);
	sl_diags_free(&d);
	return sorted(text);
}

static bool values_differ(struct session *s, const char *elem, const char *what, const char *a_name,
			  const char *a, const char *b_name, const char *b)
{
	s->f->handlers++;
	if (!strcmp(a, b))
		return false;
	if (s->t->say) {
		say_graph(s);
		for (size_t i = 0; i < s->t->n; i++)
			say_packet(s, i);
		fprintf(s->t->say, "# %s: read %s.%s = %s\n# but %s: %s\n", a_name, elem, what, a,
			b_name, b);
	}
	return true;
}

/* What the builds say of an element, compared. */
static bool builds_differ(struct session *s, size_t i)
{
	const struct sl_program *p = s->b[NATIVE].compiled->program;
	const char *name = p->graph->elems[i].name;

	for (const struct sl_handler *h = p->insts[i].class->handlers; h && h->name; h++) {
		_free_ char *a = NULL, *b = NULL;

		if (!(h->flags & SL_H_READ) || h->flags & (SL_H_ARGS | SL_H_PORT))
			continue;
		a = read_handler(&s->b[NATIVE], i, h);
		b = read_handler(&s->b[BPF], i, h);
		if (values_differ(s, name, h->name, "the native build", a, "the BPF build", b))
			return true;
	}
	return false;
}

/* What a build says of element `name` and what the oracle does. */
static bool oracle_differs(struct session *s, int which, size_t elem)
{
	const char *name = oracle_elem_name(s->oracle, elem);
	struct build *b = &s->b[which];
	const struct sl_program *p = b->compiled->program;
	long at = sl_graph_find(p->graph, name);
	char have[32], want[32];
	uint64_t entered = 0;

	if (at < 0)
		return true;
	if (b->replay && !sl_replay_live(b->replay)->ops->packets(sl_replay_live(b->replay),
								  (uint32_t)at, &entered)) {
		snprintf(have, sizeof(have), "%llu", (unsigned long long)entered);
		snprintf(want, sizeof(want), "%llu",
			 (unsigned long long)oracle_entered(s->oracle, elem));
		if (values_differ(s, name, "(packets)", "the oracle", want,
				  which == BPF ? "the BPF build" : "the native build", have))
			return true;
	}
	for (size_t i = 0;; i++) {
		_free_ char *mine = NULL, *theirs = NULL;
		const struct sl_handler *h;
		const char *handler;
		size_t len = 0;
		FILE *f = open_memstream(&mine, &len);

		if (!f)
			abort();
		handler = oracle_read(s->oracle, elem, i, f);
		fclose(f);
		if (!handler)
			return false;
		mine = sorted(mine);
		h = sl_handler_find(p->insts[at].class, handler);
		theirs = h ? read_handler(b, (size_t)at, h) : strdup("(no such handler)");
		if (values_differ(s, name, handler, "the oracle", mine,
				  which == BPF ? "the BPF build" : "the native build", theirs))
			return true;
	}
}

static enum trial_result compare_values(struct session *s)
{
	if (s->b[NATIVE].replay && s->b[BPF].replay) {
		for (size_t i = 0; i < s->b[NATIVE].compiled->program->graph->n_elems; i++)
			if (builds_differ(s, i))
				return TRIAL_DIFFERENT;
	}
	if (oracle_unsure(s->oracle))
		return TRIAL_SAME;
	for (int which = 0; which < BUILDS; which++) {
		for (size_t i = 0; s->b[which].replay && i < oracle_elems(s->oracle); i++)
			if (oracle_differs(s, which, i))
				return TRIAL_DIFFERENT;
	}
	return TRIAL_SAME;
}

enum trial_result trial_run(const struct trial *t, struct trial_figures *f)
{
	struct session s = {.t = t, .f = f, .text = rg_text(t->graph), .now_ns = START_NS};
	enum trial_result ret = open_oracle(&s);
	double began = seconds();

	if (!ret && t->builds & TRIAL_NATIVE)
		ret = open_build(&s, NATIVE);
	if (!ret && t->builds & TRIAL_BPF)
		ret = open_build(&s, BPF);
	f->compile_s += seconds() - began;
	began = seconds();
	for (s.at = 0; !ret && s.at < t->n; s.at++)
		ret = one_packet(&s);
	if (!ret)
		ret = compare_values(&s);
	f->run_s += seconds() - began;
	close_session(&s);
	return ret;
}
