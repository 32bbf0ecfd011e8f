/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose packet is it? Ethernet, up to two VLAN tags, IPv4 or IPv6, GRE, and from the addresses and
 * the key to the link. Traffic that is not a tenant's goes to the host untouched: nothing here
 * writes to a packet.
 */
#ifndef SL_BPF_DEMUX_H
#define SL_BPF_DEMUX_H

#include "count.h"
#include "gre.h"
#include "maps.h"
#include "words.h"

#define IPPROTO_FRAGMENT 44 /* next header: IPv6 fragment */

struct ip6_opt {
	__u8 next;
	__u8 len; /* in units of 8 bytes, less one */
	__u8 rest[6];
} SL_WIRE;

/* A packet of a link: where its parts are, in bytes from the packet's start. */
struct outer {
	__u32 link;
	__u32 l3;	/* outer IP header */
	__u32 l3_len;	/* of the IPv4 header; 0 for IPv6 */
	__u32 gre_off;	/* GRE header */
	__u32 end;	/* end of the outer IP packet; what follows is Ethernet padding */
	__u32 vlan;	/* kind direct: a VLAN tag is to be taken off */
	struct gre gre; /* not for kind direct */
};

/* demux() found a link; every other result is an XDP action, and counted. */
#define DEMUX_LINK -1

/*
 * A GRE packet that is of no link or cannot be read. If its addresses are those of a link it is
 * ours, and dropped for `reason`, unless only the key is unknown (reason SL_R_NOLINK): that is
 * somebody else's tunnel between the same hosts.
 */
sl_noinline int refuse4(const struct sl_link4_key *key, __u32 reason)
{
	struct sl_pair4_key pair = {key->saddr, key->daddr};

	if (!bpf_map_lookup_elem(&pair4, &pair))
		return pass(0);
	return reason == SL_R_NOLINK ? pass(1) : drop_node(reason);
}

sl_noinline int refuse6(const struct sl_link6_key *key, __u32 reason)
{
	/* A pair is what a link's key begins with. */
	if (!bpf_map_lookup_elem(&pair6, key))
		return pass(0);
	return reason == SL_R_NOLINK ? pass(1) : drop_node(reason);
}
_Static_assert(__builtin_offsetof(struct sl_link6_key, key) == sizeof(struct sl_pair6_key),
	       "refuse6 takes a link's key for a pair");

sl_inline int demux4(struct xdp_md *ctx, struct outer *o)
{
	char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct sl_ip4 *ip = (void *)(data + o->l3);
	struct sl_link4_key key;
	__u32 hlen = sizeof(*ip), total, *link;
	int err;

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
	o->end = o->l3 + total;
	err = gre_read((const char *)ip + hlen, end, &o->gre);
	if (sl_unlikely(err || hlen + o->gre.len > total || o->end > span(data, end))) {
		if (total < hlen + sizeof(struct sl_gre) || err == GRE_SHORT || err == GRE_OK)
			return refuse4(&key, SL_R_OUTERSHORT);
		return err == GRE_OTHER ? pass(0) : refuse4(&key, SL_R_GREFLAGS);
	}
	if (o->gre.flags & SL_GRE_F_KEY) {
		key.key = o->gre.key;
		key.has_key = 1;
	}
	link = bpf_map_lookup_elem(&link4, &key);
	if (!link)
		return refuse4(&key, SL_R_NOLINK);
	o->link = *link;
	o->l3_len = hlen;
	o->gre_off = o->l3 + hlen;
	return DEMUX_LINK;
}

sl_inline int demux6(struct xdp_md *ctx, struct outer *o)
{
	char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	const struct sl_ip6 *ip = (void *)(data + o->l3);
	struct sl_link6_key key;
	__u32 hlen = sizeof(*ip), total, *link;
	const struct ip6_opt *opt;
	__u8 next;
	int err;

	if ((void *)(ip + 1) > (void *)end ||
	    (ip->vcf & sl_htonl(0xf0000000)) != sl_htonl(0x60000000))
		return pass(0);
	next = ip->next;
	if (next != SL_IPPROTO_GRE && next != SL_IPPROTO_DSTOPTS && next != IPPROTO_FRAGMENT)
		return pass(0);
	__builtin_memcpy(&key, ip->src, 32);
	key.key = 0;
	key.has_key = 0;
	/* Linux's ip6gre puts its encapsulation limit into a Destination Options header. Whether
	 * what follows is GRE cannot be known of a packet that ends here: the host's. */
	if (next == SL_IPPROTO_DSTOPTS) {
		opt = (void *)(ip + 1);
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

	total = sizeof(*ip) + sl_ntohs(ip->plen);
	o->end = o->l3 + total;
	err = gre_read((const char *)ip + hlen, end, &o->gre);
	if (sl_unlikely(err || hlen + o->gre.len > total || o->end > span(data, end))) {
		if (total < hlen + sizeof(struct sl_gre) || err == GRE_SHORT || err == GRE_OK)
			return refuse6(&key, SL_R_OUTERSHORT);
		return err == GRE_OTHER ? pass(0) : refuse6(&key, SL_R_GREFLAGS);
	}
	if (o->gre.flags & SL_GRE_F_KEY) {
		key.key = o->gre.key;
		key.has_key = 1;
	}
	link = bpf_map_lookup_elem(&link6, &key);
	if (!link)
		return refuse6(&key, SL_R_NOLINK);
	o->link = *link;
	o->l3_len = 0;
	o->gre_off = o->l3 + hlen;
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
			o->vlan = 1;
			o->link = *link;
			return 1;
		}
		key.vlan = 0;
	}
	link = bpf_map_lookup_elem(&direct, &key);
	if (!link)
		return 0;
	o->link = *link;
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
	int tagged = 0;
	__u32 tci = 0;
	__be16 type;

	if ((void *)(eth + 1) > (void *)end)
		return pass(0);
	type = eth->type;
	o->l3 = SL_ETH_HLEN;
	o->vlan = 0;
	if (is_vlan(type) && (void *)(tag + 1) <= (void *)end) {
		tagged = 1;
		tci = sl_ntohs(tag->tci);
		type = tag->type;
		o->l3 += sizeof(*tag);
		tag++;
		if (is_vlan(type) && (void *)(tag + 1) <= (void *)end) {
			type = tag->type;
			o->l3 += sizeof(*tag);
		}
	}
	if (demux_direct(ctx, tagged, tci, o)) {
		o->gre_off = 0;
		return DEMUX_LINK;
	}
	if (type == sl_htons(SL_ETH_P_IP))
		return demux4(ctx, o);
	if (type == sl_htons(SL_ETH_P_IPV6))
		return demux6(ctx, o);
	return pass(0);
}

#endif
