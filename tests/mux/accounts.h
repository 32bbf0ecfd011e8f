/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SETUP and CHECK for accounts: a tenant that does what its packets say, on one CPU, and what costs
 * can be made of without a clock: where every packet is dearer than a bound of 1 ns, each is
 * charged that and the constant for what became of it.
 */
#ifndef SL_TESTS_MUX_ACCOUNTS_H
#define SL_TESTS_MUX_ACCOUNTS_H

#include <time.h>

#include "tests/mux/node.h"

#define HEAD 24
#define GEN 4
#define OTHER (SLOT + 1) /* another tenant's slot */
#define SECOND 1000000000ull
#define INNER 64
#define FRAME (14 + INNER)
#define DROP SL_ANSWER(SL_V_DROP, SL_R_ELEMENT, SL_ELEM_NONE)
#define SEND SL_ANSWER(SL_V_OUT, 0, HEAD)

/* What packets cost that are dropped, and sent. */
#define CHEAP 101
#define DEAR 10001

static const struct tunnel ways[2] = {{.ip = 4, .far = 9}, {.ip = 4, .far = 10}};

/* ---- Time -----------------------------------------------------------------------------------*/
static UNUSED uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

/* Until the next jiffy of any HZ: whoever notes jiffies sees a new one. */
static UNUSED void next_jiffy(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 12000000}, NULL);
}

/* ---- Maps -----------------------------------------------------------------------------------*/
static UNUSED struct sl_account account_of(uint32_t slot)
{
	struct sl_account a;

	assert_int_equal(bpf_map_lookup_elem(MAP(accounts), &slot, &a), 0);
	return a;
}

static UNUSED int64_t left_of(uint32_t slot, enum sl_resource res)
{
	return account_of(slot).tokens[res].left;
}

/* One bucket of an account, which is filled for the next hour. */
static UNUSED void set_bucket(uint32_t slot, enum sl_resource res, struct sl_tokens t)
{
	struct sl_account a = account_of(slot);

	a.filled_ns = now_ns() + 3600 * SECOND;
	a.tokens[res] = t;
	set_at(MAP(accounts), slot, &a);
}

/* Makes it as if the buckets had been filled so long ago. */
static UNUSED void not_filled_for(uint32_t slot, uint64_t ns)
{
	struct sl_account a = account_of(slot);

	a.filled_ns = now_ns() - ns;
	set_at(MAP(accounts), slot, &a);
}

static UNUSED void node_conf(struct sl_node_conf c)
{
	set_at(MAP(node_conf), 0, &c);
}

/* Costs that no clock decides. */
static UNUSED void fixed_costs(uint64_t tenants_part)
{
	node_conf((struct sl_node_conf){
		.tenants_part = tenants_part,
		.act_ns = {[XDP_DROP] = CHEAP - 1, [XDP_REDIRECT] = DEAR - 1},
	});
}

static UNUSED struct sl_tenant_rec record_of(uint32_t slot)
{
	struct sl_tenant_rec rec;

	assert_int_equal(bpf_map_lookup_elem(MAP(tenant_rec), &slot, &rec), 0);
	return rec;
}

/* This CPU's counters and notes of a tenant. */
static UNUSED struct sl_tenant_stats here(uint32_t slot)
{
	static struct sl_tenant_stats all[1024];
	int cpus = libbpf_num_possible_cpus();

	assert_true(cpus > 0 && cpus <= 1024);
	assert_int_equal(bpf_map_lookup_elem(MAP(tenant_stats), &slot, all), 0);
	return all[sched_getcpu()];
}

static UNUSED void put_here(uint32_t slot, const struct sl_tenant_stats *s)
{
	static struct sl_tenant_stats all[1024];

	assert_int_equal(bpf_map_lookup_elem(MAP(tenant_stats), &slot, all), 0);
	all[sched_getcpu()] = *s;
	set_at(MAP(tenant_stats), slot, all);
}

static UNUSED uint64_t let_in(uint32_t slot)
{
	struct sl_tenant_stats s = tenant_counts(slot);

	return s.packets + s.resumed - s.refused;
}

/* ---- Tenants --------------------------------------------------------------------------------*/
/* A tenant that does as it is told, with new counters and an account without limits. What it sends
 * goes back by its tunnel as it came: so a packet can be run again and again. */
static UNUSED void tenant(uint32_t slot, uint32_t sample, uint32_t bound_ns, uint32_t weight)
{
	static const struct sl_account none;
	const struct tunnel *t = &ways[slot - SLOT];
	struct sl_tenant_rec rec;
	struct sl_link_rec link;
	int fd = bpf_program__fd(bpf_object__find_program_by_name(node.tenant, "told"));

	install(slot, GEN, HEAD);
	set_at(MAP(tenants), sl_chain_index(slot, GEN), &fd);
	rec = record_of(slot);
	rec.sample = sample;
	rec.bound_ns = bound_ns;
	rec.weight = weight;
	set_at(MAP(tenant_rec), slot, &rec);
	set_at(MAP(accounts), slot, &none);
	clear(MAP(tenant_stats), slot, sizeof(struct sl_tenant_stats));
	clear(MAP(cpu_share), 0, sizeof(struct sl_cpu_share));
	add_link(slot, t, slot, 0);
	link = get_link(slot);
	template_of(&link.out[0], t, MTU, IN);
	link.out[0].port = 3;
	set_at(MAP(links), slot, &link);
}

static UNUSED void gone(uint32_t slot)
{
	remove_link(slot, &ways[slot - SLOT], slot, 0);
	uninstall(slot);
}

/* A packet for the tenant with its orders. Its length. */
static UNUSED size_t ordered(uint8_t *out, uint32_t slot, uint64_t answer, uint32_t rounds)
{
	uint8_t inner[INNER] = {0};
	struct order o = {.answer = answer, .rounds = rounds};

	memcpy(inner, &o, sizeof(o));
	return wrap(out, &ways[slot - SLOT], IN, SL_ETH_P_IP, inner, sizeof(inner));
}

/* Gives a packet to the tenant, `times` times. What became of the last; ns each on average. */
static UNUSED uint32_t give(uint32_t slot, uint64_t answer, uint32_t rounds, int times, double *ns)
{
	uint8_t in[256], out[512];
	size_t n = ordered(in, slot, answer, rounds);
	struct xdp_md ctx = {.data_end = (uint32_t)n, .ingress_ifindex = node.ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = in, .data_size_in = (uint32_t)n,
		    .data_out = out, .data_size_out = sizeof(out), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = times);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(node.port->progs.sl_port), &o), 0);
	if (ns)
		*ns = o.duration;
	return o.retval;
}

/* Packets one by one; how many of them were dropped for `reason`. */
static UNUSED uint64_t refused(uint32_t slot, uint64_t answer, int packets, enum sl_reason reason)
{
	uint64_t before = tenant_counts(slot).drops[reason];

	for (int i = 0; i < packets; i++)
		give(slot, answer, 0, 1, NULL);
	return tenant_counts(slot).drops[reason] - before;
}

/* Everything happens on one CPU, as what it keeps to itself is looked at. */
static UNUSED int accounts_open(void **state)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return -1;
	return node_open(state);
}

#endif
