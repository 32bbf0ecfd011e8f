/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Integer types and byte order for code that builds both for BPF (without any system header) and
 * natively.
 */
#ifndef SL_BPF_TYPES_H
#define SL_BPF_TYPES_H

#ifdef __bpf__
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u16 __sum16;
typedef __u32 __wsum;
#ifndef NULL
#define NULL ((void *)0)
#endif
#else
#include <linux/types.h>
#include <stddef.h>
#endif

#define sl_inline static inline __attribute__((always_inline, unused))
#define sl_likely(x) __builtin_expect(!!(x), 1)
#define sl_unlikely(x) __builtin_expect(!!(x), 0)

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define sl_htons(x) ((__be16)__builtin_bswap16((__u16)(x)))
#define sl_htonl(x) ((__be32)__builtin_bswap32((__u32)(x)))
#else
#define sl_htons(x) ((__be16)(x))
#define sl_htonl(x) ((__be32)(x))
#endif
#define sl_ntohs(x) ((__u16)sl_htons(x))
#define sl_ntohl(x) ((__u32)sl_htonl(x))

#endif
