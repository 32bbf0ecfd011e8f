/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SetUDPChecksum: computes the checksum of UDP datagrams (RFC 768). */
#ifndef SL_ELEMENT_SET_UDP_CHECKSUM_H
#define SL_ELEMENT_SET_UDP_CHECKSUM_H

#include "verdict.h"
#include "transport.h"

struct set_udp_checksum_state {
	__u64 drops; /* whether output 1 is connected or not */
};

sl_inline __u32 set_udp_checksum(struct sl_pkt *p, struct set_udp_checksum_state *st)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	struct sl_udp *udp;
	__u32 len;
	__u16 sum;

	if (!ip) {
		st->drops++;
		return SL_OUT_OR(1, SHORT);
	}
	udp = sl_transport(p, 0, sizeof(*udp));
	if (!udp) {
		st->drops++;
		return SL_OUT_OR(1, SHORT);
	}
	len = sl_ntohs(udp->len);
	if (ip->frag & sl_htons(SL_IP_MF | SL_IP_OFFMASK)) {
		st->drops++;
		return SL_OUT_OR(1, FRAGMENT);
	}
	if (len < sizeof(*udp) || len > transport_len(p)) {
		st->drops++;
		return SL_OUT_OR(1, BADHDR);
	}
	udp->check = 0;
	SL_SURELY(!transport_sum(p, ip, len, &sum), SL_KILL(BADHDR));
	udp = sl_transport(p, 0, sizeof(*udp));
	SL_SURELY(udp, SL_KILL(BADHDR));
	/* 0 would say that there is none. */
	udp->check = sum == 0xffff ? sum : (__sum16)~sum;
	return SL_OUT(0);
}

#endif
