/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Floods a veth with GRE frames from inside the kernel, on one CPU, and counts what comes out at
 * another, by one byte of the frame.
 *
 *   storm gen-ns=NS gen-dev=DEV sink-ns=NS sink-dev=DEV smac=MAC dmac=MAC src=IP dst=IP [key=N]
 *         inner-src=IP inner-dst=IP [ttl=64] [len=64] [mark-at=N] [cpu=0] [seconds=5 | count=N]
 *         [raw=1] [batch=16384] [keys=N,N-N,...] [train=1] [random=1] [seq=1]
 *
 * Frames: Ethernet, IPv4, GRE (key if given), inner IPv4 with UDP, `len` bytes of inner packet;
 * with raw=1 the inner packet right behind Ethernet. With `keys` (at most 1024, besides `key`),
 * frames have these keys in turn, `train` frames each, or drawn at random. The kernel makes `batch`
 * of them a call; each call ends with milliseconds in which nothing is sent, so a rate is measured
 * with large ones. With seq=1 frames are numbered behind their UDP header; the encapsulation must
 * be the same on both sides. SIGTERM and SIGUSR1 end the flood; what is under way is waited for.
 * The last line is JSON, the seconds being those in which frames were sent:
 * {"sent", "seen", "behind" (came after one with a higher number), "seconds", "cpu_seconds" (that
 * the flood took), "pps", "marks":
 * {"60": N}}. "ready" is printed when the flood begins. Bounded: at most 600 s.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "selftests/flood_time.h"
#include "selftests/flood_tool.h"

#define FRAME_MAX 256
#define MAX_KEYS 1024
#define MAX_TRAIN 65536
#define MAX_SECONDS 600
#define MAX_BATCH (1 << 30)

struct storm_config {
	uint32_t ifindex, len, mark_at, n_keys, train, random, seq_at, zero;
	uint8_t frame[FRAME_MAX];
};
struct storm_counts {
	uint32_t key, left;
	uint64_t random, sent, seen, bytes, by_mark[256];
};

/* ---- The frame -------------------------------------------------------------------------------*/

static void put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void mac(uint8_t *p, const char *text)
{
	unsigned int b[6];

	if (sscanf(text, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4, b + 5) != 6) {
		fprintf(stderr, "storm: %s is no Ethernet address\n", text);
		exit(2);
	}
	for (int i = 0; i < 6; i++)
		p[i] = (uint8_t)b[i];
}

static void ip4(uint8_t *p, unsigned int len, unsigned int ttl, unsigned int proto, const char *src,
		const char *dst)
{
	uint32_t sum = 0;

	memset(p, 0, 20);
	p[0] = 0x45;
	put16(p + 2, len);
	put16(p + 6, 0x4000);
	p[8] = (uint8_t)ttl;
	p[9] = (uint8_t)proto;
	if (inet_pton(AF_INET, src, p + 12) != 1 || inet_pton(AF_INET, dst, p + 16) != 1) {
		fprintf(stderr, "storm: %s, %s: no addresses\n", src, dst);
		exit(2);
	}
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(p + 10, ~sum & 0xffff);
}

static void bad_keys(void)
{
	fprintf(stderr, "storm: keys are at most %d numbers, or ranges of them\n", MAX_KEYS);
	exit(2);
}

/* Numbers and ranges ("1001-2024"), with commas between. */
static uint32_t make_keys(const char *list, uint32_t *keys)
{
	uint32_t n = 0;

	while (*list) {
		char *end;
		unsigned long from = strtoul(list, &end, 0), to = from;

		if (end == list)
			bad_keys();
		if (*end == '-') {
			list = end + 1;
			to = strtoul(list, &end, 0);
		}
		if (end == list || (*end && *end != ',') || to < from || to > UINT32_MAX ||
		    to - from >= MAX_KEYS - n)
			bad_keys();
		for (unsigned long key = from; key <= to; key++)
			keys[n++] = htonl((uint32_t)key);
		list = *end ? end + 1 : end;
	}
	return n;
}

/* Into the map; how many, how long they stay and in what order into the configuration. */
static void set_keys(int fd, struct storm_config *c)
{
	uint32_t keys[MAX_KEYS];

	bool gre = *arg("key", "") && !atoi(arg("raw", "0"));

	c->n_keys = gre ? make_keys(arg("keys", ""), keys) : 0;
	c->train = (uint32_t)strtoul(arg("train", "1"), NULL, 0);
	c->random = atoi(arg("random", "0")) != 0;
	if (c->train < 1 || c->train > MAX_TRAIN) {
		fprintf(stderr, "storm: train is 1 to %d\n", MAX_TRAIN);
		exit(2);
	}
	for (uint32_t i = 0; i < c->n_keys; i++)
		if (bpf_map_update_elem(fd, &i, &keys[i], BPF_ANY))
			die("keys");
}

static void make_frame(struct storm_config *c)
{
	unsigned int inner = (unsigned int)atoi(arg("len", "64"));
	const char *key = arg("key", "");
	bool raw = atoi(arg("raw", "0"));
	unsigned int gre = raw ? 0 : *key ? 8 : 4, outer = 14 + (raw ? 0 : 20 + gre);
	uint8_t *p = c->frame;

	if (inner < 28 || outer + inner > FRAME_MAX) {
		fprintf(stderr, "storm: len is 28 to %u\n", FRAME_MAX - outer);
		exit(2);
	}
	mac(p, arg("dmac", NULL));
	mac(p + 6, arg("smac", NULL));
	put16(p + 12, 0x0800);
	if (!raw) {
		uint32_t k = htonl((uint32_t)strtoul(key, NULL, 0));

		ip4(p + 14, 20 + gre + inner, 64, 47, arg("src", NULL), arg("dst", NULL));
		put16(p + 34, *key ? 0x2000 : 0);
		put16(p + 36, 0x0800);
		if (*key)
			memcpy(p + 38, &k, 4);
	}
	ip4(p + outer, inner, (unsigned int)atoi(arg("ttl", "64")), 17, arg("inner-src", NULL),
	    arg("inner-dst", NULL));
	put16(p + outer + 20, 1000);
	put16(p + outer + 22, 2000);
	put16(p + outer + 24, inner - 20);
	c->len = outer + inner;
	c->mark_at = (uint32_t)atoi(arg("mark-at", "0"));
	if (!c->mark_at)
		c->mark_at = outer +
			     8; /* the inner TTL, where encapsulation is the same on both sides */
	if (atoi(arg("seq", "0"))) {
		if (inner < 32) {
			fprintf(stderr, "storm: len is 32 at least, with seq\n");
			exit(2);
		}
		c->seq_at = outer + 28;
	}
}

/* ---- Running ---------------------------------------------------------------------------------*/

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void read_counts(int fd, struct storm_counts *sum)
{
	int cpus = libbpf_num_possible_cpus();
	struct storm_counts *v = calloc((size_t)cpus, sizeof(*v));
	uint32_t zero = 0;

	memset(sum, 0, sizeof(*sum));
	if (!v || bpf_map_lookup_elem(fd, &zero, v))
		die("counts");
	for (int cpu = 0; cpu < cpus; cpu++) {
		sum->sent += v[cpu].sent;
		sum->seen += v[cpu].seen;
		sum->bytes += v[cpu].bytes;
		for (int m = 0; m < 256; m++)
			sum->by_mark[m] += v[cpu].by_mark[m];
	}
	free(v);
}

static void pin_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(atoi(arg("cpu", "0")), &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		die("cpu");
}

static void flood(int prog, const struct storm_config *c, uint64_t count, double end, int counts_fd)
{
	uint64_t sent = 0, most = strtoull(arg("batch", "16384"), NULL, 0);
	double left = end - seconds();
	struct itimerval timer = {
		.it_value = {.tv_sec = (time_t)left,
			     .tv_usec = (suseconds_t)((left - (double)(time_t)left) * 1e6)}};
	struct storm_counts now;

	if (most < 1 || most > MAX_BATCH) {
		fprintf(stderr, "storm: batch is 1 to %d\n", MAX_BATCH);
		exit(2);
	}
	/* Cuts a long call short. */
	setitimer(ITIMER_REAL, &timer, NULL);
	while (!stop && seconds() < end && sent < count) {
		uint64_t batch = count - sent < most ? count - sent : most;
		LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = c->frame, .data_size_in = c->len,
			    .repeat = (int)batch, .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
			    .batch_size = 64);

		if (bpf_prog_test_run_opts(prog, &o) && errno != EINTR)
			die("live frames");
		read_counts(counts_fd, &now);
		sent = now.sent;
	}
}

/* Attaches by a bpf_link that ends with this process. */
static void attach(struct bpf_object *obj, const char *prog, const char *dev)
{
	int ifindex = (int)if_nametoindex(dev);

	if (!ifindex || bpf_link_create(prog_fd(obj, prog), ifindex, BPF_XDP, NULL) < 0)
		die(dev);
}

static void report(const struct storm_counts *n, uint32_t behind, double took, double cpu)
{
	const char *sep = "";

	printf("{\"sent\": %llu, \"seen\": %llu, \"behind\": %u, \"bytes\": %llu, \"seconds\": "
	       "%.3f, "
	       "\"cpu_seconds\": %.6f, \"pps\": "
	       "%.0f, "
	       "\"marks\": {",
	       (unsigned long long)n->sent, (unsigned long long)n->seen, behind,
	       (unsigned long long)n->bytes, took, cpu, (double)n->seen / took);
	for (int m = 0; m < 256; m++)
		if (n->by_mark[m]) {
			printf("%s\"%d\": %llu", sep, m, (unsigned long long)n->by_mark[m]);
			sep = ", ";
		}
	puts("}}");
}

int main(int argc, char **argv)
{
	struct storm_config c = {0};
	struct storm_counts n, last = {0};
	uint32_t order[2] = {0};
	struct bpf_object *obj;
	uint64_t count;
	uint32_t zero = 0;
	double t0, took, limit, cpu;

	n_args = argc;
	args = argv;
	signal(SIGTERM, on_signal);
	signal(SIGUSR1, on_signal);
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_signal}, NULL);
	obj = load("storm");
	enter(arg("sink-ns", NULL));
	attach(obj, "storm_sink", arg("sink-dev", NULL));
	enter(arg("gen-ns", NULL));
	make_frame(&c);
	set_keys(map_fd(obj, "keys"), &c);
	c.ifindex = if_nametoindex(arg("gen-dev", NULL));
	if (!c.ifindex || bpf_map_update_elem(map_fd(obj, "config"), &zero, &c, BPF_ANY))
		die("config");
	pin_cpu();
	count = strtoull(arg("count", "0"), NULL, 0);
	limit = atof(arg("seconds", count ? "600" : "5"));
	if (limit > MAX_SECONDS)
		limit = MAX_SECONDS;
	puts("ready");
	fflush(stdout);
	cpu = cpu_seconds(atoi(arg("cpu", "0")));
	t0 = seconds();
	flood(prog_fd(obj, "storm_gen"), &c, count ? count : UINT64_MAX, t0 + limit,
	      map_fd(obj, "counts"));
	took = seconds() - t0;
	/* The kernel's last call tidies up for some milliseconds, and sends nothing. */
	if (took > limit)
		took = limit;
	cpu = cpu_seconds(atoi(arg("cpu", "0"))) - cpu;
	/* What is still under way arrives within moments: wait until nothing more does. */
	for (int i = 0; i < 50; i++) {
		struct timespec ms = {0, 20000000};

		read_counts(map_fd(obj, "counts"), &n);
		if (i > 3 && n.seen == last.seen)
			break;
		last = n;
		nanosleep(&ms, NULL);
	}
	if (bpf_map_lookup_elem(map_fd(obj, "order"), &zero, order))
		die("order");
	report(&n, order[1], took, cpu);
	return 0;
}
