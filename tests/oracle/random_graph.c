// SPDX-License-Identifier: GPL-2.0-only
/* Random graphs as such: elements and connections, and the text they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/random_graph.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

uint32_t pick(struct draw *r, uint32_t n)
{
	r->state = r->state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(r->state >> 33) % n;
}

/* Inputs that must be connected, whatever is in front of them. */
static unsigned int inputs_of(const char *text)
{
	if (!strncmp(text, "ARPQuerier", 10) || !strncmp(text, "IP6NDSolicitor", 14))
		return 2;
	return strncmp(text, "FromDevice", 10) && !strstr(text, "IPMapper(") &&
	       !strstr(text, "HashMapper(");
}

int rg_add(struct rgraph *g, struct draw *r, const char *name, const char *text, unsigned int outs)
{
	if (g->n == RG_ELEMS)
		abort();
	if (name)
		snprintf(g->e[g->n].name, sizeof(g->e[0].name), "%s", name);
	else
		snprintf(g->e[g->n].name, sizeof(g->e[0].name), "e%u", g->n);
	g->e[g->n].inputs = inputs_of(text);
	g->e[g->n].text = rg_expand(r, text, outs);
	return (int)g->n++;
}

void rg_connect(struct rgraph *g, unsigned int from, unsigned int from_port, unsigned int to,
		unsigned int to_port)
{
	if (g->n_conns == RG_CONNS)
		abort();
	if (to_port >= g->e[to].inputs)
		g->e[to].inputs = to_port + 1;
	g->c[g->n_conns++] = (struct rg_conn){from, from_port, to, to_port};
}

unsigned int rg_then(struct rg_chain *c, const char *name, const char *text, unsigned int outs)
{
	unsigned int e = (unsigned int)rg_add(c->g, c->r, name, text, outs);

	rg_connect(c->g, c->at, c->port, e, 0);
	c->at = e;
	c->port = 0;
	return e;
}

void rg_lead(struct rg_chain *c, unsigned int to, unsigned int to_port)
{
	rg_connect(c->g, c->at, c->port, to, to_port);
}

void rg_maybe_look(struct rg_chain *c)
{
	static const char *const looks[] = {"Counter", "Null", "Print(x, CONTENTS NONE)",
					    "Counter"};

	if (once_in(c->r, 4))
		rg_then(c, NULL, looks[pick(c->r, 4)], 1);
}

int rg_find(const struct rgraph *g, const char *name)
{
	for (unsigned int i = 0; i < g->n; i++)
		if (!strcmp(g->e[i].name, name))
			return (int)i;
	return -1;
}

/* Elements there are with those inside of compounds. */
static unsigned int flat_size(const struct rgraph *g)
{
	unsigned int n = g->n;

	for (unsigned int i = 0; i < g->n; i++)
		if (!strncmp(g->e[i].text, "IPOutputCombo", 13))
			n += 5;
	return n;
}

struct rgraph *rg_random(uint64_t seed)
{
	static const unsigned int weights[] = {0, 0, 0, 0, 1, 100, 300, 800};
	static const uint16_t heads[] = {32, 32, 32, 0, 8, 28, 44, 64};
	struct draw r = {seed * 0x9e3779b97f4a7c15ull + 1};
	struct rgraph *g = calloc(1, sizeof(*g));

	if (!g)
		abort();
	pick(&r, 2);
	g->head = heads[pick(&r, COUNT(heads))];
	g->max_weight = weights[pick(&r, COUNT(weights))];
	g->quick = pick(&r, 8);
	for (int d = 0; d < RG_DEVS; d++)
		g->ip_link[d] = once_in(&r, 6);
	if (once_in(&r, 3))
		rg_router(g, &r);
	else if (once_in(&r, 6))
		rg_nat(g, &r);
	else
		rg_soup(g, &r);
	/* Small segments, but no more than there may be: an element may be in two of them. */
	if (g->max_weight && g->max_weight < 300 && flat_size(g) > 30)
		g->max_weight = 300;
	return g;
}

struct rgraph *rg_copy(const struct rgraph *g)
{
	struct rgraph *c = malloc(sizeof(*c));

	if (!c)
		abort();
	*c = *g;
	for (unsigned int i = 0; i < g->n; i++)
		c->e[i].text = g->e[i].text ? strdup(g->e[i].text) : NULL;
	return c;
}

void rg_free(struct rgraph *g)
{
	for (unsigned int i = 0; g && i < g->n; i++)
		free(g->e[i].text);
	free(g);
}

unsigned int rg_size(const struct rgraph *g)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < g->n; i++)
		n += g->e[i].text != NULL;
	return n;
}

/* An input nothing leads to gets an Idle: what was made smaller may have such. */
static void feed(const struct rgraph *g, unsigned int e, FILE *f)
{
	unsigned int inputs = g->e[e].inputs;

	for (unsigned int port = 0; port < inputs; port++) {
		bool fed = false;

		for (unsigned int i = 0; i < g->n_conns; i++)
			fed |= g->c[i].to == e && g->c[i].to_port == port;
		if (!fed)
			fprintf(f, "Idle -> [%u]%s;\n", port, g->e[e].name);
	}
}

char *rg_text(const struct rgraph *g)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	for (unsigned int i = 0; i < g->n; i++)
		if (g->e[i].text)
			fprintf(f, "%s :: %s;\n", g->e[i].name, g->e[i].text);
	for (unsigned int i = 0; i < g->n_conns; i++) {
		const struct rg_conn *c = &g->c[i];

		fprintf(f, "%s[%u] -> [%u]%s;\n", g->e[c->from].name, c->from_port, c->to_port,
			g->e[c->to].name);
	}
	for (unsigned int i = 0; i < g->n; i++)
		if (g->e[i].text)
			feed(g, i, f);
	fclose(f);
	return text;
}
