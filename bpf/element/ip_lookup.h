/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What lookup elements do whose routes are in a table, not in code. */
#ifndef SL_ELEMENT_IP_LOOKUP_H
#define SL_ELEMENT_IP_LOOKUP_H

#include "../lpm_find.h"
#include "verdict.h"

/* `n_out` is the number of outputs. */
sl_inline __u32 sl_lookup_ip(struct sl_pkt *p, void *table, void *wide, __u32 n_out)
{
	const struct sl_hop4 *hop = sl_lpm_find4(table, wide, sl_ntohl(p->anno.dst_ip));
	__u32 port;

	if (!hop)
		return SL_KILL(NOROUTE);
	if (hop->gw)
		p->anno.dst_ip = hop->gw;
	port = hop->port;
	SL_SURELY(port < n_out, SL_KILL(NOROUTE));
	return SL_OUT(port);
}

#endif
