// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random IP routers: the configuration everybody knows from Click, with parts of it left out, put
 * elsewhere or taken twice.
 */
#include <stdio.h>
#include <string.h>

#include "tests/oracle/random_graph.h"

/* What is wrong with packets of output `port` becomes a message that goes back to the lookup. */
static void complain(struct rg_chain *c, unsigned int from, unsigned int port, unsigned int dev,
		     const char *type, unsigned int rt)
{
	struct rg_chain side = {c->g, c->r, from, port};
	char text[96];

	snprintf(text, sizeof(text), "ICMPError(10.0.%u.1, %s)", dev, type);
	if (once_in(c->r, 12)) {
		rg_lead(&side, (unsigned int)rg_find(c->g, "d"), 0);
		return;
	}
	rg_then(&side, NULL, text, 1);
	rg_maybe_look(&side);
	rg_lead(&side, rt, 0);
}

/* From the lookup to the wire, and what is wrong on the way back to the lookup. */
static void way_out(struct rgraph *g, struct draw *r, unsigned int d, unsigned int rt,
		    unsigned int querier)
{
	static const char *const errors[] = {"redirect, host", "parameterproblem", "timeexceeded",
					     "unreachable, needfrag"};
	struct rg_chain c = {g, r, rt, d};
	char text[64];
	unsigned int e;

	if (once_in(r, 5)) {
		snprintf(text, sizeof(text), "IPOutputCombo(%u, 10.0.%u.1, %%m)", d + 1, d);
		e = rg_then(&c, NULL, text, 5);
		for (unsigned int k = 1; k < 5; k++)
			complain(&c, e, k, d, errors[k - 1], rt);
		rg_lead(&c, querier, 0);
		return;
	}
	if (pick(r, 4))
		rg_then(&c, NULL, "DropBroadcasts", 1);
	if (pick(r, 4)) {
		snprintf(text, sizeof(text), "PaintTee(%u)", d + 1);
		e = rg_then(&c, NULL, text, 2);
		complain(&c, e, 1, d, errors[0], rt);
	}
	rg_maybe_look(&c);
	if (pick(r, 4)) {
		snprintf(text, sizeof(text), "IPGWOptions(10.0.%u.1, 10.0.0.1 10.0.1.1)", d);
		e = rg_then(&c, NULL, text, 2);
		complain(&c, e, 1, d, errors[1], rt);
	}
	if (pick(r, 4)) {
		snprintf(text, sizeof(text), "FixIPSrc(10.0.%u.1)", d);
		rg_then(&c, NULL, text, 1);
	}
	if (pick(r, 6)) {
		e = rg_then(&c, NULL, "DecIPTTL", 2);
		complain(&c, e, 1, d, errors[2], rt);
	}
	if (pick(r, 4)) {
		e = rg_then(&c, NULL, "IPFragmenter(%m)", 2);
		complain(&c, e, 1, d, errors[3], rt);
	}
	rg_maybe_look(&c);
	rg_lead(&c, querier, 0);
}

static void way_in(struct rgraph *g, struct draw *r, unsigned int d, unsigned int ip,
		   unsigned int querier, unsigned int out)
{
	struct rg_chain c = {g, r, 0, 0};
	unsigned int sort;
	char text[96];

	snprintf(text, sizeof(text), "FromDevice(eth%u)", d);
	c.at = (unsigned int)rg_add(g, r, NULL, text, 1);
	if (once_in(r, 4)) {
		snprintf(text, sizeof(text), "HostEtherFilter(2:0:0:0:0:%x)", d);
		rg_then(&c, NULL, text, 1);
	}
	sort = rg_then(&c, NULL, "Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -)", 4);
	snprintf(text, sizeof(text), "ARPResponder(10.0.%u.1 %s2:0:0:0:0:%x)", d,
		 once_in(r, 3) ? "10.0.0.0/16 " : "", d);
	rg_then(&c, NULL, text, 1);
	rg_lead(&c, out, 0);
	c = (struct rg_chain){g, r, sort, 1};
	rg_lead(&c, querier, 1);
	c = (struct rg_chain){g, r, sort, 2};
	snprintf(text, sizeof(text), "Paint(%u)", d + 1);
	rg_then(&c, NULL, text, 1);
	rg_lead(&c, ip, 0);
	c = (struct rg_chain){g, r, sort, 3};
	rg_lead(&c, (unsigned int)rg_find(g, once_in(r, 4) ? "h" : "d"), 0);
}

/* Packets for the router itself. */
static void local(struct rgraph *g, struct draw *r, unsigned int rt, unsigned int port)
{
	struct rg_chain c = {g, r, rt, port};
	unsigned int e;

	if (once_in(r, 4)) {
		rg_then(&c, NULL, "EtherEncap(0x0800, 1:1:1:1:1:1, 2:2:2:2:2:2)", 1);
		rg_lead(&c, (unsigned int)rg_find(g, "h"), 0);
		return;
	}
	e = rg_then(&c, NULL,
		    once_in(r, 2) ? "IPClassifier(icmp type echo, %f, -)"
				  : "IPClassifier(icmp, udp port 1000, -)",
		    3);
	if (once_in(r, 2)) {
		unsigned int check = rg_then(&c, NULL, "CheckICMPHeader", 2);

		rg_connect(g, check, 1, (unsigned int)rg_find(g, "d"), 0);
	}
	rg_then(&c, NULL, "ICMPPingResponder", 1);
	rg_lead(&c, rt, 0);
	complain(&c, e, 1, 0, "unreachable, port", rt);
	c = (struct rg_chain){g, r, e, 2};
	rg_then(&c, NULL, "Counter", 1);
	rg_lead(&c, (unsigned int)rg_find(g, "d"), 0);
}

static unsigned int add_table(struct rgraph *g, struct draw *r, unsigned int n)
{
	static const char *const classes[] = {"StaticIPLookup", "RadixIPLookup", "LinearIPLookup",
					      "DirectIPLookup"};
	char text[512];
	int len = snprintf(text, sizeof(text), "%s(", classes[pick(r, 4)]);

	for (unsigned int d = 0; d < n; d++)
		len += snprintf(text + len, sizeof(text) - (size_t)len,
				"10.0.%u.1/32 %u, 10.0.%u.255 %u, 10.0.%u.0/24 %u, ", d, n, d, n, d,
				d);
	snprintf(text + len, sizeof(text) - (size_t)len, "%s%s)",
		 once_in(r, 2) ? "%r" : "0/0 10.0.0.2 0",
		 *text != 'S' && once_in(r, 2) ? ", MAP true" : "");
	return (unsigned int)rg_add(g, r, "rt", text, n + 1);
}

void rg_router(struct rgraph *g, struct draw *r)
{
	unsigned int n = 2 + pick(r, RG_DEVS - 1), queriers[RG_DEVS], outs[RG_DEVS], rt, ip;
	struct rg_chain c = {g, r, 0, 0};
	char text[96];

	rg_add(g, r, "d", "Discard", 0);
	rg_add(g, r, "h", "ToHost", 0);
	rt = add_table(g, r, n);
	for (unsigned int d = 0; d < n; d++) {
		snprintf(text, sizeof(text), "ToDevice(eth%u)", d);
		outs[d] = (unsigned int)rg_add(g, r, NULL, text, 0);
		snprintf(text, sizeof(text), "ARPQuerier(10.0.%u.1/24, 2:0:0:0:0:%x%s)", d, d,
			 once_in(r, 4) ? ", POLL_TIMEOUT 1s, TIMEOUT 2s" : "");
		queriers[d] = (unsigned int)rg_add(g, r, NULL, text, 1);
		rg_connect(g, queriers[d], 0, outs[d], 0);
	}
	ip = c.at = (unsigned int)rg_add(g, r, NULL, "Strip(14)", 1);
	rg_then(&c, NULL,
		once_in(r, 3) ? "CheckIPHeader"
			      : "CheckIPHeader(INTERFACES 10.0.0.1/24 10.0.1.1/24)",
		1);
	rg_maybe_look(&c);
	if (once_in(r, 3)) {
		unsigned int f = rg_then(&c, NULL,
					 "IPFilter(deny %f, 1 %f, deny %f, allow %f, deny all)", 2);

		complain(&c, f, 1, 0, "unreachable, filterprohibited", rt);
	}
	if (once_in(r, 2))
		rg_then(&c, NULL, "GetIPAddress(16)", 1);
	rg_lead(&c, rt, 0);
	for (unsigned int d = 0; d < n; d++) {
		way_in(g, r, d, ip, queriers[d], outs[d]);
		way_out(g, r, d, rt, queriers[d]);
	}
	local(g, r, rt, n);
}
