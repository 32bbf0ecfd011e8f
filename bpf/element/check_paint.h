/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CheckPaint: packets of one colour go on. */
#ifndef SL_ELEMENT_CHECK_PAINT_H
#define SL_ELEMENT_CHECK_PAINT_H

#include "verdict.h"

struct check_paint_conf {
	__u8 color;
	__u8 anno;
};

sl_inline __u32 check_paint(struct sl_pkt *p, const struct check_paint_conf *c)
{
	return sl_anno_u8(p, c->anno) == c->color ? SL_OUT(0) : SL_OUT_OR(1, PAINT);
}

#endif
