/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * MarkIPCE: tells of congestion in the packet itself; one whose ends do not know of that is
 * dropped, which tells them, too (RFC 3168, 5).
 */
#ifndef SL_ELEMENT_MARK_IP_CE_H
#define SL_ELEMENT_MARK_IP_CE_H

#include "verdict.h"
#include "ip_tos.h"

struct mark_ip_ce_conf {
	__u8 force; /* mark the others, too */
};

struct mark_ip_ce_state {
	__u64 drops;
};

sl_inline __u32 mark_ip_ce(struct sl_pkt *p, const struct mark_ip_ce_conf *c,
			   struct mark_ip_ce_state *st)
{
	struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	__u32 ecn;

	if (!ip)
		return SL_KILL(SHORT);
	ecn = ip->tos & IP_TOS_ECN;
	if (ecn == IP_ECN_NOT_ECT && !c->force) {
		st->drops++;
		return SL_KILL(ELEMENT);
	}
	if (ecn != IP_ECN_CE)
		ip_tos_set(ip, IP_TOS_ECN, IP_ECN_CE);
	return SL_OUT(0);
}

#endif
