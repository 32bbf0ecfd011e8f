// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPAddrPairRewriter. */
#include "loader/config/rewrite.h"
#include "bpf/element/ip_addr_pair_rewriter.h"

static const struct sl_param params[] = {
	SL_RW_PARAM_SPECS,     SL_RW_PARAM_TIMEOUT("2h"), SL_RW_PARAM_GUARANTEE,
	SL_RW_PARAMS_CAPACITY, SL_RW_PARAM_REPLY,	  SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	return sl_rw_configure_plain(cf, REWRITE_PAIR);
}

const struct sl_class sl_class_ip_addr_pair_rewriter = {
	SL_RW_CLASS("IPAddrPairRewriter", "ip_addr_pair_rewriter"),
	.summary = "rewrites source and destination addresses",
	.help = "As IPAddrRewriter, but a flow is what one address sends to another, and a pattern "
		"`SADDR[-SADDR2] DADDR` may change both. The same new source address may so be "
		"used "
		"towards several destinations.",
	.handlers = sl_rw_handlers,
};
