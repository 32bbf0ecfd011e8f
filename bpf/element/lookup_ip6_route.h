/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* LookupIP6Route: its function is generated for each instance (loader/config/routes_code.c). */
#ifndef SL_ELEMENT_LOOKUP_IP6_ROUTE_H
#define SL_ELEMENT_LOOKUP_IP6_ROUTE_H

#include "../ip6.h"
#include "../lpm_find.h"
#include "verdict.h"

/* `n_out` is the number of outputs. */
sl_inline __u32 sl_lookup_ip6(struct sl_pkt *p, void *table, __u32 n_out)
{
	const struct sl_hop6 *hop = sl_lpm_find6(table, p->anno.dst_ip6);
	__u32 port;

	if (!hop)
		return SL_KILL(NOROUTE);
	if (!sl_ip6_unset(hop->gw))
		sl_ip6_copy(p->anno.dst_ip6, hop->gw);
	port = hop->port;
	SL_SURELY(port < n_out, SL_KILL(NOROUTE));
	return SL_OUT(port);
}

#endif
