/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers of flows: AggregateIPFlows, AggregateIPAddrPair. They are in a table of words beside that
 * of the flows, since they go on, as the flows do, in a graph that follows.
 */
#ifndef SL_ELEMENT_FLOW_NUMBER_H
#define SL_ELEMENT_FLOW_NUMBER_H

#include "verdict.h"

enum sl_flow_word {
	SL_FLOW_NUMBER, /* the last given */
	SL_FLOW_EPOCH,	/* flows of another were cleared */
	SL_FLOW_WORDS
};

sl_inline __u32 sl_flow_number(void *words)
{
	__u32 k = SL_FLOW_NUMBER, n;
	__u64 *last = sl_table_find(words, &k);

	SL_SURELY(last, 0);
	n = (__u32)__sync_fetch_and_add(last, 1) + 1;
	/* 0 means none. */
	return n ? n : (__u32)__sync_fetch_and_add(last, 1) + 1;
}

sl_inline __u32 sl_flow_epoch(void *words)
{
	__u32 k = SL_FLOW_EPOCH;
	__u64 *epoch = sl_table_find(words, &k);

	SL_SURELY(epoch, 0);
	return (__u32)*epoch;
}

/* What all flows' entries begin with. */
struct sl_flow {
	__u64 last_ns; /* when its last packet came */
	__u32 number;
	__u32 epoch;
	__u32 over;    /* TCP: bit 0, 1: a FIN in this direction; 3: done */
	__u32 reverse; /* its first packet came from the greater address */
};

/* The flow begins anew, with another number. Of several CPUs that see it end, one numbers it. */
sl_inline void sl_flow_renew(struct sl_flow *f, void *words, __u32 epoch, __u32 reverse)
{
	__u32 old = *(volatile __u32 *)&f->number;
	__u32 n = sl_flow_number(words);

	if (__sync_val_compare_and_swap(&f->number, old, n) != old)
		return;
	f->epoch = epoch;
	f->over = 0;
	f->reverse = reverse;
}

#endif
