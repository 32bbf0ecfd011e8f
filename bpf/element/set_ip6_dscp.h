/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SetIP6DSCP: sets the differentiated services code point, leaving ECN alone (RFC 2474, 3168). */
#ifndef SL_ELEMENT_SET_IP6_DSCP_H
#define SL_ELEMENT_SET_IP6_DSCP_H

#include "verdict.h"

struct set_ip6_dscp_conf {
	__u32 dscp; /* 0 to 63 */
};

sl_inline __u32 set_ip6_dscp(struct sl_pkt *p, const struct set_ip6_dscp_conf *c)
{
	struct sl_ip6 *ip = sl_net(p, 0, sizeof(*ip));

	if (!ip)
		return SL_KILL(SHORT);
	ip->vcf = (ip->vcf & ~sl_htonl(0x0fc00000)) | sl_htonl(c->dscp << 22);
	return SL_OUT(0);
}

#endif
