/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* GetIP6Address: copies an address from the packet into the destination address annotation. */
#ifndef SL_ELEMENT_GET_IP6_ADDRESS_H
#define SL_ELEMENT_GET_IP6_ADDRESS_H

#include "verdict.h"
#include "../ip6.h"

struct get_ip6_address_conf {
	__u32 offset; /* into the window */
};

sl_inline __u32 get_ip6_address(struct sl_pkt *p, const struct get_ip6_address_conf *c)
{
	const void *a = sl_at(p, c->offset, 16);

	if (!a)
		return SL_KILL(SHORT);
	sl_ip6_copy(p->anno.dst_ip6, a);
	return SL_OUT(0);
}

#endif
