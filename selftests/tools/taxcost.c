// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a graph costs as generated from it, and as written by hand: twice, by two hands.
 *
 *   taxcost PROGRAM GRAPH check               do all do the same? A line of CSV
 *   taxcost PROGRAM GRAPH path ROUNDS REPEAT  ns of each behind demux and mux, in turn: CSV
 *   taxcost PROGRAM GRAPH chain ROUNDS REPEAT the same of the tenant's chain alone: CSV
 *
 * `check` sends PACKETS packets (selftests/bench/tax_packets.h) to all of them, one after the
 * other, by the same wrapper program (bpf/replay.bpf.c): what is forwarded or answered must be the
 * same byte for byte, what is dropped must be dropped for the same reason. Status 1 when anything
 * differs. Needs root.
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

#include "bpf/abi.h"
#include "loader/codegen/compile.h"
#include "loader/runtime/load.h"
#include "port.skel.h"
#include "replay.skel.h"
#include "selftests/bench/tax_packets.h"
#include "selftests/object.h"
#include "tests/mux/packet.h"

#define MAX_ROUNDS 101
#define SLOT 0

static struct replay *wrapper;

static void set(const struct bpf_map *map, uint32_t index, const void *value)
{
	if (bpf_map_update_elem(bpf_map__fd(map), &index, value, BPF_ANY))
		die(bpf_map__name(map));
}

/* ---- The contestants -------------------------------------------------------------------------*/

enum who { GENERATED, FIRST, SECOND, COUNTING, FIRST_AGAIN, SECOND_AGAIN, N_WHO };
static const char *const who_names[] = {"generated", "first",	    "second",
					"counting",  "first again", "second again"};
static struct contestant {
	int prog, resume; /* where packets enter, where copies of them come back; -1: nowhere */
} contestants[N_WHO];

/* Two links, with the addresses the hand-written programs have, too. */
static const struct sl_device *links_of(const struct tax_program *t)
{
	static struct sl_device links[2];

	for (uint8_t i = 0; i < 2; i++) {
		struct sl_device *l = &links[i];

		snprintf(l->name, sizeof(l->name), "eth%u", i);
		l->index = i;
		l->ip_link = t->ip_link;
		l->mtu = MTU;
		memcpy(l->mac, tax_mac(i), 6);
		if (t->ip_link)
			memcpy(l->peer, tax_peer(i), 6);
	}
	return links;
}

static void load_generated(const struct tax_program *t, const char *file)
{
	static struct sl_compiled *compiled;
	static struct sl_loaded *loaded;
	struct sl_compile_opts co = {.target = SL_TARGET_BPF,
				     .devices = {(struct sl_device *)links_of(t), 2, t->head}};
	struct sl_load_opts lo = {.name = "bench"};
	struct sl_submission s = {0};
	struct sl_diags d = {0};
	int ret = sl_submission_read(file, NULL, 0, &d, &s);

	ret = ret ? ret : sl_compile(&s, &co, &d, &compiled);
	ret = ret ? ret : sl_load(compiled, &lo, &d, &loaded);
	if (ret) {
		sl_diags_print(&d, stderr);
		errno = -ret;
		die(file);
	}
	sl_submission_free(&s);
	sl_diags_free(&d);
	contestants[GENERATED].prog = loaded->progs[0];
	if (loaded->n_progs > loaded->n_segments)
		contestants[GENERATED].resume = loaded->progs[loaded->n_segments];
}

/* An object of selftests/bench, loaded; NULL if there is none of that name. */
static struct bpf_object *load_object(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "bench/%.40s", name);
	return load_if_there(path);
}

static int program_of(const struct bpf_object *obj, const char *name)
{
	const struct bpf_program *p = bpf_object__find_program_by_name(obj, name);

	return p ? bpf_program__fd(p) : -1;
}

/* What a hand-written program leaves to a slow path of its own, another object. */
static void load_slow(const struct tax_program *t, const struct bpf_object *obj, enum who who)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, "slow");
	const struct bpf_object *slow;
	int fd;

	if (!map || !t->slow)
		return;
	slow = load_object(t->slow);
	fd = slow ? program_of(slow, "slow") : -1;
	if (fd < 0)
		die(t->slow);
	set(map, 0, &fd);
	contestants[who].resume = program_of(slow, "resume");
}

/* `entry`: the program's name in the object; what an object lacks is no contestant. */
static void load_hand(const struct tax_program *t, const char *suffix, const char *entry,
		      enum who who)
{
	char name[64];
	const struct bpf_object *obj;

	snprintf(name, sizeof(name), "%s_%s", t->name, suffix);
	obj = load_object(name);
	if (!obj)
		die(name);
	contestants[who].prog = program_of(obj, entry);
	load_slow(t, obj, who);
}

static void load_all(const struct tax_program *t, const char *graph)
{
	for (int who = 0; who < N_WHO; who++)
		contestants[who] = (struct contestant){-1, -1};
	load_generated(t, graph);
	/* Each has state of its own. */
	load_hand(t, "hand", "hand", FIRST);
	load_hand(t, "hand", "counting", COUNTING);
	load_hand(t, "hand2", "hand", SECOND);
	if (contestants[FIRST].prog < 0 || contestants[SECOND].prog < 0)
		die("hand");
	contestants[FIRST_AGAIN] = contestants[FIRST];
	contestants[SECOND_AGAIN] = contestants[SECOND];
}

static void enter(int prog)
{
	set(wrapper->maps.chain, 0, &prog);
}

/* ---- Do all do the same? ---------------------------------------------------------------------*/

#define MAX_OUTCOMES 4

struct outcome {
	uint32_t verdict, arg, len;
	uint8_t bytes[PACKET_MAX];
};
struct outcomes {
	unsigned int n;
	struct outcome o[MAX_OUTCOMES];
};

static void run(int prog, const struct contestant *c, const uint8_t *bytes, uint32_t len,
		struct outcomes *out);

/* Both halves of a copy come back. */
static void run_copies(const struct contestant *c, uint32_t point, const uint8_t *bytes,
		       uint32_t len, struct outcomes *out)
{
	uint8_t again[PACKET_MAX];

	for (int branch = 0; branch < 2; branch++) {
		struct sl_entry en = {
			.flags = (uint8_t)(SL_ENTRY_COPY | (branch ? SL_ENTRY_BRANCH : 0)),
			.point = (uint16_t)point};

		memcpy(again, bytes, len);
		memcpy(again, &en, sizeof(en));
		run(c->resume, c, again, len, out);
	}
}

static void run(int prog, const struct contestant *c, const uint8_t *bytes, uint32_t len,
		struct outcomes *out)
{
	uint8_t left[PACKET_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, t, .data_in = bytes, .data_size_in = len, .data_out = left,
		    .data_size_out = sizeof(left), .repeat = 1);
	struct outcome *o = &out->o[out->n];
	uint32_t low;

	enter(prog);
	if (bpf_prog_test_run_opts(bpf_program__fd(wrapper->progs.sl_replay), &t))
		die("BPF_PROG_RUN");
	low = SL_ANSWER_LOW(t.retval);
	if (SL_ANSWER_VERDICT(t.retval) == SL_V_COPY && c->resume >= 0 && out->n < 2) {
		run_copies(c, SL_ANSWER_ARG(t.retval), left, t.data_size_out, out);
		return;
	}
	o->verdict = SL_ANSWER_VERDICT(t.retval);
	o->arg = SL_ANSWER_ARG(t.retval);
	o->len = 0;
	if (o->verdict != SL_V_DROP && low <= t.data_size_out) {
		o->len = t.data_size_out - low;
		memcpy(o->bytes, left + low, o->len);
	}
	out->n++;
}

static bool same(const struct outcomes *a, const struct outcomes *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned int i = 0; i < a->n; i++) {
		const struct outcome *x = &a->o[i], *y = &b->o[i];

		if (x->verdict != y->verdict || x->arg != y->arg || x->len != y->len ||
		    memcmp(x->bytes, y->bytes, x->len))
			return false;
	}
	return true;
}

static void show(const char *who, const struct outcomes *out)
{
	for (unsigned int i = 0; i < out->n; i++) {
		const struct outcome *o = &out->o[i];

		fprintf(stderr, "  %-10s verdict %u arg %u len %u:", who, o->verdict, o->arg,
			o->len);
		for (uint32_t k = 0; k < o->len && k < 64; k++)
			fprintf(stderr, "%s%02x", k == 14 || k == 34 ? " " : "", o->bytes[k]);
		fputc('\n', stderr);
	}
}

static int check(const struct tax_program *t)
{
	static struct outcomes g, h;
	static struct packet p;
	unsigned int forwarded = 0, dropped = 0, messages = 0, reasons = 0, differ = 0;
	uint64_t seen = 0;

	for (unsigned int i = 0; i < PACKETS; i++) {
		const char *what = tax_packet(t, i, &p);

		g.n = 0;
		run(contestants[GENERATED].prog, &contestants[GENERATED], p.bytes, (uint32_t)p.len,
		    &g);
		for (enum who who = FIRST; who <= COUNTING; who++) {
			if (contestants[who].prog < 0)
				continue;
			h.n = 0;
			run(contestants[who].prog, &contestants[who], p.bytes, (uint32_t)p.len, &h);
			if (same(&g, &h))
				continue;
			if (differ++ < 10) {
				fprintf(stderr, "taxcost: %s: packet %u (%s) differs\n", t->name, i,
					what);
				show(who_names[GENERATED], &g);
				show(who_names[who], &h);
			}
		}
		for (unsigned int k = 0; k < g.n; k++)
			if (g.o[k].verdict == SL_V_DROP)
				seen |= 1ull << g.o[k].arg;
		dropped += g.o[0].verdict == SL_V_DROP;
		messages += g.o[0].verdict != SL_V_DROP && tax_is_message(&p, g.o[g.n - 1].bytes);
		forwarded += g.o[0].verdict != SL_V_DROP;
	}
	reasons = (unsigned int)__builtin_popcountll(seen);
	puts("program,packets,sent,dropped,reasons,messages,differ");
	printf("%s,%u,%u,%u,%u,%u,%u\n", t->name, PACKETS, forwarded, dropped, reasons, messages,
	       differ);
	return differ ? 1 : 0;
}

/* ---- What do they cost? ----------------------------------------------------------------------*/

/* Time this thread computed: finer than what BPF_PROG_RUN says, which is whole ns, and without the
 * grace period it ends with. */
static double cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* selftests/bench/tax_wrap.bpf.c, and its map's value. */
static struct {
	int prog;
	const struct bpf_map *chain, *state;
} timer;
struct state {
	uint64_t home, scratch, runs, failed;
	uint8_t bytes[104];
};

static void load_timer(void)
{
	struct bpf_object *obj = load_object("tax_wrap");

	if (!obj)
		die("tax_wrap");
	timer.prog = program_of(obj, "wrap");
	timer.chain = bpf_object__find_map_by_name(obj, "chain");
	timer.state = bpf_object__find_map_by_name(obj, "state");
	if (timer.prog < 0 || !timer.chain || !timer.state)
		die("tax_wrap");
}

/* `answer`: what each run must answer: of a chain the verdict, of an XDP program the action. */
static double time_one(int prog, const uint8_t *bytes, size_t len, bool chain, uint32_t answer,
		       unsigned int repeat)
{
	static uint8_t scrap[PACKET_MAX];
	struct state s = {0};
	double began, took;
	uint32_t zero = 0;
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = bytes, .data_size_in = (uint32_t)len,
		    .data_out = scrap, .data_size_out = sizeof(scrap), .repeat = (int)repeat);

	memcpy(s.bytes, bytes, sizeof(s.bytes));
	set(timer.state, 0, &s);
	set(timer.chain, 0, &prog);
	began = cpu_ns();
	if (bpf_prog_test_run_opts(timer.prog, &o))
		die("BPF_PROG_RUN");
	took = cpu_ns() - began;
	if (bpf_map_lookup_elem(bpf_map__fd(timer.state), &zero, &s))
		die("packet");
	if (s.failed || s.runs != repeat ||
	    (chain ? SL_ANSWER_VERDICT(o.retval) : o.retval) != answer) {
		errno = EBADMSG;
		die("a packet was not forwarded");
	}
	return took / repeat;
}

/* What all have in common and is subtracted: a chain that is nothing but an answer. */
static int nothing(void)
{
	struct bpf_insn insns[] = {
		{.code = BPF_ALU | BPF_MOV | BPF_K, .imm = (int)SL_ANSWER(SL_V_OUT, 0, 0)},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_XDP);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "nothing", "GPL", insns, 2, &o);

	if (fd < 0)
		die("empty program");
	return fd;
}

/* A tenant with two GRE tunnels on a port. */
static struct port *platform(const struct tax_program *t, const struct tunnel tunnels[2])
{
	struct sl_tenant_rec tenant = {.head = t->head, .active = 1, .sample = 64};
	struct port *port;
	uint32_t dev;

	if (unshare(CLONE_NEWNET) || system("ip link add p0 type veth peer name q0"))
		die("network namespace");
	port = port__open_and_load();
	if (!port)
		die("port.bpf.c");
	dev = if_nametoindex("p0");
	set(port->maps.ports, 0, &dev);
	set(port->maps.tenant_rec, SLOT, &tenant);
	for (uint32_t i = 0; i < 2; i++) {
		struct sl_link_rec rec = {
			.tenant = SLOT,
			.kind = SL_LINK_GRE4,
			.payload = (uint8_t)tunnels[i].payload,
			.dev = (uint8_t)i,
			.gre = (uint8_t)tunnels[i].gre,
		};
		struct sl_link4_key key = {.key = htonl(tunnels[i].key), .has_key = 1};
		uint32_t value = i + 1;

		memcpy(rec.mac, tax_mac((uint8_t)i), 6);
		memcpy(rec.peer, tax_peer((uint8_t)i), 6);
		put_addr4((uint8_t *)&key.saddr, &tunnels[i], true);
		put_addr4((uint8_t *)&key.daddr, &tunnels[i], false);
		rec.in4 = key;
		template_of(&rec.out[0], &tunnels[i], 9000, OUT);
		set(port->maps.tenant_dev, SLOT * SL_MAX_DEVS + i, &value);
		set(port->maps.links, i, &rec);
		if (bpf_map_update_elem(bpf_map__fd(port->maps.link4), &key, &i, BPF_ANY))
			die("link");
	}
	return port;
}

/* A packet as it comes by its tunnel. */
static size_t outside(const struct tax_program *t, const struct packet *p,
		      const struct tunnel tunnels[2], uint8_t *bytes)
{
	size_t skip = t->head + (t->ip_link ? 14u : 0);

	return wrap(bytes, &tunnels[p->dev], IN, t->ip_link ? SL_ETH_P_IP : SL_ETH_P_TEB,
		    p->bytes + skip, p->len - skip);
}

/* Sends the packets once by each, so that state is there (flows, neighbours). */
static void warm(const struct tax_program *t)
{
	static struct outcomes out;
	struct packet p;

	for (unsigned int k = 0; tax_timed(t, k, &p); k++)
		for (int who = 0; who < N_WHO; who++)
			if (contestants[who].prog >= 0) {
				out.n = 0;
				run(contestants[who].prog, &contestants[who], p.bytes,
				    (uint32_t)p.len, &out);
			}
}

static int times(const struct tax_program *t, bool path, unsigned int rounds, unsigned int repeat)
{
	const struct tunnel tunnels[2] = {
		{.ip = 4, .far = 9, .gre = SL_GRE_KEY, .key = 5, .payload = !t->ip_link},
		{.ip = 4, .far = 10, .gre = SL_GRE_KEY, .key = 6, .payload = !t->ip_link}};
	struct port *port = path ? platform(t, tunnels) : NULL;
	int entry = port ? bpf_program__fd(port->progs.sl_port) : -1, none = nothing();
	const char *name;
	struct packet p;

	load_timer();
	warm(t);
	puts("packet,round,contestant,ns");
	for (unsigned int round = 0; round < rounds; round++)
		for (unsigned int k = 0; (name = tax_timed(t, k, &p)); k++) {
			uint8_t bytes[PACKET_MAX];
			double ns[N_WHO] = {0}, empty;
			size_t len = p.len;

			if (path)
				len = outside(t, &p, tunnels, bytes);
			else
				memcpy(bytes, p.bytes, len);
			empty = time_one(none, bytes, len, true, SL_V_OUT, repeat);
			for (unsigned int i = 0; i < N_WHO; i++) {
				/* Nobody is always the first. */
				enum who who = (i + round) % N_WHO;
				int prog = contestants[who].prog;

				if (prog < 0)
					continue;
				if (path)
					set(port->maps.tenants, sl_chain_index(SLOT, 0), &prog);
				ns[who] = time_one(path ? entry : prog, bytes, len, !path,
						   path ? XDP_REDIRECT : SL_V_OUT, repeat);
			}
			printf("%s,%u,empty,%.2f\n", name, round, empty);
			for (int who = 0; who < N_WHO; who++)
				if (contestants[who].prog >= 0)
					printf("%s,%u,%s,%.2f\n", name, round, who_names[who],
					       ns[who] - empty);
		}
	return 0;
}

int main(int argc, char **argv)
{
	const struct tax_program *t = argc > 3 ? tax_program(argv[1]) : NULL;
	bool path = argc == 6 && !strcmp(argv[3], "path");
	bool timing = path || (argc == 6 && !strcmp(argv[3], "chain"));
	int rounds = timing ? atoi(argv[4]) : 0, repeat = timing ? atoi(argv[5]) : 0;

	if (!t || (timing ? rounds < 1 || rounds > MAX_ROUNDS || repeat < 1
			  : argc != 4 || strcmp(argv[3], "check"))) {
		fprintf(stderr, "usage: taxcost PROGRAM GRAPH check | taxcost PROGRAM GRAPH "
				"path|chain ROUNDS REPEAT\n");
		return 2;
	}
	wrapper = replay__open_and_load();
	if (!wrapper)
		die("the wrapper program");
	load_all(t, argv[2]);
	return timing ? times(t, path, (unsigned int)rounds, (unsigned int)repeat) : check(t);
}
