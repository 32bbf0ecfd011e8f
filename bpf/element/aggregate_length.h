/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* AggregateLength: the aggregate annotation becomes the packet's length. */
#ifndef SL_ELEMENT_AGGREGATE_LENGTH_H
#define SL_ELEMENT_AGGREGATE_LENGTH_H

#include "verdict.h"

struct aggregate_length_conf {
	__u8 ip; /* from the network header on */
};

sl_inline __u32 aggregate_length(struct sl_pkt *p, const struct aggregate_length_conf *c)
{
	__u32 len = sl_len(p);

	if (c->ip) {
		if (p->nh == SL_UNSET)
			return SL_KILL(SHORT);
		len += p->off - p->nh;
	}
	p->anno.aggregate = len + p->anno.extra_length;
	return SL_OUT(0);
}

#endif
