/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Generated code's terms in the BPF build. Included by graph.h only. */
#ifndef SL_BPF_GRAPH_BPF_H
#define SL_BPF_GRAPH_BPF_H

/*
 * Maps are symbols of the section .maps; the loader knows each by its name and makes the real one
 * from the bundle's description, so no type information is needed here.
 */
#define SL_MAP(name) int name __attribute__((section(".maps"), used))

#define SL_SEGMENT(n) __attribute__((section("xdp/seg" #n), used)) int seg##n(struct xdp_md *ctx)
#define SL_RESUME() __attribute__((section("xdp/resume"), used)) int resume(struct xdp_md *ctx)

/* Words shared by user space and all CPUs; one per graph, called `data`. */
#define SL_DATA(type)                                                                              \
	extern type data;                                                                          \
	type data __attribute__((section(".data"), used)) = {0}

/* The address of a page and the number of this CPU are all there is to counting: no helper that
 * looks up. The loader puts the mask, which no CPU's number exceeds, where cpu_mask is named. */
SL_MAP(cpu_mask);
#define SL_CPU()                                                                                   \
	({                                                                                         \
		__u64 mask_ = (unsigned long)&cpu_mask, cpu_;                                      \
		SL_OPAQUE(mask_);                                                                  \
		cpu_ = bpf_get_smp_processor_id();                                                 \
		cpu_ &mask_;                                                                       \
	})
#define SL_COUNTERS(k, cpu)                                                                        \
	({                                                                                         \
		char *page_ = (char *)&map_counters##k;                                            \
		SL_OPAQUE(page_);                                                                  \
		if (!page_)                                                                        \
			__builtin_unreachable();                                                   \
		(struct counters##k *)(page_ + (cpu)*SL_PAGE_STRIDE(sizeof(struct counters##k)));  \
	})
#define SL_SCRATCH()                                                                               \
	({                                                                                         \
		__u32 zero_ = 0;                                                                   \
		struct sl_scratch *scratch_ = bpf_map_lookup_elem(&map_scratch, &zero_);           \
		scratch_ ? &scratch_->saved : NULL;                                                \
	})
#define SL_WORK() SL_SCRATCH_MEMBER(work)
#define SL_TABLE(k) ((void *)&map_table##k)
#define SL_EVENTS() ((void *)&map_events)

/* What `undo` says is done where the tail call fails. */
#define SL_TAIL(p, seg, entry, at, elem, undo)                                                     \
	do {                                                                                       \
		struct sl_saved *s_ = SL_SCRATCH();                                                \
		if (s_) {                                                                          \
			sl_save(&(p), s_, entry, at);                                              \
			bpf_tail_call((p).ctx, &map_chain, seg);                                   \
		}                                                                                  \
		undo return SL_ANSWER(SL_V_DROP, SL_R_TAILCALL, elem);                             \
	} while (0)

/* The cursor in a packet, wherever that begins. */
#define SL_SAVE_INTO(p, to, at) sl_save(p, (struct sl_saved *)(to), 0, at)
#define SL_RESTORE_FROM(p, at) sl_restore(p, (const struct sl_saved *)(at))

/* What the planner knows, told to the compiler. The native build verifies it instead. */
#define SL_KNOW(p, member, value) ((p).member = (value))
#define SL_STEP(p, elem, r)
#define SL_KNOW_LEN(p, n) ((p).known = (n))
#define SL_KNOW_PLAIN(p, yes) ((p).plain = (yes))
#define SL_KNOW_BITS(p, at, width, in)
#define SL_NEVER()

/* `len` bytes of XDP metadata, or NULL. */
sl_inline const void *sl_metadata(const struct sl_pkt *p, __u32 len)
{
	const char *m = SL_CTX_POINTER(p->ctx, data_meta);

	return m + len > (const char *)p->data ? NULL : m;
}

#endif
