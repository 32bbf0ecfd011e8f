/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets an element makes itself (an ARP query, an ICMP error). There is no second packet at this
 * level, so one that is done with becomes the new one; what it carried along is forgotten.
 */
#ifndef SL_BPF_FRESH_H
#define SL_BPF_FRESH_H

#include "pkt.h"

/* Annotations and header offsets as on a packet just made; the device it came in by is kept. */
sl_inline void sl_fresh(struct sl_pkt *p)
{
	__builtin_memset(&p->anno, 0, sizeof(p->anno));
	p->type = SL_PKT_HOST;
	p->mac = SL_UNSET;
	p->nh = SL_UNSET;
	p->th = SL_UNSET;
}

#endif
