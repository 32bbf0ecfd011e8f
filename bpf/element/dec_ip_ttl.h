/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DecIPTTL: decrement the time to live, update the checksum (RFC 1812 5.3.1, RFC 1624). */
#ifndef SL_ELEMENT_DEC_IP_TTL_H
#define SL_ELEMENT_DEC_IP_TTL_H

#include "verdict.h"

struct dec_ip_ttl_conf {
	__u8 active;	/* 0: packets pass unchanged */
	__u8 multicast; /* also for multicast destinations */
};

struct dec_ip_ttl_state {
	__u64 drops; /* expired packets, whether output 1 is connected or not */
};

sl_inline __u32 dec_ip_ttl(struct sl_pkt *p, const struct dec_ip_ttl_conf *c,
			   struct dec_ip_ttl_state *st)
{
	struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	__u32 word;

	if (!ip)
		return SL_KILL(SHORT);
	if (!c->active)
		return SL_OUT(0);
	if (!c->multicast && (ip->dst & sl_htonl(0xf0000000)) == sl_htonl(0xe0000000))
		return SL_OUT(0);
	if (ip->ttl <= 1) {
		st->drops++;
		return SL_OUT_OR(1, TTL);
	}
	ip->ttl--;
	/* The word (ttl, protocol) went down by 0x0100: the checksum goes up by as much. */
	word = (__u32)ip->check + sl_htons(0x0100);
	ip->check = (__sum16)(word + (word >= 0xffff));
	return SL_OUT(0);
}

#endif
