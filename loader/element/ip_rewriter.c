// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPRewriter. */
#include "loader/config/rewrite.h"
#include "bpf/element/ip_rewriter.h"

static const struct sl_param params[] = {
	SL_RW_PARAM_SPECS,
	SL_RW_PARAMS_TCP,
	SL_PARAM_X("UDP_TIMEOUT", NS, 0, "5m", "a UDP flow ends so long after its last packet"),
	SL_PARAM_X("UDP_STREAMING_TIMEOUT", NS, 0, NULL,
		   "one of three packets or more, with an answer (default: UDP_TIMEOUT)"),
	SL_PARAM_X("UDP_GUARANTEE", NS, 0, "5s",
		   "a UDP flow stays at least so long after each packet, however full it is"),
	SL_RW_PARAMS_CAPACITY,
	SL_RW_PARAM_DST,
	SL_RW_PARAM_REPLY,
	SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	struct rewrite_conf *c = cf->inst->conf;

	c->mode = REWRITE_PORTS;
	c->protos = REWRITE_TCP | REWRITE_UDP;
	c->by_proto = 1;
	sl_rw_times_tcp(cf);
	c->plain[REWRITE_T_OTHER] = sl_rw_time(cf, (const char *const[]){"UDP_TIMEOUT", NULL});
	c->full[REWRITE_T_OTHER] =
		sl_rw_time(cf, (const char *const[]){"UDP_STREAMING_TIMEOUT", "UDP_TIMEOUT", NULL});
	c->guarantee[REWRITE_T_OTHER] =
		sl_rw_time(cf, (const char *const[]){"UDP_GUARANTEE", NULL});
	return sl_rw_configure(cf);
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_RW_TABLE("tcp_table", SL_IPPROTO_TCP, "mappings of TCP, two a flow"),
	SL_HANDLER_RW_TABLE("udp_table", SL_IPPROTO_UDP, "mappings of UDP, two a flow"),
	SL_HANDLER_RW_LOOKUP("tcp_lookup", SL_IPPROTO_TCP),
	SL_HANDLERS_RW,
	SL_HANDLERS_END,
};

const struct sl_class sl_class_ip_rewriter = {
	SL_RW_CLASS("IPRewriter", "ip_rewriter"),
	.summary = "rewrites addresses and ports of TCP and UDP (NAPT)",
	.help = "A packet of a flow that has a mapping is rewritten and leaves by the mapping's "
		"output, "
		"whatever input it came in by; answers are rewritten back. Packets of other flows "
		"are treated as the input's specification says: `drop`; `pass OUTPUT`, unchanged; "
		"`keep FOUTPUT ROUTPUT`, with a mapping that changes nothing; `pattern SADDR SPORT "
		"DADDR DPORT FOUTPUT ROUTPUT`, where `-` leaves a field as it is; `pattern NAME "
		"FOUTPUT ROUTPUT` with a name from IPRewriterPatterns; or the name of a mapper. "
		"The "
		"flow's packets leave by FOUTPUT, answers by ROUTPUT. SPORT may be a range L-H: "
		"the "
		"packet's own port is taken if it is in the range and free, otherwise a random "
		"one; "
		"`L-H#` takes them in sequence, `L-H?` at random. 16 candidates are tried for a "
		"packet; if none is free it is dropped (mapping_failures). With a single port, a "
		"new flow takes the place of an older one whose answers would look the same.\n\n"
		"Protocols other than TCP and UDP, later fragments, and packets without room for "
		"ports are dropped unless the input is `pass`. Of a TCP packet that ends in front "
		"of its checksum the ports are rewritten all the same. Checksums are updated "
		"(RFC 1624), of UDP only if there is one.\n\n"
		"Flows end at the first multiple of REAP_INTERVAL, on the system's clock, behind "
		"their timeout. When all places are taken, the flow that would time out first "
		"among "
		"32 makes room for a new one; Click looks at all. Above 90 percent of the "
		"capacity, "
		"that may happen while there are free places elsewhere. None is taken that had a "
		"packet within the last GUARANTEE: then the new flow is refused. Times are noted "
		"every four ticks of the kernel's clock (4 to 40 ms); a guarantee is 40 ms "
		"longer.\n\n"
		"Click has no limit where MAPPING_CAPACITY is not given; here it is 16384. Flows "
		"are "
		"kept when a graph follows another, as long as their input's specification is the "
		"same. After a change of the capacity those whose place is gone are lost, "
		"whichever "
		"they are. A shared capacity is written at the rewriter it "
		"belongs to. Sequence numbers are never changed: only FTPPortMapper, which is not "
		"there at level xdp, would ask for that.",
	.handlers = handlers,
};
