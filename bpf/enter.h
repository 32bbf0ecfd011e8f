/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into a tenant's chain and back: the frame is put where the tenant expects it, the entry record in
 * front of it, and the chain is called.
 */
#ifndef SL_BPF_ENTER_H
#define SL_BPF_ENTER_H

#include "maps.h"
#include "words.h"

/* What the trusted program knows of the packet while the chain runs, and after. */
struct run {
	struct sl_tenant_stats *stats;
	__u32 slot;
	__u32 generation;
	__u32 head; /* H */
	__u8 dev;   /* the tenant's device it came in on */
	__u8 hops;  /* times it was copied */
};

/* What a chain that is not there answers. Clang and the verifiers before 6.13 follow only the tail
 * call that fails: were this a constant to them, they would drop the code behind `enter`. */
volatile __u32 no_chain = SL_ANSWER(SL_V_DROP, SL_R_NOPROG, SL_ELEM_NONE);

/*
 * Runs the chain at `index` and returns its answer. A program that is tail-called from here returns
 * to our caller: so these are functions of their own, and their callers use less than 256 bytes of
 * stack. Afterwards the packet may be another: pointers are to be read again (Linux 6.1 and 6.12
 * do not insist).
 */
sl_noinline __u32 enter(struct xdp_md *ctx, __u32 index)
{
	bpf_tail_call(ctx, &tenants, index);
	return no_chain;
}

/* The same for a copy that comes back. */
sl_noinline __u32 enter_resume(struct xdp_md *ctx, __u32 index)
{
	bpf_tail_call(ctx, &resume, index);
	return no_chain;
}

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
