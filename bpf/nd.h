/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Neighbour discovery for IPv6 over Ethernet (RFC 4861, RFC 2464): solicitations and
 * advertisements, with their Ethernet header.
 */
#ifndef SL_BPF_ND_H
#define SL_BPF_ND_H

#include "icmp6.h"
#include "element/mac.h"

#define SL_ND_ROUTER 0x80
#define SL_ND_SOLICITED 0x40
#define SL_ND_OVERRIDE 0x20

/* Options. */
#define SL_ND_SOURCE 1 /* the sender's Ethernet address */
#define SL_ND_TARGET 2 /* the target's */

/* No message worth a look has more options. */
#define SL_ND_OPTIONS 8

/* Both kinds of message behind the IPv6 header. */
struct sl_nd {
	struct sl_icmp icmp; /* rest[0]: flags of advertisements */
	__u8 target[16];
} SL_WIRE;

/* As they are made: with one option. */
struct sl_nd_frame {
	struct sl_eth eth;
	struct sl_ip6 ip;
	struct sl_nd nd;
	__u8 option, option_len;
	__u8 mac[SL_ETH_ALEN];
} SL_PACKED;

_Static_assert(sizeof(struct sl_nd_frame) == 86, "Ethernet and IPv6 headers, message, option");

/* What else is of interest in a message. Addresses stand where words do, see sl_mac_copy. */
struct sl_nd_seen {
	__u8 mac[SL_ETH_ALEN];
	__u8 has_mac; /* the option looked for is there */
	__u8 zero;
} __attribute__((aligned(8)));

/* Looks through the options from `at` to `end`, from the packet's start. 0, or -1: malformed. */
sl_inline int sl_nd_options(const struct sl_pkt *p, __u32 at, __u32 end, __u8 want,
			    struct sl_nd_seen *s)
{
	int i;

#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
	for (i = 0; i < SL_ND_OPTIONS && at < end; i++) {
		/* The shortest option is eight bytes long. */
		const __u8 *o = sl_abs(p, at, 8);

		if (!o || !o[1])
			return -1;
		if (o[0] == want && o[1] == 1 && !s->has_mac) {
			s->has_mac = 1;
			sl_mac_copy(s->mac, o + 2);
		}
		at += o[1] * 8u;
		SL_OPAQUE(at);
		at &= SL_OFF_MASK;
	}
	return at == end ? 0 : -1;
}

/*
 * Whether the frame is a good message of this type (RFC 4861 7.1): then *s has the address of the
 * option `want`, if there is one.
 */
sl_inline int sl_nd_is(const struct sl_pkt *p, __u8 type, __u8 want, struct sl_nd_seen *s)
{
	const __u32 head = __builtin_offsetof(struct sl_nd_frame, option);
	const struct sl_nd_frame *f = sl_at(p, 0, head);
	__u32 len, sum;

	__builtin_memset(s, 0, sizeof(*s));
	if (!f || f->eth.type != sl_htons(SL_ETH_P_IPV6) || !sl_ip6_version_ok(&f->ip) ||
	    f->ip.next != SL_IPPROTO_ICMPV6 || f->ip.hlim != 255 || f->nd.icmp.type != type ||
	    f->nd.icmp.code != 0 || sl_ip6_multicast(f->nd.target))
		return 0;
	len = sl_ntohs(f->ip.plen);
	if (len < sizeof(f->nd) || len > SL_OFF_MASK - 256)
		return 0;
	if (sl_ip6_sum(p, p->off + sizeof(f->eth), SL_IPPROTO_ICMPV6, len, &sum) ||
	    sl_fold(sum) != 0xffff)
		return 0;
	return !sl_nd_options(p, p->off + head, p->off + head - sizeof(f->nd) + len, want, s);
}

/* The Ethernet address of a group of IPv6 hosts (RFC 2464 7). */
sl_inline void sl_nd_group_mac(__u8 mac[SL_ETH_ALEN], const void *group)
{
	mac[0] = mac[1] = 0x33;
	__builtin_memcpy(mac + 2, (const __u8 *)group + 12, 4);
}

/* The group that an address's owner is in (RFC 4291 2.7.1): ff02::1:ff and its last three bytes. */
sl_inline void sl_nd_solicited(__be32 group[4], const void *addr)
{
	group[0] = sl_htonl(0xff020000);
	group[1] = 0;
	group[2] = sl_htonl(1);
	group[3] = ((const sl_u32_wire *)addr)[3] | sl_htonl(0xff000000);
}

/* What a message is made of. */
struct sl_nd_make {
	__be32 src[4], dst[4], target[4];
	__u8 to[8], from[8]; /* the frame's Ethernet addresses, in the first six bytes */
	__u8 mac[8];	     /* the option's */
	__u8 type, flags, option;
};

/* Writes it over the window, which is made as long as it must be. 0 or -1. */
sl_inline int sl_nd_write(struct sl_pkt *p, const struct sl_nd_make *m)
{
	struct sl_nd_frame *f;

	if (sl_set_len(p, sizeof(*f)))
		return -1;
	f = sl_at(p, 0, sizeof(*f));
	if (!f)
		return -1;
	sl_mac_copy(f->eth.dst, m->to);
	sl_mac_copy(f->eth.src, m->from);
	f->eth.type = sl_htons(SL_ETH_P_IPV6);
	f->ip.vcf = sl_htonl(6u << 28);
	f->ip.plen = sl_htons(sizeof(f->nd) + 8);
	f->ip.next = SL_IPPROTO_ICMPV6;
	f->ip.hlim = 255;
	sl_ip6_copy(f->ip.src, m->src);
	sl_ip6_copy(f->ip.dst, m->dst);
	f->nd.icmp.type = m->type;
	f->nd.icmp.code = 0;
	f->nd.icmp.check = 0;
	f->nd.icmp.rest[0] = m->flags;
	f->nd.icmp.rest[1] = f->nd.icmp.rest[2] = f->nd.icmp.rest[3] = 0;
	sl_ip6_copy(f->nd.target, m->target);
	f->option = m->option;
	f->option_len = 1;
	sl_mac_copy(f->mac, m->mac);
	/* Both addresses and the message, which end with the frame. */
	f->nd.icmp.check = (__sum16)~sl_fold(
		sl_csum_add(f->ip.src, sizeof(*f) - __builtin_offsetof(struct sl_nd_frame, ip.src),
			    sl_htons(sizeof(f->nd) + 8) + sl_htons(SL_IPPROTO_ICMPV6)));
	return 0;
}

/* The window is a message just made. */
sl_inline void sl_nd_mark(struct sl_pkt *p)
{
	p->mac = p->off;
	p->nh = p->off + sizeof(struct sl_eth);
	p->th = p->nh + sizeof(struct sl_ip6);
}

#endif
