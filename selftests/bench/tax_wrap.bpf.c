/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What taxcost times programs by: makes the packet what it was, and enters. bpf/replay.bpf.c does
 * it for every packet; here only the first FRESH bytes are put back, and the place where the packet
 * begins, so that it takes a fifth of the time and adds a fifth of its noise. The packet's end must
 * stay where it is.
 */
#include "abi.h"
#include "enter.h"
#include "helpers.h"

LICENSE("GPL");

#define FRESH 104

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} chain SEC(".maps");

struct state {
	__u64 home; /* where the packet begins; 0: where the first run finds it */
	__u64 scratch;
	__u64 runs, failed;
	__u64 bytes[FRESH / 8];
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct state);
} state SEC(".maps");

ENTER(enter, chain);

SEC("xdp")
int wrap(struct xdp_md *ctx)
{
	__u64 *to = (void *)(long)ctx->data;
	__u32 zero = 0;
	struct state *s = bpf_map_lookup_elem(&state, &zero);
	__u64 home;
	int delta;

	if (!s)
		return -1;
	/* The verifier subtracts no addresses of different packets; of numbers it does. */
	*(volatile __u64 *)&s->scratch = (__u64)(long)to;
	home = s->home;
	if (!home)
		home = s->home = *(volatile __u64 *)&s->scratch;
	delta = (int)(home - *(volatile __u64 *)&s->scratch);
	if (delta) {
		if (bpf_xdp_adjust_head(ctx, delta)) {
			s->failed++;
			return -1;
		}
		to = (void *)(long)ctx->data;
	}
	if ((char *)to + FRESH > (char *)(long)ctx->data_end) {
		s->failed++;
		return -1;
	}
	for (int i = 0; i < FRESH / 8; i++)
		to[i] = s->bytes[i];
	s->runs++;
	return (int)enter(ctx, 0);
}
