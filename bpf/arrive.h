/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From an outer packet whose link is known to a frame in the tenant's place: the gate, what GRE
 * demands of a receiver, outer headers off, the synthetic Ethernet header on.
 */
#ifndef SL_BPF_ARRIVE_H
#define SL_BPF_ARRIVE_H

#include "csum.h"
#include "demux.h"
#include "frame.h"
#include "gate.h"
#include "peek.h"

/* arrive() put the frame in its place; every other result is an XDP action, and counted. */
#define ARRIVED -1

/* Counts a frame that enters the chain at data + H; its length. */
sl_inline __u32 arrived(struct xdp_md *ctx, struct run *r)
{
	__u32 bytes = span((void *)(long)ctx->data, (void *)(long)ctx->data_end) - r->head;

	r->stats->packets++;
	r->stats->bytes += bytes;
	return bytes;
}

/* The sequence number of a GRE packet: the last option. 1, or 0 when the packet has none. */
sl_inline int gre_seq(struct xdp_md *ctx, const struct outer *o, __u32 *seq)
{
	char *p = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 at = o->payload - 4;

	opaque(at);
	if (!(GRE_FLAGS(o->word) & SL_GRE_F_SEQ) || at > 0xfff)
		return 0;
	p += at;
	if (p + 4 > end)
		return 0;
	*seq = sl_ntohl(ld32(p));
	return 1;
}

/*
 * What RFC 2784, 2890 and 6040 demand of a receiver. Ethernet padding behind the outer packet is
 * cut off. 0, or the reason to drop.
 */
sl_inline int accept_gre(struct xdp_md *ctx, const struct outer *o, struct sl_link_rec *rec)
{
	__u32 proto = GRE_PROTO(o->word), wants = rec->gre, seq;

	if (sl_unlikely(o->pad) && bpf_xdp_adjust_tail(ctx, -(int)o->pad))
		return SL_R_OUTERSHORT;
	if (sl_unlikely(GRE_FLAGS(o->word) & SL_GRE_F_CSUM)) {
		if (packet_sum(ctx, o->gre) != 0xffff)
			return SL_R_GRESUM;
	} else if (sl_unlikely(wants & SL_GRE_CSUM)) {
		return SL_R_GRESUM;
	}
	if (sl_unlikely(wants & SL_GRE_SEQ)) {
		if (!gre_seq(ctx, o, &seq) || !seq_is_new(rec, seq))
			return SL_R_GRESEQ;
	}
	if (rec->payload == SL_PAYLOAD_ETHER ? proto != SL_ETH_P_TEB
					     : proto != SL_ETH_P_IP && proto != SL_ETH_P_IPV6)
		return SL_R_GREPROTO;
	return sl_unlikely(ECN_TELLS(o->ecn)) ? ecn_inward(ctx, o->payload, proto, o->ecn) : 0;
}

/* Takes the VLAN tag of a direct link off, by moving the addresses over it. 0 or -1. */
sl_inline int untag(struct xdp_md *ctx)
{
	char *data = (void *)(long)ctx->data;

	if (data + sizeof(struct sl_eth) + sizeof(struct sl_vlan) > (char *)(long)ctx->data_end)
		return -1;
	copy12(data + sizeof(struct sl_vlan), data);
	return 0;
}

/* About when the link was heard last; a cache line all CPUs share is written once a jiffy. */
sl_inline void heard(struct sl_link_rec *rec)
{
	__u32 now = (__u32)bpf_jiffies64();

	if (sl_unlikely(rec->last_rx_jiffy != now)) {
		rec->last_rx_jiffy = now;
		rec->last_rx_ns = bpf_ktime_get_ns();
	}
}

/* Puts the synthetic Ethernet header on an IP packet, in its place at data + H. 0 or -1. */
sl_inline int synthesize(struct xdp_md *ctx, const struct run *r, const struct sl_link_rec *rec,
			 __u32 word)
{
	char *frame = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 head = r->head;

	opaque(head);
	frame += head & SL_HEAD_MAX;
	if (frame + SL_ETH_HLEN > end)
		return -1;
	copy12(frame, rec->mac);
	st16(frame + 2 * SL_ETH_ALEN, (__be16)(word >> 16));
	return 0;
}

sl_inline int arrive(struct xdp_md *ctx, const struct outer *o, struct run *r)
{
	struct sl_link_rec *rec = o->rec;
	struct sl_tenant_rec *t;
	struct sl_link_stats *ls;
	__u32 off = o->payload, bytes;
	int ip = 0, reason;

	r->start_ns = r->since_ns = 0;
	if (rec->kind == SL_LINK_NONE)
		return pass(0);
	r->slot = rec->tenant;
	r->dev = rec->dev;
	t = bpf_map_lookup_elem(&tenant_rec, &r->slot);
	r->stats = bpf_map_lookup_elem(&tenant_stats, &r->slot);
	if (!t || !r->stats)
		return pass(0);
	reason = gate(r, t);
	r->since_ns = r->start_ns;
	if (sl_unlikely(reason))
		return drop_arriving(r->slot, reason);
	r->generation = t->generation;
	r->left = SL_COPY_CREDIT;
	r->host = t->host;
	r->head = t->head & SL_HEAD_MAX;

	if (rec->kind == SL_LINK_DIRECT) {
		if (off && untag(ctx))
			return drop_link(o->link, SL_R_OUTERSHORT);
	} else {
		reason = accept_gre(ctx, o, rec);
		if (sl_unlikely(reason))
			return drop_link(o->link, reason);
		ip = rec->payload == SL_PAYLOAD_IP;
		if (ip)
			off -= SL_ETH_HLEN;
		else if (!frame_at(ctx, off))
			return drop_link(o->link, SL_R_OUTERSHORT);
	}
	reason = place(ctx, r, off);
	if (sl_unlikely(reason))
		return drop_arriving(r->slot, reason);
	if (ip && synthesize(ctx, r, rec, o->word))
		return drop_arriving(r->slot, SL_R_OUTERSHORT);
	heard(rec);
	if (sl_unlikely(rec->peek))
		peek(ctx, o->link, r->head, SL_PEEK_IN);
	bytes = arrived(ctx, r);
	ls = bpf_map_lookup_elem(&link_stats, &o->link);
	if (ls) {
		ls->rx_packets++;
		ls->rx_bytes += bytes;
	}
	return ARRIVED;
}

#endif
