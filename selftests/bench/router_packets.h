/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets for the router's two contestants (routercost.c), as segment 0 finds them. */
#ifndef SL_SELFTESTS_ROUTER_PACKETS_H
#define SL_SELFTESTS_ROUTER_PACKETS_H

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HEAD 24 /* as in router_hand.bpf.c */
#define FRAME_MAX 2048

enum expect { FORWARDED, DROPPED, DIVERTED, N_EXPECT };
static const char *const expect_names[] = {"forwarded", "dropped", "left to the slow path"};

struct packet {
	uint8_t dev;
	enum expect expect;
	size_t len; /* with the room in front, where the entry record is */
	uint8_t bytes[HEAD + FRAME_MAX];
};

struct shape {
	uint8_t dev;
	const char *src, *dst;
	uint8_t ttl, proto, options; /* bytes of options, no-operations */
	uint16_t len, id;	     /* of the IP packet */
	uint8_t padding;	     /* bytes behind it */
};

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void header_sum(uint8_t *ip)
{
	uint32_t sum = 0, len = (ip[0] & 15) * 4u;

	put16(ip + 10, 0);
	for (uint32_t i = 0; i < len; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~sum & 0xffff);
}

static uint8_t *ip_of(struct packet *p)
{
	return p->bytes + HEAD + 14;
}

static void make(struct packet *p, enum expect expect, const struct shape *s)
{
	uint8_t *eth = p->bytes + HEAD, *ip = eth + 14;
	uint8_t mac[12] = {2, 0, 0, 0, 0, (uint8_t)(0xa0 + s->dev),
			   6, 0, 0, 0, 0, (uint8_t)(0xa0 + s->dev)};

	memset(p, 0, sizeof(*p));
	p->dev = s->dev;
	p->expect = expect;
	p->bytes[0] = s->dev; /* struct sl_entry */
	memcpy(eth, mac, sizeof(mac));
	put16(eth + 12, 0x0800);
	ip[0] = (uint8_t)(0x45 + s->options / 4);
	memset(ip + 20, 1, s->options);
	put16(ip + 2, s->len);
	put16(ip + 4, s->id);
	ip[8] = s->ttl;
	ip[9] = s->proto;
	if (inet_pton(AF_INET, s->src, ip + 12) != 1 || inet_pton(AF_INET, s->dst, ip + 16) != 1)
		abort();
	header_sum(ip);
	for (int i = 20 + s->options; i < s->len; i++)
		ip[i] = (uint8_t)(i * 7 + s->id);
	p->len = HEAD + 14u + s->len + s->padding;
}

#endif
