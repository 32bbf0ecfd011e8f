/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* AggregateCounter: counts packets or bytes for each value of the aggregate annotation. */
#ifndef SL_ELEMENT_AGGREGATE_COUNTER_H
#define SL_ELEMENT_AGGREGATE_COUNTER_H

#include "verdict.h"

/* What happens when a limit is reached. */
enum { AGGREGATE_COUNTER_FREEZE, AGGREGATE_COUNTER_STOP, AGGREGATE_COUNTER_CALL };

struct aggregate_counter_conf {
	__u8 bytes;   /* count bytes, not packets */
	__u8 ip;      /* from the network header on */
	__u8 packets; /* the extra packets annotation counts */
	__u8 length;  /* the extra length annotation counts */
	__u8 agg_action, count_action;
	__u8 n_out;
	__u32 capacity;
};

struct aggregate_counter_rw {
	__u64 frozen, stopped;
	__u64 agg_limit, count_limit;	/* ~0: none, or reached before */
	__u64 agg_called, count_called; /* a limit with a call was reached */
};

/* Words that go on with the table of counts, in a table of their own. */
enum { AGGREGATE_COUNTER_NAGG, AGGREGATE_COUNTER_TOTAL, AGGREGATE_COUNTER_WORDS };

sl_inline __u64 *aggregate_counter_word(void *words, __u32 k)
{
	/* cppcheck-suppress returnDanglingLifetime ; what is found is no part of the key */
	return sl_table_find(words, &k);
}

sl_inline __u64 aggregate_counter_amount(const struct sl_pkt *p,
					 const struct aggregate_counter_conf *c)
{
	__u64 n;

	if (!c->bytes)
		return 1 + (c->packets ? (__u64)p->anno.extra_packets : 0);
	n = sl_len(p);
	if (c->ip && p->nh != SL_UNSET)
		n += (__u64)p->off - p->nh;
	return n + (c->length ? p->anno.extra_length : 0);
}

/* `value` is at a limit: acts, once. */
sl_inline void aggregate_counter_reach(struct aggregate_counter_rw *rw, __u64 *limit, __u64 *called,
				       __u64 value, __u8 action)
{
	__u64 at = *(volatile __u64 *)limit;

	if (sl_likely(value < at) || __sync_val_compare_and_swap(limit, at, ~0ull) != at)
		return;
	if (action == AGGREGATE_COUNTER_FREEZE)
		rw->frozen = 1;
	else if (action == AGGREGATE_COUNTER_STOP)
		rw->stopped = 1;
	else
		*called = 1;
}

/* Puts in an aggregate that was not there. Its count, or NULL if it may not come in. */
sl_inline __u64 *aggregate_counter_new(const struct aggregate_counter_conf *c,
				       struct aggregate_counter_rw *rw, void *counts, __u64 *nagg,
				       __u32 agg)
{
	__u64 none = 0;

	aggregate_counter_reach(rw, &rw->agg_limit, &rw->agg_called, *(volatile __u64 *)nagg,
				c->agg_action);
	if (*(volatile __u64 *)&rw->frozen || *(volatile __u64 *)&rw->stopped)
		return NULL;
	if (!sl_table_set(counts, &agg, &none, 1))
		__sync_fetch_and_add(nagg, 1);
	/* cppcheck-suppress returnDanglingLifetime ; what is found is no part of the key */
	return sl_table_find(counts, &agg);
}

/* Whether the packet was counted. */
sl_inline int aggregate_counter_update(struct sl_pkt *p, __u32 frozen,
				       const struct aggregate_counter_conf *c,
				       struct aggregate_counter_rw *rw, void *counts, void *words)
{
	__u64 *nagg = aggregate_counter_word(words, AGGREGATE_COUNTER_NAGG);
	__u64 *total = aggregate_counter_word(words, AGGREGATE_COUNTER_TOTAL);
	__u64 amount = aggregate_counter_amount(p, c), *count, before;
	__u32 agg = p->anno.aggregate;

	SL_SURELY(nagg, 0);
	SL_SURELY(total, 0);
	if (*(volatile __u64 *)&rw->stopped)
		return 0;
	count = sl_table_find(counts, &agg);
	if (!count) {
		if (frozen || *(volatile __u64 *)&rw->frozen)
			return 0;
		/* Nothing is no reason to remember an aggregate. */
		if (!amount)
			return 1;
		count = aggregate_counter_new(c, rw, counts, nagg, agg);
		if (!count)
			return 0;
	}
	__sync_fetch_and_add(count, amount);
	before = __sync_fetch_and_add(total, amount);
	aggregate_counter_reach(rw, &rw->count_limit, &rw->count_called, before + amount,
				c->count_action);
	return 1;
}

sl_inline __u32 aggregate_counter(struct sl_pkt *p, __u32 port,
				  const struct aggregate_counter_conf *c,
				  struct aggregate_counter_rw *rw, void *counts, void *words)
{
	int counted = aggregate_counter_update(p, port == 1, c, rw, counts, words);

	return SL_OUT(counted || c->n_out < 2 ? 0 : 1);
}

#endif
