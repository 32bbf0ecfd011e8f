// SPDX-License-Identifier: GPL-2.0-only
/*
 * Elements thrown together: each is put behind an open end at which packets are what the element is
 * for, most of the time; what is left open leaves, ends, or goes back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/random_graph.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct end {
	unsigned int elem, port;
	char what;
};
struct ends {
	struct end list[RG_CONNS];
	unsigned int n;
};

static bool fits(const struct rg_kind *k, char what)
{
	if (what == 'n')
		what = 'i';
	return k->from == '*' || k->from == what;
}

/* In graphs about IPv6 packets are taken for that, most of the time. */
static bool likely(const struct rgraph *g, struct draw *r, const struct rg_kind *k, char what)
{
	return !g->ip6 || what != 'r' || strchr(k->to, '6') || once_in(r, 6);
}

static const struct rg_kind *any_kind(const struct rgraph *g, struct draw *r)
{
	const struct rg_kind *list = g->strange && once_in(r, 4) ? rg_strange : rg_kinds;
	uint32_t n = 0;

	while (list[n].text)
		n++;
	return &list[pick(r, n)];
}

/* One that tests bytes: of several in a row, what one has found is known to the next. */
static const struct rg_kind *any_decider(struct draw *r)
{
	static const char *const names[] = {"Classifier(", "IPClassifier(", "IPFilter("};
	uint32_t n = 0;

	while (rg_kinds[n].text)
		n++;
	for (;;) {
		const struct rg_kind *k = &rg_kinds[pick(r, n)];

		for (size_t i = 0; i < COUNT(names); i++)
			if (!strncmp(k->text, names[i], strlen(names[i])))
				return k;
	}
}

static void add_kind(struct rgraph *g, struct draw *r, struct ends *ends)
{
	unsigned int k = pick(r, ends->n), tries = 0;
	struct end end = ends->list[k];
	const struct rg_kind *kind;
	bool wild = once_in(r, 40);
	unsigned int e;

	do {
		kind = g->deciders && once_in(r, 2) ? any_decider(r) : any_kind(g, r);
	} while (!wild && !(fits(kind, end.what) && likely(g, r, kind, end.what)) &&
		 ++tries < 10000);
	ends->list[k] = ends->list[--ends->n];
	e = (unsigned int)rg_add(g, r, NULL, kind->text, (unsigned int)strlen(kind->to));
	rg_connect(g, end.elem, end.port, e, 0);
	for (unsigned int o = 0; kind->to[o]; o++)
		ends->list[ends->n++] =
			(struct end){e, o, kind->to[o] == '*' ? end.what : kind->to[o]};
}

/* An element whose input 0 an IP packet may go back to, or -1. */
static int way_back(struct rgraph *g, struct draw *r)
{
	static const char *const names[] = {"StaticIPLookup", "RadixIPLookup", "LinearIPLookup",
					    "DecIPTTL",	      "IPFilter",      "Paint("};

	for (int tries = 0; tries < 30; tries++) {
		unsigned int e = pick(r, g->n);

		for (size_t i = 0; i < COUNT(names); i++)
			if (!strncmp(g->e[e].text, names[i], strlen(names[i])))
				return (int)e;
	}
	return -1;
}

/* Where an end leads that nothing was put behind. */
static void close_end(struct rgraph *g, struct draw *r, struct end end, const unsigned int *devs,
		      const int *queriers, const int *solicitors)
{
	unsigned int d = pick(r, RG_DEVS), to = devs[d], to_port = 0, encap;
	bool ip = end.what == 'i' || end.what == 'r' || end.what == 'n';
	int back = once_in(r, end.what == 'n' ? 2 : 50) ? way_back(g, r) : -1;

	if (back >= 0) {
		to = (unsigned int)back;
	} else if (once_in(r, 6)) {
		to = (unsigned int)rg_find(g, "d");
	} else if (once_in(r, 30)) {
		to = (unsigned int)rg_find(g, "h");
	} else if ((end.what == 'e' || end.what == '6') && solicitors[d] >= 0 && pick(r, 3)) {
		to = (unsigned int)solicitors[d];
		to_port = end.what == 'e';
	} else if (end.what == '6' && pick(r, 5)) {
		encap = (unsigned int)rg_add(g, r, NULL, "EtherEncap(0x86dd, %e, %e)", 1);
		rg_connect(g, encap, 0, to, 0);
		to = encap;
	} else if (end.what == 'e' && queriers[d] >= 0 && once_in(r, 2)) {
		to = (unsigned int)queriers[d];
		to_port = 1;
	} else if (ip && queriers[d] >= 0 && pick(r, 3)) {
		to = (unsigned int)queriers[d];
	} else if (ip && pick(r, 5)) {
		encap = (unsigned int)rg_add(g, r, NULL, "EtherEncap(0x0800, %e, %e)", 1);
		rg_connect(g, encap, 0, to, 0);
		to = encap;
	}
	rg_connect(g, end.elem, end.port, to, to_port);
}

void rg_soup(struct rgraph *g, struct draw *r)
{
	unsigned int n = 3 + pick(r, 30), devs[RG_DEVS];
	struct ends *ends = calloc(1, sizeof(*ends));
	int queriers[RG_DEVS], solicitors[RG_DEVS];
	char text[64];

	if (!ends)
		abort();
	g->ip6 = once_in(r, 3);
	g->strange = once_in(r, 8);
	g->deciders = once_in(r, 4);
	for (unsigned int d = 0; d < RG_DEVS; d++) {
		snprintf(text, sizeof(text), "ToDevice(eth%u)", d);
		devs[d] = (unsigned int)rg_add(g, r, NULL, text, 0);
		queriers[d] = solicitors[d] = -1;
		if (g->ip6 && once_in(r, 2)) {
			snprintf(text, sizeof(text), "IP6NDSolicitor(fd00:0:0:%x::1, 2:0:0:0:0:%x)",
				 d, d);
			solicitors[d] = rg_add(g, r, NULL, text, 1);
			rg_connect(g, (unsigned int)solicitors[d], 0, devs[d], 0);
			if (once_in(r, 2))
				rg_connect(g, (unsigned int)solicitors[d], 1, devs[pick(r, d + 1)],
					   0);
		}
		if (once_in(r, 4)) {
			snprintf(text, sizeof(text), "ARPQuerier(10.0.%u.1%s, 2:0:0:0:0:%x)", d,
				 once_in(r, 2) ? "/24" : "", d);
			queriers[d] = rg_add(g, r, NULL, text, 1);
			rg_connect(g, (unsigned int)queriers[d], 0, devs[d], 0);
			if (once_in(r, 2))
				rg_connect(g, (unsigned int)queriers[d], 1, devs[pick(r, d + 1)],
					   0);
		}
	}
	rg_add(g, r, "d", "Discard", 0);
	rg_add(g, r, "h", "ToHost", 0);
	for (unsigned int d = 0; d < RG_DEVS - 1; d++) {
		bool force = once_in(r, 6);

		snprintf(text, sizeof(text), "FromDevice(eth%u%s)", d,
			 force ? ", FORCE_IP true" : "");
		ends->list[ends->n++] = (struct end){(unsigned int)rg_add(g, r, NULL, text, 0), 0,
						     force ? 'm' : 'e'};
	}
	for (unsigned int i = 0; i < n && ends->n; i++)
		add_kind(g, r, ends);
	while (ends->n) {
		ends->n--;
		close_end(g, r, ends->list[ends->n], devs, queriers, solicitors);
	}
	free(ends);
}
