/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* EtherRewrite: other addresses into the Ethernet header. */
#ifndef SL_ELEMENT_ETHER_REWRITE_H
#define SL_ELEMENT_ETHER_REWRITE_H

#include "verdict.h"
#include "mac.h"

struct ether_rewrite_conf {
	__u8 src[6];
	__u8 dst[6];
};

sl_inline __u32 ether_rewrite(struct sl_pkt *p, const struct ether_rewrite_conf *c)
{
	struct sl_eth *eth = p->mac == SL_UNSET ? NULL : sl_abs(p, p->mac, sizeof(*eth));

	if (!eth)
		return SL_KILL(SHORT);
	sl_mac_pair((__u8 *)eth, c->dst, c->src);
	return SL_OUT(0);
}

#endif
