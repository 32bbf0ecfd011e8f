/* SPDX-License-Identifier: GPL-2.0-only */
/* router.click by hand, the second of two. */
#include "router_hand2.h"

LICENSE("GPL");

SEC("xdp")
int hand(struct xdp_md *ctx)
{
	return router(ctx, NULL);
}
