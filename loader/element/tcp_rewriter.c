// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of TCPRewriter. */
#include "loader/config/rewrite.h"
#include "bpf/element/tcp_rewriter.h"

static const struct sl_param params[] = {
	SL_RW_PARAM_SPECS, SL_RW_PARAMS_TCP,  SL_RW_PARAMS_CAPACITY,
	SL_RW_PARAM_DST,   SL_RW_PARAM_REPLY, SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	struct rewrite_conf *c = cf->inst->conf;

	c->mode = REWRITE_PORTS;
	c->protos = REWRITE_TCP;
	sl_rw_times_tcp(cf);
	return sl_rw_configure(cf);
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_RW_TABLE("table", 0, "mappings, two a flow"),
	SL_HANDLER_RW_LOOKUP("lookup", 0),
	SL_HANDLERS_RW,
	SL_HANDLERS_END,
};

const struct sl_class sl_class_tcp_rewriter = {
	SL_RW_CLASS("TCPRewriter", "tcp_rewriter"),
	.summary = "rewrites addresses and ports of TCP",
	.help = "As IPRewriter, for TCP alone: everything said there holds here. In Click it can "
		"change "
		"sequence numbers, too, when another element asks for that; the only one that does "
		"is FTPPortMapper, which changes the length of packets and is not there at level "
		"xdp. So sequence numbers, acknowledgements and SACK blocks stay as they are.",
	.handlers = handlers,
};
