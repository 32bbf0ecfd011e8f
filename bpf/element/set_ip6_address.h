/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SetIP6Address: puts a constant address into the destination address annotation. */
#ifndef SL_ELEMENT_SET_IP6_ADDRESS_H
#define SL_ELEMENT_SET_IP6_ADDRESS_H

#include "verdict.h"
#include "../ip6.h"

struct set_ip6_address_conf {
	__be32 addr[4];
};

sl_inline __u32 set_ip6_address(struct sl_pkt *p, const struct set_ip6_address_conf *c)
{
	sl_ip6_copy(p->anno.dst_ip6, c->addr);
	return SL_OUT(0);
}

#endif
