/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traffic without a network card: `storm_gen` makes frames (BPF_PROG_RUN, live frames) and sends
 * them into a veth; `storm_sink` at the far end counts them by the value of one byte.
 */
#include "abi.h"
#include "helpers.h"

LICENSE("GPL");

#define FRAME_MAX 256
#define MAX_KEYS 1024

struct storm_config {
	__u32 ifindex; /* where the frames go */
	__u32 len;     /* of a frame, at most FRAME_MAX */
	__u32 mark_at; /* sink: offset of the byte that is counted */
	__u32 n_keys;  /* over 0: GRE keys of the frames (map keys), by turns */
	__u32 train;   /* frames with the same key, one after the other; at least 1 */
	__u32 random;  /* the next key is drawn, not the next in turn */
	__u32 seq_at;  /* over 0: offset of a number that frames have, of 32 bits */
	__u32 zero;
	__u8 frame[FRAME_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct storm_config);
} config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_KEYS);
	__type(key, __u32);
	__type(value, __be32);
} keys SEC(".maps");

/* By CPU: frames made; frames seen, by mark. */
struct storm_counts {
	__u32 key;    /* index of the one that frames have now */
	__u32 left;   /* frames that still get it */
	__u64 random; /* what the last was drawn with */
	__u64 sent;
	__u64 seen;
	__u64 bytes;
	__u64 by_mark[256];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct storm_counts);
} counts SEC(".maps");

/* The sink's: frames come to it by one queue. */
struct storm_order {
	__u32 last;   /* the highest number seen */
	__u32 behind; /* frames that came after one with a higher number */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct storm_order);
} order SEC(".maps");

#define KEY_AT 38 /* behind Ethernet, IPv4 and the first word of GRE */

/* The same for one key as for many: what it costs is no difference between floods. */
sl_inline __u32 next_key(const struct storm_config *c, struct storm_counts *n)
{
	if (n->left) {
		n->left--;
		return n->key;
	}
	n->left = c->train - 1;
	if (c->random) {
		n->random = n->random * 6364136223846793005ull + 1442695040888963407ull;
		n->key = (__u32)((n->random >> 32) * c->n_keys >> 32);
	} else {
		n->key = n->key + 1 < c->n_keys ? n->key + 1 : 0;
	}
	return n->key;
}

sl_inline void set_key(struct xdp_md *ctx, const struct storm_config *c, struct storm_counts *n)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 i = next_key(c, n);
	const __be32 *key = bpf_map_lookup_elem(&keys, &i);

	if (key && data + KEY_AT + 4 <= end)
		__builtin_memcpy(data + KEY_AT, key, 4);
}

/* Where the frame has its number. */
sl_inline __u32 *number(struct xdp_md *ctx, const struct storm_config *c)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u64 at = c->seq_at & 0xff;

	data += at;
	return at && data + 4 <= end ? (__u32 *)data : 0;
}

/* Notes whether the frame is in its place. */
sl_inline void in_order(struct xdp_md *ctx, const struct storm_config *c)
{
	__u32 zero = 0, *n = number(ctx, c);
	struct storm_order *o = bpf_map_lookup_elem(&order, &zero);

	if (!n || !o)
		return;
	if ((__s32)(*n - o->last) < 0)
		o->behind++;
	else
		o->last = *n;
}

SEC("xdp")
int storm_gen(struct xdp_md *ctx)
{
	__u64 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 zero = 0;
	struct storm_config *c = bpf_map_lookup_elem(&config, &zero);
	struct storm_counts *n = bpf_map_lookup_elem(&counts, &zero);
	const __u64 *from;
	__u32 *seq;

	if (!c || !n)
		return XDP_DROP;
	/* A recycled page has what the last frame was made into. */
	from = (const __u64 *)c->frame;
#pragma unroll
	for (int i = 0; i < FRAME_MAX / 8; i++) {
		if (data + i + 1 > end)
			break;
		data[i] = from[i];
	}
	if (c->n_keys)
		set_key(ctx, c, n);
	seq = number(ctx, c);
	if (seq)
		*seq = (__u32)n->sent;
	n->sent++;
	return (int)bpf_redirect(c->ifindex, 0);
}

SEC("xdp")
int storm_sink(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 zero = 0, at;
	struct storm_config *c = bpf_map_lookup_elem(&config, &zero);
	struct storm_counts *n = bpf_map_lookup_elem(&counts, &zero);

	if (!c || !n)
		return XDP_DROP;
	at = c->mark_at & 0xff;
	if (data + at + 1 > end)
		return XDP_PASS;
	/* The peers' own neighbour discovery is not ours to count. */
	if (data + 14 > end || (data[0] & 1))
		return XDP_PASS;
	n->seen++;
	n->bytes += (__u64)(end - data);
	n->by_mark[data[at]]++;
	in_order(ctx, c);
	return XDP_DROP;
}

/* The far end of what is only to be received: anything redirected into a veth needs a program or
 * GRO at its peer. */
SEC("xdp")
int storm_pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

/* Bare redirect, to compare with: everything goes out of `ifindex`. */
SEC("xdp")
int storm_redirect(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct storm_config *c = bpf_map_lookup_elem(&config, &zero);

	(void)ctx;
	return c ? (int)bpf_redirect(c->ifindex, 0) : XDP_DROP;
}
