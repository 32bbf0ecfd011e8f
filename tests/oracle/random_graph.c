// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random graphs: elements are put behind open ends at which packets are what the element is for,
 * most of the time; what is left open leaves, ends, or goes back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
#include "tests/oracle/random_graph.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

uint32_t pick(struct draw *r, uint32_t n)
{
	r->state = r->state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(r->state >> 33) % n;
}

/* What packets are where an output leads nowhere yet, and what an element wants: e an Ethernet
 * frame, m the same with the IP header known, r an IP packet, i the same with the header known,
 * n one the graph made itself, w anything. '*' is any of them, and in `to` the same as came. */
struct kind {
	const char *text;
	char from;
	const char *to; /* a letter an output */
};

static const struct kind kinds[] = {
	{"Strip(14)", 'e', "r"},
	{"Strip(14)", 'e', "r"},
	{"Strip(14)", 'e', "r"},
	{"CheckIPHeader(14)", 'e', "me"},
	{"MarkIPHeader(14)", 'e', "m"},
	{"EtherMirror", 'e', "e"},
	{"HostEtherFilter(%e)", 'e', "ee"},
	{"HostEtherFilter(%e, true, false)", 'e', "ee"},
	{"HostEtherFilter(%e, DROP_OTHER false)", 'e', "e"},
	{"ARPResponder(%p %e, %a %e)", 'e', "ee"},
	{"ARPResponder(0/0 %e)", 'e', "e"},
	{"Classifier(12/0800, 12/0806, -)", 'e', "eee"},
	{"Classifier(12/0800 23/0?, 12/08%%ff 14/45, !12/08)", 'e', "eee"},
	{"Classifier(%n/45, %n/?0f?%%70f0, -)", '*', "***"},
	{"Strip(14)", 'm', "i"},
	{"StripToNetworkHeader", 'm', "i"},
	{"EtherMirror", 'm', "m"},
	{"CheckIPHeader", 'r', "ir"},
	{"CheckIPHeader", 'r', "i"},
	{"CheckIPHeader(INTERFACES 10.0.0.1/24 10.0.1.1/24)", 'r', "ir"},
	{"CheckIPHeader(BADSRC %a %a, GOODDST %a)", 'r', "ir"},
	{"CheckIPHeader2", 'r', "ir"},
	{"MarkIPHeader", 'r', "w"},
	{"Unstrip(14)", 'r', "e"},
	{"Unstrip(14)", 'i', "m"},
	{"EtherEncap(0x0800, %e, %e)", 'i', "m"},
	{"EtherEncap(0x86dd, %e, %e)", 'i', "e"},
	{"DecIPTTL", 'i', "ii"},
	{"DecIPTTL(MULTICAST false)", 'i', "i"},
	{"IPGWOptions(10.0.0.1, 10.0.1.1 10.0.2.1)", 'i', "ii"},
	{"FixIPSrc(%a)", 'i', "i"},
	{"SetIPChecksum", 'i', "i"},
	{"GetIPAddress(16)", 'i', "i"},
	{"GetIPAddress(IP dst)", 'i', "i"},
	{"GetIPAddress(IP src)", 'i', "i"},
	{"SetIPAddress(%a)", 'i', "i"},
	{"CheckICMPHeader", 'i', "ii"},
	{"ICMPPingResponder", 'i', "ni"},
	{"ICMPError(%a, timeexceeded)", 'i', "n"},
	{"ICMPError(%a, unreachable, needfrag, %a, PMTU %m)", 'i', "n"},
	{"ICMPError(%a, parameterproblem)", 'i', "n"},
	{"ICMPError(%a, redirect, host, MTU 128)", 'i', "n"},
	{"ICMPError(%a, unreachable, port, USE_FIX_ANNO false)", 'i', "n"},
	{"IPFragmenter(%m)", 'i', "ii"},
	{"IPFragmenter(%m, false)", 'i', "ii"},
	{"StripIPHeader", 'i', "w"},
	{"IPRewriter(pattern 10.0.0.1 1000-1003# - - 0 1, TCP_TIMEOUT 5m, TCP_NODATA_TIMEOUT 5m, "
	 "TCP_DONE_TIMEOUT 5m, UDP_TIMEOUT 5m)",
	 'i', "ii"},
	{"IPRewriter(pattern 10.0.1.1 53 10.0.0.2 - 1 0, TCP_TIMEOUT 5m, TCP_NODATA_TIMEOUT 5m, "
	 "TCP_DONE_TIMEOUT 5m, UDP_TIMEOUT 5m)",
	 'i', "ii"},
	{"IPRewriter(keep 0 1, TCP_TIMEOUT 5m, TCP_NODATA_TIMEOUT 5m, TCP_DONE_TIMEOUT 5m, "
	 "UDP_TIMEOUT 5m)",
	 'i', "ii"},
	{"IPRewriter(pass 1, TCP_TIMEOUT 5m, TCP_NODATA_TIMEOUT 5m, TCP_DONE_TIMEOUT 5m, "
	 "UDP_TIMEOUT 5m)",
	 'i', "ii"},
	{"TCPRewriter(pattern - 1000-1003# 10.0.0.3 1001 0 1, TCP_TIMEOUT 5m, TCP_NODATA_TIMEOUT "
	 "5m, TCP_DONE_TIMEOUT 5m)",
	 'i', "ii"},
	{"SetIPDSCP(46)", 'i', "i"},
	{"SetIPECN(2)", 'i', "i"},
	{"MarkIPCE", 'i', "i"},
	{"MarkIPCE(true)", 'i', "i"},
	{"CheckTCPHeader", 'i', "ii"},
	{"CheckUDPHeader", 'i', "ii"},
	{"SetTCPChecksum", 'i', "i"},
	{"SetTCPChecksum(true)", 'i', "i"},
	{"SetUDPChecksum", 'i', "ii"},
	{"VLANEncap(%n)", 'e', "e"},
	{"VLANEncap(ANNO, NATIVE_VLAN 20)", 'e', "e"},
	{"VLANDecap", 'e', "e"},
	{"VLANDecap(false, ETHERTYPE 0x88a8)", 'e', "e"},
	{"EtherVLANEncap(0x0800, %e, %e, %n, 3)", 'i', "e"},
	{"EtherVLANEncap(0x0800, %e, %e, ANNO, NATIVE_VLAN -1)", 'r', "e"},
	{"StripEtherVLANHeader", 'e', "r"},
	{"StripEtherVLANHeader(-1)", 'e', "re"},
	{"SetVLANAnno(%n, 2)", '*', "*"},
	{"EtherRewrite(%e, %e)", 'e', "e"},
	{"EtherRewrite(%e, %e)", '*', "*"},
	{"StoreEtherAddress(%e, src)", 'e', "ee"},
	{"StoreEtherAddress(%e, %n)", 'w', "ww"},
	{"UnstripIPHeader", 'w', "w"},
	{"StaticIPLookup(%r)", 'i', "iii"},
	{"RadixIPLookup(%r)", 'i', "iiii"},
	{"LinearIPLookup(%r)", 'i', "ii"},
	{"IPClassifier(%f, %f, -)", 'i', "iii"},
	{"IPClassifier(%f, %f, %f, %f)", 'i', "iiii"},
	{"IPFilter(deny %f, allow %f, 1 %f, deny %f, allow all)", 'i', "ii"},
	{"IPFilter(allow %f, 1 %f, deny all)", 'i', "ii"},
	{"Paint(%c)", '*', "*"},
	{"Paint(%c, 20)", '*', "*"},
	{"CheckPaint(%c)", '*', "**"},
	{"PaintTee(%c)", '*', "**"},
	{"PaintTee(%c)", '*', "**"},
	{"PaintSwitch", '*', "***"},
	{"PaintSwitch(20)", '*', "**"},
	{"DropBroadcasts", '*', "**"},
	{"DropBroadcasts", '*', "*"},
	{"Counter", '*', "*"},
	{"Counter", '*', "*"},
	{"Print(x, CONTENTS NONE)", '*', "*"},
	{"Null", '*', "*"},
	{"CheckLength(%m)", '*', "**"},
	{"RoundRobinSwitch", '*', "***"},
	{"HashSwitch(%n, 4)", '*', "****"},
	{"HashSwitch(%n, 3)", '*', "***"},
	{"RandomSwitch", '*', "**"},
	{"RandomSample(0.5)", '*', "**"},
	{"Switch(1)", '*', "**"},
	{"StaticSwitch(1)", '*', "**"},
	{"StripToNetworkHeader", 'w', "i"},
	{"Strip(%n)", 'w', "w"},
	{"Unstrip(%n)", 'w', "w"},
	{"CheckIPHeader(%n)", 'w', "ww"},
	{"CheckIPHeader2(%n)", 'w', "ww"},
	{"MarkIPHeader(%n)", 'w', "w"},
	{"SetIPChecksum", 'w', "w"},
	{"GetIPAddress(%n)", 'w', "w"},
	{"EtherEncap(0x4500, 0:20:0:0:0:0, 69:0:0:20:0:0)", 'w', "w"},
};

/* ---- Arguments -------------------------------------------------------------------------------*/

uint32_t rg_address(struct draw *r)
{
	static const uint32_t odd[] = {0,	   0xffffffff, 0x7f000001,
				       0xe0000001, 0xf0000001, 0x0a0000ff};

	switch (pick(r, 12)) {
	case 0:
		return odd[pick(r, COUNT(odd))];
	case 1:
		return 0xc0000200 + pick(r, 256);
	case 2:
		return pick(r, 0x7fffffff) * 2;
	default:
		return 0x0a000000 | pick(r, RG_DEVS) << 8 | pick(r, 8);
	}
}

static void put_address(FILE *f, uint32_t a)
{
	fprintf(f, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

static void put_ether(FILE *f, struct draw *r)
{
	if (once_in(r, 6))
		fprintf(f, "2:0:0:0:1:%x", pick(r, 4));
	else
		fprintf(f, "2:0:0:0:0:%x", pick(r, RG_DEVS));
}

static uint32_t number(struct draw *r)
{
	static const uint32_t usual[] = {0, 14, 14, 20, 28, 34, 40, 54};

	return pick(r, 4) ? usual[pick(r, 8)] : pick(r, 100);
}

static void put_routes(FILE *f, struct draw *r, unsigned int outs)
{
	unsigned int n = 1 + pick(r, 3) * pick(r, 8) + (once_in(r, 8) ? 100 : 0);

	for (unsigned int i = 0; i < n; i++) {
		put_address(f, rg_address(r));
		fprintf(f, "/%u ", once_in(r, 3) ? 24 : pick(r, 33));
		if (once_in(r, 3)) {
			put_address(f, rg_address(r) | 1);
			fputc(' ', f);
		}
		fprintf(f, "%u, ", pick(r, outs));
	}
	if (pick(r, 5))
		fprintf(f, "0.0.0.0/0 %u", pick(r, outs));
	else
		fprintf(f, "10.0.0.0/8 %u", pick(r, outs));
}

static void put_test(FILE *f, struct draw *r)
{
	static const char *const dirs[] = {"", "src ", "dst ", "src and dst ", "src or dst "};
	static const char *const rels[] = {"", "= ", "!= ", "< ", "<= ", "> ", ">= "};
	static const char *const fixed[] = {"tcp",
					    "udp",
					    "icmp",
					    "ip frag",
					    "ip unfrag",
					    "tcp opt syn",
					    "tcp opt ack",
					    "icmp type echo",
					    "icmp type echo-reply",
					    "ip proto 47",
					    "ip vers 4"};
	static const char *const fields[] = {"ttl", "len", "id", "tos", "dscp", "hl"};
	static const char *const protos[] = {"", "tcp ", "udp "};
	uint32_t k;

	switch (pick(r, 5)) {
	case 0:
		fputs(dirs[pick(r, 5)], f);
		fputs("host ", f);
		put_address(f, rg_address(r));
		break;
	case 1:
		fputs(dirs[pick(r, 5)], f);
		fputs("net ", f);
		put_address(f, rg_address(r));
		fprintf(f, "/%u", 8 + pick(r, 24));
		break;
	case 2:
		fprintf(f, "%s%sport %s%u", protos[pick(r, 3)], dirs[pick(r, 5)], rels[pick(r, 7)],
			once_in(r, 3) ? 53 : 1000 + pick(r, 4));
		break;
	case 3:
		k = pick(r, 6);
		fprintf(f, "ip %s %s%u", fields[k], rels[pick(r, 7)], pick(r, k == 5 ? 16 : 64));
		break;
	default:
		fputs(fixed[pick(r, COUNT(fixed))], f);
	}
}

static void put_filter(FILE *f, struct draw *r, int depth)
{
	uint32_t n = 1 + (once_in(r, 2) ? pick(r, 3) : 0);

	for (uint32_t i = 0; i < n; i++) {
		if (i)
			fputs(once_in(r, 2) ? " and " : " or ", f);
		if (once_in(r, 5))
			fputs("not ", f);
		if (depth < 2 && once_in(r, 4)) {
			fputc('(', f);
			put_filter(f, r, depth + 1);
			fputc(')', f);
		} else {
			put_test(f, r);
		}
	}
}

static void put_prefix(FILE *f, struct draw *r)
{
	put_address(f, rg_address(r));
	fprintf(f, "/%u", pick(r, 33));
}

static char *expand(struct draw *r, const char *text, unsigned int outs)
{
	static const uint32_t lengths[] = {60, 100, 576, 1500, 20, 28};
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	if (!f)
		abort();
	for (; *text; text++) {
		if (*text != '%') {
			fputc(*text, f);
			continue;
		}
		switch (*++text) {
		case 'a':
			put_address(f, rg_address(r));
			break;
		case 'p':
			put_prefix(f, r);
			break;
		case 'n':
			fprintf(f, "%u", number(r));
			break;
		case 'c':
			fprintf(f, "%u", pick(r, 4));
			break;
		case 'm':
			fprintf(f, "%u", lengths[pick(r, COUNT(lengths))]);
			break;
		case 'e':
			put_ether(f, r);
			break;
		case 'r':
			put_routes(f, r, outs);
			break;
		case 'f':
			put_filter(f, r, 0);
			break;
		default:
			fputc(*text, f);
		}
	}
	fclose(f);
	return out;
}

/* ---- Building --------------------------------------------------------------------------------*/

int rg_add(struct rgraph *g, struct draw *r, const char *name, const char *text, unsigned int outs)
{
	if (g->n == RG_ELEMS)
		abort();
	if (name)
		snprintf(g->e[g->n].name, sizeof(g->e[0].name), "%s", name);
	else
		snprintf(g->e[g->n].name, sizeof(g->e[0].name), "e%u", g->n);
	g->e[g->n].text = expand(r, text, outs);
	return (int)g->n++;
}

void rg_connect(struct rgraph *g, unsigned int from, unsigned int from_port, unsigned int to,
		unsigned int to_port)
{
	if (g->n_conns == RG_CONNS)
		abort();
	g->c[g->n_conns++] = (struct rg_conn){from, from_port, to, to_port};
}

int rg_find(const struct rgraph *g, const char *name)
{
	for (unsigned int i = 0; i < g->n; i++)
		if (!strcmp(g->e[i].name, name))
			return (int)i;
	return -1;
}

struct end {
	unsigned int elem, port;
	char what;
};
struct ends {
	struct end list[RG_CONNS];
	unsigned int n;
};

static bool fits(const struct kind *k, char what)
{
	if (what == 'n')
		what = 'i';
	return k->from == '*' || k->from == what;
}

static void add_kind(struct rgraph *g, struct draw *r, struct ends *ends)
{
	unsigned int k = pick(r, ends->n), tries = 0;
	struct end end = ends->list[k];
	const struct kind *kind;
	bool wild = once_in(r, 40);
	unsigned int e;

	do {
		kind = &kinds[pick(r, COUNT(kinds))];
	} while (!wild && !fits(kind, end.what) && ++tries < 10000);
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
		      const int *queriers)
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

static void soup(struct rgraph *g, struct draw *r)
{
	unsigned int n = 3 + pick(r, 30), devs[RG_DEVS];
	struct ends *ends = calloc(1, sizeof(*ends));
	int queriers[RG_DEVS];
	char text[64];

	if (!ends)
		abort();
	for (unsigned int d = 0; d < RG_DEVS; d++) {
		snprintf(text, sizeof(text), "ToDevice(eth%u)", d);
		devs[d] = (unsigned int)rg_add(g, r, NULL, text, 0);
		queriers[d] = -1;
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
		close_end(g, r, ends->list[ends->n], devs, queriers);
	}
	free(ends);
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
		soup(g, &r);
	/* Small segments, but no more than there may be. */
	if (g->max_weight && g->max_weight < 300 && g->n > 40)
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
	unsigned int inputs = !strncmp(g->e[e].text, "ARPQuerier", 10) ? 2 : 1;

	if (!strncmp(g->e[e].text, "FromDevice", 10))
		return;
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
