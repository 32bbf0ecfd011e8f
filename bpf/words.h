/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words at any address, in packets and templates: every kernel this runs on (x86-64, arm64) and its
 * verifier take them. For the trusted program only; headers are read through net.h.
 */
#ifndef SL_BPF_WORDS_H
#define SL_BPF_WORDS_H

#include "net.h"

typedef __u64 __attribute__((may_alias)) u64_wire;

sl_inline __u64 ld64(const void *p)
{
	return *(const u64_wire *)p;
}

sl_inline __u32 ld32(const void *p)
{
	return *(const sl_u32_wire *)p;
}

sl_inline __u16 ld16(const void *p)
{
	return *(const sl_u16_wire *)p;
}

sl_inline void st64(void *p, __u64 v)
{
	*(u64_wire *)p = v;
}

sl_inline void st32(void *p, __u32 v)
{
	*(sl_u32_wire *)p = v;
}

sl_inline void st16(void *p, __u16 v)
{
	*(sl_u16_wire *)p = v;
}

/* The two addresses of an Ethernet header; all read before all written. */
sl_inline void copy12(void *to, const void *from)
{
	__u64 a = ld64(from);
	__u32 b = ld32((const char *)from + 8);

	st64(to, a);
	st32((char *)to + 8, b);
}

sl_inline void copy16(void *to, const void *from)
{
	st64(to, ld64(from));
	st64((char *)to + 8, ld64((const char *)from + 8));
}

/* 32 bytes, as of a template. */
sl_inline void copy32(void *to, const void *from)
{
	char *t = to;
	const char *f = from;

	st64(t, ld64(f));
	st64(t + 8, ld64(f + 8));
	st64(t + 16, ld64(f + 16));
	st64(t + 24, ld64(f + 24));
}

/* Hides a value from the compiler: what the verifier then knows of it is what the code checks. */
#define opaque(x) asm volatile("" : "+r"(x))

/* Bytes between two packet pointers; never a 32-bit subtraction, which the verifier refuses. */
sl_inline __u32 span(const void *from, const void *to)
{
	__u64 n = (const char *)to - (const char *)from;

	opaque(n);
	return (__u32)n;
}

#endif
