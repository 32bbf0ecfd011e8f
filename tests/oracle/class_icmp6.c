// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's ICMP6Error (RFC 4443 2.4, RFC 4861 4.5). */
#include "tests/oracle/oracle_int.h"

#define ICMP6 58
#define LONGEST_ERROR 1280

enum { TOO_BIG = 2, PROBLEM = 4, REDIRECT = 137 };

struct icmp6_error {
	uint8_t src[16];
	uint32_t type, code, pmtu;
};

static void error_conf(struct oconf *c)
{
	static const struct {
		const char *name;
		uint32_t type;
	} types[] = {{"unreachable", 1},
		     {"toobig", TOO_BIG},
		     {"timeexceeded", 3},
		     {"parameterproblem", PROBLEM},
		     {"redirect", REDIRECT}};
	struct icmp6_error *x = c->e->priv;
	const char *src = conf_take(c, "SRC", true), *type = conf_take(c, "TYPE", true);
	int64_t v;

	x->pmtu = 1500;
	if (!src || !parse_ip6(src, x->src))
		conf_fail(c, "SRC");
	if (type && parse_num(type, &v))
		x->type = (uint32_t)v;
	for (size_t i = 0; type && i < COUNT(types); i++)
		if (!strcmp(types[i].name, type))
			x->type = types[i].type;
	conf_num(c, "CODE", true, &x->code);
	conf_num(c, "PMTU", false, &x->pmtu);
	if (!x->type)
		conf_fail(c, "TYPE");
}

uint16_t icmp6_sum(const uint8_t *ip, size_t len)
{
	uint8_t pseudo[40];

	memcpy(pseudo, ip + 8, 32);
	put32(pseudo + 32, (uint32_t)len);
	put32(pseudo + 36, ICMP6);
	return (uint16_t)~ones_sum(ip + 40, len, ones_sum(pseudo, 40, 0));
}

/* Whether what is behind `left` bytes from the IPv6 header on is something errors may be about. */
static bool inside_allows(const uint8_t *ip, size_t left)
{
	uint8_t next = ip[6];
	size_t i = 40;

	for (int headers = 0; next == 0 || next == 43 || next == 44 || next == 51 || next == 60;
	     headers++) {
		size_t len;

		if (headers == 8 || left < i + 8)
			return false;
		len = next == 44 ? 8 : next == 51 ? (ip[i + 1] + 2u) * 4 : (ip[i + 1] + 1u) * 8;
		/* Fragments but the first. */
		if (next == 44 && get16(ip + i + 2) & 0xfff8)
			return false;
		next = ip[i];
		i += len;
	}
	return next != ICMP6 || (i < left && ip[i] >= 128 && ip[i] != REDIRECT);
}

static bool may_answer(const struct icmp6_error *x, const struct opkt *p, const uint8_t *ip)
{
	static const uint8_t none[15];
	size_t left = from(p, p->nh), pointer = p->anno[ANNO_PROBLEM];
	bool group = p->type == TYPE_BROADCAST || p->type == TYPE_MULTICAST || ip[24] == 0xff;

	if (ip[8] == 0xff || (!memcmp(ip + 8, none, 15) && ip[23] <= 1))
		return false;
	if (group && x->type != TOO_BIG &&
	    (x->type != PROBLEM || x->code != 2 || pointer >= left || ip[pointer] >> 6 != 2))
		return false;
	return inside_allows(ip, left);
}

static int icmp6_error(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	const struct icmp6_error *x = e->priv;
	uint8_t *ip = at(p, p->nh), old[LONGEST], next_hop[16], problem = p->anno[ANNO_PROBLEM];
	size_t have = from(p, p->nh), extra = x->type == REDIRECT ? 40 : 0, quote;

	(void)port;
	if (have < 40)
		return dropped(o, e, "short");
	if (!may_answer(x, p, ip))
		return dropped(o, e, "no-icmp");
	memcpy(old, ip, have);
	memcpy(next_hop, p->anno + ANNO_DST, 16);
	quote = have < LONGEST_ERROR - 48 - extra ? have : LONGEST_ERROR - 48 - extra;
	if (x->type == REDIRECT)
		quote = quote / 8 * 8;

	fresh_packet(p, 48 + extra + quote);
	p->nh = p->off;
	p->th = p->off + 40;
	ip = p->bytes + p->off;
	ip[0] = 0x60;
	put16(ip + 4, (uint32_t)(8 + extra + quote));
	ip[6] = ICMP6;
	ip[7] = 255;
	memcpy(ip + 8, x->src, 16);
	memcpy(ip + 24, old + 8, 16);
	ip[40] = (uint8_t)x->type;
	ip[41] = (uint8_t)x->code;
	if (x->type == TOO_BIG)
		put32(ip + 44, x->pmtu);
	else if (x->type == PROBLEM)
		put32(ip + 44, problem);
	if (x->type == REDIRECT) {
		memcpy(ip + 48, next_hop, 16);
		memcpy(ip + 64, old + 24, 16);
		ip[80] = 4;
		ip[81] = (uint8_t)(1 + quote / 8);
	}
	memcpy(ip + 48 + extra, old, quote);
	put16(ip + 42, icmp6_sum(ip, 8 + extra + quote));
	memcpy(p->anno + ANNO_DST, old + 8, 16);
	p->anno[ANNO_FIX] = 1;
	return 0;
}

const struct oclass icmp6_classes[] = {
	{.names = "ICMP6Error",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(struct icmp6_error),
	 .configure = error_conf,
	 .push = icmp6_error},
	{0},
};
