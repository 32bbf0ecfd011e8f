// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads of tenants of class `thread`. Each is a kernel thread behind an entry of a cpumap, which
 * is the tenant's own and stands in the map `queues`, at its chain slot. It is there for as long as
 * the tenant has that class; when it is taken away the kernel lets the thread end by itself, once
 * it has taken up what is still in its queue.
 */
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "loader/mem.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/platform_priv.h"

/* Packets a thread's queue has room for, and those a CPU collects in front of it. */
#define QUEUE 2048
#define BULK 8

/* ---- Queues ----------------------------------------------------------------------------------*/

/* The tenant's cpumap: a descriptor, or -errno, -ENOENT if there is none. */
static int queue_open(int queues, uint32_t slot, uint32_t *id)
{
	int fd;

	if (bpf_map_lookup_elem(queues, &slot, id) < 0)
		return -errno;
	fd = bpf_map_get_fd_by_id(*id);
	return fd < 0 ? -errno : fd;
}

/* The first entry from `cpu` on. */
static int queue_entry(int queue, uint32_t n_cpus, uint32_t *cpu, struct bpf_cpumap_val *v)
{
	for (; *cpu < n_cpus; ++*cpu)
		if (!bpf_map_lookup_elem(queue, cpu, v))
			return 0;
	return -ENOENT;
}

int sl_platform_thread_cpu(const struct sl_platform *p, uint32_t slot, uint32_t *cpu)
{
	struct bpf_cpumap_val v;
	uint32_t id, at = 0;
	_close_ int queue =
		p->tenants[slot].queue ? queue_open(p->maps[SL_MAP_QUEUES], slot, &id) : -ENOENT;
	int ret;

	if (queue < 0)
		return queue;
	ret = queue_entry(queue, (uint32_t)p->n_cpus, &at, &v);
	if (!ret)
		*cpu = at;
	return ret;
}

int sl_platform_thread_start(struct sl_platform *p, uint32_t slot, uint32_t cpu)
{
	struct bpf_cpumap_val v = {.qsize = QUEUE, .bpf_prog.fd = p->progs[SL_PROG_THREAD]};
	_close_ int queue = bpf_map_create(BPF_MAP_TYPE_CPUMAP, "sl_queue", sizeof(uint32_t),
					   sizeof(v), (uint32_t)p->n_cpus, NULL);

	if (queue < 0 || bpf_map_update_elem(queue, &cpu, &v, BPF_ANY) < 0)
		return -errno;
	__atomic_store_n(&p->tenants[slot].queue, 1, __ATOMIC_RELEASE);
	if (bpf_map_update_elem(p->maps[SL_MAP_QUEUES], &slot, &queue, BPF_ANY) < 0)
		return -errno;
	sl_fault("thread started");
	return 0;
}

int sl_platform_thread_stop(struct sl_platform *p, uint32_t slot)
{
	if (!p->tenants[slot].queue)
		return 0;
	if (bpf_map_delete_elem(p->maps[SL_MAP_QUEUES], &slot) < 0 && errno != ENOENT)
		return -errno;
	sl_fault("thread stopped");
	__atomic_store_n(&p->tenants[slot].queue, 0, __ATOMIC_RELEASE);
	return 0;
}

int sl_platform_threads_sweep(struct sl_platform *p)
{
	int first = 0;

	for (uint32_t slot = 0; slot < SL_MAX_TENANTS; slot++) {
		int ret = p->tenants[slot].generation & SL_GEN_THREAD
				  ? 0
				  : sl_platform_thread_stop(p, slot);

		first = first ? first : ret;
	}
	return first;
}

/* ---- Placing ---------------------------------------------------------------------------------*/

struct cpu_load {
	uint32_t cpu;
	uint64_t load; /* weights of the threads that are there */
};

/* The least loaded of `n` CPUs, at least one; of equal ones the last, as devices with a single
 * queue are mostly served by the first. */
static uint32_t least_loaded(const struct cpu_load *list, size_t n)
{
	const struct cpu_load *best = &list[0];

	for (size_t i = 1; i < n; i++)
		if (list[i].load <= best->load)
			best = &list[i];
	return best->cpu;
}

uint32_t sl_platform_thread_place(const struct sl_platform *p)
{
	_free_ struct cpu_load *list = calloc((size_t)p->n_cpus, sizeof(*list));
	cpu_set_t allowed;
	size_t n = 0;

	if (!list || sched_getaffinity(0, sizeof(allowed), &allowed))
		return 0;
	for (uint32_t cpu = 0; cpu < (uint32_t)p->n_cpus && cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			list[n++].cpu = cpu;
	for (uint32_t slot = 0; slot < SL_MAX_TENANTS; slot++) {
		const struct sl_tenant_rec *rec = &p->tenants[slot];

		for (size_t i = 0; rec->generation & SL_GEN_THREAD && i < n; i++)
			if (list[i].cpu == rec->cpu)
				list[i].load += rec->weight;
	}
	return n ? least_loaded(list, n) : 0;
}

/* ---- The kernel's threads --------------------------------------------------------------------*/

/* What the kernel calls a thread, by CPU and identifier of its map. */
static bool has_name(const char *pid, const char *name)
{
	char path[64], comm[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(comm, sizeof(comm), f))
		*comm = 0;
	fclose(f);
	comm[strcspn(comm, "\n")] = 0;
	return !strcmp(comm, name);
}

/* The kernel's thread of a slot; -ENOENT where none is, or can be seen. */
static int thread_pid(const struct sl_platform *p, uint32_t slot)
{
	uint32_t cpu, id;
	struct dirent *e;
	int pid = -ENOENT;
	char name[64];
	DIR *d;

	if (sl_platform_thread_cpu(p, slot, &cpu) ||
	    bpf_map_lookup_elem(p->maps[SL_MAP_QUEUES], &slot, &id) < 0)
		return -ENOENT;
	snprintf(name, sizeof(name), "cpumap/%u/map:%u", cpu, id);
	d = opendir("/proc");
	while (d && pid < 0 && (e = readdir(d)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && has_name(e->d_name, name))
			pid = (int)strtol(e->d_name, NULL, 10);
	if (d)
		closedir(d);
	return pid;
}

/* The scheduler gives a quarter more time for each step of nice: so do these. */
static int nice_of(uint32_t weight)
{
	int nice = 0;

	for (uint64_t w = 100; w * 9 / 8 < weight && nice > -20; w = w * 5 / 4)
		nice--;
	for (uint64_t w = 100000; w * 8 / 9 > (uint64_t)weight * 1000 && nice < 19; w = w * 4 / 5)
		nice++;
	return nice;
}

void sl_platform_thread_nice(const struct sl_platform *p, uint32_t slot, uint32_t weight)
{
	int pid = thread_pid(p, slot);

	if (pid > 0)
		setpriority(PRIO_PROCESS, (id_t)pid, nice_of(weight));
}

/* Whether a thread waits for packets. */
static bool asleep(int pid)
{
	char path[64], line[256] = "", *state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return true;
	if (!fgets(line, sizeof(line), f))
		*line = 0;
	fclose(f);
	state = strrchr(line, ')');
	return !state || state[1] != ' ' || state[2] == 'S';
}

/* ---- Draining --------------------------------------------------------------------------------*/

#define LOOK_NS 2000000ull
#define LOOKS 500	/* so many at most */
#define STILL 5		/* asleep, and nothing taken up, as many looks in a row */
#define STILL_UNSEEN 25 /* where the thread cannot be seen */

int sl_platform_thread_drain(const struct sl_platform *p, uint32_t slot, uint32_t generation)
{
	const struct timespec look = {.tv_nsec = (long)LOOK_NS};
	unsigned int parity = generation & 1, still = 0, enough = STILL;
	uint64_t begun = 0, taken, last = 0;
	struct sl_tenant_stats s;
	int pid = -ENOENT, ret;

	for (unsigned int i = 0; i < LOOKS; i++) {
		ret = sl_platform_tenant_stats(p, slot, &s);
		if (ret)
			return ret;
		/* What the kernel dropped was handed over and is never taken up. */
		if (s.handed[parity] == s.taken[parity])
			return 0;
		taken = s.taken[0] + s.taken[1];
		if (!i) {
			begun = last = taken;
			pid = thread_pid(p, slot);
			enough = pid < 0 ? STILL_UNSEEN : STILL;
		}
		/* The whole queue has passed. */
		if (taken - begun >= QUEUE + BULK * (uint64_t)p->n_cpus)
			return 0;
		still = taken == last && (pid < 0 || asleep(pid)) ? still + 1 : 0;
		if (still > enough)
			return 0;
		last = taken;
		nanosleep(&look, NULL);
	}
	return -ETIMEDOUT;
}

uint64_t sl_platform_thread_waiting(const struct sl_platform *p)
{
	return QUEUE + BULK * (uint64_t)p->n_cpus;
}

/* ---- Another program -------------------------------------------------------------------------*/

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) < 0 ? 0 : info.id;
}

static uint32_t prog_id(int fd)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) < 0 ? 0 : info.id;
}

static int renew_queue(int queue, uint32_t n_cpus, int prog_fd)
{
	uint32_t id = prog_id(prog_fd), cpu = 0;
	struct bpf_cpumap_val v;

	for (; !queue_entry(queue, n_cpus, &cpu, &v); cpu++) {
		if (v.bpf_prog.id == id)
			continue;
		v.bpf_prog.fd = prog_fd;
		if (bpf_map_update_elem(queue, &cpu, &v, BPF_ANY) < 0)
			return -errno;
		sl_fault("thread renewed");
	}
	return 0;
}

int sl_platform_threads_renew(const char *root, int prog_fd)
{
	_close_ int queues = sl_pin_get(root, SL_DIR_PLATFORM, "queues");
	_close_ int staged = sl_pin_get(root, SL_DIR_STAGED, "queues");
	_close_ int tenants = sl_pin_get(root, SL_DIR_PLATFORM, "tenant_rec");
	int n_cpus = libbpf_num_possible_cpus(), first = 0;

	/* A platform made anew has queues of its own: those of the old one end with it. */
	if (queues < 0 || n_cpus < 0 || (staged >= 0 && map_id(staged) != map_id(queues)))
		return 0;
	for (uint32_t slot = 0; slot < SL_MAX_TENANTS; slot++) {
		struct sl_tenant_rec rec;
		uint32_t id;
		_close_ int queue = !bpf_map_lookup_elem(tenants, &slot, &rec) && rec.queue
					    ? queue_open(queues, slot, &id)
					    : -1;
		int ret = queue < 0 ? 0 : renew_queue(queue, (uint32_t)n_cpus, prog_fd);

		first = first ? first : ret;
	}
	return first;
}
