/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CheckUDPHeader: length and checksum of UDP datagrams (RFC 768). */
#ifndef SL_ELEMENT_CHECK_UDP_HEADER_H
#define SL_ELEMENT_CHECK_UDP_HEADER_H

#include "verdict.h"
#include "transport.h"

/* Bad packets, by what was found first. */
struct check_udp_header_state {
	__u64 not_udp;
	__u64 len;
	__u64 sum;
};

sl_inline __u32 check_udp_header(struct sl_pkt *p, struct check_udp_header_state *st)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	const struct sl_udp *udp;
	__u32 len;
	__u16 sum;

	if (!ip || ip->proto != SL_IPPROTO_UDP) {
		st->not_udp++;
		return SL_OUT_OR(1, NOMATCH);
	}
	udp = sl_transport(p, 0, sizeof(*udp));
	if (!udp) {
		st->len++;
		return SL_OUT_OR(1, SHORT);
	}
	len = sl_ntohs(udp->len);
	if (len < sizeof(*udp) || len > transport_len(p)) {
		st->len++;
		return SL_OUT_OR(1, BADHDR);
	}
	/* 0: the sender computed none. */
	if (!udp->check)
		return SL_OUT(0);
	SL_SURELY(!transport_sum(p, ip, len, &sum), SL_KILL(BADSUM));
	if (sum != 0xffff) {
		st->sum++;
		return SL_OUT_OR(1, BADSUM);
	}
	return SL_OUT(0);
}

#endif
