/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tenant's account. What it uses is charged here and nowhere else, by the platform, when its
 * chain is back; whether it may have more is decided here, and looked at by the gate.
 *
 * Few packets are measured (sample.h), and stand for the others. The account may go into debt; by
 * about N packets' cost for each CPU on average, where one of N is measured.
 *
 * What all CPUs share (struct sl_account) is looked at when a CPU owes enough, and once a jiffy; in
 * between, each goes by its own note of whether the gate is open.
 */
#ifndef SL_BPF_ACCOUNT_H
#define SL_BPF_ACCOUNT_H

#include "frame.h"
#include "maps.h"
#include "sample.h"
#include "share.h"

/* Buckets are filled in steps of at least this, by whichever CPU comes first. */
#define FILL_NS (16 << 10)
/* A CPU settles when it owes this much, and once a jiffy. */
#define SETTLE_NS (32 << 10)
/* A longer time fills no more: in this the largest burst is full. */
#define FILL_MOST_NS (1ull << (SL_RATE_SHIFT + SL_BURST_SHIFT))

/* What `span` ns from `from` on bring. Parts of a token are not lost, however short the steps: they
 * follow from the time at which each begins. */
sl_inline void fill(struct sl_tokens *b, __u64 from, __u64 span)
{
	__s64 room = (__s64)b->burst - *(volatile __s64 *)&b->left;
	__u64 rate = b->rate, begun = (from >> 10 & 1023) * rate & 1023;
	__s64 add = (__s64)(((span >> 10) * rate + begun) >> (SL_RATE_SHIFT - 10));

	if (add > room)
		add = room;
	if (rate && add)
		__sync_fetch_and_add(&b->left, add);
}

sl_inline void spend(struct sl_tokens *b, __u64 n)
{
	if (b->rate && n)
		__sync_fetch_and_add(&b->left, -(__s64)n);
}

/* Whether a bucket that limits has nothing left. */
sl_inline int empty(const struct sl_tokens *b)
{
	return b->rate && b->left <= 0;
}

sl_inline void account_fill(struct sl_account *a, __u64 now)
{
	__u64 from = *(volatile __u64 *)&a->filled_ns, span = now - from, to = now;

	/* Another CPU may have read its clock later. */
	if ((__s64)span < FILL_NS)
		return;
	if (span > FILL_MOST_NS)
		span = FILL_MOST_NS;
	else
		to = from + (span & ~1023ull); /* what is not given now is given later */
	if (__sync_val_compare_and_swap(&a->filled_ns, from, to) != from)
		return;
	fill(&a->tokens[SL_RES_CPU], from, span);
	fill(&a->tokens[SL_RES_PROMISED], from, span);
	fill(&a->tokens[SL_RES_RX], from, span);
	fill(&a->tokens[SL_RES_PPS], from, span);
	fill(&a->tokens[SL_RES_TX], from, span);
}

/* Charges what was used since the last time: time as measured, packets and bytes as counted. */
sl_inline void account_settle(struct sl_account *a, struct sl_tenant_stats *s)
{
	__u64 in = s->packets + s->resumed - s->refused;
	struct sl_local *l = &s->local;

	spend(&a->tokens[SL_RES_CPU], l->owed_ns);
	spend(&a->tokens[SL_RES_PROMISED], l->promised_ns);
	spend(&a->tokens[SL_RES_PPS], (in - l->packets) << SL_PPS_SHIFT);
	spend(&a->tokens[SL_RES_RX], (s->bytes - l->bytes) << SL_BYTES_SHIFT);
	spend(&a->tokens[SL_RES_TX], (s->out_bytes - l->out_bytes) << SL_BYTES_SHIFT);
	l->owed_ns = 0;
	l->promised_ns = 0;
	l->packets = in;
	l->bytes = s->bytes;
	l->out_bytes = s->out_bytes;
}

/* Which limit packets in are over: 0, or the reason to drop them. */
sl_inline int account_limit(const struct sl_tenant_rec *t, const struct sl_account *a)
{
	if (t->quarantined)
		return SL_R_QUARANTINE;
	if (empty(&a->tokens[SL_RES_CPU]))
		return SL_R_CPULIMIT;
	if (empty(&a->tokens[SL_RES_PPS]))
		return SL_R_PPSLIMIT;
	if (empty(&a->tokens[SL_RES_RX]))
		return SL_R_RXLIMIT;
	return 0;
}

/* Packets until a bucket is to be looked at again: as many as are sure to fit in, and at least one.
 * 2^`shift` units of it are one packet's. */
sl_inline __u32 fit(const struct sl_tokens *t, __u32 shift, __u32 room)
{
	__s64 n = t->left >> shift;

	if (!t->rate || n >= room)
		return room;
	return n < 1 ? 1 : (__u32)n;
}

#define ROOM_MOST (1u << 30)
#define FRAME_SHIFT (11 + SL_BYTES_SHIFT) /* few packets are longer than 2^11 bytes */

/* As far as there is room, to the next packet that is measured: `left` from this one. */
sl_inline void account_next(struct sl_local *l, __u32 left)
{
	l->until = left > l->room ? l->room : left;
	l->rest = left - l->until;
	l->room -= l->until;
}

/* Settles with what all CPUs share. */
sl_inline void account_look(__u32 slot, struct sl_tenant_stats *s, const struct sl_tenant_rec *t,
			    __u64 now)
{
	struct sl_account *a = bpf_map_lookup_elem(&accounts, &slot);
	struct sl_local *l = &s->local;

	if (!a)
		return;
	account_settle(a, s);
	account_fill(a, now);
	l->limit = (__u16)account_limit(t, a);
	if (t->quarantined)
		l->overruns = 0; /* forgotten, should it be let out */
	l->room = fit(&a->tokens[SL_RES_PPS], SL_PPS_SHIFT, ROOM_MOST);
	l->room = fit(&a->tokens[SL_RES_RX], FRAME_SHIFT, l->room);
	l->room = fit(&a->tokens[SL_RES_TX], FRAME_SHIFT, l->room);
	l->promised = a->tokens[SL_RES_PROMISED].left > 0;
	l->closed_out = empty(&a->tokens[SL_RES_TX]) ? SL_R_TXLIMIT : 0;
	account_next(l, l->until + l->rest);
}

/* Opens or closes the gate: by the limits as last looked at, and by the share of this CPU. */
sl_inline void account_gate(__u32 slot, struct sl_local *l, const struct sl_tenant_rec *t,
			    struct sl_cpu_share *c, __u64 now)
{
	if (!l->limit)
		share_present(c, slot, now);
	share_fill(l, c, t->weight, t->lump_ns, now);
	l->closed = l->limit;
	if (c->rate && !l->closed && !l->promised && l->share_left <= 0) {
		l->closed = SL_R_CPUSHARE;
		c->denied++;
	}
}

/* Looks at the account and at the CPU: out of the usual way, so it looks everything up again. */
sl_global int account_again(__u32 slot)
{
	struct sl_tenant_rec *t = bpf_map_lookup_elem(&tenant_rec, &slot);
	struct sl_tenant_stats *s = bpf_map_lookup_elem(&tenant_stats, &slot);
	struct sl_node_conf *conf;
	struct sl_cpu_share *c;
	__u32 zero = 0;
	__u64 now;

	c = bpf_map_lookup_elem(&cpu_share, &zero);
	conf = bpf_map_lookup_elem(&node_conf, &zero);
	if (!s || !t || !c || !conf)
		return 0;
	now = bpf_ktime_get_ns();
	account_look(slot, s, t, now);
	c->spent_ns += (s->refused - s->local.refused) * conf->refuse_ns;
	s->local.refused = s->refused;
	if (share_due(c, now))
		share_interval(c, conf, &conf->spare[bpf_get_smp_processor_id() % SL_SPARE_CPUS],
			       now);
	account_gate(slot, &s->local, t, c, now);
	return 0;
}

/* While the gate is closed, another look follows so many packets that were refused. */
#define LOOK_REFUSED 32

/*
 * Why a packet is refused, or 0. One that the gate has let in already was `paid` for with packets
 * and bytes, and handing it to a thread was charged: to refuse it for the tenant's limit of time
 * would spend that for nothing. The account goes into debt for it, and the gate stays closed until
 * that is paid back. Shares are of a CPU, and of the thread's CPU nobody knew before.
 */
sl_inline __u32 account_closed(const struct sl_local *l, int paid)
{
	__u32 closed = l->closed;

	if (paid && (closed == SL_R_PPSLIMIT || closed == SL_R_RXLIMIT || closed == SL_R_CPULIMIT))
		return 0;
	return closed;
}

/*
 * A jiffy began, the account may not have room for more, the gate is closed, or it is a packet's
 * turn to be measured: out of the usual way of the gate, and answers for it. What is refused takes
 * no part in deciding what is measured: it is charged nothing. This and charge() are no functions
 * of their own: calls make a measured packet a tenth dearer.
 */
sl_inline int account_turn(struct run *r, const struct sl_tenant_rec *t, int paid)
{
	__u64 jiffy = bpf_jiffies64();
	struct sl_local *l;
	__u32 closed;
	int look;

	if (!r->stats || !t)
		return 0;
	l = &r->stats->local;
	if ((__s32)l->until < 1)
		l->until = l->rest ? 0 : 1;
	look = account_closed(l, paid) ? r->stats->refused % LOOK_REFUSED == 0
				       : l->until <= 1 && l->rest;
	if (look || l->jiffy != jiffy) {
		l->jiffy = jiffy;
		account_again(r->slot);
	}
	closed = account_closed(l, paid);
	if (closed) {
		r->stats->refused++;
		return (int)closed;
	}
	l->until--;
	if (l->until || l->rest)
		return 0;
	r->start_ns = measure_from(bpf_ktime_get_ns());
	return 0;
}

/* A packet whose delay is measured has become `act`; of those that left the node, it is counted.
 * A function of its own, as what it needs of the stack must be left for the chain. */
sl_noinline int note_delay(const struct run *r, int act, __u64 now, __u32 clock_ns)
{
	__u32 ns = (__u32)now - r->since_ns;
	struct sl_delay *d;
	__u64 bucket;

	if (act < XDP_PASS)
		return 0;
	d = bpf_map_lookup_elem(&tenant_delay, &r->slot);
	if (!d)
		return 0;
	bucket = sl_delay_bucket(ns > clock_ns ? ns - clock_ns : 0);
	opaque(bucket);
	if (bucket < SL_DELAY_BUCKETS)
		d->packets[bucket]++;
	return 0;
}

/* Charges a packet that was measured and has become `act`; which it returns. */
sl_inline int charge(const struct run *r, int act)
{
	__u64 now = bpf_ktime_get_ns(), cost = (__u32)now - r->start_ns, total;
	struct sl_tenant_stats *s = r->stats;
	struct sl_tenant_rec *t = bpf_map_lookup_elem(&tenant_rec, &r->slot);
	struct sl_node_conf *conf;
	struct sl_cpu_share *c;
	__u32 zero = 0, kind;

	c = bpf_map_lookup_elem(&cpu_share, &zero);
	conf = bpf_map_lookup_elem(&node_conf, &zero);
	if (!s || !t || !c || !conf)
		return act;
	if (r->since_ns)
		note_delay(r, act & (SL_ACT_THREAD - 1), now, conf->clock_ns);
	cost -= cost > conf->clock_ns ? conf->clock_ns : cost;
	if (t->bound_ns) {
		overrun(t, s, conf->overruns, cost > t->bound_ns);
		if (cost > t->bound_ns)
			cost = t->bound_ns;
	}
	kind = (__u32)act;
	opaque(kind);
	cost += conf->act_ns[kind & (SL_ACTIONS - 1)];
	sample_begin(&s->local);
	total = price(&s->local, cost) + conf->sample_ns;
	account_next(&s->local, sample_next(&s->local, t->sample));
	s->samples++;
	s->cpu_ns += total;
	s->local.owed_ns += total;
	c->used_ns += total;
	c->samples++;
	if (s->local.promised)
		s->local.promised_ns += total;
	else
		s->local.share_left -= (__s64)total;
	if (sl_unlikely(s->local.owed_ns >= SETTLE_NS || s->local.closed || share_due(c, now)))
		account_again(r->slot);
	else
		account_gate(r->slot, &s->local, t, c, now);
	return act;
}

/* The same for a packet that goes on to the tenant's thread, which is rare: checked once. */
sl_global int charge_handed(__u32 slot, __u32 start_ns)
{
	struct run r = {.slot = slot, .start_ns = start_ns};

	r.stats = bpf_map_lookup_elem(&tenant_stats, &slot);
	return charge(&r, SL_ACT_HAND);
}

#endif
