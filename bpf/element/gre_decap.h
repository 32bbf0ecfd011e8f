/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* GREDecap: take off the GRE headers that a GREEncap of the same arguments makes. */
#ifndef SL_ELEMENT_GRE_DECAP_H
#define SL_ELEMENT_GRE_DECAP_H

#include "verdict.h"
#include "gre_header.h"

struct gre_decap_conf {
	struct gre_header gre;
};

/* Packets not taken, by what was found first. */
struct gre_decap_state {
	__u64 tiny;
	__u64 other; /* flags or protocol */
	__u64 key;
	__u64 sum;
	__u64 seq;
};

struct gre_decap_rw {
	__u64 seq; /* the last number accepted, with GRE_DECAP_SEEN; 0 before the first */
};

#define GRE_DECAP_SEEN (1ull << 32)

/* Reserved bits a receiver does not look at (RFC 2784, 2.3); all others must be as agreed. */
#define GRE_DECAP_IGNORED 0x03f8

/*
 * Whether a sequence number is new: numbers from the last accepted one to the 2^31 - 1 before it
 * are old (RFC 2890, 2.2). CPUs agree on the order by compare-and-swap, so that none is accepted
 * twice; who loses four times drops.
 */
sl_inline int gre_decap_new(struct gre_decap_rw *rw, __u32 seq)
{
	int i;

#ifdef __clang__
#pragma unroll
#endif
	for (i = 0; i < 4; i++) {
		__u64 last = *(volatile __u64 *)&rw->seq;

		if (last && (__u32)last - seq < 0x80000000u)
			return 0;
		if (__sync_val_compare_and_swap(&rw->seq, last, GRE_DECAP_SEEN | seq) == last)
			return 1;
	}
	return 0;
}

sl_inline __u32 gre_decap(struct sl_pkt *p, const struct gre_decap_conf *c,
			  struct gre_decap_state *st, struct gre_decap_rw *rw)
{
	const struct gre_header *h = &c->gre;
	const sl_u32_wire *w = sl_at(p, 0, gre_header_len(h));
	__u32 ignored = sl_htonl((__u32)GRE_DECAP_IGNORED << 16);
	__u32 seq = 0;

	if (!w) {
		st->tiny++;
		return SL_OUT_OR(1, SHORT);
	}
	if ((w[0] & ~ignored) != sl_htonl((__u32)h->flags << 16 | h->proto)) {
		st->other++;
		return SL_OUT_OR(1, NOMATCH);
	}
	if ((h->flags & SL_GRE_F_KEY) && w[gre_header_key_at(h)] != h->key) {
		st->key++;
		return SL_OUT_OR(1, NOMATCH);
	}
	if (h->flags & SL_GRE_F_SEQ)
		seq = sl_ntohl(w[gre_header_seq_at(h)]);
	if (h->flags & SL_GRE_F_CSUM) {
		__u16 sum;

		SL_SURELY(!gre_header_sum(p, &sum), SL_KILL(BADSUM));
		if (sum != 0xffff) {
			st->sum++;
			return SL_OUT_OR(1, BADSUM);
		}
	}
	if ((h->flags & SL_GRE_F_SEQ) && !gre_decap_new(rw, seq)) {
		st->seq++;
		return SL_OUT_OR(1, STATE);
	}
	sl_pull(p, gre_header_len(h));
	return SL_OUT(0);
}

#endif
