/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies. A chain that wants its packet twice writes its cursor in front of the frame; the kernel
 * makes the copy, by a broadcast to two veths of the platform's, and the programs on their far ends
 * enter one branch each. What must not be taken on a tenant's word travels as metadata, which only
 * XDP programs of this file ever put on packets for those veths.
 */
#ifndef SL_BPF_COPY_H
#define SL_BPF_COPY_H

#include "count.h"
#include "settle.h"

#define COPY_MAGIC 0x51c0b1e5
/* Copies of copies of a packet, after which no more are made. */
#define COPY_HOPS 8

/* At most 32 bytes: Linux 6.1 has no room for more. */
struct copy_meta {
	__u32 magic;
	__u32 slot;
	__u32 generation;
	__u16 point;
	__u8 dev;
	__u8 hops;
};

/* Whether both veths are there; a broadcast to none would be lost without a word. */
sl_inline int copies_ready(void)
{
	__u32 one = 1, zero = 0;

	return bpf_map_lookup_elem(&copies, &zero) && bpf_map_lookup_elem(&copies, &one);
}

/* Sends the packet to both branches of copy point `point`. */
sl_noinline int copy_out(struct xdp_md *ctx, const struct run *r, __u32 point, __u32 low)
{
	struct copy_meta *m;

	if (low < SL_ENTRY_LEN || !frame_at(ctx, low))
		return settle_drop(r, SL_R_BADANSWER);
	if (r->hops >= COPY_HOPS || !copies_ready() || set_meta(ctx, sizeof(*m)))
		return settle_drop(r, SL_R_COPY);
	m = (void *)(long)ctx->data_meta;
	if ((void *)(m + 1) > (void *)(long)ctx->data)
		return settle_drop(r, SL_R_COPY);
	m->magic = COPY_MAGIC;
	m->slot = r->slot;
	m->generation = r->generation;
	m->point = (__u16)point;
	m->dev = r->dev;
	m->hops = r->hops + 1;
	if (bpf_redirect_map(&copies, 0, BPF_F_BROADCAST) != XDP_REDIRECT)
		return settle_drop(r, SL_R_COPY);
	r->stats->copies++;
	return XDP_REDIRECT;
}

/* What copy_in() says of a packet that is to enter its chain; all else is an XDP action. */
#define COPY_ENTER -1

/* Takes up a copy on branch `branch` (0 or 1): checks it and writes its entry record. */
sl_inline int copy_in(struct xdp_md *ctx, struct run *r, int branch)
{
	const struct copy_meta *m = (void *)(long)ctx->data_meta;
	const struct sl_tenant_rec *t;
	char *data;
	__u32 point;
	int refused;

	if ((const void *)(m + 1) > (void *)(long)ctx->data || m->magic != COPY_MAGIC)
		return drop_node(SL_R_STRAY);
	r->slot = m->slot;
	r->generation = m->generation;
	r->dev = m->dev;
	r->hops = m->hops;
	point = m->point;
	t = bpf_map_lookup_elem(&tenant_rec, &r->slot);
	r->stats = bpf_map_lookup_elem(&tenant_stats, &r->slot);
	if (!t || !r->stats)
		return drop_node(SL_R_STRAY);
	r->host = t->host;
	r->head = t->head;
	r->stats->resumed++;
	if (t->resume_gen[r->generation & 1] != r->generation)
		return settle_drop(r, SL_R_STALE);
	refused = gate(t);
	if (refused)
		return settle_drop(r, refused);
	if (set_meta(ctx, 0))
		return settle_drop(r, SL_R_COPY);
	data = (void *)(long)ctx->data;
	if (data + SL_ENTRY_LEN > (char *)(long)ctx->data_end)
		return settle_drop(r, SL_R_COPY);
	st64(data, entry_word(r, SL_ENTRY_COPY | (branch ? SL_ENTRY_BRANCH : 0), (__u16)point));
	return COPY_ENTER;
}

#endif
