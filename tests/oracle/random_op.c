// SPDX-License-Identifier: GPL-2.0-only
/* Handlers that are written and asked between packets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/random_graph.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What may be done with an element whose text begins so; its name stands where %s is, all else is
 * as in arguments. */
static const struct {
	const char *begins, *holds, *op;
} ops[] = {
	{"Counter", "", "write %s.reset"},
	{"Discard", "", "write %s.reset_counts"},
	{"Switch(", "", "write %s.switch %o"},
	{"Switch(", "", "write %s.switch -1"},
	{"RadixIPLookup(", "MAP", "write %s.add %p %o"},
	{"RadixIPLookup(", "MAP", "write %s.add %p %a %o"},
	{"RadixIPLookup(", "MAP", "write %s.set %p %a %o"},
	{"RadixIPLookup(", "MAP", "write %s.set %p %o"},
	{"RadixIPLookup(", "MAP", "write %s.remove %p"},
	{"RadixIPLookup(", "MAP", "write %s.remove %p %o"},
	{"RadixIPLookup(", "MAP", "write %s.set 0.0.0.0/0 %o"},
	{"RadixIPLookup(", "", "read %s.lookup %a"},
	{"LinearIPLookup(", "MAP", "write %s.add %p %o"},
	{"LinearIPLookup(", "MAP", "write %s.set %p %a %o"},
	{"LinearIPLookup(", "MAP", "write %s.remove %p"},
	{"LinearIPLookup(", "", "read %s.lookup %a"},
	{"DirectIPLookup(", "MAP", "write %s.set %p %a %o"},
	{"DirectIPLookup(", "MAP", "write %s.remove %p"},
	{"StaticIPLookup(", "", "read %s.lookup %a"},
	{"LookupIP6Route(", "", "write %s.add %P %o"},
	{"LookupIP6Route(", "", "write %s.set %P %A %o"},
	{"LookupIP6Route(", "", "write %s.set %P %o"},
	{"LookupIP6Route(", "", "write %s.remove %P"},
	{"LookupIP6Route(", "", "read %s.lookup %A"},
	{"ARPQuerier(", "", "write %s.insert %a %e"},
	{"ARPQuerier(", "", "write %s.delete %a"},
	{"ARPResponder(", "", "read %s.lookup %a"},
	{"IPRewriter(", "", "write %s.clear"},
	{"UDPRewriter(", "", "write %s.clear"},
	{"IPAddrRewriter(", "", "write %s.clear"},
	{"IPAddrPairRewriter(", "", "write %s.clear"},
	{"ICMPPingRewriter(", "", "write %s.clear"},
	{"AverageCounter", "", "write %s.reset"},
	{"Bypass(", "", "write %s.active true"},
	{"Bypass(", "", "write %s.active false"},
	{"SetAnnoByte(16", "", "write %s.value %c"},
	{"Truncate(", "", "write %s.nbytes %m"},
	{"StrideSwitch(", "", "write %s.tickets0 %c"},
	{"StrideSwitch(", "", "write %s.tickets1 %n"},
	{"AggregateCounter", "", "write %s.clear"},
	{"AggregateCounter", "", "write %s.freeze true"},
	{"AggregateCounter", "", "write %s.active true"},
	{"AggregateIPFlows", "", "write %s.clear"},
	{"RandomSample(", "", "write %s.drop_prob 0.25"},
	{"RandomSample(", "", "write %s.sampling_prob 0.75"},
	{"RandomSample(", "", "write %s.active false"},
	{"RandomSample(", "", "write %s.active true"},
};

static unsigned int outputs(const struct rgraph *g, unsigned int e)
{
	unsigned int n = 1;

	for (unsigned int i = 0; i < g->n_conns; i++)
		if (g->c[i].from == e && g->c[i].from_port >= n)
			n = g->c[i].from_port + 1;
	return n;
}

bool random_op(struct draw *r, const struct rgraph *g, char op[RG_OP])
{
	size_t fit[COUNT(ops)], n = 0;
	unsigned int e = pick(r, g->n);

	for (int tries = 0; tries < 10 && !n; tries++) {
		e = pick(r, g->n);
		for (size_t i = 0; i < COUNT(ops); i++)
			if (!strncmp(g->e[e].text, ops[i].begins, strlen(ops[i].begins)) &&
			    strstr(g->e[e].text, ops[i].holds))
				fit[n++] = i;
	}
	if (n) {
		const char *text = ops[fit[pick(r, (uint32_t)n)]].op, *at = strstr(text, "%s");
		char *value = rg_expand(r, at + 2, outputs(g, e));

		n = (size_t)snprintf(op, RG_OP, "%.*s%s%s", (int)(at - text), text, g->e[e].name,
				     value);
		free(value);
	}
	return n && n < RG_OP;
}
