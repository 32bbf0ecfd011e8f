/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP types and codes (RFC 792, 950, 1122, 1256) that elements act on. */
#ifndef SL_BPF_ICMP_H
#define SL_BPF_ICMP_H

#include "types.h"

#define SL_ICMP_ECHO_REPLY 0
#define SL_ICMP_UNREACHABLE 3
#define SL_ICMP_SOURCE_QUENCH 4
#define SL_ICMP_REDIRECT 5
#define SL_ICMP_ECHO 8
#define SL_ICMP_TIME_EXCEEDED 11
#define SL_ICMP_PARAMETER_PROBLEM 12
#define SL_ICMP_TIMESTAMP 13
#define SL_ICMP_TIMESTAMP_REPLY 14
#define SL_ICMP_INFO 15
#define SL_ICMP_INFO_REPLY 16

#define SL_ICMP_UNREACHABLE_NEEDFRAG 4
#define SL_ICMP_PARAMETER_AT_POINTER 0

/* Messages about another packet: they carry the start of it, and never cause an error message. */
sl_inline int sl_icmp_is_error(__u32 type)
{
	return type == SL_ICMP_UNREACHABLE || type == SL_ICMP_SOURCE_QUENCH ||
	       type == SL_ICMP_REDIRECT || type == SL_ICMP_TIME_EXCEEDED ||
	       type == SL_ICMP_PARAMETER_PROBLEM;
}

#endif
