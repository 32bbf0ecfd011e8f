/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * encap.click by hand, the first of two: as one reads the graph, from top to bottom, and routes as
 * comparisons. The new headers are written into the room where the outer ones were.
 */
#include "abi.h"
#include "helpers.h"
#include "net.h"

LICENSE("GPL");

#define HEAD 28 /* H of the graph the tool compiles */
#define DROP(reason) ((int)SL_ANSWER(SL_V_DROP, SL_R_##reason, SL_ELEM_NONE))
#define ADDR(a, b, c, d) ((__u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static __u32 next_id[2]; /* of outer headers: GRE, IP in IP */

enum kind { GRE, IPIP, NOWHERE, NONE };
struct route {
	enum kind kind;
	__be32 far;
};

sl_inline struct route route(__u32 dst)
{
	__u32 net = dst >> 16, sub = dst >> 14 & 3;

#define TO(kind, last) ((struct route){kind, sl_htonl(ADDR(192, 0, 2, last))})
	if (dst >> 24 != 10)
		return dst >> 28 == 14 ? TO(NOWHERE, 0) : TO(NONE, 0);
	switch (net & 0xff) {
	case 0:
		return TO(GRE, 10);
	case 1:
		return TO(GRE, 11);
	case 2:
		return TO(GRE, 12);
	case 3:
		return sub == 1 ? TO(IPIP, 14) : TO(GRE, 13);
	case 4:
	case 5:
	case 6:
	case 7:
		return TO(IPIP, 15);
	case 8:
		return sub == 2 ? TO(GRE, 17) : TO(IPIP, 16);
	case 9:
		return TO(IPIP, 16);
	case 10:
		return TO(IPIP, 18);
	}
	return TO(NONE, 0);
#undef TO
}

/* Sum of a header with options, `hlen` bytes: few packets have them. Room for it was checked. */
sl_noinline __u32 long_sum(struct xdp_md *ctx, __u32 hlen)
{
	const char *data = (char *)(long)ctx->data, *end = (char *)(long)ctx->data_end;
	const __u16 *w = (const void *)(data + HEAD + sizeof(struct sl_eth));
	__u32 sum = 0;

	for (int i = 0; i < 30; i++, w++) {
		if ((const char *)(w + 1) > end || i * 2u >= hlen)
			break;
		sum += *w;
	}
	return sl_fold(sum);
}

sl_inline void ethernet(struct sl_eth *eth)
{
	__u16 *w = (void *)eth;

	w[0] = sl_htons(0x0600);
	w[1] = 0;
	w[2] = sl_htons(0x00a1);
	w[3] = sl_htons(0x0200);
	w[4] = 0;
	w[5] = sl_htons(0x00a1);
	eth->type = sl_htons(SL_ETH_P_IP);
}

sl_inline void outer(struct sl_ip4 *o, __u8 proto, __u32 len, __u32 id, __be32 far)
{
	__u32 sum;

	o->ver_ihl = 0x45;
	o->tos = 0;
	o->len = sl_htons((__u16)len);
	o->id = sl_htons((__u16)id);
	o->frag = 0;
	o->ttl = 64;
	o->proto = proto;
	o->src = sl_htonl(ADDR(192, 0, 2, 1));
	o->dst = far;
	sum = sl_htons(0x4500) + (__u32)sl_htons((__u16)(64 << 8 | proto)) + o->len + o->id +
	      (o->src & 0xffff) + (o->src >> 16) + (far & 0xffff) + (far >> 16);
	o->check = (__sum16)~sl_fold(sum);
}

SEC("xdp")
int hand(struct xdp_md *ctx)
{
	char *data = (char *)(long)ctx->data, *end = (char *)(long)ctx->data_end;
	struct sl_eth *eth = (void *)(data + HEAD);
	struct sl_ip4 *ip = (void *)(eth + 1);
	__u32 in, sum, at, hlen = sizeof(*ip);
	__u64 len, room; /* a difference of pointers is 64 bits wide to the verifier */
	struct route r;

	if ((char *)(eth + 1) > end)
		return DROP(SHORT);
	in = ((struct sl_entry *)data)->dev;
	if (in > 1)
		return DROP(NODEV);
	if (in == 1 || eth->type != sl_htons(SL_ETH_P_IP))
		return DROP(ELEMENT);

	/* CheckIPHeader */
	if ((char *)(ip + 1) > end)
		return DROP(SHORT);
	if (sl_unlikely(ip->ver_ihl != 0x45)) {
		hlen = (ip->ver_ihl & 0x0f) * 4u;
		if (ip->ver_ihl >> 4 != 4 || hlen < sizeof(*ip))
			return DROP(BADHDR);
	}
	len = sl_ntohs(ip->len);
	room = (__u64)(end - (char *)ip);
	if (len < hlen || len > room)
		return DROP(BADHDR);
	if (sl_likely(hlen == sizeof(*ip)) ? !sl_ip4_sum20_ok(ip) : long_sum(ctx, hlen) != 0xffff)
		return DROP(BADSUM);
	if (sl_unlikely(ip->src == 0 || ip->src == 0xffffffff ||
			ip->src == sl_htonl(ADDR(10, 0, 0, 255))) &&
	    ip->dst != sl_htonl(ADDR(10, 0, 0, 254)))
		return DROP(BADADDR);

	/* DecIPTTL */
	if (ip->ttl <= 1)
		return DROP(TTL);
	ip->ttl--;
	sum = (__u32)ip->check + sl_htons(0x0100);
	ip->check = (__sum16)(sum + (sum >= 0xffff));

	r = route(sl_ntohl(ip->dst));
	if (r.kind == GRE) {
		struct sl_gre *gre = (struct sl_gre *)ip - 1;
		struct sl_ip4 *o = (struct sl_ip4 *)gre - 1;

		gre->flags = 0;
		gre->proto = sl_htons(SL_ETH_P_IP);
		outer(o, SL_IPPROTO_GRE, (__u32)len + sizeof(*gre) + sizeof(*o),
		      __sync_fetch_and_add(&next_id[0], 1), r.far);
		ethernet((struct sl_eth *)o - 1);
		at = HEAD - sizeof(*gre) - sizeof(*o);
	} else if (r.kind == IPIP) {
		struct sl_ip4 *o = ip - 1;

		outer(o, 4, (__u32)len + sizeof(*o), __sync_fetch_and_add(&next_id[1], 1), r.far);
		ethernet((struct sl_eth *)o - 1);
		at = HEAD - sizeof(*o);
	} else {
		return r.kind == NOWHERE ? DROP(ELEMENT) : DROP(NOROUTE);
	}
	/* Last, as it makes the pointers void: what the link padded goes. */
	if (sl_unlikely(len != room) && bpf_xdp_adjust_tail(ctx, (int)(len - room)))
		return DROP(BADHDR);
	return (int)SL_ANSWER(SL_V_OUT, 1, at);
}
