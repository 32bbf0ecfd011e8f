/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ethernet addresses, for the elements that look at them. */
#ifndef SL_ELEMENT_MAC_H
#define SL_ELEMENT_MAC_H

#include "../net.h"

sl_inline int sl_mac_eq(const __u8 *a, const __u8 *b)
{
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3] && a[4] == b[4] &&
	       a[5] == b[5];
}

sl_inline int sl_mac_broadcast(const __u8 *a)
{
	return (a[0] & a[1] & a[2] & a[3] & a[4] & a[5]) == 0xff;
}

/*
 * In two words, and not memcpy: clang 14 for BPF loses the first of two neighbouring memcpys from a
 * constant that is not aligned (header fields from an element's configuration are just that).
 */
sl_inline void sl_mac_copy(__u8 *to, const __u8 *from)
{
	*(sl_u32_wire *)to = *(const sl_u32_wire *)from;
	*(sl_u16_wire *)(to + 4) = *(const sl_u16_wire *)(from + 4);
}

#endif
