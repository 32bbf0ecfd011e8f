/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SetIPECN: sets the field for explicit congestion notification (RFC 3168). */
#ifndef SL_ELEMENT_SET_IP_ECN_H
#define SL_ELEMENT_SET_IP_ECN_H

#include "verdict.h"
#include "ip_tos.h"

struct set_ip_ecn_conf {
	__u8 ecn;
};

sl_inline __u32 set_ip_ecn(struct sl_pkt *p, const struct set_ip_ecn_conf *c)
{
	struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));

	if (!ip)
		return SL_KILL(SHORT);
	ip_tos_set(ip, IP_TOS_ECN, c->ecn);
	return SL_OUT(0);
}

#endif
