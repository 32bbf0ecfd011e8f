/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pad: make packets longer. */
#ifndef SL_ELEMENT_PAD_H
#define SL_ELEMENT_PAD_H

#include "verdict.h"

struct pad_conf {
	__u32 length; /* 0: by the extra length annotation */
};

sl_inline __u32 pad(struct sl_pkt *p, const struct pad_conf *c)
{
	__u32 len = sl_len(p), extra = p->anno.extra_length;

	if (c->length)
		extra = len < c->length ? c->length - len : 0;
	if (extra > SL_OFF_MASK || (extra && sl_move_tail(p, (int)extra)))
		return SL_KILL(HEADROOM);
	p->anno.extra_length = 0;
	return SL_OUT(0);
}

#endif
