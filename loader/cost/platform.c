// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a packet costs outside of what the trusted program can measure. Floods of packets that are
 * sent, dropped, passed or refused, and one straight from the generator to the sink, in turn. What
 * the first take more, less what the trusted program measured itself, is what it cannot see.
 *
 * A packet that is sent is received once more than one of the direct flood, by the port; all others
 * are received as often, so that what receiving takes is added: the time from one packet to the
 * next in a poll of the sink.
 */
#include <errno.h>
#include <time.h>

#include "loader/cost/cost.h"
#include "loader/cost/flood.h"

#define PACKETS 40000
#define CLOCKS 20000
#define ROUNDS_MAX 99
#define ROUNDS_LEAST 3
#define TIME_S 5 /* no round is begun later than that */
/* One packet of so many is measured, usually, and where the cost of that is measured. */
#define RARE 64
#define OFTEN 2

enum { DIRECT, SEND, OFTEN_SENT, DROP, PASS, REFUSED, FLOODS };
static const struct {
	enum flood_kind kind;
	uint32_t sample;
} floods[FLOODS] = {
	[DIRECT] = {FLOOD_DIRECT, RARE},    [SEND] = {FLOOD_SEND, RARE},
	[OFTEN_SENT] = {FLOOD_SEND, OFTEN}, [DROP] = {FLOOD_DROP, RARE},
	[PASS] = {FLOOD_PASS, RARE},	    [REFUSED] = {FLOOD_REFUSED, RARE},
};

struct figures {
	unsigned int n; /* rounds */
	double ns[FLOODS][ROUNDS_MAX];
	double inside[FLOODS][ROUNDS_MAX];
	double near_ns[ROUNDS_MAX]; /* receiving, the sink included */
	double clock_ns[ROUNDS_MAX];
};

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* One of each, beginning with another each time. */
static int one_round(struct flood *f, struct figures *v)
{
	unsigned int at = v->n;
	int ret = flood_clock(f, CLOCKS, &v->clock_ns[at]);

	for (unsigned int i = 0; i < FLOODS && !ret; i++) {
		unsigned int k = (at + i) % FLOODS;
		struct flood_result r;

		ret = flood_run(f, floods[k].kind, floods[k].sample, PACKETS, &r);
		if (ret)
			break;
		v->ns[k][at] = r.ns;
		v->inside[k][at] = r.inside;
		if (k == DIRECT)
			v->near_ns[at] = r.near_ns;
	}
	v->n += !ret;
	return ret;
}

static double at_least_nothing(double v)
{
	return v > 0 ? v : 0;
}

static void work_out(struct figures *v, struct sl_platform_cost *c)
{
	double ns[FLOODS], inside[FLOODS], sampling, receive = cost_faster_half(v->near_ns, v->n);

	for (int k = 0; k < FLOODS; k++) {
		ns[k] = cost_faster_half(v->ns[k], v->n);
		inside[k] = cost_faster_half(v->inside[k], v->n);
	}
	c->clock_ns = cost_faster_half(v->clock_ns, v->n);
	c->sample_ns = at_least_nothing((ns[OFTEN_SENT] - ns[SEND]) / (1. / OFTEN - 1. / RARE));
	sampling = c->sample_ns / RARE;
	for (int k = 0; k < FLOODS; k++) {
		double seen = k == REFUSED ? 0 : inside[k] - c->clock_ns + sampling;

		ns[k] -= k == DIRECT ? 0 : ns[DIRECT] + at_least_nothing(seen);
	}
	c->send_ns = at_least_nothing(ns[SEND]);
	c->drop_ns = at_least_nothing(ns[DROP] + receive);
	c->pass_ns = at_least_nothing(ns[PASS] + receive);
	c->refuse_ns = at_least_nothing(ns[REFUSED] + receive);
}

int cost_platform(unsigned int rounds, struct sl_platform_cost *out)
{
	struct figures v = {0};
	struct flood *f = NULL;
	double end = seconds() + TIME_S;
	unsigned int lost = 0;
	int ret = flood_begin(&f);

	while (!ret && v.n < rounds && v.n < ROUNDS_MAX &&
	       (v.n < ROUNDS_LEAST || seconds() < end)) {
		ret = one_round(f, &v);
		/* A packet may be lost to somebody who took the CPU. */
		if (ret == -EIO && lost++ < ROUNDS_LEAST)
			ret = 0;
	}
	flood_end(f);
	if (!ret)
		work_out(&v, out);
	return ret;
}
