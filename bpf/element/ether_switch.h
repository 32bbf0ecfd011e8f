/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * EtherSwitch: a learning bridge (IEEE 802.1D 7.7, 7.8). A frame leaves by the port its destination
 * is known to be behind, unless it came from there; by all others where that is not known.
 */
#ifndef SL_ELEMENT_ETHER_SWITCH_H
#define SL_ELEMENT_ETHER_SWITCH_H

#include "hub.h"
#include "mac.h"
#include "verdict.h"

/* What was learned this lately is not written again. */
#define ETHER_SWITCH_FRESH_NS 1000000000ll

struct ether_switch_conf {
	__u8 n_out;
};

struct ether_switch_rw {
	__u64 timeout_ns; /* 0: nothing is learned */
};

struct ether_switch_key {
	__u8 addr[SL_ETH_ALEN];
	__u8 zero[2];
};

struct ether_switch_entry {
	__u64 seen; /* when a frame from it came in last */
	__u32 port;
	__u32 zero;
};

sl_inline __u32 ether_switch(struct sl_pkt *p, __u32 port, const struct ether_switch_conf *c,
			     struct ether_switch_rw *rw, void *table)
{
	const struct sl_eth *eth = sl_at(p, 0, sizeof(*eth));
	__u64 timeout = *(volatile __u64 *)&rw->timeout_ns, now;
	struct ether_switch_key key = {{0}, {0}};
	struct ether_switch_entry *e;

	if (!eth)
		return SL_KILL(SHORT);
	if (!timeout)
		return hub_flood(port, c->n_out);
	now = sl_now_coarse_ns(p);
	sl_mac_copy(key.addr, eth->src);
	e = sl_table_find(table, &key);
	if (!e || e->port != port || (__s64)(now - e->seen) >= ETHER_SWITCH_FRESH_NS ||
	    now - e->seen >= timeout / 4) {
		struct ether_switch_entry learned = {.seen = now, .port = port};

		sl_table_set(table, &key, &learned, 0);
	}
	if (eth->dst[0] & 1)
		return hub_flood(port, c->n_out);
	sl_mac_copy(key.addr, eth->dst);
	e = sl_table_find(table, &key);
	/* A table that comes from a graph before may know ports that are gone. */
	if (!e || (__s64)(now - e->seen) >= (__s64)timeout || e->port >= c->n_out)
		return hub_flood(port, c->n_out);
	if (e->port == port)
		return SL_KILL(ELEMENT);
	return SL_OUT(e->port);
}

#endif
