// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's ICMP classes (RFC 792, RFC 1122 3.2.2, RFC 1812 4.3). */
#include "tests/oracle/oracle_int.h"

enum { UNREACHABLE = 3, QUENCH = 4, REDIRECT = 5, EXCEEDED = 11, PROBLEM = 12 };

static bool is_error(uint8_t type)
{
	return type == UNREACHABLE || type == QUENCH || type == REDIRECT || type == EXCEEDED ||
	       type == PROBLEM;
}

/* ---- ICMPError -------------------------------------------------------------------------------*/

struct icmp_error {
	uint32_t src, type, code, mtu, pmtu;
	struct addrs bad;
	bool fix;
	uint16_t id;
};

struct word {
	const char *name;
	uint32_t type, value;
};

static const struct word types[] = {{"unreachable", 0, UNREACHABLE},  {"sourcequench", 0, QUENCH},
				    {"redirect", 0, REDIRECT},	      {"timeexceeded", 0, EXCEEDED},
				    {"parameterproblem", 0, PROBLEM}, {0}};
static const struct word codes[] = {{"net", UNREACHABLE, 0},
				    {"host", UNREACHABLE, 1},
				    {"protocol", UNREACHABLE, 2},
				    {"port", UNREACHABLE, 3},
				    {"needfrag", UNREACHABLE, 4},
				    {"net", REDIRECT, 0},
				    {"host", REDIRECT, 1},
				    {"tosnet", REDIRECT, 2},
				    {"toshost", REDIRECT, 3},
				    {"transit", EXCEEDED, 0},
				    {"reassembly", EXCEEDED, 1},
				    {"erroratptr", PROBLEM, 0},
				    {"missingopt", PROBLEM, 1},
				    {"length", PROBLEM, 2},
				    {"filterprohibited", UNREACHABLE, 13},
				    {0}};

static uint32_t word_value(struct oconf *c, const struct word *w, uint32_t type, const char *text)
{
	int64_t v;

	if (!text || parse_num(text, &v))
		return text ? (uint32_t)v : 0;
	for (; w->name; w++)
		if (w->type == type && !strcmp(w->name, text))
			return w->value;
	conf_fail(c, "'%s'?", text);
	return 0;
}

static void error_conf(struct oconf *c)
{
	struct icmp_error *x = c->e->priv;
	const char *text;

	x->mtu = 576;
	x->fix = true;
	conf_ip(c, "SRC", true, &x->src);
	x->type = word_value(c, types, 0, conf_take(c, "TYPE", true));
	x->code = word_value(c, codes, x->type, conf_take(c, "CODE", true));
	text = conf_take(c, "BADADDRS", true);
	if (text && !parse_addrs(text, &x->bad))
		conf_fail(c, "BADADDRS: '%s'", text);
	conf_num(c, "MTU", false, &x->mtu);
	conf_num(c, "PMTU", false, &x->pmtu);
	conf_bool(c, "USE_FIX_ANNO", false, &x->fix);
	conf_bool(c, "SET_FIX_ANNO", false, &x->fix);
}

/* The first source route among the options of a header of `hlen` bytes: its offset, 0 when there is
 * none, or its pointer is none. */
static size_t find_route(const uint8_t *ip, size_t hlen)
{
	size_t i = 20;

	while (i < hlen && ip[i]) {
		if (ip[i] == 1) {
			i++;
			continue;
		}
		if (i + 1 >= hlen || ip[i + 1] < 2 || i + ip[i + 1] > hlen)
			return 0;
		if (ip[i] == 131 || ip[i] == 137)
			return ip[i + 1] >= 3 && ip[i + 2] >= 4 && ip[i + 2] % 4 == 0 &&
					       ip[i + 2] <= ip[i + 1] + 1
				       ? i
				       : 0;
		i += ip[i + 1];
	}
	return 0;
}

/* The route back, as an option with padding; its length. */
static size_t reverse_route(const uint8_t *route, uint8_t *out)
{
	size_t n = (route[2] - 4u) / 4;

	memset(out, 0, 40);
	out[0] = route[0];
	out[1] = (uint8_t)(3 + 4 * n);
	out[2] = 4;
	for (size_t i = 0; i < n; i++)
		memcpy(out + 3 + 4 * i, route + 3 + 4 * (n - 1 - i), 4);
	return (3 + 4 * n + 3) / 4 * 4;
}

static bool may_answer(const struct icmp_error *x, const struct opkt *p, const uint8_t *ip,
		       size_t hlen)
{
	uint32_t src = get32(ip + 12), dst = get32(ip + 16);
	const uint8_t *icmp = ip + hlen;

	if (p->type == TYPE_BROADCAST || p->type == TYPE_MULTICAST)
		return false;
	if (get16(ip + 6) & 0x1fff)
		return false;
	if (ip[9] == 1 && (from(p, p->nh + hlen) < 4 || is_error(icmp[0])))
		return false;
	if (dst == 0xffffffff || dst >> 28 == 14)
		return false;
	if (src >> 24 == 0 || src >> 24 == 127 || src >> 28 >= 14)
		return false;
	if (has_addr(&x->bad, src) || has_addr(&x->bad, dst))
		return false;
	return x->type != REDIRECT || !find_route(ip, hlen);
}

static int icmp_error(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct icmp_error *x = e->priv;
	uint8_t *ip = at(p, p->nh), old[LONGEST], opt[40];
	size_t have = from(p, p->nh), hlen, quote, opt_len = 0, route;
	uint8_t problem = p->anno[ANNO_PROBLEM];
	uint32_t gateway = get32(p->anno + ANNO_DST);

	(void)port;
	if (have < 20)
		return dropped(o, e, "short");
	if ((ip[0] & 15) < 5)
		return dropped(o, e, "bad-header");
	/* What follows need not be marked, or may be as if this were IPv6. */
	hlen = (ip[0] & 15u) * 4;
	if (hlen < 20 || hlen > have) {
		o->unsure = true;
		return dropped(o, e, NULL);
	}
	if (!may_answer(x, p, ip, hlen))
		return dropped(o, e, "no-icmp");
	memcpy(old, ip, have);
	route = find_route(old, hlen);
	/* A route that is itself the problem does not go back. */
	if (route && x->type == PROBLEM && x->code == 0 && problem >= route &&
	    problem < route + old[route + 1])
		route = 0;
	if (route)
		opt_len = reverse_route(old + route, opt);
	if (20 + opt_len + 8 > x->mtu)
		return dropped(o, e, "headroom");
	quote = x->mtu - 28 - opt_len;
	if (quote > have)
		quote = have;

	fresh_packet(p, 28 + opt_len + quote);
	p->nh = p->off;
	p->th = p->off + 20 + opt_len;
	ip = p->bytes + p->nh;
	ip[0] = (uint8_t)(0x45 + opt_len / 4);
	put16(ip + 2, (uint32_t)length(p));
	put16(ip + 4, ++x->id);
	ip[8] = 200;
	ip[9] = 1;
	put32(ip + 12, x->src);
	memcpy(ip + 16, old + 12, 4);
	memcpy(ip + 20, opt, opt_len);
	ip_sum(ip, 20 + opt_len);
	ip += 20 + opt_len;
	ip[0] = (uint8_t)x->type;
	ip[1] = (uint8_t)x->code;
	if (x->type == UNREACHABLE && x->code == 4)
		put16(ip + 6, x->pmtu);
	else if (x->type == REDIRECT)
		put32(ip + 4, gateway);
	else if (x->type == PROBLEM && x->code == 0)
		ip[4] = problem;
	memcpy(ip + 8, old, quote);
	put16(ip + 2, (uint16_t)~ones_sum(ip, 8 + quote, 0));
	memcpy(p->anno + ANNO_DST, old + 12, 4);
	p->anno[ANNO_FIX] = x->fix;
	return 0;
}

/* ---- ICMPPingResponder -----------------------------------------------------------------------*/

static int ping(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint8_t *ip = at(p, p->nh), *icmp = at(p, p->th);
	size_t left = from(p, p->th);
	uint8_t addr[4];

	(void)port;
	if (from(p, p->nh) < 20 || p->th == UNSET || ip[9] != 1)
		return out_or_drop(o, e, 1, "no-match");
	if (left < 8 || icmp[0] != 8)
		return out_or_drop(o, e, 1, "no-match");
	if (get16(ip + 6) & 0x3fff)
		return out_or_drop(o, e, 1, "fragment");
	memcpy(addr, ip + 12, 4);
	memcpy(ip + 12, ip + 16, 4);
	memcpy(ip + 16, addr, 4);
	memcpy(p->anno + ANNO_DST, addr, 4);
	change_sum(ip + 10, get16(ip + 8), (uint16_t)(0xff00 | ip[9]));
	change_sum(ip + 10, get16(ip + 6), 0);
	ip[8] = 255;
	put16(ip + 6, 0);
	if (ones_sum(icmp, left, 0) == 0xffff) {
		put32(icmp, 0);
		put16(icmp + 2, (uint16_t)~ones_sum(icmp, left, 0));
	} else {
		change_sum(icmp + 2, get16(icmp), 0);
		put16(icmp, 0);
	}
	p->anno[ANNO_PAINT] = 0;
	return 0;
}

/* ---- CheckICMPHeader -------------------------------------------------------------------------*/

struct check {
	uint64_t why[3];
};

static void check_conf(struct oconf *c)
{
	bool ignored;

	conf_bool(c, "VERBOSE", false, &ignored);
	conf_bool(c, "DETAILS", false, &ignored);
}

static int check_icmp(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct check *k = e->priv;
	const uint8_t *ip = at(p, p->nh), *icmp = at(p, p->th);
	size_t len = from(p, p->th);
	const char *reason = NULL;
	int why = 1;

	(void)port;
	if (from(p, p->nh) < 20 || ip[9] != 1) {
		why = 0;
		reason = "no-match";
	} else if (len < 8) {
		reason = "short";
	} else if ((is_error(icmp[0]) && len < 36) ||
		   ((icmp[0] == 13 || icmp[0] == 14) && len != 20) ||
		   ((icmp[0] == 15 || icmp[0] == 16) && len != 8)) {
		reason = "bad-header";
	} else if (ones_sum(icmp, len, 0) != 0xffff) {
		why = 2;
		reason = "bad-checksum";
	}
	if (!reason)
		return 0;
	k->why[why]++;
	e->drops++;
	return out_or_drop(o, e, 1, reason);
}

static const char *check_read(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	static const char *const names[] = {"not ICMP", "bad packet length", "bad ICMP checksum"};
	struct check *k = e->priv;

	if (i != 1) {
		(void)o;
		return READ_ONE(i, "drops", out, "%llu", e->drops);
	}
	for (size_t n = 0; n < 3; n++)
		fprintf(out, "%llu\t%s\n", (unsigned long long)k->why[n], names[n]);
	return "drop_details";
}

const struct oclass icmp_classes[] = {
	{.names = "ICMPError",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = sizeof(struct icmp_error),
	 .configure = error_conf,
	 .push = icmp_error,
	 .remembers = true},
	{.names = "ICMPPingResponder", .ports = "1/1-2", .processing = "a/ah", .push = ping},
	{.names = "CheckICMPHeader",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct check),
	 .configure = check_conf,
	 .push = check_icmp,
	 .read = check_read},
	{0},
};
