/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* AggregateIPAddrPair: numbers pairs of IP addresses. */
#ifndef SL_ELEMENT_AGGREGATE_IP_ADDR_PAIR_H
#define SL_ELEMENT_AGGREGATE_IP_ADDR_PAIR_H

#include "flow_number.h"

struct aggregate_ip_addr_pair_conf {
	__u64 timeout_ns; /* 0: none */
	__u32 capacity;
};

struct aggregate_ip_addr_pair_key {
	__be32 a, b; /* a is the smaller, as a number in memory */
};

sl_inline __u32 aggregate_ip_addr_pair(struct sl_pkt *p,
				       const struct aggregate_ip_addr_pair_conf *c, void *pairs,
				       void *words)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	struct aggregate_ip_addr_pair_key key;
	struct sl_flow *f, fresh = {0};
	__u32 epoch, reverse;
	__u64 now = 0;

	if (!ip)
		return SL_OUT_OR(1, SHORT);
	reverse = ip->src > ip->dst;
	key.a = reverse ? ip->dst : ip->src;
	key.b = reverse ? ip->src : ip->dst;
	epoch = sl_flow_epoch(words);
	if (c->timeout_ns)
		now = sl_now_coarse_ns(p);
	f = sl_table_find(pairs, &key);
	if (!f) {
		fresh.last_ns = now;
		fresh.number = sl_flow_number(words);
		fresh.epoch = epoch;
		fresh.reverse = reverse;
		sl_table_set(pairs, &key, &fresh, 1);
		/* Another CPU may have been quicker; then its number counts. */
		f = sl_table_find(pairs, &key);
		if (!f)
			return SL_OUT_OR(1, STATE);
	} else if (f->epoch != epoch ||
		   (c->timeout_ns && (__s64)(now - f->last_ns) > (__s64)c->timeout_ns)) {
		sl_flow_renew(f, words, epoch, reverse);
	}
	if (c->timeout_ns && f->last_ns != now)
		f->last_ns = now;
	p->anno.aggregate = f->number;
	p->anno.paint = (__u8)(f->reverse ^ reverse);
	return SL_OUT(0);
}

#endif
