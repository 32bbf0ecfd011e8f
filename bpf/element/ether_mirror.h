/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* EtherMirror: swap source and destination. */
#ifndef SL_ELEMENT_ETHER_MIRROR_H
#define SL_ELEMENT_ETHER_MIRROR_H

#include "verdict.h"
#include "mac.h"

sl_inline __u32 ether_mirror(struct sl_pkt *p)
{
	struct sl_eth *eth = sl_at(p, 0, sizeof(*eth));
	__u8 dst[6];

	if (!eth)
		return SL_KILL(SHORT);
	sl_mac_copy(dst, eth->dst);
	sl_mac_copy(eth->dst, eth->src);
	sl_mac_copy(eth->src, dst);
	return SL_OUT(0);
}

#endif
