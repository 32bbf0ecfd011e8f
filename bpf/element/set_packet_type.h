/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SetPacketType: say for whom a packet is. */
#ifndef SL_ELEMENT_SET_PACKET_TYPE_H
#define SL_ELEMENT_SET_PACKET_TYPE_H

#include "verdict.h"

struct set_packet_type_conf {
	__u8 type;
};

sl_inline __u32 set_packet_type(struct sl_pkt *p, const struct set_packet_type_conf *c)
{
	p->type = c->type;
	return SL_OUT(0);
}

#endif
