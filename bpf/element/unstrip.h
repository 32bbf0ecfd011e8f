/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Unstrip: bytes stripped before come back. */
#ifndef SL_ELEMENT_UNSTRIP_H
#define SL_ELEMENT_UNSTRIP_H

#include "verdict.h"

struct unstrip_conf {
	__u32 length; /* at most 128 */
};

/* Bytes in front of `own` are none of the tenant's (outer headers): they read as zero. */
sl_inline void unstrip_clear(struct sl_pkt *p, __u32 length, __u32 own)
{
	__u32 i;

	for (i = 0; i < length; i++) {
		__u8 *b;

		if (p->off + i >= own)
			return;
		b = sl_at(p, i, 1);
		SL_SURELY(b, );
		*b = 0;
	}
}

sl_inline __u32 unstrip(struct sl_pkt *p, const struct unstrip_conf *c)
{
	__u32 own;

	if (sl_push(p, c->length))
		return SL_KILL(HEADROOM);
	/* A packet made here (sl_fresh) begins at the one of the two that is set. */
	own = p->mac != SL_UNSET ? p->mac : p->nh;
	if (p->off < own)
		unstrip_clear(p, c->length, own);
	return SL_OUT(0);
}

#endif
