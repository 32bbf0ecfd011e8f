/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The router with the ACL of acl.part by hand, the first of two: the rules as one writes them down
 * when they are sorted by protocol, those of a host together.
 */
#include "router_hand.h"

LICENSE("GPL");

#define SERVER(last) ADDR(10, 0, 0, last)

sl_inline int inside(__u32 addr)
{
	return addr >> 8 == ADDR(10, 0, 0, 0) >> 8;
}

sl_inline int allow_tcp(__u32 src, __u32 dst, __u32 port)
{
	int partners = src >> 8 == ADDR(198, 51, 100, 0) >> 8;

	switch (dst) {
	case SERVER(10):
	case SERVER(11):
		if (port == 80 || port == 443)
			return 1;
		break;
	case SERVER(12):
		if (port == 25 || port == 465 || port == 587 || port == 993)
			return 1;
		break;
	case SERVER(13):
	case SERVER(14):
		if (port == 22 && partners)
			return 1;
		break;
	case SERVER(15):
		if (port == 8080)
			return 1;
		break;
	case SERVER(16):
		if (port == 5060 || port == 5061)
			return 1;
		break;
	case SERVER(17):
		if (port == 1883 || port == 8883)
			return 1;
		break;
	case SERVER(18):
		if ((port == 3306 || port == 5432) && src == ADDR(192, 0, 2, 9))
			return 1;
		break;
	case SERVER(19):
		if (port == 6379 && src == ADDR(192, 0, 2, 10))
			return 1;
		break;
	case SERVER(20):
		if (port == 21 || port == 990)
			return 1;
		break;
	case SERVER(53):
		if (port == 53)
			return 1;
		break;
	}
	if (!inside(src))
		return 0;
	return port == 80 || port == 443 || port == 22 || port == 25 || port == 587 || port == 8080;
}

sl_inline int allow_udp(__u32 src, __u32 dst, __u32 from, __u32 port)
{
	if ((from == 53 || from == 123) && inside(dst))
		return 1;
	switch (port) {
	case 53:
		return dst == SERVER(53) || inside(src);
	case 123:
		return dst == SERVER(14) || inside(src);
	case 443:
		return inside(src);
	case 500:
		return dst == SERVER(21);
	case 1194:
		return dst == SERVER(22);
	case 4500:
		return dst == SERVER(21) || inside(src);
	case 5060:
		return dst == SERVER(16);
	case 51820:
		return dst == SERVER(23);
	}
	return 0;
}

/* Why a packet may not pass, 0 if it may. `len` is what the IP header says, `end` what the verifier
 * believes. */
sl_inline __u32 refused(const struct sl_ip4 *ip, const char *l4, __u64 len, const char *end)
{
	__u32 src = sl_ntohl(ip->src), dst = sl_ntohl(ip->dst), have;
	const struct sl_tcp *tcp = (const void *)l4;
	const struct sl_udp *udp = (const void *)l4;

	if (src >> 24 == 127 || dst >> 24 == 127 || src >> 29 == 7 ||
	    src >> 16 == ADDR(192, 168, 0, 0) >> 16 || src >> 20 == ADDR(172, 16, 0, 0) >> 20)
		return SL_R_POLICY;
	/* Without ports all tests of ports are false. */
	if (ip->frag & sl_htons(SL_IP_OFFMASK))
		len = 0;
	have = len >= 4 && l4 + 4 <= end;

	switch (ip->proto) {
	case SL_IPPROTO_TCP:
		if (!have)
			return SL_R_POLICY;
		if (len >= 14 && l4 + 14 <= end) {
			if ((tcp->flags & 3) == 3)
				return SL_R_POLICY;
			if (tcp->flags & 0x14)
				return 0;
		}
		return allow_tcp(src, dst, sl_ntohs(tcp->dport)) ? 0 : SL_R_POLICY;
	case SL_IPPROTO_UDP:
		if (have && allow_udp(src, dst, sl_ntohs(udp->sport), sl_ntohs(udp->dport)))
			return 0;
		/* A packet may end between the two ports. */
		if (sl_unlikely(len == 2 || len == 3) && l4 + 2 <= end && inside(dst) &&
		    (udp->sport == sl_htons(53) || udp->sport == sl_htons(123)))
			return 0;
		break;
	case SL_IPPROTO_ICMP:
		if (len && l4 + 1 <= end && (*l4 == 0 || *l4 == 3 || *l4 == 8 || *l4 == 11))
			return 0;
		break;
	}
	return SL_R_NOMATCH;
}

SEC("xdp")
int hand(struct xdp_md *ctx)
{
	return router(ctx, NULL, refused);
}
