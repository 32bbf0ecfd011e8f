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
	if (!next_word(&text, prefix, sizeof(prefix)) ||
	    !next_word(&text, second, sizeof(second)) || !parse_prefix(prefix, &r->ip, &r->mask))
		return false;
	if (next_word(&text, third, sizeof(third))) {
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

static void routes_conf(struct oconf *c)
{
	struct routes *t = c->e->priv;
	const char *text;

	while ((text = conf_next(c))) {
		struct route r;
		bool there = false;

		if (t->n == MAX_ROUTES || !parse_route(text, &r)) {
			conf_fail(c, "'%s' is no route", text);
			return;
		}
		for (uint32_t i = 0; i < t->n; i++)
			there |= t->list[i].ip == r.ip && t->list[i].mask == r.mask;
		if (!there)
			t->list[t->n++] = r;
	}
}

static int look_up(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	const struct routes *t = e->priv;
	const struct route *best = NULL;
	uint32_t ip = get32(p->anno + ANNO_DST);

	(void)port;
	for (uint32_t i = 0; i < t->n; i++) {
		const struct route *r = &t->list[i];

		if ((ip & r->mask) == r->ip && (!best || r->mask > best->mask))
			best = r;
	}
	if (!best)
		return dropped(o, e, "no-route");
	if (best->gateway)
		put32(p->anno + ANNO_DST, best->gateway);
	return best->port;
}

const struct oclass route_classes[] = {
	{.names = "RadixIPLookup DirectIPLookup RangeIPLookup LinearIPLookup SortedIPLookup "
		  "StaticIPLookup LookupIPRoute",
	 .ports = "1/-",
	 .processing = "h",
	 .priv_size = sizeof(struct routes),
	 .configure = routes_conf,
	 .push = look_up},
	{0},
};
