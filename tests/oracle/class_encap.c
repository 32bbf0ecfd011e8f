// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's encapsulation: headers prepended (RFC 791, 768, 2784, 8200). */
#include "tests/oracle/oracle_int.h"

enum { ICMP = 1, UDP = 17 };

struct encap {
	uint8_t src6[16], dst6[16];
	uint32_t src, dst, sport, dport, ident, ttl, tos, proto, count;
	bool dst_anno, df, checksum;
	/* GRE */
	uint32_t protocol, key, sequence;
	bool has_key, has_sequence;
};

/* Room for `n` more bytes in front, cleared; false: there is none. */
static uint8_t *prepend(struct oracle *o, struct opkt *p, size_t n)
{
	if (!grow_front(p, n)) {
		o->unsure = true;
		return NULL;
	}
	return memset(p->bytes + p->off, 0, n);
}

/* ---- IPv4 ------------------------------------------------------------------------------------*/

static void destination(struct oconf *c, struct encap *x)
{
	const char *text = conf_take(c, "DST", true);

	x->dst_anno = text && !strcmp(text, "DST_ANNO");
	if (!text || (!x->dst_anno && !parse_ip(text, &x->dst)))
		conf_fail(c, "DST");
}

static uint32_t protocol(struct oconf *c)
{
	static const struct {
		const char *name;
		uint32_t number;
	} names[] = {{"icmp", 1}, {"ipip", 4}, {"tcp", 6}, {"udp", 17}, {"ip6", 41}, {"gre", 47}};
	const char *text = conf_take(c, "PROTO", true);
	int64_t v;

	for (size_t i = 0; text && i < COUNT(names); i++)
		if (!strcmp(names[i].name, text))
			return names[i].number;
	if (!text || !parse_num(text, &v)) {
		conf_fail(c, "PROTO");
		return 0;
	}
	return (uint32_t)v;
}

static void ip_encap_conf(struct oconf *c)
{
	struct encap *x = c->e->priv;

	x->ttl = 250;
	x->proto = protocol(c);
	conf_ip(c, "SRC", true, &x->src);
	destination(c, x);
	conf_num(c, "TTL", false, &x->ttl);
	conf_num(c, "TOS", false, &x->tos);
	conf_bool(c, "DF", false, &x->df);
}

/* The IP header of what is `hlen` bytes in front of the packet. */
static void put_ip(struct opkt *p, const struct encap *x, uint16_t id, size_t behind)
{
	uint8_t *ip = p->bytes + p->off;

	ip[0] = 0x45;
	ip[1] = (uint8_t)x->tos;
	put16(ip + 2, (uint32_t)length(p));
	put16(ip + 4, id);
	ip[6] = x->df ? 0x40 : 0;
	ip[8] = (uint8_t)x->ttl;
	ip[9] = (uint8_t)x->proto;
	put32(ip + 12, x->src);
	if (x->dst_anno)
		memcpy(ip + 16, p->anno + ANNO_DST, 4);
	else
		put32(ip + 16, x->dst);
	ip_sum(ip, 20);
	memcpy(p->anno + ANNO_DST, ip + 16, 4);
	p->nh = p->off;
	p->th = p->off + behind;
}

static int ip_encap(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct encap *x = e->priv;

	(void)port;
	if (!prepend(o, p, 20))
		return dropped(o, e, "headroom");
	put_ip(p, x, (uint16_t)x->count++, 20);
	return 0;
}

static void udp_encap_conf(struct oconf *c)
{
	struct encap *x = c->e->priv;

	x->ttl = 250;
	x->proto = UDP;
	x->checksum = true;
	conf_ip(c, "SRC", true, &x->src);
	conf_num(c, "SPORT", true, &x->sport);
	destination(c, x);
	conf_num(c, "DPORT", true, &x->dport);
	conf_bool(c, "CHECKSUM", true, &x->checksum);
}

static int udp_encap(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct encap *x = e->priv;
	uint8_t *ip, pseudo[12] = {0};
	uint16_t sum;
	size_t len;

	(void)port;
	ip = prepend(o, p, 28);
	if (!ip)
		return dropped(o, e, "headroom");
	len = length(p) - 20;
	put_ip(p, x, (uint16_t)x->count++, 20);
	put16(ip + 20, x->sport);
	put16(ip + 22, x->dport);
	put16(ip + 24, (uint32_t)len);
	if (!x->checksum)
		return 0;
	memcpy(pseudo, ip + 12, 8);
	pseudo[9] = UDP;
	put16(pseudo + 10, (uint32_t)len);
	sum = (uint16_t)~ones_sum(ip + 20, len, ones_sum(pseudo, 12, 0));
	put16(ip + 26, sum ? sum : 0xffff);
	return 0;
}

static void ping_encap_conf(struct oconf *c)
{
	struct encap *x = c->e->priv;

	x->ttl = 255;
	x->proto = ICMP;
	conf_ip(c, "SRC", true, &x->src);
	conf_ip(c, "DST", true, &x->dst);
	conf_num(c, "IDENTIFIER", false, &x->ident);
}

static int ping_encap(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct encap *x = e->priv;
	uint8_t *ip = prepend(o, p, 28);

	(void)port;
	if (!ip)
		return dropped(o, e, "headroom");
	x->count = x->count % 65535 + 1;
	put_ip(p, x, (uint16_t)x->count, 20);
	ip[20] = 8;
	put16(ip + 24, x->ident);
	put16(ip + 26, x->count);
	put16(ip + 22, (uint16_t)~ones_sum(ip + 20, length(p) - 20, 0));
	return 0;
}

/* ---- IPv6 ------------------------------------------------------------------------------------*/

static void destination6(struct oconf *c, struct encap *x)
{
	const char *text = conf_take(c, "DST", true);

	x->dst_anno = text && !strcmp(text, "DST_ANNO");
	if (!text || (!x->dst_anno && !parse_ip6(text, x->dst6)))
		conf_fail(c, "DST");
}

static void source6(struct oconf *c, struct encap *x)
{
	const char *text = conf_take(c, "SRC", true);

	if (!text || !parse_ip6(text, x->src6))
		conf_fail(c, "SRC");
}

static void ip6_encap_conf(struct oconf *c)
{
	struct encap *x = c->e->priv;

	x->ttl = 250;
	x->proto = protocol(c);
	source6(c, x);
	destination6(c, x);
	conf_num(c, "HLIM", false, &x->ttl);
	conf_num(c, "CLASS", false, &x->tos);
}

static void put_ip6(struct opkt *p, const struct encap *x)
{
	uint8_t *ip = p->bytes + p->off;

	put16(ip, 0x6000 | x->tos << 4);
	put16(ip + 4, (uint32_t)length(p) - 40);
	ip[6] = (uint8_t)x->proto;
	ip[7] = (uint8_t)x->ttl;
	memcpy(ip + 8, x->src6, 16);
	memcpy(ip + 24, x->dst_anno ? p->anno + ANNO_DST : x->dst6, 16);
	memcpy(p->anno + ANNO_DST, ip + 24, 16);
	p->nh = p->off;
	p->th = p->off + 40;
}

static int ip6_encap(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)port;
	if (!prepend(o, p, 40))
		return dropped(o, e, "headroom");
	put_ip6(p, e->priv);
	return 0;
}

static void udp6_encap_conf(struct oconf *c)
{
	struct encap *x = c->e->priv;

	x->ttl = 255;
	x->proto = UDP;
	source6(c, x);
	conf_num(c, "SPORT", true, &x->sport);
	destination6(c, x);
	conf_num(c, "DPORT", true, &x->dport);
}

static int udp6_encap(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct encap *x = e->priv;
	uint8_t *ip = prepend(o, p, 48), pseudo[40] = {0};
	uint16_t sum;
	size_t len;

	(void)port;
	if (!ip)
		return dropped(o, e, "headroom");
	put_ip6(p, x);
	len = length(p) - 40;
	put16(ip + 40, x->sport);
	put16(ip + 42, x->dport);
	put16(ip + 44, (uint32_t)len);
	memcpy(pseudo, ip + 8, 32);
	put32(pseudo + 32, (uint32_t)len);
	pseudo[39] = UDP;
	sum = (uint16_t)~ones_sum(ip + 40, len, ones_sum(pseudo, 40, 0));
	put16(ip + 46, sum ? sum : 0xffff);
	return 0;
}

/* ---- GRE -------------------------------------------------------------------------------------*/

static void gre_conf(struct oconf *c)
{
	struct encap *x = c->e->priv;
	const char *key = conf_take(c, "KEY", false);
	int64_t v = 0;

	x->protocol = 0x0800;
	x->has_key = key;
	if (key && !parse_num(key, &v))
		conf_fail(c, "KEY");
	x->key = (uint32_t)v;
	conf_bool(c, "CHECKSUM", false, &x->checksum);
	conf_bool(c, "SEQUENCE", false, &x->has_sequence);
	conf_num(c, "PROTOCOL", true, &x->protocol);
}

static int gre_encap(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct encap *x = e->priv;
	size_t n = 4u + 4u * x->checksum + 4u * x->has_key + 4u * x->has_sequence, at = 4;
	uint8_t *h = prepend(o, p, n);

	(void)port;
	if (!h)
		return dropped(o, e, "headroom");
	h[0] = (uint8_t)(x->checksum << 7 | x->has_key << 5 | x->has_sequence << 4);
	put16(h + 2, x->protocol);
	if (x->checksum)
		at += 4;
	if (x->has_key) {
		put32(h + at, x->key);
		at += 4;
	}
	if (x->has_sequence)
		put32(h + at, x->sequence++);
	if (x->checksum)
		put16(h + 4, (uint16_t)~ones_sum(h, length(p), 0));
	return 0;
}

#define ENCAP(conf, fn)                                                                            \
	.ports = "1/1", .processing = "a", .priv_size = sizeof(struct encap), .configure = conf,   \
	.push = fn

const struct oclass encap_classes[] = {
	{.names = "IPEncap", ENCAP(ip_encap_conf, ip_encap), .remembers = true},
	{.names = "UDPIPEncap", ENCAP(udp_encap_conf, udp_encap), .remembers = true},
	{.names = "ICMPPingEncap", ENCAP(ping_encap_conf, ping_encap), .remembers = true},
	{.names = "IP6Encap", ENCAP(ip6_encap_conf, ip6_encap)},
	{.names = "UDPIP6Encap", ENCAP(udp6_encap_conf, udp6_encap)},
	{.names = "GREEncap", ENCAP(gre_conf, gre_encap), .remembers = true},
	{0},
};
