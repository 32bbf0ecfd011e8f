/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SetIPAddress: puts a constant address into an annotation. */
#ifndef SL_ELEMENT_SET_IP_ADDRESS_H
#define SL_ELEMENT_SET_IP_ADDRESS_H

#include "verdict.h"

struct set_ip_address_conf {
	__be32 addr;
	__u8 anno;
};

sl_inline __u32 set_ip_address(struct sl_pkt *p, const struct set_ip_address_conf *c)
{
	sl_set_anno_u32(p, c->anno, c->addr);
	return SL_OUT(0);
}

#endif
