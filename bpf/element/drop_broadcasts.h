/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DropBroadcasts: a router forwards nothing that came as a link broadcast (RFC 1812 5.3.4). */
#ifndef SL_ELEMENT_DROP_BROADCASTS_H
#define SL_ELEMENT_DROP_BROADCASTS_H

#include "verdict.h"

struct drop_broadcasts_state {
	__u64 drops; /* whether output 1 is connected or not */
};

sl_inline __u32 drop_broadcasts(struct sl_pkt *p, struct drop_broadcasts_state *st)
{
	if (p->type == SL_PKT_BROADCAST || p->type == SL_PKT_MULTICAST) {
		st->drops++;
		return SL_OUT_OR(1, BROADCAST);
	}
	return SL_OUT(0);
}

#endif
