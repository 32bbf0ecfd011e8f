// SPDX-License-Identifier: GPL-2.0-only
/*
 * What route tables cost: see selftests/bench/README.md.
 *
 *   routescost load ROUNDS         loading, and what tables of several sizes take in memory: CSV
 *   routescost time ROUNDS RUNS    random lookups, against BPF's trie and DIR-24-8: CSV
 *   routescost update TIMES        one change, by length of the prefix: CSV
 *   routescost change SECONDS      changes under lookups on another CPU: CSV; status 1 if one is
 * wrong
 *
 * Prefixes are random, their lengths distributed as in the Internet's table. Needs root.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bpf/lpm.h"
#include "loader/lpm/lpm.h"
#include "loader/runtime/lpm_maps.h"

#define MILLION 1000000
#define HOPS 1000
#define TRACKED 2048

static struct bpf_object *object;
static struct sl_lpm_maps maps;
static struct sl_lpm_backend backend;

static void die(const char *what, int err)
{
	fprintf(stderr, "routescost: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(2);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static uint64_t thread_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static uint32_t rnd(uint32_t n)
{
	static uint64_t x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)((x >> 20) % n);
}

/* ---- Routes ----------------------------------------------------------------------------------*/

/* Of a thousand prefixes, as BGP tables of the 2020s have them. */
static uint8_t random_len(void)
{
	static const struct {
		uint8_t len;
		uint16_t of;
	} share[] = {{24, 601}, {23, 99}, {22, 112}, {21, 48}, {20, 45}, {19, 26},
		     {18, 14},	{17, 9},  {16, 14},  {15, 3},  {14, 3},	 {13, 2},
		     {12, 2},	{11, 2},  {10, 2},   {9, 2},   {8, 2}};
	uint32_t r = rnd(1000), sum = 0;

	/* What internal routes add. */
	if (!rnd(200))
		return (uint8_t)(25 + rnd(8));
	for (size_t i = 0; i < sizeof(share) / sizeof(share[0]); i++) {
		sum += share[i].of;
		if (r < sum)
			return share[i].len;
	}
	return 24;
}

static void set_addr(struct sl_lpm_route *r, uint32_t addr, uint8_t len)
{
	addr = htonl(len ? addr & UINT32_MAX << (32 - len) : 0);
	memset(r->addr, 0, sizeof(r->addr));
	memcpy(r->addr, &addr, 4);
	r->len = len;
}

static void set_hop(struct sl_lpm_route *r, uint32_t hop)
{
	uint32_t gw = htonl(0x0a000001 + hop);

	memcpy(r->gw, &gw, 4);
	r->port = hop % 16;
}

/* `n` different prefixes. */
static struct sl_lpm_op *random_ops(size_t n)
{
	struct sl_lpm_op *ops = calloc(n, sizeof(*ops));

	if (!ops)
		die("memory", ENOMEM);
	for (size_t i = 0; i < n; i++) {
		ops[i].what = SL_LPM_SET;
		set_addr(&ops[i].route, rnd(65536) << 16 | rnd(65536), random_len());
		set_hop(&ops[i].route, rnd(HOPS));
	}
	return ops;
}

static int map_fd(const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(object, name);

	if (fd < 0)
		die(name, fd);
	return fd;
}

static void *section(const char *name, size_t size)
{
	struct bpf_map *m;
	void *p;

	bpf_object__for_each_map(m, object) if (strstr(bpf_map__name(m), name))
	{
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(m), 0);
		if (p == MAP_FAILED)
			die(name, errno);
		return p;
	}
	die(name, ENOENT);
	return NULL;
}

static void load_object(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);
	char *slash;
	int ret;

	path[n > 0 ? n : 0] = 0;
	slash = strrchr(path, '/');
	if (!slash)
		die("self", errno);
	strcpy(slash, "/../bench/routes.bpf.o");
	object = bpf_object__open_file(path, NULL);
	ret = object ? bpf_object__load(object) : -errno;
	if (ret)
		die(path, ret);
	maps = (struct sl_lpm_maps){map_fd("table"), map_fd("wide"), NULL};
	backend = sl_lpm_maps_backend;
	backend.arg = &maps;
}

static struct sl_lpm *open_table(void)
{
	struct sl_lpm *t;
	int ret = sl_lpm_open(SL_LPM_IP4, &backend, &t);

	if (ret)
		die("table", ret);
	return t;
}

static void apply(struct sl_lpm *t, const struct sl_lpm_op *ops, size_t n)
{
	struct sl_lpm_route have;
	size_t failed;
	int ret = sl_lpm_apply(t, ops, n, &failed, &have);

	if (ret)
		die("change", ret);
}

/* ---- Loading and memory ----------------------------------------------------------------------*/

static void empty(struct sl_lpm *t)
{
	struct sl_lpm_op flush = {.what = SL_LPM_FLUSH};

	apply(t, &flush, 1);
}

static void load(unsigned int rounds)
{
	static const size_t sizes[] = {10, 1000, 10000, 100000, MILLION};
	struct sl_lpm_op *ops = random_ops(MILLION);

	printf("routes,round,what,value\n");
	for (unsigned int round = 0; round < rounds; round++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct sl_lpm *t = open_table();
			struct sl_lpm_stats st;
			uint64_t from = now(), cpu = thread_time(), used;

			apply(t, ops, sizes[i]);
			used = thread_time() - cpu;
			printf("%zu,%u,load,%lu\n", sizes[i], round, (unsigned long)(now() - from));
			printf("%zu,%u,load cpu,%lu\n", sizes[i], round, (unsigned long)used);
			sl_lpm_stats(t, &st);
			printf("%zu,%u,image,%zu\n", sizes[i], round, st.image_bytes);
			printf("%zu,%u,records,%zu\n", sizes[i], round, st.record_bytes);
			printf("%zu,%u,daemon,%zu\n", sizes[i], round, st.own_bytes);
			printf("%zu,%u,sum,%zu\n", sizes[i], round,
			       st.image_bytes + st.record_bytes + st.own_bytes);
			empty(t);
			sl_lpm_free(t);
		}
	free(ops);
}

/* ---- Lookups ---------------------------------------------------------------------------------*/

static int by_len(const void *a, const void *b)
{
	return (int)((const struct sl_lpm_op *)a)->route.len -
	       (int)((const struct sl_lpm_op *)b)->route.len;
}

/* The same routes for the others: shorter prefixes first, as DIR-24-8 is painted. */
static void load_others(struct sl_lpm_op *ops, size_t n)
{
	uint16_t *root = section("dir_root", 2u << 24), *chunks = section("dir_chunk", 8u << 20);
	struct sl_hop4 *hops = section("dir_hops", 2048 * sizeof(*hops));
	int trie = map_fd("trie");
	uint32_t used = 0;

	qsort(ops, n, sizeof(*ops), by_len);
	for (size_t i = 0; i < n; i++) {
		const struct sl_lpm_route *r = &ops[i].route;
		uint32_t addr, gw, key[2] = {r->len};
		uint16_t hop, *at;
		struct sl_hop4 h;

		memcpy(&addr, r->addr, 4);
		memcpy(&gw, r->gw, 4);
		h = (struct sl_hop4){gw, r->port};
		key[1] = addr;
		if (bpf_map_update_elem(trie, key, &h, BPF_ANY))
			die("trie", errno);
		hop = (uint16_t)(ntohl(gw) - 0x0a000001 + 1);
		hops[hop] = h;
		addr = ntohl(addr);
		if (r->len <= 24) {
			for (uint32_t k = 0; k < 1u << (24 - r->len); k++)
				root[(addr >> 8) + k] = hop;
			continue;
		}
		at = &root[addr >> 8];
		if (!(*at & 0x8000)) {
			for (unsigned int k = 0; k < 256; k++)
				chunks[used * 256 + k] = *at;
			*at = (uint16_t)(0x8000 | used++);
			if (used == 16384)
				die("DIR-24-8", ENOSPC);
		}
		for (uint32_t k = 0; k < 1u << (32 - r->len); k++)
			chunks[(*at & 0x7fff) * 256 + (addr & 255) + k] = hop;
	}
}

/* The sum of what the same addresses are answered, so that all do the same. */
static uint64_t run(const char *name, unsigned int repeat, double *ns)
{
	struct bpf_program *p = bpf_object__find_program_by_name(object, name);
	uint64_t *words = section(".bss", 8);
	uint64_t *data = section(".data", 8);
	uint8_t packet[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = (int)repeat);
	uint64_t from;

	*data = 88172645463325252ull;
	*words = 0;
	from = thread_time();
	if (!p || bpf_prog_test_run_opts(bpf_program__fd(p), &o))
		die(name, errno);
	*ns = (double)(thread_time() - from) / repeat / 128;
	from = *words;
	munmap(words, 8);
	munmap(data, 8);
	return from;
}

static void time_one(size_t n, unsigned int rounds, unsigned int runs)
{
	static const char *const who[] = {"nothing", "sluice", "dir", "dir", "lpm_trie"};
	static const char *const names[] = {"nothing", "sluice", "DIR-24-8", "DIR-24-8 again",
					    "BPF trie"};
	double ns[5];
	uint64_t sums[5];

	for (unsigned int chained = 0; chained < 2; chained++)
		for (unsigned int round = 0; round < rounds; round++)
			for (unsigned int k = 0; k < 5; k++) {
				unsigned int i = (k + round) % 5;
				char name[32];

				snprintf(name, sizeof(name), "%s%s", who[i],
					 chained ? "_chained" : "");
				sums[i] = run(name, i == 4 ? runs / 8 : runs, &ns[i]);
				if (k < 4)
					continue;
				for (i = 1; i < 5; i++)
					printf("%zu routes %s,%u,%s,%.2f\n", n,
					       chained ? "one by one" : "overlapping", round,
					       names[i], ns[i] - ns[0] > 0.1 ? ns[i] - ns[0] : 0.1);
				if (sums[1] != sums[2])
					die("different answers", EINVAL);
			}
}

static void time_all(unsigned int rounds, unsigned int runs)
{
	static const size_t sizes[] = {10000, MILLION};
	struct sl_lpm *t = open_table();

	printf("table,round,contestant,ns\n");
	for (size_t i = 0; i < 2; i++) {
		struct sl_lpm_op *ops = random_ops(sizes[i]);

		empty(t);
		apply(t, ops, sizes[i]);
		if (!i)
			load_others(ops, sizes[i]);
		/* The smaller table's routes are in the larger one, too. */
		else
			load_others(ops, sizes[i]);
		free(ops);
		time_one(sizes[i], rounds, runs);
		if (i == 0) {
			bpf_object__close(object);
			sl_lpm_free(t);
			load_object();
			t = open_table();
		}
	}
	sl_lpm_free(t);
}

/* ---- Updates ---------------------------------------------------------------------------------*/

static void update_one(struct sl_lpm *t, size_t n, unsigned int times)
{
	static const uint8_t lens[] = {0, 8, 12, 16, 20, 24, 28, 32};

	for (size_t i = 0; i < sizeof(lens); i++)
		for (unsigned int k = 0; k < (lens[i] ? times : times / 10 + 1); k++) {
			struct sl_lpm_op op = {.what = SL_LPM_SET};
			uint64_t from;
			struct sl_lpm_route have;

			do
				set_addr(&op.route, rnd(65536) << 16 | rnd(65536), lens[i]);
			while (lens[i] && !sl_lpm_lookup(t, op.route.addr, &have) &&
			       have.len == lens[i] && !memcmp(have.addr, op.route.addr, 4));
			set_hop(&op.route, rnd(HOPS));
			from = now();
			apply(t, &op, 1);
			printf("%zu,%u,/%u add,%lu\n", n, k, lens[i],
			       (unsigned long)(now() - from));
			op.what = SL_LPM_REMOVE;
			from = now();
			apply(t, &op, 1);
			printf("%zu,%u,/%u remove,%lu\n", n, k, lens[i],
			       (unsigned long)(now() - from));
		}
}

static void update(unsigned int times)
{
	static const size_t sizes[] = {10000, MILLION};
	struct sl_lpm *t = open_table();

	printf("routes,round,what,ns\n");
	for (size_t i = 0; i < 2; i++) {
		struct sl_lpm_op *ops = random_ops(sizes[i]);

		empty(t);
		apply(t, ops, sizes[i]);
		free(ops);
		update_one(t, sizes[i], times);
	}
	sl_lpm_free(t);
}

/* ---- Changes under lookups -------------------------------------------------------------------*/

struct tracked {
	uint32_t addr, seq;
	uint64_t now, next;
};
struct seen {
	uint64_t lookups, wrong, changed, unclear;
};

#define PREFIXES 64
static struct tracked *tracked;
static volatile bool stop;

static void pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *traffic(void *arg)
{
	struct bpf_program *p = bpf_object__find_program_by_name(object, "checked");
	uint8_t packet[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = 20000);

	(void)arg;
	pin_to(1);
	while (!stop)
		if (bpf_prog_test_run_opts(bpf_program__fd(p), &o))
			die("checked", errno);
	return NULL;
}

static uint64_t answer(struct sl_lpm *t, uint32_t addr)
{
	struct sl_lpm_route r = {0};
	uint8_t a[16] = {0};
	uint32_t gw;

	addr = htonl(addr);
	memcpy(a, &addr, 4);
	if (sl_lpm_lookup(t, a, &r))
		return UINT64_MAX;
	memcpy(&gw, r.gw, 4);
	return (uint64_t)gw << 32 | r.port;
}

static bool holds(const struct sl_lpm_route *r, uint32_t addr)
{
	uint32_t a;

	memcpy(&a, r->addr, 4);
	return !r->len || !((ntohl(a) ^ addr) >> (32 - r->len));
}

/* Whether the route is the one its addresses take: then they have its answer, without it `other`.
 */
static void change_some(struct sl_lpm *t, struct sl_lpm_op *ops, const bool *there, size_t n)
{
	static uint64_t after[TRACKED];
	static bool in[TRACKED];

	/* What the table will say is asked of a table that says it: changed there first. */
	for (size_t k = 0; k < TRACKED / 2; k++) {
		in[k] = false;
		for (size_t i = 0; i < n; i++) {
			const struct sl_lpm_route *r = &ops[i].route;
			struct sl_lpm_route have = {0};
			uint8_t a[16] = {0};
			uint32_t addr = htonl(tracked[k].addr), gw;

			if (!holds(r, tracked[k].addr))
				continue;
			memcpy(a, &addr, 4);
			/* A longer route of the rest of the table decides. */
			if (!sl_lpm_lookup(t, a, &have) && have.len > r->len)
				continue;
			in[k] = true;
			memcpy(&gw, r->gw, 4);
			after[k] = there[i] ? UINT64_MAX : (uint64_t)gw << 32 | r->port;
		}
		if (!in[k])
			continue;
		__atomic_store_n(&tracked[k].next, after[k], __ATOMIC_SEQ_CST);
		__atomic_store_n(&tracked[k].seq, tracked[k].seq + 1, __ATOMIC_SEQ_CST);
	}
	apply(t, ops, n);
	for (size_t k = 0; k < TRACKED / 2; k++) {
		if (!in[k])
			continue;
		if (answer(t, tracked[k].addr) != after[k])
			die("the list of routes and the expected answer", EINVAL);
		__atomic_store_n(&tracked[k].now, after[k], __ATOMIC_SEQ_CST);
		__atomic_store_n(&tracked[k].seq, tracked[k].seq + 1, __ATOMIC_SEQ_CST);
	}
}

static int change_table(size_t n, unsigned int seconds)
{
	struct sl_lpm_op *ops = random_ops(n), some[PREFIXES];
	struct sl_lpm *t = open_table();
	struct seen *seen = section("seen", sizeof(*seen));
	bool there[PREFIXES] = {0}, gone[PREFIXES];
	uint64_t until, changes = 0, many = 0;
	pthread_t thread;

	/* Where routes change there are no others: 240.0.0.0/4 is kept for them. */
	for (size_t i = 0; i < n; i++)
		if (ops[i].route.addr[0] >= 240 || ops[i].route.len < 4)
			set_addr(&ops[i].route, rnd(240) << 24 | rnd(65536) << 8, 24);
	empty(t);
	apply(t, ops, n);
	tracked = section("tracked", TRACKED * sizeof(*tracked));
	memset(seen, 0, sizeof(*seen));
	for (size_t i = 0; i < PREFIXES; i++) {
		uint8_t len = (uint8_t)(i % 8 ? 10 + rnd(23) : 10);

		/* Four in each of sixteen /8: none in another. */
		some[i] = (struct sl_lpm_op){.what = SL_LPM_ADD};
		set_addr(&some[i].route,
			 (240 + (uint32_t)i % 16) << 24 | (uint32_t)(i / 16) << 22 |
				 (rnd(1 << 22) & (len > 10 ? UINT32_MAX : 0)),
			 len);
	}
	for (size_t k = 0; k < TRACKED; k++) {
		const struct sl_lpm_route *r = &some[k % PREFIXES].route;
		uint32_t addr;

		memcpy(&addr, r->addr, 4);
		addr = ntohl(addr) | (rnd(65536) << 16 | rnd(65536)) >> r->len % 32;
		if (r->len == 32)
			memcpy(&addr, r->addr, 4), addr = ntohl(addr);
		if (k >= TRACKED / 2)
			addr = rnd(240) << 24 | rnd(1 << 24);
		tracked[k] = (struct tracked){.addr = addr};
		tracked[k].now = tracked[k].next = answer(t, addr);
	}
	stop = false;
	if (pthread_create(&thread, NULL, traffic, NULL))
		die("thread", errno);
	pin_to(0);
	for (until = now() + seconds * 1000000000ull; now() < until;) {
		/* Mostly one; now and then eight at one instant. */
		size_t first = rnd(PREFIXES), m = rnd(400) ? 1 : 8;
		struct sl_lpm_op now_ops[8];

		for (size_t i = 0; i < m; i++) {
			size_t at = (first + i) % PREFIXES;

			set_hop(&some[at].route, there[at] ? 0 : rnd(HOPS));
			now_ops[i] = some[at];
			now_ops[i].what = there[at] ? SL_LPM_REMOVE : SL_LPM_ADD;
			now_ops[i].any = true;
			gone[i] = there[at];
			there[at] = !there[at];
		}
		change_some(t, now_ops, gone, m);
		changes++;
		many += m > 1;
	}
	stop = true;
	pthread_join(thread, NULL);
	printf("%zu,lookups,%lu\n%zu,of changing routes,%lu\n%zu,unclear,%lu\n%zu,changes,%lu\n"
	       "%zu,of eight at once,%lu\n%zu,wrong,%lu\n",
	       n, (unsigned long)seen->lookups, n, (unsigned long)seen->changed, n,
	       (unsigned long)seen->unclear, n, (unsigned long)changes, n, (unsigned long)many, n,
	       (unsigned long)seen->wrong);
	free(ops);
	empty(t);
	sl_lpm_free(t);
	return seen->wrong || !seen->changed;
}

static int change(unsigned int seconds)
{
	int ret;

	printf("routes,what,number\n");
	ret = change_table(10000, seconds / 2);
	return change_table(MILLION, seconds - seconds / 2) || ret;
}

int main(int argc, char **argv)
{
	unsigned int n = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 0;

	if (argc < 3 || !n) {
		fprintf(stderr, "usage: routescost load|time|update|change NUMBER [RUNS]\n");
		return 2;
	}
	load_object();
	if (!strcmp(argv[1], "load"))
		load(n);
	else if (!strcmp(argv[1], "time") && argc > 3)
		time_all(n, (unsigned int)strtoul(argv[3], NULL, 10));
	else if (!strcmp(argv[1], "update"))
		update(n);
	else if (!strcmp(argv[1], "change"))
		return change(n);
	else
		die(argv[1], EINVAL);
	return 0;
}
