/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* AggregatePaint: the aggregate annotation becomes the paint. */
#ifndef SL_ELEMENT_AGGREGATE_PAINT_H
#define SL_ELEMENT_AGGREGATE_PAINT_H

#include "verdict.h"

struct aggregate_paint_conf {
	__u8 bits; /* of the paint */
	__u8 incremental;
};

sl_inline __u32 aggregate_paint(struct sl_pkt *p, const struct aggregate_paint_conf *c)
{
	__u32 v = p->anno.paint & ((1u << c->bits) - 1);

	p->anno.aggregate = c->incremental ? (p->anno.aggregate << c->bits) + v : v;
	return SL_OUT(0);
}

#endif
