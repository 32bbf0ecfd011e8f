/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Generated code's terms in the native build, and what the resulting shared object shows to the
 * program that loads it: one symbol, `sl_native_graph`. Included by graph.h, and by the loader for
 * the struct.
 */
#ifndef SL_BPF_GRAPH_NATIVE_H
#define SL_BPF_GRAPH_NATIVE_H

/* A graph built natively. One packet at a time; the memory pointed to is the graph's own. */
struct sl_native_graph {
	__u32 abi; /* SL_ABI_VERSION */
	__u32 n_pages, n_tables;
	void *const *pages; /* counters, as laid out for one CPU */
	void *data;	    /* struct graph_data: sl_env, then rw words */
	void **tables;	    /* set by the host: handles for sl_host's table functions */
	void **events;	    /* likewise for sl_host.event */
	/* Runs a packet from segment 0, or with resume from the branch in its entry record. */
	__u32 (*run)(struct sl_native_ctx *x, int resume);
};

#ifdef SL_GENERATED

__thread struct sl_native_ctx *sl_current;
static __u32 sl_next; /* segment a tail call asked for, plus one */
static int sl_left;   /* tail calls this packet may still make */
static struct sl_scratch sl_scratch;

#define SL_MAP(name) extern int name
#define SL_SEGMENT(n) static __u32 seg##n(struct sl_native_ctx *ctx)
#define SL_RESUME() static __u32 resume(struct sl_native_ctx *ctx)
#define SL_DATA(type) static type data
#define SL_CPU() 0
#define SL_COUNTERS(k, cpu) ((void)(cpu), &page##k)
#define SL_SCRATCH() (&sl_scratch.saved)
#define SL_WORK() ((void *)sl_scratch.work)
#define SL_TABLE(k) (tables[k])
#define SL_EVENTS() (events)

#define SL_TAIL(p, seg, entry, at, elem, undo)                                                     \
	do {                                                                                       \
		if (sl_left-- <= 0) {                                                              \
			undo return SL_ANSWER(SL_V_DROP, SL_R_TAILCALL, elem);                     \
		}                                                                                  \
		sl_save(&(p), &sl_scratch.saved, entry, at);                                       \
		sl_next = (seg) + 1;                                                               \
		return 0;                                                                          \
	} while (0)

#define SL_KNOW(p, member, value)                                                                  \
	do {                                                                                       \
		if ((p).member != (value))                                                         \
			__builtin_trap();                                                          \
	} while (0)
#define SL_KNOW_LEN(p, n)                                                                          \
	do {                                                                                       \
		if ((char *)(p).data_end - (char *)(p).data < (n))                                 \
			__builtin_trap();                                                          \
		(p).known = (n);                                                                   \
	} while (0)

#define SL_KNOW_PLAIN(p, yes)                                                                      \
	do {                                                                                       \
		if ((yes) && ((char *)(p).data_end - (char *)(p).data <= (long)(p).nh ||           \
			      ((__u8 *)(p).data)[(p).nh] != 0x45))                                 \
			__builtin_trap();                                                          \
		(p).plain = (yes);                                                                 \
	} while (0)

/* The `width` bits from bit `at` of the packet on, if it has them. */
sl_inline int sl_know_bits(const struct sl_pkt *p, __u32 at, __u32 width, __u32 *out)
{
	const __u8 *b = p->data;
	__u64 v = 0;

	if ((char *)p->data_end - (char *)p->data < (at + width + 7) / 8)
		return 0;
	for (__u32 i = at; i < at + width; i++)
		v = v << 1 | (b[i / 8] >> (7 - i % 8) & 1);
	*out = (__u32)v;
	return 1;
}

#define SL_KNOW_BITS(p, at, width, in)                                                             \
	do {                                                                                       \
		__u32 x_;                                                                          \
		if (sl_know_bits(&(p), at, width, &x_) && !(in))                                   \
			__builtin_trap();                                                          \
	} while (0)
#define SL_NEVER() __builtin_trap()

#define SL_STEP(p, elem, r)                                                                        \
	do {                                                                                       \
		if (sl_unlikely((p).ctx->host->step) && (r) != SL_DONE_SELDOM)                     \
			(p).ctx->host->step((p).ctx->host_arg, &(p), elem, r);                     \
	} while (0)

typedef __u32 sl_segment_fn(struct sl_native_ctx *ctx);

/* Follows tail calls, as many as the kernel allows behind `enter`. */
static __u32 sl_run_chain(struct sl_native_ctx *x, sl_segment_fn *first, sl_segment_fn *const *segs,
			  __u32 n_segs)
{
	sl_segment_fn *fn = first;

	sl_current = x;
	sl_left = 32;
	for (;;) {
		__u32 a;

		sl_next = 0;
		a = fn(x);
		if (!sl_next)
			return a;
		if (sl_next > n_segs)
			return SL_ANSWER(SL_V_DROP, SL_R_TAILCALL, SL_ELEM_NONE);
		fn = segs[sl_next - 1];
	}
}

#endif

/* The cursor in a packet, which begins at any address. */
#define SL_SAVE_INTO(p, to, at)                                                                    \
	do {                                                                                       \
		struct sl_saved s_;                                                                \
		sl_save(p, &s_, 0, at);                                                            \
		memcpy(to, &s_, sizeof(s_));                                                       \
	} while (0)
#define SL_RESTORE_FROM(p, at)                                                                     \
	do {                                                                                       \
		struct sl_saved s_;                                                                \
		memcpy(&s_, at, sizeof(s_));                                                       \
		sl_restore(p, &s_);                                                                \
	} while (0)

sl_inline const void *sl_metadata(const struct sl_pkt *p, __u32 len)
{
	return (char *)p->data - (char *)p->ctx->data_meta < (long)len ? NULL : p->ctx->data_meta;
}

#endif
