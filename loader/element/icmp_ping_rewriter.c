// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ICMPPingRewriter. */
#include "loader/config/rewrite.h"
#include "bpf/element/icmp_ping_rewriter.h"

static const struct sl_param params[] = {
	SL_RW_PARAM_SPECS, SL_RW_PARAM_TIMEOUT("5m"), SL_RW_PARAM_GUARANTEE, SL_RW_PARAMS_CAPACITY,
	SL_RW_PARAM_DST,   SL_RW_PARAM_REPLY,	      SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	return sl_rw_configure_plain(cf, REWRITE_PING);
}

const struct sl_class sl_class_icmp_ping_rewriter = {
	SL_RW_CLASS("ICMPPingRewriter", "icmp_ping_rewriter"),
	.summary = "rewrites addresses and identifiers of ICMP echo",
	.help = "Requests that go out get addresses and an identifier by a pattern `SADDR DADDR "
		"IDENT` "
		"(IDENT like SPORT of IPRewriter), replies to them are rewritten back. A flow has "
		"one pair of addresses and one identifier. Replies that nobody asked for, other "
		"ICMP, other protocols and later fragments are dropped unless the input is `pass`. "
		"In Click an identifier may be given to two flows at once when their own "
		"identifiers differ; here never. Everything else is as with IPRewriter.",
	.handlers = sl_rw_handlers,
};
