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

/* So much time may have been saved up by strangers: more than a jiffy. */
#define STRANGERS_NS (16ull << 20)

/* Whether as many strangers came to this CPU as may go to the host. Where they did, those of the
 * same jiffy are not worth a look at the clock. */
sl_inline int strangers_enough(void)
{
	struct sl_node_conf *conf;
	struct sl_cpu_share *c;
	__u64 now, until;
	__u32 zero = 0;

	conf = bpf_map_lookup_elem(&node_conf, &zero);
	c = bpf_map_lookup_elem(&cpu_share, &zero);
	if (!conf || !c || !conf->stranger_ns)
		return 0;
	if (c->strangers_jiffy == bpf_jiffies64())
		return 1;
	now = bpf_ktime_get_ns();
	until = c->strangers_ns;
	if ((__s64)(now - until) > 0)
		until = now;
	if (until - now > STRANGERS_NS) {
		c->strangers_jiffy = bpf_jiffies64();
		return 1;
	}
	c->strangers_ns = until + conf->stranger_ns;
	return 0;
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

/*
 * A key that no link has, between a link's addresses: somebody else's tunnel between the same
 * hosts, or a flood of forged keys. The host's stack takes microseconds to find that a packet is
 * nobody's, and no account pays for it: so there may be only so many.
 */
sl_noinline int pass_stranger(void)
{
	return sl_unlikely(strangers_enough()) ? drop_node(SL_R_UNKNOWNKEY) : pass(1);
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
