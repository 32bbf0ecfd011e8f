// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of TCPRewriter. */
#include "loader/config/rewrite.h"
#include "bpf/element/tcp_rewriter.h"

static const struct sl_param params[] = {
	SL_RW_PARAM_SPECS,
	SL_PARAM_X(
		"TCP_TIMEOUT", NS, 0, "24h",
		"a TCP connection with data in both directions ends so long after its last packet"),
	SL_PARAM_X("TIMEOUT", NS, 0, NULL, "the same"),
	SL_PARAM_X("TCP_DONE_TIMEOUT", NS, 0, "4m", "one with FIN in both directions, or RST"),
	SL_PARAM_X("TCP_NODATA_TIMEOUT", NS, 0, "5m", "one without data in one direction"),
	SL_PARAM_X("TCP_GUARANTEE", NS, 0, "5s",
		   "a TCP connection stays at least so long after each packet, however full it is"),
	SL_PARAM_X("GUARANTEE", NS, 0, NULL, "the same"),
	SL_RW_PARAMS_CAPACITY,
	SL_RW_PARAM_DST,
	SL_RW_PARAM_REPLY,
	SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	struct rewrite_conf *c = cf->inst->conf;

	c->mode = REWRITE_PORTS;
	c->protos = REWRITE_TCP;
	c->plain[REWRITE_T_TCP] = sl_rw_time(cf, (const char *const[]){"TCP_NODATA_TIMEOUT", NULL});
	c->full[REWRITE_T_TCP] = sl_rw_time(
		cf, (const char *const[]){"TCP_TIMEOUT", "TIMEOUT", "TCP_TIMEOUT", NULL});
	c->done = sl_rw_time(cf, (const char *const[]){"TCP_DONE_TIMEOUT", NULL});
	c->guarantee[REWRITE_T_TCP] =
		sl_rw_time(cf, (const char *const[]){"GUARANTEE", "TCP_GUARANTEE", NULL});
	return sl_rw_configure(cf);
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_RW_TABLE("table", 0, "mappings, two a flow"),
	SL_HANDLER_RW_LOOKUP("lookup", 0),
	SL_HANDLERS_RW,
	SL_HANDLERS_END,
};

const struct sl_class sl_class_tcp_rewriter = {
	.spec = {.name = "TCPRewriter", .ports = "1-/1-", .processing = "h"},
	.base = "tcp_rewriter",
	.summary = "rewrites addresses and ports of TCP",
	.help = "As IPRewriter, for TCP alone: everything said there holds here. In Click it can "
		"change "
		"sequence numbers, too, when another element asks for that; the only one that does "
		"is FTPPortMapper, which changes the length of packets and is not there at level "
		"xdp. So sequence numbers, acknowledgements and SACK blocks stay as they are.",
	.flags = SL_C_PORT | SL_C_STILL | SL_C_REWRITE | SL_C_SELDOM,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct tcp_rewriter_conf),
	.conf = sl_rw_conf,
	.state_size = sizeof(struct tcp_rewriter_state),
	.state = sl_rw_state,
	.rw_size = sizeof(struct tcp_rewriter_rw),
	.rw = sl_rw_rw,
	.tables = sl_rw_tables,
	.configure = configure,
	.emit = sl_rw_emit,
	.release = sl_rw_release,
	.weight = 1200,
};
