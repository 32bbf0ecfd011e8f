/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Measuring what a packet costs outside of what the trusted program can see: frames made in the
 * kernel (BPF_PROG_RUN, live frames) that go into one end of a veth, and what takes them at the
 * other end of another. All on one CPU. See loader/cost/platform.c.
 */
#include "helpers.h"

LICENSE("GPL");

#define FRAME_MAX 128
#define READS 16
#define NEAR_NS 1000 /* no more than this lies between two packets of a poll */

volatile __u32 out; /* gen: where frames go */
__u64 frame[FRAME_MAX / 8];
volatile __u64 seen; /* sink: packets, and how often two came one after the other */
volatile __u64 near, near_ns;
volatile __u64 clocks, clocks_ns; /* clock: how often it was read, and what that took */
__u64 last;

/* A recycled page has what the last frame was made into. */
SEC("xdp")
int gen(struct xdp_md *ctx)
{
	__u64 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

#pragma unroll
	for (int i = 0; i < FRAME_MAX / 8; i++) {
		if (data + i + 1 > end)
			break;
		data[i] = frame[i];
	}
	return (int)bpf_redirect(out, 0);
}

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	__u64 now = bpf_ktime_get_ns(), span = now - last;

	(void)ctx;
	last = now;
	seen++;
	if (span < NEAR_NS) {
		near++;
		near_ns += span;
	}
	return XDP_DROP;
}

SEC("xdp")
int clock(struct xdp_md *ctx)
{
	__u64 from = bpf_ktime_get_ns(), to = from;

	(void)ctx;
#pragma unroll
	for (int i = 0; i < READS; i++)
		to = bpf_ktime_get_ns();
	if (to - from < READS * NEAR_NS) {
		clocks += READS;
		clocks_ns += to - from;
	}
	return XDP_DROP;
}
