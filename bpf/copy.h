/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies. A chain that wants its packet twice writes its cursor in front of the frame; the kernel
 * makes the copy, by a broadcast to two veths of the platform's, and the programs on their far ends
 * enter one branch each: one leaves the graph's element by an output, the other goes on to the
 * next, and is copied again as long as there are more. What must not be taken on a tenant's word
 * travels as metadata, which only XDP programs of this file ever put on packets for those veths.
 *
 * A packet comes in with a credit of copies. Each copy takes one, and what is left is divided among
 * the two: so there are never more, whatever a graph asks for.
 */
#ifndef SL_BPF_COPY_H
#define SL_BPF_COPY_H

#include "count.h"
#include "thread.h"

#define COPY_MAGIC 0x51c0b1e5

/* At most 32 bytes: Linux 6.1 has no room for more. */
struct copy_meta {
	__u32 magic;
	__u32 slot;
	__u32 generation;
	__u16 point;
	__u8 dev;
	__u8 zero;
	__u8 left[2]; /* of the credit, by branch */
	__u8 zero2[2];
	__u32 since_ns; /* as struct run has it: both halves go on from there */
};

/* Whether both veths are there; a broadcast to none would be lost without a word. */
sl_inline int copies_ready(void)
{
	__u32 one = 1, zero = 0;

	return bpf_map_lookup_elem(&copies, &zero) && bpf_map_lookup_elem(&copies, &one);
}

/* Sends the packet to both branches at `point`. */
sl_noinline int copy_out(struct xdp_md *ctx, struct run *r, __u32 point, __u32 low)
{
	const struct sl_split *split = (void *)(long)ctx->data;
	__u32 branch, part, left = r->left;
	struct copy_meta *m;

	if (low < SL_ENTRY_LEN || !frame_at(ctx, low) ||
	    (void *)(split + 1) > (void *)(long)ctx->data_end)
		return settle_drop(r, SL_R_BADANSWER);
	branch = split->branch & 1;
	part = split->copies;
	if (!left || !copies_ready() || set_meta(ctx, sizeof(*m)))
		return settle_drop(r, SL_R_COPY);
	left--;
	if (part > left)
		part = left;
	left -= part;
	m = (void *)(long)ctx->data_meta;
	if ((void *)(m + 1) > (void *)(long)ctx->data)
		return settle_drop(r, SL_R_COPY);
	m->magic = COPY_MAGIC;
	m->slot = r->slot;
	m->generation = r->generation;
	m->point = (__u16)point;
	m->dev = r->dev;
	m->zero = 0;
	m->left[0] = (__u8)(branch ? left : part);
	m->left[1] = (__u8)(branch ? part : left);
	m->zero2[0] = m->zero2[1] = 0;
	m->since_ns = r->since_ns;
	if (bpf_redirect_map(&copies, 0, BPF_F_BROADCAST) != XDP_REDIRECT)
		return settle_drop(r, SL_R_COPY);
	r->stats->copies++;
	r->since_ns = 0;
	return XDP_REDIRECT;
}

/* What copy_in() says of a packet that is to enter its chain; all else is an XDP action. */
#define COPY_ENTER -1

/* Takes up a copy on branch `branch` (0 or 1): checks it and writes its entry record, or hands it
 * to the tenant's thread. */
sl_inline int copy_in(struct xdp_md *ctx, struct run *r, int branch)
{
	const struct copy_meta *m = (void *)(long)ctx->data_meta;
	struct sl_tenant_rec *t;
	__u32 point, flags = SL_ENTRY_COPY | (branch ? SL_ENTRY_BRANCH : 0);
	int refused;

	if ((const void *)(m + 1) > (void *)(long)ctx->data || m->magic != COPY_MAGIC)
		return drop_node(SL_R_STRAY);
	r->slot = m->slot;
	r->generation = m->generation;
	r->dev = m->dev;
	r->left = m->left[branch];
	r->since_ns = m->since_ns;
	point = m->point;
	t = bpf_map_lookup_elem(&tenant_rec, &r->slot);
	r->stats = bpf_map_lookup_elem(&tenant_stats, &r->slot);
	if (!t || !r->stats)
		return drop_node(SL_R_STRAY);
	r->host = t->host;
	r->head = t->head;
	refused = t->resume_gen[r->generation & 1] != r->generation ? SL_R_STALE : gate(r, t);
	r->stats->resumed++; /* as `packets`, when the gate has looked at the account */
	if (refused)
		return settle_drop(r, refused);
	if (r->generation & SL_GEN_THREAD)
		return hand_over(ctx, r, flags, point);
	if (set_meta(ctx, 0) || put_entry(ctx, r, (__u8)flags, (__u16)point))
		return settle_drop(r, SL_R_COPY);
	return COPY_ENTER;
}

#endif
