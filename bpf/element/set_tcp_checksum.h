/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SetTCPChecksum: computes the checksum of TCP segments (RFC 793 3.1). */
#ifndef SL_ELEMENT_SET_TCP_CHECKSUM_H
#define SL_ELEMENT_SET_TCP_CHECKSUM_H

#include "verdict.h"
#include "transport.h"

struct set_tcp_checksum_conf {
	__u8 fixoff; /* put header lengths right that cannot be */
};

struct set_tcp_checksum_state {
	__u64 drops;
};

sl_inline void set_tcp_checksum_fix(const struct sl_ip4 *ip, struct sl_tcp *tcp, __u32 len)
{
	__u32 words = tcp->off >> 4;

	if (words < sizeof(*tcp) / 4)
		words = sizeof(*tcp) / 4;
	else if (words * 4 > len && !(ip->frag & sl_htons(SL_IP_MF | SL_IP_OFFMASK)))
		words = len / 4;
	tcp->off = (__u8)(words << 4 | (tcp->off & 0x0f));
}

sl_inline __u32 set_tcp_checksum(struct sl_pkt *p, const struct set_tcp_checksum_conf *c,
				 struct set_tcp_checksum_state *st)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	struct sl_tcp *tcp;
	__u32 len, hlen;
	__u16 sum;

	if (!ip) {
		st->drops++;
		return SL_KILL(SHORT);
	}
	tcp = sl_transport(p, 0, sizeof(*tcp));
	if (!tcp) {
		st->drops++;
		return SL_KILL(SHORT);
	}
	len = sl_ntohs(ip->len);
	hlen = sl_ip4_hlen(ip);
	if (len < hlen + sizeof(*tcp) || len - hlen > transport_len(p)) {
		st->drops++;
		return SL_KILL(BADHDR);
	}
	if (c->fixoff)
		set_tcp_checksum_fix(ip, tcp, len - hlen);
	tcp->check = 0;
	SL_SURELY(!transport_sum(p, ip, len - hlen, &sum), SL_KILL(BADHDR));
	tcp = sl_transport(p, 0, sizeof(*tcp));
	SL_SURELY(tcp, SL_KILL(BADHDR));
	tcp->check = (__sum16)~sum;
	return SL_OUT(0);
}

#endif
