/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Walking over the options of an IPv4 header (RFC 791 3.1), at most 40 bytes. */
#ifndef SL_BPF_IPOPT_H
#define SL_BPF_IPOPT_H

#include "ipcsum.h"

#define SL_IPOPT_EOL 0
#define SL_IPOPT_NOP 1
#define SL_IPOPT_RR 7
#define SL_IPOPT_TS 68
#define SL_IPOPT_LSRR 131
#define SL_IPOPT_SSRR 137
#define SL_IPOPT_NONE 256 /* no option is of this type */

/* Flags of the Timestamp option. */
#define SL_IPOPT_TS_ONLY 0
#define SL_IPOPT_TS_ADDR 1
#define SL_IPOPT_TS_GIVEN 3

/* Bytes of options, and so the most options there can be. */
#define SL_IPOPT_MAX 40

/* In front of a loop over options: 40 copies of its body are not wanted. */
#ifdef __clang__
#define SL_OPT_LOOP _Pragma("clang loop unroll(disable)")
#else
#define SL_OPT_LOOP
#endif

struct sl_opt {
	__u32 at; /* from the start of the IP header */
	__u32 type;
	__u32 len;
};

enum sl_opt_found { SL_OPT_END, SL_OPT_BAD, SL_OPT_ONE };

/* On to what follows. No header is longer than 60 bytes: saying so gives the verifier the same
 * bounds each time, so that it need not follow every combination of lengths. */
sl_inline void sl_opt_skip(struct sl_opt *o)
{
	o->at += o->len;
	SL_OPAQUE(o->at);
	o->at &= 63;
}

/* The option begins with the packet's last byte: it may be one that has no length. */
sl_inline enum sl_opt_found sl_opt_last(const struct sl_pkt *p, const struct sl_opt *o)
{
	const __u8 *b = sl_net(p, o->at - 1, 2);

	return b && b[1] > SL_IPOPT_NOP ? SL_OPT_BAD : SL_OPT_END;
}

/*
 * Finds the next option of type `a` or `b` in a header of `hlen` bytes, from o->at on. SL_OPT_BAD:
 * the option at o->at has a wrong length. There is one way round the loop without a branch, as the
 * verifier goes every way 40 times.
 */
sl_inline enum sl_opt_found sl_opt_find(const struct sl_pkt *p, struct sl_opt *o, __u32 hlen,
					__u32 a, __u32 b)
{
	int i;

	SL_OPT_LOOP
	for (i = 0; i < SL_IPOPT_MAX; i++) {
		const __u8 *q;
		__u32 longer;

		if (o->at >= hlen)
			return SL_OPT_END;
		q = sl_net(p, o->at, 2);
		if (!q)
			return sl_opt_last(p, o);
		o->type = q[0];
		if (o->type == SL_IPOPT_EOL)
			return SL_OPT_END;
		/* 0 for NOP, which is one byte, and 1 for all others. */
		longer = ((o->type ^ SL_IPOPT_NOP) + 255) >> 8;
		o->len = 1 + longer * (q[1] - 1u);
		if (o->len <= longer || o->at + o->len > hlen)
			return SL_OPT_BAD;
		if (o->type == a || o->type == b)
			return SL_OPT_ONE;
		sl_opt_skip(o);
	}
	return SL_OPT_END;
}

/*
 * Where the packet goes in the end: the last address of a source route it has not reached the end
 * of, or its destination. TCP's and UDP's checksums cover that one (RFC 1122 3.2.1.8, 4.1.3.4).
 */
sl_inline __be32 sl_ip4_final_dst(const struct sl_pkt *p, const struct sl_ip4 *ip)
{
	struct sl_opt o = {.at = sizeof(*ip)};
	const sl_u32_wire *last;
	const __u8 *ptr;
	__be32 dst = ip->dst;

	if (sl_likely(ip->ver_ihl == 0x45))
		return dst;
	if (sl_opt_find(p, &o, sl_ip4_hlen(ip), SL_IPOPT_LSRR, SL_IPOPT_SSRR) != SL_OPT_ONE ||
	    o.len < 7)
		return dst;
	ptr = sl_net(p, o.at + 2, 1);
	last = sl_net(p, o.at + o.len - 4, 4);
	return ptr && last && *ptr <= o.len ? *last : dst;
}

#endif
