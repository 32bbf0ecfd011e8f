/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SetAnnoByte: set a one-byte annotation, which may be changed while it runs. */
#ifndef SL_ELEMENT_SET_ANNO_BYTE_H
#define SL_ELEMENT_SET_ANNO_BYTE_H

#include "verdict.h"

struct set_anno_byte_conf {
	__u8 anno;
};

struct set_anno_byte_rw {
	__u32 value;
};

sl_inline __u32 set_anno_byte(struct sl_pkt *p, const struct set_anno_byte_conf *c,
			      struct set_anno_byte_rw *rw)
{
	sl_set_anno_u8(p, c->anno, (__u8)rw->value);
	return SL_OUT(0);
}

#endif
