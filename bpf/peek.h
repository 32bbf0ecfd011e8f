/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that somebody looks at. A link that is watched has a mark in its record, which is in the
 * cache at that point anyway; others pay for nothing but the test of it. What is copied is bounded
 * by a budget that user space renews, and the mark goes away by itself when user space is gone.
 */
#ifndef SL_BPF_PEEK_H
#define SL_BPF_PEEK_H

#include "maps.h"
#include "words.h"

sl_inline void peek_lost(struct sl_peek *w)
{
	__sync_fetch_and_add(&w->lost, 1);
}

/* Copies the frame at `at`, which passes `link` in direction `dir`, to whoever peeks. Off the
 * usual path: a function of its own, which looks everything up again. */
sl_global int peek(struct xdp_md *ctx, __u32 link, __u32 at, __u32 dir)
{
	struct sl_link_rec *rec = bpf_map_lookup_elem(&links, &link);
	__u32 slot, zero = 0, len, most;
	struct sl_peeked *copy;
	struct sl_peek *w;
	__u64 now;

	if (!rec)
		return 0;
	slot = rec->peek - 1;
	w = bpf_map_lookup_elem(&peeks, &slot);
	now = bpf_ktime_get_ns();
	if (!w || w->link != link || now > w->until_ns) {
		/* Nobody's, or of somebody who is gone. */
		rec->peek = 0;
		return 0;
	}
	if (!(w->dirs & dir))
		return 0;
	copy = bpf_map_lookup_elem(&peek_copy, &zero);
	len = (__u32)bpf_xdp_get_buff_len(ctx) - at;
	if (!copy || __sync_fetch_and_add(&w->budget, -1) <= 0) {
		peek_lost(w);
		return 0;
	}
	copy->time_ns = now;
	copy->link = link;
	copy->len = len;
	copy->dir = (__u8)dir;
	most = w->snap;
	if (most > len)
		most = len;
	/* One less, as its bound alone is asked: Linux 6.1 learns nothing of a test for zero. */
	most--;
	opaque(most);
	if (most >= SL_PEEK_MAX || bpf_xdp_load_bytes(ctx, at, copy->bytes, ++most)) {
		peek_lost(w);
		return 0;
	}
	copy->cap = (__u16)most;
	if (bpf_ringbuf_output(&peeked, copy, SL_PEEKED_HEAD + most, 0))
		peek_lost(w);
	return 0;
}

#endif
