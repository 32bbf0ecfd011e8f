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

/* What there is in a header; offsets are from its start, 0: none. */
struct sl_opts {
	__u32 first, second; /* options that were looked for */
	__u32 bad;	     /* option with a wrong length, behind those */
};

/* 0 if two bytes are the same, otherwise 1: a branch is what the verifier goes both ways of, in
 * each round of a loop anew. */
sl_inline __u32 sl_opt_differs(__u32 x, __u32 y)
{
	return ((x ^ y) + 255) >> 8;
}

/*
 * Looks for options of type `a` or `b` in a header of `hlen` bytes at the network header. What the
 * packet has of the options is looked at in a copy with zeroes behind it, which end a list.
 */
sl_inline void sl_opt_scan(const struct sl_pkt *p, __u32 hlen, __u32 a, __u32 b, struct sl_opts *o)
{
	__u32 total = (__u32)((char *)p->data_end - (char *)p->data);
	__u32 start = sl_blur(p, p->nh, SL_OFF_MASK) + sizeof(struct sl_ip4);
	__u32 len = hlen - sizeof(struct sl_ip4);
	__u32 at = sizeof(struct sl_ip4), hits = 0, shift = 0, i;
	__u8 *copy = SL_BYTES();

	*o = (struct sl_opts){0};
	if (!copy || len > SL_IPOPT_MAX)
		return;
	len = len < total - start ? len : total - start;
	/* Each byte has the place it has in the header. */
	__builtin_memset(__builtin_assume_aligned(copy + 16, 8), 0, 56);
	if (sl_copy_bytes(p, start, copy + sizeof(struct sl_ip4), len, SL_IPOPT_MAX))
		return;
	SL_OPT_LOOP
	for (i = 0; i < SL_IPOPT_MAX / 2; i++) {
		const __u8 *q;
		__u32 skip, longer, hit;

		/* The same bounds each time round: no header is longer. */
		SL_OPAQUE(at);
		at &= 63;
		q = copy + at;
		SL_OPAQUE(q);
		/* Every option but NOP is two bytes long at least; with one NOP skipped, so is
		 * what each round is about. */
		skip = 1 ^ sl_opt_differs(q[0], SL_IPOPT_NOP);
		SL_OPAQUE(skip);
		skip &= 1;
		q += skip;
		SL_OPAQUE(q);
		at += skip;
		if (q[0] == SL_IPOPT_EOL)
			break;
		longer = sl_opt_differs(q[0], SL_IPOPT_NOP);
		len = 1 + longer * (q[1] - 1u);
		if (len <= longer || at + len > hlen) {
			o->bad = at;
			break;
		}
		/* The first two are remembered, a byte each. */
		hit = (1 ^ (sl_opt_differs(q[0], a) & sl_opt_differs(q[0], b))) &
		      (1 ^ (shift >> 4));
		hits |= (at * hit) << shift;
		shift += hit << 3;
		at += len;
	}
	/* One way from here on, whatever ended the loop. */
	o->bad = sl_blur(p, o->bad, 63);
	hits = sl_blur(p, hits, 0x3fff);
	o->first = hits & 63;
	o->second = hits >> 8 & 63;
}

/*
 * Where the packet goes in the end: the last address of a source route it has not reached the end
 * of, or its destination. TCP's and UDP's checksums cover that one (RFC 1122 3.2.1.8, 4.1.3.4).
 */
sl_inline __be32 sl_ip4_final_dst(const struct sl_pkt *p, const struct sl_ip4 *ip)
{
	const sl_u32_wire *last;
	const __u8 *option;
	__be32 dst = ip->dst;
	struct sl_opts o;

	if (sl_likely(ip->ver_ihl == 0x45))
		return dst;
	sl_opt_scan(p, sl_ip4_hlen(ip), SL_IPOPT_LSRR, SL_IPOPT_SSRR, &o);
	if (!o.first)
		return dst;
	option = sl_net(p, o.first, 3);
	if (!option || option[1] < 7 || option[2] > option[1])
		return dst;
	last = sl_net(p, o.first + option[1] - 4, 4);
	return last ? *last : dst;
}

#endif
