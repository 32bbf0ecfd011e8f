// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the standard IP router costs as generated from its graph, and as written by hand, behind the
 * same wrapper program (bpf/replay.bpf.c).
 *
 *   routercost GRAPH check               do both do the same? A line a kind of packet
 *   routercost GRAPH time ROUNDS REPEAT  ns of each, in turn: CSV
 *
 * `check` sends packets of many kinds through both: what is forwarded must be the same byte for
 * byte, what is dropped must be dropped for the same reason, and what the hand-written program does
 * not do itself must go to its slow path. Status 1 when anything differs. Needs root.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bpf/abi.h"
#include "loader/codegen/compile.h"
#include "loader/runtime/load.h"
#include "replay.skel.h"
#include "selftests/bench/router_packets.h"

#define MAX_ROUNDS 101

static struct replay *wrapper;

static void die(const char *what)
{
	fprintf(stderr, "routercost: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- The contestants -------------------------------------------------------------------------*/

enum who { GENERATED, HAND, HAND_AGAIN, COUNTED, N_WHO };
static const char *const who_names[] = {"generated", "hand", "hand again", "hand counting"};
static int programs[N_WHO];

static void load_generated(const char *file)
{
	/* Two links that carry IP, with the addresses the hand-written program has, too. */
	static const struct sl_device links[] = {
		{.name = "eth0",
		 .index = 0,
		 .ip_link = true,
		 .mac = {2, 0, 0, 0, 0, 0xa0},
		 .peer = {6, 0, 0, 0, 0, 0xa0},
		 .mtu = 1500},
		{.name = "eth1",
		 .index = 1,
		 .ip_link = true,
		 .mac = {2, 0, 0, 0, 0, 0xa1},
		 .peer = {6, 0, 0, 0, 0, 0xa1},
		 .mtu = 1500},
	};
	static struct sl_compiled *compiled;
	static struct sl_loaded *loaded;
	struct sl_compile_opts co = {.target = SL_TARGET_BPF, .devices = {links, 2, HEAD}};
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
	programs[GENERATED] = loaded->progs[0];
}

static void load_hand(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);
	struct bpf_object *obj;
	char *slash;

	path[n > 0 ? n : 0] = 0;
	slash = strrchr(path, '/');
	if (!slash)
		die("self");
	strcpy(slash, "/../bench/router_hand.bpf.o");
	obj = bpf_object__open_file(path, NULL);
	if (!obj || bpf_object__load(obj))
		die(path);
	programs[HAND] = programs[HAND_AGAIN] =
		bpf_program__fd(bpf_object__find_program_by_name(obj, "router_hand"));
	programs[COUNTED] =
		bpf_program__fd(bpf_object__find_program_by_name(obj, "router_hand_counted"));
}

static void enter(enum who who)
{
	uint32_t zero = 0;

	if (bpf_map_update_elem(bpf_map__fd(wrapper->maps.chain), &zero, &programs[who], BPF_ANY))
		die("chain");
}

/* ---- Do both do the same? --------------------------------------------------------------------*/

struct outcome {
	uint32_t answer;
	uint32_t len;
	uint8_t bytes[HEAD + FRAME_MAX + 512];
};

static void run(enum who who, const struct packet *p, struct outcome *o)
{
	LIBBPF_OPTS(bpf_test_run_opts, t, .data_in = p->bytes, .data_size_in = (uint32_t)p->len,
		    .data_out = o->bytes, .data_size_out = sizeof(o->bytes), .repeat = 1);

	enter(who);
	if (bpf_prog_test_run_opts(bpf_program__fd(wrapper->progs.sl_replay), &t))
		die("BPF_PROG_RUN");
	o->answer = t.retval;
	o->len = t.data_size_out;
}

static bool same_frame(const struct outcome *a, const struct outcome *b)
{
	uint32_t at = SL_ANSWER_LOW(a->answer), bt = SL_ANSWER_LOW(b->answer);

	return SL_ANSWER_ARG(a->answer) == SL_ANSWER_ARG(b->answer) && a->len > at && b->len > bt &&
	       a->len - at == b->len - bt && !memcmp(a->bytes + at, b->bytes + bt, a->len - at);
}

static unsigned int packets[N_EXPECT], differ;

static void compare(const struct packet *p, enum who who, const char *what)
{
	static struct outcome g, h;
	uint32_t gv, hv;
	bool ok = false;

	run(GENERATED, p, &g);
	run(who, p, &h);
	gv = SL_ANSWER_VERDICT(g.answer);
	hv = SL_ANSWER_VERDICT(h.answer);
	switch (p->expect) {
	case FORWARDED:
		ok = gv == SL_V_OUT && hv == SL_V_OUT && same_frame(&g, &h);
		break;
	case DROPPED:
		ok = gv == SL_V_DROP && hv == SL_V_DROP &&
		     SL_ANSWER_ARG(g.answer) == SL_ANSWER_ARG(h.answer);
		break;
	default:
		/* The graph has elements for these, by hand it is another program's work. */
		ok = hv == SL_V_DROP && SL_ANSWER_ARG(h.answer) == SL_R_TAILCALL;
		break;
	}
	packets[p->expect]++;
	if (ok)
		return;
	differ++;
	fprintf(stderr, "routercost: %s, %s: answers %08x %08x, %u and %u bytes\n", what,
		who_names[who], g.answer, h.answer, g.len, h.len);
}

static void compare_both(const struct packet *p, const char *what)
{
	compare(p, HAND, what);
	compare(p, COUNTED, what);
}

static void check_forwarded(void)
{
	static const char *const far[] = {
		"10.0.1.1",	 "10.0.1.253", "192.0.2.9", "203.0.113.200", "10.0.2.0",
		"9.255.255.255", "224.0.0.9",  "127.0.0.1", "0.0.0.0",	     "255.255.255.254"};
	static const char *const near[] = {"10.0.0.1", "10.0.0.100", "10.0.0.253"};
	static const uint16_t lens[] = {20, 28, 46, 64, 576, 1499, 1500};
	struct packet p;
	uint16_t id = 1;

	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		for (size_t l = 0; l < sizeof(lens) / sizeof(lens[0]); l++, id++) {
			make(&p, FORWARDED,
			     &(struct shape){0, "10.0.0.7", far[i], (uint8_t)(id % 254 + 2), 17, 0,
					     lens[l], (uint16_t)(id * 257), id % 3 ? 0 : 18});
			compare_both(&p, far[i]);
		}
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		for (size_t l = 0; l < sizeof(lens) / sizeof(lens[0]); l++, id++) {
			make(&p, FORWARDED,
			     &(struct shape){1, "198.51.100.3", near[i], (uint8_t)(255 - id % 250),
					     6, 0, lens[l], (uint16_t)(id * 991), id % 4 ? 0 : 6});
			compare_both(&p, near[i]);
		}
	/* Checksums at both ends of their range, where one's complement has two zeroes. */
	for (uint32_t v = 0; v < 48; v++) {
		make(&p, FORWARDED,
		     &(struct shape){0, "10.0.0.7", "10.0.1.9", 64, 17, 0, 40, 0, 0});
		put16(ip_of(&p) + 4, 0);
		header_sum(ip_of(&p));
		put16(ip_of(&p) + 4,
		      (uint32_t)(ip_of(&p)[10] << 8 | ip_of(&p)[11]) + 0xff00u + v * 16);
		header_sum(ip_of(&p));
		compare_both(&p, "checksum");
	}
}

static void check_dropped(void)
{
	static const struct shape good = {0, "10.0.0.7", "10.0.1.9", 64, 17, 0, 64, 5, 0};
	static const char *const bad[] = {"10.0.0.255", "10.0.1.255", "0.0.0.0", "255.255.255.255"};
	struct packet p;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make(&p, DROPPED, &(struct shape){0, bad[i], "10.0.1.9", 64, 17, 0, 64, 5, 0});
		compare_both(&p, bad[i]);
	}
	for (int bit = 0; bit < 16; bit++) {
		make(&p, DROPPED, &good);
		ip_of(&p)[10 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		compare_both(&p, "wrong checksum");
	}
	make(&p, DROPPED, &good);
	ip_of(&p)[0] = 0x65;
	compare_both(&p, "version 6");
	make(&p, DROPPED, &good);
	ip_of(&p)[0] = 0x44;
	compare_both(&p, "header of 16 bytes");
	for (int len = 0; len < 20; len += 19) {
		make(&p, DROPPED, &good);
		put16(ip_of(&p) + 2, (uint32_t)len);
		compare_both(&p, "length below the header's");
	}
	make(&p, DROPPED, &good);
	put16(ip_of(&p) + 2, 65);
	compare_both(&p, "length above the packet's");
	make(&p, DROPPED, &good);
	p.len = HEAD + 14 + 19;
	compare_both(&p, "19 bytes of IP");
	make(&p, DROPPED, &good);
	put16(p.bytes + HEAD + 12, 0x86dd);
	compare_both(&p, "IPv6");
	make(&p, DROPPED, &good);
	p.bytes[0] = 5;
	compare_both(&p, "device that is not there");
}

static void check_diverted(void)
{
	static const struct {
		const char *what;
		struct shape s;
	} cases[] = {
		{"TTL 1", {0, "10.0.0.7", "10.0.1.9", 1, 17, 0, 64, 5, 0}},
		{"TTL 0", {0, "10.0.0.7", "10.0.1.9", 0, 17, 0, 64, 5, 0}},
		{"1501 bytes", {0, "10.0.0.7", "10.0.1.9", 64, 17, 0, 1501, 5, 0}},
		{"back where it came from", {0, "10.0.0.7", "10.0.0.9", 64, 17, 0, 64, 5, 0}},
		{"back to the world", {1, "10.0.1.7", "192.0.2.9", 64, 17, 0, 64, 5, 0}},
		{"to the router", {0, "10.0.0.7", "10.0.0.254", 64, 1, 0, 64, 5, 0}},
		{"to its other address", {0, "10.0.0.7", "10.0.1.254", 64, 6, 0, 64, 5, 0}},
		{"to a broadcast", {1, "10.0.1.7", "10.0.0.255", 64, 17, 0, 64, 5, 0}},
		{"to a network", {1, "10.0.1.7", "10.0.0.0", 64, 17, 0, 64, 5, 0}},
		{"to all", {1, "10.0.1.7", "255.255.255.255", 64, 17, 0, 64, 5, 0}},
		{"options", {0, "10.0.0.7", "10.0.1.9", 64, 17, 8, 64, 5, 0}},
	};
	struct packet p;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(&p, DIVERTED, &cases[i].s);
		compare_both(&p, cases[i].what);
	}
}

static int check(void)
{
	check_forwarded();
	check_dropped();
	check_diverted();
	puts("packets,runs,differ");
	for (int e = 0; e < N_EXPECT; e++)
		printf("%s,%u,\n", expect_names[e], packets[e]);
	printf("all,%u,%u\n", packets[FORWARDED] + packets[DROPPED] + packets[DIVERTED], differ);
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

static double time_one(const struct packet *p, struct bpf_program *prog, unsigned int repeat)
{
	static uint8_t scrap[HEAD + FRAME_MAX + 512];
	static struct sl_bench b;
	double began, took;
	uint32_t zero = 0;
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = p->bytes, .data_size_in = (uint32_t)p->len,
		    .data_out = scrap, .data_size_out = sizeof(scrap), .repeat = (int)repeat);

	memset(&b, 0, sizeof(b));
	b.len = (uint32_t)p->len;
	memcpy(b.bytes, p->bytes, p->len);
	if (bpf_map_update_elem(bpf_map__fd(wrapper->maps.bench), &zero, &b, BPF_ANY))
		die("packet");
	began = cpu_ns();
	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &o))
		die("BPF_PROG_RUN");
	took = cpu_ns() - began;
	if (bpf_map_lookup_elem(bpf_map__fd(wrapper->maps.bench), &zero, &b))
		die("packet");
	if (b.failed || b.runs < repeat ||
	    (prog == wrapper->progs.sl_bench && SL_ANSWER_VERDICT(o.retval) != SL_V_OUT)) {
		errno = EBADMSG;
		die("a packet was not forwarded");
	}
	return took / repeat;
}

static int times(unsigned int rounds, unsigned int repeat)
{
	static const struct {
		const char *name;
		struct shape s;
	} kinds[] = {
		{"to a neighbour", {0, "10.0.0.7", "10.0.1.9", 64, 17, 0, 64, 5, 0}},
		{"to the world", {0, "10.0.0.7", "192.0.2.9", 64, 17, 0, 64, 5, 0}},
		{"from the world", {1, "192.0.2.9", "10.0.0.7", 64, 17, 0, 64, 5, 0}},
	};
	struct packet p;

	puts("packet,round,contestant,ns");
	for (unsigned int round = 0; round < rounds; round++)
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			double empty, ns[N_WHO];

			make(&p, FORWARDED, &kinds[k].s);
			empty = time_one(&p, wrapper->progs.sl_bench_empty, repeat);
			for (unsigned int i = 0; i < N_WHO; i++) {
				/* Nobody is always the first. */
				enum who who = (i + round) % N_WHO;

				enter(who);
				ns[who] = time_one(&p, wrapper->progs.sl_bench, repeat);
			}
			printf("%s,%u,empty,%.2f\n", kinds[k].name, round, empty);
			for (int who = 0; who < N_WHO; who++)
				printf("%s,%u,%s,%.2f\n", kinds[k].name, round, who_names[who],
				       ns[who] - empty);
		}
	return 0;
}

int main(int argc, char **argv)
{
	bool timing = argc == 5 && !strcmp(argv[2], "time");
	int rounds = timing ? atoi(argv[3]) : 0, repeat = timing ? atoi(argv[4]) : 0;

	if (timing ? rounds < 1 || rounds > MAX_ROUNDS || repeat < 1
		   : argc != 3 || strcmp(argv[2], "check")) {
		fprintf(stderr, "usage: routercost GRAPH check | routercost GRAPH time ROUNDS "
				"REPEAT\n");
		return 2;
	}
	wrapper = replay__open_and_load();
	if (!wrapper)
		die("the wrapper program");
	load_generated(argv[1]);
	load_hand();
	return timing ? times((unsigned int)rounds, (unsigned int)repeat) : check();
}
