/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The byte of an IPv4 header that holds DSCP and ECN (RFC 2474, RFC 3168). */
#ifndef SL_ELEMENT_IP_TOS_H
#define SL_ELEMENT_IP_TOS_H

#include "../net.h"

#define IP_TOS_ECN 0x03
#define IP_TOS_DSCP 0xfc

#define IP_ECN_NOT_ECT 0 /* no ECN capable transport */
#define IP_ECN_ECT1 1
#define IP_ECN_ECT0 2
#define IP_ECN_CE 3

/* Sets the bits of `mask` to `value`; the header checksum is updated (RFC 1624). */
sl_inline void ip_tos_set(struct sl_ip4 *ip, __u32 mask, __u32 value)
{
	const sl_u16_wire *word = (const sl_u16_wire *)ip;
	__u16 from = *word;

	ip->tos = (__u8)((ip->tos & ~mask) | value);
	ip->check = sl_sum_update(ip->check, from, *word);
}

#endif
