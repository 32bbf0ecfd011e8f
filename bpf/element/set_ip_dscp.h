/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SetIPDSCP: sets the Differentiated Services code point (RFC 2474). */
#ifndef SL_ELEMENT_SET_IP_DSCP_H
#define SL_ELEMENT_SET_IP_DSCP_H

#include "verdict.h"
#include "ip_tos.h"

struct set_ip_dscp_conf {
	__u8 tos; /* the code point at its place */
};

sl_inline __u32 set_ip_dscp(struct sl_pkt *p, const struct set_ip_dscp_conf *c)
{
	struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));

	if (!ip)
		return SL_KILL(SHORT);
	ip_tos_set(ip, IP_TOS_DSCP, c->tos);
	return SL_OUT(0);
}

#endif
