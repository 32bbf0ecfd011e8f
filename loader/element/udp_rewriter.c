// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of UDPRewriter. */
#include "loader/config/rewrite.h"
#include "bpf/element/udp_rewriter.h"

static const struct sl_param params[] = {
	SL_RW_PARAM_SPECS,
	SL_RW_PARAM_TIMEOUT("5m"),
	SL_PARAM_X("UDP_TIMEOUT", NS, 0, NULL, "the same"),
	SL_PARAM_X("STREAMING_TIMEOUT", NS, 0, NULL,
		   "one of three packets or more, with an answer (default: TIMEOUT)"),
	SL_PARAM_X("UDP_STREAMING_TIMEOUT", NS, 0, NULL, "the same"),
	SL_RW_PARAM_GUARANTEE,
	SL_PARAM_X("UDP_GUARANTEE", NS, 0, NULL, "the same"),
	SL_RW_PARAMS_CAPACITY,
	SL_RW_PARAM_DST,
	SL_RW_PARAM_REPLY,
	SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	struct rewrite_conf *c = cf->inst->conf;

	c->mode = REWRITE_PORTS;
	c->protos = REWRITE_TCP | REWRITE_UDP | REWRITE_DCCP;
	c->plain[REWRITE_T_OTHER] =
		sl_rw_time(cf, (const char *const[]){"TIMEOUT", "UDP_TIMEOUT", "TIMEOUT", NULL});
	c->full[REWRITE_T_OTHER] =
		sl_rw_time(cf, (const char *const[]){"STREAMING_TIMEOUT", "UDP_STREAMING_TIMEOUT",
						     "TIMEOUT", "UDP_TIMEOUT", "TIMEOUT", NULL});
	c->guarantee[REWRITE_T_OTHER] = sl_rw_time(
		cf, (const char *const[]){"GUARANTEE", "UDP_GUARANTEE", "GUARANTEE", NULL});
	return sl_rw_configure(cf);
}

const struct sl_class sl_class_udp_rewriter = {
	SL_RW_CLASS("UDPRewriter", "udp_rewriter"),
	.summary = "rewrites addresses and ports, without regard to the protocol",
	.help = "As IPRewriter, but flows are told apart by addresses and ports alone: TCP, UDP "
		"and DCCP "
		"with the same ones are one flow, and TCP's flags do not matter. DCCP's checksum "
		"is updated, too, which Click leaves as it was. Everything else said there holds "
		"here.",
	.handlers = sl_rw_handlers,
};
