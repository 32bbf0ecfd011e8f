/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of a flood (flood.h) that a kernel thread takes: the tenant's own, behind a cpumap, on
 * another CPU where there is one that we may use.
 */
#ifndef SL_COST_FLOOD_THREAD_H
#define SL_COST_FLOOD_THREAD_H

#include <stdint.h>

#include <bpf/libbpf.h>

/* So many packets fit into the queue, so that none is dropped in front of it. */
#define FLOOD_THREAD_PACKETS 8000

struct flood_thread {
	int queue;	/* the cpumap */
	int chains[2];	/* sends, drops */
	int statistics; /* of the thread, -1 if it cannot be seen */
	uint32_t cpu;
};

/* Statistics of the kernel's thread of that name; -1 where it cannot be seen. And its CPU time. */
int flood_kthread_open(const char *name);
uint64_t flood_kthread_ns(int statistics);

void flood_thread_init(struct flood_thread *t);
void flood_thread_end(struct flood_thread *t);
/* The thread of chain slot 0, not on `cpu` if there is a choice among `cpus`. 0 or -errno. */
int flood_thread_begin(struct flood_thread *t, struct bpf_object *port, int cpu, const void *cpus);
/* What it has used, as soon as it has nothing more to do. */
uint64_t flood_thread_idle(const struct flood_thread *t);

#endif
