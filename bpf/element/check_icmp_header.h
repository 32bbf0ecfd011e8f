/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CheckICMPHeader: length for the type, and checksum, of ICMP messages (RFC 792, 950, 1122). */
#ifndef SL_ELEMENT_CHECK_ICMP_HEADER_H
#define SL_ELEMENT_CHECK_ICMP_HEADER_H

#include "verdict.h"
#include "../icmp.h"
#include "../ipcsum.h"

/* Bad packets, by what was found first. */
struct check_icmp_header_state {
	__u64 not_icmp;
	__u64 len;
	__u64 sum;
};

/* Whether a message of this type may be `len` bytes long. */
sl_inline int check_icmp_header_len(__u32 type, __u32 len)
{
	if (sl_icmp_is_error(type)) /* an IP header and 64 bits of what was in it */
		return len >= sizeof(struct sl_icmp) + 28;
	if (type == SL_ICMP_TIMESTAMP || type == SL_ICMP_TIMESTAMP_REPLY)
		return len == sizeof(struct sl_icmp) + 12;
	if (type == SL_ICMP_INFO || type == SL_ICMP_INFO_REPLY)
		return len == sizeof(struct sl_icmp);
	return 1;
}

sl_inline __u32 check_icmp_header(struct sl_pkt *p, struct check_icmp_header_state *st)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	const struct sl_icmp *icmp;
	__u32 len, sum = 0;

	if (!ip || ip->proto != SL_IPPROTO_ICMP) {
		st->not_icmp++;
		return SL_OUT_OR(1, NOMATCH);
	}
	icmp = sl_transport(p, 0, sizeof(*icmp));
	if (!icmp) {
		st->len++;
		return SL_OUT_OR(1, SHORT);
	}
	len = (__u32)((char *)p->data_end - (char *)p->data) - p->th;
	if (!check_icmp_header_len(icmp->type, len)) {
		st->len++;
		return SL_OUT_OR(1, BADHDR);
	}
	SL_SURELY(!sl_csum_range(p, p->th, len, SL_OFF_MASK, &sum), SL_KILL(BADSUM));
	if (sl_fold(sum) != 0xffff) {
		st->sum++;
		return SL_OUT_OR(1, BADSUM);
	}
	return SL_OUT(0);
}

#endif
