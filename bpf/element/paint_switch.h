/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* PaintSwitch: the colour is the output. */
#ifndef SL_ELEMENT_PAINT_SWITCH_H
#define SL_ELEMENT_PAINT_SWITCH_H

#include "verdict.h"

struct paint_switch_conf {
	__u8 anno;
	__u8 n_out;
};

sl_inline __u32 paint_switch(struct sl_pkt *p, const struct paint_switch_conf *c)
{
	__u8 color = sl_anno_u8(p, c->anno);

	if (color == 0xff)
		return SL_KILL(COPY);
	return color < c->n_out ? SL_OUT(color) : SL_KILL(PAINT);
}

#endif
