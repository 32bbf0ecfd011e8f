/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * StoreIPAddress: writes an address into the packet; of the IP header's own the checksums that
 * cover it are updated (RFC 1624, RFC 3022 4.1).
 */
#ifndef SL_ELEMENT_STORE_IP_ADDRESS_H
#define SL_ELEMENT_STORE_IP_ADDRESS_H

#include "verdict.h"
#include "../ipcsum.h"

struct store_ip_address_conf {
	__be32 addr;
	__u32 offset; /* into the window, or into the IP header */
	__u8 anno;    /* the address is the packet's annotation */
	__u8 net;     /* the offset is into the IP header */
};

/* TCP's and UDP's checksums cover the addresses, too. */
sl_inline void store_ip_address_transport(struct sl_pkt *p, __u32 proto, __be32 from, __be32 to)
{
	if (proto == SL_IPPROTO_TCP) {
		struct sl_tcp *tcp = sl_transport(p, 0, sizeof(*tcp));

		if (tcp)
			tcp->check = sl_sum_update32(tcp->check, from, to);
	} else if (proto == SL_IPPROTO_UDP) {
		struct sl_udp *udp = sl_transport(p, 0, sizeof(*udp));

		/* 0: there is none, nor may one become that. */
		if (udp && udp->check) {
			__sum16 check = sl_sum_update32(udp->check, from, to);

			udp->check = check ? check : 0xffff;
		}
	}
}

sl_inline __u32 store_ip_address(struct sl_pkt *p, const struct store_ip_address_conf *c)
{
	__be32 addr = c->anno ? p->anno.dst_ip : c->addr, from;
	struct sl_ip4 *ip;
	sl_u32_wire *at;

	if (c->anno && !addr)
		return SL_OUT(0);
	if (!c->net) {
		at = sl_at(p, c->offset, sizeof(addr));
		if (!at)
			return SL_OUT_OR(1, SHORT);
		*at = addr;
		return SL_OUT(0);
	}
	ip = sl_net(p, 0, sizeof(*ip));
	if (!ip || sl_ip4_hlen(ip) < sizeof(*ip))
		return SL_OUT_OR(1, SHORT);
	at = (sl_u32_wire *)((char *)ip + c->offset);
	from = *at;
	*at = addr;
	ip->check = sl_sum_update32(ip->check, from, addr);
	if (!(ip->frag & sl_htons(SL_IP_OFFMASK)))
		store_ip_address_transport(p, ip->proto, from, addr);
	return SL_OUT(0);
}

#endif
