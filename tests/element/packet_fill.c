// SPDX-License-Identifier: GPL-2.0-only
/* Lengths, protocol numbers and checksums that nobody gave. Works on bytes and shares nothing with
 * the code under test. */
#include "tests/element/packet_int.h"

static uint32_t sum_of(const uint8_t *at, size_t len, uint32_t sum)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += get16(at + i);
	if (len % 2)
		sum += (uint32_t)at[len - 1] << 8;
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put_sum(const struct layer *l, uint8_t *at, uint16_t sum)
{
	put16(at, l->sum_bad ? sum ^ 0x5555 : sum);
}

/* What a transport checksum covers of the IP header in front (RFC 768, 8200 8.1). */
static uint32_t pseudo(const struct builder *b, size_t i, unsigned int proto, size_t len)
{
	while (i-- > 0) {
		const uint8_t *h = b->out->bytes + b->layers[i].off;

		if (b->layers[i].kind == IP4)
			return sum_of(h + 12, 8, proto + (uint32_t)len);
		if (b->layers[i].kind == IP6)
			return sum_of(h + 8, 32, proto + (uint32_t)len);
	}
	return proto + (uint32_t)len;
}

static unsigned int ether_type(const struct layer *next)
{
	switch (next ? next->kind : PAYLOAD) {
	case VLAN:
		return next->tpid;
	case IP4:
		return 0x0800;
	case IP6:
		return 0x86dd;
	case ARP:
		return 0x0806;
	default:
		return 0x88b5; /* for local experiments */
	}
}

static uint8_t ip_proto(const struct layer *next)
{
	switch (next ? next->kind : PAYLOAD) {
	case IP4:
		return 4;
	case IP6:
		return 41;
	case UDP:
		return 17;
	case TCP:
		return 6;
	case ICMP:
		return 1;
	case ICMP6:
		return 58;
	default:
		return 253; /* for experiments */
	}
}

void packet_fill(struct builder *b, size_t i)
{
	struct layer *l = &b->layers[i];
	const struct layer *next = i + 1 < b->n ? &b->layers[i + 1] : NULL;
	uint8_t *h = b->out->bytes + l->off;
	size_t len = b->out->len - l->off;
	uint16_t sum;

	switch (l->kind) {
	case ETH:
		if (!l->type_given)
			put16(h + 12, ether_type(next));
		break;
	case VLAN:
		if (!l->type_given)
			put16(h + 2, ether_type(next));
		break;
	case IP4:
		if (!l->type_given)
			h[9] = ip_proto(next);
		if (!l->len_given)
			put16(h + 2, len);
		if (!l->sum_given)
			put_sum(l, h + 10, folded(sum_of(h, l->hlen, 0)));
		break;
	case IP6:
		if (!l->type_given)
			h[6] = ip_proto(next);
		if (!l->len_given)
			put16(h + 4, len - 40);
		break;
	case UDP:
		if (!l->len_given)
			put16(h + 4, len);
		if (l->sum_given)
			break;
		sum = folded(sum_of(h, len, pseudo(b, i, 17, get16(h + 4))));
		put_sum(l, h + 6, sum ? sum : 0xffff);
		break;
	case TCP:
		if (!l->sum_given)
			put_sum(l, h + 16, folded(sum_of(h, len, pseudo(b, i, 6, len))));
		break;
	case ICMP:
		if (!l->sum_given)
			put_sum(l, h + 2, folded(sum_of(h, len, 0)));
		break;
	case ICMP6:
		if (!l->sum_given)
			put_sum(l, h + 2, folded(sum_of(h, len, pseudo(b, i, 58, len))));
		break;
	case ARP:
	case PAYLOAD:
		break;
	}
}
