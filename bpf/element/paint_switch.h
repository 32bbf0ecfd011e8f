/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* PaintSwitch: the colour is the output; one colour is all of them. */
#ifndef SL_ELEMENT_PAINT_SWITCH_H
#define SL_ELEMENT_PAINT_SWITCH_H

#include "verdict.h"

#define PAINT_SWITCH_ALL 0xff

struct paint_switch_conf {
	__u8 anno;
	__u8 n_out;
};

sl_inline __u32 paint_switch(struct sl_pkt *p, const struct paint_switch_conf *c)
{
	__u8 color = sl_anno_u8(p, c->anno);

	if (color == PAINT_SWITCH_ALL)
		return c->n_out > 1 ? SL_DONE_COPY : SL_OUT(0);
	return color < c->n_out ? SL_OUT(color) : SL_KILL(PAINT);
}

#endif
