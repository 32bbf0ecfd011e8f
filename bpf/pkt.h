/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The packet cursor: all an element sees of a packet. The same element source builds for BPF and
 * natively; the few operations in which the two differ are in pkt_bpf.h and pkt_native.h.
 *
 * A cursor is a window [off, end of packet) that begins where Click's packet data begins. Strip and
 * Unstrip move `off`; only sl_push() beyond the room in front, sl_take() and sl_put() move the
 * packet itself. Offsets `nh`, `th` and `mac` count from the packet's start as `off` does (not from
 * the window) and are SL_UNSET where Click's header pointer would be null.
 */
#ifndef SL_BPF_PKT_H
#define SL_BPF_PKT_H

#include "abi.h"
#include "net.h"

#define SL_UNSET 0xffffffffu
/* No packet is longer, whatever the MTU: lets the verifier bound variable offsets. */
#define SL_OFF_MASK 0x3fff

/* Packet-type annotation (Linux's PACKET_* numbers, as Click uses). */
enum sl_pkt_type { SL_PKT_HOST, SL_PKT_BROADCAST, SL_PKT_MULTICAST, SL_PKT_OTHERHOST };

/*
 * Click's 48 bytes of user annotations, at Click's offsets; aliases are real (VLAN_TCI and
 * AGGREGATE share bytes). Anno offset n of Click is byte n.
 */
struct sl_anno {
	union {
		__be32 dst_ip;
		__be32 dst_ip6[4];
		__u64 dst_w[2];
	};
	__u8 paint;	 /* 16 */
	__u8 param_prob; /* 17 */
	__u8 byte18;
	__u8 fix_ip_src; /* 19 */
	union {
		__be16 vlan_tci; /* 20 */
		__u32 aggregate; /* 20 */
	};
	__u32 extra_packets;   /* 24 */
	__u32 extra_length;    /* 28 */
	__u64 first_timestamp; /* 32 */
	__u64 word40;	       /* 40 */
};

#ifdef __bpf__
typedef struct xdp_md sl_ctx;
#else
typedef struct sl_native_ctx sl_ctx;
#endif

struct sl_pkt {
	sl_ctx *ctx;
	void *data;	/* packet start, reloaded whenever the packet moved */
	void *data_end; /* its end; the truth about the length */
	__u32 off;	/* start of the window, bytes from data */
	__u32 mac;	/* Ethernet header, or SL_UNSET */
	__u32 nh;	/* network header, or SL_UNSET */
	__u32 th;	/* transport header, or SL_UNSET */
	__u32 known;	/* so many bytes from data are there: a constant, checked before */
	__u8 plain;	/* a constant: the IP header has no options (SL_KNOW_PLAIN) */
	__u8 usual;	/* in usual code, which leaves what is seldom to shared code: a constant */
	__u8 dev;	/* device index it came in on */
	__u8 type;	/* enum sl_pkt_type */
	__u8 hops;	/* back edges taken */
	struct sl_env *env; /* clock, random numbers and seeds of this graph */
	struct sl_anno anno;
};

/* Shared by the programs of one graph (in its data map): tests and replay set what elements see. */
struct sl_env {
	__u32 fixed; /* nonzero: now_ns and rnd below are used instead of the kernel's */
	__u32 rnd;   /* state of the generator that replaces the kernel's random numbers */
	__u64 now_ns;
	__u64 seed; /* hash seed, chosen when the graph is installed */
};

/*
 * The cursor as it crosses a tail call (in the per-CPU scratch slot) or travels with a copy (in
 * front of the frame). Offsets are relative to the packet's start.
 */
struct sl_saved {
	__u16 entry;		/* which entry of the next segment, or which branch */
	__u16 off, mac, nh, th; /* 0xffff: unset */
	__u8 dev, type, hops, zero;
	__u16 at; /* which of the elements that share the code there */
	struct sl_anno anno;
};

/* Bytes of a packet are copied into scratch memory where how many of them are looked at is known
 * only at run time: so many, and a word of zeroes behind them. */
#define SL_BYTES_MAX 512

/* What a CPU runs a graph's programs with: one at a time. Between tail calls only `saved` holds
 * anything. */
#define SL_WORK_SIZE 192
struct sl_scratch {
	struct sl_saved saved;
	__u8 work[SL_WORK_SIZE] __attribute__((aligned(8))); /* SL_WORK(): for what is too much for
								the stack */
	__u8 bytes[SL_BYTES_MAX + 8] __attribute__((aligned(8))); /* SL_BYTES() */
};

#ifdef __bpf__
#include "pkt_bpf.h"
#else
#include "pkt_native.h"
#endif

/* ---- What an element returns ------------------------------------------------------------------
 * An output port; if that output does not exist in this graph (Click's optional outputs), the
 * packet is dropped for `reason`. SL_KILL drops whatever is connected.
 */
#define SL_PORT_NONE 0xffu
#define SL_OUT(port) ((__u32)(port))
#define SL_OUT_OR(port, reason) ((__u32)(port) | ((__u32)(SL_R_##reason) << 8))
#define SL_KILL(reason) (SL_PORT_NONE | ((__u32)(SL_R_##reason) << 8))

/* ---- Reading and writing ---------------------------------------------------------------------*/

/* True if the compiler sees that it is. */
#define SL_SURE(cond) (__builtin_constant_p(cond) && (cond))

/*
 * The same value, at most `mask` (of which only the lowest bits are ones), but nothing else of it
 * is known to the verifier. It follows every value a scalar can have through all that comes after;
 * where ways meet with different ones, this makes them one way. The packet's length is nothing it
 * knows, so a way over that hides even a constant.
 */
sl_inline __u32 sl_blur(const struct sl_pkt *p, __u32 x, __u32 mask)
{
	__u32 total = (__u32)((char *)p->data_end - (char *)p->data);
	__u32 rest = total - x;

	SL_OPAQUE(rest);
	x = total - rest;
	SL_OPAQUE(x);
	return x & mask;
}

/* Bytes in the window. */
sl_inline __u32 sl_len(const struct sl_pkt *p)
{
	__u32 total = (__u32)((char *)p->data_end - (char *)p->data);

	if (SL_SURE(p->off <= p->known))
		return total - p->off;
	return p->off < total ? total - p->off : 0;
}

/*
 * `len` bytes (a constant) at `at` bytes from the packet's start (not the window), or NULL if the
 * packet ends before. The pointer is valid until the packet is moved.
 */
sl_inline void *sl_abs(const struct sl_pkt *p, __u32 at, __u32 len)
{
	char *q;

	if (__builtin_constant_p(at) && SL_SURE(at <= p->known && len <= p->known - at)) {
		q = (char *)p->data + at;
	} else {
		if (at > SL_OFF_MASK)
			return NULL;
		if (!__builtin_constant_p(at)) {
			SL_OPAQUE(at);
			at &= SL_OFF_MASK;
		}
		q = (char *)p->data + at;
		/* One register from here to the access: a sum made twice is two pointers to the
		 * verifier. */
		if (!__builtin_constant_p(at))
			SL_OPAQUE(q);
		if (q + len > (char *)p->data_end)
			return NULL;
	}
	if (!q)
		__builtin_unreachable();
	return q;
}

/* `len` bytes at `at` bytes into the window, or NULL. An offset so large that the sum would begin
 * anew leads to none: what is in front of the frame is not the tenant's. */
sl_inline void *sl_at(const struct sl_pkt *p, __u32 at, __u32 len)
{
	if (at > SL_OFF_MASK)
		return NULL;
	return sl_abs(p, p->off + at, len);
}

/* `len` bytes at the network header plus `at`, or NULL (also when there is no network header). */
sl_inline void *sl_net(const struct sl_pkt *p, __u32 at, __u32 len)
{
	if (p->nh == SL_UNSET)
		return NULL;
	return sl_abs(p, p->nh + at, len);
}

sl_inline void *sl_transport(const struct sl_pkt *p, __u32 at, __u32 len)
{
	if (p->th == SL_UNSET)
		return NULL;
	return sl_abs(p, p->th + at, len);
}

/* ---- Moving the window and the packet --------------------------------------------------------*/

/* Strip `n` bytes off the front; a shorter packet becomes empty, as in Click. */
sl_inline void sl_pull(struct sl_pkt *p, __u32 n)
{
	__u32 len;

	if (SL_SURE(p->off <= p->known && n <= p->known - p->off)) {
		p->off += n;
		return;
	}
	len = sl_len(p);
	p->off += n < len ? n : len;
}

/* The packet's start moved by `n` bytes to the front: keep what offsets mean. */
sl_inline void sl_shift(struct sl_pkt *p, __u32 n)
{
	p->off += n;
	if (p->mac != SL_UNSET)
		p->mac += n;
	if (p->nh != SL_UNSET)
		p->nh += n;
	if (p->th != SL_UNSET)
		p->th += n;
}

/* How much more than asked a packet is grown at once, so that a second header is free. */
#define SL_PUSH_SLACK 64

/*
 * Prepends `n` bytes (a constant, at most 256) to the window, moving the packet only if the room in
 * front is too small. What the bytes hold is whatever was there. 0, or -1 if there is no room.
 */
sl_inline int sl_push(struct sl_pkt *p, __u32 n)
{
	if (p->off < n) {
		if (sl_move_head(p, SL_PUSH_SLACK + n))
			return -1;
		sl_shift(p, SL_PUSH_SLACK + n);
	}
	p->off -= n;
	return 0;
}

/* Cuts `n` bytes off the end. 0, or -1 (the packet is then unchanged). */
sl_inline int sl_take(struct sl_pkt *p, __u32 n)
{
	return n ? sl_move_tail(p, -(int)n) : 0;
}

/* Makes the window `len` bytes long by cutting or growing the end (grown bytes are zero). */
sl_inline int sl_set_len(struct sl_pkt *p, __u32 len)
{
	int delta = (int)len - (int)sl_len(p);

	return delta ? sl_move_tail(p, delta) : 0;
}

/* ---- Annotations by Click's offset -----------------------------------------------------------*/

/* One byte annotation at Click offset `n` (a constant below 48). */
sl_inline __u8 sl_anno_u8(const struct sl_pkt *p, __u32 n)
{
	return n < sizeof(p->anno) ? ((const __u8 *)&p->anno)[n] : 0;
}

sl_inline void sl_set_anno_u8(struct sl_pkt *p, __u32 n, __u8 v)
{
	if (n < sizeof(p->anno))
		((__u8 *)&p->anno)[n] = v;
}

/* Four byte annotation at Click offset `n` (a constant multiple of 4, at most 44), as stored. */
sl_inline __u32 sl_anno_u32(const struct sl_pkt *p, __u32 n)
{
	__u32 v = 0;

	if (n <= sizeof(p->anno) - 4)
		__builtin_memcpy(&v, (const __u8 *)&p->anno + n, 4);
	return v;
}

sl_inline void sl_set_anno_u32(struct sl_pkt *p, __u32 n, __u32 v)
{
	if (n <= sizeof(p->anno) - 4)
		__builtin_memcpy((__u8 *)&p->anno + n, &v, 4);
}

#endif
