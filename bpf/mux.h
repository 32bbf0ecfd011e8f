/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Out of a link: the frame a chain answered with gets the outer headers of the link's template and
 * is redirected to the template's port. The head moves at most once, the redirect comes last.
 */
#ifndef SL_BPF_MUX_H
#define SL_BPF_MUX_H

#include "arp.h"
#include "csum.h"
#include "ecn.h"
#include "gate.h"
#include "settle.h"
#include "peek.h"

/* mux() made the packet one that arrives for the same tenant, on the same device, at data + H;
 * every other result is an XDP action, and counted. */
#define MUX_AGAIN -1

/* A packet on its way out. */
struct outgoing {
	struct sl_link_rec *rec;
	const struct sl_template *t;
	__u32 link;
	__u32 low;   /* where the frame begins */
	__u32 bytes; /* length of the frame */
	__u32 ecn;   /* its packet's congestion mark, for the outer header */
};

/* A packet a link could not take counts at the link and at the tenant. */
sl_noinline int mux_drop(const struct run *r, __u32 link, __u32 reason)
{
	settle_drop(r, reason);
	return drop_link(link, reason);
}

/* Moves the packet's start by `delta` (to the back when positive). 0 or -1. */
sl_inline int move_head(struct xdp_md *ctx, int delta)
{
	return delta && bpf_xdp_adjust_head(ctx, delta) ? -1 : 0;
}

/* Lengths a template of either kind may have: without VLAN tags and GRE options, and the most these
 * add. Two copies of constant size, which overlap, cover every length. */
#define TEMPLATE4_MIN (14 + 20 + 4)
#define TEMPLATE6_MIN (14 + 40 + 4)
#define TEMPLATE_MORE (2 * 4 + 3 * 4)

/*
 * The parts of a GRE header that change with the packet, and the protocol's place: sequence number,
 * then the checksum over everything from the header on. The template has zeroes in both. 0 or -1.
 */
sl_noinline int gre_finish(struct xdp_md *ctx, struct sl_link_rec *rec, __u32 off)
{
	char *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 gre = rec->gre, at = 4;
	int sum;

	if (off > 0xff)
		return -1;
	p += off;
	if (gre & SL_GRE_SEQ) {
		at += gre & SL_GRE_CSUM ? 4 : 0;
		at += gre & SL_GRE_KEY ? 4 : 0;
		if (p + at + 4 > end)
			return -1;
		st32(p + at, sl_htonl(__sync_fetch_and_add(&rec->seq_out, 1)));
	}
	if (gre & SL_GRE_CSUM) {
		sum = packet_sum(ctx, off);
		if (sum < 0 || p + 6 > end)
			return -1;
		st16(p + 4, (__u16)~sum);
	}
	return 0;
}

sl_inline int mux_gre4(struct xdp_md *ctx, const struct outgoing *o, __u32 payload, __be16 proto)
{
	const struct sl_template *t = o->t;
	__u32 more = t->len - TEMPLATE4_MIN, l3 = t->l3_off, total;
	char *data, *end, *tail;
	struct sl_ip4 *ip;
	struct sl_gre *gre;

	opaque(more);
	opaque(l3);
	if (more > TEMPLATE_MORE || l3 > SL_L3_OFF_MAX)
		return SL_R_LINKDOWN;
	if (move_head(ctx, (int)(payload - TEMPLATE4_MIN - more)))
		return SL_R_HEADROOM;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	tail = data + more + (TEMPLATE4_MIN - 32);
	ip = (void *)(data + l3);
	gre = (void *)(ip + 1);
	if (data + 32 > end || tail + 32 > end || (char *)(gre + 1) > end)
		return SL_R_HEADROOM;
	copy32(data, t->bytes);
	copy32(tail, t->bytes + more + (TEMPLATE4_MIN - 32));
	total = sl_htons((__u16)(span(data, end) - l3));
	ip->len = (__be16)total;
	ip->tos |= (__u8)o->ecn;
	ip->check = (__sum16)~sl_fold(t->ip4_sum + total + (o->ecn << 8));
	gre->proto = proto;
	if (sl_unlikely(o->rec->gre & (SL_GRE_CSUM | SL_GRE_SEQ)))
		return gre_finish(ctx, o->rec, l3 + sizeof(*ip)) ? SL_R_TOOBIG : 0;
	return 0;
}

sl_inline int mux_gre6(struct xdp_md *ctx, const struct outgoing *o, __u32 payload, __be16 proto)
{
	const struct sl_template *t = o->t;
	__u32 more = t->len - TEMPLATE6_MIN, l3 = t->l3_off;
	char *data, *end, *tail;
	struct sl_ip6 *ip;
	struct sl_gre *gre;

	opaque(more);
	opaque(l3);
	if (more > TEMPLATE_MORE || l3 > SL_L3_OFF_MAX)
		return SL_R_LINKDOWN;
	if (move_head(ctx, (int)(payload - TEMPLATE6_MIN - more)))
		return SL_R_HEADROOM;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	tail = data + more + (TEMPLATE6_MIN - 40);
	ip = (void *)(data + l3);
	gre = (void *)(ip + 1);
	if (data + 40 > end || tail + 40 > end || (char *)(gre + 1) > end)
		return SL_R_HEADROOM;
	copy32(data, t->bytes);
	st64(data + 32, ld64(t->bytes + 32));
	copy32(tail, t->bytes + more + (TEMPLATE6_MIN - 40));
	st64(tail + 32, ld64(t->bytes + more + (TEMPLATE6_MIN - 8)));
	ip->plen = sl_htons((__u16)(span(data, end) - l3 - sizeof(*ip)));
	ip->vcf |= sl_htonl(o->ecn << 20);
	gre->proto = proto;
	if (sl_unlikely(o->rec->gre & (SL_GRE_CSUM | SL_GRE_SEQ)))
		return gre_finish(ctx, o->rec, l3 + sizeof(*ip)) ? SL_R_TOOBIG : 0;
	return 0;
}

/* A port of the tenant's own: the frame as it is, behind a VLAN tag where the link is one. */
sl_inline int mux_direct(struct xdp_md *ctx, const struct outgoing *o)
{
	__u32 tag = o->t->len;
	char *data;

	if (!tag)
		return move_head(ctx, (int)o->low) ? SL_R_HEADROOM : 0;
	if (tag != sizeof(struct sl_vlan))
		return SL_R_LINKDOWN;
	if (move_head(ctx, (int)(o->low - tag)))
		return SL_R_HEADROOM;
	data = (void *)(long)ctx->data;
	if (data + sizeof(struct sl_eth) + tag > (char *)(long)ctx->data_end)
		return SL_R_HEADROOM;
	copy12(data, data + tag);
	st32(data + 2 * SL_ETH_ALEN, ld32(o->t->bytes));
	return 0;
}

sl_inline int mux_link(struct xdp_md *ctx, const struct outgoing *o, __be16 type)
{
	__u32 payload = o->low;

	if (o->rec->kind == SL_LINK_DIRECT)
		return mux_direct(ctx, o);
	if (o->rec->payload == SL_PAYLOAD_IP)
		payload += SL_ETH_HLEN;
	else
		type = sl_htons(SL_ETH_P_TEB);
	if (sl_likely(o->rec->kind == SL_LINK_GRE4))
		return mux_gre4(ctx, o, payload, type);
	if (o->rec->kind == SL_LINK_GRE6)
		return mux_gre6(ctx, o, payload, type);
	return SL_R_NOLINK;
}

/*
 * Sends the Ethernet frame at `low` out of the tenant's device `dev`; both are as the chain
 * answered. With `again`, an ARP request on an IP link becomes its reply and MUX_AGAIN is returned,
 * once the reply is in its place and `r` says that it came in on `dev`.
 */
sl_inline int mux(struct xdp_md *ctx, struct run *r, __u32 dev, __u32 low, int again)
{
	char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 at = r->slot * SL_MAX_DEVS + dev, *link;
	struct sl_link_stats *ls;
	struct outgoing o;
	const struct sl_eth *eth;
	int err;

	if (dev >= SL_MAX_DEVS || low > SL_LOW_MAX)
		return settle_drop(r, SL_R_BADANSWER);
	eth = (void *)(data + low);
	if ((void *)(eth + 1) > (void *)end)
		return settle_drop(r, SL_R_BADANSWER);
	link = bpf_map_lookup_elem(&tenant_dev, &at);
	if (!link || !*link)
		return settle_drop(r, SL_R_NOLINK);
	o.link = *link - 1;
	o.rec = bpf_map_lookup_elem(&links, &o.link);
	if (!o.rec)
		return settle_drop(r, SL_R_NOLINK);
	o.t = &o.rec->out[o.rec->cur & 1];
	o.low = low;
	o.bytes = span(eth, end);
	o.ecn = (char *)(eth + 1) + 2 <= end ? ecn_of(eth->type, ld16(eth + 1)) : ECN_NOT;

	if (o.rec->payload == SL_PAYLOAD_IP && o.rec->kind != SL_LINK_DIRECT &&
	    eth->type != sl_htons(SL_ETH_P_IP) && eth->type != sl_htons(SL_ETH_P_IPV6)) {
		if (!again || eth->type != sl_htons(SL_ETH_P_ARP) || arp_reply(ctx, o.rec, low))
			return mux_drop(r, o.link, SL_R_BADETHER);
		r->dev = (__u8)dev;
		err = place(ctx, r, low);
		if (err)
			return mux_drop(r, o.link, err);
		if (o.rec->peek)
			peek(ctx, o.link, r->head, SL_PEEK_IN);
		r->stats->arp++;
		return MUX_AGAIN;
	}
	if (sl_unlikely(!o.t->up))
		return mux_drop(r, o.link, SL_R_LINKDOWN);
	if (sl_unlikely(o.bytes - SL_ETH_HLEN > o.t->mtu))
		return mux_drop(r, o.link, SL_R_TOOBIG);
	err = gate_out(r);
	if (sl_unlikely(err))
		return mux_drop(r, o.link, err);
	if (sl_unlikely(o.rec->peek))
		peek(ctx, o.link, low, SL_PEEK_OUT);
	err = mux_link(ctx, &o, eth->type);
	if (sl_unlikely(err))
		return mux_drop(r, o.link, err);
	if (sl_unlikely(bpf_redirect_map(&ports, o.t->port, XDP_ABORTED) != XDP_REDIRECT))
		return mux_drop(r, o.link, SL_R_REDIRECT);
	ls = bpf_map_lookup_elem(&link_stats, &o.link);
	if (ls) {
		ls->tx_packets++;
		ls->tx_bytes += o.bytes;
	}
	r->stats->out++;
	r->stats->out_bytes += o.bytes;
	return XDP_REDIRECT;
}

#endif
