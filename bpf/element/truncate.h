/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Truncate: cut packets down to a length. */
#ifndef SL_ELEMENT_TRUNCATE_H
#define SL_ELEMENT_TRUNCATE_H

#include "verdict.h"

struct truncate_conf {
	__u8 extra_anno; /* what is cut off goes into the extra length annotation */
};

struct truncate_rw {
	__u32 nbytes;
};

sl_inline __u32 truncate(struct sl_pkt *p, const struct truncate_conf *c, struct truncate_rw *rw)
{
	__u32 len = sl_len(p), nbytes = rw->nbytes;

	if (len <= nbytes)
		return SL_OUT(0);
	if (sl_take(p, len - nbytes))
		return SL_KILL(SHORT);
	if (c->extra_anno)
		p->anno.extra_length += len - nbytes;
	return SL_OUT(0);
}

#endif
