/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMPv6 (RFC 4443): types and the checksum. */
#ifndef SL_BPF_ICMP6_H
#define SL_BPF_ICMP6_H

#include "ip6.h"

#define SL_ICMP6_UNREACHABLE 1
#define SL_ICMP6_TOO_BIG 2
#define SL_ICMP6_TIME_EXCEEDED 3
#define SL_ICMP6_PARAMETER_PROBLEM 4
#define SL_ICMP6_INFO 128    /* from here on messages are not about errors */
#define SL_ICMP6_SOLICIT 135 /* RFC 4861 */
#define SL_ICMP6_ADVERT 136
#define SL_ICMP6_REDIRECT 137

#define SL_ICMP6_PARAMETER_OPTION 2 /* code: an option nobody knows */

/* Sets the checksum of the ICMPv6 message of `len` bytes behind the IPv6 header at `at` (RFC 4443
 * 2.3, RFC 8200 8.1). 0 or -1. */
sl_inline int sl_icmp6_set_sum(struct sl_pkt *p, __u32 at, __u32 len)
{
	struct sl_icmp *icmp = sl_abs(p, at + sizeof(struct sl_ip6), sizeof(*icmp));
	__u32 sum;

	if (!icmp)
		return -1;
	icmp->check = 0;
	if (sl_ip6_sum(p, at, SL_IPPROTO_ICMPV6, len, &sum))
		return -1;
	icmp = sl_abs(p, at + sizeof(struct sl_ip6), sizeof(*icmp));
	if (!icmp)
		return -1;
	icmp->check = (__sum16)~sl_fold(sum);
	return 0;
}

#endif
