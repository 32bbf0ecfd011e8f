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
 *   SL_KNOW_BITS(p, 208, 16, c)  ... of which the 16 bits from bit 208 on, x_, are so
 *   SL_NEVER()                   no packet comes here
 *   SL_REQUIRE(p, 58, e)         checks it again, for what comes from another segment
 *   SL_STEP(p, e, r)             natively, tells who follows the packet; nothing in the kernel
 *   SL_TAIL(p, seg, entry, at, e, u)  go on in another segment
 *   sl_copy(&p, &copies, w, x, e)  copies of the packet by the ways from w on, but not by x
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

/* ---- Copies ----------------------------------------------------------------------------------
 * A packet that is to leave by several outputs is copied in two: one takes the first way, the other
 * comes back for those behind it, and is copied again as long as there are two or more.
 */

/* Room in front of a packet that is to be copied: entry record, cursor. */
#define SL_COPY_ROOM (SL_ENTRY_LEN + sizeof(struct sl_saved))

/* An output that copies leave by. Those of an element stand together, in the order they go. */
struct sl_copy_way {
	__u16 next; /* of the same element, or SL_WAY_NONE */
	__u8 branch,
		copies; /* struct sl_split where a copy takes this way and another those behind */
};
#define SL_WAY_NONE 0xffffu

/* All of a graph's, as many as a power of two. */
struct sl_copy_ways {
	const struct sl_copy_way *ways;
	__u32 mask;
};

sl_inline const struct sl_copy_way *sl_copy_way(const struct sl_copy_ways *c, __u32 at)
{
	const struct sl_copy_way *w;

	if (__builtin_constant_p(at))
		return &c->ways[at & c->mask];
	SL_OPAQUE(at);
	w = &c->ways[at & c->mask];
	/* A pointer from here on: Linux 6.1 forgets the bounds of an index put on the stack. */
	SL_OPAQUE(w);
	return w;
}

/* The way behind `at` that is not `except`. */
sl_inline __u32 sl_next_way(const struct sl_copy_ways *c, __u32 at, __u32 except)
{
	at = sl_copy_way(c, at)->next;
	if (at != SL_WAY_NONE && at == except)
		at = sl_copy_way(c, at)->next;
	return at;
}

/* Asks for the copy that takes way `at`. */
sl_inline __u32 sl_ask_copy(struct sl_pkt *p, const struct sl_copy_ways *c, __u32 at, void *front)
{
	const struct sl_copy_way *w = sl_copy_way(c, at);
	struct sl_split *split = front;

	split->branch = w->branch;
	split->copies = w->copies;
	return SL_ANSWER(SL_V_COPY, at, p->off);
}

/* Asks the platform for copies by the ways from `first` on, but not by `except`: the cursor travels
 * in front of the packet. */
sl_inline __u32 sl_copy(struct sl_pkt *p, const struct sl_copy_ways *c, __u32 first, __u32 except,
			__u32 elem)
{
	char *front;

	if (sl_move_head(p, SL_COPY_ROOM))
		return SL_ANSWER(SL_V_DROP, SL_R_HEADROOM, elem);
	sl_shift(p, SL_COPY_ROOM);
	front = sl_abs(p, 0, SL_COPY_ROOM);
	if (!front)
		return SL_ANSWER(SL_V_DROP, SL_R_HEADROOM, elem);
	SL_SAVE_INTO(p, front + SL_ENTRY_LEN, (__u16)except);
	if (first == except)
		first = sl_copy_way(c, first)->next;
	return sl_ask_copy(p, c, first, front);
}

/*
 * A branch of a copy comes back: the cursor from in front of the packet, which then begins where it
 * did before it was copied. The way it takes, or SL_WAY_NONE: `*answer` is then what to answer, as
 * there are more copies to be made, or as it is no copy.
 */
sl_inline __u32 sl_enter_copy(struct sl_pkt *p, const struct sl_copy_ways *c, __u32 *answer)
{
	struct sl_entry *en = sl_abs(p, 0, SL_COPY_ROOM);
	__u16 except;
	__u32 at;

	*answer = SL_ANSWER(SL_V_DROP, SL_R_COPY, SL_ELEM_NONE);
	if (!en || !(en->flags & SL_ENTRY_COPY))
		return SL_WAY_NONE;
	SL_RESTORE_FROM(p, en + 1);
	at = en->point;
	if (!(en->flags & SL_ENTRY_BRANCH)) {
		__builtin_memcpy(&except,
				 (char *)(en + 1) + __builtin_offsetof(struct sl_saved, at), 2);
		at = sl_next_way(c, at, except);
		if (at == SL_WAY_NONE)
			return SL_WAY_NONE;
		if (sl_next_way(c, at, except) != SL_WAY_NONE) {
			*answer = sl_ask_copy(p, c, at, en);
			return SL_WAY_NONE;
		}
	}
	if (sl_move_head(p, -(int)SL_COPY_ROOM))
		return SL_WAY_NONE;
	sl_shift(p, -(__u32)SL_COPY_ROOM);
	return at;
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
