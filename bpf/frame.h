/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet on the way into a tenant's chain: the frame is put where the tenant expects it, with the
 * entry record in front of it.
 */
#ifndef SL_BPF_FRAME_H
#define SL_BPF_FRAME_H

#include "abi.h"
#include "helpers.h"
#include "words.h"

/* What the trusted program knows of the packet while the chain runs, and after. */
struct run {
	struct sl_tenant_stats *stats;
	__u32 start_ns; /* when it began to be measured, the lower half; 0: it is not */
	__u32 since_ns; /* when it came, the lower half, if its delay is measured; or 0 */
	__u32 slot;
	__u32 generation;
	__u8 head; /* H */
	__u8 dev;  /* the tenant's device it came in on */
	__u8 left; /* copies that may still be made of it */
	__u8 host; /* it may hand packets to the host's stack */
};

/* The entry record as one word. */
sl_inline __u64 entry_word(const struct run *r, __u8 flags, __u16 point)
{
	union {
		struct sl_entry entry;
		__u64 word;
	} u = {.entry = {r->dev, flags, point, r->generation}};

	return u.word;
}
_Static_assert(sizeof(struct sl_entry) == SL_ENTRY_LEN, "the entry record is one word");

/* Makes the metadata in front of the packet `len` bytes long, whatever was there. 0 or -1. */
sl_inline int set_meta(struct xdp_md *ctx, int len)
{
	int delta = (int)span((void *)(long)ctx->data_meta, (void *)(long)ctx->data) - len;

	return delta && bpf_xdp_adjust_meta(ctx, delta) ? -1 : 0;
}

/* Whether the packet has an Ethernet frame at offset `low`. */
sl_inline int frame_at(struct xdp_md *ctx, __u32 low)
{
	return low + SL_ETH_HLEN <= span((void *)(long)ctx->data, (void *)(long)ctx->data_end);
}

/* Writes the entry record at the packet's start. 0 or -1. */
sl_inline int put_entry(struct xdp_md *ctx, const struct run *r, __u8 flags, __u16 point)
{
	char *data = (void *)(long)ctx->data;

	if (data + SL_ENTRY_LEN > (char *)(long)ctx->data_end)
		return -1;
	st64(data, entry_word(r, flags, point));
	return 0;
}

/*
 * Moves the frame that begins at `off` to data + H and writes the entry record. 0, or a drop
 * reason. Packet pointers are to be read again.
 */
sl_inline int place(struct xdp_md *ctx, const struct run *r, __u32 off)
{
	int delta = (int)off - (int)r->head;
	char *at;

	if (delta && bpf_xdp_adjust_head(ctx, delta))
		return SL_R_HEADROOM;
	if (r->head >= SL_ENTRY_LEN) {
		at = (void *)(long)ctx->data;
		if (at + SL_ENTRY_LEN > (char *)(long)ctx->data_end)
			return SL_R_HEADROOM;
	} else {
		if (set_meta(ctx, SL_ENTRY_LEN))
			return SL_R_HEADROOM;
		at = (void *)(long)ctx->data_meta;
		if (at + SL_ENTRY_LEN > (char *)(long)ctx->data)
			return SL_R_HEADROOM;
	}
	st64(at, entry_word(r, 0, 0));
	return 0;
}

#endif
