// SPDX-License-Identifier: GPL-2.0-only
/* A tenant's thread for a moment, and how much CPU time it took. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpf/abi.h"
#include "loader/cost/flood_thread.h"
#include "loader/mem.h"

#define QUEUE 16384 /* the most that the kernel allows */
#define HEAD (14 + 20 + 8 - 14)
#define LOOK_NS 1000000
#define LOOKS 200

/* ---- The kernel's threads --------------------------------------------------------------------*/

int flood_kthread_open(const char *name)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int fd = -1;

	while (dir && fd < 0 && (e = readdir(dir))) {
		char path[NAME_MAX + 32], comm[64];
		_fclose_ FILE *file = NULL;

		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
		file = fopen(path, "re");
		if (!file || !fgets(comm, sizeof(comm), file))
			continue;
		comm[strcspn(comm, "\n")] = 0;
		if (strcmp(comm, name))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/schedstat", e->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (dir)
		closedir(dir);
	return fd;
}

uint64_t flood_kthread_ns(int statistics)
{
	char text[64] = "";
	ssize_t n = statistics < 0 ? 0 : pread(statistics, text, sizeof(text) - 1, 0);

	return n > 0 ? strtoull(text, NULL, 10) : 0;
}

/* ---- A thread of our own ---------------------------------------------------------------------*/

static int chain(uint32_t answer)
{
	struct bpf_insn insns[] = {
		{.code = BPF_ALU | BPF_MOV | BPF_K, .imm = (int)answer},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_XDP_CPUMAP);

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "chain", "GPL", insns, 2, &o);
}

static uint32_t other_cpu(int cpu, const cpu_set_t *cpus)
{
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (i != cpu && CPU_ISSET(i, cpus))
			return (uint32_t)i;
	return (uint32_t)cpu;
}

static uint32_t id_of(int map)
{
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(map, &info, &len) ? 0 : info.id;
}

void flood_thread_init(struct flood_thread *t)
{
	*t = (struct flood_thread){.queue = -1, .chains = {-1, -1}, .statistics = -1};
}

void flood_thread_end(struct flood_thread *t)
{
	sl_closep(&t->queue);
	sl_closep(&t->chains[0]);
	sl_closep(&t->chains[1]);
	sl_closep(&t->statistics);
}

int flood_thread_begin(struct flood_thread *t, struct bpf_object *port, int cpu, const void *cpus)
{
	const struct bpf_program *take = bpf_object__find_program_by_name(port, "sl_thread");
	int queues = bpf_object__find_map_fd_by_name(port, "queues");
	struct bpf_cpumap_val v = {.qsize = QUEUE, .bpf_prog.fd = bpf_program__fd(take)};
	uint32_t zero = 0;
	char name[64];

	t->cpu = other_cpu(cpu, cpus);
	t->chains[0] = chain(SL_ANSWER(SL_V_OUT, 0, HEAD));
	t->chains[1] = chain(SL_ANSWER(SL_V_DROP, 1, HEAD));
	if (t->chains[0] < 0 || t->chains[1] < 0)
		return -errno;
	t->queue = bpf_map_create(BPF_MAP_TYPE_CPUMAP, "sl_queue", sizeof(uint32_t), sizeof(v),
				  t->cpu + 1, NULL);
	if (t->queue < 0 || bpf_map_update_elem(t->queue, &t->cpu, &v, BPF_ANY) ||
	    bpf_map_update_elem(queues, &zero, &t->queue, BPF_ANY))
		return -errno;
	snprintf(name, sizeof(name), "cpumap/%u/map:%u", t->cpu, id_of(t->queue));
	t->statistics = flood_kthread_open(name);
	return t->statistics < 0 ? -ENOENT : 0;
}

/* The kernel adds up what a thread used at the latest when it goes to sleep. */
uint64_t flood_thread_idle(const struct flood_thread *t)
{
	const struct timespec look = {.tv_nsec = LOOK_NS};
	uint64_t ns = flood_kthread_ns(t->statistics), was = ~0ull;

	for (int i = 0; i < LOOKS && ns != was; i++) {
		was = ns;
		nanosleep(&look, NULL);
		ns = flood_kthread_ns(t->statistics);
	}
	return ns;
}
