// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the platform's part of a packet's path costs, in ns, item by item: the trusted program under
 * BPF_PROG_RUN, with a chain of one instruction. The contestants run in turn; the result is the
 * median and the least of all rounds. Every contestant leaves its packet as it found it, so that
 * BPF_PROG_RUN's repeats measure the same packet: the ways out lead back to the way in.
 *   muxcost [ROUNDS [REPEAT]]
 * Needs root.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "port.skel.h"
#include "tests/mux/packet.h"

#define SLOT 0
#define MAX_ROUNDS 101

static struct port *port;
static unsigned int rounds = 7, repeat = 1000000;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void set(struct bpf_map *map, uint32_t index, const void *value)
{
	if (bpf_map_update_elem(bpf_map__fd(map), &index, value, BPF_ANY))
		die(bpf_map__name(map));
}

/* A program of one instruction, and the exit. */
static int constant_program(uint32_t result)
{
	struct bpf_insn insns[] = {
		{.code = BPF_ALU | BPF_MOV | BPF_K, .imm = (int)result},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_XDP);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "constant", "GPL", insns, 2, &o);

	if (fd < 0)
		die("constant program");
	return fd;
}

/* ---- Contestants ------------------------------------------------------------------------------*/
enum kind { EMPTY, HOST, STOPPED, DROPPED, SENT };

struct contestant {
	const char *name;
	enum kind kind;
	struct tunnel in, out;
	size_t len; /* of the GRE payload */
	int head;   /* H less the place where nothing moves */
	double ns[MAX_ROUNDS];
	uint64_t wrong;
};

/* A tunnel as its own way back: what leaves is what came in. */
static void add_link(uint32_t link, uint8_t dev, const struct tunnel *in, const struct tunnel *out)
{
	struct sl_link_rec rec = {
		.tenant = SLOT,
		.kind = out->ip == 4 ? SL_LINK_GRE4 : SL_LINK_GRE6,
		.payload = (uint8_t)in->payload,
		.dev = dev,
		.gre = (uint8_t)(out->gre & (SL_GRE_CSUM | SL_GRE_KEY)),
	};
	struct sl_link4_key k4 = {.has_key = !!(in->gre & SL_GRE_KEY)};
	struct sl_link6_key k6 = {.has_key = !!(in->gre & SL_GRE_KEY)};
	uint32_t value = link + 1;

	memcpy(rec.mac, dev_mac, 6);
	memcpy(rec.peer, peer_mac, 6);
	template_of(&rec.out[0], out, 9000, IN);
	set(port->maps.tenant_dev, SLOT * SL_MAX_DEVS + dev, &value);
	put_addr4((uint8_t *)&k4.saddr, in, true);
	put_addr4((uint8_t *)&k4.daddr, in, false);
	put_addr6(k6.saddr, in, true);
	put_addr6(k6.daddr, in, false);
	if (in->gre & SL_GRE_KEY)
		k4.key = k6.key = htonl(in->key);
	if (in->ip == 4)
		rec.in4 = k4;
	else
		rec.in6 = k6;
	set(port->maps.links, link, &rec);
	if (bpf_map_update_elem(bpf_map__fd(in->ip == 4 ? port->maps.link4 : port->maps.link6),
				in->ip == 4 ? (void *)&k4 : (void *)&k6, &link, BPF_ANY))
		die("link");
}

static void run(struct contestant *c, unsigned int round)
{
	static uint8_t inner[2048], packet[4096], out[4096];
	size_t head =
		outer_len(&c->in) - (c->in.payload == SL_PAYLOAD_IP ? 14 : 0) + (size_t)c->head;
	uint16_t proto = c->in.payload == SL_PAYLOAD_IP ? SL_ETH_P_IP : SL_ETH_P_TEB;
	size_t n = wrap(packet, &c->in, IN, proto, inner, c->len);
	struct sl_tenant_rec rec = {
		.head = (uint16_t)head, .active = c->kind != STOPPED, .sample = 64};
	uint32_t answer = c->kind == SENT ? SL_ANSWER(SL_V_OUT, 0, head)
					  : SL_ANSWER(SL_V_DROP, SL_R_ELEMENT, 0);
	static const uint32_t results[] = {XDP_DROP, XDP_PASS, XDP_DROP, XDP_DROP, XDP_REDIRECT};
	int chain = constant_program(answer), empty = constant_program(XDP_DROP);
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = packet, .data_size_in = (uint32_t)n,
		    .data_out = out, .data_size_out = sizeof(out), .repeat = (int)repeat);

	if (c->kind == HOST)
		packet[l3_off(&c->in) + 9] = SL_IPPROTO_UDP;
	set(port->maps.tenant_rec, SLOT, &rec);
	set(port->maps.tenants, sl_chain_index(SLOT, 0), &chain);
	add_link(0, 0, &c->in, &c->out);
	if (bpf_prog_test_run_opts(c->kind == EMPTY ? empty : bpf_program__fd(port->progs.sl_port),
				   &o))
		die("BPF_PROG_RUN");
	c->ns[round] = o.duration;
	/* What the entry record overwrote is the Ethernet header; nothing else may differ. */
	c->wrong += o.retval != results[c->kind] || o.data_size_out != n ||
		    memcmp(out + 14, packet + 14, n - 14);
	close(chain);
	close(empty);
}

#define GRE4                                                                                       \
	{                                                                                          \
		.ip = 4, .far = 9                                                                  \
	}
#define GRE6                                                                                       \
	{                                                                                          \
		.ip = 6, .far = 9                                                                  \
	}
#define KEY4                                                                                       \
	{                                                                                          \
		.ip = 4, .far = 9, .gre = SL_GRE_KEY, .key = 5                                     \
	}
#define TAG4                                                                                       \
	{                                                                                          \
		.ip = 4, .far = 9, .vlans = 2                                                      \
	}
#define SUM4                                                                                       \
	{                                                                                          \
		.ip = 4, .far = 9, .gre = SL_GRE_CSUM                                              \
	}
#define ETH4                                                                                       \
	{                                                                                          \
		.ip = 4, .far = 9, .payload = SL_PAYLOAD_ETHER                                     \
	}

static struct contestant contestants[] = {
	{.name = "empty program", .kind = EMPTY, .in = GRE4, .out = GRE4, .len = 64},
	{.name = "host's packet, passed", .kind = HOST, .in = GRE4, .out = GRE4, .len = 64},
	{.name = "demux, link, gate says no", .kind = STOPPED, .in = ETH4, .out = ETH4, .len = 64},
	{.name = "+ outer off, enter, settle", .kind = DROPPED, .in = ETH4, .out = ETH4, .len = 64},
	{.name = "+ mux: Ethernet in GRE4, whole",
	 .kind = SENT,
	 .in = ETH4,
	 .out = ETH4,
	 .len = 64},
	{.name = "IP in GRE4, whole", .kind = SENT, .in = GRE4, .out = GRE4, .len = 64},
	{.name = "IP in GRE4, head moves twice",
	 .kind = SENT,
	 .in = GRE4,
	 .out = GRE4,
	 .len = 64,
	 .head = 4},
	{.name = "IP in GRE4 with key", .kind = SENT, .in = KEY4, .out = KEY4, .len = 64},
	{.name = "IP in GRE4, two VLAN tags", .kind = SENT, .in = TAG4, .out = TAG4, .len = 64},
	{.name = "IP in GRE6", .kind = SENT, .in = GRE6, .out = GRE6, .len = 64},
	{.name = "IP in GRE4, checksum, 64 bytes",
	 .kind = SENT,
	 .in = SUM4,
	 .out = SUM4,
	 .len = 64},
	{.name = "IP in GRE4, checksum, 1400 bytes",
	 .kind = SENT,
	 .in = SUM4,
	 .out = SUM4,
	 .len = 1400},
};
#define N (sizeof(contestants) / sizeof(contestants[0]))

static int ascending(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return d < 0 ? -1 : d > 0;
}

int main(int argc, char **argv)
{
	struct utsname u;
	double empty = 0;
	uint32_t dev;
	int ret = 0;

	if (argc > 1)
		rounds = (unsigned int)atoi(argv[1]);
	if (argc > 2)
		repeat = (unsigned int)atoi(argv[2]);
	if (!rounds || rounds > MAX_ROUNDS || !repeat) {
		fprintf(stderr, "usage: muxcost [ROUNDS (at most %d) [REPEAT]]\n", MAX_ROUNDS);
		return 2;
	}
	if (unshare(CLONE_NEWNET) || system("ip link add p0 type veth peer name q0"))
		die("network namespace");
	port = port__open_and_load();
	if (!port)
		die("port.bpf.c");
	dev = if_nametoindex("p0");
	set(port->maps.ports, 0, &dev);
	for (unsigned int round = 0; round < rounds; round++) {
		for (size_t i = 0; i < N; i++)
			run(&contestants[i], round);
	}
	uname(&u);
	printf("# %s %s, %u rounds of %u runs, ns a packet\n", u.sysname, u.release, rounds,
	       repeat);
	printf("%-36s %8s %8s %14s\n", "path", "median", "least", "median - empty");
	for (size_t i = 0; i < N; i++) {
		struct contestant *c = &contestants[i];
		double median;

		qsort(c->ns, rounds, sizeof(c->ns[0]), ascending);
		median = c->ns[rounds / 2];
		if (!i)
			empty = median;
		printf("%-36s %8.1f %8.1f %14.1f\n", c->name, median, c->ns[0], median - empty);
		if (c->wrong) {
			fprintf(stderr, "muxcost: %s: %llu rounds did something else\n", c->name,
				(unsigned long long)c->wrong);
			ret = 1;
		}
	}
	port__destroy(port);
	return ret;
}
