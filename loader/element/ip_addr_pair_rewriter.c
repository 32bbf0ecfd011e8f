// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPAddrPairRewriter. */
#include "loader/config/rewrite.h"
#include "bpf/element/ip_addr_pair_rewriter.h"

static const struct sl_param params[] = {
	SL_RW_PARAM_SPECS,
	SL_PARAM_X("TIMEOUT", NS, 0, "2h", "a flow ends so long after its last packet"),
	SL_PARAM_X("GUARANTEE", NS, 0, "5s",
		   "a flow stays at least so long after each packet, however full it is"),
	SL_RW_PARAMS_CAPACITY,
	SL_RW_PARAM_REPLY,
	SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	struct rewrite_conf *c = cf->inst->conf;

	c->mode = REWRITE_PAIR;
	c->plain[REWRITE_T_OTHER] = c->full[REWRITE_T_OTHER] =
		sl_rw_time(cf, (const char *const[]){"TIMEOUT", NULL});
	c->guarantee[REWRITE_T_OTHER] = sl_rw_time(cf, (const char *const[]){"GUARANTEE", NULL});
	return sl_rw_configure(cf);
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_RW_TABLE("table", 0, "mappings, two a flow"),
	SL_HANDLERS_RW,
	SL_HANDLERS_END,
};

const struct sl_class sl_class_ip_addr_pair_rewriter = {
	.spec = {.name = "IPAddrPairRewriter", .ports = "1-/1-", .processing = "h"},
	.base = "ip_addr_pair_rewriter",
	.summary = "rewrites source and destination addresses",
	.help = "As IPAddrRewriter, but a flow is what one address sends to another, and a pattern "
		"`SADDR[-SADDR2] DADDR` may change both. The same new source address may so be "
		"used "
		"towards several destinations.",
	.flags = SL_C_PORT | SL_C_STILL | SL_C_REWRITE | SL_C_SELDOM,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ip_addr_pair_rewriter_conf),
	.conf = sl_rw_conf,
	.state_size = sizeof(struct ip_addr_pair_rewriter_state),
	.state = sl_rw_state,
	.rw_size = sizeof(struct ip_addr_pair_rewriter_rw),
	.rw = sl_rw_rw,
	.tables = sl_rw_tables,
	.configure = configure,
	.emit = sl_rw_emit,
	.release = sl_rw_release,
	.weight = 1200,
};
