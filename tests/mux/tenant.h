/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the trusted program and their tenant (tenant.bpf.c) share. */
#ifndef SL_TESTS_MUX_TENANT_H
#define SL_TESTS_MUX_TENANT_H

#include "bpf/abi.h"

#define SEEN_BYTES 4096
#define SEEN_RUNS 4

/* What the tenant is to do with its packet, by run: the first entry for the first, and so on. */
struct plan {
	__u64 answer;	 /* all 64 bits of the result register */
	__u32 head;	 /* H */
	__s32 move_head; /* bpf_xdp_adjust_head, first */
	__s32 move_tail; /* bpf_xdp_adjust_tail, then */
	__u32 scribble;	 /* fill the first bytes of the packet, at most 64 */
	__u32 redirect;	 /* nonzero: call bpf_redirect to this device, too */
	__u8 splits;	 /* nonzero: write struct sl_split of what follows at the packet's start */
	__u8 branch, copies, zero;
};

/* What the tenant saw on that run, before it did anything. */
struct seen {
	__u32 len;  /* of the frame */
	__u32 meta; /* bytes of metadata */
	__u64 entry;
	__u8 front[128];	/* the packet's first bytes */
	__u8 frame[SEEN_BYTES]; /* from H on */
};

struct tally {
	__u32 runs;
	__u32 resumed; /* of those: by way of the program for copies */
	__u32 failed;  /* helper calls that did */
	__u32 differ;  /* runs of `spoil` that found another packet than the first */
};

/* What a packet for `told` has there: with H of 24 that is behind an Ethernet header. */
#define ORDER_AT (24 + 14)
struct order {
	__u64 answer;
	__u32 rounds; /* of a loop that does nothing, first; at most ORDER_ROUNDS */
	__u32 zero;
};
#define ORDER_ROUNDS 8192

#endif
