/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Discard: the wanted end of a packet. */
#ifndef SL_ELEMENT_DISCARD_H
#define SL_ELEMENT_DISCARD_H

#include "verdict.h"

struct discard_rw {
	__u64 base; /* packets already there when the count was reset; only handlers look */
};

sl_inline __u32 discard(struct sl_pkt *p, struct discard_rw *rw)
{
	(void)p;
	(void)rw;
	return SL_DONE_KEPT;
}

#endif
