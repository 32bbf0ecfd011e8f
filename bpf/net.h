/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Protocol headers as they stand on the wire, in network order, for code that builds both for BPF
 * and natively. Sources: IEEE 802.3, 802.1Q; RFC 791, 792, 768, 826, 2784, 2890, 8200, 9293.
 */
#ifndef SL_BPF_NET_H
#define SL_BPF_NET_H

#include "types.h"

#define SL_ETH_ALEN 6
#define SL_ETH_HLEN 14
#define SL_ETH_P_IP 0x0800
#define SL_ETH_P_ARP 0x0806
#define SL_ETH_P_TEB 0x6558 /* transparent Ethernet bridging */
#define SL_ETH_P_8021Q 0x8100
#define SL_ETH_P_IPV6 0x86dd
#define SL_ETH_P_8021AD 0x88a8

#define SL_IPPROTO_ICMP 1
#define SL_IPPROTO_TCP 6
#define SL_IPPROTO_UDP 17
#define SL_IPPROTO_GRE 47
#define SL_IPPROTO_ICMPV6 58
#define SL_IPPROTO_DSTOPTS 60

/*
 * Headers stand at any address. The BPF build reads members with loads of their own width (the
 * verifier and the CPUs Sluice runs on allow that); the native build must not assume alignment.
 * SL_PACKED is for layouts that have holes otherwise.
 */
#ifdef __bpf__
#define SL_WIRE __attribute__((may_alias))
#define SL_PACKED __attribute__((packed, aligned(2), may_alias))
typedef __u16 __attribute__((may_alias)) sl_u16_wire;
typedef __u32 __attribute__((may_alias)) sl_u32_wire;
typedef __u64 __attribute__((may_alias)) sl_u64_wire;
#else
#define SL_WIRE __attribute__((packed, may_alias))
#define SL_PACKED __attribute__((packed, may_alias))
typedef __u16 __attribute__((may_alias, aligned(1))) sl_u16_wire;
typedef __u32 __attribute__((may_alias, aligned(1))) sl_u32_wire;
typedef __u64 __attribute__((may_alias, aligned(1))) sl_u64_wire;
#endif

struct sl_eth {
	__u8 dst[SL_ETH_ALEN];
	__u8 src[SL_ETH_ALEN];
	__be16 type;
} SL_WIRE;

struct sl_vlan {
	__be16 tci;
	__be16 type;
} SL_WIRE;

struct sl_ip4 {
	__u8 ver_ihl; /* 0x45 without options */
	__u8 tos;
	__be16 len;
	__be16 id;
	__be16 frag; /* SL_IP_* and offset / 8 */
	__u8 ttl;
	__u8 proto;
	__sum16 check;
	__be32 src;
	__be32 dst;
} SL_WIRE;

#define SL_IP_RF 0x8000
#define SL_IP_DF 0x4000
#define SL_IP_MF 0x2000
#define SL_IP_OFFMASK 0x1fff

struct sl_ip6 {
	__be32 vcf; /* version, traffic class, flow label */
	__be16 plen;
	__u8 next;
	__u8 hlim;
	__u8 src[16];
	__u8 dst[16];
} SL_WIRE;

struct sl_udp {
	__be16 sport, dport, len;
	__sum16 check;
} SL_WIRE;

struct sl_tcp {
	__be16 sport, dport;
	__be32 seq, ack;
	__u8 off; /* header length / 4 in the upper four bits */
	__u8 flags;
	__be16 win;
	__sum16 check;
	__be16 urp;
} SL_WIRE;

struct sl_icmp {
	__u8 type, code;
	__sum16 check;
	__u8 rest[4];
} SL_WIRE;

/* ARP for IPv4 over Ethernet, without the Ethernet header. */
struct sl_arp {
	__be16 hrd, pro;
	__u8 hln, pln;
	__be16 op;
	__u8 sha[SL_ETH_ALEN];
	__be32 spa;
	__u8 tha[SL_ETH_ALEN];
	__be32 tpa;
} SL_PACKED;

struct sl_gre {
	__be16 flags;
	__be16 proto;
} SL_WIRE;

#define SL_GRE_F_CSUM 0x8000
#define SL_GRE_F_ROUTING 0x4000
#define SL_GRE_F_KEY 0x2000
#define SL_GRE_F_SEQ 0x1000
#define SL_GRE_F_VERSION 0x0007

/* ---- Checksums (RFC 1071, RFC 1624) ----------------------------------------------------------*/

/* Folds a 32-bit sum of 16-bit words to 16 bits. */
sl_inline __u16 sl_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)sum;
}

/* New checksum when one 16-bit word changes from `from` to `to` (RFC 1624, equation 3); all three
 * as stored on the wire. */
sl_inline __sum16 sl_sum_update(__sum16 check, __u16 from, __u16 to)
{
	__u32 sum = (__u32)(__u16)~check + (__u16)~from + to;

	return (__sum16)~sl_fold(sum);
}

sl_inline __sum16 sl_sum_update32(__sum16 check, __u32 from, __u32 to)
{
	__u32 sum = (__u32)(__u16)~check + (__u16)~from + (__u16) ~(from >> 16) + (__u16)to +
		    (__u16)(to >> 16);

	return (__sum16)~sl_fold(sum);
}

/* Sum of the 16-bit words of an IPv4 header without options, as stored: of two at a time, which is
 * the same modulo 0xffff. At most 18 bits. */
sl_inline __u32 sl_ip4_sum20(const struct sl_ip4 *ip)
{
	const sl_u32_wire *w = (const sl_u32_wire *)ip;
	__u64 sum = (__u64)w[0] + w[1] + w[2] + w[3] + w[4];

	return (__u32)((sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32));
}

/* Whether the checksum of such a header is right. Of 18 bits, adding the upper ones once leaves no
 * multiple of 0xffff but that itself. */
sl_inline int sl_ip4_sum20_ok(const struct sl_ip4 *ip)
{
	__u32 sum = sl_ip4_sum20(ip);

	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

#endif
