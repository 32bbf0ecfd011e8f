/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tenant of the trusted program's tests: it writes down what it is given, and answers what the
 * test wants answered, however outrageous.
 */
#include "bpf/helpers.h"
#include "tests/mux/tenant.h"

LICENSE("GPL");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SEEN_RUNS);
	__type(key, __u32);
	__type(value, struct plan);
} plans SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SEEN_RUNS);
	__type(key, __u32);
	__type(value, struct seen);
} sights SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tally);
} tallies SEC(".maps");

sl_inline __u32 distance(const void *from, const void *to)
{
	__u64 n = (const char *)to - (const char *)from;

	asm volatile("" : "+r"(n));
	return (__u32)n;
}

/* Copies up to `max` bytes of the packet from `off`. */
sl_inline void keep(struct xdp_md *ctx, __u32 off, void *to, __u32 len, __u32 max)
{
	if (len > max)
		len = max;
	len--;
	asm volatile("" : "+r"(len));
	if (len < max)
		bpf_xdp_load_bytes(ctx, off, to, len + 1);
}

sl_inline void look(struct xdp_md *ctx, const struct plan *p, struct seen *s)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	void *meta = (void *)(long)ctx->data_meta;
	__u32 total = distance(data, end);

	s->meta = distance(meta, data);
	s->len = total > p->head ? total - p->head : 0;
	if (p->head >= SL_ENTRY_LEN) {
		if (data + SL_ENTRY_LEN <= end)
			s->entry = *(__u64 *)data;
	} else if (meta + SL_ENTRY_LEN <= data) {
		s->entry = *(__u64 *)meta;
	}
	keep(ctx, 0, s->front, total, sizeof(s->front));
	keep(ctx, p->head, s->frame, s->len, sizeof(s->frame));
}

sl_inline long act(struct xdp_md *ctx, const struct plan *p, struct tally *t)
{
	char *data, *end;
	__u32 i;

	if (p->move_head && bpf_xdp_adjust_head(ctx, p->move_head))
		t->failed++;
	if (p->move_tail && bpf_xdp_adjust_tail(ctx, p->move_tail))
		t->failed++;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	for (i = 0; i < 64; i++) {
		if (i >= p->scribble || data + i + 1 > end)
			break;
		data[i] = (char)(0xa0 + i);
	}
	if (p->splits && data + sizeof(struct sl_split) <= end) {
		data[0] = (char)p->branch;
		data[1] = (char)p->copies;
	}
	if (p->redirect)
		bpf_redirect(p->redirect, 0);
	return (long)p->answer;
}

sl_inline long run(struct xdp_md *ctx, int resumed)
{
	__u32 zero = 0, at;
	struct tally *t = bpf_map_lookup_elem(&tallies, &zero);
	struct plan *p;
	struct seen *s;

	if (!t)
		return 0;
	at = t->runs++;
	t->resumed += resumed;
	p = bpf_map_lookup_elem(&plans, &at);
	s = bpf_map_lookup_elem(&sights, &at);
	if (!p || !s)
		return 0;
	look(ctx, p, s);
	return act(ctx, p, t);
}

SEC("xdp")
long chain(struct xdp_md *ctx)
{
	return run(ctx, 0);
}

SEC("xdp")
long resumed(struct xdp_md *ctx)
{
	return run(ctx, 1);
}

/* Whether the two sights are of the same packet. */
sl_inline int same(const struct seen *a, const struct seen *b)
{
	const __u64 *x = (const void *)a, *y = (const void *)b;
	__u32 i;

	for (i = 0; i < (sizeof(*a) - SEEN_BYTES + 256) / 8; i++) {
		if (x[i] != y[i])
			return 0;
	}
	return 1;
}

/* Compares its packet with that of the first run, then damages it: bytes, both ends, metadata. */
SEC("xdp")
long spoil(struct xdp_md *ctx)
{
	__u32 zero = 0, one = 1, r = bpf_get_prandom_u32();
	struct tally *t = bpf_map_lookup_elem(&tallies, &zero);
	struct plan *p = bpf_map_lookup_elem(&plans, &zero);
	struct seen *first = bpf_map_lookup_elem(&sights, &zero);
	struct seen *now = bpf_map_lookup_elem(&sights, &one);
	struct plan damage = {.scribble = 64};

	if (!t || !p || !first || !now)
		return 0;
	if (!t->runs++) {
		look(ctx, p, first);
	} else {
		look(ctx, p, now);
		t->differ += !same(first, now);
	}
	damage.answer = p->answer;
	damage.move_head = (int)(r & 127) - 96;
	damage.move_tail = (int)((r >> 8) & 127) - 32;
	bpf_xdp_adjust_meta(ctx, -8);
	return act(ctx, &damage, t);
}

/* Does what its packet says. */
SEC("xdp")
long told(struct xdp_md *ctx)
{
	const struct order *o = (void *)(long)ctx->data + ORDER_AT;
	__u32 rounds, i;

	if ((void *)(o + 1) > (void *)(long)ctx->data_end)
		return 0;
	rounds = o->rounds;
	for (i = 0; i < ORDER_ROUNDS; i++) {
		if (i >= rounds)
			break;
		asm volatile("" : "+r"(rounds));
	}
	return (long)o->answer;
}
