// SPDX-License-Identifier: GPL-2.0-only
/* Checksums and room of the oracle's packets. */
#include "tests/oracle/oracle_int.h"

uint16_t ones_sum(const uint8_t *b, size_t n, uint32_t from)
{
	uint64_t sum = from;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += get16(b + i);
	if (n % 2)
		sum += (uint32_t)b[n - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

void change_sum(uint8_t *at, uint16_t was, uint16_t is)
{
	uint32_t sum = (uint32_t)(uint16_t)~get16(at) + (uint16_t)~was + is;

	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(at, (uint16_t)~sum);
}

void ip_sum(uint8_t *ip, size_t hlen)
{
	put16(ip + 10, 0);
	put16(ip + 10, (uint16_t)~ones_sum(ip, hlen, 0));
}

bool grow_front(struct opkt *p, size_t n)
{
	if (n > p->off)
		return false;
	p->off -= n;
	return true;
}

void fresh_packet(struct opkt *p, size_t n)
{
	unsigned int dev = p->dev;

	memset(p, 0, sizeof(*p));
	p->dev = dev;
	p->off = ROOM;
	p->end = ROOM + n;
	p->mac = p->nh = p->th = UNSET;
}
