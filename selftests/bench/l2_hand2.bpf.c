/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * l2.click by hand, the second of two: both addresses in two words. What distinguishes the devices
 * is the lowest bit of one byte, so that it is computed and not branched on.
 */
#include "abi.h"
#include "helpers.h"

LICENSE("GPL");

#define START 42 /* where frames begin: H */

SEC("xdp")
int hand(struct xdp_md *ctx)
{
	__u8 *p = (__u8 *)(long)ctx->data, *end = (__u8 *)(long)ctx->data_end;
	__u64 *addresses = (__u64 *)(p + START); /* destination, two bytes of the source */
	__u32 *rest = (__u32 *)(p + START + 8);	 /* and its other four */
	__u64 dev, ours, head;

	if (p + START + 14 > end)
		return (int)SL_ANSWER(SL_V_DROP, SL_R_SHORT, SL_ELEM_NONE);
	dev = *p;
	if (dev > 1)
		return (int)SL_ANSWER(SL_V_DROP, SL_R_NODEV, SL_ELEM_NONE);
	/* 02:00:00:00:00:a0 or a1, as a little-endian machine reads it. */
	ours = 0xa00000000002ull + (dev << 40);
	head = *addresses;
	if (sl_likely(head << 16 == ours << 16)) {
		/* To 06:00:00:00:00:ax from 02:00:00:00:00:ax, of the other device. */
		*addresses = 0x0002a10000000006ull - (dev << 40);
		*rest = 0xa1000000u - ((__u32)dev << 24);
		return (int)SL_ANSWER(SL_V_OUT, 1 - dev, START);
	}
	return (int)SL_ANSWER(SL_V_DROP, head & 1 ? SL_R_BROADCAST : SL_R_NOTFORUS, SL_ELEM_NONE);
}
