// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that move to another CPU: user space's part of what bpf/move.h describes. What was done
 * stands in the tenant's record, so whoever opens the platform next goes on with it:
 *
 *   rec->cpu = the new one, a thread there
 *   rec->moving = number			   packets get tickets, the old thread runs out
 *   rec->moving |= SL_MOVE_OPEN			   when those without are done with
 *   (the program) rec->via = rec->cpu		   when nothing is on its way
 *   rec->moving = 0, the old thread goes
 *
 * A queue that is full loses packets, and tickets with them: if a CPU then hands over nothing more,
 * its last is awaited in vain. So after a while the move begins again, under a new number; and when
 * that does not help, because more comes than the old thread passes on, packets are held up.
 */
#include <errno.h>
#include <time.h>

#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/platform_priv.h"

#define TRY_NS 1000000000ull   /* so long for the packets to go over by themselves */
#define TRIES 3		       /* then they are held up */
#define UNSEEN_NS 100000000ull /* a thread that cannot be seen, and takes nothing up, is idle */
#define LOOKS 40
#define LOOK_NS 1000000

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

static void set(uint32_t *word, uint32_t v)
{
	__atomic_store_n(word, v, __ATOMIC_RELEASE);
}

static uint32_t get(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static int counts(const struct sl_platform *p, uint32_t slot, uint64_t *handed, uint64_t *taken)
{
	struct sl_tenant_stats s;
	int ret = sl_platform_tenant_stats(p, slot, &s);

	if (!ret && handed)
		*handed = s.handed[0] + s.handed[1];
	if (!ret && taken)
		*taken = s.taken[0] + s.taken[1];
	return ret;
}

static uint32_t next_number(const struct sl_platform *p)
{
	uint32_t mask = (1u << (32 - SL_MOVE_SHIFT)) - 1;
	uint32_t number = (p->node_conf->moves + 1) & mask;

	return number ? number : 1;
}

/* From now on packets get tickets of a new number; those without were all handed over. */
static int begin(struct sl_platform *p, uint32_t slot)
{
	int ret;

	p->node_conf->moves = next_number(p);
	set(&p->tenants[slot].moving, p->node_conf->moves << SL_MOVE_SHIFT);
	sl_fault("thread moves");
	p->move.going = true;
	p->move.slot = slot;
	p->move.since_ns = now_ns();
	ret = sl_platform_grace(p);
	ret = ret ? ret : counts(p, slot, NULL, &p->move.taken);
	/* The next step begins anew. */
	p->move.going = !ret;
	return ret;
}

/* Sees to a thread where it is to go. */
static int ready(struct sl_platform *p, uint32_t slot)
{
	struct sl_tenant_rec *rec = &p->tenants[slot];
	uint32_t id;
	_close_ int queue = sl_queue_open(p->maps[SL_MAP_QUEUES], slot, &id);
	int ret = queue < 0 ? queue : sl_queue_add(p, queue, rec->cpu);

	if (ret) {
		set(&rec->cpu, rec->via);
		return ret;
	}
	sl_fault("thread on the new cpu");
	p->move = (struct sl_moving){.slot = slot, .pid = sl_thread_pid(p, slot, rec->via)};
	sl_platform_thread_nice(p, slot, rec->weight);
	return begin(p, slot);
}

int sl_platform_move(struct sl_platform *p, uint32_t slot, uint32_t cpu)
{
	struct sl_tenant_rec *rec = &p->tenants[slot];
	uint32_t now;
	int ret = sl_platform_thread_cpu(p, slot, &now);

	if (ret || (now == cpu && !rec->moving))
		return ret;
	if (p->move.going)
		return -EBUSY;
	if (cpu >= (uint32_t)p->n_cpus || p->n_cpus > SL_MOVE_CPUS)
		return -EINVAL;
	/* Tickets of moves before are no reason to pass a packet on. */
	if (!rec->moving)
		set(&rec->first, next_number(p));
	set(&rec->cpu, cpu);
	sl_fault("thread told to move");
	return ready(p, slot);
}

/* Whether what was handed over without tickets has been run. */
static int settled(const struct sl_platform *p, bool *yes)
{
	const struct sl_moving *m = &p->move;
	uint64_t handed, taken, since = now_ns() - m->since_ns;
	int ret = counts(p, m->slot, NULL, &taken);

	/* In this order: then all that was handed over up to some moment was taken up. */
	ret = ret ? ret : counts(p, m->slot, &handed, NULL);
	if (ret)
		return ret;
	*yes = handed == taken || taken - m->taken >= sl_platform_thread_waiting(p, m->slot) ||
	       (m->pid >= 0 ? sl_thread_asleep(m->pid) : taken == m->taken && since >= UNSEEN_NS);
	return 0;
}

/* Lets packets go over; also where none comes. */
static int open_way(const struct sl_platform *p)
{
	struct sl_tenant_rec *rec = &p->tenants[p->move.slot];
	uint32_t data[16] = {p->move.slot};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = data, .data_size_in = sizeof(data));

	set(&rec->moving, get(&rec->moving) | SL_MOVE_OPEN);
	sl_fault("way open");
	return bpf_prog_test_run_opts(p->progs[SL_PROG_MOVE], &o) < 0 ? -errno : 0;
}

/* Threads of a slot where it does not run. */
static int end_others(const struct sl_platform *p, uint32_t slot)
{
	uint32_t id, cpu = p->tenants[slot].cpu;
	_close_ int queue = sl_queue_open(p->maps[SL_MAP_QUEUES], slot, &id);
	int first = 0;

	if (queue < 0)
		return queue;
	for (uint32_t c = 0; c < (uint32_t)p->n_cpus; c++)
		if (c != cpu && bpf_map_delete_elem(queue, &c) < 0 && errno != ENOENT && !first)
			first = -errno;
	return first;
}

static int end(struct sl_platform *p)
{
	struct sl_tenant_rec *rec = &p->tenants[p->move.slot];
	/* Whoever still had the old queue in mind has put its packet there, and that is passed on.
	 */
	int ret = sl_platform_grace(p);

	if (ret)
		return ret;
	set(&rec->moving, 0);
	sl_fault("thread moved");
	p->move.going = false;
	return end_others(p, p->move.slot);
}

/* More comes than the old thread passes on, or a ticket is lost that nobody replaces: packets wait
 * outside until what is inside has gone over. */
static int hold(struct sl_platform *p)
{
	struct sl_tenant_rec *rec = &p->tenants[p->move.slot];
	const struct timespec look = {.tv_nsec = LOOK_NS};
	bool empty = false;
	int ret;

	set(&rec->moving, get(&rec->moving) | SL_MOVE_HOLD);
	for (int i = 0; i < LOOKS && get(&rec->via) != rec->cpu; i++)
		nanosleep(&look, NULL);
	ret = sl_platform_grace(p);
	/* With nobody to hand over, an idle thread has passed on all there was. */
	for (int i = 0; !ret && i < LOOKS && get(&rec->via) != rec->cpu; i++) {
		if (p->move.pid >= 0)
			empty = sl_thread_asleep(p->move.pid);
		else
			empty = i == LOOKS - 1;
		if (empty)
			set(&rec->via, rec->cpu);
		else
			nanosleep(&look, NULL);
	}
	set(&rec->moving, get(&rec->moving) & ~SL_MOVE_HOLD);
	return ret;
}

/* A move that somebody began who is no more: its slot, or -ENOENT. */
static int left(const struct sl_platform *p)
{
	for (uint32_t slot = 0; slot < SL_MAX_TENANTS; slot++) {
		const struct sl_tenant_rec *rec = &p->tenants[slot];

		if (rec->queue && (rec->moving || rec->via != rec->cpu))
			return (int)slot;
	}
	return -ENOENT;
}

int sl_platform_move_step(struct sl_platform *p)
{
	struct sl_moving *m = &p->move;
	struct sl_tenant_rec *rec = &p->tenants[m->slot];
	bool yes = true;
	int ret;

	if (!m->going) {
		int slot = left(p);

		if (slot < 0)
			return 0;
		ret = ready(p, (uint32_t)slot);
		return ret ? ret : 1;
	}
	/* It was taken away meanwhile. */
	if (!rec->queue || !rec->moving) {
		m->going = false;
		return 0;
	}
	if (get(&rec->via) == rec->cpu)
		return end(p);
	ret = get(&rec->moving) & SL_MOVE_OPEN ? 0 : settled(p, &yes);
	if (!ret && yes)
		ret = open_way(p);
	if (ret)
		return ret;
	if (get(&rec->via) == rec->cpu)
		return end(p);
	if (now_ns() - m->since_ns < TRY_NS)
		return 1;
	ret = ++m->tries < TRIES ? begin(p, m->slot) : hold(p);
	return ret ? ret : 1;
}
