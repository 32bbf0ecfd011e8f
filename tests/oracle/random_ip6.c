// SPDX-License-Identifier: GPL-2.0-only
/* Random IPv6 packets: with extension headers, neighbour discovery, and wrong in many ways. */
#include <string.h>

#include "tests/oracle/random_graph.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { TCP = 6, UDP = 17, ICMP6 = 58 };

static void put16(uint8_t *b, uint32_t v)
{
	b[0] = (uint8_t)(v >> 8);
	b[1] = (uint8_t)v;
}

/* The checksum at `at` over what is behind the headers. */
static void put_sum(const uint8_t *ip, uint8_t *b, size_t len, uint8_t proto, size_t at)
{
	uint32_t sum = (uint32_t)len + proto;

	if (len < at + 2)
		return;
	put16(b + at, 0);
	for (size_t i = 0; i < 32; i += 2)
		sum += (uint32_t)ip[8 + i] << 8 | ip[9 + i];
	for (size_t i = 0; i < len; i++)
		sum += (uint32_t)b[i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(b + at, ~sum);
}

/* A message of neighbour discovery, with options; its length. */
static size_t put_nd(struct draw *r, uint8_t *b, size_t room, uint8_t type)
{
	static const uint8_t flags[] = {0x60, 0x60, 0x40, 0x20, 0, 0xe0, 0xc0};
	size_t len = 24, options = once_in(r, 10) ? pick(r, 11) : pick(r, 3);

	b[0] = type;
	if (type == 136)
		b[4] = flags[pick(r, COUNT(flags))];
	rg_address6(r, b + 8);
	for (size_t i = 0; i < options && len + 24 <= room; i++) {
		uint8_t *o = b + len;

		o[0] = (uint8_t)(once_in(r, 5) ? pick(r, 6) : type == 135 ? 1 : 2);
		o[1] = (uint8_t)(once_in(r, 12) ? pick(r, 3) : 1);
		memcpy(o + 2, (const uint8_t[6]){2, 0, 0, 0, 1, (uint8_t)pick(r, 4)}, 6);
		if (once_in(r, 20))
			o[2] |= 1;
		len += 8;
	}
	if (once_in(r, 12))
		len -= pick(r, 5);
	if (once_in(r, 20))
		b[1] = (uint8_t)pick(r, 3);
	return len;
}

static size_t put_icmp6(struct draw *r, uint8_t *b, size_t room)
{
	static const uint8_t types[] = {1, 2, 3, 4, 128, 128, 129, 133, 137, 100, 200};
	size_t len = 8 + pick(r, 60);

	if (pick(r, 4))
		return put_nd(r, b, room, (uint8_t)(135 + pick(r, 2)));
	b[0] = types[pick(r, COUNT(types))];
	return once_in(r, 10) ? pick(r, 9) : len;
}

/* One extension header of type `kind`; its length. */
static size_t put_header(struct draw *r, uint8_t *b, uint8_t kind)
{
	size_t len = 8 + 8 * (kind == 44 || pick(r, 4) ? 0 : pick(r, 3));

	for (size_t i = 0; i < len; i++)
		b[i] = (uint8_t)pick(r, 256);
	b[1] = (uint8_t)(kind == 51 ? len / 4 - 2 : len / 8 - 1);
	if (kind == 44)
		put16(b + 2, once_in(r, 2) ? pick(r, 65536) : pick(r, 2));
	if (once_in(r, 15))
		b[1] = (uint8_t)pick(r, 256);
	return len;
}

size_t random_ip6(struct draw *r, uint8_t *b, size_t room)
{
	static const uint8_t kinds[] = {0, 43, 44, 51, 60, 60};
	static const uint8_t limits[] = {0, 1, 2, 2, 64, 255};
	size_t at = 40, len;
	uint8_t *next = b + 6, proto;

	memset(b, 0, room < 300 ? room : 300);
	b[0] = 0x60;
	if (once_in(r, 4))
		put16(b, 0x6000 | pick(r, 4096));
	b[7] = limits[pick(r, COUNT(limits))];
	rg_address6(r, b + 8);
	rg_address6(r, b + 24);
	for (uint32_t n = once_in(r, 5) ? pick(r, 11) : 0; n; n--) {
		uint8_t *header = b + at;

		*next = kinds[pick(r, COUNT(kinds))];
		at += put_header(r, header, *next);
		next = header;
	}
	proto = (uint8_t)(once_in(r, 15) ? pick(r, 256) : (uint8_t[]){58, 58, 6, 17}[pick(r, 4)]);
	*next = proto;
	if (proto == ICMP6)
		len = put_icmp6(r, b + at, room - at);
	else
		len = random_ports(r, b + at, room - at, proto == TCP);
	if (proto == ICMP6 && len >= 24 && (b[at] == 135 || b[at] == 136)) {
		if (pick(r, 8))
			b[7] = 255;
		/* Solicited-node groups of the target. */
		if (b[at] == 135 && once_in(r, 2)) {
			memcpy(b + 24,
			       (const uint8_t[13]){0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff},
			       13);
			memcpy(b + 37, b + at + 21, 3);
		}
		if (once_in(r, 8))
			memset(b + 8, 0, 16);
	}
	if (proto == ICMP6 || pick(r, 4))
		put_sum(b, b + at, len, proto, proto == ICMP6 ? 2 : proto == TCP ? 16 : 6);
	if (once_in(r, 20) && len > 4)
		b[at + 2] ^= (uint8_t)pick(r, 256);
	put16(b + 4, (uint32_t)(at - 40 + len));
	if (once_in(r, 20))
		put16(b + 4, once_in(r, 4) ? pick(r, 65536) : pick(r, (uint32_t)(at + len)));
	if (once_in(r, 40))
		b[0] = (uint8_t)pick(r, 256);
	return at + len;
}
