/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ethernet addresses, for the elements that look at them. */
#ifndef SL_ELEMENT_MAC_H
#define SL_ELEMENT_MAC_H

#include "../net.h"

/* An address in two parts. */
sl_inline __u32 sl_mac_first(const __u8 *a)
{
	return *(const sl_u32_wire *)a;
}

sl_inline __u16 sl_mac_last(const __u8 *a)
{
	return *(const sl_u16_wire *)(a + 4);
}

sl_inline int sl_mac_eq(const __u8 *a, const __u8 *b)
{
	return sl_mac_first(a) == sl_mac_first(b) && sl_mac_last(a) == sl_mac_last(b);
}

sl_inline int sl_mac_broadcast(const __u8 *a)
{
	return sl_mac_first(a) == 0xffffffff && sl_mac_last(a) == 0xffff;
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

/* Both addresses of a frame, which stand one behind the other at `to`. Where they are constants,
 * they are a word of eight bytes and one of four; otherwise putting them together would take longer
 * than two stores more. */
sl_inline void sl_mac_pair(__u8 *to, const __u8 *dst, const __u8 *src)
{
	__u64 head = sl_mac_first(dst) | (__u64)sl_mac_last(dst) << 32 |
		     (__u64)(*(const sl_u16_wire *)src) << 48;
	__u32 tail = *(const sl_u32_wire *)(src + 2);

	if (__builtin_constant_p(head) && __builtin_constant_p(tail)) {
		*(sl_u64_wire *)to = head;
		*(sl_u32_wire *)(to + 8) = tail;
	} else {
		sl_mac_copy(to, dst);
		sl_mac_copy(to + SL_ETH_ALEN, src);
	}
}

#endif
