/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of packets (loader/element/facts.h) and how many enter each element
 * (loader/plan/flow.h), in random graphs. The native build traps on a packet of which something
 * else is true; the kernel refuses code that relies on bytes its verifier does not know of; each
 * Print sends an event, so that what is derived can be compared with what was seen. With arguments
 * NUMBER [bpf], that graph alone, natively or in the kernel; it is printed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/event.h"
#include "bpf/net.h"
#include "loader/mem.h"
#include "loader/runtime/recut.h"
#include "loader/runtime/replay.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

#define GRAPHS (SANITIZED ? 8 : 24)
#define GRAPHS_BPF 5 /* a second or two each */
#define ELEMENTS 14
#define PACKETS 3000
#define PACKETS_BPF 500
/* What a graph's process says when it may not use BPF. */
#define NO_BPF 77
#define TOO_MANY 78
#define LONGEST 160

struct draw {
	uint64_t state;
};

static uint32_t pick(struct draw *r, uint32_t n)
{
	r->state = r->state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(r->state >> 33) % n;
}

/* ---- Graphs ----------------------------------------------------------------------------------*/

/* The first so many kinds test bytes: what one of them found is known to the next. */
#define DECIDERS 9
/* An element's configuration; %u is replaced by an offset or a length, several times as likely one
 * at which headers are. */
static const struct {
	const char *text;
	unsigned int outputs;
	bool querier; /* has a second input, which may be left to Idle */
} kinds[] = {
	{"Classifier(12/0800, 12/0806 20/0001, -)", 3, false},
	{"Classifier(12/0800 23/01, 12/0800%%F700 !23/11, 14/45, -)", 4, false},
	{"Classifier(%u/?5 12/08, !12/0800, -)", 3, false},
	{"IPClassifier(src net 10.0.0.0/8, ip proto 17 or ip ttl < 9, -)", 3, false},
	{"IPClassifier(tcp dst port < 1024, udp, ip vers 4 and ip hl 5, -)", 4, false},
	{"IPFilter(deny src host 10.0.0.2, 1 ip proto 1 and ip dscp 9, allow all)", 2, false},
	{"IPClassifier(ip proto 1, ip ttl > 1 or ip vers 6, -)", 3, false},
	{"IPFilter(1 ip ttl < 2, deny ip proto 2, allow all)", 2, false},
	{"Classifier(%u/45, -)", 2, false},
	{"Strip(%u)", 1, false},
	{"Strip(%u)", 1, false},
	{"Unstrip(%u)", 1, false},
	{"Unstrip(%u)", 1, false},
	{"CheckIPHeader(%u)", 2, false},
	{"CheckIPHeader2(%u)", 2, false},
	{"IPInputCombo(1)", 1, false},
	{"IPRateMonitor(PACKETS, 0.5, 1)", 1, false},
	{"CheckIPHeader2(%u)", 1, false},
	{"MarkIPHeader(%u)", 1, false},
	{"StripIPHeader", 1, false},
	{"UnstripIPHeader", 1, false},
	{"StripToNetworkHeader", 1, false},
	{"EtherEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2)", 1, false},
	{"EtherEncap(0x4500, 0:20:0:0:0:0, 69:0:0:20:0:0)", 1, false},
	{"IPEncap(4, 10.0.0.1, 10.0.0.2)", 1, false},
	{"UDPIPEncap(10.0.0.1, 1, DST_ANNO, 2)", 1, false},
	{"ICMPIPEncap(10.0.0.1, 10.0.0.2, timestamp)", 1, false},
	{"GREEncap(KEY 5)", 1, false},
	{"GREDecap(0x0014)", 2, false},
	{"IPMirror", 1, false},
	{"StoreIPAddress(10.0.0.9, %u)", 2, false},
	{"EtherMirror", 1, false},
	{"Truncate(%u)", 1, false},
	{"Pad(%u)", 1, false},
	{"Pad", 1, false},
	{"StoreData(%u, \\<450000140000>)", 1, false},
	{"SetAnnoByte(16, 1)", 1, false},
	{"SetPacketType(BROADCAST)", 1, false},
	{"SetTimestamp(FIRST true)", 1, false},
	{"StrideSwitch(1, 2, 3)", 3, false},
	{"Bypass(true)", 2, false},
	{"Suppressor", 1, false},
	{"Align(4, 2)", 1, false},
	{"EtherRewrite(2:0:0:0:0:1, 2:0:0:0:0:2)", 1, false},
	{"StoreEtherAddress(0:0:45:0:0:20, %u)", 2, false},
	{"EnsureEther", 1, false},
	{"VLANEncap(5)", 1, false},
	{"VLANEncap(ANNO)", 1, false},
	{"VLANDecap", 1, false},
	{"EtherVLANEncap(0x4500, 2:0:0:0:0:1, 2:0:0:0:0:2, 0x4500)", 1, false},
	{"EtherVLANEncap(0x4500, 2:0:0:0:0:1, 2:0:0:0:0:2)", 1, false},
	{"SetVLANAnno(7)", 1, false},
	{"StripEtherVLANHeader(-1)", 2, false},
	{"StripEtherVLANHeader", 1, false},
	{"Paint(1)", 1, false},
	{"PaintTee(1)", 2, false},
	{"Tee", 2, false},
	{"EtherSwitch", 2, true},
	{"PaintTee(0)", 2, false},
	{"EtherEncap(0x0806, 2:0:0:0:0:1, 2:0:0:0:0:2)", 1, false},
	{"CheckLength(%u)", 2, false},
	{"DecIPTTL", 2, false},
	{"SetIPChecksum", 1, false},
	{"SetIPDSCP(9)", 1, false},
	{"MarkIPCE", 1, false},
	{"CheckTCPHeader", 2, false},
	{"SetTCPChecksum(true)", 1, false},
	{"SetUDPChecksum", 2, false},
	{"IPFragmenter(60)", 2, false},
	{"GetIPAddress(%u)", 1, false},
	{"ICMPError(10.0.0.9, timeexceeded)", 1, false},
	{"ICMPPingResponder", 2, false},
	{"ARPQuerier(10.0.0.9, 2:0:0:0:0:9)", 1, true},
	{"ARPQuerier(10.0.0.9, 2:0:0:0:0:9)", 2, true},
	{"ARPQuerier(10.0.0.9, 2:0:0:0:0:9, TABLE shared)", 2, true},
	{"CheckIP6Header(::, %u)", 2, false},
	{"MarkIP6Header(%u)", 1, false},
	{"DecIP6HLIM", 2, false},
	{"GetIP6Address(%u)", 1, false},
	{"IP6Encap(41, fd00::1, DST_ANNO)", 1, false},
	{"UDPIP6Encap(fd00::1, 1, fd00::2, 2)", 1, false},
	{"IP6Mirror", 1, false},
	{"IP6NDSolicitor(fd00::9, 2:0:0:0:0:9)", 1, true},
	{"IP6NDSolicitor(fd00::9, 2:0:0:0:0:9)", 2, true},
	{"IP6NDAdvertiser(::/0 2:0:0:0:0:9)", 1, false},
	{"ICMP6Error(fd00::1, 3, 0)", 1, false},
	{"ICMP6Error(fe80::1, redirect, 0)", 1, false},
	{"IP6Fragmenter(60)", 2, false},
	{"RoundRobinSwitch", 3, false},
	{"IPRewriter(pattern 1.0.0.1 1024-65535 - - 0 1)", 2, false},
	{"IPAddrRewriter(keep 1 0)", 2, false},
	{"RatedSplitter(500)", 2, false},
	{"BandwidthRatedSplitter(100kBps)", 2, false},
	{"Meter(100, 2000)", 3, false},
	{"AverageCounter", 1, false},
	{"AggregateIP(ip src)", 2, false},
	{"AggregateIP(payload[%u])", 2, false},
	{"AggregateLength(IP true)", 1, false},
	{"AggregateIPFlows(ICMP true, FRAGMENTS false)", 2, false},
	{"AggregateIPAddrPair", 2, false},
	{"AggregateCounter", 2, false},
	{"AggregateFirst", 2, false},
	{"AggregateFilter(0 0-9, 1 10-5000, 0 all)", 2, false},
	{"ARPResponder(0.0.0.0/0 2:0:0:0:0:9)", 2, false},
	{"BandwidthMeter(100, 2000)", 3, false},
	{"CheckICMPHeader", 2, false},
	{"CheckUDPHeader", 2, false},
	{"CheckPaint(1)", 2, false},
	{"PaintSwitch", 3, false},
	{"Counter", 1, false},
	{"DropBroadcasts", 2, false},
	{"HostEtherFilter(2:0:0:0:0:1, OFFSET %u)", 2, false},
	{"DynamicUDPIPEncap(10.0.0.1, 1, 10.0.0.2, 2, 1, 5)", 1, false},
	{"ICMPPingEncap(10.0.0.1, 10.0.0.2)", 1, false},
	{"FixIPSrc(10.0.0.9)", 1, false},
	{"IPGWOptions(10.0.0.9)", 2, false},
	{"HashSwitch(%u, 4)", 3, false},
	{"RandomSample(0.5)", 2, false},
	{"RandomSwitch", 3, false},
	{"StaticSwitch(1)", 2, false},
	{"Switch(1)", 2, false},
	{"TCPRewriter(pattern 1.0.0.1 1024-65535 - - 0 1)", 2, false},
	{"UDPRewriter(pattern 1.0.0.1 1024-65535 - - 0 1)", 2, false},
	{"IPAddrPairRewriter(keep 0 1)", 2, false},
	{"ICMPPingRewriter(pattern 1.0.0.1 - 1-65535 0 1)", 2, false},
	{"ICMPRewriter(nat)", 2, false},
	{"LinearIPLookup(10.0.0.2/32 0, 0.0.0.0/0 1.2.3.4 1)", 2, false},
	{"StaticIPLookup(10.0.0.2/32 0, 0.0.0.0/0 1.2.3.4 1)", 2, false},
	{"RadixIPLookup(10.0.0.2/32 0, 0.0.0.0/0 1.2.3.4 1)", 2, false},
	{"LookupIP6Route(fd00::/8 ::0 0, ::/0 fd00::9 1)", 2, false},
	{"SetIP6Address(fd00::5)", 1, false},
	{"SetIP6DSCP(9)", 1, false},
	{"SetIPAddress(10.0.0.7)", 1, false},
	{"SetRandIPAddress(10.0.0.0/8)", 1, false},
	{"SetIPECN(2)", 1, false},
	{"AggregatePaint(8)", 1, false},
	{"IPPrint(x, CONTENTS HEX, NBYTES 20)", 1, false},
	{"IP6Print(x, NBYTES 20)", 1, false},
	{"Print(x, CONTENTS NONE)", 1, false},
	{"Print(x, CONTENTS NONE)", 1, false},
	{"Null", 1, false},
};

static uint32_t number(struct draw *r)
{
	static const uint32_t usual[] = {0, 14, 14, 20, 28, 34, 40, 54};

	return pick(r, 4) ? usual[pick(r, 8)] : pick(r, 100);
}

struct ends {
	struct {
		char name[8];
		uint32_t port;
	} open[ELEMENTS * 4];
	uint32_t n;
};

static void add_end(struct ends *e, const char *name, uint32_t port)
{
	snprintf(e->open[e->n].name, sizeof(e->open[e->n].name), "%s", name);
	e->open[e->n++].port = port;
}

/* Connects an output that leads nowhere yet. */
static void lead(FILE *f, struct draw *r, struct ends *e, const char *to)
{
	uint32_t k = pick(r, e->n);

	fprintf(f, "%s[%u] -> %s;\n", e->open[k].name, e->open[k].port, to);
	e->open[k] = e->open[--e->n];
}

/* In every second graph, half of the elements test bytes. */
static uint32_t pick_kind(struct draw *r, bool deciders)
{
	return deciders && pick(r, 2) ? pick(r, DECIDERS) : pick(r, sizeof(kinds) / sizeof(*kinds));
}

/* Each element is behind an earlier one; what is left over goes out, or back, or ends. */
static char *make_graph(struct draw *r)
{
	static const char *const sources[] = {"FromDevice(eth0)",
					      "FromDevice(eth1, FORCE_IP true)"};
	uint32_t queriers[ELEMENTS], n_queriers = 0;
	bool deciders = pick(r, 2);
	struct ends ends = {.n = 0};
	char *text = NULL, to[32];
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	fprintf(f,
		"a :: %s; b :: %s;\nt :: ToDevice(eth0); u :: ToDevice(eth1); d :: Discard;\n"
		"Idle -> t; Idle -> u; Idle -> d;\nshared :: ARPTable;\n"
		"Idle -> nat :: UDPRewriter(pattern 1.0.0.1 1024-65535 - - 0 0) -> d;\n",
		sources[0], sources[1]);
	add_end(&ends, "a", 0);
	add_end(&ends, "b", 0);
	for (uint32_t i = 0; i < ELEMENTS; i++) {
		uint32_t kind = pick_kind(r, deciders);
		char name[8];

		snprintf(name, sizeof(name), "e%u", i);
		fprintf(f, "%s :: ", name);
		fprintf(f, kinds[kind].text, number(r));
		fputs(";\n", f);
		snprintf(to, sizeof(to), "[0] %s", name);
		lead(f, r, &ends, to);
		for (uint32_t o = 0; o < kinds[kind].outputs; o++)
			add_end(&ends, name, o);
		if (kinds[kind].querier)
			queriers[n_queriers++] = i;
	}
	for (uint32_t k = 0; k < n_queriers; k++)
		fprintf(f, "Idle -> [1] e%u;\n", queriers[k]);
	while (ends.n) {
		uint32_t where = pick(r, 8);

		if (where < 4)
			snprintf(to, sizeof(to), "[0] e%u", pick(r, ELEMENTS));
		else if (where == 4 && n_queriers)
			snprintf(to, sizeof(to), "[1] e%u", queriers[pick(r, n_queriers)]);
		else
			snprintf(to, sizeof(to), "%c", "ttud"[where % 4]);
		lead(f, r, &ends, to);
	}
	fclose(f);
	return text;
}

/* ---- Packets ---------------------------------------------------------------------------------*/

static void put_ip(struct draw *r, uint8_t *at, size_t left)
{
	uint32_t hlen = pick(r, 5) ? 20 : 20 + 4 * pick(r, 11);
	uint32_t len = pick(r, 3) ? (uint32_t)left : pick(r, (uint32_t)left + 1);
	struct sl_ip4 *ip = (struct sl_ip4 *)at;

	ip->ver_ihl = (uint8_t)(0x40 | hlen / 4);
	ip->len = sl_htons((uint16_t)(pick(r, 4) ? len : hlen));
	ip->frag = 0;
	ip->proto = (uint8_t)pick(r, 3);
	ip->ttl = (uint8_t)pick(r, 4);
	ip->src = sl_htonl(0x0a000001);
	ip->dst = sl_htonl(0x0a000002);
	ip->check = 0;
	if (hlen == 20)
		ip->check = (uint16_t)~sl_fold(sl_ip4_sum20(ip));
}

static void put_ip6(struct draw *r, uint8_t *at, size_t left)
{
	struct sl_ip6 *ip = (struct sl_ip6 *)at;
	uint32_t room = (uint32_t)(left - sizeof(*ip));

	ip->vcf = sl_htonl(6u << 28);
	ip->plen = sl_htons((uint16_t)(pick(r, 3) ? pick(r, room + 1) : room));
	ip->next = pick(r, 2) ? 58 : (uint8_t)(17 * pick(r, 4));
	ip->hlim = (uint8_t)pick(r, 4);
	for (int i = 0; i < 16; i++)
		ip->src[i] = ip->dst[i] = (uint8_t)i;
}

/* Headers at some places, of packets that end anywhere; those in front fit better. */
static size_t make_packet(struct draw *r, uint8_t *p)
{
	size_t len = SL_ETH_HLEN + pick(r, 2) * pick(r, LONGEST - SL_ETH_HLEN) + pick(r, 2) * 40;
	uint32_t at[4];

	if (len > LONGEST)
		len = LONGEST;
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)pick(r, 256);
	p[12] = pick(r, 8) ? 8 : 0x86;
	p[13] = pick(r, 4) ? 0 : p[13];
	for (size_t k = 0; k < 4; k++)
		at[k] = k ? number(r) : 14;
	for (size_t k = 4; k-- > 0;)
		if (at[k] + sizeof(struct sl_ip6) <= len && !pick(r, 3))
			put_ip6(r, p + at[k], len - at[k]);
		else if (at[k] + sizeof(struct sl_ip4) <= len)
			put_ip(r, p + at[k], len - at[k]);
	return len;
}

/* ---- Running ---------------------------------------------------------------------------------*/

struct seen {
	uint64_t n[ELEMENTS * 2 + 16];
};

static void on_event(void *arg, const void *record, size_t len)
{
	struct seen *s = arg;
	struct sl_event_head head;

	if (len < sizeof(head))
		return;
	memcpy(&head, record, sizeof(head));
	if (head.elem < sizeof(s->n) / sizeof(*s->n))
		s->n[head.elem]++;
}

static int say(const struct sl_diags *d, const char *what)
{
	fprintf(stderr, "%s\n", what);
	sl_diags_print(d, stderr);
	return 1;
}

/* Whether what is derived is what was seen. */
static int compare(struct sl_replay *r, const struct sl_compiled *c, const struct seen *s,
		   const uint64_t *sent)
{
	struct sl_live *lv = sl_replay_live(r);
	const struct sl_graph *g = c->program->graph;
	int bad = 0;

	for (uint32_t i = 0; i < g->n_elems; i++) {
		const char *class = g->elems[i].class_name;
		uint64_t got = 0, want = s->n[i];

		if (!strcmp(class, "FromDevice"))
			want = sent[g->elems[i].name[0] == 'b'];
		else if (strcmp(class, "Print"))
			continue;
		if (lv->ops->packets(lv, i, &got) || got != want) {
			fprintf(stderr, "%s: %llu packets, but %llu were seen\n", g->elems[i].name,
				(unsigned long long)got, (unsigned long long)want);
			bad = 1;
		}
	}
	return bad;
}

static int send_all(struct sl_replay *r, const struct sl_compiled *c, struct draw *draw,
		    int packets)
{
	struct sl_replay_out out[SL_REPLAY_MAX_OUT];
	struct seen seen = {0};
	uint64_t sent[2] = {0};

	for (int i = 0; i < packets; i++) {
		uint8_t frame[LONGEST], dev = (uint8_t)pick(draw, 2);
		size_t len = make_packet(draw, frame);
		int n = sl_replay_packet(r, dev, frame, len, out);

		if (n < 0) {
			fprintf(stderr, "packet %d: %s\n", i, strerror(-n));
			return 1;
		}
		sent[dev]++;
		sl_replay_events(r, on_event, &seen);
	}
	return compare(r, c, &seen, sent);
}

/* Random cycles may copy on and on: such a graph is refused. */
static bool copies_too_much(const struct sl_diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->list[i].code, "too-many-copies"))
			return d->errors == 1;
	return false;
}

/* What is to be made of a graph that does not compile. */
static int not_compiled(struct sl_diags *d)
{
	if (!copies_too_much(d))
		return say(d, "the graph does not compile");
	sl_diags_free(d);
	return TOO_MANY;
}

/* In smaller segments where the stack is too small, as graphs are compiled to be loaded. */
static int compile(const struct sl_submission *sub, struct sl_compile_opts co, struct sl_diags *d,
		   struct sl_compiled **c)
{
	unsigned int first = co.max_weight;

	for (int cut = 0;; cut++) {
		int ret;

		co.max_weight = sl_recut_weight(first, cut);
		ret = sl_compile(sub, &co, d, c);
		if (ret != -E2BIG || cut == SL_RECUTS || co.max_weight <= 1)
			return ret;
		sl_diags_free(d);
	}
}

/* Shares as no traffic would have them, for every third graph: whatever is laid out as usual,
 * packets become the same. */
static int make_shares(struct sl_submission *sub, struct sl_compile_opts co, struct draw *draw)
{
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
	struct sl_diags d = {0};
	const struct sl_graph *g;

	if (pick(draw, 3))
		return 0;
	co.target = SL_TARGET_CHECK;
	if (compile(sub, co, &d, &c))
		return not_compiled(&d);
	sl_diags_free(&d);
	g = c->program->graph;
	sub->shares = calloc(g->n_elems + 1, sizeof(*sub->shares));
	for (size_t i = 0; i < g->n_elems; i++) {
		struct sl_share *s = &sub->shares[sub->n_shares++];

		s->element = strdup(g->elems[i].name);
		s->n_outs = g->elems[i].n_out;
		s->outs = calloc(s->n_outs + 1, sizeof(*s->outs));
		for (uint32_t o = 0; o < s->n_outs; o++)
			s->outs[o] = pick(draw, 2) ? pick(draw, 3000) : pick(draw, 1000000);
	}
	return 0;
}

static void free_shares(struct sl_submission *sub)
{
	for (size_t i = 0; i < sub->n_shares; i++) {
		free(sub->shares[i].element);
		free(sub->shares[i].outs);
	}
	free(sub->shares);
}

static int run_graph(const char *text, struct draw *draw, bool bpf)
{
	static const unsigned int weights[] = {0, 1, 100, 300, 800};
	struct sl_device devs[2] = {{.name = "eth0", .index = 0, .mac = {2, 0, 0, 0, 0, 1}},
				    {.name = "eth1",
				     .index = 1,
				     .mac = {2, 0, 0, 0, 0, 2},
				     .peer = {2, 0, 0, 0, 0, 3},
				     .ip_link = true}};
	struct sl_submission sub = {.graph = {.name = (char *)"random.click",
					      .text = (char *)text,
					      .len = strlen(text)}};
	struct sl_compile_opts co = {.target = bpf	   ? SL_TARGET_BPF
					       : SANITIZED ? SL_TARGET_NATIVE_SAN
							   : SL_TARGET_NATIVE,
				     .devices = {devs, 2, 32},
				     .max_weight = weights[pick(draw, 5)],
				     .bpf_dir = "bpf"};
	struct sl_replay_opts ro = {.native = !bpf,
				    .sanitize = SANITIZED,
				    .fixed_clock = true,
				    .now_ns = 1000000000000ull,
				    .rnd = 1};
	SL_CLEANUP(sl_compiled_freep) struct sl_compiled *c = NULL;
	struct sl_replay *r = NULL;
	struct sl_diags d = {0};
	int ret;

	ret = make_shares(&sub, co, draw);
	if (ret)
		return ret;
	ret = compile(&sub, co, &d, &c);
	free_shares(&sub);
	if (ret)
		return not_compiled(&d);
	ret = sl_replay_new(c, &ro, &d, &r);
	if (ret == -EPERM && bpf)
		return NO_BPF;
	if (ret)
		return say(&d, "the graph cannot be run");
	ret = send_all(r, c, draw, bpf ? PACKETS_BPF : PACKETS);
	sl_replay_free(r);
	sl_diags_free(&d);
	return ret;
}

/* In a process of its own, as a wrong fact ends it. 0 if all was right, NO_BPF, TOO_MANY, or
 * another. */
static int run_apart(uint32_t number, bool bpf, bool show)
{
	struct draw draw = {number};
	_free_ char *text = make_graph(&draw);
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		exit(run_graph(text, &draw, bpf));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFEXITED(status) && (WEXITSTATUS(status) == NO_BPF || WEXITSTATUS(status) == TOO_MANY))
		return WEXITSTATUS(status);
	if (status || show)
		fprintf(stderr, "graph %u: %s %d\n%s\n", number,
			WIFSIGNALED(status) ? "ended by signal" : "exit status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), text);
	return status;
}

static void facts_hold_in_random_graphs(void **state)
{
	int bad = 0, refused = 0;

	(void)state;
	for (uint32_t i = 1; i <= GRAPHS; i++) {
		int ret = run_apart(i, false, false);

		if (ret == TOO_MANY)
			refused++;
		else
			bad |= ret;
	}
	assert_int_equal(bad, 0);
	assert_true(refused < GRAPHS / 4);
}

static void the_kernel_takes_their_word(void **state)
{
	int bad = 0;

	(void)state;
	for (uint32_t i = 1; i <= GRAPHS_BPF; i++) {
		int ret = run_apart(i, true, false);

		if (ret == NO_BPF)
			skip();
		if (ret != TOO_MANY)
			bad |= ret;
	}
	assert_int_equal(bad, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_hold_in_random_graphs),
		cmocka_unit_test(the_kernel_takes_their_word),
	};

	if (argc > 1)
		return run_apart((uint32_t)strtoul(argv[1], NULL, 10), argc > 2, true) != 0;
	/* The kernel's programs are the same in either build of this test: once is enough. */
	return _cmocka_run_group_tests("facts", tests, SANITIZED ? 1 : 2, NULL, NULL);
}
