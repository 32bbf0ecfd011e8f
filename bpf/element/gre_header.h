/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The GRE header as a tunnel's two ends agree on it (RFC 2784, RFC 2890): GREEncap, GREDecap. */
#ifndef SL_ELEMENT_GRE_HEADER_H
#define SL_ELEMENT_GRE_HEADER_H

#include "../ipcsum.h"

struct gre_header {
	__be32 key; /* with SL_GRE_F_KEY */
	__u16 flags, proto;
};

/* Length with its options, each of which is a word. */
sl_inline __u32 gre_header_len(const struct gre_header *h)
{
	return sizeof(struct sl_gre) + (h->flags & SL_GRE_F_CSUM ? 4 : 0) +
	       (h->flags & SL_GRE_F_KEY ? 4 : 0) + (h->flags & SL_GRE_F_SEQ ? 4 : 0);
}

/* Where an option is, in words from the beginning. */
sl_inline __u32 gre_header_key_at(const struct gre_header *h)
{
	return h->flags & SL_GRE_F_CSUM ? 2 : 1;
}

sl_inline __u32 gre_header_seq_at(const struct gre_header *h)
{
	return gre_header_key_at(h) + (h->flags & SL_GRE_F_KEY ? 1 : 0);
}

/* The folded sum of header and payload, from the window's start on. 0 or -1. */
sl_inline int gre_header_sum(const struct sl_pkt *p, __u16 *out)
{
	__u32 sum = 0;

	SL_SURELY(!sl_csum_range(p, p->off, sl_len(p), SL_OFF_MASK, &sum), -1);
	*out = sl_fold(sum);
	return 0;
}

#endif
