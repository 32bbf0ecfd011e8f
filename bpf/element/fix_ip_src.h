/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * FixIPSrc: a packet the router made itself (ICMPError) gets the address of the interface it leaves
 * by as source (RFC 1812 4.3.2.4); only behind the route lookup is that known.
 */
#ifndef SL_ELEMENT_FIX_IP_SRC_H
#define SL_ELEMENT_FIX_IP_SRC_H

#include "verdict.h"
#include "../ipcsum.h"

struct fix_ip_src_conf {
	__be32 addr;
};

sl_inline __u32 fix_ip_src(struct sl_pkt *p, const struct fix_ip_src_conf *c)
{
	struct sl_ip4 *ip;

	if (sl_likely(!p->anno.fix_ip_src) || p->nh == SL_UNSET)
		return SL_OUT(0);
	ip = sl_net(p, 0, sizeof(*ip));
	if (!ip)
		return SL_KILL(SHORT);
	p->anno.fix_ip_src = 0;
	ip->src = c->addr;
	if (sl_ip4_hlen(ip) < sizeof(*ip) || sl_ip4_set_sum(p, p->nh, sl_ip4_hlen(ip)))
		return SL_KILL(BADHDR);
	return SL_OUT(0);
}

#endif
