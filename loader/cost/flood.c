// SPDX-License-Identifier: GPL-2.0-only
/* Making a small node for a moment, and sending frames through it. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "bpf/net.h"
#include "calibrate.skel.h"
#include "loader/cost/cost.h"
#include "loader/cost/flood.h"
#include "loader/cost/flood_thread.h"
#include "loader/mem.h"
#include "loader/runtime/platform.h"
#include "loader/runtime/rtnl.h"
#include "loader/runtime/template.h"

#define INNER 64 /* bytes of the packet in the tunnel */
#define FRAME_MAX 128
#define BATCH 64 /* frames to a poll */
#define KEY 7
/* In front of the tenant's frames: outer headers less the synthetic Ethernet header. */
#define HEAD (14 + 20 + 8 - 14)
#define BOUND_NS 5000 /* whatever took longer was interrupted */
#define FAR_FROM (1ll << 50)
/* For a thread that others leave little time. */
#define LOOK_NS 2000000
#define LOOKS 200

enum { G0, P0, P1, S0, G1, S1, DEVS };
static const char *const names[DEVS] = {"g0", "p0", "p1", "s0", "g1", "s1"};

struct flood {
	int home; /* network namespace to go back to */
	cpu_set_t cpus;
	bool bound;
	struct calibrate *gen;
	struct bpf_object *port;
	int chains[3]; /* send, drop, pass */
	int links[3];
	int dev[DEVS];
	uint8_t frame[FRAME_MAX];
	uint32_t len;
	int helper; /* statistics of the kernel's thread that goes on where much is to be done */
	struct flood_thread thread;
};

static int map_of(const struct flood *f, const char *name)
{
	return bpf_object__find_map_fd_by_name(f->port, name);
}

static int set(const struct flood *f, const char *map, const void *key, const void *value)
{
	return bpf_map_update_elem(map_of(f, map), key, value, BPF_ANY) ? -errno : 0;
}

/* ---- Devices ---------------------------------------------------------------------------------*/

static int make_devices(struct flood *f, struct sl_dev *port)
{
	struct sl_rtnl r = {0};
	int ret = sl_rtnl_open(&r);

	for (int i = 0; i < DEVS && !ret; i += 2)
		ret = sl_rtnl_add_veth(&r, names[i], names[i + 1], 1);
	for (int i = 0; i < DEVS && !ret; i++) {
		ret = sl_rtnl_get_dev(&r, names[i], 0, port);
		f->dev[i] = (int)port->ifindex;
		/* Packets of their own would be counted as ours. */
		if (!ret)
			sl_rtnl_set_addrgen_none(&r, port->ifindex);
		ret = ret ? ret : sl_rtnl_set_up(&r, port->ifindex, true);
	}
	ret = ret ? ret : sl_rtnl_get_dev(&r, names[P0], 0, port);
	sl_rtnl_close(&r);
	return ret;
}

static int attach(struct flood *f, int i, int prog, int dev)
{
	LIBBPF_OPTS(bpf_link_create_opts, o, .flags = XDP_FLAGS_DRV_MODE);

	f->links[i] = prog < 0 ? -1 : bpf_link_create(prog, f->dev[dev], BPF_XDP, &o);
	return f->links[i] < 0 ? -errno : 0;
}

/* ---- The tenant ------------------------------------------------------------------------------*/

/* A chain of one instruction. */
static int chain(uint32_t answer)
{
	struct bpf_insn insns[] = {
		{.code = BPF_ALU | BPF_MOV | BPF_K, .imm = (int)answer},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_XDP);

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "chain", "GPL", insns, 2, &o);
}

static int make_chains(struct flood *f)
{
	const uint32_t answers[] = {SL_ANSWER(SL_V_OUT, 0, HEAD), SL_ANSWER(SL_V_DROP, 1, HEAD),
				    SL_ANSWER(SL_V_HOST, 0, HEAD)};

	for (int i = 0; i < 3; i++) {
		f->chains[i] = chain(answers[i]);
		if (f->chains[i] < 0)
			return -errno;
	}
	return 0;
}

/* What comes in: the headers that the far end would send, around an UDP packet. */
static int make_frame(struct flood *f, const struct sl_node_link *l, const struct sl_path *path)
{
	struct sl_node_link far = *l;
	struct sl_template t = {0};
	struct sl_ip4 ip;
	uint8_t inner[1514];
	size_t n = cost_frame(COST_UDP, SL_ETH_HLEN + INNER, inner) - SL_ETH_HLEN;
	int ret;

	far.local = l->remote;
	far.remote = l->local;
	ret = sl_template_build(&far, path, &t);
	if (ret || t.len + n > FRAME_MAX)
		return ret ? ret : -E2BIG;
	memcpy(f->frame, t.bytes, t.len);
	memcpy(f->frame + t.len, inner + SL_ETH_HLEN, n);
	f->len = (uint32_t)(t.len + n);
	memcpy(&ip, f->frame + t.l3_off, sizeof(ip));
	ip.len = sl_htons((uint16_t)(f->len - t.l3_off));
	ip.check = (__sum16)~sl_fold(t.ip4_sum + ip.len);
	memcpy(f->frame + t.l3_off, &ip, sizeof(ip));
	return 0;
}

static int make_link(struct flood *f, const struct sl_dev *port)
{
	struct sl_node_link l = {.kind = SL_LINK_GRE4,
				 .payload = SL_PAYLOAD_IP,
				 .gre = SL_GRE_KEY,
				 .key = KEY,
				 .ttl = 64};
	struct sl_path path = {.ifindex = (uint32_t)f->dev[P1], .mtu = 1500};
	struct sl_link_rec rec = {
		.kind = SL_LINK_GRE4, .payload = SL_PAYLOAD_IP, .gre = SL_GRE_KEY};
	uint32_t zero = 0, one = 1;
	int ret = sl_addr_parse("192.0.2.1", &l.local);

	ret = ret ? ret : sl_addr_parse("192.0.2.2", &l.remote);
	memcpy(path.dst_mac, port->mac, 6);
	path.src_mac[0] = 2;
	ret = ret ? ret : sl_template_build(&l, &path, &rec.out[0]);
	ret = ret ? ret : make_frame(f, &l, &path);
	rec.in4 = (struct sl_link4_key){.saddr = l.remote.v4.s_addr,
					.daddr = l.local.v4.s_addr,
					.key = sl_htonl(KEY),
					.has_key = 1};
	rec.in_len = rec.out[0].len;
	memcpy(rec.mac, port->mac, 6); /* the host takes what is passed for its own */
	rec.peer[0] = 2;
	ret = ret ? ret : set(f, "link4", &rec.in4, &zero);
	ret = ret ? ret : set(f, "links", &zero, &rec);
	ret = ret ? ret : set(f, "tenant_dev", &zero, &one);
	return ret ? ret : set(f, "ports", &zero, &f->dev[P1]);
}

/* All limits are set, and far off. No constants: what is charged is what was measured. */
static int make_tenant(struct flood *f)
{
	struct sl_node_conf conf = {0};
	struct sl_account a = {0};
	uint32_t zero = 0;
	int ret;

	for (int i = 0; i < SL_RES_N; i++)
		a.tokens[i] = (struct sl_tokens){FAR_FROM, 1 << 20, FAR_FROM};
	ret = set(f, "accounts", &zero, &a);
	ret = ret ? ret : set(f, "node_conf", &zero, &conf);
	return ret ? ret : make_chains(f);
}

static int load(struct flood *f)
{
	size_t len;
	const void *object = sl_platform_object(&len);
	LIBBPF_OPTS(bpf_object_open_opts, o, .object_name = "port");

	f->gen = calibrate__open_and_load();
	if (!f->gen)
		return -errno;
	f->port = bpf_object__open_mem(object, len, &o);
	if (!f->port)
		return -errno;
	return bpf_object__load(f->port);
}

static int port_prog(const struct flood *f)
{
	struct bpf_program *p = bpf_object__find_program_by_name(f->port, "sl_port");

	return p ? bpf_program__fd(p) : -1;
}

/* ---- Where we are ----------------------------------------------------------------------------*/

static int stay(struct flood *f)
{
	cpu_set_t one;
	int cpu = sched_getcpu();

	if (cpu < 0 || sched_getaffinity(0, sizeof(f->cpus), &f->cpus))
		return -errno;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return -errno;
	f->bound = true;
	return cpu;
}

/* ksoftirqd of our CPU, which goes on where much is to be done. Where it cannot be seen it does
 * nothing for us that we would know of. */
static int find_helper(int cpu)
{
	char name[32];

	snprintf(name, sizeof(name), "ksoftirqd/%d", cpu);
	return flood_kthread_open(name);
}

static uint64_t cpu_ns(const struct flood *f)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec +
	       flood_kthread_ns(f->helper);
}

void flood_end(struct flood *f)
{
	if (!f)
		return;
	for (int i = 0; i < 3; i++) {
		sl_closep(&f->links[i]);
		sl_closep(&f->chains[i]);
	}
	flood_thread_end(&f->thread);
	bpf_object__close(f->port);
	calibrate__destroy(f->gen);
	if (f->home >= 0 && setns(f->home, CLONE_NEWNET))
		abort(); /* the caller would go on in an empty network */
	sl_closep(&f->home);
	sl_closep(&f->helper);
	if (f->bound)
		sched_setaffinity(0, sizeof(f->cpus), &f->cpus);
	free(f);
}

int flood_begin(struct flood **out)
{
	struct flood *f = calloc(1, sizeof(*f));
	struct sl_dev port;
	int ret, cpu;

	if (!f)
		return -ENOMEM;
	memset(f->links, -1, sizeof(f->links));
	memset(f->chains, -1, sizeof(f->chains));
	f->helper = -1;
	flood_thread_init(&f->thread);
	f->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	cpu = f->home < 0 ? -errno : stay(f);
	ret = cpu < 0 ? cpu : 0;
	if (!ret)
		f->helper = find_helper(cpu);
	if (!ret && unshare(CLONE_NEWNET)) {
		ret = -errno;
		sl_closep(&f->home);
	}
	ret = ret ? ret : load(f);
	ret = ret ? ret : make_devices(f, &port);
	ret = ret ? ret : make_link(f, &port);
	ret = ret ? ret : make_tenant(f);
	ret = ret ? ret : flood_thread_begin(&f->thread, f->port, cpu, &f->cpus);
	ret = ret ? ret : attach(f, 0, port_prog(f), P0);
	ret = ret ? ret : attach(f, 1, bpf_program__fd(f->gen->progs.sink), S0);
	ret = ret ? ret : attach(f, 2, bpf_program__fd(f->gen->progs.sink), S1);
	if (ret) {
		flood_end(f);
		return ret;
	}
	memcpy(f->gen->bss->frame, f->frame, sizeof(f->frame));
	*out = f;
	return 0;
}

/* ---- Floods ----------------------------------------------------------------------------------*/

static bool in_thread(enum flood_kind kind)
{
	return kind == FLOOD_HAND || kind == FLOOD_THREAD_SEND || kind == FLOOD_THREAD_DROP;
}

static int prepare(const struct flood *f, enum flood_kind kind, uint32_t sample)
{
	uint32_t zero = 0, entry = sl_chain_index(0, 0);
	uint32_t generation = in_thread(kind) ? SL_GEN_THREAD : 0;
	struct sl_tenant_rec rec = {.head = HEAD,
				    .active = 1,
				    .host = 1,
				    .generation = generation,
				    .sample = sample,
				    .bound_ns = BOUND_NS,
				    .weight = 100,
				    .cpu = f->thread.cpu,
				    .via = f->thread.cpu,
				    .quarantined = kind == FLOOD_REFUSED};
	const int *chain = &f->chains[kind == FLOOD_DROP ? 1 : kind == FLOOD_PASS ? 2 : 0];
	int ret;

	/* What is only handed over is stale when it is taken up: nothing is measured of it there.
	 */
	rec.resume_gen[0] = kind == FLOOD_HAND ? ~generation : generation;
	ret = set(f, "tenant_rec", &zero, &rec);
	if (in_thread(kind))
		chain = &f->thread.chains[kind == FLOOD_THREAD_DROP];
	return ret ? ret : set(f, in_thread(kind) ? "on_thread" : "tenants", &entry, chain);
}

static int stats(const struct flood *f, struct sl_tenant_stats *sum)
{
	int cpus = libbpf_num_possible_cpus();
	_free_ struct sl_tenant_stats *v = calloc(cpus > 0 ? (size_t)cpus : 1, sizeof(*v));
	uint32_t zero = 0;

	memset(sum, 0, sizeof(*sum));
	if (!v || bpf_map_lookup_elem(map_of(f, "tenant_stats"), &zero, v))
		return v ? -errno : -ENOMEM;
	for (int i = 0; i < cpus; i++) {
		sum->packets += v[i].packets;
		sum->cpu_ns += v[i].cpu_ns;
		sum->refused += v[i].refused;
		sum->host += v[i].host;
		sum->drops[1] += v[i].drops[1];
		sum->taken[0] += v[i].taken[0];
	}
	return 0;
}

static uint64_t arrived(enum flood_kind kind, uint64_t seen, const struct sl_tenant_stats *was,
			const struct sl_tenant_stats *now)
{
	switch (kind) {
	case FLOOD_DIRECT:
	case FLOOD_SEND:
	case FLOOD_THREAD_SEND:
		return seen;
	case FLOOD_HAND:
		return now->taken[0] - was->taken[0];
	case FLOOD_THREAD_DROP:
	case FLOOD_DROP:
		return now->drops[1] - was->drops[1];
	case FLOOD_PASS:
		return now->host - was->host;
	case FLOOD_REFUSED:
		return now->refused - was->refused;
	}
	return 0;
}

/* Until the thread has taken up all that it was handed. */
static void wait_taken(const struct flood *f, uint64_t all)
{
	const struct timespec look = {.tv_nsec = LOOK_NS};
	struct sl_tenant_stats now;

	for (int i = 0; i < LOOKS && !stats(f, &now) && now.taken[0] < all; i++)
		nanosleep(&look, NULL);
}

int flood_run(struct flood *f, enum flood_kind kind, uint32_t sample, uint32_t packets,
	      struct flood_result *r)
{
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = f->frame, .data_size_in = f->len,
		    .repeat = (int)packets, .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
		    .batch_size = BATCH);
	struct sl_tenant_stats was, now;
	uint64_t begin, took, thread;
	int ret = prepare(f, kind, sample);

	ret = ret ? ret : stats(f, &was);
	if (ret)
		return ret;
	f->gen->bss->out = (uint32_t)f->dev[kind == FLOOD_DIRECT ? G1 : G0];
	f->gen->bss->seen = f->gen->bss->near = f->gen->bss->near_ns = 0;
	thread = in_thread(kind) ? flood_thread_idle(&f->thread) : 0;
	begin = cpu_ns(f);
	if (bpf_prog_test_run_opts(bpf_program__fd(f->gen->progs.gen), &o))
		return -errno;
	took = cpu_ns(f) - begin;
	if (in_thread(kind)) {
		wait_taken(f, was.taken[0] + packets);
		thread = flood_thread_idle(&f->thread) - thread;
	}
	ret = stats(f, &now);
	if (ret)
		return ret;
	if (arrived(kind, f->gen->bss->seen, &was, &now) < packets)
		return -EIO;
	r->ns = (double)took / packets;
	r->thread_ns = (double)thread / packets;
	r->inside = (double)(now.cpu_ns - was.cpu_ns) / packets;
	r->near_ns =
		f->gen->bss->near ? (double)f->gen->bss->near_ns / (double)f->gen->bss->near : 0;
	return 0;
}

int flood_clock(struct flood *f, uint32_t times, double *ns)
{
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = f->frame, .data_size_in = f->len,
		    .repeat = (int)times);

	f->gen->bss->clocks = f->gen->bss->clocks_ns = 0;
	if (bpf_prog_test_run_opts(bpf_program__fd(f->gen->progs.clock), &o))
		return -errno;
	if (!f->gen->bss->clocks)
		return -EIO;
	*ns = (double)f->gen->bss->clocks_ns / (double)f->gen->bss->clocks;
	return 0;
}
