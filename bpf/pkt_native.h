/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cursor's operations that differ: the native build (replay without privilege, containers,
 * tests under sanitizers). Included by pkt.h only. What the host of the code provides is
 * struct sl_host: one indirect call each, none on the usual path.
 */
#ifndef SL_BPF_PKT_NATIVE_H
#define SL_BPF_PKT_NATIVE_H

#include <stdint.h>
#include <string.h>

#define SL_OPAQUE(x) ((void)(x))
#define SL_APART(n) ((void)(n))

#define SL_SURELY(cond, otherwise)                                                                 \
	do {                                                                                       \
		if (!(cond))                                                                       \
			__builtin_trap();                                                          \
	} while (0)

struct sl_host;

/* Stands where struct xdp_md stands in the BPF build: a buffer with room at both ends. */
struct sl_native_ctx {
	unsigned char *head; /* start of the buffer: what may be grown into */
	unsigned char *data, *data_end;
	unsigned char *data_meta; /* == data when there is no metadata */
	unsigned char *tail;	  /* end of the buffer */
	const struct sl_host *host;
	void *host_arg;
};

/* A fixed-size table as the host implements it. */
struct sl_host {
	uint64_t (*now_ns)(void *arg);
	uint32_t (*random)(void *arg);
	void *(*table_find)(void *arg, void *table, const void *key);
	int (*table_set)(void *arg, void *table, const void *key, const void *value,
			 uint64_t flags);
	int (*table_del)(void *arg, void *table, const void *key);
	void (*event)(void *arg, void *ring, const void *record, uint32_t len);
	/* Element `elem` returned `r` for the packet; NULL: nobody wants to know. */
	void (*step)(void *arg, const struct sl_pkt *p, uint32_t elem, uint32_t r);
};

/* Which packet the calling thread works on: tables and events have no cursor at hand. */
extern __thread struct sl_native_ctx *sl_current;

sl_inline void sl_reload(struct sl_pkt *p)
{
	p->data = p->ctx->data;
	p->data_end = p->ctx->data_end;
	p->known = 0;
}

/* The kernel keeps sizeof(struct xdp_frame) in front of a packet free and an Ethernet header's
 * worth of it. */
#define SL_NATIVE_FRAME_ROOM 40

sl_inline int sl_move_head(struct sl_pkt *p, int n)
{
	struct sl_native_ctx *x = p->ctx;

	if (x->data - x->head < n + SL_NATIVE_FRAME_ROOM || x->data - n > x->data_end - SL_ETH_HLEN)
		return -1;
	x->data -= n;
	sl_reload(p);
	return 0;
}

sl_inline int sl_move_tail(struct sl_pkt *p, int n)
{
	struct sl_native_ctx *x = p->ctx;

	if (n > x->tail - x->data_end || x->data_end + n < x->data + SL_ETH_HLEN)
		return -1;
	if (n > 0)
		memset(x->data_end, 0, n);
	x->data_end += n;
	sl_reload(p);
	return 0;
}

sl_inline __u64 sl_now_ns(struct sl_pkt *p)
{
	return p->env->fixed ? p->env->now_ns : p->ctx->host->now_ns(p->ctx->host_arg);
}

/* The BPF build's is cheaper and behind by up to a tick. */
sl_inline __u64 sl_now_coarse_ns(struct sl_pkt *p)
{
	return sl_now_ns(p);
}

/* The BPF build's are 1 to 10 ms each. */
sl_inline __u64 sl_ticks(struct sl_pkt *p)
{
	return sl_now_ns(p) / 1000000;
}

sl_inline __u32 sl_random(struct sl_pkt *p)
{
	if (p->env->fixed) {
		__u32 x = p->env->rnd;

		x = x * 1664525u + 1013904223u;
		p->env->rnd = x;
		return x ^ (x >> 16);
	}
	return p->ctx->host->random(p->ctx->host_arg);
}

sl_inline void *sl_table_find(void *table, const void *key)
{
	return sl_current->host->table_find(sl_current->host_arg, table, key);
}

sl_inline int sl_table_set(void *table, const void *key, const void *value, __u64 flags)
{
	return sl_current->host->table_set(sl_current->host_arg, table, key, value, flags);
}

sl_inline int sl_table_del(void *table, const void *key)
{
	return sl_current->host->table_del(sl_current->host_arg, table, key);
}

sl_inline void sl_event(void *ring, const void *record, __u32 len)
{
	sl_current->host->event(sl_current->host_arg, ring, record, len);
}

#define SL_BYTES() ((__u8[SL_BYTES_MAX + 8]){0})

sl_inline int sl_copy_bytes(const struct sl_pkt *p, __u32 at, __u8 *to, __u32 len, __u32 most)
{
	size_t total = (size_t)((char *)p->data_end - (char *)p->data);

	if (len > most || at > total || len > total - at)
		return len ? -1 : 0;
	memcpy(to, (const char *)p->data + at, len);
	return 0;
}

sl_inline int sl_store_bytes(struct sl_pkt *p, __u32 at, __u8 *from, __u32 len, __u32 most)
{
	size_t total = (size_t)((char *)p->data_end - (char *)p->data);

	if (len > most || at > total || len > total - at)
		return len ? -1 : 0;
	memcpy((char *)p->data + at, from, len);
	return 0;
}

/* The kernel's csum_partial(): the result is some 32-bit sum equal modulo 0xffff. */
sl_inline __u32 sl_csum_add(const void *q, __u32 len, __u32 seed)
{
	const unsigned char *b = q;
	__u64 sum = seed;
	__u32 i;

	for (i = 0; i + 1 < len; i += 2) {
		__u16 w;

		memcpy(&w, b + i, 2);
		sum += w;
	}
	while (sum >> 32)
		sum = (sum & 0xffffffff) + (sum >> 32);
	return (__u32)sum;
}

#endif
