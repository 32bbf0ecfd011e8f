// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's IPv6 header classes and route table (RFC 8200). */
#include <arpa/inet.h>
#include <stdlib.h>

#include "tests/oracle/oracle_int.h"

#define MAX_ROUTES 256

/* ---- CheckIP6Header, MarkIP6Header -----------------------------------------------------------*/

struct check {
	uint32_t offset, n;
	uint8_t bad[16][16];
};

static void check_conf(struct oconf *c)
{
	struct check *k = c->e->priv;
	const char *text = conf_take(c, "BADADDRS", true);
	char word[64];

	while (text && conf_word(&text, word, sizeof(word)))
		if (k->n == COUNT(k->bad) || !parse_ip6(word, k->bad[k->n++]))
			conf_fail(c, "BADADDRS: '%s'", word);
	conf_num(c, "OFFSET", true, &k->offset);
}

static int check_ip6(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct check *k = e->priv;
	size_t where = p->off + k->offset;
	size_t left = length(p) > k->offset ? length(p) - k->offset : 0;
	uint8_t *ip = at(p, where);
	const char *why = NULL;

	(void)port;
	if (left < 40)
		why = "short";
	else if (ip[0] >> 4 != 6 || get16(ip + 4) > left - 40)
		why = "bad-header";
	else if (ip[8] == 0xff)
		why = "bad-address";
	for (uint32_t i = 0; !why && i < k->n; i++)
		if (!memcmp(k->bad[i], ip + 8, 16))
			why = "bad-address";
	if (why) {
		e->drops++;
		return out_or_drop(o, e, 1, why);
	}
	p->nh = where;
	p->th = where + 40;
	p->end = where + 40 + get16(ip + 4);
	return 0;
}

static const char *read_drops(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	(void)o;
	return READ_ONE(i, "drops", out, "%llu", e->drops);
}

static void number_conf(struct oconf *c)
{
	conf_num(c, "NUMBER", true, c->e->priv);
}

static int mark_ip6(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)o;
	(void)port;
	p->nh = p->off + *(uint32_t *)e->priv;
	p->th = p->nh + 40;
	return 0;
}

/* ---- Headers ---------------------------------------------------------------------------------*/

static int dec_hlim(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint8_t *ip = at(p, p->nh);

	(void)port;
	if (from(p, p->nh) < 40)
		return dropped(o, e, "short");
	if (ip[7] <= 1) {
		e->drops++;
		return out_or_drop(o, e, 1, "ttl");
	}
	ip[7]--;
	return 0;
}

static int set_dscp(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint8_t *ip = at(p, p->nh);

	(void)port;
	if (from(p, p->nh) < 40)
		return dropped(o, e, "short");
	put16(ip, (get16(ip) & 0xf03fu) | *(uint32_t *)e->priv << 6);
	return 0;
}

static void swap(uint8_t *a, uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t was = a[i];

		a[i] = b[i];
		b[i] = was;
	}
}

static int mirror(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint8_t *ip = at(p, p->nh);

	(void)port;
	if (from(p, p->nh) < 40)
		return dropped(o, e, "short");
	swap(ip + 8, ip + 24, 16);
	if ((ip[6] == 6 || ip[6] == 17) && from(p, p->nh) >= 48)
		swap(ip + 40, ip + 42, 2);
	return 0;
}

static int fragmenter(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	size_t len = p->nh == UNSET ? length(p) : from(p, p->nh);

	(void)port;
	if (len <= *(uint32_t *)e->priv)
		return 0;
	e->drops++;
	return out_or_drop(o, e, 1, "fragment");
}

/* ---- The destination address annotation ------------------------------------------------------*/

static int get_address(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	uint32_t offset = *(uint32_t *)e->priv;

	(void)port;
	if (length(p) < (uint64_t)offset + 16)
		return dropped(o, e, "short");
	memcpy(p->anno + ANNO_DST, p->bytes + p->off + offset, 16);
	return 0;
}

static void set_address_conf(struct oconf *c)
{
	const char *text = conf_take(c, "IPADDR", true);

	if (!text || !parse_ip6(text, c->e->priv))
		conf_fail(c, "no address");
}

static int set_address(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	(void)o;
	(void)port;
	memcpy(p->anno + ANNO_DST, e->priv, 16);
	return 0;
}

/* ---- LookupIP6Route --------------------------------------------------------------------------*/

struct route {
	uint8_t ip[16], gateway[16];
	unsigned int len;
	int port;
};
struct routes {
	uint32_t n;
	struct route list[MAX_ROUTES];
};

static bool has_gateway(const struct route *r)
{
	static const uint8_t none[16];

	return memcmp(r->gateway, none, 16);
}

static bool parse_route(const char *text, struct route *r, bool *bare)
{
	char prefix[80], second[64], third[64];
	int64_t port;

	memset(r, 0, sizeof(*r));
	if (!conf_word(&text, prefix, sizeof(prefix)) || !parse_prefix6(prefix, r->ip, &r->len))
		return false;
	*bare = !conf_word(&text, second, sizeof(second));
	if (*bare)
		return true;
	if (conf_word(&text, third, sizeof(third))) {
		if (strcmp(second, "-") && !parse_ip6(second, r->gateway))
			return false;
		strcpy(second, third);
	}
	if (!parse_num(second, &port))
		return false;
	r->port = (int)port;
	return true;
}

static struct route *find_route(struct routes *t, const struct route *r)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (t->list[i].len == r->len && !memcmp(t->list[i].ip, r->ip, 16))
			return &t->list[i];
	return NULL;
}

static void routes_conf(struct oconf *c)
{
	struct routes *t = c->e->priv;
	const char *text;

	while ((text = conf_next(c))) {
		struct route r, *have;
		bool bare;

		if (t->n == MAX_ROUTES || !parse_route(text, &r, &bare) || bare) {
			conf_fail(c, "'%s' is no route", text);
			return;
		}
		have = find_route(t, &r);
		*(have ? have : &t->list[t->n++]) = r;
	}
}

static const struct route *longest(const struct routes *t, const uint8_t ip[16])
{
	const struct route *best = NULL;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct route *r = &t->list[i];

		if (in_prefix6(ip, r->ip, r->len) && (!best || r->len > best->len))
			best = r;
	}
	return best;
}

static int look_up(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	const struct route *best = longest(e->priv, p->anno + ANNO_DST);

	(void)port;
	if (!best)
		return dropped(o, e, "no-route");
	if (has_gateway(best))
		memcpy(p->anno + ANNO_DST, best->gateway, 16);
	return best->port;
}

static enum oracle_handled routes_ask(struct oracle *o, struct oel *e, const char *handler,
				      const char *args, FILE *out)
{
	const struct route *best;
	char text[INET6_ADDRSTRLEN];
	uint8_t ip[16];

	(void)o;
	if (strcmp(handler, "lookup"))
		return ORACLE_SILENT;
	if (!parse_ip6(args, ip))
		return ORACLE_REFUSED;
	best = longest(e->priv, ip);
	fprintf(out, "%d", best ? best->port : -1);
	if (best && has_gateway(best))
		fprintf(out, " %s", inet_ntop(AF_INET6, best->gateway, text, sizeof(text)));
	return ORACLE_DONE;
}

static enum oracle_handled routes_write(struct oracle *o, struct oel *e, const char *handler,
					const char *value)
{
	struct routes *t = e->priv;
	struct route r, *have;
	bool bare = false;

	(void)o;
	if (!strcmp(handler, "flush")) {
		t->n = 0;
		return ORACLE_DONE;
	}
	if (!parse_route(value, &r, &bare))
		return ORACLE_REFUSED;
	have = find_route(t, &r);
	if (!strcmp(handler, "remove")) {
		if (!have ||
		    (!bare && (have->port != r.port || memcmp(have->gateway, r.gateway, 16))))
			return ORACLE_REFUSED;
		memmove(have, have + 1, (size_t)(t->list + --t->n - have) * sizeof(*have));
		return ORACLE_DONE;
	}
	if (strcmp(handler, "add") && strcmp(handler, "set"))
		return ORACLE_SILENT;
	if (bare || r.port < 0 || (unsigned int)r.port >= e->n_out || t->n == MAX_ROUTES)
		return ORACLE_REFUSED;
	if (!have)
		have = &t->list[t->n++];
	*have = r;
	return ORACLE_DONE;
}

#define NUMBER .processing = "a", .priv_size = sizeof(uint32_t), .configure = number_conf

const struct oclass ip6_classes[] = {
	{.names = "CheckIP6Header",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .priv_size = sizeof(struct check),
	 .configure = check_conf,
	 .push = check_ip6,
	 .read = read_drops},
	{.names = "MarkIP6Header", .ports = "1/1", NUMBER, .push = mark_ip6},
	{.names = "DecIP6HLIM",
	 .ports = "1/1-2",
	 .processing = "a/ah",
	 .push = dec_hlim,
	 .read = read_drops},
	{.names = "SetIP6DSCP", .ports = "1/1", NUMBER, .push = set_dscp},
	{.names = "IP6Mirror", .ports = "1/1", .processing = "a", .push = mirror},
	{.names = "IP6Fragmenter",
	 .ports = "1/1-2",
	 .processing = "h",
	 .priv_size = sizeof(uint32_t),
	 .configure = number_conf,
	 .push = fragmenter,
	 .read = read_drops},
	{.names = "GetIP6Address", .ports = "1/1", NUMBER, .push = get_address},
	{.names = "SetIP6Address",
	 .ports = "1/1",
	 .processing = "a",
	 .priv_size = 16,
	 .configure = set_address_conf,
	 .push = set_address},
	{.names = "LookupIP6Route",
	 .ports = "1/-",
	 .processing = "h",
	 .priv_size = sizeof(struct routes),
	 .configure = routes_conf,
	 .push = look_up,
	 .write = routes_write,
	 .ask = routes_ask},
	{0},
};
