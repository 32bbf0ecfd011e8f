// SPDX-License-Identifier: GPL-2.0-only
/* Random graphs about a rewriter of each class, and the ICMP errors about what it rewrote. */
#include <stdio.h>
#include <string.h>

#include "tests/oracle/random_graph.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define TCP_TIMES ", TCP_TIMEOUT 5m, TCP_NODATA_TIMEOUT 5m, TCP_DONE_TIMEOUT 5m"

static const char *const port_specs[] = {
	"pattern 10.0.0.1 1000-1003# - - 0 1",
	"pattern 10.0.0.1 2000-2999# - - 0 1",
	"pattern 10.0.1.1 53 10.0.0.2 - 1 0",
	"pattern - 1000-1001# 10.0.0.3 1001 0 1",
	"pattern 10.0.2.1 - - - 0 1",
	"pattern 10.0.0.1 1001-1040# 10.0.0.2 53 1 0",
	"keep 0 1",
	"pass 1",
	"drop",
	"rr",
	"rr",
	"sh",
};
static const char *const address_specs[] = {
	"pattern 10.0.0.1-10.0.0.3# - 0 1",
	"pattern 192.0.2.1-192.0.2.60# - 0 1",
	"pattern 10.0.1.1 - 1 0",
	"keep 0 1",
	"pass 1",
	"drop",
};
static const char *const pair_specs[] = {
	"pattern 10.0.0.1-10.0.0.3# - 0 1",
	"pattern 192.0.2.1-192.0.2.60# 10.0.2.2 0 1",
	"pattern - 10.0.1.1 1 0",
	"pattern 10.0.1.1 10.0.2.3 0 1",
	"keep 0 1",
	"pass 1",
	"drop",
};
static const char *const ping_specs[] = {
	"pattern 10.0.0.1 - 0-65535# 0 1",
	"pattern 10.0.0.1 10.0.2.2 3-6# 0 1",
	"pattern 10.0.1.1 - 5 1 0",
	"pattern - 10.0.1.1 - 1 0",
	"keep 0 1",
	"pass 1",
	"drop",
};

static const struct family {
	const char *class_name, *times;
	const char *const *specs;
	uint32_t n;
} families[] = {
	{"IPRewriter", TCP_TIMES ", UDP_TIMEOUT 5m", port_specs, COUNT(port_specs)},
	{"IPRewriter", TCP_TIMES ", UDP_TIMEOUT 5m", port_specs, COUNT(port_specs)},
	{"TCPRewriter", TCP_TIMES, port_specs, COUNT(port_specs)},
	{"UDPRewriter", "", port_specs, COUNT(port_specs)},
	{"UDPRewriter", ", TIMEOUT 40, STREAMING_TIMEOUT 100", port_specs, COUNT(port_specs)},
	{"IPAddrRewriter", "", address_specs, COUNT(address_specs)},
	{"IPAddrRewriter", ", TIMEOUT 60", address_specs, COUNT(address_specs)},
	{"IPAddrPairRewriter", ", TIMEOUT 60", pair_specs, COUNT(pair_specs)},
	{"ICMPPingRewriter", "", ping_specs, COUNT(ping_specs)},
};

/* From an output to a device, with one thing or another on the way. */
static void way_out(struct rgraph *g, struct draw *r, unsigned int from, unsigned int port)
{
	struct rg_chain c = {g, r, from, port};
	unsigned int e;
	char text[32];

	rg_maybe_look(&c);
	if (once_in(r, 3)) {
		e = rg_then(&c, NULL, once_in(r, 2) ? "CheckTCPHeader" : "CheckUDPHeader", 2);
		rg_connect(g, e, 1, (unsigned int)rg_find(g, "d"), 0);
	}
	if (once_in(r, 3))
		rg_then(&c, NULL, "DecIPTTL", 1);
	if (once_in(r, 3)) {
		e = rg_then(&c, NULL, "StaticIPLookup(%r)", 2);
		rg_connect(g, e, 1, (unsigned int)rg_find(g, "d"), 0);
	}
	rg_then(&c, NULL, "EtherEncap(0x0800, %e, %e)", 1);
	snprintf(text, sizeof(text), "ToDevice(eth%u)", port);
	rg_then(&c, NULL, text, 0);
}

/* Errors about what the rewriter did. */
static unsigned int errors(struct rgraph *g, struct draw *r)
{
	bool offset = once_in(r, 3), other = !offset && once_in(r, 2);
	unsigned int e = (unsigned int)rg_add(
		g, r, "ir", offset ? "ICMPRewriter(rw:0)" : "ICMPRewriter(rw)", 2);

	way_out(g, r, e, 0);
	if (offset || other)
		way_out(g, r, e, 1);
	return e;
}

void rg_nat(struct rgraph *g, struct draw *r)
{
	const struct family *f = &families[pick(r, COUNT(families))];
	const char *spec[2] = {f->specs[pick(r, f->n)], f->specs[pick(r, f->n)]};
	bool two = once_in(r, 2), icmp = once_in(r, 2);
	unsigned int rewriter, ir = 0;
	char text[256];

	rg_add(g, r, "d", "Discard", 0);
	rg_add(g, r, "rr",
	       "RoundRobinIPMapper(10.0.0.1 1000-1003# - - 0 1, - - 10.0.2.2 53 1 0, - - - - 0 0)",
	       0);
	rg_add(g, r, "sh", "SourceIPHashMapper(5 7, - - 10.0.2.2 53 1 0 1, - - 10.0.2.3 - 0 1 2)",
	       0);
	snprintf(text, sizeof(text), "%s(%s%s%s%s%s)", f->class_name, spec[0], two ? ", " : "",
		 two ? spec[1] : "", f->times, once_in(r, 3) ? ", REAP_INTERVAL 0" : "");
	rewriter = (unsigned int)rg_add(g, r, "rw", text, 2);
	if (icmp)
		ir = errors(g, r);
	for (unsigned int d = 0; d < RG_DEVS; d++) {
		struct rg_chain c = {g, r, 0, 0};

		snprintf(text, sizeof(text), "FromDevice(eth%u)", d);
		c.at = (unsigned int)rg_add(g, r, NULL, text, 1);
		rg_then(&c, NULL, "Strip(14)", 1);
		rg_then(&c, NULL, once_in(r, 40) ? "MarkIPHeader" : "CheckIPHeader", 1);
		rg_maybe_look(&c);
		if (icmp && once_in(r, 2)) {
			unsigned int e = rg_then(&c, NULL,
						 "IPClassifier(icmp type echo or icmp type "
						 "echo-reply, icmp, -)",
						 3);

			rg_connect(g, e, 1, ir, 0);
			rg_connect(g, e, 2, rewriter, 0);
		} else if (icmp && d > 1 && once_in(r, 3)) { /* the first two reach both inputs */
			rg_lead(&c, ir, 0);
			continue;
		}
		rg_lead(&c, rewriter, two ? d % 2 : 0);
	}
	way_out(g, r, rewriter, 0);
	way_out(g, r, rewriter, 1);
}
