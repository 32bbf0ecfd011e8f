// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scripts of running graphs (loader/script). Each tenant's may use a small part of the daemon's
 * time, and all together a somewhat larger one; what took longer is paid back by waiting. What they
 * print is kept, some lines of it, until somebody watches the tenant's events.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "loader/codegen/ask.h"
#include "loader/mem.h"
#include "loader/runtime/node_int.h"
#include "loader/script/element.h"

/* Time of the daemon, in nanoseconds a second: of one tenant, of all. */
#define SHARE_NS 10000000
#define SHARE_ALL_NS 100000000
/* What may be used at once after a rest. */
#define CREDIT_NS 10000000
#define CREDIT_ALL_NS 50000000
/* Units in one go, and when it is the daemon's turn again. */
#define TURN_UNITS 200
#define GO_NS 1000000
/* A handler that is asked for in the sandbox: three in an instruction. */
#define ASK_UNITS 6000
/* Lines kept, and how many may be printed a second and at once. */
#define LINES 64
#define LINES_RATE 20
#define LINES_BURST 100

/* Time or lines that may be used: given back steadily, and it may be owed. */
struct account {
	int64_t credit;
	uint64_t since_ns;
};

struct node_scripts {
	struct sl_node *node;
	char tenant[SL_NAME_MAX + 1];
	uint32_t generation;
	struct sl_generation *run; /* the same: runs as long as this is there */
	struct sl_scripts *set;	   /* NULL: the graph has none */
	char *elements;		   /* of the graph: see describe() */
	size_t elements_len;
	struct account time, line_account;
	char *lines[LINES];
	unsigned int n_lines, first_line;
	uint64_t lost;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static uint64_t now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* `rate` a second, at most `most`. */
static int64_t refill(struct account *a, uint64_t at, int64_t rate, int64_t most)
{
	/* So long is nothing owed. */
	uint64_t dt = at - a->since_ns < 1000000000000ull ? at - a->since_ns : 1000000000000ull;
	int64_t more = (int64_t)((unsigned __int128)dt * (uint64_t)rate / 1000000000);

	if (!more)
		return a->credit;
	a->credit = a->credit + more > most ? most : a->credit + more;
	a->since_ns = at;
	return a->credit;
}

/* ---- What a script prints --------------------------------------------------------------------*/

static void say(void *arg, const char *line)
{
	struct node_scripts *s = arg;
	char *copy = NULL;

	if (refill(&s->line_account, now(), LINES_RATE, LINES_BURST) > 0)
		copy = strdup(line);
	if (!copy) {
		s->lost++;
		return;
	}
	s->line_account.credit--;
	if (s->n_lines == LINES) {
		free(s->lines[s->first_line]);
		s->first_line = (s->first_line + 1) % LINES;
		s->n_lines--;
		s->lost++;
	}
	s->lines[(s->first_line + s->n_lines++) % LINES] = copy;
}

static void tell(const struct node_scripts *s, const char *text,
		 void (*fn)(void *arg, json_object *event), void *arg)
{
	json_object *e = json_object_new_object();

	json_object_object_add(e, "tenant", json_object_new_string(s->tenant));
	json_object_object_add(e, "text", json_object_new_string(text));
	fn(arg, e);
	json_object_put(e);
}

void node_scripts_events(struct tenant_rt *rt, void (*fn)(void *arg, json_object *event), void *arg)
{
	struct node_scripts *s = rt->scripts;
	char text[64];

	if (!s)
		return;
	for (; s->n_lines; s->n_lines--) {
		tell(s, s->lines[s->first_line], fn, arg);
		free(TAKE_PTR(s->lines[s->first_line]));
		s->first_line = (s->first_line + 1) % LINES;
	}
	if (!s->lost)
		return;
	snprintf(text, sizeof(text), "%llu lines of scripts lost: they print too much",
		 (unsigned long long)s->lost);
	s->lost = 0;
	tell(s, text, fn, arg);
}

/* ---- What a script reaches -------------------------------------------------------------------*/

static const struct sl_handler *handler(const struct node_scripts *s, uint32_t elem,
					const char *name)
{
	return sl_handler_find(s->run->live.program->insts[elem].class, name);
}

static long env_find(void *arg, const char *name)
{
	const struct node_scripts *s = arg;

	return sl_graph_find(s->run->live.program->graph, name);
}

static unsigned int env_flags(void *arg, uint32_t elem, const char *name)
{
	const struct sl_handler *h = handler(arg, elem, name);

	return h ? h->flags : 0;
}

static int pay(const struct node_scripts *s, uint32_t elem, const struct sl_handler *h, bool write)
{
	const struct sl_class *c = s->run->live.program->insts[elem].class;

	return sl_handler_is_plain(c, h, write) ? 0 : sl_scripts_charge(s->set, ASK_UNITS);
}

static int env_read(void *arg, uint32_t elem, const char *name, const char *args, char **value,
		    struct sl_diags *d)
{
	struct node_scripts *s = arg;
	const struct sl_handler *h = handler(s, elem, name);
	int ret = pay(s, elem, h, false);

	return ret ? ret : node_read_at(s->node, s->tenant, s->run, elem, h, args, value, d);
}

static int env_write(void *arg, uint32_t elem, const char *name, const char *value,
		     struct sl_diags *d)
{
	struct node_scripts *s = arg;
	const struct sl_handler *h = handler(s, elem, name);
	int ret = pay(s, elem, h, true);

	return ret ? ret : node_write_at(s->node, s->tenant, s->run, elem, h, value, d);
}

static uint64_t env_now(void *arg)
{
	(void)arg;
	return now();
}

static uint64_t env_time(void *arg)
{
	(void)arg;
	return clock_ns(CLOCK_REALTIME);
}

static uint32_t env_random(void *arg)
{
	uint32_t n = 0;

	(void)arg;
	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != sizeof(n))
		n = (uint32_t)now();
	return n;
}

/* ---- Beginning and end -----------------------------------------------------------------------*/

void node_scripts_free(struct node_scripts *s)
{
	if (!s)
		return;
	for (; s->n_lines; s->n_lines--) {
		free(s->lines[s->first_line]);
		s->first_line = (s->first_line + 1) % LINES;
	}
	sl_scripts_free(s->set);
	free(s->elements);
	free(s);
}

/*
 * Names and classes of a graph's elements, and what its scripts are: where this is the same, the
 * scripts of one graph can go on in the other. NULL: out of memory.
 */
static char *describe(const struct sl_program *p, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (!f)
		return NULL;
	for (uint32_t i = 0; i < p->graph->n_elems; i++) {
		const struct sl_elem *e = p->insts[i].elem;
		bool script = sl_class_is_script(p->insts[i].class);

		fprintf(f, "%s%c%s%c%s%c", e->name, 0, e->class_name, 0, script ? e->config : "",
			0);
	}
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

/* The configuration was checked in the sandbox; what is wrong with it now is that it is not what
 * was checked. */
static int add_script(struct node_scripts *s, const struct sl_inst *in)
{
	struct sl_script *code = NULL;
	struct sl_diags d = {0};
	int ret = sl_script_parse_config(in->elem->name, in->elem->config,
					 sl_script_usual(in->class), &d, &code);

	sl_diags_free(&d);
	return ret ? ret : sl_scripts_add(s->set, in->index, in->elem->name, code);
}

static int make_set(struct node_scripts *s)
{
	const struct sl_program *p = s->run->live.program;
	const struct sl_script_env env = {.arg = s,
					  .find = env_find,
					  .flags = env_flags,
					  .read = env_read,
					  .write = env_write,
					  .say = say,
					  .now_ns = env_now,
					  .time_ns = env_time,
					  .random = env_random};
	int ret = 0;

	for (uint32_t i = 0; i < p->graph->n_elems && !ret; i++) {
		if (!sl_class_is_script(p->insts[i].class))
			continue;
		if (!s->set)
			s->set = sl_scripts_new(&env);
		ret = s->set ? add_script(s, &p->insts[i]) : -ENOMEM;
	}
	return ret;
}

/* Whether the scripts go on in the graph that runs now. */
static bool go_on(struct node_scripts *s, const struct sl_generation *run)
{
	_free_ char *before = TAKE_PTR(s->elements);
	size_t len = s->elements_len;

	if (!run)
		return false;
	s->elements = describe(run->live.program, &s->elements_len);
	return s->set && before && s->elements && len == s->elements_len &&
	       !memcmp(before, s->elements, len);
}

/* A tenant's account and what was printed go on from graph to graph. */
static void renew(struct sl_node *n, struct tenant_rt *rt)
{
	struct node_scripts *s = rt->scripts;
	const struct tenant_state *t = node_state_tenant(&n->st, rt->name);
	struct sl_generation *run = t && t->active ? rt->run : NULL;
	uint64_t at = now();

	if (s && s->run == run && (!run || s->generation == run->number))
		return;
	if (!s && run) {
		s = rt->scripts = calloc(1, sizeof(*s));
		if (!s)
			return;
		s->node = n;
		snprintf(s->tenant, sizeof(s->tenant), "%s", rt->name);
		s->time = (struct account){CREDIT_NS, at};
		s->line_account = (struct account){LINES_BURST, at};
	}
	if (!s)
		return;
	s->run = run;
	s->generation = run ? run->number : 0;
	if (!go_on(s, run)) {
		sl_scripts_free(TAKE_PTR(s->set));
		if (run && make_set(s))
			sl_scripts_free(TAKE_PTR(s->set));
	}
	/* Reading a long program is not free either. */
	s->time.credit -= (int64_t)(now() - at);
}

static void renew_all(struct sl_node *n)
{
	if (!n->scripts_stale)
		return;
	n->scripts_stale = false;
	n->n_scripted = 0;
	for (size_t i = 0; i < n->n_rts; i++) {
		if (n->rts[i].scripts_stale)
			renew(n, &n->rts[i]);
		n->rts[i].scripts_stale = false;
		n->n_scripted += n->rts[i].scripts && n->rts[i].scripts->set;
	}
}

struct sl_scripts *node_scripts_of(struct sl_node *n, struct tenant_rt *rt)
{
	renew_all(n);
	return rt->scripts && rt->scripts->run == rt->run ? rt->scripts->set : NULL;
}

/* ---- Turns -----------------------------------------------------------------------------------*/

/* When the tenant's scripts want to run and may; UINT64_MAX: never. */
static uint64_t next_time(struct node_scripts *s, uint64_t at)
{
	uint64_t due = sl_scripts_due(s->set), paid = at;

	if (s->time.credit <= 0)
		paid += (uint64_t)(1 - s->time.credit) * (1000000000 / SHARE_NS);
	return due > paid ? due : paid;
}

/* Runs some of one tenant's scripts. Returns the time it took. */
static uint64_t run_some(struct sl_node *n, struct node_scripts *s, uint64_t at)
{
	uint64_t took;

	sl_scripts_turn(s->set, TURN_UNITS);
	took = now() - at;
	s->time.credit -= (int64_t)took;
	n->scripts_credit -= (int64_t)took;
	return took;
}

int sl_node_scripts(struct sl_node *n)
{
	struct account all = {n->scripts_credit, n->scripts_since};
	uint64_t at = now(), end = at + GO_NS, next = UINT64_MAX;

	renew_all(n);
	if (!n->n_scripted)
		return -1;
	n->scripts_credit = refill(&all, at, SHARE_ALL_NS, CREDIT_ALL_NS);
	n->scripts_since = all.since_ns;
	n->scripts_first = (n->scripts_first + 1) % n->n_rts;
	for (size_t i = 0; i < n->n_rts; i++) {
		struct node_scripts *s = n->rts[(n->scripts_first + i) % n->n_rts].scripts;
		uint64_t due;

		if (!s || !s->set)
			continue;
		refill(&s->time, at, SHARE_NS, CREDIT_NS);
		due = next_time(s, at);
		if (due <= at && n->scripts_credit > 0 && at < end) {
			at += run_some(n, s, at);
			due = next_time(s, at);
		}
		next = due < next ? due : next;
	}
	if (next == UINT64_MAX)
		return -1;
	if (n->scripts_credit <= 0) {
		uint64_t paid =
			at + (uint64_t)(1 - n->scripts_credit) * (1000000000 / SHARE_ALL_NS);

		next = paid > next ? paid : next;
	}
	/* Rounded up: the loop counts in milliseconds. */
	next = next > at ? (next - at) / 1000000 + 1 : 1;
	return next > 1000000 ? 1000000 : (int)next;
}
