// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads of tenants of class `thread`. Each is a kernel thread behind an entry of a cpumap, which
 * is the tenant's own and stands in the map `queues`, at its chain slot. It is there for as long as
 * the tenant has that class; when it is taken away the kernel lets the thread end by itself, once
 * it has taken up what is still in its queue.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "loader/mem.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/platform_priv.h"

/* ---- Queues ----------------------------------------------------------------------------------*/

int sl_queue_open(int queues, uint32_t slot, uint32_t *id)
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
	uint32_t id, at = p->tenants[slot].via;
	_close_ int queue =
		p->tenants[slot].queue ? sl_queue_open(p->maps[SL_MAP_QUEUES], slot, &id) : -ENOENT;

	if (queue < 0)
		return queue;
	if (bpf_map_lookup_elem(queue, &at, &v) < 0)
		return -errno;
	*cpu = p->tenants[slot].cpu;
	return 0;
}

int sl_queue_add(const struct sl_platform *p, int queue, uint32_t cpu)
{
	struct bpf_cpumap_val v = {.qsize = SL_QUEUE, .bpf_prog.fd = p->progs[SL_PROG_THREAD]};

	struct bpf_cpumap_val there;

	if (!bpf_map_lookup_elem(queue, &cpu, &there))
		return 0;
	return bpf_map_update_elem(queue, &cpu, &v, BPF_ANY) < 0 ? -errno : 0;
}

int sl_platform_thread_start(struct sl_platform *p, uint32_t slot, uint32_t cpu)
{
	struct sl_tenant_rec *rec = &p->tenants[slot];
	_close_ int queue =
		bpf_map_create(BPF_MAP_TYPE_CPUMAP, "sl_queue", sizeof(uint32_t),
			       sizeof(struct bpf_cpumap_val), (uint32_t)p->n_cpus, NULL);
	int ret = queue < 0 ? -errno : sl_queue_add(p, queue, cpu);

	if (ret)
		return ret;
	__atomic_store_n(&rec->moving, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&rec->cpu, cpu, __ATOMIC_RELEASE);
	__atomic_store_n(&rec->via, cpu, __ATOMIC_RELEASE);
	__atomic_store_n(&rec->queue, 1, __ATOMIC_RELEASE);
	if (bpf_map_update_elem(p->maps[SL_MAP_QUEUES], &slot, &queue, BPF_ANY) < 0)
		return -errno;
	sl_fault("thread started");
	return 0;
}

void sl_platform_thread_prefer(struct sl_platform *p, uint32_t slot, uint32_t cpu)
{
	if (p->tenants[slot].queue)
		return;
	p->tenants[slot].cpu = p->tenants[slot].via = cpu;
}

int sl_platform_thread_stop(struct sl_platform *p, uint32_t slot)
{
	if (!p->tenants[slot].queue)
		return 0;
	if (bpf_map_delete_elem(p->maps[SL_MAP_QUEUES], &slot) < 0 && errno != ENOENT)
		return -errno;
	sl_fault("thread stopped");
	__atomic_store_n(&p->tenants[slot].queue, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&p->tenants[slot].moving, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&p->tenants[slot].via, p->tenants[slot].cpu, __ATOMIC_RELEASE);
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

/* State and start of a process; false: it is gone. */
static bool look_at(int pid, char *state, unsigned long long *started)
{
	char path[64], line[512] = "", *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		*line = 0;
	fclose(f);
	/* The name in brackets may be anything. */
	at = strrchr(line, ')');
	return at && sscanf(at + 1,
			    " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
			    "%*d %*d %llu",
			    state, started) == 2;
}

/* One that was there before, and ends, bears the same name: the youngest. */
int sl_thread_pid(const struct sl_platform *p, uint32_t slot, uint32_t cpu)
{
	unsigned long long youngest = 0, started;
	struct dirent *e;
	int pid = -ENOENT;
	char name[64], state;
	uint32_t id;
	DIR *d;

	if (!p->tenants[slot].queue || bpf_map_lookup_elem(p->maps[SL_MAP_QUEUES], &slot, &id) < 0)
		return -ENOENT;
	snprintf(name, sizeof(name), "cpumap/%u/map:%u", cpu, id);
	d = opendir("/proc");
	while (d && (e = readdir(d))) {
		int at;

		if (e->d_name[0] < '1' || e->d_name[0] > '9' || !has_name(e->d_name, name))
			continue;
		at = (int)strtol(e->d_name, NULL, 10);
		if (look_at(at, &state, &started) && (pid < 0 || started >= youngest)) {
			pid = at;
			youngest = started;
		}
	}
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
	int pid = sl_thread_pid(p, slot, p->tenants[slot].cpu);

	if (pid > 0)
		setpriority(PRIO_PROCESS, (id_t)pid, nice_of(weight));
}

bool sl_thread_asleep(int pid)
{
	unsigned long long started;
	char state;

	return pid >= 0 && look_at(pid, &state, &started) && state == 'S';
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
	uint64_t begun = 0, taken, last = 0, most = sl_platform_thread_waiting(p, slot);
	const struct sl_tenant_rec *rec = &p->tenants[slot];
	int pid = -ENOENT, pid_to = -ENOENT, ret;
	struct sl_tenant_stats s;

	for (unsigned int i = 0; i < LOOKS; i++) {
		ret = sl_platform_tenant_stats(p, slot, &s);
		if (ret)
			return ret;
		/* What the kernel dropped was handed over and is never taken up. */
		if (s.handed[parity] == s.taken[parity])
			return 0;
		taken = s.taken[0] + s.taken[1];
		if (!i)
			begun = last = taken;
		/* A program's renewal puts another thread in a thread's place. */
		if (i % 100 == 0) {
			pid = sl_thread_pid(p, slot, rec->via);
			pid_to = rec->via == rec->cpu ? pid : sl_thread_pid(p, slot, rec->cpu);
			enough = pid < 0 ? STILL_UNSEEN : STILL;
		}
		/* The whole queue has passed. */
		if (taken - begun >= most)
			return 0;
		still = taken == last && (pid < 0 || sl_thread_asleep(pid)) &&
					(pid_to < 0 || sl_thread_asleep(pid_to))
				? still + 1
				: 0;
		if (still > enough)
			return 0;
		last = taken;
		nanosleep(&look, NULL);
	}
	return -ETIMEDOUT;
}

uint64_t sl_platform_thread_waiting(const struct sl_platform *p, uint32_t slot)
{
	uint64_t queues = p->tenants[slot].moving ? 2 : 1;

	return queues * (SL_QUEUE + SL_QUEUE_BULK * (uint64_t)p->n_cpus);
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
					    ? sl_queue_open(queues, slot, &id)
					    : -1;
		int ret = queue < 0 ? 0 : renew_queue(queue, (uint32_t)n_cpus, prog_fd);

		first = first ? first : ret;
	}
	return first;
}
