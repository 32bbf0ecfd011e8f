// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ICMPPingRewriter. */
#include "loader/config/rewrite.h"
#include "bpf/element/icmp_ping_rewriter.h"

static const struct sl_param params[] = {
	SL_RW_PARAM_SPECS,
	SL_PARAM_X("TIMEOUT", NS, 0, "5m", "a flow ends so long after its last packet"),
	SL_PARAM_X("GUARANTEE", NS, 0, "5s",
		   "a flow stays at least so long after each packet, however full it is"),
	SL_RW_PARAMS_CAPACITY,
	SL_RW_PARAM_DST,
	SL_RW_PARAM_REPLY,
	SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	struct rewrite_conf *c = cf->inst->conf;

	c->mode = REWRITE_PING;
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

const struct sl_class sl_class_icmp_ping_rewriter = {
	.spec = {.name = "ICMPPingRewriter", .ports = "1-/1-", .processing = "h"},
	.base = "icmp_ping_rewriter",
	.summary = "rewrites addresses and identifiers of ICMP echo",
	.help = "Requests that go out get addresses and an identifier by a pattern `SADDR DADDR "
		"IDENT` "
		"(IDENT like SPORT of IPRewriter), replies to them are rewritten back. A flow has "
		"one pair of addresses and one identifier. Replies that nobody asked for, other "
		"ICMP, other protocols and later fragments are dropped unless the input is `pass`. "
		"In Click an identifier may be given to two flows at once when their own "
		"identifiers differ; here never. Everything else is as with IPRewriter.",
	.flags = SL_C_PORT | SL_C_STILL | SL_C_REWRITE | SL_C_SELDOM,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct icmp_ping_rewriter_conf),
	.conf = sl_rw_conf,
	.state_size = sizeof(struct icmp_ping_rewriter_state),
	.state = sl_rw_state,
	.rw_size = sizeof(struct icmp_ping_rewriter_rw),
	.rw = sl_rw_rw,
	.tables = sl_rw_tables,
	.configure = configure,
	.emit = sl_rw_emit,
	.release = sl_rw_release,
	.weight = 1200,
};
