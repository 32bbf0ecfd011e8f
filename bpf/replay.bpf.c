/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trusted program's stand-in where a graph runs on given packets and not on traffic: it enters
 * the one chain it has, and its result is the chain's answer. For BPF_PROG_RUN only; the packet is
 * laid out by the caller as segment 0 expects it.
 */
#include "abi.h"
#include "enter.h"
#include "frame.h"
#include "helpers.h"

LICENSE("GPL");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} chain SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sl_bench);
} bench SEC(".maps");

ENTER(enter, chain);

/* The packet is left as the chain left it, less its metadata. */
SEC("xdp")
int sl_replay(struct xdp_md *ctx)
{
	__u64 answer = enter(ctx, 0);

	return set_meta(ctx, 0) ? (int)no_chain : (int)answer;
}

/* Moves the packet's end so that it is `len` bytes behind the address `home`. 0 or -1. */
sl_inline int restore_tail(struct xdp_md *ctx, struct sl_bench *b, __u64 home)
{
	__u64 end = (__u64)(long)ctx->data_end;
	int delta;

	*(volatile __u64 *)&b->scratch = end;
	delta = (int)(home + b->len - *(volatile __u64 *)&b->scratch);
	return delta && bpf_xdp_adjust_tail(ctx, delta) ? -1 : 0;
}

/*
 * Makes the packet again what `bench` says: its place in the buffer, its length, its bytes, the
 * entry record. Addresses become numbers by way of the map: the verifier has no other subtraction
 * of what was an address once. 0 or -1.
 */
sl_inline int restore(struct xdp_md *ctx, struct sl_bench *b)
{
	__u64 home;
	__u32 len;
	int delta;

	*(volatile __u64 *)&b->scratch = (__u64)(long)ctx->data;
	home = b->home;
	if (!home)
		home = b->home = *(volatile __u64 *)&b->scratch;
	delta = (int)(home - *(volatile __u64 *)&b->scratch);
	/* The packet may not become shorter than an Ethernet header in between. */
	if (delta > 0 && restore_tail(ctx, b, home))
		return -1;
	if (delta && bpf_xdp_adjust_head(ctx, delta))
		return -1;
	if (delta <= 0 && restore_tail(ctx, b, home))
		return -1;
	if (set_meta(ctx, b->meta ? SL_ENTRY_LEN : 0))
		return -1;
	if (b->meta) {
		struct sl_entry *e = (void *)(long)ctx->data_meta;

		if ((void *)(e + 1) > (void *)(long)ctx->data)
			return -1;
		*e = b->entry;
	}
	/* Read this late it stays in a register: 6.1 forgets what it learned of a spilled one. */
	len = b->len;
	if (len < SL_ETH_HLEN || len > SL_BENCH_BYTES)
		return -1;
	return bpf_xdp_store_bytes(ctx, 0, b->bytes, len) ? -1 : 0;
}

/* Counts the run and restores the packet. 0 or -1. */
sl_inline int prepare(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct sl_bench *b = bpf_map_lookup_elem(&bench, &zero);

	if (!b)
		return -1;
	if (restore(ctx, b)) {
		b->failed++;
		return -1;
	}
	b->runs++;
	return 0;
}

/* Every run of BPF_PROG_RUN's `repeat` finds the same packet. */
SEC("xdp")
int sl_bench(struct xdp_md *ctx)
{
	if (prepare(ctx))
		return (int)no_chain;
	return (int)enter(ctx, 0);
}

/* All that sl_bench does beside the chain: what to subtract. */
SEC("xdp")
int sl_bench_empty(struct xdp_md *ctx)
{
	if (prepare(ctx))
		return (int)no_chain;
	return 0;
}
