// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of AggregateIPFlows. */
#include <errno.h>

#include "loader/config/capacity.h"
#include "loader/config/flow_number.h"
#include "bpf/element/aggregate_ip_flows.h"

static const struct sl_param params[] = {
	SL_PARAM("TCP_TIMEOUT", NS, 0, "24h", struct aggregate_ip_flows_conf, tcp_ns,
		 "a TCP flow ends when nothing came for so long"),
	SL_PARAM("TCP_DONE_TIMEOUT", NS, 0, "30s", struct aggregate_ip_flows_conf, done_ns,
		 "the same behind both FINs or an RST"),
	SL_PARAM("UDP_TIMEOUT", NS, 0, "1m", struct aggregate_ip_flows_conf, udp_ns,
		 "the same for UDP"),
	SL_PARAM("ICMP", BOOL, 0, "false", struct aggregate_ip_flows_conf, icmp,
		 "ICMP errors belong to the flow of the packet they are about"),
	SL_PARAM_X("FRAGMENTS", BOOL, 0, "false",
		   "refused when true: later fragments cannot wait for the first"),
	SL_PARAM_X("FRAGMENT_TIMEOUT", NS, SL_P_IGNORED, "30s", "fragments do not wait"),
	SL_PARAM_X("REAP", NS, SL_P_IGNORED, "20m", "there is nothing to clear away"),
	SL_PARAM_X("TRACEINFO", ARG, 0, NULL, "refused: no files are written for a graph"),
	SL_PARAM_X("SOURCE", ARG, 0, NULL, "refused: goes with TRACEINFO"),
	SL_PARAM_CAPACITY(struct aggregate_ip_flows_conf, "flows remembered, 1024 to 65536"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct aggregate_ip_flows_conf, tcp_ns, U64),
	SL_FIELD(struct aggregate_ip_flows_conf, done_ns, U64),
	SL_FIELD(struct aggregate_ip_flows_conf, udp_ns, U64),
	SL_FIELD(struct aggregate_ip_flows_conf, icmp, BOOL),
	SL_FIELD(struct aggregate_ip_flows_conf, capacity, U32),
	SL_FIELDS_END,
};

static const struct sl_field key[] = {
	SL_FIELD(struct aggregate_ip_flows_key, a, IP4),
	SL_FIELD(struct aggregate_ip_flows_key, b, IP4),
	SL_FIELD(struct aggregate_ip_flows_key, pa, BE16),
	SL_FIELD(struct aggregate_ip_flows_key, pb, BE16),
	SL_FIELD(struct aggregate_ip_flows_key, proto, U32),
	SL_FIELDS_END,
};

static const struct sl_table tables[] = {
	{.name = "flows",
	 .type = SL_TABLE_LRU,
	 .key_size = sizeof(struct aggregate_ip_flows_key),
	 .value_size = sizeof(struct sl_flow),
	 .entries_offset = offsetof(struct aggregate_ip_flows_conf, capacity),
	 .key = key,
	 .value = sl_flow_fields},
	SL_FLOW_WORDS_TABLE,
	{.name = NULL},
};

static int refuse(struct sl_conf *cf, const char *param, const char *what, const char *hint)
{
	sl_diag_hint(sl_conf_error(cf, sl_conf_arg(cf, param), "unsupported-argument", "%s: %s",
				   param, what),
		     "%s", hint);
	return -EINVAL;
}

/* Ages are compared as signed numbers. */
static uint64_t at_most(uint64_t ns)
{
	return ns > INT64_MAX ? INT64_MAX : ns;
}

static int configure(struct sl_conf *cf)
{
	struct aggregate_ip_flows_conf *c = cf->inst->conf;
	uint8_t fragments = 0;
	int ret = sl_capacity_check(cf, c->capacity);

	c->tcp_ns = at_most(c->tcp_ns);
	c->done_ns = at_most(c->done_ns);
	c->udp_ns = at_most(c->udp_ns);
	sl_inst_param(cf->inst, "FRAGMENTS", &fragments);
	if (fragments)
		ret = refuse(cf, "FRAGMENTS", "no packet can wait for another at level xdp",
			     "leave it out; later fragments leave by output 1");
	if (sl_conf_arg(cf, "TRACEINFO"))
		ret = refuse(cf, "TRACEINFO", "no files are written for a graph",
			     "count with AggregateCounter behind it");
	if (sl_conf_arg(cf, "SOURCE"))
		ret = refuse(cf, "SOURCE", "goes with TRACEINFO, which is not there",
			     "leave it out");
	if (!ret && !sl_conf_arg(cf, "FRAGMENTS"))
		sl_diag_hint(sl_conf_note(cf, NULL, "fragments",
					  "later fragments leave by output 1, or are dropped"),
			     "Click's default is to keep them until the first has come; say "
			     "FRAGMENTS false if this is what you want");
	return ret;
}

const struct sl_class sl_class_aggregate_ip_flows = {
	.spec = {.name = "AggregateIPFlows", .ports = "1/1-2", .processing = "a/ah"},
	.base = "aggregate_ip_flows",
	.summary = "the aggregate annotation becomes a number of the TCP or UDP flow",
	.help = "Packets of a flow (protocol, addresses, ports) get one number in both directions; "
		"the paint is 0 in that of the flow's first packet, 1 in the other. A flow ends, "
		"and its next packet begins another, after its timeout; a TCP flow that saw FINs "
		"in "
		"both directions or an RST also with the next SYN. With ICMP, ICMP errors get "
		"the number of the packet they quote, and its paint plus 2. Numbers are given "
		"from 1 on; when several CPUs see the first packets of a flow at once, some may "
		"be left out.\n\n"
		"What is no TCP or UDP, too short for ports, or without an IP header leaves by "
		"output 1, or is dropped (no-match, short). So do later fragments, with aggregate "
		"0 (fragment): Click keeps them until the first has come, which needs a "
		"container.\n\n"
		"Flows are in a table of CAPACITY; when it is full, one that was not seen for long "
		"is forgotten, and gets a new number if it goes on. Timeouts are held against the "
		"kernel's ticks, 1 to 10 ms apart, and not rounded to seconds.",
	.flags = SL_C_STILL | SL_C_READS,
	.params = params,
	.handlers = sl_flow_handlers,
	.conf_size = sizeof(struct aggregate_ip_flows_conf),
	.conf = conf,
	.tables = tables,
	.configure = configure,
	.weight = 220,
};
