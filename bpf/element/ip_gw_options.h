/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * IPGWOptions: the options every router on the way acts on, Record Route and Timestamp (RFC 791,
 * RFC 1812 4.2.2.2). Source routes are left alone. A malformed option sends the packet to output 1
 * with the offset of the bad byte in the parameter problem annotation.
 */
#ifndef SL_ELEMENT_IP_GW_OPTIONS_H
#define SL_ELEMENT_IP_GW_OPTIONS_H

#include "verdict.h"
#include "../ipcsum.h"
#include "../ipopt.h"

struct ip_gw_options_conf {
	__be32 addr; /* what is recorded: the address of the interface the packet leaves by */
};

struct ip_gw_options_state {
	__u64 drops; /* malformed options, whether output 1 is connected or not */
};

/* Whether an address is one of the router's: written for each instance. */
typedef int ip_gw_options_mine(__be32 addr);

/*
 * The time of the Timestamp option: no clock here knows midnight UT, so milliseconds of another
 * clock with the high bit set, which is how RFC 791 marks them.
 */
sl_inline __be32 ip_gw_options_time(struct sl_pkt *p)
{
	return sl_htonl((__u32)(sl_now_ns(p) / 1000000 % 86400000) | 0x80000000u);
}

/* Writes a word into the option at `o`, at its byte `at` as RFC 791 counts. */
sl_inline void ip_gw_options_put(struct sl_pkt *p, __u32 o, __u32 at, __be32 word)
{
	sl_u32_wire *slot = sl_net(p, o + at - 1, 4);

	SL_SURELY(slot, );
	*slot = word;
}

/* Record Route at `o`. 0, or which byte of the option is wrong. */
sl_inline __u32 ip_gw_options_route(struct sl_pkt *p, const struct ip_gw_options_conf *c, __u32 o)
{
	__u8 *h = sl_net(p, o, 3);
	__u32 ptr;

	if (!h || h[1] < 3)
		return 1;
	ptr = h[2];
	if (ptr < 4)
		return 2;
	if (ptr > h[1])
		return 0; /* full: the packet goes on as it is */
	if (ptr + 3 > h[1])
		return 2;
	h[2] = (__u8)(ptr + 4);
	ip_gw_options_put(p, o, ptr, c->addr);
	return 0;
}

/* Timestamp at `o`. 0, or which byte of the option is wrong. */
sl_inline __u32 ip_gw_options_stamp(struct sl_pkt *p, const struct ip_gw_options_conf *c, __u32 o,
				    ip_gw_options_mine *mine)
{
	__u8 *h = sl_net(p, o, 4);
	const sl_u32_wire *slot;
	__u32 ptr, flag, need;

	if (!h || h[1] < 4)
		return 1;
	ptr = h[2];
	flag = h[3] & 0x0f;
	if (ptr < 5)
		return 2;
	if (flag > SL_IPOPT_TS_GIVEN || flag == 2)
		return 3;
	if (ptr > h[1]) {
		/* Full: count who found no room, as far as four bits go. */
		if (h[3] >= 0xf0)
			return 3;
		h[3] += 0x10;
		return 0;
	}
	need = flag == SL_IPOPT_TS_ONLY ? 4 : 8;
	if (ptr + need - 1 > h[1])
		return 2;
	slot = sl_net(p, o + ptr - 1, 4);
	SL_SURELY(slot, 0);
	if (flag == SL_IPOPT_TS_GIVEN && !mine(*slot))
		return 0;
	h[2] = (__u8)(ptr + need);
	if (flag == SL_IPOPT_TS_ADDR)
		ip_gw_options_put(p, o, ptr, c->addr);
	ip_gw_options_put(p, o, ptr + need - 4, ip_gw_options_time(p));
	return 0;
}

/*
 * All options of a header of `hlen` bytes. 0, or the offset of the bad byte in the
 * header. Either of the two may be there once (RFC 791), so two are acted on and more are only
 * stepped over.
 */
sl_inline __u32 ip_gw_options_all(struct sl_pkt *p, const struct ip_gw_options_conf *c, __u32 hlen,
				  ip_gw_options_mine *mine, __u32 *found)
{
	struct sl_opts o;
	int i;

	sl_opt_scan(p, hlen, SL_IPOPT_RR, SL_IPOPT_TS, &o);
	*found = o.first;
	SL_OPT_LOOP
	for (i = 0; i < 2; i++) {
		const __u8 *type = sl_net(p, o.first, 1);
		__u32 bad;

		if (!o.first)
			break;
		SL_SURELY(type, 0);
		if (*type == SL_IPOPT_RR)
			bad = ip_gw_options_route(p, c, o.first);
		else
			bad = ip_gw_options_stamp(p, c, o.first, mine);
		if (bad)
			return o.first + bad;
		o.first = o.second;
		o.second = 0;
	}
	return o.bad ? o.bad + 1 : 0;
}

sl_inline __u32 ip_gw_options(struct sl_pkt *p, const struct ip_gw_options_conf *c,
			      struct ip_gw_options_state *st, ip_gw_options_mine *mine)
{
	const struct sl_ip4 *ip = sl_net(p, 0, sizeof(*ip));
	__u32 hlen, bad, found = 0;

	if (!ip)
		return SL_KILL(SHORT);
	hlen = sl_ip4_hlen(ip);
	if (sl_likely(p->plain || hlen <= sizeof(*ip)))
		return SL_OUT(0);
	SL_SELDOM(p);
	/* What ends within its header is no packet: nothing of it is changed. */
	if (!sl_net(p, hlen - 4, 4))
		return SL_KILL(SHORT);
	bad = ip_gw_options_all(p, c, hlen, mine, &found);
	if (found)
		sl_ip4_set_sum(p, p->nh, hlen);
	if (!bad)
		return SL_OUT(0);
	st->drops++;
	p->anno.param_prob = (__u8)bad;
	return SL_OUT_OR(1, OPTIONS);
}

#endif
