/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The cursor's operations that differ: the BPF build. Included by pkt.h only. */
#ifndef SL_BPF_PKT_BPF_H
#define SL_BPF_PKT_BPF_H

#include "helpers.h"

/* Hides a value from the compiler, so that a bound it derives is also the bound the verifier
 * sees. */
#define SL_OPAQUE(x) asm volatile("" : "+r"(x))

/* Keeps ends that are nearly the same from being made one, which the usual path would pay for: it
 * would have to say at each test which of them it might go to. `n` is a constant of its own. */
#define SL_APART(n) asm volatile("" ::"i"(n))

/*
 * A member of the context that is a pointer to the verifier. C has it as 32 bits, and a compiler
 * short of registers would keep just these on the stack, where they are no pointer any more.
 */
#define SL_CTX_POINTER(ctx, member)                                                                \
	({                                                                                         \
		__u64 ptr_;                                                                        \
		asm volatile("%0 = *(u32 *)(%1 + %2)"                                              \
			     : "=r"(ptr_)                                                          \
			     : "r"(ctx), "i"(__builtin_offsetof(struct xdp_md, member)));          \
		(void *)ptr_;                                                                      \
	})

/*
 * What is always so, but not to the verifier: that an array has the entry at an index it is large
 * enough for, that bytes are there which were just pushed, or looked at before. `otherwise` is what
 * the function would return; the native build holds the claim against every packet instead.
 */
#define SL_SURELY(cond, otherwise)                                                                 \
	do {                                                                                       \
		if (!(cond))                                                                       \
			return otherwise;                                                          \
	} while (0)

sl_inline void sl_reload(struct sl_pkt *p)
{
	p->data = SL_CTX_POINTER(p->ctx, data);
	p->data_end = SL_CTX_POINTER(p->ctx, data_end);
	p->known = 0;
}

/* Grows the front by `n` bytes (offsets are the caller's to shift). 0 or -1. */
sl_inline int sl_move_head(struct sl_pkt *p, int n)
{
	long ret = bpf_xdp_adjust_head(p->ctx, -n);

	sl_reload(p);
	return ret ? -1 : 0;
}

/* Moves the end by `n` bytes: cuts when negative, grows with zeroes when positive. 0 or -1. */
sl_inline int sl_move_tail(struct sl_pkt *p, int n)
{
	long ret = bpf_xdp_adjust_tail(p->ctx, n);

	sl_reload(p);
	return ret ? -1 : 0;
}

sl_inline __u64 sl_now_ns(struct sl_pkt *p)
{
	return p->env->fixed ? p->env->now_ns : bpf_ktime_get_ns();
}

/* The same clock as of the kernel's last tick (1 to 10 ms ago), at a third of the price. */
sl_inline __u64 sl_now_coarse_ns(struct sl_pkt *p)
{
	return p->env->fixed ? p->env->now_ns : bpf_ktime_get_coarse_ns();
}

/* Counts the kernel's ticks, 1 to 10 ms each: costs next to nothing. */
sl_inline __u64 sl_ticks(struct sl_pkt *p)
{
	return p->env->fixed ? p->env->now_ns / 1000000 : bpf_jiffies64();
}

sl_inline __u32 sl_random(struct sl_pkt *p)
{
	if (p->env->fixed) {
		__u32 x = p->env->rnd;

		x = x * 1664525u + 1013904223u;
		p->env->rnd = x;
		return x ^ (x >> 16);
	}
	return bpf_get_prandom_u32();
}

/* Tables: BPF maps. Keys and values are fixed-size; flags as bpf(2): 0 any, 1 only new. */
sl_inline void *sl_table_find(void *table, const void *key)
{
	return bpf_map_lookup_elem(table, key);
}

sl_inline int sl_table_set(void *table, const void *key, const void *value, __u64 flags)
{
	return bpf_map_update_elem(table, key, value, flags) ? -1 : 0;
}

sl_inline int sl_table_del(void *table, const void *key)
{
	return bpf_map_delete_elem(table, key) ? -1 : 0;
}

/* Sends one record to whoever reads the graph's events; lost when nobody does. */
sl_inline void sl_event(void *ring, const void *record, __u32 len)
{
	bpf_ringbuf_output(ring, (void *)record, len, 0);
}

/* A member of this CPU's scratch memory that does not stand first, or NULL. Linux 6.1 wants no sum
 * made before the test for NULL. */
extern int map_scratch __attribute__((section(".maps")));
#define SL_SCRATCH_MEMBER(member)                                                                  \
	({                                                                                         \
		__u32 zero_ = 0;                                                                   \
		struct sl_scratch *scratch_ = bpf_map_lookup_elem(&map_scratch, &zero_);           \
		__u8 *memory_ = NULL;                                                              \
		if (scratch_) {                                                                    \
			SL_OPAQUE(scratch_);                                                       \
			memory_ = scratch_->member;                                                \
		}                                                                                  \
		(void *)memory_;                                                                   \
	})
/* Memory for SL_BYTES_MAX bytes of the packet; what is in it is whatever was there. */
#define SL_BYTES() SL_SCRATCH_MEMBER(bytes)

/*
 * Copies `len` bytes, at most `most` (a constant), at `at` bytes from the packet's start; 0, or -1
 * if they are not there. None are always there. One less than `len` is what is compared: Linux 6.1
 * learns nothing from a test for zero.
 */
sl_inline int sl_copy_bytes(const struct sl_pkt *p, __u32 at, __u8 *to, __u32 len, __u32 most)
{
	__u64 more = len - 1;

	SL_OPAQUE(more);
	if (more >= most)
		return len ? -1 : 0;
	return bpf_xdp_load_bytes(p->ctx, at, to, (__u32)more + 1) ? -1 : 0;
}

/* The other way round; the bytes are there already. */
sl_inline int sl_store_bytes(struct sl_pkt *p, __u32 at, __u8 *from, __u32 len, __u32 most)
{
	__u64 more = len - 1;

	SL_OPAQUE(more);
	if (more >= most)
		return len ? -1 : 0;
	return bpf_xdp_store_bytes(p->ctx, at, from, (__u32)more + 1) ? -1 : 0;
}

/* One's complement sum of `len` bytes (a multiple of 4, at most 512) at `q`, added to `seed`. */
sl_inline __u32 sl_csum_add(const void *q, __u32 len, __u32 seed)
{
	return (__u32)bpf_csum_diff(NULL, 0, (__be32 *)q, len, seed);
}

#endif
