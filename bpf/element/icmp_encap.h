/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPv4 and ICMP headers in front of packets: ICMPIPEncap and ICMPPingEncap (RFC 792). */
#ifndef SL_ELEMENT_ICMP_ENCAP_H
#define SL_ELEMENT_ICMP_ENCAP_H

#include "verdict.h"
#include "encap4.h"
#include "../icmp.h"
#include "../ipcsum.h"

struct icmp_encap {
	struct encap4 ip;
	__u16 ident;
	__u8 type, code;
};

/* The three times of timestamp messages are part of their header. */
#define ICMP_ENCAP_TIMES 12

sl_inline int icmp_encap_timestamp(__u32 type)
{
	return type == SL_ICMP_TIMESTAMP || type == SL_ICMP_TIMESTAMP_REPLY;
}

/* Whether messages of this type have an identifier and a number. */
sl_inline int icmp_encap_numbered(__u32 type)
{
	return type == SL_ICMP_ECHO || type == SL_ICMP_ECHO_REPLY || type == SL_ICMP_INFO ||
	       type == SL_ICMP_INFO_REPLY || icmp_encap_timestamp(type);
}

sl_inline __u32 icmp_encap_len(__u32 type)
{
	return sizeof(struct sl_icmp) + (icmp_encap_timestamp(type) ? ICMP_ENCAP_TIMES : 0);
}

/* `*n` messages were sent before; they are numbered from 1 to 65535, again and again. */
sl_inline __u32 icmp_encap(struct sl_pkt *p, const struct icmp_encap *c, __u64 *n)
{
	__u32 number = (__u32)(__sync_fetch_and_add(n, 1) % 65535) + 1, sum = 0;
	struct sl_ip4 *ip = encap4(p, &c->ip, icmp_encap_len(c->type), number);
	struct sl_icmp *icmp;

	if (!ip)
		return SL_KILL(HEADROOM);
	icmp = (struct sl_icmp *)(ip + 1);
	icmp->type = c->type;
	icmp->code = c->code;
	icmp->check = 0;
	__builtin_memset(icmp->rest, 0, sizeof(icmp->rest));
	if (icmp_encap_timestamp(c->type))
		__builtin_memset(icmp + 1, 0, ICMP_ENCAP_TIMES);
	if (icmp_encap_numbered(c->type)) {
		icmp->rest[0] = (__u8)(c->ident >> 8);
		icmp->rest[1] = (__u8)c->ident;
		icmp->rest[2] = (__u8)(number >> 8);
		icmp->rest[3] = (__u8)number;
	}
	SL_SURELY(!sl_csum_range(p, p->th, sl_len(p) - sizeof(*ip), SL_OFF_MASK, &sum),
		  SL_KILL(HEADROOM));
	icmp = sl_transport(p, 0, sizeof(*icmp));
	SL_SURELY(icmp, SL_KILL(HEADROOM));
	icmp->check = (__sum16)~sl_fold(sum);
	return SL_OUT(0);
}

#endif
