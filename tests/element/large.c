// SPDX-License-Identifier: GPL-2.0-only
/* Large graphs as text, and the packets that go through them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/element/large.h"

void large_mac(uint8_t mac[6], unsigned int net, uint8_t host)
{
	const uint8_t m[6] = {2, 0, 0, 0, (uint8_t)net, host};

	memcpy(mac, m, sizeof(m));
}

/* ---- Packets ---------------------------------------------------------------------------------*/

static void set_sum(struct sl_ip4 *ip)
{
	const uint8_t *b = (const uint8_t *)ip;
	uint32_t sum = 0;

	ip->check = 0;
	for (size_t i = 0; i < sizeof(*ip); i += 2)
		sum += (uint32_t)b[i] << 8 | b[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	ip->check = sl_htons((uint16_t)~sum);
}

static void make_packet(struct large_packet *p, uint32_t src, uint32_t dst)
{
	memset(p, 0, sizeof(*p));
	p->eth.type = sl_htons(SL_ETH_P_IP);
	p->ip.ver_ihl = 0x45;
	p->ip.len = sl_htons(sizeof(*p) - sizeof(p->eth));
	p->ip.ttl = 64;
	p->ip.proto = 17;
	p->ip.src = sl_htonl(src);
	p->ip.dst = sl_htonl(dst);
	set_sum(&p->ip);
	p->udp.sport = p->udp.dport = sl_htons(1000);
	p->udp.len = sl_htons(sizeof(p->udp) + sizeof(p->data));
}

void large_packet(struct large_packet *p, unsigned int from, unsigned int to)
{
	make_packet(p, 0x0a000001u | from << 8, 0x0a000001u | to << 8);
	large_mac(p->eth.dst, from, 0xa0);
	large_mac(p->eth.src, from, 1);
}

void large_forwarded(struct large_packet *out, const struct large_packet *in, unsigned int to)
{
	*out = *in;
	out->ip.ttl--;
	set_sum(&out->ip);
	large_mac(out->eth.dst, to, 1);
	large_mac(out->eth.src, to, 0xa0);
}

void large_arp_reply(struct large_arp *a, unsigned int net)
{
	const uint8_t head[8] = {0, 1, 8, 0, 6, 4, 0, 2};
	const uint8_t host[4] = {10, 0, (uint8_t)net, 1}, router[4] = {10, 0, (uint8_t)net, 254};

	large_mac(a->eth.dst, net, 0xa0);
	large_mac(a->eth.src, net, 1);
	a->eth.type = sl_htons(SL_ETH_P_ARP);
	memcpy(a->head, head, sizeof(head));
	memcpy(a->sha, a->eth.src, 6);
	memcpy(a->spa, host, 4);
	memcpy(a->tha, a->eth.dst, 6);
	memcpy(a->tpa, router, 4);
}

void large_way_packet(struct large_packet *p, unsigned int way)
{
	make_packet(p, 0x0a090000u | way, 0x0a080000u | way);
	large_mac(p->eth.dst, 0, 0xa0);
	large_mac(p->eth.src, 0, 1);
}

/* ---- A router --------------------------------------------------------------------------------*/

static void write_port(FILE *f, unsigned int i)
{
	fprintf(f,
		"c%u :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);\n"
		"FromDevice(eth%u) -> c%u; out%u :: Queue -> ToDevice(eth%u);\n"
		"c%u[0] -> ARPResponder(10.0.%u.254 02:00:00:00:%02x:a0) -> out%u;\n"
		"arpq%u :: ARPQuerier(10.0.%u.254, 02:00:00:00:%02x:a0) -> out%u;\n"
		"c%u[1] -> [1]arpq%u; c%u[2] -> Paint(%u) -> ip; c%u[3] -> Discard;\n",
		i, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i + 1, i);
	fprintf(f,
		"rt[%u] -> DropBroadcasts -> cp%u :: PaintTee(%u) -> gio%u :: "
		"IPGWOptions(10.0.%u.254)"
		" -> FixIPSrc(10.0.%u.254) -> dt%u :: DecIPTTL -> fr%u :: IPFragmenter(1500)"
		" -> [0]arpq%u;\n"
		"cp%u[1] -> ICMPError(10.0.%u.254, redirect, host) -> [0]rt;\n"
		"gio%u[1] -> ICMPError(10.0.%u.254, parameterproblem) -> [0]rt;\n"
		"dt%u[1] -> ICMPError(10.0.%u.254, timeexceeded) -> [0]rt;\n"
		"fr%u[1] -> ICMPError(10.0.%u.254, unreachable, needfrag) -> [0]rt;\n",
		i + 1, i, i + 1, i, i, i, i, i, i, i, i, i, i, i, i, i, i);
}

char *large_router(unsigned int ports)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	fputs("rt :: StaticIPLookup(", f);
	for (unsigned int i = 0; i < ports; i++)
		fprintf(f, "10.0.%u.254/32 0, 10.0.%u.255/32 0, 10.0.%u.0/32 0, 10.0.%u.0/24 %u,\n",
			i, i, i, i, i + 1);
	fputs("255.255.255.255/32 0, 0.0.0.0/0 10.0.1.1 2);\nip :: Strip(14) -> CheckIPHeader("
	      "INTERFACES",
	      f);
	for (unsigned int i = 0; i < ports; i++)
		fprintf(f, " 10.0.%u.254/24", i);
	fputs(") -> [0]rt;\nrt[0] -> me :: IPClassifier(icmp type echo, -);\n"
	      "me[0] -> ICMPPingResponder -> [0]rt; me[1] -> Discard;\n",
	      f);
	for (unsigned int i = 0; i < ports; i++)
		write_port(f, i);
	assert_int_equal(fclose(f), 0);
	return text;
}

/* ---- Ways ------------------------------------------------------------------------------------*/

/* What a packet may go through; %u is a number of the way's own. */
static const char *const stations[] = {
	"DecIPTTL",
	"SetIPDSCP(%u)",
	"IPGWOptions(10.7.0.%u)",
	"Paint(%u)",
	"SetIPAddress(10.6.0.%u)",
	"SetIPECN(2)",
	"DropBroadcasts",
	"CheckLength(14%02u)",
	"AverageCounter",
	"FixIPSrc(10.5.0.%u)",
	"SetIPChecksum",
	"CheckUDPHeader",
	"GetIPAddress(16)",
	"SetUDPChecksum",
	"MarkIPHeader",
	"IPFragmenter(14%02u)",
	"StripToNetworkHeader",
	"CheckIPHeader",
	"RatedSplitter(10000%02u)",
	"IPMirror",
	"CheckPaint(0)",
	"StoreIPAddress(10.4.0.%u, src)",
	"Switch(0)",
	"EtherEncap(0x0800, 02:00:00:00:00:01, 02:00:00:00:00:02) -> Strip(14)",
};
#define STATIONS (sizeof(stations) / sizeof(stations[0]))
#define STATIONS_A_WAY 5

static void write_way(FILE *f, unsigned int way)
{
	fprintf(f, "n%u :: Counter", way);
	for (unsigned int k = 0; k < STATIONS_A_WAY; k++) {
		fputs(" -> ", f);
		fprintf(f, stations[(way * STATIONS_A_WAY + k) % STATIONS], way);
	}
	fprintf(f, " -> EtherEncap(0x0800, 02:00:00:00:00:%02x, 02:00:00:00:01:01) -> q;\n", way);
}

/* What decides at each level between the lower and the upper half of [base, base + 2 * half). */
static void write_node(FILE *f, unsigned int level, unsigned int base, unsigned int half)
{
	static const char *const kinds[] = {
		"IPClassifier(src net 10.9.0.%u/27, -)",
		"IPFilter(0 src net 10.9.0.%u/28, 1 all)",
		"Classifier(15/%02x%%F8, -)",
		"StaticIPLookup(10.8.0.%u/30 0, 0/0 1)",
		"LinearIPLookup(10.8.0.%u/31 0, 0.0.0.0/0 1)",
		"HashSwitch(15, 1)",
	};

	fprintf(f, "t%u_%u :: ", level, base);
	fprintf(f, kinds[level], base);
	fputs(";\n", f);
	for (unsigned int out = 0; out < 2; out++) {
		/* HashSwitch between two goes by the lowest bit of the byte and of its upper
		 * half. */
		unsigned int to = base + (half == 1 ? out ^ (base >> 4 & 1) : out * half);

		if (half == 1)
			fprintf(f, "t%u_%u[%u] -> n%u;\n", level, base, out, to);
		else
			fprintf(f, "t%u_%u[%u] -> t%u_%u;\n", level, base, out, level + 1, to);
	}
}

char *large_ways(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	fputs("q :: Queue -> ToDevice(eth1);\n", f);
	for (unsigned int way = 0; way < LARGE_WAYS; way++)
		write_way(f, way);
	for (unsigned int level = 6; level-- > 0;) {
		unsigned int size = LARGE_WAYS >> level;

		for (unsigned int base = 0; base < LARGE_WAYS; base += size)
			write_node(f, level, base, size / 2);
	}
	fputs("FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> t0_0;\n", f);
	assert_int_equal(fclose(f), 0);
	return text;
}
