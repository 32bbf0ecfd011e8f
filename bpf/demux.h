/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose packet is it? Ethernet, up to two VLAN tags, IPv4 or IPv6, GRE, and from the addresses and
 * the key to the link. Traffic that is not a tenant's goes to the host untouched: nothing here
 * writes to a packet.
 */
#ifndef SL_BPF_DEMUX_H
#define SL_BPF_DEMUX_H

#include "count.h"
#include "csum.h"
#include "ecn.h"
#include "find.h"
#include "gre.h"
#include "maps.h"
#include "words.h"

#define IPPROTO_FRAGMENT 44 /* next header: IPv6 fragment */

struct ip6_opt {
	__u8 next;
	__u8 len; /* in units of 8 bytes, less one */
	__u8 rest[6];
} SL_WIRE;

/* A packet of a link: where its parts are, in bytes from the packet's start. As small as can be: it
 * is on the stack while the chain runs. */
struct outer {
	struct sl_link_rec *rec;
	__u32 link;
	__u32 word;    /* what the GRE header begins with: GRE_FLAGS, GRE_PROTO */
	__u16 gre;     /* GRE header; kind direct has none */
	__u16 payload; /* what it carries; kind direct: 4 if there is a VLAN tag to be taken off */
	__u16 pad;     /* bytes behind the outer IP packet: Ethernet padding */
	__u16 ecn;     /* congestion mark of the outer header; kind direct has none */
};

/* demux() found a link; every other result is an XDP action, and counted. */
#define DEMUX_LINK -1

/*
 * A GRE packet that is of no link or cannot be read. If its addresses are those of a link it is
 * ours, and dropped for `reason`, unless only the key is unknown (reason SL_R_NOLINK): that may be
 * somebody else's tunnel between the same hosts.
 */
sl_noinline int refuse4(const struct sl_link4_key *key, __u32 reason)
{
	struct sl_pair4_key pair = {key->saddr, key->daddr};

	if (!bpf_map_lookup_elem(&pair4, &pair))
		return pass(0);
	return reason == SL_R_NOLINK ? pass_stranger() : drop_node(reason);
}

sl_noinline int refuse6(const struct sl_link6_key *key, __u32 reason)
{
	/* A pair is what a link's key begins with. */
	if (!bpf_map_lookup_elem(&pair6, key))
		return pass(0);
	return reason == SL_R_NOLINK ? pass_stranger() : drop_node(reason);
}
_Static_assert(__builtin_offsetof(struct sl_link6_key, key) == sizeof(struct sl_pair6_key),
	       "refuse6 takes a link's key for a pair");

/* Whether the GRE header that gre_read() took with `err` ends inside the outer IP packet, and that
 * inside the frame. `room`: bytes of the IP packet from the GRE header on. */
sl_inline int gre_whole(int err, const struct gre *g, int room, int pad)
{
	return !err && (int)g->len <= room && pad >= 0;
}

/* What a GRE header that is not whole is: an XDP action if it is no matter of ours, or a reason. */
sl_inline int gre_broken(int err, int room)
{
	if (room < (int)sizeof(struct sl_gre) || err == GRE_OK || err == GRE_SHORT)
		return SL_R_OUTERSHORT;
	return err == GRE_BAD ? SL_R_GREFLAGS : -1;
}

/* An IPv4 packet whose header is at `l3`, up to SL_L3_OFF_MAX. */
sl_inline int demux4(struct xdp_md *ctx, __u32 l3, struct outer *o)
{
	char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct sl_ip4 *ip = (void *)(data + l3);
	struct sl_link4_key key;
	__u32 hlen = sizeof(*ip);
	int err, total, pad, sum_ok;
	struct gre g;

	if ((void *)(ip + 1) > (void *)end || ip->proto != SL_IPPROTO_GRE)
		return pass(0);
	if (sl_unlikely(ip->ver_ihl != 0x45)) {
		hlen = (ip->ver_ihl & 15) * 4;
		if (ip->ver_ihl >> 4 != 4 || hlen < sizeof(*ip))
			return pass(0);
	}
	key.saddr = ip->src;
	key.daddr = ip->dst;
	key.key = 0;
	key.has_key = 0;
	if (sl_unlikely(ip->frag & sl_htons(SL_IP_MF | SL_IP_OFFMASK)))
		return refuse4(&key, SL_R_OUTERFRAG);

	total = sl_ntohs(ip->len);
	pad = (int)(span(ip, end) - (__u32)total);
	err = gre_read((const char *)ip + hlen, end, &g);
	if (sl_unlikely(!gre_whole(err, &g, total - (int)hlen, pad))) {
		err = gre_broken(err, total - (int)hlen);
		return err < 0 ? pass(0) : refuse4(&key, (__u32)err);
	}
	if (GRE_FLAGS(g.word) & SL_GRE_F_KEY) {
		key.key = g.key;
		key.has_key = 1;
	}
	sum_ok =
		sl_likely(hlen == sizeof(*ip)) ? ip4_sum_ok(ip) : ip4_sum_ok_options(ctx, l3, hlen);
	o->rec = find4(&key, &o->link);
	if (!o->rec)
		return refuse4(&key, SL_R_NOLINK);
	if (sl_unlikely(!sum_ok))
		return drop_link(o->link, SL_R_OUTERSUM);
	o->gre = (__u16)(l3 + hlen);
	o->word = g.word;
	o->payload = (__u16)(l3 + hlen + g.len);
	o->pad = (__u16)pad;
	o->ecn = (__u16)ecn_of(sl_htons(SL_ETH_P_IP), ld16(ip));
	return DEMUX_LINK;
}

/* The same for IPv6; a function of its own, as its key would take too much of the stack that must
 * be left for the chain. */
sl_noinline int demux6(struct xdp_md *ctx, __u32 l3, struct outer *o)
{
	char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct sl_ip6 *ip = (void *)(data + l3);
	const struct ip6_opt *opt = (void *)(ip + 1);
	struct sl_link6_key key;
	__u32 hlen = sizeof(*ip);
	int err, total, pad;
	struct gre g;
	__u8 next;

	if ((void *)(ip + 1) > (void *)end ||
	    (ip->vcf & sl_htonl(0xf0000000)) != sl_htonl(0x60000000))
		return pass(0);
	next = ip->next;
	if (next != SL_IPPROTO_GRE && next != SL_IPPROTO_DSTOPTS && next != IPPROTO_FRAGMENT)
		return pass(0);
	copy16(key.saddr, ip->src);
	copy16(key.daddr, ip->dst);
	key.key = 0;
	key.has_key = 0;
	/* Linux's ip6gre puts its encapsulation limit into a Destination Options header. Whether
	 * what follows is GRE cannot be known of a packet that ends here: the host's. */
	if (next == SL_IPPROTO_DSTOPTS) {
		if ((void *)(opt + 1) > (void *)end)
			return pass(0);
		next = opt->next;
		hlen += 8 + 8 * opt->len;
	}
	if (sl_unlikely(next == IPPROTO_FRAGMENT)) {
		opt = (void *)((char *)ip + hlen);
		if ((void *)(opt + 1) > (void *)end)
			return pass(0);
		if (opt->next != SL_IPPROTO_GRE && opt->next != SL_IPPROTO_DSTOPTS)
			return pass(0);
		return refuse6(&key, SL_R_OUTERFRAG);
	}
	if (next != SL_IPPROTO_GRE)
		return pass(0);

	total = (int)sizeof(*ip) + sl_ntohs(ip->plen);
	pad = (int)(span(ip, end) - (__u32)total);
	err = gre_read((const char *)ip + hlen, end, &g);
	if (sl_unlikely(!gre_whole(err, &g, total - (int)hlen, pad))) {
		err = gre_broken(err, total - (int)hlen);
		return err < 0 ? pass(0) : refuse6(&key, (__u32)err);
	}
	if (GRE_FLAGS(g.word) & SL_GRE_F_KEY) {
		key.key = g.key;
		key.has_key = 1;
	}
	o->rec = find6(&key, &o->link);
	if (!o->rec)
		return refuse6(&key, SL_R_NOLINK);
	o->gre = (__u16)(l3 + hlen);
	o->word = g.word;
	o->payload = (__u16)(l3 + hlen + g.len);
	o->pad = (__u16)pad;
	o->ecn = (__u16)ecn_of(sl_htons(SL_ETH_P_IPV6), ld16(ip));
	return DEMUX_LINK;
}

/* Ports, and VLANs of ports, that are one tenant's whole. `tci`: of the first tag, in host order.
 */
sl_inline int demux_direct(struct xdp_md *ctx, int tagged, __u32 tci, struct outer *o)
{
	__u32 ifindex = ctx->ingress_ifindex;
	__u32 low = ifindex & ((1 << SL_DIRECT_BITS) - 1), *n, *link;
	struct sl_direct_key key = {.ifindex = ifindex};

	n = bpf_map_lookup_elem(&direct_on, &low);
	if (sl_likely(!n || !*n))
		return 0;
	if (tagged && (tci & 0xfff)) {
		key.vlan = tci & 0xfff;
		link = bpf_map_lookup_elem(&direct, &key);
		if (link) {
			o->link = *link;
			o->payload = sizeof(struct sl_vlan);
			return 1;
		}
		key.vlan = 0;
	}
	link = bpf_map_lookup_elem(&direct, &key);
	if (!link)
		return 0;
	o->link = *link;
	o->payload = 0;
	return 1;
}

sl_inline int is_vlan(__be16 type)
{
	return type == sl_htons(SL_ETH_P_8021Q) || type == sl_htons(SL_ETH_P_8021AD);
}

/* Finds the link of a packet. DEMUX_LINK, or the XDP action of a packet that has none. */
sl_inline int demux(struct xdp_md *ctx, struct outer *o)
{
	char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct sl_eth *eth = (void *)data;
	const struct sl_vlan *tag = (void *)(eth + 1);
	__u32 tci = 0, l3 = SL_ETH_HLEN;
	int tagged = 0;
	__be16 type;

	if ((void *)(eth + 1) > (void *)end)
		return pass(0);
	type = eth->type;
	if (sl_unlikely(is_vlan(type)) && (void *)(tag + 1) <= (void *)end) {
		tagged = 1;
		tci = sl_ntohs(tag->tci);
		type = tag->type;
		l3 += sizeof(*tag);
		tag++;
		if (is_vlan(type) && (void *)(tag + 1) <= (void *)end) {
			type = tag->type;
			l3 += sizeof(*tag);
		}
	}
	if (demux_direct(ctx, tagged, tci, o)) {
		o->rec = bpf_map_lookup_elem(&links, &o->link);
		return o->rec ? DEMUX_LINK : pass(0);
	}
	if (type == sl_htons(SL_ETH_P_IP))
		return demux4(ctx, l3, o);
	if (type == sl_htons(SL_ETH_P_IPV6))
		return demux6(ctx, l3, o);
	return pass(0);
}

#endif
