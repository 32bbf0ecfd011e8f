// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's route tables: all routes are looked at, the longest that holds the address counts.
 */
#include <stdlib.h>

#include "tests/oracle/oracle_int.h"

#define MAX_ROUTES 1024

struct route {
	uint32_t ip, mask, gateway;
	int port;
};
struct routes {
	uint32_t n;
	struct route list[MAX_ROUTES];
};

static bool parse_route(const char *text, struct route *r)
{
	char prefix[64], second[64], third[64];
	int64_t port;

	*r = (struct route){0};
	if (!conf_word(&text, prefix, sizeof(prefix)) ||
	    !conf_word(&text, second, sizeof(second)) || !parse_prefix(prefix, &r->ip, &r->mask))
		return false;
	if (conf_word(&text, third, sizeof(third))) {
		if (strcmp(second, "-") && !parse_ip(second, &r->gateway))
			return false;
		strcpy(second, third);
	}
	if (!parse_num(second, &port))
		return false;
	r->ip &= r->mask;
	r->port = (int)port;
	return true;
}

static struct route *find_route(struct routes *t, const struct route *r)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (t->list[i].ip == r->ip && t->list[i].mask == r->mask)
			return &t->list[i];
	return NULL;
}

static void routes_conf(struct oconf *c)
{
	struct routes *t = c->e->priv;
	const char *text;
	bool ignored;

	conf_bool(c, "MAP", false, &ignored);
	while ((text = conf_next(c))) {
		struct route r;

		if (t->n == MAX_ROUTES || !parse_route(text, &r)) {
			conf_fail(c, "'%s' is no route", text);
			return;
		}
		if (!find_route(t, &r))
			t->list[t->n++] = r;
	}
}

static const struct route *longest(const struct routes *t, uint32_t ip)
{
	const struct route *best = NULL;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct route *r = &t->list[i];

		if ((ip & r->mask) == r->ip && (!best || r->mask > best->mask))
			best = r;
	}
	return best;
}

static int look_up(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	const struct route *best = longest(e->priv, get32(p->anno + ANNO_DST));

	(void)port;
	if (!best)
		return dropped(o, e, "no-route");
	if (best->gateway)
		put32(p->anno + ANNO_DST, best->gateway);
	return best->port;
}

static void put_ip(FILE *out, uint32_t ip)
{
	fprintf(out, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
}

static enum oracle_handled routes_ask(struct oracle *o, struct oel *e, const char *handler,
				      const char *args, FILE *out)
{
	const struct route *best;
	uint32_t ip;

	(void)o;
	if (strcmp(handler, "lookup"))
		return ORACLE_SILENT;
	if (!parse_ip(args, &ip))
		return ORACLE_REFUSED;
	best = longest(e->priv, ip);
	fprintf(out, "%d", best ? best->port : -1);
	if (best && best->gateway) {
		fputc(' ', out);
		put_ip(out, best->gateway);
	}
	return ORACLE_DONE;
}

/* A line each: prefix, gateway, output. */
static const char *routes_read(struct oracle *o, struct oel *e, size_t i, FILE *out)
{
	const struct routes *t = e->priv;

	(void)o;
	if (i)
		return NULL;
	for (uint32_t k = 0; k < t->n; k++) {
		const struct route *r = &t->list[k];

		put_ip(out, r->ip);
		fprintf(out, "/%d ", r->mask ? 32 - __builtin_ctz(r->mask) : 0);
		if (r->gateway)
			put_ip(out, r->gateway);
		else
			fputc('-', out);
		fprintf(out, " %d\n", r->port);
	}
	return "table";
}

static enum oracle_handled routes_write(struct oracle *o, struct oel *e, const char *handler,
					const char *value)
{
	struct routes *t = e->priv;
	struct route r, *have;
	bool whole = parse_route(value, &r);

	(void)o;
	if (!strcmp(handler, "flush")) {
		t->n = 0;
		return ORACLE_DONE;
	}
	if (!strcmp(handler, "remove")) {
		if (!whole && !parse_prefix(value, &r.ip, &r.mask))
			return ORACLE_REFUSED;
		r.ip &= r.mask;
		have = find_route(t, &r);
		if (!have || (whole && (have->port != r.port || have->gateway != r.gateway)))
			return ORACLE_REFUSED;
		memmove(have, have + 1, (size_t)(t->list + --t->n - have) * sizeof(*have));
		return ORACLE_DONE;
	}
	if (strcmp(handler, "add") && strcmp(handler, "set"))
		return ORACLE_SILENT;
	if (!whole || r.port < 0 || (unsigned int)r.port >= e->n_out || t->n == MAX_ROUTES)
		return ORACLE_REFUSED;
	have = find_route(t, &r);
	if (have && *handler == 'a')
		return ORACLE_REFUSED;
	if (!have)
		have = &t->list[t->n++];
	*have = r;
	return ORACLE_DONE;
}

const struct oclass route_classes[] = {
	{.names = "RadixIPLookup DirectIPLookup RangeIPLookup LinearIPLookup SortedIPLookup "
		  "StaticIPLookup LookupIPRoute",
	 .ports = "1/-",
	 .processing = "h",
	 .priv_size = sizeof(struct routes),
	 .configure = routes_conf,
	 .push = look_up,
	 .read = routes_read,
	 .write = routes_write,
	 .ask = routes_ask},
	{0},
};
