/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* GREEncap: prepend a GRE header (RFC 2784, RFC 2890). */
#ifndef SL_ELEMENT_GRE_ENCAP_H
#define SL_ELEMENT_GRE_ENCAP_H

#include "verdict.h"
#include "gre_header.h"

struct gre_encap_conf {
	struct gre_header gre;
};

struct gre_encap_rw {
	__u32 seq; /* of the next packet */
};

sl_inline __u32 gre_encap(struct sl_pkt *p, const struct gre_encap_conf *c, struct gre_encap_rw *rw)
{
	const struct gre_header *h = &c->gre;
	sl_u32_wire *w;
	__u16 sum;

	if (sl_push(p, gre_header_len(h)))
		return SL_KILL(HEADROOM);
	w = sl_at(p, 0, gre_header_len(h));
	SL_SURELY(w, SL_KILL(HEADROOM));
	w[0] = sl_htonl((__u32)h->flags << 16 | h->proto);
	if (h->flags & SL_GRE_F_KEY)
		w[gre_header_key_at(h)] = h->key;
	if (h->flags & SL_GRE_F_SEQ)
		w[gre_header_seq_at(h)] = sl_htonl(__sync_fetch_and_add(&rw->seq, 1));
	if (!(h->flags & SL_GRE_F_CSUM))
		return SL_OUT(0);
	w[1] = 0;
	SL_SURELY(!gre_header_sum(p, &sum), SL_KILL(HEADROOM));
	w = sl_at(p, 4, 4);
	SL_SURELY(w, SL_KILL(HEADROOM));
	*(sl_u16_wire *)w = (__u16)~sum;
	return SL_OUT(0);
}

#endif
