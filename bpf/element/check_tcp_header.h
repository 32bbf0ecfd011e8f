/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CheckTCPHeader: lengths and checksum of TCP segments (RFC 793 3.1). */
#ifndef SL_ELEMENT_CHECK_TCP_HEADER_H
#define SL_ELEMENT_CHECK_TCP_HEADER_H

#include "verdict.h"
#include "transport.h"

/* Bad packets, by what was found first. */
struct check_tcp_header_state {
	__u64 not_tcp;
	__u64 len;
	__u64 sum;
};

sl_inline __u32 check_tcp_header(struct sl_pkt *p, struct check_tcp_header_state *st)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	const struct sl_tcp *tcp;
	__u32 len, hlen, off;
	__u16 sum;

	if (!ip || ip->proto != SL_IPPROTO_TCP) {
		st->not_tcp++;
		return SL_OUT_OR(1, NOMATCH);
	}
	tcp = sl_transport(p, 0, sizeof(*tcp));
	if (!tcp) {
		st->len++;
		return SL_OUT_OR(1, SHORT);
	}
	len = sl_ntohs(ip->len);
	hlen = sl_ip4_hlen(ip);
	off = (__u32)(tcp->off >> 4) << 2;
	if (off < sizeof(*tcp) || len < hlen + off || len - hlen > transport_len(p)) {
		st->len++;
		return SL_OUT_OR(1, BADHDR);
	}
	SL_SURELY(!transport_sum(p, ip, len - hlen, &sum), SL_KILL(BADSUM));
	if (sum != 0xffff) {
		st->sum++;
		return SL_OUT_OR(1, BADSUM);
	}
	return SL_OUT(0);
}

#endif
