/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The router with the ACL of acl.part by hand, the second of two: the rules as a table by port. A
 * port's entry has a bit for each of our hosts that serves it, and who may use it from inside; so
 * rules cost the same however many they are.
 */
#include "router_hand2.h"

LICENSE("GPL");

/* Hosts 10.0.0.8 to 10.0.0.71, a bit each. */
#define HOST(last) (1ull << ((last)-8))
#define WEB (HOST(10) | HOST(11))

/* What is allowed to a port, by protocol. */
struct served {
	__u64 hosts;	/* by anyone */
	__u64 partners; /* from `from` only */
	__u32 mask, from;
	__u32 inside; /* from our hosts to anywhere */
};

sl_inline struct served tcp_port(__u32 port)
{
	switch (port) {
	case 80:
	case 443:
		return (struct served){.hosts = WEB, .inside = 1};
	case 25:
	case 587:
		return (struct served){.hosts = HOST(12), .inside = 1};
	case 465:
	case 993:
		return (struct served){.hosts = HOST(12)};
	case 22:
		return (struct served){0, HOST(13) | HOST(14), 0x00ffffff, 0x006433c6, 1};
	case 8080:
		return (struct served){.hosts = HOST(15), .inside = 1};
	case 5060:
	case 5061:
		return (struct served){.hosts = HOST(16)};
	case 53:
		return (struct served){.hosts = HOST(53)};
	case 1883:
	case 8883:
		return (struct served){.hosts = HOST(17)};
	case 3306:
	case 5432:
		return (struct served){0, HOST(18), 0xffffffff, 0x090200c0, 0};
	case 6379:
		return (struct served){0, HOST(19), 0xffffffff, 0x0a0200c0, 0};
	case 21:
	case 990:
		return (struct served){.hosts = HOST(20)};
	}
	return (struct served){};
}

sl_inline struct served udp_port(__u32 port)
{
	switch (port) {
	case 53:
		return (struct served){.hosts = HOST(53), .inside = 1};
	case 123:
		return (struct served){.hosts = HOST(14), .inside = 1};
	case 443:
		return (struct served){.inside = 1};
	case 500:
		return (struct served){.hosts = HOST(21)};
	case 4500:
		return (struct served){.hosts = HOST(21), .inside = 1};
	case 1194:
		return (struct served){.hosts = HOST(22)};
	case 5060:
		return (struct served){.hosts = HOST(16)};
	case 51820:
		return (struct served){.hosts = HOST(23)};
	}
	return (struct served){};
}

/* The bit of a host of ours, or none. */
sl_inline __u64 bit(__u32 addr)
{
	__u32 last = (addr >> 24) - 8;

	return (addr & 0xffffff) == 0x0a && last < 64 ? 1ull << last : 0;
}

sl_inline int may(struct served s, __u32 src, __u32 dst)
{
	__u64 host = bit(dst);

	return (s.hosts & host) || (s.inside && (src & 0xffffff) == 0x0a) ||
	       ((s.partners & host) && (src & s.mask) == s.from);
}

/* Source ports from which our hosts get answers. */
sl_inline int answers(__u32 from, __u32 dst)
{
	return (from == 53 || from == 123) && (dst & 0xffffff) == 0x0a;
}

sl_inline __u32 tcp(const __u8 *l4, __u64 len, const __u8 *end, __u32 src, __u32 dst)
{
	if (sl_likely(len >= 14 && l4 + 14 <= end)) {
		if ((l4[13] & 3) == 3)
			return SL_R_POLICY;
		if (l4[13] & 0x14)
			return 0;
	} else if (len < 4 || l4 + 4 > end) {
		return SL_R_POLICY;
	}
	return may(tcp_port(__builtin_bswap16(*(__u16 *)(l4 + 2))), src, dst) ? 0 : SL_R_POLICY;
}

sl_inline __u32 udp(const __u8 *l4, __u64 len, const __u8 *end, __u32 src, __u32 dst)
{
	if (len < 2 || l4 + 2 > end)
		return SL_R_NOMATCH;
	if (answers(__builtin_bswap16(*(__u16 *)l4), dst))
		return 0;
	if (len < 4 || l4 + 4 > end)
		return SL_R_NOMATCH;
	return may(udp_port(__builtin_bswap16(*(__u16 *)(l4 + 2))), src, dst) ? 0 : SL_R_NOMATCH;
}

sl_inline __u32 icmp(const __u8 *l4, __u64 len, const __u8 *end)
{
	/* Types 0, 3, 8 and 11. */
	return len && l4 + 1 <= end && *l4 < 12 && 0x909 >> *l4 & 1 ? 0 : SL_R_NOMATCH;
}

sl_inline __u32 judge(__u32 protocol, __u32 fragment, __u32 src, __u32 dst, const __u8 *l4,
		      __u64 len, const __u8 *end)
{
	if (sl_unlikely((src & 0xff) == 127 || (dst & 0xff) == 127 || (src & 0xe0) == 0xe0 ||
			(src & 0xffff) == 0xa8c0 || (src & 0xf0ff) == 0x10ac))
		return SL_R_POLICY;
	if (sl_unlikely(fragment))
		return protocol == 6 ? SL_R_POLICY : SL_R_NOMATCH;
	if (protocol == 6)
		return tcp(l4, len, end, src, dst);
	if (protocol == 17)
		return udp(l4, len, end, src, dst);
	return protocol == 1 ? icmp(l4, len, end) : SL_R_NOMATCH;
}

SEC("xdp")
int hand(struct xdp_md *ctx)
{
	return router(ctx, judge);
}
