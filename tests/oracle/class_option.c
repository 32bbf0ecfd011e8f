// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's IP options: IPGWOptions (RFC 791 3.1, RFC 1122 3.2.1.8). */
#include "tests/oracle/oracle_int.h"

struct gateway {
	uint32_t me;
	struct addrs others;
};

static void gateway_conf(struct oconf *c)
{
	struct gateway *g = c->e->priv;
	const char *text;

	conf_ip(c, "MYADDR", true, &g->me);
	text = conf_take(c, "OTHERADDRS", true);
	if (text && !parse_addrs(text, &g->others))
		conf_fail(c, "OTHERADDRS: '%s'", text);
}

static uint32_t time_of_day(struct oracle *o)
{
	return (uint32_t)(o->now_ns / 1000000 % 86400000) | 0x80000000u;
}

/* Both return the offset in the option of what is wrong, or 0. */
static size_t record_route(const struct gateway *g, uint8_t *opt)
{
	size_t len = opt[1], ptr;

	if (len < 3)
		return 1;
	ptr = opt[2];
	if (ptr < 4)
		return 2;
	if (ptr > len)
		return 0;
	if (ptr + 3 > len)
		return 2;
	put32(opt + ptr - 1, g->me);
	opt[2] = (uint8_t)(ptr + 4);
	return 0;
}

static size_t timestamp(struct oracle *o, const struct gateway *g, uint8_t *opt)
{
	size_t len = opt[1], ptr, flag, entry;

	if (len < 4)
		return 1;
	ptr = opt[2];
	flag = opt[3] & 15;
	entry = flag ? 8 : 4;
	if (ptr < 5)
		return 2;
	if (flag != 0 && flag != 1 && flag != 3)
		return 3;
	if (ptr > len) {
		if (opt[3] >> 4 == 15)
			return 3;
		opt[3] = (uint8_t)(opt[3] + 16);
		return 0;
	}
	if (ptr - 1 + entry > len)
		return 2;
	if (flag == 1)
		put32(opt + ptr - 1, g->me);
	if (flag == 3 && get32(opt + ptr - 1) != g->me &&
	    !has_addr(&g->others, get32(opt + ptr - 1)))
		return 0;
	put32(opt + ptr - 1 + entry - 4, time_of_day(o));
	opt[2] = (uint8_t)(ptr + entry);
	return 0;
}

/* The offset in the header of the bad byte, or 0. */
static size_t options(struct oracle *o, const struct gateway *g, uint8_t *ip, size_t hlen,
		      bool *acted)
{
	unsigned int n = 0;

	for (size_t i = 20; i < hlen && ip[i];) {
		size_t bad = 0;

		if (ip[i] == 1) {
			i++;
			continue;
		}
		if (i + 1 >= hlen || ip[i + 1] < 2 || i + ip[i + 1] > hlen)
			return i + 1;
		if (ip[i] == 7 || ip[i] == 68) {
			if (n++ < 2) {
				*acted = true;
				bad = ip[i] == 7 ? record_route(g, ip + i)
						 : timestamp(o, g, ip + i);
			}
		}
		if (bad)
			return i + bad;
		i += ip[i + 1];
	}
	return 0;
}

static int gateway(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint8_t *ip = at(p, p->nh);
	size_t hlen = (size_t)(ip[0] & 15) * 4, bad;
	bool acted = false;

	(void)port;
	if (from(p, p->nh) < 20)
		return dropped(o, e, "short");
	if (hlen > from(p, p->nh)) {
		o->unsure = true;
		return dropped(o, e, NULL);
	}
	bad = options(o, e->priv, ip, hlen, &acted);
	if (acted)
		ip_sum(ip, hlen);
	if (!bad)
		return 0;
	e->drops++;
	p->anno[ANNO_PROBLEM] = (uint8_t)bad;
	return out_or_drop(o, e, 1, "bad-options");
}

static const char *read_drops(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	(void)o;
	return READ_ONE(i, "drops", out, "%llu", e->drops);
}

const struct oclass option_classes[] = {
	{.names = "IPGWOptions",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct gateway),
	 .configure = gateway_conf,
	 .push = gateway,
	 .read = read_drops},
	{0},
};
