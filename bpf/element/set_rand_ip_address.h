/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SetRandIPAddress: any address of a network as destination address annotation. */
#ifndef SL_ELEMENT_SET_RAND_IP_ADDRESS_H
#define SL_ELEMENT_SET_RAND_IP_ADDRESS_H

#include "verdict.h"

struct set_rand_ip_address_conf {
	__be32 addr, mask;
	__u32 limit; /* so many addresses at most; 0: all of them */
};

/* The n-th address of those there are with a limit: as good as any, and always the same. */
sl_inline __u32 set_rand_ip_address_nth(__u32 n)
{
	n = (n ^ n >> 16) * 0x45d9f3bu;
	n = (n ^ n >> 16) * 0x45d9f3bu;
	return n ^ n >> 16;
}

sl_inline __u32 set_rand_ip_address(struct sl_pkt *p, const struct set_rand_ip_address_conf *c)
{
	__u32 r = sl_random(p);

	if (c->limit)
		r = set_rand_ip_address_nth(((__u64)r * c->limit >> 32) + 1);
	p->anno.dst_ip = (c->addr & c->mask) | (r & ~c->mask);
	return SL_OUT(0);
}

#endif
