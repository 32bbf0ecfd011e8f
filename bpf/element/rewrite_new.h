/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Making and ending mappings (see rewrite.h for the tables and the order in which they are
 * written). Code that is emitted for a rewriter (loader/config/rewrite_emit.c) tries the candidates
 * of its patterns in a loop: begin, candidate, next; then rewrite_make().
 */
#ifndef SL_ELEMENT_REWRITE_NEW_H
#define SL_ELEMENT_REWRITE_NEW_H

#include "rewrite_apply.h"

/* Candidates tried for one packet; slots looked at for one packet. */
#define REWRITE_TRIES 16
#define REWRITE_LOOK 32

/*
 * A pattern. What is in a _keep mask stays as it is in the packet, what is in a _run mask is `base`
 * plus a number up to `top`: no tests, and so fewer ways for the verifier to go.
 */
struct rewrite_pattern {
	__be32 saddr, saddr_keep, saddr_run;
	__be32 daddr, daddr_keep;
	__be16 sport, sport_keep, sport_run;
	__be16 dport, dport_keep;
	__u32 base, top;
	__u8 keep; /* the packet's own port first */
	__u8 sequential;
	__u8 out, reply_out;
};

struct rewrite_try {
	struct rewrite_pattern w;
	__u32 val, left; /* the candidate, counted from base; candidates left, with this one */
	__u32 start;	 /* where the series begins */
	__u32 kept;	 /* it is the packet's own port */
};

/* Where a mapping is made: too much for the stack. */
struct rewrite_work {
	struct rewrite_key key;	     /* of the packet */
	struct rewrite_key to, back; /* what it becomes; what answers to that look like */
	struct rewrite_key gone;     /* of a flow that ends */
	__u64 ref;
	struct rewrite_try t;
	__u32 now, epoch;
};
_Static_assert(sizeof(struct rewrite_work) <= SL_WORK_SIZE, "room for work");

sl_inline void rewrite_key(const struct rewrite_packet *k, struct rewrite_key *key)
{
	__builtin_memcpy(&key->saddr, &k->addrs, sizeof(k->addrs));
	__builtin_memcpy(&key->sport, &k->ports, sizeof(k->ports));
	key->space = k->space;
}

/*
 * What the verifier knows of a variable it goes through loops for, once for each value. So what
 * changes there is added to a word that is 0, which it cannot know.
 */
#define REWRITE_BLUR(x, zero) ((x) += (zero))

/* Makes one pattern like another to the verifier. */
sl_inline void rewrite_blur(struct rewrite_pattern *w, __u32 zero)
{
	REWRITE_BLUR(w->saddr, zero);
	REWRITE_BLUR(w->saddr_keep, zero);
	REWRITE_BLUR(w->saddr_run, zero);
	REWRITE_BLUR(w->daddr, zero);
	REWRITE_BLUR(w->daddr_keep, zero);
	REWRITE_BLUR(w->sport, (__u16)zero);
	REWRITE_BLUR(w->sport_keep, (__u16)zero);
	REWRITE_BLUR(w->sport_run, (__u16)zero);
	REWRITE_BLUR(w->dport, (__u16)zero);
	REWRITE_BLUR(w->dport_keep, (__u16)zero);
	REWRITE_BLUR(w->base, zero);
	REWRITE_BLUR(w->top, zero);
	REWRITE_BLUR(w->keep, (__u8)zero);
	REWRITE_BLUR(w->sequential, (__u8)zero);
	REWRITE_BLUR(w->out, (__u8)zero);
	REWRITE_BLUR(w->reply_out, (__u8)zero);
}

/* ---- Ending ----------------------------------------------------------------------------------*/

sl_inline void rewrite_flow_key(const struct rewrite_flow *f, __u32 dir, struct rewrite_key *k)
{
	__builtin_memcpy(&k->saddr, rewrite_side(f, dir), sizeof(struct rewrite_side));
	k->space = f->space;
}

/* Removes an entry if it is of this slot. */
sl_inline void rewrite_unlink(void *map, const struct rewrite_key *k, __u64 ref)
{
	__u64 *entry = sl_table_find(map, k);

	if (entry && REWRITE_READ64(*entry) == ref)
		sl_table_del(map, k);
}

/* Takes a slot whose word was `word` for this CPU alone. 0, or -1 if another was quicker. */
sl_inline int rewrite_take(struct rewrite_flow *f, __u32 word)
{
	__u32 busy = ((word & ~(__u32)REWRITE_WORD_MASK) + REWRITE_WORD_MASK + 1) | REWRITE_BUSY;

	return __sync_val_compare_and_swap(&f->word, word, busy) == word ? 0 : -1;
}

/* Gives it back in another state. */
sl_inline __u32 rewrite_give(struct rewrite_flow *f, __u32 state)
{
	__u32 busy = REWRITE_READ32(f->word);
	__u32 word = (busy & ~(__u32)REWRITE_WORD_MASK) | state;

	__sync_val_compare_and_swap(&f->word, busy, word);
	return word;
}

/* Removes the entries of a flow this CPU has taken. */
sl_inline void rewrite_unmap(void *map, const struct rewrite_flow *f, __u32 slot,
			     struct rewrite_work *w)
{
	rewrite_flow_key(f, 0, &w->gone);
	rewrite_unlink(map, &w->gone, REWRITE_REF(slot, 0));
	rewrite_flow_key(f, 1, &w->gone);
	rewrite_unlink(map, &w->gone, REWRITE_REF(slot, 1));
}

/* Ends a flow. 0, or -1 if another CPU is at it. */
sl_inline int rewrite_end(void *map, const struct rewrite_hit *h, struct rewrite_work *w)
{
	if (rewrite_take(h->f, h->word))
		return -1;
	rewrite_unmap(map, h->f, h->slot, w);
	rewrite_give(h->f, REWRITE_FREE);
	return 0;
}

/* ---- Candidates ------------------------------------------------------------------------------*/

/* Where a series begins: where the last one ended, or anywhere. */
sl_inline __u32 rewrite_start(const struct rewrite_try *t, __u32 next, __u32 random)
{
	if (t->w.sequential)
		return next > t->w.top ? 0 : next;
	return (__u32)(((__u64)random * ((__u64)t->w.top + 1)) >> 32);
}

/* `t->w` is the pattern, `next` where its sequence is. */
sl_inline void rewrite_begin(struct rewrite_work *work, __u32 next, __u32 random, __u32 zero)
{
	struct rewrite_try *t = &work->t;
	__u32 own = (__u32)sl_ntohs(work->key.sport) - t->w.base;

	t->start = rewrite_start(t, next, random);
	t->left = t->w.top + 1;
	t->kept = t->w.top && t->w.keep && own <= t->w.top;
	t->val = t->start;
	if (t->kept) {
		t->val = own;
		t->left++;
	}
	REWRITE_BLUR(t->val, zero);
	REWRITE_BLUR(t->left, zero);
	REWRITE_BLUR(t->kept, zero);
	REWRITE_BLUR(t->start, zero);
}

sl_inline void rewrite_next(struct rewrite_try *t, __u32 zero)
{
	t->left--;
	if (t->kept) {
		t->kept = 0;
		t->val = t->start;
	} else {
		t->val = t->val == t->w.top ? 0 : t->val + 1;
	}
	REWRITE_BLUR(t->val, zero);
	REWRITE_BLUR(t->left, zero);
	REWRITE_BLUR(t->kept, zero);
}

/* Whether a mapping that has a candidate's answers has come to its end. */
sl_inline int rewrite_over(const struct rewrite_conf *c, const struct rewrite_flow *f, __u32 mark,
			   __u32 epoch, __u32 reaping)
{
	return (f->mark ^ mark) | (f->epoch ^ epoch) || rewrite_reaped(c, f->expires, reaping);
}

/* What the packet would look like, and the key of answers to that. */
sl_inline void rewrite_candidate(const struct rewrite_conf *c, struct rewrite_work *work)
{
	struct rewrite_key *key = &work->key, *to = &work->to, *back = &work->back;
	const struct rewrite_try *t = &work->t;
	__u32 at = t->w.base + t->val;

	to->saddr = (key->saddr & t->w.saddr_keep) | (sl_htonl(at) & t->w.saddr_run) | t->w.saddr;
	to->daddr = (key->daddr & t->w.daddr_keep) | t->w.daddr;
	to->sport = (key->sport & t->w.sport_keep) | (sl_htons((__u16)at) & t->w.sport_run) |
		    t->w.sport;
	to->dport = (key->dport & t->w.dport_keep) | t->w.dport;
	to->space = key->space;
	if (c->mode == REWRITE_PING)
		to->dport = sl_htons((__u16)(sl_ntohs(to->sport) + 1));
	back->saddr = to->daddr;
	back->daddr = to->saddr;
	back->sport = to->dport;
	back->dport = to->sport;
	back->space = to->space;
}

/* Whether an ICMP echo is an answer. */
sl_inline int rewrite_is_pong(const struct sl_pkt *p)
{
	const struct sl_icmp *icmp = sl_transport(p, 0, 6);

	SL_SURELY(icmp, 1);
	return !icmp->type;
}

/* SourceIPHashMapper's hash of an address as it is in memory of a little-endian machine: the first
 * byte has a say in all bits, so that neighbours are far apart. */
sl_inline __u32 rewrite_hash(__be32 saddr)
{
	return (saddr * ((saddr & 0xff) << 24 | 1)) % 0x7fffffff;
}

/* ---- Slots -----------------------------------------------------------------------------------*/

/*
 * Finds a slot for a new flow that would time out at `expires`, and takes it: a free one, or that
 * of the flow that times out first. The flow and its entries are gone then. NULL if there is none.
 */
sl_inline struct rewrite_flow *rewrite_slot(const struct rewrite_conf *c, struct rewrite_rw *rw,
					    void *map, void *flows, struct rewrite_work *w,
					    __u32 expires, int guaranteed, __u32 *slot)
{
	__u32 at = REWRITE_READ32(rw->hand), epoch = w->epoch, now = w->now;
	__u32 best = 0, best_word = 0, best_left = guaranteed ? 0x7fffffff : expires - now;
	__u32 zero = REWRITE_READ32(rw->zero), i;
	struct rewrite_flow *f;

#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
	for (i = 0; i < REWRITE_LOOK && i < c->slots; i++) {
		__u32 word, left;

		at = at < c->slots ? at + 1 : 1;
		REWRITE_BLUR(at, zero);
		REWRITE_BLUR(best, zero);
		REWRITE_BLUR(best_word, zero);
		REWRITE_BLUR(best_left, zero);
		f = sl_table_find(flows, &at);
		SL_SURELY(f, NULL);
		word = REWRITE_READ32(f->word);
		if ((word & REWRITE_WORD_MASK) == REWRITE_BUSY)
			continue;
		if ((word & REWRITE_WORD_MASK) == REWRITE_FREE) {
			if (rewrite_take(f, word))
				continue;
			rw->hand = *slot = at;
			return f;
		}
		left = f->expires - now;
		if (f->epoch != epoch || (__s32)left < 0)
			left = 0;
		else if ((__s32)(f->safe - now) > 0)
			continue;
		if (left > best_left || (best && left == best_left))
			continue;
		best = at;
		best_word = word;
		best_left = left;
	}
	if (!best)
		return NULL;
	*slot = best;
	f = sl_table_find(flows, slot);
	SL_SURELY(f, NULL);
	if (rewrite_take(f, best_word))
		return NULL;
	rewrite_unmap(map, f, best, w);
	rw->hand = best;
	return f;
}

/* ---- Making ----------------------------------------------------------------------------------*/

/* Sum of what a 32-bit word's checksum changes by (RFC 1624). */
sl_inline __u32 rewrite_delta32(__u32 from, __u32 to)
{
	return (__u32)(__u16)~from + (__u16) ~(from >> 16) + (__u16)to + (__u16)(to >> 16);
}

/* No change is 0. */
sl_inline __u16 rewrite_delta(__u32 sum)
{
	__u16 d = sl_fold(sum);

	return d == 0xffff ? 0 : d;
}

sl_inline void rewrite_deltas(const struct rewrite_conf *c, struct rewrite_flow *f)
{
	__u32 ip, l4 = (__u32)(__u16)~f->sport + f->back_dport;

	ip = rewrite_delta32(f->saddr, f->back_daddr) + rewrite_delta32(f->daddr, f->back_saddr);
	if (c->mode != REWRITE_PING)
		l4 += ip + (__u16)~f->dport + f->back_sport;
	f->ip_delta = rewrite_delta(ip);
	f->l4_delta = rewrite_delta(l4);
}

/* Writes a flow into a slot this CPU has taken. */
sl_inline void rewrite_fill(struct sl_pkt *p, const struct rewrite_conf *c,
			    const struct rewrite_work *w, __u32 tick, struct rewrite_flow *f)
{
	__u32 t = rewrite_t(p, c);

	f->saddr = w->key.saddr;
	f->daddr = w->key.daddr;
	f->sport = w->key.sport;
	f->dport = w->key.dport;
	f->space = w->key.space;
	f->back_saddr = w->back.saddr;
	f->back_daddr = w->back.daddr;
	f->back_sport = w->back.sport;
	f->back_dport = w->back.dport;
	rewrite_deltas(c, f);
	f->expires = w->now + c->plain[t];
	f->safe = c->guarantee[t] ? w->now + c->guarantee[t] + REWRITE_SLACK : w->now;
	f->tick = tick;
	f->seen = 0;
	f->epoch = w->epoch;
	f->anno = c->reply_anno ? sl_anno_u8(p, c->reply_anno - 1u) : 0;
	f->out = w->t.w.out;
	f->reply_out = w->t.w.reply_out;
}

sl_inline __u32 rewrite_fail(struct rewrite_state *st)
{
	st->failures++;
	return SL_KILL(STATE);
}

/* Whether a flow's answers look like its own packets. */
sl_inline int rewrite_is_its_answer(const struct rewrite_flow *f)
{
	const struct rewrite_side *s = rewrite_side(f, 0);

	return rewrite_is(f, 1, rewrite_addrs(s), rewrite_ports_of(s), f->space);
}

/* Makes the mapping of a packet's flow as `w` says, and changes the packet. */
sl_inline __u32 rewrite_make(struct sl_pkt *p, const struct rewrite_conf *c,
			     struct rewrite_state *st, struct rewrite_rw *rw, void *map,
			     void *flows, void *hints, const struct rewrite_packet *k,
			     struct rewrite_work *w, __u32 input, __u32 mark)
{
	struct rewrite_hit h = {.tick = (__u32)sl_ticks(p)};
	__u32 t = rewrite_t(p, c), slot;

	h.f = rewrite_slot(c, rw, map, flows, w, w->now + c->plain[t], c->guarantee[t] != 0, &slot);
	if (!h.f)
		return rewrite_fail(st);
	rewrite_fill(p, c, w, h.tick, h.f);
	h.f->mark = mark;
	h.f->input = (__u8)input;
	h.slot = slot;
	w->ref = REWRITE_REF(slot, 1);
	if (sl_table_set(map, &w->back, &w->ref, 1)) {
		rewrite_give(h.f, REWRITE_FREE);
		return rewrite_fail(st);
	}
	h.word = rewrite_give(h.f, REWRITE_LIVE);
	if (!rewrite_is_its_answer(h.f)) {
		w->ref = REWRITE_REF(h.slot, 0);
		if (sl_table_set(map, &w->key, &w->ref, 1)) {
			rewrite_end(map, &h, w);
			if (rewrite_find(c, map, flows, &w->key, &h) != REWRITE_HIT)
				return rewrite_fail(st);
		}
	}
	/* One that is left of an older flow might be of this slot, and mean the other direction. */
	rewrite_remember(c, hints, k, h.slot, (__u32)rewrite_is_its_answer(h.f));
	return rewrite_apply(p, c, k->first, &h);
}

#endif
