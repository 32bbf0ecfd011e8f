/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What generated decision code reads packets with. The caller has checked that the bytes are there
 * (sl_at, sl_net, sl_transport, sl_mac); values come in host order.
 */
#ifndef SL_BPF_DECIDE_H
#define SL_BPF_DECIDE_H

#include "element/verdict.h"

/* `len` bytes (a constant) at the Ethernet header plus `at`, or NULL. */
sl_inline void *sl_mac(const struct sl_pkt *p, __u32 at, __u32 len)
{
	if (p->mac == SL_UNSET)
		return NULL;
	return sl_abs(p, p->mac + at, len);
}

sl_inline __u32 sl_ld8(const __u8 *q)
{
	return *q;
}

/* Headers stand at any address: BPF loads them whole on the machines it runs on. */
#ifdef __bpf__
/*
 * A value the verifier knows nothing of and ties to nothing. What a comparison says of it stays
 * with it: without this, a word that is looked at again and again would make each way to a place a
 * state of its own, and a list of rules takes the verifier exponential time.
 */
sl_inline __u32 sl_forget(__u32 v)
{
	__u64 x = v;

	asm volatile("%0 ^= 0" : "+r"(x));
	return (__u32)x;
}

sl_inline __u32 sl_ld16(const __u8 *q)
{
	return sl_ntohs(*(const __u16 *)q);
}

sl_inline __u32 sl_ld32(const __u8 *q)
{
	return sl_ntohl(*(const __u32 *)q);
}
#else
sl_inline __u32 sl_forget(__u32 v)
{
	return v;
}

sl_inline __u32 sl_ld16(const __u8 *q)
{
	__u16 v;

	__builtin_memcpy(&v, q, sizeof(v));
	return sl_ntohs(v);
}

sl_inline __u32 sl_ld32(const __u8 *q)
{
	__u32 v;

	__builtin_memcpy(&v, q, sizeof(v));
	return sl_ntohl(v);
}
#endif

#endif
