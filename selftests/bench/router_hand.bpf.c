/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * router.click by hand, the first of two. Twice: `hand` keeps no counters, `counting` has as many
 * as the graph's elements on the path have, so that what counting costs can be told from what else
 * differs.
 */
#include "router_hand.h"

LICENSE("GPL");

SEC("xdp")
int hand(struct xdp_md *ctx)
{
	return router(ctx, NULL, NULL);
}

SEC("xdp")
int counting(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct counters *c = bpf_map_lookup_elem(&counters, &zero);

	return c ? router(ctx, c, NULL) : 0;
}
