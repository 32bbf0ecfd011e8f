/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The five programs that are compared (taxcost.c), and the packets they get, as segment 0 finds
 * them. Packet i of a program is always the same: half are what such a program lives on, half are
 * errors and what is seldom, in turn.
 */
#ifndef SL_SELFTESTS_TAX_PACKETS_H
#define SL_SELFTESTS_TAX_PACKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PACKETS 500
#define PACKET_MAX 2560
#define MTU 1500
#define HEAD_IP 28    /* GRE with a key: 42 bytes outside, 14 of them the synthetic header's */
#define HEAD_ETHER 42 /* the same, with the Ethernet header inside */

struct packet {
	uint8_t dev;
	size_t len; /* with the room in front, where the entry record is */
	uint8_t bytes[PACKET_MAX];
};

struct tax_program {
	const char *name;
	bool ip_link;
	uint16_t head;
	const char *slow; /* object with the hand-written programs' slow path */
};
static const struct tax_program tax_programs[] = {
	{"l2", false, HEAD_ETHER, NULL},       {"router", true, HEAD_IP, "router_slow"},
	{"acl", true, HEAD_IP, "router_slow"}, {"nat", true, HEAD_IP, NULL},
	{"encap", true, HEAD_IP, NULL},
};

static const struct tax_program *tax_program(const char *name)
{
	for (size_t i = 0; i < sizeof(tax_programs) / sizeof(tax_programs[0]); i++)
		if (!strcmp(tax_programs[i].name, name))
			return &tax_programs[i];
	return NULL;
}

static const uint8_t *tax_mac(uint8_t dev)
{
	static const uint8_t mac[2][6] = {{2, 0, 0, 0, 0, 0xa0}, {2, 0, 0, 0, 0, 0xa1}};

	return mac[dev];
}

static const uint8_t *tax_peer(uint8_t dev)
{
	static const uint8_t mac[2][6] = {{6, 0, 0, 0, 0, 0xa0}, {6, 0, 0, 0, 0, 0xa1}};

	return mac[dev];
}

/* ---- Random choices, the same in each run ----------------------------------------------------*/

static uint32_t tax_seed;

static uint32_t pick(uint32_t n)
{
	tax_seed = tax_seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)(tax_seed ^ tax_seed << 16) & 0xffffffff) * n >> 32);
}

#define ONE_OF(list) ((list)[pick(sizeof(list) / sizeof((list)[0]))])

/* ---- Packets ---------------------------------------------------------------------------------*/

#define ADDR(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static void be16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void be32(uint8_t *p, uint32_t v)
{
	be16(p, v >> 16);
	be16(p + 2, v);
}

static uint32_t sum16(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* An IP packet; its bytes behind the header are a TCP, UDP or ICMP message with a right checksum.
 */
struct shape {
	uint8_t dev;
	uint32_t src, dst;
	uint8_t ttl, proto;
	uint16_t len; /* of the IP packet */
	uint16_t sport, dport;
	uint16_t frag;
	uint8_t flags;	     /* TCP's */
	uint8_t icmp;	     /* ICMP's type */
	uint8_t options[40]; /* of n_options bytes */
	uint8_t n_options;   /* a multiple of 4 */
	uint8_t padding;     /* bytes behind the packet */
};

static uint8_t *eth_of(const struct tax_program *t, struct packet *p)
{
	return p->bytes + t->head;
}

static uint8_t *ip_of(const struct tax_program *t, struct packet *p)
{
	return eth_of(t, p) + 14;
}

static void header_sum(uint8_t *ip)
{
	be16(ip + 10, 0);
	be16(ip + 10, ~sum16(ip, (ip[0] & 15) * 4u, 0) & 0xffff);
}

/* Where the checksum of a protocol stands; 0: it has none. */
static unsigned int sum_at(uint8_t proto)
{
	return proto == 6 ? 16 : proto == 17 ? 6 : proto == 1 ? 2 : 0;
}

static void message_sum(uint8_t *ip, const struct shape *s)
{
	unsigned int hlen = (ip[0] & 15) * 4u, at = sum_at(s->proto), len = s->len - hlen;
	uint32_t sum = 0;

	if (!at || s->len < hlen + at + 2)
		return;
	be16(ip + hlen + at, 0);
	if (s->proto != 1)
		sum = sum16(ip + 12, 8, s->proto + len);
	sum = ~sum16(ip + hlen, len, sum) & 0xffff;
	be16(ip + hlen + at, sum || s->proto != 17 ? sum : 0xffff);
}

static void make(const struct tax_program *t, struct packet *p, const struct shape *s)
{
	uint8_t *eth = eth_of(t, p), *ip = ip_of(t, p), *th = ip + 20 + s->n_options;

	memset(p, 0, sizeof(*p));
	p->dev = s->dev;
	p->bytes[0] = s->dev; /* struct sl_entry */
	memcpy(eth, tax_mac(s->dev), 6);
	memcpy(eth + 6, tax_peer(s->dev), 6);
	be16(eth + 12, 0x0800);
	for (int i = 0; i < s->len + s->padding; i++)
		ip[i] = (uint8_t)(i * 7 + s->sport);
	ip[0] = (uint8_t)(0x45 + s->n_options / 4);
	ip[1] = 0;
	be16(ip + 2, s->len);
	be16(ip + 6, s->frag);
	ip[8] = s->ttl;
	ip[9] = s->proto;
	be32(ip + 12, s->src);
	be32(ip + 16, s->dst);
	memcpy(ip + 20, s->options, s->n_options);
	be16(th, s->sport);
	be16(th + 2, s->dport);
	if (s->proto == 1) {
		th[0] = s->icmp;
		th[1] = 0;
	} else if (s->proto == 17) {
		be16(th + 4, s->len - 20u - s->n_options);
	} else if (s->proto == 6) {
		th[12] = 0x50;
		th[13] = s->flags;
	}
	header_sum(ip);
	message_sum(ip, s);
	p->len = t->head + 14u + s->len + s->padding;
}

/* Whether a contestant answered with a message of its own instead of sending the packet on. */
static bool tax_is_message(const struct packet *p, const uint8_t *frame)
{
	const uint8_t *in = p->bytes + HEAD_IP;

	return !memcmp(frame, tax_peer(p->dev & 1), 6) && (frame[13] == 6 || frame[23] == 1) &&
	       memcmp(in + 26, frame + 26, 8);
}

/* ---- What programs are usually asked to do ---------------------------------------------------*/

static void usual_router(struct shape *s)
{
	static const uint32_t far[] = {ADDR(10, 0, 1, 1),	 ADDR(10, 0, 1, 253),
				       ADDR(192, 0, 2, 9),	 ADDR(203, 0, 113, 200),
				       ADDR(10, 0, 2, 0),	 ADDR(9, 255, 255, 255),
				       ADDR(224, 0, 0, 9),	 ADDR(127, 0, 0, 1),
				       ADDR(255, 255, 255, 254), ADDR(172, 16, 5, 4)};
	static const uint16_t ports[] = {22, 25, 53, 80, 123, 443, 1024, 5060, 8080, 65535};

	if (pick(3)) {
		s->src = ADDR(10, 0, 0, 1 + pick(253));
		s->dst = ONE_OF(far);
	} else {
		s->dev = 1;
		s->src = pick(2) ? ADDR(198, 51, 100, pick(256)) : ADDR(192, 0, 2, 1 + pick(253));
		s->dst = ADDR(10, 0, 0, 1 + pick(253));
	}
	s->dport = ONE_OF(ports);
}

/* Half of it to the servers the rules are about, and to those beside them. */
static void usual_acl(struct shape *s)
{
	static const uint16_t ports[] = {80,   443,  25,  465,	587,  993,  22,	   8080,
					 5060, 5061, 53,  1883, 8883, 3306, 5432,  6379,
					 21,   990,  123, 500,	4500, 1194, 51820, 79};

	usual_router(s);
	s->proto = pick(9) ? pick(2) ? 6 : 17 : 1;
	s->icmp = pick(2) ? 8 : (uint8_t)pick(14);
	s->dport = ONE_OF(ports);
	if (!pick(4))
		s->sport = pick(2) ? 53 : 123;
	s->flags = pick(2) ? 2 : pick(2) ? 0x10 : (uint8_t)pick(64);
	if (!s->dev)
		return;
	if (pick(3)) {
		/* A server and a port of its. */
		static const struct {
			uint8_t host, proto;
			uint16_t port;
		} served[] = {{10, 6, 80},   {10, 6, 443},   {11, 6, 80},    {11, 6, 443},
			      {12, 6, 25},   {12, 6, 465},   {12, 6, 587},   {12, 6, 993},
			      {13, 6, 22},   {14, 6, 22},    {15, 6, 8080},  {16, 6, 5060},
			      {16, 6, 5061}, {53, 6, 53},    {17, 6, 1883},  {17, 6, 8883},
			      {18, 6, 3306}, {18, 6, 5432},  {19, 6, 6379},  {20, 6, 21},
			      {20, 6, 990},  {53, 17, 53},   {14, 17, 123},  {16, 17, 5060},
			      {21, 17, 500}, {21, 17, 4500}, {22, 17, 1194}, {23, 17, 51820}};
		uint32_t k = pick(sizeof(served) / sizeof(served[0]));

		s->dst = ADDR(10, 0, 0, served[k].host);
		s->proto = served[k].proto;
		s->dport = served[k].port;
	} else {
		s->dst = ADDR(10, 0, 0, 10 + pick(15));
	}
	if (pick(3))
		s->src = pick(2) ? ADDR(198, 51, 100, pick(256)) : ADDR(192, 0, 2, 9 + pick(2));
	if (!pick(12))
		s->src = pick(2) ? ADDR(192, 168, 3, 4) : ADDR(172, 20, 3, 4);
}

/* The ports that the address translator gives, in turn from 1024 on. */
static void usual_nat(struct shape *s)
{
	s->proto = pick(2) ? 6 : 17;
	if (pick(3)) {
		/* A few hosts and servers, so that flows have many packets. */
		s->src = ADDR(10, 0, 0, 1 + pick(4));
		s->dst = pick(2) ? ADDR(192, 0, 2, 9) : ADDR(203, 0, 113, 5);
		s->sport = (uint16_t)(5000 + pick(4));
		s->dport = pick(2) ? 53 : 443;
	} else {
		s->dev = 1;
		s->src = pick(2) ? ADDR(192, 0, 2, 9) : ADDR(203, 0, 113, 5);
		s->dst = ADDR(198, 51, 100, 1);
		s->sport = pick(2) ? 53 : 443;
		s->dport = (uint16_t)(1024 + pick(40));
	}
}

static void usual_encap(struct shape *s)
{
	s->src = ADDR(10, 0, 0, 1 + pick(253));
	s->dst = ADDR(10, pick(12), pick(4) * 64, 1 + pick(253));
}

static void usual(const struct tax_program *t, struct shape *s)
{
	static const uint16_t lens[] = {28, 40, 46, 64, 100, 576, 1400, 1472, 1499, 1500};
	static const uint8_t protos[] = {1, 6, 6, 6, 17, 17, 17, 47, 132};

	*s = (struct shape){.ttl = (uint8_t)(2 + pick(254)), .proto = ONE_OF(protos)};
	s->sport = (uint16_t)(1024 + pick(60000));
	s->dport = (uint16_t)pick(65536);
	s->icmp = (uint8_t)pick(19);
	s->flags = (uint8_t)pick(64);
	s->len = ONE_OF(lens);
	s->frag = pick(3) ? 0 : 0x4000;
	if (!strcmp(t->name, "nat"))
		usual_nat(s);
	else if (!strcmp(t->name, "encap"))
		usual_encap(s);
	else if (!strcmp(t->name, "acl"))
		usual_acl(s);
	else
		usual_router(s);
}

/* ---- Errors, and what is seldom ---------------------------------------------------------------*/

static void odd_padding(const struct tax_program *t, struct packet *p, struct shape *s)
{
	s->padding = (uint8_t)(1 + pick(30));
	make(t, p, s);
}

static void odd_ttl(const struct tax_program *t, struct packet *p, struct shape *s)
{
	s->ttl = (uint8_t)pick(2);
	make(t, p, s);
}

static void odd_checksum(const struct tax_program *t, struct packet *p, struct shape *s)
{
	make(t, p, s);
	ip_of(t, p)[10 + pick(2)] ^= (uint8_t)(1u << pick(8));
}

static void odd_version(const struct tax_program *t, struct packet *p, struct shape *s)
{
	static const uint8_t first[] = {0x44, 0x40, 0x65, 0x55, 0x35, 0x05, 0x47, 0x4f};

	make(t, p, s);
	ip_of(t, p)[0] = ONE_OF(first);
	if (pick(2))
		header_sum(ip_of(t, p));
}

static void odd_length(const struct tax_program *t, struct packet *p, struct shape *s)
{
	make(t, p, s);
	be16(ip_of(t, p) + 2, pick(2) ? pick(20) : s->len + 1u + pick(100));
	header_sum(ip_of(t, p));
}

static void odd_short(const struct tax_program *t, struct packet *p, struct shape *s)
{
	make(t, p, s);
	p->len = t->head + pick(14 + 20 + 8);
}

static void odd_type(const struct tax_program *t, struct packet *p, struct shape *s)
{
	static const uint16_t types[] = {0x86dd, 0x8100, 0x0806, 0x0801, 0, 0x88a8, 0x6558};

	make(t, p, s);
	be16(eth_of(t, p) + 12, ONE_OF(types));
}

static void odd_arp(const struct tax_program *t, struct packet *p, struct shape *s)
{
	uint8_t *eth = eth_of(t, p), *arp = eth + 14;
	uint8_t dev = s->dev;

	make(t, p, s);
	memcpy(eth, "\xff\xff\xff\xff\xff\xff", 6);
	be16(eth + 12, 0x0806);
	memcpy(arp, "\0\1\x08\0\6\4\0\1", 8);
	arp[7] = (uint8_t)(1 + (pick(4) == 0) + (pick(8) == 0));
	memcpy(arp + 8, tax_peer(dev), 6);
	be32(arp + 14, ADDR(10, 0, dev, 9));
	memset(arp + 18, 0, 6);
	be32(arp + 24, ADDR(10, 0, dev, pick(4) ? 254 : 253));
	if (!pick(5))
		arp[pick(6)] ^= 1;
	p->len = t->head + 14u + (pick(5) ? 28 + pick(20) : pick(28));
}

/* Options: a kind each time; of time stamps only those that note no time. */
static void odd_options(const struct tax_program *t, struct packet *p, struct shape *s)
{
	static const struct {
		uint8_t n;
		const char *bytes;
	} kinds[] = {
		{4, "\1\1\1\1"},
		{4, "\1\1\1\0"},
		{8, "\x07\x07\x04\0\0\0\0\0"},			  /* record route, one free */
		{12, "\1\x07\x0b\x04\0\0\0\0\0\0\0\0"},		  /* two free */
		{8, "\x07\x07\x08\x0a\0\0\1\0"},		  /* full */
		{8, "\x07\x07\x03\0\0\0\0\0"},			  /* pointer too small */
		{8, "\x07\x07\x06\0\0\0\0\0"},			  /* no room for an address */
		{4, "\x07\x02\0\0"},				  /* too short for one */
		{8, "\x44\x08\x09\x00\0\0\0\1"},		  /* time stamp, full */
		{8, "\x44\x08\x09\xf0\0\0\0\1"},		  /* and overflown */
		{8, "\x44\x08\x05\x02\0\0\0\0"},		  /* a flag that is none */
		{8, "\x44\x08\x04\x00\0\0\0\0"},		  /* pointer too small */
		{12, "\x44\x0c\x05\x03\x01\x02\x03\x04\0\0\0\0"}, /* given addresses, not ours */
		{8, "\x83\x07\x04\x0a\0\1\1\0"},		  /* loose source route, to go */
		{8, "\x83\x07\x08\x0a\0\1\1\0"},		  /* gone */
		{8, "\x89\x07\x08\x0a\0\1\1\0"},		  /* strict */
		{4, "\x88\x04\0\7"},				  /* stream identifier */
		{4, "\x94\x04\0\0"},				  /* router alert */
		{4, "\x94\0\0\0"},				  /* length 0 */
		{4, "\1\1\1\x07"},				  /* no length */
		{4, "\x07\x27\x04\0"},				  /* longer than the header */
		{8, "\x07\x07\x04\0\0\0\0\x44"},		  /* good, then broken */
	};
	uint32_t k = pick(sizeof(kinds) / sizeof(kinds[0]));

	s->n_options = kinds[k].n;
	memcpy(s->options, kinds[k].bytes, s->n_options);
	if (s->len < 40u + s->n_options)
		s->len = (uint16_t)(40u + s->n_options);
	if (!pick(6))
		s->ttl = 1;
	make(t, p, s);
}

static void odd_fragment(const struct tax_program *t, struct packet *p, struct shape *s)
{
	s->frag = (uint16_t)(pick(2) ? 0x2000 : 0x2000 * pick(2) + 1 + pick(180));
	if (!pick(3))
		s->ttl = 1;
	make(t, p, s);
}

static void odd_source(const struct tax_program *t, struct packet *p, struct shape *s)
{
	static const uint32_t bad[] = {0,
				       0xffffffff,
				       ADDR(10, 0, 0, 255),
				       ADDR(10, 0, 1, 255),
				       ADDR(224, 0, 0, 1),
				       ADDR(127, 0, 0, 1),
				       ADDR(0, 1, 2, 3),
				       ADDR(240, 0, 0, 1),
				       ADDR(10, 0, 0, 254)};

	s->src = ONE_OF(bad);
	if (!pick(3))
		s->ttl = 1;
	if (!pick(3))
		s->dst = ADDR(10, 0, pick(2), 254);
	make(t, p, s);
}

/* To addresses that are nobody's, and to the router's own. */
static void odd_destination(const struct tax_program *t, struct packet *p, struct shape *s)
{
	static const uint32_t odd[] = {0,
				       0xffffffff,
				       ADDR(10, 0, 0, 255),
				       ADDR(10, 0, 1, 255),
				       ADDR(10, 0, 0, 0),
				       ADDR(10, 0, 1, 0),
				       ADDR(10, 0, 0, 254),
				       ADDR(10, 0, 1, 254),
				       ADDR(198, 51, 100, 1)};

	s->dst = ONE_OF(odd);
	make(t, p, s);
}

static void odd_echo(const struct tax_program *t, struct packet *p, struct shape *s)
{
	s->proto = 1;
	s->icmp = pick(4) ? 8 : (uint8_t)pick(20);
	s->dst = ADDR(10, 0, pick(2), 254);
	if (s->dev)
		s->src = ADDR(192, 0, 2, 1 + pick(200));
	if (!pick(5))
		s->frag = (uint16_t)(0x2000 * pick(2) + pick(5));
	if (!pick(6))
		s->len = (uint16_t)(20 + pick(9));
	make(t, p, s);
}

/* Back where it came from. */
static void odd_back(const struct tax_program *t, struct packet *p, struct shape *s)
{
	s->dst = s->dev ? ADDR(192, 0, 2, 77) : ADDR(10, 0, 0, 9);
	s->proto = pick(3) ? 17 : 1;
	if (!pick(4))
		s->ttl = 1;
	if (!pick(4))
		s->frag = (uint16_t)(1 + pick(100));
	make(t, p, s);
}

static void odd_long(const struct tax_program *t, struct packet *p, struct shape *s)
{
	s->len = (uint16_t)(1501 + pick(300));
	s->frag = pick(3) ? 0x4000 : 0;
	make(t, p, s);
}

/* No message about a message. */
static void odd_icmp(const struct tax_program *t, struct packet *p, struct shape *s)
{
	s->proto = 1;
	s->icmp = (uint8_t)pick(19);
	s->ttl = 1;
	if (!pick(4))
		s->len = (uint16_t)(20 + pick(8));
	make(t, p, s);
}

static void odd_ether(const struct tax_program *t, struct packet *p, struct shape *s)
{
	static const uint8_t to[][6] = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
					{1, 0, 0x5e, 0, 0, 1},
					{0x01, 0x80, 0xc2, 0, 0, 0},
					{2, 0, 0, 0, 0, 0xa2},
					{2, 0, 0, 0, 1, 0xa0},
					{3, 0, 0, 0, 0, 0xa0},
					{0, 0, 0, 0, 0, 0}};

	if (!pick(3))
		s->ttl = 1;
	make(t, p, s);
	memcpy(eth_of(t, p), to[pick(7)], 6);
	if (!pick(4))
		p->len = t->head + 14u + pick(4);
}

static void odd_device(const struct tax_program *t, struct packet *p, struct shape *s)
{
	make(t, p, s);
	p->bytes[0] = (uint8_t)(2 + pick(60));
}

static void odd_bytes(const struct tax_program *t, struct packet *p, struct shape *s)
{
	make(t, p, s);
	for (unsigned int n = 1 + pick(4); n; n--)
		eth_of(t, p)[pick(14 + 20 + 20)] ^= (uint8_t)(1u << pick(8));
	if (pick(3))
		header_sum(ip_of(t, p));
}

/* Checksums at both ends of their range, where one's complement has two zeroes. */
static void odd_zeroes(const struct tax_program *t, struct packet *p, struct shape *s)
{
	uint8_t *ip = ip_of(t, p);
	uint32_t sum;

	s->frag = 0;
	make(t, p, s);
	be16(ip + 4, 0);
	header_sum(ip);
	sum = (uint32_t)(ip[10] << 8 | ip[11]) + (pick(2) ? 0xff00u + pick(0x200) : 0);
	be16(ip + 4, (sum & 0xffff) + (sum >> 16));
	header_sum(ip);
	/* The same for the message. */
	if (s->proto == 17 && s->len >= 40) {
		be16(ip + 28, 0);
		message_sum(ip, s);
		sum = (uint32_t)(ip[26] << 8 | ip[27]);
		be16(ip + 28, sum);
		message_sum(ip, s);
		if (pick(2))
			be16(ip + 26, 0);
	}
}

/* Ends in the middle of the message. */
static void odd_message(const struct tax_program *t, struct packet *p, struct shape *s)
{
	s->len = (uint16_t)(20 + pick(22));
	make(t, p, s);
}

static const struct {
	const char *name;
	void (*make)(const struct tax_program *t, struct packet *p, struct shape *s);
} odd[] = {
	{"padding", odd_padding},
	{"TTL", odd_ttl},
	{"header checksum", odd_checksum},
	{"version", odd_version},
	{"length", odd_length},
	{"short", odd_short},
	{"type", odd_type},
	{"ARP", odd_arp},
	{"options", odd_options},
	{"fragment", odd_fragment},
	{"source", odd_source},
	{"destination", odd_destination},
	{"echo", odd_echo},
	{"back", odd_back},
	{"too long", odd_long},
	{"about a message", odd_icmp},
	{"Ethernet address", odd_ether},
	{"device", odd_device},
	{"random bytes", odd_bytes},
	{"zero checksums", odd_zeroes},
	{"options again", odd_options},
	{"short message", odd_message},
};
#define N_ODD (sizeof(odd) / sizeof(odd[0]))

/* Packet `i` of a program; what it is about. */
static const char *tax_packet(const struct tax_program *t, unsigned int i, struct packet *p)
{
	struct shape s;

	tax_seed = i * 2654435761u + 12345;
	pick(2);
	usual(t, &s);
	if (i % 2) {
		odd[i / 2 % N_ODD].make(t, p, &s);
		return odd[i / 2 % N_ODD].name;
	}
	make(t, p, &s);
	return "usual";
}

/* ---- What is timed ----------------------------------------------------------------------------*/

struct timed {
	const char *program, *name;
	struct shape s;
};
#define UDP64 .ttl = 64, .proto = 17, .len = 64
#define TCP64 .ttl = 64, .proto = 6, .len = 64, .flags = 0x10
static const struct timed timed[] = {
	{"l2", "one way", {0, 1, 2, UDP64}},
	{"l2", "the other", {1, 1, 2, UDP64}},
	{"router", "to a neighbour", {0, ADDR(10, 0, 0, 7), ADDR(10, 0, 1, 9), UDP64}},
	{"router", "to the world", {0, ADDR(10, 0, 0, 7), ADDR(192, 0, 2, 9), UDP64}},
	{"router", "from the world", {1, ADDR(192, 0, 2, 9), ADDR(10, 0, 0, 7), UDP64}},
	{"acl",
	 "established TCP",
	 {1, ADDR(192, 0, 2, 9), ADDR(10, 0, 0, 7), TCP64, .sport = 443, .dport = 40000}},
	{"acl",
	 "a server's UDP",
	 {1, ADDR(192, 0, 2, 9), ADDR(10, 0, 0, 53), UDP64, .sport = 5353, .dport = 53}},
	{"acl",
	 "the last rule",
	 {0, ADDR(10, 0, 0, 7), ADDR(192, 0, 2, 9), UDP64, .sport = 40000, .dport = 4500}},
	{"nat",
	 "TCP out",
	 {0, ADDR(10, 0, 0, 7), ADDR(192, 0, 2, 9), TCP64, .sport = 40000, .dport = 443}},
	{"nat",
	 "TCP back",
	 {1, ADDR(192, 0, 2, 9), ADDR(198, 51, 100, 1), TCP64, .sport = 443, .dport = 1024}},
	{"nat",
	 "UDP out",
	 {0, ADDR(10, 0, 0, 7), ADDR(192, 0, 2, 9), UDP64, .sport = 40000, .dport = 53}},
	{"encap", "GRE", {0, ADDR(10, 0, 0, 7), ADDR(10, 1, 0, 9), UDP64}},
	{"encap", "IP in IP", {0, ADDR(10, 0, 0, 7), ADDR(10, 5, 0, 9), UDP64}},
};

/* Packet `k` of those timed of a program: its name, NULL behind the last. */
static const char *tax_timed(const struct tax_program *t, unsigned int k, struct packet *p)
{
	for (size_t i = 0; i < sizeof(timed) / sizeof(timed[0]); i++) {
		if (strcmp(timed[i].program, t->name) || k--)
			continue;
		make(t, p, &timed[i].s);
		return timed[i].name;
	}
	return NULL;
}

#endif
