/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Neighbours of a link and when they are asked for: what ARP and neighbour discovery have in
 * common. Known neighbours and those being asked for are in tables of their own, so that a scan
 * over addresses nobody has cannot drive out neighbours that exist.
 */
#ifndef SL_BPF_NEIGH_H
#define SL_BPF_NEIGH_H

#include "pkt.h"

/* Not more than 10 queries a second for an address, and one in two seconds once 10 were in vain. */
#define SL_NEIGH_GAP_NS 100000000ll
#define SL_NEIGH_SLOW_GAP_NS 2000000000ll
#define SL_NEIGH_PATIENCE 10

struct sl_neigh_known {
	__u64 updated; /* when the answer came */
	__u64 asked;   /* the last query */
	__u8 eth[6];
	__u8 zero;
	__u8 asks; /* queries since the answer */
};

struct sl_neigh_wait {
	__u64 asked;
	__u32 asks; /* queries in vain */
	__u32 zero;
};

/* Whether it is time for another query; if so it is noted. One CPU alone gets a yes. */
sl_inline int sl_neigh_due(__u64 *asked, __u32 asks, __u64 now)
{
	__u64 last = *asked;
	__s64 gap = asks >= SL_NEIGH_PATIENCE ? SL_NEIGH_SLOW_GAP_NS : SL_NEIGH_GAP_NS;

	return (__s64)(now - last) >= gap && __sync_val_compare_and_swap(asked, last, now) == last;
}

/* The same for an address that is not known; who was asked `timeout_ns` ago (0: never) is as new.
 */
sl_inline int sl_neigh_ask(void *wait, const void *addr, __u64 now, __u64 timeout_ns)
{
	struct sl_neigh_wait *w = sl_table_find(wait, addr);

	if (!w) {
		struct sl_neigh_wait first = {.asked = now, .asks = 1};

		return sl_table_set(wait, addr, &first, 1) == 0;
	}
	/* Nobody asked for long: be quick again. */
	if (timeout_ns && (__s64)(now - w->asked) > (__s64)timeout_ns)
		w->asks = 0;
	if (!sl_neigh_due(&w->asked, w->asks, now))
		return 0;
	if (w->asks < SL_NEIGH_PATIENCE)
		w->asks++;
	return 1;
}

#endif
