// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets from words. Headers are appended as they are read, with what was given; then lengths,
 * protocol numbers and checksums that were not given are filled in, from the innermost header out.
 * Works on bytes and shares nothing with the code under test, its checksum included.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/element/packet.h"

enum kind { ETH, VLAN, IP4, IP6, UDP, TCP, ICMP, ICMP6, ARP, PAYLOAD };

struct layer {
	enum kind kind;
	size_t off, hlen;
	bool type_given, len_given, sum_given, sum_bad;
	uint16_t tpid;
};

#define MAX_LAYERS 16

struct builder {
	const char *s; /* what is left to read */
	const struct packet_defaults *def;
	struct packet *out;
	struct layer layers[MAX_LAYERS];
	size_t n;
	size_t pad, cut;
	bool has_cut, nested, failed;
	char *error;
	size_t error_size;
};

static void fail(struct builder *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct builder *b, const char *fmt, ...)
{
	va_list ap;

	if (b->failed)
		return;
	b->failed = true;
	va_start(ap, fmt);
	vsnprintf(b->error, b->error_size, fmt, ap);
	va_end(ap);
}

/* ---- Words -----------------------------------------------------------------------------------*/

static const char *peek(struct builder *b, size_t *len)
{
	while (isspace((unsigned char)*b->s))
		b->s++;
	*len = strcspn(b->s, " \t\n");
	return b->s;
}

static bool next_is(struct builder *b, const char *word)
{
	size_t len;
	const char *s = peek(b, &len);

	if (strlen(word) != len || memcmp(s, word, len))
		return false;
	b->s += len;
	return true;
}

static bool next_word(struct builder *b, char *buf, size_t size)
{
	size_t len;
	const char *s = peek(b, &len);

	if (!len)
		return false;
	if (len >= size) {
		fail(b, "a word is too long: %.40s...", s);
		return false;
	}
	memcpy(buf, s, len);
	buf[len] = 0;
	b->s += len;
	return true;
}

/* If the next word is `name`=value, puts the value into `buf`. */
static bool option(struct builder *b, const char *name, char *buf, size_t size)
{
	size_t len, n = strlen(name);
	const char *s = peek(b, &len);

	if (len <= n || memcmp(s, name, n) || s[n] != '=')
		return false;
	if (!next_word(b, buf, size))
		return false;
	memmove(buf, buf + n + 1, strlen(buf + n + 1) + 1);
	return true;
}

static uint64_t number(struct builder *b, const char *text, uint64_t max)
{
	char *end;
	uint64_t v = strtoull(text, &end, 0);

	if (!isdigit((unsigned char)text[0]) || *end || v > max)
		fail(b, "'%s' is no number of 0 to %llu", text, (unsigned long long)max);
	return v;
}

static void put16(uint8_t *at, uint64_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void put32(uint8_t *at, uint64_t v)
{
	put16(at, v >> 16);
	put16(at + 2, v);
}

static unsigned int get16(const uint8_t *at)
{
	return (unsigned int)(at[0] << 8 | at[1]);
}

static void parse_mac(struct builder *b, const char *text, uint8_t at[6])
{
	unsigned int v[6];
	int end = 0;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5],
		   &end) != 6 ||
	    text[end]) {
		fail(b, "'%s' is no Ethernet address", text);
		return;
	}
	for (int i = 0; i < 6; i++)
		at[i] = (uint8_t)v[i];
}

static void parse_addr(struct builder *b, int family, const char *text, uint8_t *at)
{
	if (inet_pton(family, text, at) != 1)
		fail(b, "'%s' is no IP address", text);
}

static size_t parse_hex(struct builder *b, const char *text, uint8_t *at, size_t max)
{
	size_t n = strlen(text) / 2;

	if (strlen(text) % 2 || n > max) {
		fail(b, "'%s' is no string of hexadecimal bytes, or too long", text);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		char byte[3] = {text[2 * i], text[2 * i + 1], 0};

		if (!isxdigit((unsigned char)byte[0]) || !isxdigit((unsigned char)byte[1])) {
			fail(b, "'%s' is no string of hexadecimal bytes", text);
			return 0;
		}
		at[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return n;
}

static uint8_t *append(struct builder *b, size_t n)
{
	static uint8_t nowhere[PACKET_MAX];
	uint8_t *at = b->out->bytes + b->out->len;

	if (n > sizeof(b->out->bytes) - b->out->len) {
		fail(b, "longer than %d bytes", PACKET_MAX);
		return nowhere;
	}
	memset(at, 0, n);
	b->out->len += n;
	return at;
}

static struct layer *begin(struct builder *b, enum kind kind, size_t hlen)
{
	struct layer *l;

	if (b->n == MAX_LAYERS) {
		fail(b, "more than %d headers", MAX_LAYERS);
		return &b->layers[MAX_LAYERS - 1];
	}
	l = &b->layers[b->n++];
	*l = (struct layer){.kind = kind, .off = b->out->len, .hlen = hlen};
	append(b, hlen);
	return l;
}

static void parse_sum(struct builder *b, struct layer *l, const char *text, uint8_t *at)
{
	if (!strcmp(text, "bad")) {
		l->sum_bad = true;
		return;
	}
	l->sum_given = true;
	put16(at, number(b, text, 0xffff));
}

/* ---- Headers ---------------------------------------------------------------------------------*/

/* An Ethernet header nobody wrote. */
static struct layer *implied_eth(struct builder *b)
{
	struct layer *l = begin(b, ETH, 14);
	uint8_t *h = b->out->bytes + l->off;

	memcpy(h, b->def->dst, 6);
	memcpy(h + 6, b->def->src, 6);
	return l;
}

static void eth(struct builder *b)
{
	struct layer *l = implied_eth(b);
	uint8_t *h = b->out->bytes + l->off;
	char v[64];

	while (!b->failed) {
		if (option(b, "dst", v, sizeof(v))) {
			parse_mac(b, v, h);
		} else if (option(b, "src", v, sizeof(v))) {
			parse_mac(b, v, h + 6);
		} else if (option(b, "type", v, sizeof(v))) {
			put16(h + 12, number(b, v, 0xffff));
			l->type_given = true;
		} else {
			break;
		}
	}
}

static void vlan(struct builder *b)
{
	struct layer *l = begin(b, VLAN, 4);
	uint8_t *h = b->out->bytes + l->off;
	uint64_t id = 1, pcp = 0, dei = 0;
	char v[64];

	l->tpid = 0x8100;
	while (!b->failed) {
		if (option(b, "id", v, sizeof(v))) {
			id = number(b, v, 0xfff);
		} else if (option(b, "pcp", v, sizeof(v))) {
			pcp = number(b, v, 7);
		} else if (option(b, "dei", v, sizeof(v))) {
			dei = number(b, v, 1);
		} else if (option(b, "tpid", v, sizeof(v))) {
			l->tpid = (uint16_t)number(b, v, 0xffff);
		} else if (option(b, "type", v, sizeof(v))) {
			put16(h + 2, number(b, v, 0xffff));
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
	size_t n = parse_hex(b, hex, opt, sizeof(opt));

	n = (n + 3) / 4 * 4;
	memcpy(append(b, n), opt, n);
	l->hlen += n;
}

static void ip4(struct builder *b)
{
	struct layer *l = begin(b, IP4, 20);
	uint8_t *h = b->out->bytes + l->off;
	uint64_t ver = 4, ihl = 0, frag = 0;
	char v[128];

	h[8] = 64;
	memcpy(h + 12, (const uint8_t[]){10, 0, 0, 1, 10, 0, 0, 2}, 8);
	while (!b->failed) {
		if (option(b, "src", v, sizeof(v))) {
			parse_addr(b, AF_INET, v, h + 12);
		} else if (option(b, "dst", v, sizeof(v))) {
			parse_addr(b, AF_INET, v, h + 16);
		} else if (option(b, "ttl", v, sizeof(v))) {
			h[8] = (uint8_t)number(b, v, 255);
		} else if (option(b, "tos", v, sizeof(v))) {
			h[1] = (uint8_t)number(b, v, 255);
		} else if (option(b, "id", v, sizeof(v))) {
			put16(h + 4, number(b, v, 0xffff));
		} else if (next_is(b, "df")) {
			frag |= 0x4000;
		} else if (next_is(b, "mf")) {
			frag |= 0x2000;
		} else if (next_is(b, "rf")) {
			frag |= 0x8000;
		} else if (option(b, "off", v, sizeof(v))) {
			frag |= number(b, v, 0x1fff);
		} else if (option(b, "proto", v, sizeof(v))) {
			h[9] = (uint8_t)number(b, v, 255);
			l->type_given = true;
		} else if (option(b, "len", v, sizeof(v))) {
			put16(h + 2, number(b, v, 0xffff));
			l->len_given = true;
		} else if (option(b, "ver", v, sizeof(v))) {
			ver = number(b, v, 15);
		} else if (option(b, "ihl", v, sizeof(v))) {
			ihl = number(b, v, 15) | 0x100;
		} else if (option(b, "opt", v, sizeof(v))) {
			ip4_options(b, l, v);
		} else if (option(b, "sum", v, sizeof(v))) {
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
	struct layer *l = begin(b, IP6, 40);
	uint8_t *h = b->out->bytes + l->off;
	uint64_t tc = 0;
	char v[64];

	h[7] = 64;
	h[8] = h[24] = 0xfd;
	h[23] = 1;
	h[39] = 2;
	while (!b->failed) {
		if (option(b, "src", v, sizeof(v))) {
			parse_addr(b, AF_INET6, v, h + 8);
		} else if (option(b, "dst", v, sizeof(v))) {
			parse_addr(b, AF_INET6, v, h + 24);
		} else if (option(b, "hlim", v, sizeof(v))) {
			h[7] = (uint8_t)number(b, v, 255);
		} else if (option(b, "tc", v, sizeof(v))) {
			tc = number(b, v, 255);
		} else if (option(b, "next", v, sizeof(v))) {
			h[6] = (uint8_t)number(b, v, 255);
			l->type_given = true;
		} else if (option(b, "len", v, sizeof(v))) {
			put16(h + 4, number(b, v, 0xffff));
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

	if (option(b, "sport", v, sizeof(v)))
		put16(h, number(b, v, 0xffff));
	else if (option(b, "dport", v, sizeof(v)))
		put16(h + 2, number(b, v, 0xffff));
	else
		return false;
	return true;
}

static void udp(struct builder *b)
{
	struct layer *l = begin(b, UDP, 8);
	uint8_t *h = b->out->bytes + l->off;
	char v[64];

	put16(h, 1000);
	put16(h + 2, 2000);
	while (!b->failed) {
		if (l4_ports(b, h)) {
			continue;
		} else if (option(b, "len", v, sizeof(v))) {
			put16(h + 4, number(b, v, 0xffff));
			l->len_given = true;
		} else if (option(b, "sum", v, sizeof(v))) {
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
			fail(b, "'%c' is no TCP flag of %s", *letters, names);
		else
			flags |= (uint8_t)(1 << (at - names));
	}
	return flags;
}

static void tcp(struct builder *b)
{
	struct layer *l = begin(b, TCP, 20);
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
		} else if (option(b, "seq", v, sizeof(v))) {
			put32(h + 4, number(b, v, 0xffffffff));
		} else if (option(b, "ack", v, sizeof(v))) {
			put32(h + 8, number(b, v, 0xffffffff));
		} else if (option(b, "flags", v, sizeof(v))) {
			h[13] = tcp_flags(b, v);
		} else if (option(b, "win", v, sizeof(v))) {
			put16(h + 14, number(b, v, 0xffff));
		} else if (option(b, "urp", v, sizeof(v))) {
			put16(h + 18, number(b, v, 0xffff));
		} else if (option(b, "off", v, sizeof(v))) {
			off = number(b, v, 15) | 0x100;
		} else if (option(b, "opt", v, sizeof(v))) {
			ip4_options(b, l, v);
		} else if (option(b, "sum", v, sizeof(v))) {
			parse_sum(b, l, v, h + 16);
		} else {
			break;
		}
	}
	h[12] = (uint8_t)((off ? off & 15 : l->hlen / 4) << 4);
}

static void icmp(struct builder *b, enum kind kind)
{
	struct layer *l = begin(b, kind, 8);
	uint8_t *h = b->out->bytes + l->off;
	char v[64];

	h[0] = kind == ICMP ? 8 : 128;
	while (!b->failed) {
		if (option(b, "type", v, sizeof(v))) {
			h[0] = (uint8_t)number(b, v, 255);
		} else if (option(b, "code", v, sizeof(v))) {
			h[1] = (uint8_t)number(b, v, 255);
		} else if (option(b, "id", v, sizeof(v))) {
			put16(h + 4, number(b, v, 0xffff));
		} else if (option(b, "seq", v, sizeof(v))) {
			put16(h + 6, number(b, v, 0xffff));
		} else if (option(b, "rest", v, sizeof(v))) {
			if (parse_hex(b, v, h + 4, 4) != 4)
				fail(b, "rest=%s is not four bytes", v);
		} else if (option(b, "sum", v, sizeof(v))) {
			parse_sum(b, l, v, h + 2);
		} else {
			break;
		}
	}
}

static void arp(struct builder *b)
{
	struct layer *l = begin(b, ARP, 28);
	uint8_t *h = b->out->bytes + l->off;
	char v[64];

	memcpy(h, (const uint8_t[]){0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 1, 1, 10, 0, 0, 1}, 18);
	memcpy(h + 24, (const uint8_t[]){10, 0, 0, 2}, 4);
	while (!b->failed) {
		if (option(b, "op", v, sizeof(v)))
			put16(h + 6, number(b, v, 0xffff));
		else if (option(b, "hrd", v, sizeof(v)))
			put16(h, number(b, v, 0xffff));
		else if (option(b, "pro", v, sizeof(v)))
			put16(h + 2, number(b, v, 0xffff));
		else if (option(b, "hln", v, sizeof(v)))
			h[4] = (uint8_t)number(b, v, 255);
		else if (option(b, "pln", v, sizeof(v)))
			h[5] = (uint8_t)number(b, v, 255);
		else if (option(b, "sha", v, sizeof(v)))
			parse_mac(b, v, h + 8);
		else if (option(b, "spa", v, sizeof(v)))
			parse_addr(b, AF_INET, v, h + 14);
		else if (option(b, "tha", v, sizeof(v)))
			parse_mac(b, v, h + 18);
		else if (option(b, "tpa", v, sizeof(v)))
			parse_addr(b, AF_INET, v, h + 24);
		else
			break;
	}
}

/* ---- Payload ---------------------------------------------------------------------------------*/

static size_t count(struct builder *b)
{
	char v[64] = "";

	next_word(b, v, sizeof(v));
	return (size_t)number(b, v, PACKET_MAX);
}

static void payload(struct builder *b)
{
	if (!b->n || b->layers[b->n - 1].kind != PAYLOAD)
		begin(b, PAYLOAD, 0);
}

static void data(struct builder *b)
{
	size_t n = count(b);
	uint8_t *at = append(b, b->failed ? 0 : n);

	for (size_t i = 0; i < n && !b->failed; i++)
		at[i] = (uint8_t)i;
}

static void hex(struct builder *b)
{
	static char v[2 * PACKET_MAX + 1];
	static uint8_t bytes[PACKET_MAX];
	size_t n;

	v[0] = 0;
	next_word(b, v, sizeof(v));
	n = parse_hex(b, v, bytes, sizeof(bytes));
	if (!n)
		fail(b, "hex without bytes");
	memcpy(append(b, n), bytes, n);
}

static void text(struct builder *b)
{
	char v[256] = "";

	if (!next_word(b, v, sizeof(v)))
		fail(b, "text without a word");
	memcpy(append(b, strlen(v)), v, strlen(v));
}

static void build(struct builder *b);

/* first N ( WORDS ) */
static void first(struct builder *b)
{
	size_t n = count(b);
	struct packet *whole = calloc(1, sizeof(*whole));
	struct builder inner = {.def = b->def,
				.out = whole,
				.nested = true,
				.error = b->error,
				.error_size = b->error_size};

	if (!whole || !next_is(b, "(")) {
		fail(b, "first N must be followed by ( WORDS )");
	} else {
		inner.s = b->s;
		build(&inner);
		b->s = inner.s;
		b->failed |= inner.failed;
		if (!next_is(b, ")"))
			fail(b, "( without )");
		if (n > whole->len)
			fail(b, "first %zu of only %zu bytes", n, whole->len);
		if (!b->failed)
			memcpy(append(b, n), whole->bytes, n);
	}
	free(whole);
}

/* ---- Filling in ------------------------------------------------------------------------------*/

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

static void fill(struct builder *b, size_t i)
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

/* ---- All of it -------------------------------------------------------------------------------*/

static bool one(struct builder *b)
{
	if (next_is(b, "eth"))
		eth(b);
	else if (next_is(b, "vlan"))
		vlan(b);
	else if (next_is(b, "ip"))
		ip4(b);
	else if (next_is(b, "ip6"))
		ip6(b);
	else if (next_is(b, "udp"))
		udp(b);
	else if (next_is(b, "tcp"))
		tcp(b);
	else if (next_is(b, "icmp"))
		icmp(b, ICMP);
	else if (next_is(b, "icmp6"))
		icmp(b, ICMP6);
	else if (next_is(b, "arp"))
		arp(b);
	else if (next_is(b, "data"))
		payload(b), data(b);
	else if (next_is(b, "zero"))
		payload(b), append(b, count(b));
	else if (next_is(b, "hex"))
		payload(b), hex(b);
	else if (next_is(b, "text"))
		payload(b), text(b);
	else if (next_is(b, "first"))
		payload(b), first(b);
	else
		return false;
	return true;
}

static void build(struct builder *b)
{
	size_t len;

	while (!b->failed && one(b))
		;
	if (!b->nested && next_is(b, "pad"))
		b->pad = count(b);
	if (!b->nested && next_is(b, "cut")) {
		b->cut = count(b);
		b->has_cut = true;
	}
	peek(b, &len);
	if (len && !(b->nested && *b->s == ')'))
		fail(b, "'%.*s' means nothing here", (int)len, b->s);
	for (size_t i = b->n; i-- > 0 && !b->failed;)
		fill(b, i);
}

int packet_build(const char *words, const struct packet_defaults *def, struct packet *out,
		 char *error, size_t error_size)
{
	struct builder b = {
		.s = words, .def = def, .out = out, .error = error, .error_size = error_size};
	size_t len;
	const char *s;

	out->len = 0;
	if (next_is(&b, "same")) {
		if (!def->same) {
			fail(&b, "nothing came in that this could be the same as");
			return -1;
		}
		*out = *def->same;
		return 0;
	}
	s = peek(&b, &len);
	if (!len)
		fail(&b, "no packet");
	else if (!next_is(&b, "raw") && !(len == 3 && !memcmp(s, "eth", 3)))
		implied_eth(&b);
	build(&b);
	if (b.failed)
		return -1;
	append(&b, b.pad);
	if (b.has_cut && b.cut > out->len)
		fail(&b, "cut %zu of only %zu bytes", b.cut, out->len);
	else if (b.has_cut)
		out->len = b.cut;
	return b.failed ? -1 : 0;
}
