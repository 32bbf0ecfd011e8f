// SPDX-License-Identifier: GPL-2.0-only
/* Limits of the node file into accounts of the trusted program. */
#include "loader/runtime/account.h"

#include <time.h>

#include "loader/cost/cost.h"
#include "loader/runtime/config.h"
#include "loader/runtime/platform.h"

#define PERIOD (1ull << SL_RATE_SHIFT) /* ns; rates are per this */
#define SECOND 1000000000ull
/* What the measured packets are charged at a time, if each costs its bound: as much may be over a
 * limit, on each CPU. */
#define LUMP_NS 256000
#define SAMPLE_MOST 64
/* An idle tenant saves up so much time of its rate, and no less than these; but nobody saves for
 * more than PERIOD << SL_BURST_SHIFT, some seconds. */
#define BURST_NS (10 * PERIOD)
#define BURST_CPU_NS 100000
#define BURST_BYTES ((uint64_t)(32 * 1514) << SL_BYTES_SHIFT)
#define BURST_PACKETS ((uint64_t)64 << SL_PPS_SHIFT)
#define RATE_MOST (1ull << 40)
/* Of the last 64 samples, so many over the declared bound put a tenant into quarantine. */
#define OVERRUNS 16

const struct sl_platform_cost sl_account_usual_cost = {
	.clock_ns = 34,
	.sample_ns = 95,
	.refuse_ns = 105,
	.drop_ns = 85,
	.pass_ns = 530,
	.send_ns = 100,
	.hand_ns = 250,
	.thread_send_ns = 300,
	.thread_drop_ns = 250,
};

uint32_t sl_account_sample(uint32_t bound_ns)
{
	uint32_t n = bound_ns ? LUMP_NS / bound_ns : SAMPLE_MOST;

	return n < 1 ? 1 : n > SAMPLE_MOST ? SAMPLE_MOST : n;
}

static uint32_t whole(double ns)
{
	return (uint32_t)(ns + 0.5);
}

/* By enum xdp_action: what is neither passed, nor sent back, nor redirected is dropped. */
static void set_acts(uint32_t *act_ns, double drop, double pass, double send)
{
	for (int i = 0; i < SL_ACT_THREAD; i++)
		act_ns[i] = whole(drop);
	act_ns[2] = whole(pass);
	act_ns[3] = act_ns[4] = whole(send);
}

void sl_account_node(struct sl_platform *p, const struct sl_node_config *conf,
		     const struct sl_platform_cost *cost)
{
	struct sl_node_conf *c = sl_platform_node_conf(p);
	uint64_t reserve = conf->reserve_milli > 1000 ? 1000 : conf->reserve_milli;
	double pass = cost->pass_ns - cost->drop_ns;
	/* Nobody can have more than a whole CPU: without a reserve it is never busy. */
	uint64_t part = reserve ? (1000 - reserve) * (1ull << 32) / 1000 : 0;

	set_acts(c->act_ns, cost->drop_ns, cost->pass_ns, cost->send_ns);
	c->act_ns[SL_ACT_HAND] = whole(cost->hand_ns);
	/* What the host's stack does is the same. */
	set_acts(c->act_ns + SL_ACT_THREAD, cost->thread_drop_ns,
		 cost->thread_drop_ns + (pass > 0 ? pass : 0), cost->thread_send_ns);
	c->clock_ns = whole(cost->clock_ns);
	c->sample_ns = whole(cost->sample_ns);
	c->refuse_ns = whole(cost->refuse_ns);
	c->overruns = OVERRUNS;
	c->stranger_ns = conf->unknown_keys ? (uint32_t)(SECOND / conf->unknown_keys) : 0;
	__atomic_store_n(&c->tenants_part, part, __ATOMIC_RELEASE);
}

/* A rate per PERIOD, where `n` is `units` of it a second. A limit is never rounded to none. */
static uint64_t rate_of(uint64_t n, uint64_t units, uint64_t second)
{
	unsigned __int128 rate = ((unsigned __int128)n * units * PERIOD + second / 2) / second;

	return rate > UINT64_MAX ? UINT64_MAX : n && !rate ? 1 : (uint64_t)rate;
}

/* 0, or more than programs can compute with: no limit. */
static void set_tokens(struct sl_tokens *t, uint64_t rate, uint64_t least)
{
	uint64_t burst, had = t->rate;

	if (rate > RATE_MOST)
		rate = 0;
	burst = rate * (BURST_NS / PERIOD);
	if (burst < least)
		burst = least;
	if (burst > rate << SL_BURST_SHIFT)
		burst = rate << SL_BURST_SHIFT;
	__atomic_store_n(&t->burst, burst, __ATOMIC_RELAXED);
	/* A limit begins with a full bucket; one that is changed goes on with what there is. */
	if (!had && rate)
		__atomic_store_n(&t->left, (__s64)burst, __ATOMIC_RELAXED);
	__atomic_store_n(&t->rate, rate, __ATOMIC_RELEASE);
}

static void move(struct sl_platform *p, uint32_t from, uint32_t to)
{
	struct sl_account *old = &sl_platform_accounts(p)[from];
	struct sl_account *new = &sl_platform_accounts(p)[to];

	for (int i = 0; i < SL_RES_N; i++) {
		new->tokens[i].left = __atomic_load_n(&old->tokens[i].left, __ATOMIC_RELAXED);
		new->tokens[i].burst = old->tokens[i].burst;
		new->tokens[i].rate = old->tokens[i].rate;
	}
	new->filled_ns = old->filled_ns;
	sl_platform_tenants(p)[to].quarantined = sl_platform_tenants(p)[from].quarantined;
}

void sl_account_set(struct sl_platform *p, uint32_t slot, uint32_t from, const struct sl_budget *b,
		    uint32_t bound_ns)
{
	struct sl_account *a = &sl_platform_accounts(p)[slot];
	struct sl_tenant_rec *rec = &sl_platform_tenants(p)[slot];

	if (from != slot)
		move(p, from, slot);
	set_tokens(&a->tokens[SL_RES_CPU], rate_of(b->cpu_max_milli, 1, 1000), BURST_CPU_NS);
	set_tokens(&a->tokens[SL_RES_PROMISED], rate_of(b->cpu_min_milli, 1, 1000), BURST_CPU_NS);
	set_tokens(&a->tokens[SL_RES_RX], rate_of(b->rx_bps, 1 << SL_BYTES_SHIFT, 8 * SECOND),
		   BURST_BYTES);
	set_tokens(&a->tokens[SL_RES_TX], rate_of(b->tx_bps, 1 << SL_BYTES_SHIFT, 8 * SECOND),
		   BURST_BYTES);
	set_tokens(&a->tokens[SL_RES_PPS], rate_of(b->pps, 1 << SL_PPS_SHIFT, SECOND),
		   BURST_PACKETS);
	rec->bound_ns = bound_ns;
	rec->weight = b->weight ? b->weight : 1;
	rec->lump_ns = LUMP_NS;
	__atomic_store_n(&rec->sample, sl_account_sample(bound_ns), __ATOMIC_RELEASE);
}

void sl_account_clear(struct sl_platform *p, uint32_t slot)
{
	struct sl_account *a = &sl_platform_accounts(p)[slot];
	struct sl_tenant_rec *rec = &sl_platform_tenants(p)[slot];

	for (int i = 0; i < SL_RES_N; i++)
		set_tokens(&a->tokens[i], 0, 0);
	for (int i = 0; i < SL_RES_N; i++)
		a->tokens[i].left = 0;
	rec->quarantined = 0;
	rec->bound_ns = 0;
}

/* ---- Reading ---------------------------------------------------------------------------------*/

/* Buckets are filled when a packet comes; what time has brought since is added here. */
void sl_account_read(const struct sl_platform *p, uint32_t slot, struct sl_account_left *out)
{
	const struct sl_account *a = &sl_platform_accounts(p)[slot];
	uint64_t from = __atomic_load_n(&a->filled_ns, __ATOMIC_RELAXED), now, span;
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
	span = now > from ? now - from : 0;
	if (span > PERIOD << SL_BURST_SHIFT) /* no more at once */
		span = PERIOD << SL_BURST_SHIFT;
	for (int i = 0; i < SL_RES_N; i++) {
		const struct sl_tokens *t = &a->tokens[i];
		uint64_t rate = __atomic_load_n(&t->rate, __ATOMIC_RELAXED);
		uint64_t burst = __atomic_load_n(&t->burst, __ATOMIC_RELAXED);
		int64_t left = __atomic_load_n(&t->left, __ATOMIC_RELAXED);

		if (rate)
			left += (int64_t)((span >> 10) * rate >> (SL_RATE_SHIFT - 10));
		if (left > (int64_t)burst)
			left = (int64_t)burst;
		out->left[i] = rate ? left : 0;
		out->pay_s[i] =
			rate && left < 0 ? -(double)left / (double)rate * PERIOD / SECOND : 0;
	}
}

bool sl_account_quarantined(const struct sl_platform *p, uint32_t slot)
{
	return __atomic_load_n(&sl_platform_tenants(p)[slot].quarantined, __ATOMIC_ACQUIRE);
}

void sl_account_release(struct sl_platform *p, uint32_t slot)
{
	__atomic_store_n(&sl_platform_tenants(p)[slot].quarantined, 0, __ATOMIC_RELEASE);
}
