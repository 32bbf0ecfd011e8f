/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VLAN tags (IEEE 802.1Q 9.6): what the elements that write them are told. A TCI holds priority (3
 * bits), drop eligibility (1 bit) and the VLAN's number (12 bits).
 */
#ifndef SL_ELEMENT_VLAN_H
#define SL_ELEMENT_VLAN_H

#include "../pkt.h"

#define VLAN_ID_MASK 0x0fff

struct vlan_conf {
	__be16 tci;
	__be16 native;	 /* the VLAN whose frames have no tag */
	__u8 anno;	 /* the TCI is the packet's annotation */
	__u8 has_native; /* 0: all frames are tagged */
};

/* An Ethernet header with a tag. */
struct vlan_eth {
	__u8 dst[SL_ETH_ALEN];
	__u8 src[SL_ETH_ALEN];
	__be16 tpid;
	__be16 tci;
	__be16 type;
} SL_WIRE;

sl_inline __be16 vlan_tci(const struct sl_pkt *p, const struct vlan_conf *c)
{
	return c->anno ? p->anno.vlan_tci : c->tci;
}

sl_inline int vlan_untagged(__be16 tci, const struct vlan_conf *c)
{
	return c->has_native && (tci & sl_htons(VLAN_ID_MASK)) == c->native;
}

/* The window begins with an Ethernet header of `len` bytes. */
sl_inline void vlan_mark(struct sl_pkt *p, __u32 len)
{
	p->mac = p->off;
	p->nh = p->off + len;
}

#endif
