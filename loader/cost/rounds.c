// SPDX-License-Identifier: GPL-2.0-only
/*
 * Figures from rounds of floods.
 *
 * What a flood through the node takes more than one past it, less what the trusted program measured
 * itself, is what it cannot see. A packet that is sent is received once more than one of the direct
 * flood, by the port; all others are received as often, so that what receiving takes is added: the
 * time from one packet to the next in a poll of the sink.
 *
 * What hands packets over and the thread that takes them up work at the same time; where the thread
 * has the most to do, as when it sends, it never sleeps, and nobody has to wake it. So the cost of
 * handing over is that of packets that are sent.
 */
#include "loader/cost/rounds.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* Halves of fewer rounds have no quarter to speak of. */
#define ROUNDS_LEAST 8
/* A quarter's slowest may take so much longer than the fastest of all, by what halves may differ.
 */
#define SPREAD 3

static double at_least_nothing(double v)
{
	return v > 0 ? v : 0;
}

double cost_fastest(double *v, unsigned int n, double *spread)
{
	unsigned int quarter = (n + 3) / 4;
	double sum = 0;

	cost_median(v, n);
	for (unsigned int i = 0; i < quarter; i++)
		sum += v[i];
	*spread = v[0] > 0 ? v[quarter - 1] / v[0] - 1 : 0;
	return sum / quarter;
}

/* Every `step`-th round from `first` up to `end`. */
struct part {
	unsigned int first, step, end;
};

static double fastest(const double *all, struct part p, double *spread)
{
	double v[COST_ROUNDS_MAX];
	unsigned int n = 0;

	for (unsigned int i = p.first; i < p.end; i += p.step)
		v[n++] = all[i];
	return n ? cost_fastest(v, n, spread) : 0;
}

/* ns a packet of a flood: all, in the thread, and measured by the node. */
struct flood_ns {
	double ns, thread, inside;
};

static void work_out(const struct cost_rounds *r, struct part p, struct sl_platform_cost *c)
{
	double receive, direct, sampling, unused;
	struct flood_ns f[COST_FLOODS];

	for (int k = 0; k < COST_FLOODS; k++)
		f[k] = (struct flood_ns){fastest(r->ns[k], p, &unused),
					 fastest(r->thread[k], p, &unused),
					 fastest(r->inside[k], p, &unused)};
	receive = fastest(r->near_ns, p, &unused);
	direct = f[COST_DIRECT].ns;
	c->clock_ns = fastest(r->clock_ns, p, &unused);
	c->sample_ns = at_least_nothing((f[COST_OFTEN].ns - f[COST_SEND].ns) /
					(1. / COST_OFTEN_ONE - 1. / COST_RARE));
	sampling = c->sample_ns / COST_RARE;
	/* What the node measured has a clock in it, and what measuring costs is charged apart. */
	for (int k = COST_SEND; k < COST_FLOODS; k++)
		f[k].inside = at_least_nothing(f[k].inside - c->clock_ns + sampling);
	/* That is measured twice: once on each side. */
	for (int k = COST_THREAD_SEND; k <= COST_THREAD_DROP; k++)
		f[k].inside = at_least_nothing(f[k].inside - f[COST_HAND].inside - c->clock_ns +
					       sampling);
	c->send_ns = at_least_nothing(f[COST_SEND].ns - direct - f[COST_SEND].inside);
	c->drop_ns = at_least_nothing(f[COST_DROP].ns - direct - f[COST_DROP].inside + receive);
	c->pass_ns = at_least_nothing(f[COST_PASS].ns - direct - f[COST_PASS].inside + receive);
	c->refuse_ns = at_least_nothing(f[COST_REFUSED].ns - direct + receive);
	c->hand_ns =
		at_least_nothing(f[COST_THREAD_SEND].ns - direct - f[COST_HAND].inside + receive);
	c->thread_send_ns =
		at_least_nothing(f[COST_THREAD_SEND].thread - f[COST_THREAD_SEND].inside - receive);
	c->thread_drop_ns =
		at_least_nothing(f[COST_THREAD_DROP].thread - f[COST_THREAD_DROP].inside);
}

void cost_rounds_work_out(const struct cost_rounds *r, struct sl_platform_cost *out)
{
	work_out(r, (struct part){0, 1, r->n}, out);
}

/* ---- Agreement -------------------------------------------------------------------------------*/

/* Figures, what of them may differ whatever they are (they are differences of larger times), and
 * how many times as much as others. */
struct figure {
	const char *name;
	size_t offset;
	double least_ns, times;
};
#define FIGURE(name, least, times)                                                                 \
	{                                                                                          \
#name, offsetof(struct sl_platform_cost, name), least, times                       \
	}
static const struct figure node_figures[] = {
	FIGURE(clock_ns, 2, 1), FIGURE(sample_ns, 20, 2), FIGURE(refuse_ns, 10, 2),
	FIGURE(drop_ns, 6, 1),	FIGURE(pass_ns, 6, 1),	  FIGURE(send_ns, 6, 1),
};
static const struct figure thread_figures[] = {
	FIGURE(hand_ns, 30, 5),
	FIGURE(thread_send_ns, 30, 5),
	FIGURE(thread_drop_ns, 30, 5),
};
#undef FIGURE
#define N(array) (sizeof(array) / sizeof((array)[0]))

static const char *const floods[COST_REFUSED + 1] = {
	[COST_DIRECT] = "direct", [COST_SEND] = "send", [COST_OFTEN] = "often measured",
	[COST_DROP] = "drop",	  [COST_PASS] = "pass", [COST_REFUSED] = "refused",
};

static void note(struct cost_differs *d, const char *what, double a, double b, double allowed,
		 bool spread)
{
	double by = allowed > 0 ? fabs(a - b) / allowed : INFINITY;

	if (by >= d->by)
		*d = (struct cost_differs){what, a, b, by, spread};
}

static void compare(const struct cost_rounds *r, struct part one, struct part other,
		    const struct figure *f, size_t n, double within, struct cost_differs *d)
{
	struct sl_platform_cost a, b;

	work_out(r, one, &a);
	work_out(r, other, &b);
	for (size_t i = 0; i < n; i++) {
		double x, y, allowed;

		memcpy(&x, (const char *)&a + f[i].offset, sizeof(x));
		memcpy(&y, (const char *)&b + f[i].offset, sizeof(y));
		allowed = within * f[i].times * (x + y) / 2;
		if (within > 0 && allowed < f[i].least_ns)
			allowed = f[i].least_ns;
		note(d, f[i].name, x, y, allowed, false);
	}
}

/* By turns, and by time. Whether there are enough of them. */
static bool halves(const struct cost_rounds *r, const struct figure *f, size_t n, double within,
		   struct cost_differs *d)
{
	unsigned int middle = r->n / 2;

	*d = (struct cost_differs){.by = r->n < ROUNDS_LEAST ? NAN : 0};
	if (r->n < ROUNDS_LEAST)
		return false;
	compare(r, (struct part){0, 2, r->n}, (struct part){1, 2, r->n}, f, n, within, d);
	compare(r, (struct part){0, 1, middle}, (struct part){middle, 1, r->n}, f, n, within, d);
	return true;
}

bool cost_rounds_agree(const struct cost_rounds *r, double within, struct cost_differs *d)
{
	double mean, spread;

	if (!halves(r, node_figures, N(node_figures), within, d))
		return false;
	for (int k = COST_DIRECT; k <= COST_REFUSED; k++) {
		double v[COST_ROUNDS_MAX];

		memcpy(v, r->ns[k], r->n * sizeof(*v));
		mean = cost_fastest(v, r->n, &spread);
		note(d, floods[k], v[0], v[0] * (1 + spread), SPREAD * within * mean, true);
	}
	return d->by <= 1;
}

bool cost_rounds_agree_thread(const struct cost_rounds *r, double within, struct cost_differs *d)
{
	return halves(r, thread_figures, N(thread_figures), within, d) && d->by <= 1;
}
