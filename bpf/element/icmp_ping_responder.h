/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMPPingResponder: an echo request becomes the reply, in place (RFC 792, RFC 1122 3.2.2.6). */
#ifndef SL_ELEMENT_ICMP_PING_RESPONDER_H
#define SL_ELEMENT_ICMP_PING_RESPONDER_H

#include "verdict.h"
#include "../icmp.h"
#include "../ipcsum.h"

/*
 * The checksum of an ICMP message came out as 0. That is right unless the message is nothing but
 * zeroes: then its sum, the one sum that is 0, wants the other zero (RFC 1624, 3).
 */
sl_inline void icmp_ping_responder_zero(struct sl_pkt *p)
{
	__u32 len = (__u32)((char *)p->data_end - (char *)p->data) - p->th, sum = 0;
	struct sl_icmp *icmp;

	SL_SURELY(!sl_csum_range(p, p->th, len, SL_OFF_MASK, &sum), );
	if (sum)
		return;
	icmp = sl_transport(p, 0, sizeof(*icmp));
	SL_SURELY(icmp, );
	icmp->check = 0xffff;
}

sl_inline __u32 icmp_ping_responder(struct sl_pkt *p)
{
	struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	struct sl_icmp *icmp;
	sl_u16_wire *word;
	__u16 from;
	__be32 src;

	if (!ip || ip->proto != SL_IPPROTO_ICMP)
		return SL_OUT_OR(1, NOMATCH);
	icmp = sl_transport(p, 0, sizeof(*icmp));
	if (!icmp || icmp->type != SL_ICMP_ECHO)
		return SL_OUT_OR(1, NOMATCH);
	if (ip->frag & sl_htons(SL_IP_MF | SL_IP_OFFMASK))
		return SL_OUT_OR(1, FRAGMENT);

	src = ip->src;
	ip->src = ip->dst;
	ip->dst = src;
	ip->check = sl_sum_update(ip->check, ip->frag, 0);
	ip->frag = 0;
	word = (sl_u16_wire *)&ip->ttl;
	from = *word;
	ip->ttl = 255;
	ip->check = sl_sum_update(ip->check, from, *word);

	word = (sl_u16_wire *)icmp;
	from = *word;
	icmp->type = SL_ICMP_ECHO_REPLY;
	icmp->code = 0;
	icmp->check = sl_sum_update(icmp->check, from, *word);

	if (sl_unlikely(!icmp->check))
		icmp_ping_responder_zero(p);
	p->anno.dst_ip = src;
	p->anno.paint = 0;
	return SL_OUT(0);
}

#endif
