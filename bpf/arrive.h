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

/*
 * What RFC 2784 and 2890 demand of a receiver, and the outer IPv4 header's checksum (RFC 1122,
 * 3.2.1.2). Ethernet padding behind the outer packet is cut off. 0, or the reason to drop.
 */
sl_inline int accept_gre(struct xdp_md *ctx, const struct outer *o, struct sl_link_rec *rec)
{
	char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 wants = rec->gre, pad = span(data, end) - o->end;

	if (o->l3_len == sizeof(struct sl_ip4)) {
		data += o->l3;
		if (data + sizeof(struct sl_ip4) > end || !ip4_sum_ok(data))
			return SL_R_OUTERSUM;
	} else if (o->l3_len && !ip4_sum_ok_options(ctx, o->l3, o->l3_len)) {
		return SL_R_OUTERSUM;
	}
	if (sl_unlikely(pad) && bpf_xdp_adjust_tail(ctx, -(int)pad))
		return SL_R_OUTERSHORT;
	if (sl_unlikely(o->gre.flags & SL_GRE_F_CSUM)) {
		if (packet_sum(ctx, o->gre_off) != 0xffff)
			return SL_R_GRESUM;
	} else if (wants & SL_GRE_CSUM) {
		return SL_R_GRESUM;
	}
	if (sl_unlikely(wants & SL_GRE_SEQ)) {
		if (!(o->gre.flags & SL_GRE_F_SEQ) || !seq_is_new(rec, o->gre.seq))
			return SL_R_GRESEQ;
	}
	if (rec->payload == SL_PAYLOAD_ETHER)
		return o->gre.proto == sl_htons(SL_ETH_P_TEB) ? 0 : SL_R_GREPROTO;
	if (o->gre.proto != sl_htons(SL_ETH_P_IP) && o->gre.proto != sl_htons(SL_ETH_P_IPV6))
		return SL_R_GREPROTO;
	return 0;
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
	__u64 now = bpf_jiffies64();

	if (sl_unlikely(rec->last_rx_jiffy != now)) {
		rec->last_rx_jiffy = now;
		rec->last_rx_ns = bpf_ktime_get_ns();
	}
}

sl_inline int arrive(struct xdp_md *ctx, const struct outer *o, struct run *r)
{
	const struct sl_tenant_rec *t;
	struct sl_link_stats *ls;
	struct sl_link_rec *rec;
	char *frame, *end;
	__u32 off, link = o->link, bytes;
	int reason;

	rec = bpf_map_lookup_elem(&links, &link);
	if (!rec || rec->kind == SL_LINK_NONE)
		return pass(0);
	r->slot = rec->tenant;
	r->dev = rec->dev;
	t = bpf_map_lookup_elem(&tenant_rec, &r->slot);
	r->stats = bpf_map_lookup_elem(&tenant_stats, &r->slot);
	if (!t || !r->stats)
		return pass(0);
	reason = gate(t);
	if (sl_unlikely(reason))
		return drop_arriving(r->slot, reason);
	r->generation = t->generation;
	r->head = t->head & SL_HEAD_MAX;

	if (rec->kind == SL_LINK_DIRECT) {
		off = o->vlan ? sizeof(struct sl_vlan) : 0;
		if (o->vlan && untag(ctx))
			return drop_link(link, SL_R_OUTERSHORT);
	} else {
		reason = accept_gre(ctx, o, rec);
		if (sl_unlikely(reason))
			return drop_link(link, reason);
		off = o->gre_off + o->gre.len;
		if (rec->payload == SL_PAYLOAD_IP)
			off -= SL_ETH_HLEN;
		else if (off + SL_ETH_HLEN > o->end)
			return drop_link(link, SL_R_OUTERSHORT);
	}
	reason = place(ctx, r, off);
	if (sl_unlikely(reason))
		return drop_arriving(r->slot, reason);
	if (rec->kind != SL_LINK_DIRECT && rec->payload == SL_PAYLOAD_IP) {
		frame = (char *)(long)ctx->data + r->head;
		end = (void *)(long)ctx->data_end;
		if (frame + SL_ETH_HLEN > end)
			return drop_arriving(r->slot, SL_R_OUTERSHORT);
		copy12(frame, rec->mac);
		st16(frame + 2 * SL_ETH_ALEN, o->gre.proto);
	}
	heard(rec);
	bytes = arrived(ctx, r);
	ls = bpf_map_lookup_elem(&link_stats, &link);
	if (ls) {
		ls->rx_packets++;
		ls->rx_bytes += bytes;
	}
	return ARRIVED;
}

#endif
