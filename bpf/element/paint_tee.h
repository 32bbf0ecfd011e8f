/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* PaintTee: packets of one colour are copied to output 1. */
#ifndef SL_ELEMENT_PAINT_TEE_H
#define SL_ELEMENT_PAINT_TEE_H

#include "verdict.h"

struct paint_tee_conf {
	__u8 color;
	__u8 anno;
};

sl_inline __u32 paint_tee(struct sl_pkt *p, const struct paint_tee_conf *c)
{
	return sl_anno_u8(p, c->anno) == c->color ? SL_DONE_COPY : SL_OUT(0);
}

#endif
