// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random packets: most are what the graph is for, and then something about many of them is wrong.
 */
#include <string.h>

#include "tests/oracle/random_graph.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void put16(uint8_t *b, uint32_t v)
{
	b[0] = (uint8_t)(v >> 8);
	b[1] = (uint8_t)v;
}

static void put32(uint8_t *b, uint32_t v)
{
	put16(b, v >> 16);
	put16(b + 2, v);
}

static uint16_t checksum(const uint8_t *b, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (uint32_t)b[i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void noise(struct draw *r, uint8_t *b, size_t n)
{
	bool zero = once_in(r, 4);

	for (size_t i = 0; i < n; i++)
		b[i] = zero ? 0 : (uint8_t)pick(r, 256);
}

/* Lengths of payloads: short ones, and some about where sums and messages turn over. */
static size_t payload_length(struct draw *r)
{
	static const size_t about[] = {0, 20, 64, 512, 520, 548, 576, 1000, 1460, 1472};

	if (pick(r, 8))
		return pick(r, 60);
	return about[pick(r, COUNT(about))] + pick(r, 5);
}

static void put_ether(struct draw *r, uint8_t *b, uint8_t dev)
{
	static const uint8_t odd[][6] = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
					 {1, 0, 0x5e, 0, 0, 9},
					 {2, 0, 0, 0, 0, 0x77},
					 {0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}};

	memcpy(b, (const uint8_t[12]){2, 0, 0, 0, 0, dev, 2, 0, 0, 0, 1, dev}, 12);
	if (once_in(r, 5))
		memcpy(b, odd[pick(r, 4)], 6);
	if (once_in(r, 12))
		b[11] = (uint8_t)pick(r, 4);
	if (once_in(r, 20))
		memcpy(b + 6, odd[pick(r, 4)], 6);
}

/* One option at `o`, of at most `room` bytes; its length. */
static size_t put_option(struct draw *r, uint8_t *o, size_t room)
{
	static const uint8_t kinds[] = {7, 7, 68, 68, 131, 137, 148, 130};
	size_t len = 3 + 4 * pick(r, 10);
	uint8_t kind = kinds[pick(r, COUNT(kinds))];

	if (once_in(r, 4) || room < 4) {
		o[0] = once_in(r, 6) ? 0 : 1;
		return 1;
	}
	if (once_in(r, 20))
		kind = (uint8_t)pick(r, 256);
	len += kind == 68;
	if (once_in(r, 8))
		len = 2 + pick(r, 38);
	if (len > room)
		len = room / 4 * 4 - (kind != 68);
	noise(r, o, len);
	for (size_t i = 4; once_in(r, 2) && i + 4 <= len; i += 4)
		put32(o + i - (kind != 68), rg_address(r));
	o[0] = kind;
	o[1] = once_in(r, 20) ? (uint8_t)pick(r, 256) : (uint8_t)len;
	if (len > 2)
		o[2] = (uint8_t)(kind == 68 ? 5 + 4 * pick(r, 10) : 4 + 4 * pick(r, 10));
	if (len > 2 && once_in(r, 8))
		o[2] = (uint8_t)pick(r, 256);
	if (len > 3 && kind == 68)
		o[3] = (uint8_t)(pick(r, 16) << 4 | (once_in(r, 12) ? pick(r, 16) : pick(r, 4)));
	return len;
}

static size_t put_ip(struct draw *r, uint8_t *b, size_t room, int depth);

static size_t put_icmp(struct draw *r, uint8_t *b, size_t room, int depth)
{
	static const uint8_t types[] = {8, 8, 8, 0, 0, 3, 4, 5, 11, 12, 13, 14, 15, 17};
	uint8_t type = once_in(r, 20) ? (uint8_t)pick(r, 256) : types[pick(r, COUNT(types))];
	size_t len = 8 + payload_length(r);

	if ((type == 13 || type == 14) && pick(r, 4))
		len = 20;
	if (type == 15 && pick(r, 4))
		len = 8;
	if (once_in(r, 16))
		len = pick(r, 9);
	if (len > room)
		len = room;
	noise(r, b, len);
	if (len < 8) {
		b[0] = type;
		return len;
	}
	b[0] = type;
	b[1] = once_in(r, 3) ? (uint8_t)pick(r, 16) : 0;
	if ((type == 8 || type == 0) && pick(r, 4))
		put16(b + 4, pick(r, 8));
	if (pick(r, 3) && len > 40 && depth < 1 && type != 8 && type != 0) {
		len = 8 + put_ip(r, b + 8, len - 8, depth + 1);
	}
	put16(b + 2, 0);
	put16(b + 2, checksum(b, len));
	if (once_in(r, 10))
		b[2] ^= (uint8_t)pick(r, 256);
	return len;
}

size_t random_ports(struct draw *r, uint8_t *b, size_t room, bool tcp)
{
	size_t len = (tcp ? 20 : 8) + payload_length(r);

	if (once_in(r, 16))
		len = pick(r, 20);
	if (len > room)
		len = room;
	noise(r, b, len);
	if (len < 8)
		return len;
	put16(b, once_in(r, 3) ? 53 : 1000 + pick(r, 4));
	put16(b + 2, once_in(r, 3) ? 53 : 1000 + pick(r, 4));
	if (!tcp)
		put16(b + 4, (uint32_t)len);
	else if (len >= 20)
		b[12] = 0x50;
	return len;
}

/* The checksum of TCP or UDP, as it should be. */
static void put_sum(uint8_t *ip, size_t hlen, size_t len, bool tcp)
{
	uint8_t pseudo[12], *sum = ip + hlen + (tcp ? 16 : 6);
	uint32_t both;

	if (len < hlen + (tcp ? 20u : 8u))
		return;
	memcpy(pseudo, ip + 12, 8);
	put16(pseudo + 8, ip[9]);
	put16(pseudo + 10, (uint32_t)(len - hlen));
	put16(sum, 0);
	both = (uint16_t)~checksum(pseudo, 12) +
	       (uint32_t)(uint16_t)~checksum(ip + hlen, len - hlen);
	put16(sum, ~((both & 0xffff) + (both >> 16)));
}

/* An IP packet; its length. */
static size_t put_ip(struct draw *r, uint8_t *b, size_t room, int depth)
{
	static const uint8_t ttls[] = {0, 1, 2, 2, 64, 255};
	size_t hlen = 20, len;
	uint8_t proto;

	memset(b, 0, room < 60 ? room : 60);
	if (room < 60)
		return room;
	if (once_in(r, 5)) {
		while (hlen < 60 && pick(r, 4))
			hlen += put_option(r, b + hlen, 60 - hlen);
		hlen = (hlen + 3) / 4 * 4;
	}
	proto = once_in(r, 12) ? (uint8_t)pick(r, 256) : (uint8_t[]){1, 1, 6, 17}[pick(r, 4)];
	if (proto == 1)
		len = put_icmp(r, b + hlen, room - hlen, depth);
	else
		len = random_ports(r, b + hlen, room - hlen, proto == 6);
	len += hlen;
	b[0] = (uint8_t)(0x40 | hlen / 4);
	b[1] = once_in(r, 4) ? (uint8_t)pick(r, 256) : 0;
	put16(b + 2, (uint32_t)len);
	put16(b + 4, pick(r, 65536));
	if (once_in(r, 3))
		b[6] = 0x40;
	if (once_in(r, 10))
		put16(b + 6, pick(r, 65536) & (once_in(r, 2) ? 0x2003 : 0xffff));
	b[8] = ttls[pick(r, COUNT(ttls))];
	b[9] = proto;
	put32(b + 12, rg_address(r));
	put32(b + 16, rg_address(r));
	if ((proto == 6 || proto == 17) && pick(r, 4))
		put_sum(b, hlen, len, proto == 6);
	if (once_in(r, 25))
		b[0] = (uint8_t)(once_in(r, 2) ? 0x40 | pick(r, 16) : pick(r, 256));
	if (once_in(r, 20))
		put16(b + 2, once_in(r, 4) ? pick(r, 65536) : pick(r, (uint32_t)len + 4));
	put16(b + 10, checksum(b, (size_t)(b[0] & 15) * 4));
	if (once_in(r, 20))
		b[10] ^= (uint8_t)pick(r, 256);
	return len;
}

static size_t put_arp(struct draw *r, uint8_t *b, uint8_t dev)
{
	memcpy(b, (const uint8_t[8]){0, 1, 8, 0, 6, 4, 0, 1}, 8);
	b[7] = (uint8_t)(once_in(r, 12) ? pick(r, 256) : 1 + pick(r, 2));
	memcpy(b + 8, (const uint8_t[6]){2, 0, 0, 0, 1, (uint8_t)pick(r, 4)}, 6);
	put32(b + 14, rg_address(r));
	memcpy(b + 18, (const uint8_t[6]){2, 0, 0, 0, 0, dev}, 6);
	put32(b + 24, rg_address(r));
	if (once_in(r, 12))
		b[pick(r, 28)] = (uint8_t)pick(r, 256);
	if (once_in(r, 20))
		b[8] |= 1;
	return 28;
}

static void random_packet(struct draw *r, bool ip6, struct rpacket *p)
{
	size_t len = 14;

	p->dev = (uint8_t)pick(r, RG_DEVS);
	put_ether(r, p->bytes, p->dev);
	switch (ip6 && pick(r, 5) ? 4 : pick(r, 32)) {
	case 0:
	case 5:
		put16(p->bytes + 12, pick(r, 65536));
		len += payload_length(r);
		noise(r, p->bytes + 14, len - 14);
		break;
	case 1:
	case 2:
	case 3:
	case 6:
	case 7:
	case 8:
		put16(p->bytes + 12, 0x0806);
		len += put_arp(r, p->bytes + 14, p->dev);
		break;
	case 4:
		put16(p->bytes + 12, 0x86dd);
		len += random_ip6(r, p->bytes + 14, 1500);
		break;
	default:
		put16(p->bytes + 12, 0x0800);
		len += put_ip(r, p->bytes + 14, 1500, 0);
	}
	if (once_in(r, 20) && len + 4 <= 1514) {
		memmove(p->bytes + 16, p->bytes + 12, len - 12);
		put16(p->bytes + 12, once_in(r, 4) ? 0x88a8 : 0x8100);
		put16(p->bytes + 14, once_in(r, 3) ? 20 : pick(r, 65536));
		len += 4;
	}
	if (len < 60 && once_in(r, 2)) {
		memset(p->bytes + len, 0, 60 - len);
		len = 60;
	}
	if (once_in(r, 12))
		len = 14 + pick(r, (uint32_t)len - 13);
	if (once_in(r, 20))
		p->bytes[pick(r, (uint32_t)len)] = (uint8_t)pick(r, 256);
	p->len = (uint16_t)len;
}

void random_step(struct draw *r, const struct rgraph *g, uint64_t *now_ns, struct rpacket *p)
{
	static const uint64_t steps_ms[] = {10, 50, 100, 1000, 2000, 30000, 60000, 301000};

	if (once_in(r, 25))
		*now_ns += steps_ms[pick(r, COUNT(steps_ms))] * 1000000ull;
	p->now_ns = *now_ns;
	*p->op = 0;
	if (!once_in(r, 30) || !random_op(r, g, p->op))
		random_packet(r, g->ip6, p);
}
