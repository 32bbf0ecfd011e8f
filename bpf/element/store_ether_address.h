/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* StoreEtherAddress: an Ethernet address into the packet. */
#ifndef SL_ELEMENT_STORE_ETHER_ADDRESS_H
#define SL_ELEMENT_STORE_ETHER_ADDRESS_H

#include "verdict.h"
#include "mac.h"

struct store_ether_address_conf {
	__u32 offset;
	__u8 addr[6];
	__u8 use_anno; /* the address is in the annotations, from `anno` on */
	__u8 anno;
};

sl_inline __u32 store_ether_address(struct sl_pkt *p, const struct store_ether_address_conf *c)
{
	__u8 *at = sl_at(p, c->offset, SL_ETH_ALEN);
	__u32 i;

	if (!at)
		return SL_OUT_OR(1, SHORT);
	if (!c->use_anno) {
		sl_mac_copy(at, c->addr);
		return SL_OUT(0);
	}
	for (i = 0; i < SL_ETH_ALEN; i++)
		at[i] = sl_anno_u8(p, c->anno + i);
	return SL_OUT(0);
}

#endif
