// SPDX-License-Identifier: GPL-2.0-only
/* A function a header: its options, what was given of them, and the rest left to packet_fill.c. */
#include <sys/socket.h>
#include <string.h>

#include "tests/element/packet_int.h"

static void parse_sum(struct builder *b, struct layer *l, const char *text, uint8_t *at)
{
	if (!strcmp(text, "bad")) {
		l->sum_bad = true;
		return;
	}
	l->sum_given = true;
	put16(at, packet_number(b, text, 0xffff));
}

struct layer *packet_implied_eth(struct builder *b)
{
	struct layer *l = packet_begin(b, ETH, 14);
	uint8_t *h = b->out->bytes + l->off;

	memcpy(h, b->def->dst, 6);
	memcpy(h + 6, b->def->src, 6);
	return l;
}

static void eth(struct builder *b)
{
	struct layer *l = packet_implied_eth(b);
	uint8_t *h = b->out->bytes + l->off;
	char v[64];

	while (!b->failed) {
		if (packet_option(b, "dst", v, sizeof(v))) {
			packet_mac(b, v, h);
		} else if (packet_option(b, "src", v, sizeof(v))) {
			packet_mac(b, v, h + 6);
		} else if (packet_option(b, "type", v, sizeof(v))) {
			put16(h + 12, packet_number(b, v, 0xffff));
			l->type_given = true;
		} else {
			break;
		}
	}
}

static void vlan(struct builder *b)
{
	struct layer *l = packet_begin(b, VLAN, 4);
	uint8_t *h = b->out->bytes + l->off;
	uint64_t id = 1, pcp = 0, dei = 0;
	char v[64];

	l->tpid = 0x8100;
	while (!b->failed) {
		if (packet_option(b, "id", v, sizeof(v))) {
			id = packet_number(b, v, 0xfff);
		} else if (packet_option(b, "pcp", v, sizeof(v))) {
			pcp = packet_number(b, v, 7);
		} else if (packet_option(b, "dei", v, sizeof(v))) {
			dei = packet_number(b, v, 1);
		} else if (packet_option(b, "tpid", v, sizeof(v))) {
			l->tpid = (uint16_t)packet_number(b, v, 0xffff);
		} else if (packet_option(b, "type", v, sizeof(v))) {
			put16(h + 2, packet_number(b, v, 0xffff));
			l->type_given = true;
		} else {
			break;
		}
	}
	put16(h, pcp << 13 | dei << 12 | id);
}

static void ip4_options(struct builder *b, struct layer *l, const char *hex)
{
	uint8_t opt[40] = {0};
	size_t n = packet_hex(b, hex, opt, sizeof(opt));

	n = (n + 3) / 4 * 4;
	memcpy(packet_append(b, n), opt, n);
	l->hlen += n;
}

static void ip4(struct builder *b)
{
	struct layer *l = packet_begin(b, IP4, 20);
	uint8_t *h = b->out->bytes + l->off;
	uint64_t ver = 4, ihl = 0, frag = 0;
	char v[128];

	h[8] = 64;
	memcpy(h + 12, (const uint8_t[]){10, 0, 0, 1, 10, 0, 0, 2}, 8);
	while (!b->failed) {
		if (packet_option(b, "src", v, sizeof(v))) {
			packet_addr(b, AF_INET, v, h + 12);
		} else if (packet_option(b, "dst", v, sizeof(v))) {
			packet_addr(b, AF_INET, v, h + 16);
		} else if (packet_option(b, "ttl", v, sizeof(v))) {
			h[8] = (uint8_t)packet_number(b, v, 255);
		} else if (packet_option(b, "tos", v, sizeof(v))) {
			h[1] = (uint8_t)packet_number(b, v, 255);
		} else if (packet_option(b, "id", v, sizeof(v))) {
			put16(h + 4, packet_number(b, v, 0xffff));
		} else if (packet_next_is(b, "df")) {
			frag |= 0x4000;
		} else if (packet_next_is(b, "mf")) {
			frag |= 0x2000;
		} else if (packet_next_is(b, "rf")) {
			frag |= 0x8000;
		} else if (packet_option(b, "off", v, sizeof(v))) {
			frag |= packet_number(b, v, 0x1fff);
		} else if (packet_option(b, "proto", v, sizeof(v))) {
			h[9] = (uint8_t)packet_number(b, v, 255);
			l->type_given = true;
		} else if (packet_option(b, "len", v, sizeof(v))) {
			put16(h + 2, packet_number(b, v, 0xffff));
			l->len_given = true;
		} else if (packet_option(b, "ver", v, sizeof(v))) {
			ver = packet_number(b, v, 15);
		} else if (packet_option(b, "ihl", v, sizeof(v))) {
			ihl = packet_number(b, v, 15) | 0x100;
		} else if (packet_option(b, "opt", v, sizeof(v))) {
			ip4_options(b, l, v);
		} else if (packet_option(b, "sum", v, sizeof(v))) {
			parse_sum(b, l, v, h + 10);
		} else {
			break;
		}
	}
	put16(h + 6, frag);
	h[0] = (uint8_t)(ver << 4 | (ihl ? ihl & 15 : l->hlen / 4));
}

static void ip6(struct builder *b)
{
	struct layer *l = packet_begin(b, IP6, 40);
	uint8_t *h = b->out->bytes + l->off;
	uint64_t tc = 0;
	char v[64];

	h[7] = 64;
	h[8] = h[24] = 0xfd;
	h[23] = 1;
	h[39] = 2;
	while (!b->failed) {
		if (packet_option(b, "src", v, sizeof(v))) {
			packet_addr(b, AF_INET6, v, h + 8);
		} else if (packet_option(b, "dst", v, sizeof(v))) {
			packet_addr(b, AF_INET6, v, h + 24);
		} else if (packet_option(b, "hlim", v, sizeof(v))) {
			h[7] = (uint8_t)packet_number(b, v, 255);
		} else if (packet_option(b, "tc", v, sizeof(v))) {
			tc = packet_number(b, v, 255);
		} else if (packet_option(b, "next", v, sizeof(v))) {
			h[6] = (uint8_t)packet_number(b, v, 255);
			l->type_given = true;
		} else if (packet_option(b, "len", v, sizeof(v))) {
			put16(h + 4, packet_number(b, v, 0xffff));
			l->len_given = true;
		} else {
			break;
		}
	}
	put32(h, 0x60000000 | tc << 20);
}

static bool l4_ports(struct builder *b, uint8_t *h)
{
	char v[64];

	if (packet_option(b, "sport", v, sizeof(v)))
		put16(h, packet_number(b, v, 0xffff));
	else if (packet_option(b, "dport", v, sizeof(v)))
		put16(h + 2, packet_number(b, v, 0xffff));
	else
		return false;
	return true;
}

static void udp(struct builder *b)
{
	struct layer *l = packet_begin(b, UDP, 8);
	uint8_t *h = b->out->bytes + l->off;
	char v[64];

	put16(h, 1000);
	put16(h + 2, 2000);
	while (!b->failed) {
		if (l4_ports(b, h)) {
			continue;
		} else if (packet_option(b, "len", v, sizeof(v))) {
			put16(h + 4, packet_number(b, v, 0xffff));
			l->len_given = true;
		} else if (packet_option(b, "sum", v, sizeof(v))) {
			parse_sum(b, l, v, h + 6);
		} else {
			break;
		}
	}
}

static uint8_t tcp_flags(struct builder *b, const char *letters)
{
	static const char names[] = "FSRPAUEC";
	uint8_t flags = 0;

	for (; *letters; letters++) {
		const char *at = strchr(names, *letters);

		if (!at)
			packet_fail(b, "'%c' is no TCP flag of %s", *letters, names);
		else
			flags |= (uint8_t)(1 << (at - names));
	}
	return flags;
}

static void tcp(struct builder *b)
{
	struct layer *l = packet_begin(b, TCP, 20);
	uint8_t *h = b->out->bytes + l->off;
	uint64_t off = 0;
	char v[128];

	put16(h, 1000);
	put16(h + 2, 2000);
	h[13] = 0x10;
	put16(h + 14, 8192);
	while (!b->failed) {
		if (l4_ports(b, h)) {
			continue;
		} else if (packet_option(b, "seq", v, sizeof(v))) {
			put32(h + 4, packet_number(b, v, 0xffffffff));
		} else if (packet_option(b, "ack", v, sizeof(v))) {
			put32(h + 8, packet_number(b, v, 0xffffffff));
		} else if (packet_option(b, "flags", v, sizeof(v))) {
			h[13] = tcp_flags(b, v);
		} else if (packet_option(b, "win", v, sizeof(v))) {
			put16(h + 14, packet_number(b, v, 0xffff));
		} else if (packet_option(b, "urp", v, sizeof(v))) {
			put16(h + 18, packet_number(b, v, 0xffff));
		} else if (packet_option(b, "off", v, sizeof(v))) {
			off = packet_number(b, v, 15) | 0x100;
		} else if (packet_option(b, "opt", v, sizeof(v))) {
			ip4_options(b, l, v);
		} else if (packet_option(b, "sum", v, sizeof(v))) {
			parse_sum(b, l, v, h + 16);
		} else {
			break;
		}
	}
	h[12] = (uint8_t)((off ? off & 15 : l->hlen / 4) << 4);
}

static void icmp(struct builder *b, enum kind kind)
{
	struct layer *l = packet_begin(b, kind, 8);
	uint8_t *h = b->out->bytes + l->off;
	char v[64];

	h[0] = kind == ICMP ? 8 : 128;
	while (!b->failed) {
		if (packet_option(b, "type", v, sizeof(v))) {
			h[0] = (uint8_t)packet_number(b, v, 255);
		} else if (packet_option(b, "code", v, sizeof(v))) {
			h[1] = (uint8_t)packet_number(b, v, 255);
		} else if (packet_option(b, "id", v, sizeof(v))) {
			put16(h + 4, packet_number(b, v, 0xffff));
		} else if (packet_option(b, "seq", v, sizeof(v))) {
			put16(h + 6, packet_number(b, v, 0xffff));
		} else if (packet_option(b, "rest", v, sizeof(v))) {
			if (packet_hex(b, v, h + 4, 4) != 4)
				packet_fail(b, "rest=%s is not four bytes", v);
		} else if (packet_option(b, "sum", v, sizeof(v))) {
			parse_sum(b, l, v, h + 2);
		} else {
			break;
		}
	}
}

static void arp(struct builder *b)
{
	struct layer *l = packet_begin(b, ARP, 28);
	uint8_t *h = b->out->bytes + l->off;
	char v[64];

	memcpy(h, (const uint8_t[]){0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 1, 1, 10, 0, 0, 1}, 18);
	memcpy(h + 24, (const uint8_t[]){10, 0, 0, 2}, 4);
	while (!b->failed) {
		if (packet_option(b, "op", v, sizeof(v)))
			put16(h + 6, packet_number(b, v, 0xffff));
		else if (packet_option(b, "hrd", v, sizeof(v)))
			put16(h, packet_number(b, v, 0xffff));
		else if (packet_option(b, "pro", v, sizeof(v)))
			put16(h + 2, packet_number(b, v, 0xffff));
		else if (packet_option(b, "hln", v, sizeof(v)))
			h[4] = (uint8_t)packet_number(b, v, 255);
		else if (packet_option(b, "pln", v, sizeof(v)))
			h[5] = (uint8_t)packet_number(b, v, 255);
		else if (packet_option(b, "sha", v, sizeof(v)))
			packet_mac(b, v, h + 8);
		else if (packet_option(b, "spa", v, sizeof(v)))
			packet_addr(b, AF_INET, v, h + 14);
		else if (packet_option(b, "tha", v, sizeof(v)))
			packet_mac(b, v, h + 18);
		else if (packet_option(b, "tpa", v, sizeof(v)))
			packet_addr(b, AF_INET, v, h + 24);
		else
			break;
	}
}

bool packet_header(struct builder *b)
{
	if (packet_next_is(b, "eth"))
		eth(b);
	else if (packet_next_is(b, "vlan"))
		vlan(b);
	else if (packet_next_is(b, "ip"))
		ip4(b);
	else if (packet_next_is(b, "ip6"))
		ip6(b);
	else if (packet_next_is(b, "udp"))
		udp(b);
	else if (packet_next_is(b, "tcp"))
		tcp(b);
	else if (packet_next_is(b, "icmp"))
		icmp(b, ICMP);
	else if (packet_next_is(b, "icmp6"))
		icmp(b, ICMP6);
	else if (packet_next_is(b, "arp"))
		arp(b);
	else
		return false;
	return true;
}
