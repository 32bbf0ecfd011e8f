/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* MarkIP6Header: says where the IPv6 header is, without looking whether it is one. */
#ifndef SL_ELEMENT_MARK_IP6_HEADER_H
#define SL_ELEMENT_MARK_IP6_HEADER_H

#include "verdict.h"

struct mark_ip6_header_conf {
	__u32 offset; /* of the IPv6 header in the window */
};

sl_inline __u32 mark_ip6_header(struct sl_pkt *p, const struct mark_ip6_header_conf *c)
{
	p->nh = p->off + c->offset;
	p->th = p->nh + sizeof(struct sl_ip6);
	return SL_OUT(0);
}

#endif
