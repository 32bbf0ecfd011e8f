// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shape that lets one trusted program stand on both ends of a stranger's chain: a subprogram
 * tail-calls the chain, and when the chain ends, its answer is the subprogram's return value.
 *
 * What makes it hold on every kernel: clang and the verifiers follow only the tail call that fails,
 * so what `enter` returns then must be a value neither can know - a volatile global in writable
 * .data. A constant would be folded into the caller, and every other answer pruned away.
 *
 * And it is 64 bits wide. A stranger's program may leave anything in the upper half of the
 * register. Were `enter` to return 32 bits, the verifier would take the upper half for zero without
 * looking, and only the compiler's habits would keep an index taken from the answer in its array.
 */
#include "bpf/helpers.h"
#include "tests/enter/enter.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, ENTER_SLOTS);
	__type(key, __u32);
	__type(value, __u32);
} chains SEC(".maps");

/* The stranger's own: his segments reach nothing else. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, ENTER_SEGS);
	__type(key, __u32);
	__type(value, __u32);
} segments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct enter_ask);
} asks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct enter_told);
} tells SEC(".maps");

volatile __u64 no_answer = ENTER_EMPTY;

static const __u32 zero;

sl_inline struct enter_ask *asked(void)
{
	return bpf_map_lookup_elem(&asks, &zero);
}

sl_inline struct enter_told *told(void)
{
	return bpf_map_lookup_elem(&tells, &zero);
}

/* ---- The trusted side -----------------------------------------------------------------------*/

sl_noinline __u64 enter(struct xdp_md *ctx, __u32 slot)
{
	bpf_tail_call(ctx, &chains, slot);
	return no_answer;
}

/* Everything known about the packet before `enter` is stale behind it; 6.1 would not say so. */
sl_inline int settle(struct xdp_md *ctx, const struct enter_ask *ask, struct enter_told *tell,
		     __u32 answer)
{
	char *data = (char *)(long)ctx->data, *end = (char *)(long)ctx->data_end;

	tell->back++;
	tell->answer = answer;
	if (answer < ENTER_INDEXES)
		tell->indexed[answer]++;
	tell->len = end - data;
	if (data + 8 <= end)
		tell->head = *(__u64 *)data;
	if (answer >> 28 != 1)
		return XDP_DROP;
	return ask->out_ifindex ? bpf_redirect(ask->out_ifindex, 0) : XDP_TX;
}

SEC("xdp") int node(struct xdp_md *ctx)
{
	struct enter_ask *ask = asked();
	struct enter_told *tell = told();

	if (!ask || !tell)
		return XDP_ABORTED;
	return settle(ctx, ask, tell, enter(ctx, ask->slot));
}

/* As for copies: a second chain after the first. */
SEC("xdp") int node_twice(struct xdp_md *ctx)
{
	struct enter_ask *ask = asked();
	struct enter_told *tell = told();

	if (!ask || !tell)
		return XDP_ABORTED;
	tell->first = enter(ctx, ask->slot);
	return settle(ctx, ask, tell, enter(ctx, ask->second));
}

/* Not loadable: over 256 bytes of stack in a caller of the tail call. */
SEC("?xdp") int node_fat(struct xdp_md *ctx)
{
	__u64 room[40];

	room[0] = 1;
	asm volatile("" : : "r"(room) : "memory");
	return enter(ctx, ENTER_SLOT_CHAIN) + room[0] ? XDP_DROP : XDP_PASS;
}

/* ---- The stranger's side --------------------------------------------------------------------*/

/* Cuts the Ethernet header off, and goes on. */
SEC("xdp") int segment0(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_head(ctx, 14))
		return ENTER_FELL_OFF;
	bpf_tail_call(ctx, &segments, ENTER_SEG_1);
	return ENTER_FELL_OFF;
}

/* Puts 32 bytes in front, the first eight of them counting up. */
SEC("xdp") int segment1(struct xdp_md *ctx)
{
	__u8 *data, *end;

	if (bpf_xdp_adjust_head(ctx, -32))
		return ENTER_FELL_OFF;
	data = (__u8 *)(long)ctx->data;
	end = (__u8 *)(long)ctx->data_end;
	if (data + 8 > end)
		return ENTER_FELL_OFF;
	for (int i = 0; i < 8; i++)
		data[i] = 0xa0 + i;
	bpf_tail_call(ctx, &segments, ENTER_SEG_2);
	return ENTER_FELL_OFF;
}

SEC("xdp") int segment2(struct xdp_md *ctx)
{
	struct enter_ask *ask = asked();

	(void)ctx;
	return ask ? ask->answer : ENTER_FELL_OFF;
}

/* Answers with rubbish in the upper half of the register. */
SEC("xdp") __u64 wide(struct xdp_md *ctx)
{
	struct enter_ask *ask = asked();

	(void)ctx;
	return ask ? ask->answer | 0xdeadbeefULL << 32 : ENTER_FELL_OFF;
}

/* Tail-calls itself `depth` times. */
SEC("xdp") int deep(struct xdp_md *ctx)
{
	struct enter_ask *ask = asked();
	struct enter_told *tell = told();

	if (!ask || !tell)
		return ENTER_FELL_OFF;
	if (tell->calls >= ask->depth)
		return ask->answer;
	tell->calls++;
	bpf_tail_call(ctx, &segments, ENTER_SEG_DEEP);
	tell->calls--;
	return ENTER_FELL_OFF;
}

/* Asks the kernel for a redirect of his own and answers with its number. */
SEC("xdp") int thief(struct xdp_md *ctx)
{
	struct enter_ask *ask = asked();

	(void)ctx;
	return ask ? bpf_redirect(ask->thief_ifindex, 0) : XDP_ABORTED;
}

/* As thief, and then gives the answer asked for: the kernel still holds his redirect target. */
SEC("xdp") int sly_thief(struct xdp_md *ctx)
{
	struct enter_ask *ask = asked();

	(void)ctx;
	if (!ask)
		return XDP_ABORTED;
	bpf_redirect(ask->thief_ifindex, 0);
	return ask->answer;
}

/* On the far end of a veth: counts frames of this test. */
SEC("xdp") int count(struct xdp_md *ctx)
{
	char *data = (char *)(long)ctx->data, *end = (char *)(long)ctx->data_end;
	struct enter_told *tell = told();

	if (tell && data + 14 <= end && *(__be16 *)(data + 12) == sl_htons(ENTER_ETHERTYPE))
		__sync_fetch_and_add(&tell->seen, 1);
	return XDP_DROP;
}

LICENSE("GPL");
