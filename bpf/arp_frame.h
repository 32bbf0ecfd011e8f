/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ARP for IPv4 over Ethernet (RFC 826) with its Ethernet header. */
#ifndef SL_BPF_ARP_FRAME_H
#define SL_BPF_ARP_FRAME_H

#include "pkt.h"
#include "element/mac.h"

#define SL_ARP_REQUEST 1
#define SL_ARP_REPLY 2

struct sl_arp_frame {
	struct sl_eth eth;
	struct sl_arp arp;
} SL_PACKED;

_Static_assert(sizeof(struct sl_arp_frame) == 42, "Ethernet header and ARP message");

/* Whether a frame is an ARP message of this operation (SL_ARP_*). */
sl_inline int sl_arp_is(const struct sl_arp_frame *f, __u16 op)
{
	return f->eth.type == sl_htons(SL_ETH_P_ARP) && f->arp.hrd == sl_htons(1) &&
	       f->arp.pro == sl_htons(SL_ETH_P_IP) && f->arp.op == sl_htons(op);
}

/* Everything but the addresses of the ARP message. */
sl_inline void sl_arp_head(struct sl_arp_frame *f, __u16 op, const __u8 *dst, const __u8 *src)
{
	sl_mac_copy(f->eth.dst, dst);
	sl_mac_copy(f->eth.src, src);
	f->eth.type = sl_htons(SL_ETH_P_ARP);
	f->arp.hrd = sl_htons(1);
	f->arp.pro = sl_htons(SL_ETH_P_IP);
	f->arp.hln = SL_ETH_ALEN;
	f->arp.pln = 4;
	f->arp.op = sl_htons(op);
}

#endif
