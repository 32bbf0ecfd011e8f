// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a packet costs outside of what the trusted program can measure. Floods of packets that are
 * sent, dropped, passed, refused, or handed to a thread, and one straight from the generator to the
 * sink, in turn, until rounds agree on what follows from them (rounds.h).
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "loader/cost/cost.h"
#include "loader/cost/flood.h"
#include "loader/cost/flood_thread.h"
#include "loader/cost/rounds.h"
#include "loader/mem.h"

/* Short enough that some of them are left alone by all else. */
#define PACKETS 20000
#define CLOCKS 10000
#define PER_ROUND 3 /* short rounds instead of a long one */
#define TRIES 8	    /* of a flood that lost a packet to somebody who took the CPU */

static const struct {
	enum flood_kind kind;
	uint32_t sample, packets;
} floods[COST_FLOODS] = {
	[COST_DIRECT] = {FLOOD_DIRECT, COST_RARE, PACKETS},
	[COST_SEND] = {FLOOD_SEND, COST_RARE, PACKETS},
	[COST_OFTEN] = {FLOOD_SEND, COST_OFTEN_ONE, PACKETS},
	[COST_DROP] = {FLOOD_DROP, COST_RARE, PACKETS},
	[COST_PASS] = {FLOOD_PASS, COST_RARE, PACKETS},
	[COST_REFUSED] = {FLOOD_REFUSED, COST_RARE, PACKETS},
	[COST_HAND] = {FLOOD_HAND, COST_RARE, FLOOD_THREAD_PACKETS},
	[COST_THREAD_SEND] = {FLOOD_THREAD_SEND, COST_RARE, FLOOD_THREAD_PACKETS},
	[COST_THREAD_DROP] = {FLOOD_THREAD_DROP, COST_RARE, FLOOD_THREAD_PACKETS},
};

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* One of each, beginning with another each time. */
static int one_round(struct flood *f, struct cost_rounds *v)
{
	unsigned int at = v->n;
	int ret = flood_clock(f, CLOCKS, &v->clock_ns[at]);

	for (unsigned int i = 0; i < COST_FLOODS && !ret; i++) {
		unsigned int k = (at + i) % COST_FLOODS;
		struct flood_result r;

		ret = -EIO;
		for (int n = 0; n < TRIES && ret == -EIO; n++)
			ret = flood_run(f, floods[k].kind, floods[k].sample, floods[k].packets, &r);
		if (ret)
			break;
		v->ns[k][at] = r.ns;
		v->thread[k][at] = r.thread_ns;
		v->inside[k][at] = r.inside;
		if (k == COST_DIRECT)
			v->near_ns[at] = r.near_ns;
	}
	v->n += !ret;
	return ret;
}

static int rounds(struct flood *f, const struct sl_calibrate_opts *o, struct cost_rounds *v,
		  struct cost_differs *differs)
{
	double end = seconds() + o->seconds;
	unsigned int least = o->rounds * PER_ROUND;
	bool agree = false;
	int ret = 0;

	while (!ret && !agree) {
		if (v->n && (seconds() > end || v->n == COST_ROUNDS_MAX))
			return cost_rounds_agree(v, o->within, differs) ? 0 : -EAGAIN;
		ret = one_round(f, v);
		if (ret == -EIO && seconds() < end)
			ret = 0;
		if (ret == -EIO)
			return cost_rounds_agree(v, o->within, differs) ? 0 : -EAGAIN;
		agree = v->n >= least && cost_rounds_agree(v, o->within, differs);
	}
	return ret;
}

static void disagree(struct sl_diags *d, const struct cost_rounds *v, struct cost_differs *w,
		     double within)
{
	struct sl_diag *m;

	if (!cost_rounds_agree(v, within, w) && isnan(w->by))
		m = sl_error(d, SL_NOPOS, "noisy", "no more than %u rounds could be measured",
			     v->n);
	else if (w->spread)
		m = sl_error(d, SL_NOPOS, "noisy",
			     "rounds do not agree: of the fastest quarter of %u (%s) some took "
			     "%.1f ns a packet, others %.1f: %.1f times what is allowed",
			     v->n, w->what, w->a, w->b, w->by);
	else
		m = sl_error(d, SL_NOPOS, "noisy",
			     "rounds do not agree: %s is %.1f by one half of %u, and %.1f by the "
			     "other: %.1f times what is allowed",
			     w->what, w->a, v->n, w->b, w->by);
	sl_diag_hint(m, "others use the machine: measure again when it is calmer, or for longer "
			"(--seconds); a calibration that was there is left as it was");
}

/* They may be right for one moment and wrong for the next: the least of it is charged. */
static void thread_agrees(struct sl_diags *d, const struct cost_rounds *v, double within)
{
	struct cost_differs w;

	if (!cost_rounds_agree_thread(v, within, &w))
		sl_warn(d, SL_NOPOS, "noisy-thread",
			"what a thread's packets cost is not the same all the time: %s is %.1f by "
			"one half of %u rounds, and %.1f by the other; the fastest quarter of all "
			"counts",
			w.what, w.a, v->n, w.b);
}

int cost_platform(const struct sl_calibrate_opts *o, struct sl_diags *d,
		  struct sl_platform_cost *out)
{
	_free_ struct cost_rounds *v = calloc(1, sizeof(*v));
	struct cost_differs differs;
	struct flood *f = NULL;
	int ret = v ? flood_begin(&f) : -ENOMEM;

	ret = ret ? ret : rounds(f, o, v, &differs);
	flood_end(f);
	if (!ret) {
		cost_rounds_work_out(v, out);
		thread_agrees(d, v, o->within);
	} else if (ret == -EAGAIN) {
		disagree(d, v, &differs, o->within);
	}
	return ret;
}
