/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SETUP and CHECK: the trusted program loaded for real, its maps filled as the daemon would, the
 * tests' tenant in its slots, packets through BPF_PROG_RUN, counters summed. Needs root; the
 * process gets a network namespace of its own, which goes with it.
 */
#ifndef SL_TESTS_MUX_NODE_H
#define SL_TESTS_MUX_NODE_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "bpf/delay.h"
#include "port.skel.h"
#include "tests/mux/packet.h"
#include "tests/mux/tenant.h"

#define TENANT_OBJECT "build/tests/mux/tenant.bpf.o"
#define SLOT 7 /* the tenant's chain slot, unless a test has more of them */
#define MTU 1400

static struct node {
	struct port *port;
	struct bpf_object *tenant;
	int plans, sights, tallies;
	unsigned int ifindex; /* port 3 of `ports`, and where packets come in */
	bool ready;
} node;

static UNUSED int fd_of(struct bpf_map *map)
{
	return bpf_map__fd(map);
}
#define MAP(name) fd_of(node.port->maps.name)

static UNUSED void set(int map, const void *key, const void *value)
{
	assert_int_equal(bpf_map_update_elem(map, key, value, BPF_ANY), 0);
}

static UNUSED void set_at(int map, uint32_t index, const void *value)
{
	set(map, &index, value);
}

/* ---- Loading ------------------------------------------------------------------------------*/
static UNUSED int devices(void)
{
	if (unshare(CLONE_NEWNET) || system("ip link set lo up && "
					    "ip link add p0 type veth peer name q0 && "
					    "ip link add c0 type veth peer name d0 && "
					    "ip link add c1 type veth peer name d1"))
		return -1;
	node.ifindex = if_nametoindex("p0");
	return node.ifindex ? 0 : -1;
}

static UNUSED int node_open(void **state)
{
	uint32_t key, dev;

	(void)state;
	if (geteuid())
		return 0;
	if (devices())
		return -1;
	node.port = port__open_and_load();
	node.tenant = bpf_object__open_file(TENANT_OBJECT, NULL);
	if (!node.port || !node.tenant || bpf_object__load(node.tenant))
		return -1;
	node.plans = bpf_object__find_map_fd_by_name(node.tenant, "plans");
	node.sights = bpf_object__find_map_fd_by_name(node.tenant, "sights");
	node.tallies = bpf_object__find_map_fd_by_name(node.tenant, "tallies");
	key = 3;
	if (bpf_map_update_elem(MAP(ports), &key, &node.ifindex, BPF_ANY))
		return -1;
	for (key = 0; key < 2; key++) {
		dev = if_nametoindex(key ? "c1" : "c0");
		if (bpf_map_update_elem(MAP(copies), &key, &dev, BPF_ANY))
			return -1;
	}
	node.ready = true;
	return 0;
}

static UNUSED int node_close(void **state)
{
	(void)state;
	bpf_object__close(node.tenant);
	port__destroy(node.port);
	return 0;
}

/* ---- Configuration ------------------------------------------------------------------------*/
static UNUSED void count_pair(int map, const void *pair, int by)
{
	uint32_t n = 0;

	bpf_map_lookup_elem(map, pair, &n);
	n += (uint32_t)by;
	if (n)
		set(map, pair, &n);
	else
		assert_int_equal(bpf_map_delete_elem(map, pair), 0);
}

/* The key of a tunnel's packets. */
static UNUSED struct sl_link4_key key4_of(const struct tunnel *t)
{
	struct sl_link4_key k = {.has_key = !!(t->gre & SL_GRE_KEY)};

	put_addr4((uint8_t *)&k.saddr, t, true);
	put_addr4((uint8_t *)&k.daddr, t, false);
	k.key = k.has_key ? htonl(t->key) : 0;
	return k;
}

static UNUSED struct sl_link6_key key6_of(const struct tunnel *t)
{
	struct sl_link6_key k = {.has_key = !!(t->gre & SL_GRE_KEY)};

	put_addr6(k.saddr, t, true);
	put_addr6(k.daddr, t, false);
	k.key = k.has_key ? htonl(t->key) : 0;
	return k;
}

/* Puts the key of a tunnel's packets in (by 1) or takes it out (by -1). */
static UNUSED void key_tunnel(const struct tunnel *t, uint32_t link, int by)
{
	struct sl_link4_key k4 = key4_of(t);
	struct sl_link6_key k6 = key6_of(t);
	int map = t->ip == 4 ? MAP(link4) : MAP(link6);
	void *key = t->ip == 4 ? (void *)&k4 : (void *)&k6;

	count_pair(t->ip == 4 ? MAP(pair4) : MAP(pair6), key, by);
	if (by > 0)
		set(map, key, &link);
	else
		assert_int_equal(bpf_map_delete_elem(map, key), 0);
}

static UNUSED struct sl_link_rec get_link(uint32_t link)
{
	struct sl_link_rec rec;

	assert_int_equal(bpf_map_lookup_elem(MAP(links), &link, &rec), 0);
	return rec;
}

static UNUSED void own_dev(uint32_t slot, uint32_t dev, uint32_t link)
{
	uint32_t value = link + 1;

	set_at(MAP(tenant_dev), slot * SL_MAX_DEVS + dev, &value);
}

/* A link of the tenant in `slot`, as its device `dev`. */
static UNUSED void add_link(uint32_t link, const struct tunnel *t, uint32_t slot, uint8_t dev)
{
	struct sl_link_rec rec = {
		.tenant = slot,
		.kind = t->ip == 4 ? SL_LINK_GRE4 : SL_LINK_GRE6,
		.payload = (uint8_t)t->payload,
		.dev = dev,
		.gre = (uint8_t)t->gre,
	};

	if (t->ip == 4)
		rec.in4 = key4_of(t);
	else
		rec.in6 = key6_of(t);
	memcpy(rec.mac, dev_mac, 6);
	memcpy(rec.peer, peer_mac, 6);
	template_of(&rec.out[0], t, MTU, OUT);
	rec.out[0].port = 3;
	set_at(MAP(links), link, &rec);
	key_tunnel(t, link, 1);
	own_dev(slot, dev, link);
}

static UNUSED void remove_link(uint32_t link, const struct tunnel *t, uint32_t slot, uint8_t dev)
{
	struct sl_link_rec rec = {};

	key_tunnel(t, link, -1);
	own_dev(slot, dev, (uint32_t)-1);
	set_at(MAP(links), link, &rec);
}

/* A port, or a VLAN of it, that is the tenant's whole. */
static UNUSED void add_direct(uint32_t link, uint16_t vlan, uint32_t slot, uint8_t dev)
{
	struct sl_direct_key key = {.ifindex = node.ifindex, .vlan = vlan};
	struct sl_link_rec rec = {.tenant = slot, .kind = SL_LINK_DIRECT, .dev = dev};
	uint32_t low = node.ifindex & ((1 << SL_DIRECT_BITS) - 1), n = 0;

	rec.out[0] = (struct sl_template){.up = 1, .port = 3, .mtu = MTU};
	if (vlan) {
		rec.out[0].len = 4;
		put16(put16(rec.out[0].bytes, SL_ETH_P_8021Q), vlan);
	}
	set_at(MAP(links), link, &rec);
	own_dev(slot, dev, link);
	bpf_map_lookup_elem(MAP(direct_on), &low, &n);
	n++;
	set_at(MAP(direct_on), low, &n);
	set(MAP(direct), &key, &link);
}

static UNUSED void remove_direct(uint32_t link, uint16_t vlan, uint32_t slot, uint8_t dev)
{
	struct sl_direct_key key = {.ifindex = node.ifindex, .vlan = vlan};
	uint32_t low = node.ifindex & ((1 << SL_DIRECT_BITS) - 1), n = 0;
	struct sl_link_rec rec = {};

	assert_int_equal(bpf_map_delete_elem(MAP(direct), &key), 0);
	bpf_map_lookup_elem(MAP(direct_on), &low, &n);
	n--;
	set_at(MAP(direct_on), low, &n);
	own_dev(slot, dev, (uint32_t)-1);
	set_at(MAP(links), link, &rec);
}

/* Lets packets of `slot` into the tests' tenant, as generation `gen`, with frames at `head`. */
static UNUSED void install(uint32_t slot, uint32_t gen, uint16_t head)
{
	struct sl_tenant_rec rec = {.head = head, .active = 1, .host = 1, .generation = gen};
	uint32_t index = sl_chain_index(slot, gen);
	int fd;

	rec.resume_gen[gen & 1] = gen;
	fd = bpf_program__fd(bpf_object__find_program_by_name(node.tenant, "chain"));
	set_at(MAP(tenants), index, &fd);
	fd = bpf_program__fd(bpf_object__find_program_by_name(node.tenant, "resumed"));
	set_at(MAP(resume), index, &fd);
	set_at(MAP(tenant_rec), slot, &rec);
}

static UNUSED void uninstall(uint32_t slot)
{
	struct sl_tenant_rec rec = {};

	set_at(MAP(tenant_rec), slot, &rec);
	for (uint32_t gen = 0; gen < 2; gen++) {
		uint32_t index = sl_chain_index(slot, gen);

		bpf_map_delete_elem(MAP(tenants), &index);
		bpf_map_delete_elem(MAP(resume), &index);
	}
}

/* ---- Counters -----------------------------------------------------------------------------*/
/* Adds up a value of __u64s of a per-CPU array. */
static UNUSED void sum(int map, uint32_t index, void *out, size_t size)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *all = calloc((size_t)cpus, size), *to = out;

	assert_non_null(all);
	assert_int_equal(bpf_map_lookup_elem(map, &index, all), 0);
	memset(out, 0, size);
	for (size_t i = 0; i < (size_t)cpus * size / 8; i++)
		to[i % (size / 8)] += all[i];
	free(all);
}

static UNUSED void clear(int map, uint32_t index, size_t size)
{
	void *zeroes = calloc((size_t)libbpf_num_possible_cpus(), size);

	assert_non_null(zeroes);
	set_at(map, index, zeroes);
	free(zeroes);
}

static UNUSED struct sl_link_stats link_counts(uint32_t link)
{
	struct sl_link_stats s;

	sum(MAP(link_stats), link, &s, sizeof(s));
	return s;
}

static UNUSED struct sl_tenant_stats tenant_counts(uint32_t slot)
{
	struct sl_tenant_stats s;

	sum(MAP(tenant_stats), slot, &s, sizeof(s));
	return s;
}

static UNUSED struct sl_delay delay_counts(uint32_t slot)
{
	struct sl_delay d;

	sum(MAP(tenant_delay), slot, &d, sizeof(d));
	return d;
}

/* Packets whose delay was measured, and was `ns` or more. */
static UNUSED uint64_t delays_from(uint32_t slot, uint32_t ns)
{
	struct sl_delay d = delay_counts(slot);
	uint64_t n = 0;

	for (uint32_t i = sl_delay_bucket(ns); i < SL_DELAY_BUCKETS; i++)
		n += d.packets[i];
	return n;
}

static UNUSED uint64_t all_delays(uint32_t slot)
{
	return delays_from(slot, 0);
}

static UNUSED struct sl_node_stats node_counts(void)
{
	struct sl_node_stats s;

	sum(MAP(node_stats), 0, &s, sizeof(s));
	return s;
}

static UNUSED uint64_t all_drops(const __u64 drops[SL_R_MAX])
{
	uint64_t n = 0;

	for (int i = 0; i < SL_R_MAX; i++)
		n += drops[i];
	return n;
}

/* Every packet of a tenant ends in one counter. */
static UNUSED void assert_conserved(uint32_t slot)
{
	struct sl_tenant_stats s = tenant_counts(slot);

	assert_int_equal(s.packets + s.resumed,
			 s.out + s.host + s.copies + s.arp + all_drops(s.drops));
}

/* ---- Runs ---------------------------------------------------------------------------------*/
/* Forgets what was counted and seen; the tenant will answer `answer` to its first packet. */
static UNUSED void expect(uint64_t answer, uint32_t head)
{
	static const struct tally none;
	static const struct seen nothing;
	struct plan p = {.answer = answer, .head = head};

	set_at(node.tallies, 0, &none);
	set_at(node.plans, 0, &p);
	for (uint32_t i = 0; i < SEEN_RUNS; i++)
		set_at(node.sights, i, &nothing);
	clear(MAP(node_stats), 0, sizeof(struct sl_node_stats));
	clear(MAP(tenant_stats), SLOT, sizeof(struct sl_tenant_stats));
	clear(MAP(tenant_delay), SLOT, sizeof(struct sl_delay));
	for (uint32_t i = 0; i < 4; i++)
		clear(MAP(link_stats), i, sizeof(struct sl_link_stats));
}

static UNUSED void plan(uint32_t run, struct plan p)
{
	set_at(node.plans, run, &p);
}

static UNUSED struct tally tallied(void)
{
	struct tally t;
	uint32_t zero = 0;

	assert_int_equal(bpf_map_lookup_elem(node.tallies, &zero, &t), 0);
	return t;
}

static UNUSED const struct seen *saw(uint32_t run)
{
	static struct seen s;

	assert_int_equal(bpf_map_lookup_elem(node.sights, &run, &s), 0);
	return &s;
}

/* A packet as it went in and as it came out. */
struct result {
	uint32_t action;
	size_t meta; /* bytes of metadata in front */
	size_t len;
	uint8_t all[4200];
	uint8_t *bytes; /* the packet, behind its metadata */
};

/* `meta` bytes of `in` are metadata. */
static UNUSED const struct result *feed_meta(struct bpf_program *prog, const uint8_t *in,
					     size_t len, size_t meta)
{
	static struct result r;
	struct xdp_md in_ctx = {
		.data = (uint32_t)meta, .data_end = (uint32_t)len, .ingress_ifindex = node.ifindex};
	struct xdp_md out_ctx = {};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = in, .data_size_in = (uint32_t)len,
		    .data_out = r.all, .data_size_out = sizeof(r.all), .ctx_in = &in_ctx,
		    .ctx_size_in = sizeof(in_ctx), .ctx_out = &out_ctx,
		    .ctx_size_out = sizeof(out_ctx), .repeat = 1);
	int err = bpf_prog_test_run_opts(bpf_program__fd(prog), &o);

	if (err)
		fail_msg("BPF_PROG_RUN of %zu bytes: %d", len, err);
	r.action = o.retval;
	r.meta = out_ctx.data;
	r.len = o.data_size_out - r.meta;
	r.bytes = r.all + r.meta;
	return &r;
}

/* Into the port. */
static UNUSED const struct result *feed(const uint8_t *in, size_t len)
{
	return feed_meta(node.port->progs.sl_port, in, len, 0);
}

/* Runs the test that is its state, or skips it without the privilege. */
static UNUSED void as_root(void **state)
{
	if (!node.ready)
		skip();
	((CMUnitTestFunction)*state)(NULL);
}

#define TEST(test)                                                                                 \
	{                                                                                          \
		.name = #test, .test_func = as_root, .initial_state = (void *)(test)               \
	}

#endif
