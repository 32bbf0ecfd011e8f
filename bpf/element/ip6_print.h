/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IP6Print: show IPv6 packets to whoever reads the graph's events. */
#ifndef SL_ELEMENT_IP6_PRINT_H
#define SL_ELEMENT_IP6_PRINT_H

#include "print.h"

struct ip6_print_conf {
	__u32 elem;  /* index in the graph */
	__u32 bytes; /* of the packet, at most; a multiple of 8 up to PRINT_MAX */
};

/* Of `bytes`, conf.bytes are sent. */
struct ip6_print_record {
	struct sl_event_head head;
	__u64 has_ip; /* the packet has the header that follows */
	struct sl_ip6 ip;
	__u8 bytes[PRINT_MAX];
};

sl_inline __u32 ip6_print(struct sl_pkt *p, const struct ip6_print_conf *c, void *events)
{
	const struct sl_ip6 *ip;
	struct ip6_print_record r;

	__builtin_memset(&r, 0, __builtin_offsetof(struct ip6_print_record, bytes) + c->bytes);
	r.head.elem = c->elem;
	r.head.len = sl_len(p);
	ip = sl_net(p, 0, sizeof(*ip));
	if (ip) {
		r.has_ip = 1;
		r.ip.vcf = ip->vcf;
		r.ip.plen = ip->plen;
		r.ip.next = ip->next;
		r.ip.hlim = ip->hlim;
		__builtin_memcpy(r.ip.src, ip->src, 16);
		__builtin_memcpy(r.ip.dst, ip->dst, 16);
	}
	event_bytes(p, p->off, r.bytes, c->bytes);
	sl_event(events, &r, __builtin_offsetof(struct ip6_print_record, bytes) + c->bytes);
	return SL_OUT(0);
}

#endif
