// SPDX-License-Identifier: GPL-2.0-only
/*
 * What budgets cost a packet that stays within them: the trusted program with them, at several
 * sampling rates, and compiled without, in turn. A tenant of one instruction, all of whose limits
 * are set and none of which is near, gets a packet by a GRE tunnel and sends it back.
 *   budgetcost ROUNDS REPEAT      CSV: packets, round, contestant, ns of CPU time a packet
 * Needs root.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loader/mem.h"
#include "port.skel.h"
#include "tests/mux/packet.h"

#define MAX_ROUNDS 101
#define WITHOUT "build/selftests/bench/port_free.bpf.o"
#define BYTES 64
#define HEAD (14 + 20 + 4 - 14)
#define FAR_FROM (1ll << 50)

static const struct tunnel tunnel = {.ip = 4, .far = 9};

static void die(const char *what)
{
	fprintf(stderr, "budgetcost: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int map_of(struct bpf_object *o, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(o, name);

	if (fd < 0)
		die(name);
	return fd;
}

static void set(struct bpf_object *o, const char *map, const void *key, const void *value)
{
	if (bpf_map_update_elem(map_of(o, map), key, value, BPF_ANY))
		die(map);
}

/* A chain of one instruction: sends what it gets. */
static int chain(void)
{
	struct bpf_insn insns[] = {
		{.code = BPF_ALU | BPF_MOV | BPF_K, .imm = (int)SL_ANSWER(SL_V_OUT, 0, HEAD)},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_XDP);

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "chain", "GPL", insns, 2, &o);
}

static void set_up(struct bpf_object *o)
{
	struct sl_link_rec rec = {.kind = SL_LINK_GRE4, .payload = SL_PAYLOAD_IP};
	struct sl_node_conf conf = {.tenants_part = 1ull << 32, .overruns = 16};
	struct sl_account a = {};
	uint32_t zero = 0, one = 1, dev = if_nametoindex("p0"), entry = sl_chain_index(0, 0);
	_close_ int prog = chain();

	if (prog < 0)
		die("chain");
	put_addr4((uint8_t *)&rec.in4.saddr, &tunnel, true);
	put_addr4((uint8_t *)&rec.in4.daddr, &tunnel, false);
	memcpy(rec.mac, dev_mac, 6);
	memcpy(rec.peer, peer_mac, 6);
	template_of(&rec.out[0], &tunnel, 9000, IN);
	for (int i = 0; i < SL_RES_N; i++)
		a.tokens[i] = (struct sl_tokens){FAR_FROM, 1 << 20, FAR_FROM};
	set(o, "link4", &rec.in4, &zero);
	set(o, "links", &zero, &rec);
	set(o, "tenant_dev", &zero, &one);
	set(o, "ports", &zero, &dev);
	set(o, "tenants", &entry, &prog);
	set(o, "accounts", &zero, &a);
	set(o, "node_conf", &zero, &conf);
}

static double run(struct bpf_object *o, int repeat, uint32_t sample)
{
	struct sl_tenant_rec rec = {
		.head = HEAD, .active = 1, .sample = sample, .bound_ns = 1u << 30, .weight = 100};
	static uint8_t inner[BYTES], packet[256], out[512];
	size_t n = wrap(packet, &tunnel, IN, SL_ETH_P_IP, inner, sizeof(inner));
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = (uint32_t)n,
		    .data_out = out, .data_size_out = sizeof(out), .repeat = repeat);
	struct timespec from, to;
	uint32_t zero = 0;

	set(o, "tenant_rec", &zero, &rec);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	if (bpf_prog_test_run_opts(bpf_program__fd(bpf_object__find_program_by_name(o, "sl_port")),
				   &opts))
		die("BPF_PROG_RUN");
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	if (opts.retval != XDP_REDIRECT || opts.data_size_out != n) {
		fprintf(stderr, "budgetcost: the packet was not sent\n");
		exit(1);
	}
	return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
	       repeat;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		uint32_t sample; /* 0: compiled without */
	} who[] = {{"without", 0},  {"one in 64", 64}, {"one in 32", 32}, {"one in 16", 16},
		   {"one in 8", 8}, {"one in 2", 2},   {"every", 1},	  {"without again", 0}};
	enum { N = sizeof(who) / sizeof(who[0]) };
	int rounds = argc == 3 ? atoi(argv[1]) : 0, repeat = argc == 3 ? atoi(argv[2]) : 0;
	struct bpf_object *with, *without;
	struct port *port;

	if (rounds < 1 || rounds > MAX_ROUNDS || repeat < 1) {
		fprintf(stderr, "usage: budgetcost ROUNDS (at most %d) REPEAT\n", MAX_ROUNDS);
		return 2;
	}
	if (unshare(CLONE_NEWNET) || system("ip link add p0 type veth peer name q0"))
		die("network namespace");
	port = port__open_and_load();
	without = bpf_object__open_file(WITHOUT, NULL);
	if (!port || !without || bpf_object__load(without))
		die("loading");
	with = port->obj;
	set_up(with);
	set_up(without);
	printf("packets,round,contestant,ns\n");
	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < N; i++) {
			int at = (i + round) % N;

			printf("well-behaved,%d,%s,%.3f\n", round, who[at].name,
			       run(who[at].sample ? with : without, repeat,
				   who[at].sample ? who[at].sample : 1));
		}
	bpf_object__close(without);
	port__destroy(port);
	return 0;
}
