/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread that moves to another CPU, and no flow is reordered, whatever is in its queue.
 *
 * From when the move begins each packet that is put into the queue has a ticket, and the old CPU
 * only passes those with tickets on, into the new CPU's queue: behind all it has run itself, as the
 * kernel sends what a batch of packets became before it wakes another CPU for the rest. Packets
 * without a ticket, all in front of them, are run where they are. When those are gone (user space
 * waits, and says SL_MOVE_OPEN) and nothing that has a ticket is on its way, the next packet, and
 * all after it, goes straight to the new CPU. So each packet is in the new queue behind those that
 * its CPU, or any other, handed over before.
 *
 * What a full queue loses is never taken up. But packets of one CPU stay in order, so with each
 * that is, all before it are done with. If packets keep coming faster than the old CPU passes them
 * on, nothing helps but SL_MOVE_HOLD.
 */
#ifndef SL_BPF_MOVE_H
#define SL_BPF_MOVE_H

#include "maps.h"

struct ticket {
	__u32 number; /* of the move; 0: none */
	__u32 ticket;
};

#define MOVE_CPUS_MASK (SL_MOVE_CPUS - 1)

/* What is looked at while others write it. */
#define SEEN(x) (*(const volatile __u32 *)&(x))

/* Whose queue a packet of a thread that moves is put into; `own` becomes its ticket. Negative: it
 * is held up. */
sl_noinline __s64 move_way(struct sl_tenant_rec *t, struct ticket *own)
{
	__u32 moving = SEEN(t->moving), number = moving >> SL_MOVE_SHIFT, zero = 0, via = 0;
	struct sl_move *m = bpf_map_lookup_elem(&moves, &zero);
	__u64 here = bpf_get_smp_processor_id() & MOVE_CPUS_MASK;
	int held = 0;

	if (!m)
		return -1;
	bpf_spin_lock(&m->lock);
	if ((__s32)(number - m->number) > 0) {
		m->number = number;
		m->under_way = 0;
	}
	if (number && number == m->number) {
		if (!m->under_way && moving & SL_MOVE_OPEN)
			t->via = t->cpu;
		held = moving & SL_MOVE_HOLD && t->via != t->cpu;
		if (!held) {
			if (m->last[here] >> 32 != number)
				m->under_way++;
			m->ticket++;
			m->last[here] = (__u64)number << 32 | m->ticket;
			own->number = number;
			own->ticket = m->ticket;
		}
	}
	via = SEEN(t->via);
	bpf_spin_unlock(&m->lock);
	if (held)
		return -1;
	return via;
}

/* Whether a ticket is of the move that began with `first`. One that is left of the move before is
 * where it belongs. */
sl_inline int move_since(__u32 number, __u32 first)
{
	return (__s32)((number - first) << SL_MOVE_SHIFT) >= 0;
}

/* A packet with a ticket, handed over by CPU `from`, was taken up where it belongs. */
sl_noinline int move_done(const struct ticket *own, __u32 from)
{
	__u64 at = from & MOVE_CPUS_MASK;
	__u32 zero = 0;
	struct sl_move *m = bpf_map_lookup_elem(&moves, &zero);

	if (!m)
		return 0;
	bpf_spin_lock(&m->lock);
	if (m->number == own->number && m->last[at] == ((__u64)own->number << 32 | own->ticket)) {
		m->last[at] = 0;
		m->under_way--;
	}
	bpf_spin_unlock(&m->lock);
	return 0;
}

/* For the slot that user space asks for: goes straight if it can. What a packet would do, where
 * none comes. */
sl_inline int move_now(struct xdp_md *ctx)
{
	const __u32 *slot = (void *)(long)ctx->data;
	struct sl_tenant_rec *t;
	struct sl_move *m;
	__u32 at, zero = 0;

	if ((const void *)(slot + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	at = *slot;
	t = bpf_map_lookup_elem(&tenant_rec, &at);
	m = bpf_map_lookup_elem(&moves, &zero);
	if (!t || !m)
		return XDP_DROP;
	bpf_spin_lock(&m->lock);
	if (t->moving & SL_MOVE_OPEN && (t->moving >> SL_MOVE_SHIFT != m->number || !m->under_way))
		t->via = t->cpu;
	bpf_spin_unlock(&m->lock);
	return XDP_DROP;
}

#endif
