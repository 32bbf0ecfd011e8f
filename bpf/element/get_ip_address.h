/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* GetIPAddress: copies an address from the packet into an annotation. */
#ifndef SL_ELEMENT_GET_IP_ADDRESS_H
#define SL_ELEMENT_GET_IP_ADDRESS_H

#include "verdict.h"

struct get_ip_address_conf {
	__u32 offset; /* into the window, or into the network header */
	__u8 net;     /* it is into the network header */
	__u8 anno;
};

sl_inline __u32 get_ip_address(struct sl_pkt *p, const struct get_ip_address_conf *c)
{
	const sl_u32_wire *a = c->net ? sl_net(p, c->offset, 4) : sl_at(p, c->offset, 4);

	if (!a)
		return SL_KILL(SHORT);
	sl_set_anno_u32(p, c->anno, *a);
	return SL_OUT(0);
}

#endif
