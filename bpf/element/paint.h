/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paint: set a one-byte annotation to a colour. */
#ifndef SL_ELEMENT_PAINT_H
#define SL_ELEMENT_PAINT_H

#include "verdict.h"

struct paint_conf {
	__u8 color;
	__u8 anno;
};

sl_inline __u32 paint(struct sl_pkt *p, const struct paint_conf *c)
{
	sl_set_anno_u8(p, c->anno, c->color);
	return SL_OUT(0);
}

#endif
