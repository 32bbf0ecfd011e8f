/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting what did not go on. Off the usual path, so each is a function of its own and looks its
 * counters up again. All return the XDP action.
 */
#ifndef SL_BPF_COUNT_H
#define SL_BPF_COUNT_H

#include "maps.h"

/* Not ours: to the host's stack, untouched. */
sl_noinline int pass(__u32 unknown_key)
{
	__u32 zero = 0;
	struct sl_node_stats *s = bpf_map_lookup_elem(&node_stats, &zero);

	if (s) {
		s->pass++;
		s->unknown_key += unknown_key;
	}
	return XDP_PASS;
}

/* Ours, but of no link in particular. */
sl_noinline int drop_node(__u32 reason)
{
	__u32 zero = 0;
	struct sl_node_stats *s = bpf_map_lookup_elem(&node_stats, &zero);

	if (s && reason < SL_R_MAX)
		s->drops[reason]++;
	return XDP_DROP;
}

sl_global int count_link_drop(__u32 link, __u32 reason)
{
	struct sl_link_stats *s = bpf_map_lookup_elem(&link_stats, &link);

	if (s && reason < SL_R_MAX)
		s->drops[reason]++;
	return 0;
}

sl_inline int drop_link(__u32 link, __u32 reason)
{
	count_link_drop(link, reason);
	return XDP_DROP;
}

/* Of a tenant, before it was counted as the tenant's packet. */
sl_noinline int drop_arriving(__u32 slot, __u32 reason)
{
	struct sl_tenant_stats *s = bpf_map_lookup_elem(&tenant_stats, &slot);

	if (s && reason < SL_R_MAX) {
		s->packets++;
		s->drops[reason]++;
	}
	return XDP_DROP;
}

#endif
