/* SPDX-License-Identifier: GPL-2.0-only */
/* l2.click by hand, the first of two: a struct for the header, a comparison at a time. */
#include "abi.h"
#include "helpers.h"
#include "net.h"

LICENSE("GPL");

#define HEAD 42 /* H of the graph the tool compiles */
#define DROP(reason) ((int)SL_ANSWER(SL_V_DROP, SL_R_##reason, SL_ELEM_NONE))

/* The last byte of the router's and its neighbours' addresses, by device. */
#define LAST(dev) ((__u8)(0xa0 + (dev)))

SEC("xdp")
int hand(struct xdp_md *ctx)
{
	char *data = (char *)(long)ctx->data, *end = (char *)(long)ctx->data_end;
	struct sl_eth *eth = (void *)(data + HEAD);
	__u16 *to = (void *)eth->dst, *from = (void *)eth->src;
	__u8 in, out;

	if ((char *)(eth + 1) > end)
		return DROP(SHORT);
	in = ((struct sl_entry *)data)->dev;
	if (in > 1)
		return DROP(NODEV);
	if (sl_unlikely(to[0] != sl_htons(0x0200) || to[1] || to[2] != sl_htons((__u16)LAST(in))))
		return eth->dst[0] & 1 ? DROP(BROADCAST) : DROP(NOTFORUS);
	out = !in;
	to[0] = sl_htons(0x0600);
	to[2] = sl_htons((__u16)LAST(out));
	from[0] = sl_htons(0x0200);
	from[1] = 0;
	from[2] = sl_htons((__u16)LAST(out));
	return (int)SL_ANSWER(SL_V_OUT, out, HEAD);
}
