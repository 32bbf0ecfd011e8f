// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measuring classes: several to a graph, each on a way of its own from a device of its own, and
 * beside it the same way without the element. The ways are run in turn, so that a machine that
 * others use, too, is as slow for one as for the other.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loader/codegen/compile.h"
#include "loader/cost/cost.h"
#include "loader/mem.h"
#include "loader/runtime/replay.h"

/* Recipes to a graph: few, as the kernel has to verify them together. */
#define GROUP 6
#define WAYS (2 * GROUP + 1)
#define ROUNDS_MAX 99
#define ROUNDS_LEAST 3
/* So many seconds; what is left by then is measured in the fewest rounds. */
#define TIME_S 30
/* One segment, whatever is in it. */
#define NO_CUTS 100000
/* As for a tenant's links of IPv4 GRE with a key: room in front of frames. */
#define HEAD 28
#define SHORT 64
#define LONG 1514

struct way {
	const struct cost_recipe *recipe; /* NULL: without the element */
	const struct cost_recipe *as;	  /* whose context and packet */
	unsigned int base;		  /* the way without it */
	double ns[2][ROUNDS_MAX];	  /* with short and with long packets */
};

struct group {
	const struct sl_calibrate_opts *o;
	struct way *ways;
	unsigned int n_ways;
	struct sl_compiled *compiled;
	struct sl_replay *replay;
};

double cost_faster_half(double *v, size_t n)
{
	size_t half = (n + 1) / 2;
	double sum = 0;

	cost_median(v, n);
	for (size_t i = 0; i < half; i++)
		sum += v[i];
	return sum / (double)half;
}

double cost_median(double *v, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k && v[k - 1] > v[k]; k--) {
			double t = v[k];

			v[k] = v[k - 1];
			v[k - 1] = t;
		}
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* ---- The graph -------------------------------------------------------------------------------*/

static void write_way(FILE *f, const struct way *w, unsigned int k)
{
	const struct cost_recipe *r = w->recipe;

	fprintf(f, "FromDevice(eth%u) -> %s%s", k, cost_context(w->as->probe), w->as->before);
	if (!r) {
		fputs("Discard;\n", f);
		return;
	}
	fprintf(f, "x%u :: %s(%s);\n", k, r->class_name, r->config);
	for (unsigned int in = 1; in < r->inputs; in++)
		fprintf(f, "Idle -> [%u]x%u;\n", in, k);
	for (unsigned int out = 0; out < (r->outs ? r->outs : 1) && !r->last; out++)
		fprintf(f, "x%u[%u] -> Discard;\n", k, out);
}

static char *graph_text(const struct group *g)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	for (unsigned int k = 0; k < g->n_ways; k++)
		write_way(f, &g->ways[k], k);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

static void add_ways(struct group *g, const struct cost_recipe *r)
{
	unsigned int base;

	for (base = 0; base < g->n_ways; base++)
		if (!g->ways[base].recipe && g->ways[base].as->probe == r->probe &&
		    !strcmp(g->ways[base].as->before, r->before))
			break;
	if (base == g->n_ways)
		g->ways[g->n_ways++] = (struct way){.as = r};
	g->ways[g->n_ways++] = (struct way){.recipe = r, .as = r, .base = base};
}

/* The text is our own: no sandbox. */
static int open_graph(const char *text, unsigned int weight, struct sl_diags *d,
		      struct sl_compiled **c, struct sl_replay **r)
{
	struct sl_submission s = {.graph = {(char *)"calibration", (char *)text, strlen(text)}};
	struct sl_compile_opts co = {
		.target = SL_TARGET_BPF, .devices = {.head = HEAD}, .max_weight = weight};
	struct sl_replay_opts ro = {.rnd = 1};
	int ret = sl_compile(&s, &co, d, c);

	return ret ? ret : sl_replay_new(*c, &ro, d, r);
}

/* ---- Handlers that make packets take their usual way ------------------------------------------*/

static int write_handler(struct group *g, unsigned int k, struct sl_diags *d)
{
	const char *space = strchr(g->ways[k].recipe->write, ' ');
	_free_ char *handler =
		strndup(g->ways[k].recipe->write, (size_t)(space - g->ways[k].recipe->write));
	const struct sl_program *p = g->compiled->program;
	const struct sl_handler *h;
	char name[16];
	long at;

	snprintf(name, sizeof(name), "x%u", k);
	at = handler ? sl_graph_find(p->graph, name) : -1;
	h = at < 0 ? NULL : sl_handler_find(p->insts[at].class, handler);
	if (!h || !h->write)
		return -ENOENT;
	return h->write(sl_replay_live(g->replay), &p->insts[at], h, space + 1, d);
}

/* ---- Measuring -------------------------------------------------------------------------------*/

static int measure_way(struct group *g, unsigned int k, int size, unsigned int round)
{
	uint8_t frame[1514];
	size_t len = cost_frame(g->ways[k].as->probe, size ? LONG : SHORT, frame);

	return sl_replay_bench(g->replay, (uint8_t)k, frame, len, g->o->repeat,
			       &g->ways[k].ns[size][round], NULL);
}

/* With long packets fewer rounds: what loops over them costs so much more that it shows. */
static unsigned int rounds_of(const struct group *g, int size)
{
	return size && g->o->rounds > ROUNDS_LEAST ? ROUNDS_LEAST : g->o->rounds;
}

static int measure(struct group *g)
{
	int ret = 0;

	for (unsigned int round = 0; round < g->o->rounds && !ret; round++)
		for (int size = 0; size < 2 && !ret; size++)
			for (unsigned int k = 0; k < g->n_ways && !ret; k++)
				if (round < rounds_of(g, size))
					ret = measure_way(g, k, size, round);
	return ret;
}

/* What costs next to nothing may come out below it; left so, sums are right in the mean. */
static double difference(struct group *g, struct way *w, int size, double *spread)
{
	unsigned int n = rounds_of(g, size);
	double *with = w->ns[size], *without = g->ways[w->base].ns[size];
	double ns = cost_faster_half(with, n) - cost_faster_half(without, n);

	*spread = (with[n * 3 / 4] - with[n / 4]) / 2;
	return ns;
}

static uint32_t weight_of(const struct group *g, unsigned int k)
{
	const struct sl_program *p = g->compiled->program;
	char name[16];
	long at;

	snprintf(name, sizeof(name), "x%u", k);
	at = sl_graph_find(p->graph, name);
	return at < 0 ? 0 : sl_cost_weight(&p->insts[at]);
}

static int keep_points(struct group *g, struct sl_calibration *c)
{
	for (unsigned int k = 0; k < g->n_ways; k++) {
		struct way *w = &g->ways[k];
		struct sl_cost_point p = {0};
		double ignored;

		if (!w->recipe)
			continue;
		if (SL_GROW(c->points, c->n_points, c->cap_points))
			return -ENOMEM;
		snprintf(p.base, sizeof(p.base), "%s", sl_class_find(w->recipe->class_name)->base);
		p.weight = weight_of(g, k);
		p.short_ns = difference(g, w, 0, &p.spread_ns);
		p.long_ns = difference(g, w, 1, &ignored);
		c->points[c->n_points++] = p;
	}
	return 0;
}

static void group_end(struct group *g)
{
	sl_replay_free(g->replay);
	sl_compiled_free(g->compiled);
	free(g->ways);
}

/* So many recipes; if they cannot be had together, each half for itself. */
static int measure_group(const struct sl_calibrate_opts *o, const struct cost_recipe *first,
			 size_t n, struct sl_diags *d, struct sl_calibration *c)
{
	struct group g = {.o = o, .ways = calloc(WAYS, sizeof(*g.ways))};
	_free_ char *text = NULL;
	struct sl_diags mine = {0};
	int ret = g.ways ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !ret; i++)
		add_ways(&g, &first[i]);
	text = ret ? NULL : graph_text(&g);
	ret = text ? open_graph(text, NO_CUTS, &mine, &g.compiled, &g.replay) : -ENOMEM;
	for (unsigned int k = 0; k < g.n_ways && !ret; k++)
		if (g.ways[k].recipe && g.ways[k].recipe->write)
			ret = write_handler(&g, k, &mine);
	ret = ret ? ret : measure(&g);
	ret = ret ? ret : keep_points(&g, c);
	group_end(&g);
	if (ret && ret != -ENOMEM && ret != -EPERM && n > 1) {
		sl_diags_free(&mine);
		ret = measure_group(o, first, n / 2, d, c);
		return ret ? ret : measure_group(o, first + n / 2, n - n / 2, d, c);
	}
	if (ret && ret != -ENOMEM && ret != -EPERM) {
		sl_warn(d, SL_NOPOS, "not-measured", "%s could not be measured: %s",
			first->class_name,
			mine.n && mine.list[0].message ? mine.list[0].message : strerror(-ret));
		ret = 0;
	}
	if (ret)
		sl_diags_move(d, &mine);
	sl_diags_free(&mine);
	return ret;
}

/* ---- Ways in and on ---------------------------------------------------------------------------*/

/* Elements that the compiler cannot leave out, and that are segments of their own when told so. */
static const char chain[] = "FromDevice(eth0) -> Counter -> Counter -> Counter -> Counter -> "
			    "Counter -> Counter -> Counter -> Counter -> Discard;";

static int measure_chain(const struct sl_calibrate_opts *o, struct sl_diags *d,
			 struct sl_calibration *c)
{
	static const char *const texts[3] = {"FromDevice(eth0) -> Discard;", chain, chain};
	static const unsigned int weights[3] = {NO_CUTS, NO_CUTS, 1};
	struct sl_compiled *compiled[3] = {NULL};
	struct sl_replay *replay[3] = {NULL};
	double ns[3][ROUNDS_MAX], cut[ROUNDS_MAX];
	unsigned int cuts = 1;
	uint8_t frame[1514];
	size_t len = cost_frame(COST_ETHER, SHORT, frame);
	int ret = 0;

	for (int k = 0; k < 3 && !ret; k++)
		ret = open_graph(texts[k], weights[k], d, &compiled[k], &replay[k]);
	if (!ret)
		cuts = compiled[2]->bundle->n_segments - compiled[1]->bundle->n_segments;
	for (unsigned int round = 0; round < o->rounds && !ret; round++) {
		double empty;

		for (int k = 0; k < 3 && !ret; k++)
			ret = sl_replay_bench(replay[k], 0, frame, len, o->repeat, &ns[k][round],
					      &empty);
		cut[round] = (ns[2][round] - ns[1][round]) / (cuts ? cuts : 1);
	}
	if (!ret) {
		c->enter_ns = cost_median(ns[0], o->rounds);
		c->cut_ns = cost_median(cut, o->rounds);
	}
	for (int k = 0; k < 3; k++) {
		sl_replay_free(replay[k]);
		sl_compiled_free(compiled[k]);
	}
	return ret;
}

/* Estimates of graphs can do without it. */
static int measure_platform(const struct sl_calibrate_opts *o, struct sl_diags *d,
			    struct sl_calibration *c)
{
	int ret = cost_platform(o, d, &c->platform);

	c->has_platform = !ret;
	if (!ret || ret == -EPERM || ret == -ENOMEM || ret == -EAGAIN)
		return ret;
	sl_diag_hint(sl_warn(d, SL_NOPOS, "not-measured",
			     "the platform's part of a packet could not be measured: %s",
			     strerror(-ret)),
		     "accounts of tenants go on with the usual figures: sluicectl node show");
	return 0;
}

static int measure_elements(struct sl_calibrate_opts *o, struct sl_diags *d,
			    struct sl_calibration *c)
{
	time_t start = time(NULL);
	size_t n = 0;
	int ret;

	if (o->say)
		o->say(o->arg, "instructions and tables");
	ret = cost_primitives(o->rounds, c);
	if (!ret && o->say)
		o->say(o->arg, "the way into a graph, and from segment to segment");
	ret = ret ? ret : measure_chain(o, d, c);
	for (const struct cost_recipe *r = cost_recipes; r->class_name && !ret; r += n) {
		char what[160] = "";

		for (n = 0; n < GROUP && r[n].class_name; n++)
			snprintf(what + strlen(what), sizeof(what) - strlen(what), "%s%s",
				 n ? ", " : "", r[n].class_name);
		if (o->say)
			o->say(o->arg, what);
		if (time(NULL) - start > TIME_S)
			o->rounds = ROUNDS_LEAST;
		ret = measure_group(o, r, n, d, c);
	}
	return ret;
}

int sl_calibrate(const struct sl_calibrate_opts *opts, struct sl_diags *d,
		 struct sl_calibration **out)
{
	SL_CLEANUP(sl_calibration_freep) struct sl_calibration *c = calloc(1, sizeof(*c));
	struct sl_calibrate_opts o = *opts;
	int ret;

	if (!c)
		return -ENOMEM;
	if (o.rounds < ROUNDS_LEAST || o.rounds > ROUNDS_MAX)
		o.rounds = o.rounds < ROUNDS_LEAST ? ROUNDS_LEAST : ROUNDS_MAX;
	sl_calibration_here(c);
	if (o.say)
		o.say(o.arg, "the platform's part of a packet");
	ret = measure_platform(&o, d, c);
	if (!ret && !o.no_elements)
		ret = measure_elements(&o, d, c);
	if (ret == -EPERM)
		sl_diag_hint(sl_error(d, SL_NOPOS, "privilege", "programs may not be loaded"),
			     "measuring takes root");
	c->time_s = (int64_t)time(NULL);
	if (!ret)
		*out = TAKE_PTR(c);
	return ret;
}
