/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* MarkIPHeader: says where the IPv4 header is, without looking whether it is one. */
#ifndef SL_ELEMENT_MARK_IP_HEADER_H
#define SL_ELEMENT_MARK_IP_HEADER_H

#include "verdict.h"
#include "../ipcsum.h"

struct mark_ip_header_conf {
	__u32 offset; /* of the IP header in the window */
};

sl_inline __u32 mark_ip_header(struct sl_pkt *p, const struct mark_ip_header_conf *c)
{
	const __u8 *first;

	p->nh = p->off + c->offset;
	first = sl_abs(p, p->nh, 1);
	p->th = first ? p->nh + ((__u32)(*first & 0x0f) << 2) : SL_UNSET;
	return SL_OUT(0);
}

#endif
