/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The GRE header on reception: RFC 2784 with the key and sequence number of RFC 2890; and which
 * sequence numbers are old.
 */
#ifndef SL_BPF_GRE_H
#define SL_BPF_GRE_H

#include "abi.h"
#include "helpers.h"
#include "net.h"
#include "words.h"

/* RFC 2784, 2.3: a receiver discards packets with one of bits 1 to 5 set; RFC 2890 gave two of
 * them, key and sequence number, a meaning. Bits 6 to 12 are ignored. */
#define GRE_REFUSED 0x4c00

/* The first four bytes as they stand; flags and protocol of them in host order. */
#define GRE_FLAGS(word) sl_ntohs((__be16)(word))
#define GRE_PROTO(word) sl_ntohs((__be16)((word) >> 16))

struct gre {
	__u32 word;
	__u32 len;  /* of the header, options included; the sequence number is the last option */
	__be32 key; /* 0 without one */
};

/* What a GRE header is to us. */
enum { GRE_OK, GRE_OTHER, GRE_SHORT, GRE_BAD };

/*
 * Reads the header at `p`. GRE_SHORT when the frame ends before it does, GRE_OTHER when the version
 * is not 0, GRE_BAD when a receiver must refuse it; `g` is set for GRE_OK only. That the outer IP
 * packet holds `len` bytes is the caller's to check.
 */
sl_inline int gre_read(const char *p, const void *end, struct gre *g)
{
	__u32 flags;

	if ((const void *)(p + sizeof(struct sl_gre)) > end)
		return GRE_SHORT;
	g->word = ld32(p);
	g->len = sizeof(struct sl_gre);
	g->key = 0;
	flags = GRE_FLAGS(g->word);
	if (flags == 0)
		return GRE_OK;
	if (sl_unlikely(flags & (SL_GRE_F_VERSION | GRE_REFUSED)))
		return flags & SL_GRE_F_VERSION ? GRE_OTHER : GRE_BAD;
	if (flags & SL_GRE_F_CSUM)
		g->len += 4;
	if (flags & SL_GRE_F_KEY) {
		p += g->len;
		if ((const void *)(p + 4) > end)
			return GRE_SHORT;
		g->key = ld32(p);
		g->len += 4;
	}
	if (flags & SL_GRE_F_SEQ)
		g->len += 4;
	return GRE_OK;
}

/*
 * Whether `seq` is new on this link (RFC 2890, 2.2): numbers from the last accepted one to the
 * 2^31 - 1 before it are old. The first packet of a link is always new. CPUs that receive for one
 * link at a time agree on the order by compare-and-swap, so no number is accepted twice; who loses
 * four times drops.
 */
sl_inline int seq_is_new(struct sl_link_rec *rec, __u32 seq)
{
	__u64 now = SL_SEQ_SEEN | seq;
	int i;

#pragma unroll
	for (i = 0; i < 4; i++) {
		__u64 last = *(volatile __u64 *)&rec->seq_in;

		if (last && (__u32)last - seq < 0x80000000u)
			return 0;
		if (__sync_val_compare_and_swap(&rec->seq_in, last, now) == last)
			return 1;
	}
	return 0;
}

#endif
