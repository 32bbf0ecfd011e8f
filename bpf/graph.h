/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What generated code is made of: the beginning of a segment, saving the cursor across a tail call
 * or a copy, the answer word. `sluicectl tenant show NAME --emit` prints code written in these
 * terms:
 *
 *   SL_SEGMENT(0) { ... }        one program; labels eN are elements, cN their constants
 *   SL_COUNTERS(0, cpu)          this CPU's counters of page 0: cells, state of elements
 *   n0->cell[3]++                an edge that is counted (loader/plan/flow.h)
 *   SL_KNOW(p, off, 38)          every packet that comes here has its window at 38
 *   SL_KNOW_LEN(p, 58)           ... and at least 58 bytes, as was checked before
 *   SL_KNOW_PLAIN(p, 1)          ... and an IPv4 header without options
 *   SL_REQUIRE(p, 58, e)         checks it again, for what comes from another segment
 *   SL_STEP(p, e, r)             natively, tells who follows the packet; nothing in the kernel
 *   SL_TAIL(p, seg, entry, at, e, u)  go on in another segment
 *   t = (struct sl_exit){...}; goto tail;  the same, by the segment's common code for it
 *   rows2[at]                    what is different for each of the elements that share a block
 *   sl_finish(&p, r, e)          leave the graph: element e returned r
 */
#ifndef SL_BPF_GRAPH_H
#define SL_BPF_GRAPH_H

#include "pkt.h"
#include "element/verdict.h"

#ifdef __bpf__
#include "graph_bpf.h"
#else
#include "graph_native.h"
#endif

sl_inline void sl_begin(struct sl_pkt *p, sl_ctx *ctx, struct sl_env *env, __u8 usual)
{
	__builtin_memset(p, 0, sizeof(*p));
	p->usual = usual;
	p->ctx = ctx;
	p->env = env;
	p->mac = p->nh = p->th = SL_UNSET;
	sl_reload(p);
}

/* Reads the entry record (`head` is the tenant's H) and puts the window at the frame. 0, or -1 if
 * there is none: a frame has an Ethernet header at least. */
sl_inline int sl_enter_device(struct sl_pkt *p, __u32 head)
{
	const struct sl_entry *en = sl_abs(p, 0, head + SL_ETH_HLEN);

	if (head < SL_ENTRY_LEN)
		en = sl_metadata(p, SL_ENTRY_LEN);
	if (!en || !sl_abs(p, 0, head + SL_ETH_HLEN))
		return -1;
	p->dev = en->dev;
	p->off = head;
	return 0;
}

/* Annotations a member at a time, each as elements use it: then none of them has to be in memory
 * where nobody asks for it. */
sl_inline void sl_anno_copy(struct sl_anno *to, const struct sl_anno *from)
{
	to->dst_ip6[0] = from->dst_ip6[0];
	to->dst_ip6[1] = from->dst_ip6[1];
	to->dst_ip6[2] = from->dst_ip6[2];
	to->dst_ip6[3] = from->dst_ip6[3];
	to->paint = from->paint;
	to->param_prob = from->param_prob;
	to->byte18 = from->byte18;
	to->fix_ip_src = from->fix_ip_src;
	to->aggregate = from->aggregate;
	to->extra_packets = from->extra_packets;
	to->extra_length = from->extra_length;
	to->first_timestamp = from->first_timestamp;
	to->word40 = from->word40;
}

sl_inline void sl_save(const struct sl_pkt *p, struct sl_saved *s, __u16 entry, __u16 at)
{
	s->entry = entry;
	s->at = at;
	s->off = (__u16)p->off;
	s->mac = (__u16)p->mac;
	s->nh = (__u16)p->nh;
	s->th = (__u16)p->th;
	s->dev = p->dev;
	s->type = p->type;
	s->hops = p->hops;
	s->zero = 0;
	sl_anno_copy(&s->anno, &p->anno);
}

/* Where an output of one of several elements with the same code leads. */
struct sl_way {
	__u32 cell; /* of this edge, or ~0 */
	__u16 way;  /* which of the block's ways */
	__u16 at;   /* place in the block it leads to */
};

/* Where a tail call into shared code goes, and what it undoes if it fails. All of a segment are
 * made in one place, at its end: saving the cursor is more code than most elements. */
struct sl_exit {
	__u32 segment;
	__u16 entry, at;
	__u32 elem;
	__u32 back, leave; /* cells that are counted one less, and one more; or ~0 */
};

/* Words and state of such an element, by their offsets. In 8 bytes' steps, as the verifier wants it
 * of what is changed by atomic instructions. A pointer from here on: Linux 6.1 forgets the bounds
 * of an offset put on the stack. */
#define SL_AREA(base, size, offset, type)                                                          \
	({                                                                                         \
		__u64 o_ = (offset) & ~7u;                                                         \
		char *q_ = (char *)(base);                                                         \
		SL_OPAQUE(o_);                                                                     \
		if (o_ > (size) - sizeof(type))                                                    \
			return 0;                                                                  \
		q_ += o_;                                                                          \
		SL_OPAQUE(q_);                                                                     \
		(type *)q_;                                                                        \
	})
#define SL_STATE(page, offset, type) SL_AREA(page, sizeof(*(page)), offset, type)
#define SL_WORDS(offset, type) SL_AREA(&data, sizeof(data), offset, type)

/* 16 bits back to an offset, 0xffff to SL_UNSET. */
sl_inline __u32 sl_offset(__u16 saved)
{
	return saved == 0xffff ? SL_UNSET : saved;
}

sl_inline void sl_restore(struct sl_pkt *p, const struct sl_saved *s)
{
	p->off = s->off;
	p->mac = sl_offset(s->mac);
	p->nh = sl_offset(s->nh);
	p->th = sl_offset(s->th);
	p->dev = s->dev;
	p->type = s->type;
	p->hops = s->hops;
	sl_anno_copy(&p->anno, &s->anno);
}

/* A packet about to take an edge that closes a cycle: true if it went round too often. */
sl_inline int sl_looped(struct sl_pkt *p)
{
	return ++p->hops > SL_MAX_HOPS;
}

/* Room in front of a packet that is to be copied: entry record, cursor. */
#define SL_COPY_ROOM (SL_ENTRY_LEN + sizeof(struct sl_saved))

/* Asks the platform for a copy at copy point `point`: the cursor travels in front of the packet. */
sl_inline __u32 sl_copy(struct sl_pkt *p, __u32 point, __u32 elem)
{
	void *s;

	if (sl_move_head(p, SL_COPY_ROOM))
		return SL_ANSWER(SL_V_DROP, SL_R_HEADROOM, elem);
	sl_shift(p, SL_COPY_ROOM);
	s = sl_abs(p, SL_ENTRY_LEN, sizeof(struct sl_saved));
	if (!s)
		return SL_ANSWER(SL_V_DROP, SL_R_HEADROOM, elem);
	SL_SAVE_INTO(p, s);
	return SL_ANSWER(SL_V_COPY, point, p->off);
}

/* A branch of a copy comes back: the cursor from in front of the packet, which then begins where it
 * did before it was copied. Which branch it is (2 * point + branch) is returned, or ~0 for what is
 * no copy. */
sl_inline __u32 sl_enter_copy(struct sl_pkt *p)
{
	const struct sl_entry *en = sl_abs(p, 0, SL_ENTRY_LEN + sizeof(struct sl_saved));
	__u32 branch;

	if (!en || !(en->flags & SL_ENTRY_COPY))
		return ~0u;
	SL_RESTORE_FROM(p, en + 1);
	branch = 2u * en->point + !!(en->flags & SL_ENTRY_BRANCH);
	if (sl_move_head(p, -(int)SL_COPY_ROOM))
		return ~0u;
	sl_shift(p, -(__u32)SL_COPY_ROOM);
	return branch;
}

/* The beginning of what a tail call entered: that so many bytes are there is known, but not to the
 * verifier of this program. */
#define SL_REQUIRE(p, n, elem)                                                                     \
	do {                                                                                       \
		if ((char *)(p).data + (n) > (char *)(p).data_end)                                 \
			return SL_ANSWER(SL_V_DROP, SL_R_SHORT, elem);                             \
	} while (0)

/* The answer for a packet that element `elem` sent out of the graph, or that has no way on. */
sl_inline __u32 sl_finish(const struct sl_pkt *p, __u32 r, __u32 elem)
{
	switch (r & 0xff) {
	case 0xfe:
		return SL_ANSWER(SL_V_OUT, r >> 8, p->off);
	case 0xfd:
		return SL_ANSWER(SL_V_HOST, 0, p->off);
	default:
		if (!(r >> 8))
			r |= SL_R_UNCONNECTED << 8;
		return SL_ANSWER(SL_V_DROP, r >> 8, elem);
	}
}

#endif
