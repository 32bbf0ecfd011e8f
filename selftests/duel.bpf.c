/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A victim's traffic beside an adversary's: `duel_gen` makes both (BPF_PROG_RUN, live frames) by
 * the clock and sends them into a veth, `duel_sink` at the far end counts the victim's and how long
 * they took. Time goes by in phases; in each the adversary sends at another rate, or not at all, so
 * that what is compared is measured in turn. See tools/duel.c.
 */
#include "duel.h"
#include "helpers.h"

LICENSE("GPL");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct duel_conf);
} conf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DUEL_FRAMES);
	__type(key, __u32);
	__type(value, struct duel_frame);
} frames SEC(".maps");

/* All packets are made and seen on one CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct duel_state);
} state SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DUEL_PHASES);
	__type(key, __u32);
	__type(value, struct duel_counts);
} counts SEC(".maps");

/* ---- Making ----------------------------------------------------------------------------------*/

/* Whether a side's packet is due. What is behind by more than `lag_ns` is left out, of both sides,
 * as what comes is by a network card that is full. */
sl_inline int due(const struct duel_conf *c, struct duel_state *s, struct duel_counts *n,
		  int counted, __u64 now, int side)
{
	__u64 interval = s->interval_ns[side], behind = now - s->due_ns[side], missed;

	if (!interval || (__s64)behind < 0)
		return 0;
	if (behind > c->lag_ns) {
		missed = (behind - c->lag_ns) / interval + 1;
		s->due_ns[side] += missed * interval;
		if (counted)
			n->late[side] += missed;
	}
	return now >= s->due_ns[side];
}

/* The side that sends now, or -1. */
sl_inline int turn(const struct duel_conf *c, struct duel_state *s, struct duel_counts *n,
		   int counted, __u64 now)
{
	int victim = due(c, s, n, counted, now, DUEL_VICTIM);
	int adversary = due(c, s, n, counted, now, DUEL_ADVERSARY);

	if (victim && (!adversary || s->due_ns[DUEL_VICTIM] <= s->due_ns[DUEL_ADVERSARY])) {
		s->due_ns[DUEL_VICTIM] += s->interval_ns[DUEL_VICTIM];
		return DUEL_VICTIM;
	}
	if (adversary) {
		s->due_ns[DUEL_ADVERSARY] += s->interval_ns[DUEL_ADVERSARY];
		return DUEL_ADVERSARY;
	}
	return s->flat_out ? DUEL_ADVERSARY : -1;
}

/* A new phase: the adversary begins, ends or changes. */
sl_inline void enter_phase(const struct duel_conf *c, struct duel_state *s, __u32 at, __u64 now)
{
	__u32 phase = c->n_phases ? at % c->n_phases : 0;

	s->at = at;
	s->phase = phase;
	phase &= DUEL_PHASES - 1;
	s->flat_out = c->flood_ns[phase] == DUEL_FLAT_OUT;
	s->interval_ns[DUEL_ADVERSARY] = s->flat_out ? 0 : c->flood_ns[phase];
	s->due_ns[DUEL_ADVERSARY] = now;
}

sl_inline void vary(__u8 *data, const __u8 *end, const struct duel_frame *f)
{
	__u32 r, at, inverse;

	for (int i = 0; i < DUEL_VARY; i++) {
		at = f->vary[i].at & (DUEL_FRAME_MAX - 1);
		inverse = f->vary[i].inverse & (DUEL_FRAME_MAX - 1);
		if (!at)
			break;
		r = bpf_get_prandom_u32();
		if (data + at + 2 <= end)
			*(__u16 *)(data + at) = (__u16)r;
		if (inverse && data + inverse + 2 <= end)
			*(__u16 *)(data + inverse) = (__u16)~r;
	}
}

sl_inline void stamp(__u8 *data, const __u8 *end, __u32 len, const struct duel_stamp *with)
{
	__u32 at = (len - sizeof(*with)) & (DUEL_FRAME_MAX - 1);

	if (data + at + sizeof(*with) <= end)
		__builtin_memcpy(data + at, with, sizeof(*with));
}

/* Writes the frame; a recycled page has what the last one was made into. */
sl_inline int make(struct xdp_md *ctx, const struct duel_frame *f, const struct duel_stamp *with)
{
	__u64 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const __u64 *from = (const __u64 *)f->bytes;
	__u32 room = (__u32)((char *)end - (char *)data);

	for (__u32 i = 0; i < DUEL_FRAME_MAX / 8; i++) {
		if (i * 8 >= f->len || data + i + 1 > end)
			break;
		data[i] = from[i];
	}
	vary((__u8 *)data, (__u8 *)end, f);
	if (with)
		stamp((__u8 *)data, (__u8 *)end, f->len, with);
	return f->len < room ? (int)bpf_xdp_adjust_tail(ctx, -(int)(room - f->len)) : 0;
}

SEC("xdp")
int duel_gen(struct xdp_md *ctx)
{
	__u32 zero = 0, at, index, counted;
	struct duel_stamp with = {.magic = DUEL_MAGIC};
	struct duel_conf *c = bpf_map_lookup_elem(&conf, &zero);
	struct duel_state *s = bpf_map_lookup_elem(&state, &zero);
	struct duel_counts *n;
	struct duel_frame *f;
	__u64 now, since;
	int side;

	if (!c || !s || !c->phase_ns)
		return XDP_DROP;
	now = bpf_ktime_get_ns();
	since = now - c->start_ns;
	if ((__s64)since < 0)
		return XDP_DROP;
	at = (__u32)(since / c->phase_ns);
	if (at >= c->phases)
		return XDP_DROP;
	if (at != s->at)
		enter_phase(c, s, at, now);
	counted = since - at * c->phase_ns >= c->settle_ns;
	index = s->phase;
	n = bpf_map_lookup_elem(&counts, &index);
	if (!n)
		return XDP_DROP;
	side = turn(c, s, n, (int)counted, now);
	if (side < 0)
		return XDP_DROP;
	side &= 1;
	index = c->first[side] + s->next[side];
	s->next[side] = s->next[side] + 1 < c->n[side] ? s->next[side] + 1 : 0;
	f = bpf_map_lookup_elem(&frames, &index);
	if (!f)
		return XDP_DROP;
	with.phase = counted ? s->phase : DUEL_PHASES;
	with.ns = now;
	if (make(ctx, f, side == DUEL_VICTIM ? &with : NULL))
		return XDP_DROP;
	if (counted)
		n->sent[side]++;
	return (int)bpf_redirect(c->ifindex, 0);
}

/* ---- Seeing ----------------------------------------------------------------------------------*/

/* 16 buckets for each power of two. */
sl_inline __u32 bucket(__u64 ns)
{
	__u32 x = ns >> 32 ? ~0u : (__u32)ns, n = 0;

	if (x >> 20) {
		n += 16;
		x >>= 16;
	}
	if (x >> 12) {
		n += 8;
		x >>= 8;
	}
	if (x >> 8) {
		n += 4;
		x >>= 4;
	}
	if (x >> 6) {
		n += 2;
		x >>= 2;
	}
	if (x >> 5) {
		n += 1;
		x >>= 1;
	}
	return n * 16 + x;
}

SEC("xdp")
int duel_sink(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct duel_stamp with;
	struct duel_counts *n;
	struct duel_state *s;
	__u32 zero = 0, phase, at;
	__u64 took;

	/* The peers' own neighbour discovery is not ours to count. */
	if (data + 14 > end || (data[0] & 1))
		return XDP_PASS;
	s = bpf_map_lookup_elem(&state, &zero);
	if (!s)
		return XDP_DROP;
	at = (__u32)((long)end - (long)data - sizeof(with)) & 0x7ff;
	data += at;
	if (data + sizeof(with) > end) {
		s->others++;
		return XDP_DROP;
	}
	__builtin_memcpy(&with, data, sizeof(with));
	if (with.magic != DUEL_MAGIC) {
		s->others++;
		return XDP_DROP;
	}
	phase = with.phase;
	n = bpf_map_lookup_elem(&counts, &phase);
	if (!n)
		return XDP_DROP; /* made before it was counted */
	took = bpf_ktime_get_ns() - with.ns;
	n->seen++;
	at = bucket(took);
	if (at < DUEL_BUCKETS)
		n->took[at]++;
	return XDP_DROP;
}
