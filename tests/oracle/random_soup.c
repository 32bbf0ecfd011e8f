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

/* What packets are where an output leads nowhere yet, and what an element wants: e an Ethernet
 * frame, m the same with the IP header known, r an IP packet, i the same with the header known,
 * n one the graph made itself, 6 an IPv6 packet with the header known, w anything. '*' is any of
 * them, and in `to` the same as came. */
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
	{"CheckIP6Header", 'r', "6r"},
	{"CheckIP6Header", 'r', "6r"},
	{"CheckIP6Header(:: %A)", 'r', "6r"},
	{"CheckIP6Header(%A, 14)", 'e', "we"},
	{"MarkIP6Header", 'r', "w"},
	{"MarkIP6Header(14)", 'e', "w"},
	{"IP6NDAdvertiser(%P %e, %A %e)", 'e', "e"},
	{"IP6NDAdvertiser(::/0 %e)", 'e', "e"},
	{"Classifier(12/86dd, 12/0800, -)", 'e', "eee"},
	{"Classifier(12/86dd 20/3a 54/87, 12/86dd 20/3a 54/88, 12/86dd, -)", 'e', "eeee"},
	{"DecIP6HLIM", '6', "66"},
	{"DecIP6HLIM", '6', "66"},
	{"SetIP6DSCP(46)", '6', "6"},
	{"IP6Mirror", '6', "6"},
	{"IP6Fragmenter(%m)", '6', "66"},
	{"IP6Fragmenter(1280)", '6', "66"},
	{"GetIP6Address(24)", '6', "6"},
	{"GetIP6Address(24)", '6', "6"},
	{"GetIP6Address(8)", '6', "6"},
	{"SetIP6Address(%A)", '6', "6"},
	{"LookupIP6Route(%R)", '6', "666"},
	{"LookupIP6Route(%R)", '6', "66"},
	{"ICMP6Error(fd00::1, unreachable, 4)", '6', "6"},
	{"ICMP6Error(fd00::1, toobig, 0, PMTU %m)", '6', "6"},
	{"ICMP6Error(fd00::1, timeexceeded, 0)", '6', "6"},
	{"ICMP6Error(fd00::1, parameterproblem, 2)", '6', "6"},
	{"ICMP6Error(fd00::1, redirect, 0)", '6', "6"},
	{"Paint(40, 17)", '6', "6"},
	{"Unstrip(14)", '6', "e"},
	{"EtherEncap(0x86dd, %e, %e)", '6', "e"},
	{"CheckIP6Header(%n)", 'w', "ww"},
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
	{"RadixIPLookup(%r, MAP true)", 'i', "iii"},
	{"LinearIPLookup(%r, MAP true)", 'i', "ii"},
	{"DirectIPLookup(%r, MAP true)", 'i', "iii"},
	{"IPClassifier(%f, %f, -)", 'i', "iii"},
	{"IPClassifier(%f, %f, %f, %f)", 'i', "iiii"},
	{"IPFilter(deny %f, allow %f, 1 %f, deny %f, allow all)", 'i', "ii"},
	{"IPFilter(allow %f, 1 %f, deny all)", 'i', "ii"},
	{"Paint(%c)", '*', "*"},
	{"Paint(%c, 20)", '*', "*"},
	{"CheckPaint(%c)", '*', "**"},
	{"PaintTee(%c)", '*', "**"},
	{"PaintTee(%c)", '*', "**"},
	{"Tee", '*', "**"},
	{"Tee(4)", '*', "****"},
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

/* In graphs about IPv6 packets are taken for that, most of the time. */
static bool likely(const struct rgraph *g, struct draw *r, const struct kind *k, char what)
{
	return !g->ip6 || what != 'r' || strchr(k->to, '6') || once_in(r, 6);
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
