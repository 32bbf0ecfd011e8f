// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the element cases of tests/element/cases through both builds of each graph. What a case file
 * may say is in tests/element/README.md. Arguments choose files by base name.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bpf/abi.h"
#include "loader/config/config.h"
#include "loader/mem.h"
#include "loader/runtime/replay.h"
#include "tests/element/case_file.h"
#include "tests/element/packet.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* Tests are run at the root of the tree. */
#define CASE_DIR "tests/element/cases"
#define BPF_DIR "bpf"
#define START_NS 1000000000000ull

enum { BUILD_BPF, BUILD_NATIVE, N_BUILDS };
static const char *const build_names[] = {"bpf", SANITIZED ? "native+sanitizers" : "native"};

/* One case in one build. */
struct run {
	struct case_file *file;
	struct test_case *tc;
	const char *build;
	struct sl_compiled *compiled;
	struct sl_replay *replay;
	uint64_t now_ns;
	struct packet in, want;
	char **events;
	size_t n_events, cap_events, next_event;
	char *why; /* first failure */
};

static int failed(struct run *r, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int failed(struct run *r, unsigned int line, const char *fmt, ...)
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

static char *diag_text(const struct sl_diags *d)
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

/* ---- Describing packets ----------------------------------------------------------------------*/

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

/* ---- Packets ---------------------------------------------------------------------------------*/

static const struct sl_device *find_device(struct run *r, const char *name)
{
	const struct sl_program *p = r->compiled->program;

	for (size_t i = 0; i < p->devices.n; i++) {
		if (!strcmp(p->devices.list[i].name, name))
			return &p->devices.list[i];
	}
	return NULL;
}

static int build_in(struct run *r, const struct step *s, const struct sl_device *dev)
{
	struct packet_defaults def = {.src = {2, 0, 0, 0, 1, (uint8_t)(dev->index + 1)}};
	char error[200] = "";

	memcpy(def.dst, dev->mac, 6);
	if (packet_build(s->b, &def, &r->in, error, sizeof(error)))
		return failed(r, s->line, "%s", error);
	return 0;
}

static int build_want(struct run *r, const struct step *s)
{
	struct packet_defaults def = {.same = &r->in};
	char error[200] = "";

	memcpy(def.dst, r->in.bytes, 6);
	memcpy(def.src, r->in.bytes + 6, 6);
	if (packet_build(s->b, &def, &r->want, error, sizeof(error)))
		return failed(r, s->line, "%s", error);
	return 0;
}

/* Whether the outcome `o` is what step `s` wants; r->want holds the wanted frame. */
static bool is_wanted(struct run *r, const struct step *s, const struct sl_replay_out *o)
{
	const struct sl_program *p = r->compiled->program;
	const struct sl_device *dev;

	switch (s->kind) {
	case STEP_OUT:
		dev = find_device(r, s->a);
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
		return failed(r, s->line, "not as wanted");
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
	return failed(r, s->line, "%s", text);
}

/* Every outcome wanted once, and no other. */
static int match_outcomes(struct run *r, const struct step *in, size_t n_want,
			  const struct sl_replay_out *outs, size_t n)
{
	bool taken[SL_REPLAY_MAX_OUT] = {false};

	for (size_t w = 0; w < n_want; w++) {
		const struct step *s = in + 1 + w;
		size_t i;

		if (s->kind != STEP_DROP && build_want(r, s))
			return -1;
		for (i = 0; i < n; i++) {
			if (!taken[i] && is_wanted(r, s, &outs[i]))
				break;
		}
		if (i == n)
			return not_wanted(r, s, outs, n);
		taken[i] = true;
	}
	if (n != n_want)
		return failed(r, in->line, "%zu outcomes wanted, but there were %zu", n_want, n);
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

static int run_packet(struct run *r, const struct step *s)
{
	const struct sl_device *dev = find_device(r, s->a);
	struct sl_replay_out outs[SL_REPLAY_MAX_OUT];
	const struct step *end = r->tc->steps + r->tc->n;
	size_t n_want = 0;

	if (!dev)
		return failed(r, s->line, "the graph has no device %s", s->a);
	while (s + 1 + n_want < end &&
	       (s[1 + n_want].kind == STEP_OUT || s[1 + n_want].kind == STEP_HOST ||
		s[1 + n_want].kind == STEP_DROP))
		n_want++;
	for (unsigned int i = 0; i < s->repeat; i++) {
		int n;

		if (build_in(r, s, dev))
			return -1;
		n = sl_replay_packet(r->replay, dev->index, r->in.bytes, r->in.len, outs);
		if (n == -EMSGSIZE)
			return failed(r, s->line,
				      "BPF_PROG_RUN cannot take %zu bytes: say `only native`",
				      r->in.len);
		if (n < 0)
			return failed(r, s->line, "the packet was not run: %s", strerror(-n));
		if (match_outcomes(r, s, n_want, outs, (size_t)n))
			return -1;
		n = sl_replay_events(r->replay, add_event, r);
		if (n < 0)
			return failed(r, s->line, "no events: %s", strerror(-n));
	}
	return 0;
}

/* ---- Handlers --------------------------------------------------------------------------------*/

static int find_handler(struct run *r, const struct step *s, const struct sl_inst **in,
			const struct sl_handler **h)
{
	const struct sl_program *p = r->compiled->program;
	const char *dot = strchr(s->a, '.');
	_free_ char *name = strndup(s->a, (size_t)(dot - s->a));
	long i = sl_graph_find(p->graph, name);

	if (i < 0)
		return failed(r, s->line, "no element '%s'", name);
	*in = &p->insts[i];
	*h = sl_handler_find((*in)->class, dot + 1);
	if (!*h)
		return failed(r, s->line, "%s has no handler '%s'", (*in)->class->spec.name,
			      dot + 1);
	if (!((*h)->flags & (s->kind == STEP_READ ? SL_H_READ : SL_H_WRITE)))
		return failed(r, s->line, "handler '%s' cannot be used this way", dot + 1);
	return 0;
}

static int failed_as_wanted(struct run *r, const struct step *s, int ret, const struct sl_diags *d)
{
	_free_ char *text = diag_text(d);

	if (!ret)
		return failed(r, s->line, "this should have failed");
	if (!text || !strstr(text, s->c))
		return failed(r, s->line, "failed with another message than '%s':\n%s", s->c,
			      text ? text : "");
	return 0;
}

static int run_read(struct run *r, const struct step *s)
{
	const struct sl_inst *in;
	const struct sl_handler *h;
	struct sl_diags d = {0};
	_free_ char *value = NULL, *messages = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *f;
	int ret;

	if (find_handler(r, s, &in, &h))
		return -1;
	f = open_memstream(&text, &len);
	if (!f)
		return failed(r, s->line, "out of memory");
	ret = h->read(sl_replay_live(r->replay), in, h, s->b, f, &d);
	fclose(f);
	value = text;
	/* Lists end with a line end, which nobody wants to write. */
	if (len && value[len - 1] == '\n')
		value[len - 1] = 0;
	if (s->fails) {
		ret = failed_as_wanted(r, s, ret, &d);
	} else if (ret) {
		messages = diag_text(&d);
		ret = failed(r, s->line, "reading %s failed: %s\n%s", s->a, strerror(-ret),
			     messages);
	} else if (strcmp(value, s->c)) {
		ret = failed(r, s->line, "%s is '%s', wanted '%s'", s->a, value, s->c);
	}
	sl_diags_free(&d);
	return ret;
}

static int run_write(struct run *r, const struct step *s)
{
	struct sl_live *live = sl_replay_live(r->replay);
	const struct sl_inst *in;
	const struct sl_handler *h;
	struct sl_diags d = {0};
	_free_ char *messages = NULL, *config = NULL;
	int ret;

	if (find_handler(r, s, &in, &h))
		return -1;
	ret = h->write(live, in, h, s->b, &d);
	config = TAKE_PTR(live->new_config);
	if (s->fails) {
		ret = failed_as_wanted(r, s, ret, &d);
	} else if (ret) {
		messages = diag_text(&d);
		ret = failed(r, s->line, "writing %s failed: %s\n%s", s->a, strerror(-ret),
			     messages);
	} else if (!s->c != !config || (s->c && strcmp(s->c, config))) {
		ret = failed(r, s->line, "%s asks for the configuration '%s', wanted '%s'", s->a,
			     config ? config : "(none)", s->c ? s->c : "(none)");
	}
	sl_diags_free(&d);
	return ret;
}

/* ---- Steps -----------------------------------------------------------------------------------*/

static int run_clock(struct run *r, const struct step *s)
{
	const char *why;
	uint64_t t;

	if (sl_parse_value(SL_T_NS, s->a, NULL, NULL, &t, &why))
		return failed(r, s->line, "'%s': %s", s->a, why);
	r->now_ns = s->plus ? r->now_ns + t : t;
	sl_replay_set_clock(r->replay, r->now_ns);
	return 0;
}

static int run_event(struct run *r, const struct step *s)
{
	const char *got;

	if (r->next_event == r->n_events)
		return failed(r, s->line, "no (further) event");
	got = r->events[r->next_event++];
	if (strcmp(got, s->c))
		return failed(r, s->line, "the event is '%s', wanted '%s'", got, s->c);
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
		return failed(r, r->tc->line, "an event nobody wanted: '%s'",
			      r->events[r->next_event]);
	return 0;
}

/* ---- Compiling -------------------------------------------------------------------------------*/

static int compile(struct case_file *f, struct case_graph *g, enum sl_target target,
		   struct sl_diags *d, struct sl_compiled **out)
{
	struct sl_submission sub = {
		.graph = {.name = f->path, .text = g->text, .len = strlen(g->text)}};
	struct sl_compile_opts opts = {
		.target = target,
		.devices = {g->devices, g->n_devices, g->head},
		.bpf_dir = BPF_DIR,
	};

	return sl_compile(&sub, &opts, d, out);
}

/* The graph of a case in a build; compiled when the first case asks. NULL with r->why. */
static struct sl_compiled *compiled(struct run *r, int build)
{
	struct case_graph *g = &r->file->graphs[r->tc->graph];
	enum sl_target target = build == BUILD_BPF ? SL_TARGET_BPF
				: SANITIZED	   ? SL_TARGET_NATIVE_SAN
						   : SL_TARGET_NATIVE;
	struct sl_diags d = {0};

	if (!g->tried[build]) {
		g->tried[build] = true;
		if (compile(r->file, g, target, &d, &g->compiled[build]))
			g->failure[build] = diag_text(&d);
		sl_diags_free(&d);
	}
	if (!g->compiled[build])
		failed(r, r->tc->line, "the graph does not compile:\n%s",
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
		return ret;
	}
	if (ret) {
		messages = diag_text(&d);
		ret = failed(r, r->tc->line, "it cannot be run: %s\n%s", strerror(-ret), messages);
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
	ret = compile(r->file, &r->file->graphs[r->tc->graph], SL_TARGET_CHECK, &d, &c);
	text = diag_text(&d);
	sl_compiled_free(c);
	if (ret != -EINVAL) {
		failed(r, r->tc->line, "the graph is not refused (%d):\n%s", ret, text);
	} else if (d.errors != r->tc->n) {
		failed(r, r->tc->line, "%zu errors wanted, but there were %u:\n%s", r->tc->n,
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
			failed(r, r->tc->steps[i].line, "no such message; there was:\n%s", text);
	}
	sl_diags_free(&d);
	return r->why ? -1 : 0;
}

/* ---- Tests -----------------------------------------------------------------------------------*/

struct test {
	struct case_file *file;
	struct test_case *tc;
};

static void test_one(void **state)
{
	const struct test *t = *state;
	struct run *r = calloc(1, sizeof(*r));
	char why[4096] = "";
	bool skipped = false;
	int ret = 0;

	assert_non_null(r);
	r->file = t->file;
	r->tc = t->tc;
	if (t->tc->refuse) {
		run_refuse(r);
	} else {
		if (t->tc->builds & RUN_NATIVE)
			ret = run_build(r, BUILD_NATIVE);
		if (!ret && !SANITIZED && (t->tc->builds & RUN_BPF))
			skipped = run_build(r, BUILD_BPF) == -EPERM;
		if (SANITIZED && !(t->tc->builds & RUN_NATIVE))
			skipped = true;
	}
	if (r->why)
		snprintf(why, sizeof(why), "%s", r->why);
	free(r->why);
	free(r);
	if (why[0])
		fail_msg("%s", why);
	if (skipped)
		skip();
}

static void test_unreadable(void **state)
{
	fail_msg("%s", (const char *)*state);
}

static int run_file(const char *path)
{
	struct case_file *f = NULL;
	_free_ char *error = NULL;
	_free_ struct CMUnitTest *tests = NULL;
	_free_ struct test *states = NULL;
	int ret;

	if (case_file_read(path, &f, &error)) {
		const struct CMUnitTest unreadable = {
			.name = path, .test_func = test_unreadable, .initial_state = error};

		return _cmocka_run_group_tests(path, &unreadable, 1, NULL, NULL);
	}
	tests = calloc(f->n_cases, sizeof(*tests));
	states = calloc(f->n_cases, sizeof(*states));
	if (!tests || !states) {
		case_file_free(f);
		return 1;
	}
	for (size_t i = 0; i < f->n_cases; i++) {
		states[i] = (struct test){f, &f->cases[i]};
		tests[i] = (struct CMUnitTest){.name = f->cases[i].name,
					       .test_func = test_one,
					       .initial_state = &states[i]};
	}
	ret = _cmocka_run_group_tests(f->base, tests, f->n_cases, NULL, NULL);
	case_file_free(f);
	return ret;
}

static int is_case(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot && !strcmp(dot, ".case");
}

int main(int argc, char **argv)
{
	struct dirent **list = NULL;
	int n = scandir(CASE_DIR, &list, is_case, alphasort), ret = 0, ran = 0;

	for (int i = 0; i < n; i++) {
		char path[512];
		bool wanted = argc < 2;

		for (int k = 1; k < argc; k++) {
			size_t len = strlen(argv[k]);

			wanted |= !strncmp(list[i]->d_name, argv[k], len) &&
				  list[i]->d_name[len] == '.';
		}
		snprintf(path, sizeof(path), CASE_DIR "/%s", list[i]->d_name);
		if (wanted) {
			ret |= run_file(path) != 0;
			ran++;
		}
		free(list[i]);
	}
	free(list);
	if (!ran) {
		fprintf(stderr,
			"no such files in " CASE_DIR " (run this at the root of the tree)\n");
		return 1;
	}
	return ret;
}
