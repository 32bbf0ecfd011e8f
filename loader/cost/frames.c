// SPDX-License-Identifier: GPL-2.0-only
/* The packets that calibration measures with. */
#include <string.h>

#include "loader/cost/cost.h"

#define ETHER 14
#define IP4 20
#define IP6 40

const char *cost_context(enum cost_probe probe)
{
	static const char *const contexts[COST_PROBES] = {
		[COST_ETHER] = "",
		[COST_UDP] = "Strip(14) -> CheckIPHeader -> ",
		[COST_TCP] = "Strip(14) -> CheckIPHeader -> ",
		[COST_PING] = "Strip(14) -> CheckIPHeader -> ",
		[COST_UDP6] = "Strip(14) -> CheckIP6Header -> ",
		[COST_ARP] = "",
	};

	return contexts[probe];
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint32_t sum(const uint8_t *p, size_t n, uint32_t s)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		s += (uint32_t)(p[i] << 8 | p[i + 1]);
	return n % 2 ? s + (uint32_t)(p[n - 1] << 8) : s;
}

static void put_sum(uint8_t *p, uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	put16(p, ~s & 0xffff);
}

/* What stands behind an IP header: UDP, TCP, or an echo request; `s`: of the pseudo header. */
static void put_payload(uint8_t *p, size_t n, uint8_t protocol, uint32_t s)
{
	static const uint8_t at[] = {[1] = 2, [6] = 16, [17] = 6}; /* of the checksum */

	memset(p, 0x5a, n);
	if (protocol == 1) {
		memset(p, 0, 8);
		p[0] = 8;
		s = 0;
	} else {
		put16(p, 1234);
		put16(p + 2, 53);
	}
	if (protocol == 6) {
		memset(p + 4, 0, 16);
		p[12] = 0x50;
		p[13] = 0x10;
	}
	if (protocol == 17)
		put16(p + 4, n);
	put16(p + at[protocol], 0);
	put_sum(p + at[protocol], sum(p, n, s));
}

static size_t ip4(uint8_t *b, size_t len, uint8_t protocol)
{
	size_t n = len - ETHER;
	uint8_t *ip = b + ETHER;

	put16(b + 12, 0x0800);
	memset(ip, 0, IP4);
	ip[0] = 0x45;
	put16(ip + 2, n);
	ip[8] = 64;
	ip[9] = protocol;
	memcpy(ip + 12, "\x0a\0\0\x07\x0a\0\x01\x09", 8);
	put_sum(ip + 10, sum(ip, IP4, 0));
	put_payload(ip + IP4, n - IP4, protocol, sum(ip + 12, 8, protocol + (uint32_t)(n - IP4)));
	return len;
}

static size_t ip6(uint8_t *b, size_t len)
{
	size_t n = len - ETHER - IP6;
	uint8_t *ip = b + ETHER;

	put16(b + 12, 0x86dd);
	memset(ip, 0, IP6);
	ip[0] = 0x60;
	put16(ip + 4, n);
	ip[6] = 17;
	ip[7] = 64;
	memcpy(ip + 8, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07", 16);
	memcpy(ip + 24, "\xfd\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\x09", 16);
	put_payload(ip + IP6, n, 17, sum(ip + 8, 32, 17 + (uint32_t)n));
	return len;
}

static size_t arp(uint8_t *b)
{
	put16(b + 12, 0x0806);
	memcpy(b + ETHER, "\0\x01\x08\0\x06\x04\0\x01\x02\0\0\0\0\x02\x0a\0\0\x07", 18);
	memset(b + ETHER + 18, 0, 6);
	memcpy(b + ETHER + 24, "\x0a\0\0\x01", 4);
	memset(b + ETHER + 28, 0, 18);
	return 60;
}

size_t cost_frame(enum cost_probe probe, size_t len, uint8_t *buf)
{
	if (len < 64)
		len = 64;
	memcpy(buf, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 12);
	switch (probe) {
	case COST_TCP:
		return ip4(buf, len, 6);
	case COST_PING:
		return ip4(buf, len, 1);
	case COST_UDP6:
		return ip6(buf, len < 66 ? 66 : len);
	case COST_ARP:
		return arp(buf);
	default:
		return ip4(buf, len, 17);
	}
}
