/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tenants of class `thread`: what the gate let in, and what is in its place, goes through the
 * tenant's own cpumap to a kernel thread, where sl_thread takes it up. That asks the gate again:
 * time has passed, and on another CPU. What must not be taken on anybody's word travels as
 * metadata; only the two functions of this file know of the way.
 *
 * A packet that came in is paid for there, with packets and bytes; its time is charged on both
 * CPUs, each what it spent.
 */
#ifndef SL_BPF_THREAD_H
#define SL_BPF_THREAD_H

#include "count.h"
#include "gate.h"
#include "move.h"
#include "settle.h"

#define THREAD_MAGIC 0x51c07d3d

/* At most 32 bytes: Linux 6.1 has no room for more. */
struct thread_meta {
	__u32 magic;
	__u32 slot;
	__u32 generation;
	__u16 point;
	__u8 flags; /* SL_ENTRY_* */
	__u8 dev;
	__u8 left;	/* of the credit of copies */
	__u8 passed;	/* on, from the old CPU of a thread that moves: not again */
	__u16 from;	/* the CPU that handed it over */
	__u32 since_ns; /* as struct run has it */
	struct ticket ticket;
};

/* It is in a queue: if it was measured, so far that is charged. */
sl_inline int handed(struct run *r)
{
	r->since_ns = 0;
	if (sl_unlikely(r->start_ns)) {
		charge_handed(r->slot, r->start_ns);
		r->start_ns = 0;
	}
	return XDP_REDIRECT;
}

/* Puts a packet that is in its place into the queue of the tenant's thread. */
sl_noinline int hand_over(struct xdp_md *ctx, struct run *r, __u32 flags, __u32 point)
{
	struct sl_tenant_rec *t = bpf_map_lookup_elem(&tenant_rec, &r->slot);
	void *queue = bpf_map_lookup_elem(&queues, &r->slot);
	struct ticket ticket = {};
	struct thread_meta *m;
	__u32 via;

	if (!r->stats || !t || !queue || set_meta(ctx, sizeof(*m)))
		return settle_drop(r, SL_R_QUEUE);
	via = t->via;
	if (sl_unlikely(t->moving)) {
		__s64 way = move_way(t, &ticket);

		if (way < 0)
			return settle_drop(r, SL_R_QUEUE);
		via = (__u32)way;
	}
	m = (void *)(long)ctx->data_meta;
	if ((void *)(m + 1) > (void *)(long)ctx->data)
		return settle_drop(r, SL_R_QUEUE);
	m->magic = THREAD_MAGIC;
	m->slot = r->slot;
	m->generation = r->generation;
	m->point = (__u16)point;
	m->flags = (__u8)flags;
	m->dev = r->dev;
	m->left = r->left;
	m->passed = 0;
	m->from = (__u16)bpf_get_smp_processor_id();
	m->since_ns = r->since_ns;
	m->ticket = ticket;
	if (bpf_redirect_map(queue, via, XDP_ABORTED) != XDP_REDIRECT)
		return settle_drop(r, SL_R_QUEUE);
	r->stats->handed[r->generation & 1]++;
	return handed(r);
}

/* Passes a packet that was taken up on the old CPU on to the new one, as it is. */
sl_noinline int pass_on(struct xdp_md *ctx, struct run *r, __u32 cpu)
{
	struct thread_meta *m = (void *)(long)ctx->data_meta;
	struct sl_tenant_rec *t = bpf_map_lookup_elem(&tenant_rec, &r->slot);
	void *queue = bpf_map_lookup_elem(&queues, &r->slot);
	int refused;

	if (!r->stats || !t || !queue || (void *)(m + 1) > (void *)(long)ctx->data)
		return drop_node(SL_R_STRAY);
	m->passed = 1;
	refused = gate_again(r, t);
	if (refused) {
		r->stats->taken[r->generation & 1]++;
		return settle_drop(r, refused);
	}
	if (bpf_redirect_map(queue, cpu, XDP_ABORTED) != XDP_REDIRECT) {
		r->stats->taken[r->generation & 1]++;
		return settle_drop(r, SL_R_QUEUE);
	}
	return handed(r);
}

/* What take_up() says of a packet that is to enter its chain, or to come back into it; all else is
 * an XDP action. */
#define THREAD_ENTER -1
#define THREAD_RESUME -2

/* Takes a packet up in the tenant's thread: checks it and writes its entry record. */
sl_inline int take_up(struct xdp_md *ctx, struct run *r)
{
	const struct thread_meta *m = (void *)(long)ctx->data_meta;
	struct sl_tenant_rec *t;
	struct ticket ticket;
	__u32 point, flags, from;
	int refused;

	if ((const void *)(m + 1) > (void *)(long)ctx->data || m->magic != THREAD_MAGIC)
		return drop_node(SL_R_STRAY);
	r->slot = m->slot;
	r->generation = m->generation;
	r->dev = m->dev;
	r->left = m->left;
	r->since_ns = m->since_ns;
	point = m->point;
	flags = m->flags;
	from = m->from;
	ticket = m->ticket;
	t = bpf_map_lookup_elem(&tenant_rec, &r->slot);
	r->stats = bpf_map_lookup_elem(&tenant_stats, &r->slot);
	if (!t || !r->stats)
		return drop_node(SL_R_STRAY);
	r->host = t->host;
	r->head = t->head & SL_HEAD_MAX;
	if (sl_unlikely(ticket.number)) {
		__u32 passed = m->passed, cpu = SEEN(t->cpu);

		/* The thread of a CPU that went away runs elsewhere. */
		if (!passed && cpu != bpf_get_smp_processor_id() &&
		    move_since(ticket.number, SEEN(t->first)))
			return pass_on(ctx, r, cpu);
		move_done(&ticket, from);
	}
	r->stats->taken[r->generation & 1]++;
	refused = t->resume_gen[r->generation & 1] != r->generation ? SL_R_STALE : gate_again(r, t);
	if (refused)
		return settle_drop(r, refused);
	if (set_meta(ctx, 0))
		return settle_drop(r, SL_R_HEADROOM);
	if (flags & SL_ENTRY_COPY) {
		if (put_entry(ctx, r, (__u8)flags, (__u16)point))
			return settle_drop(r, SL_R_COPY);
		return THREAD_RESUME;
	}
	refused = place(ctx, r, r->head);
	return refused ? settle_drop(r, refused) : THREAD_ENTER;
}

#endif
