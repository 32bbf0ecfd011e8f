// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPAddrRewriter. */
#include "loader/config/rewrite.h"
#include "bpf/element/ip_addr_rewriter.h"

static const struct sl_param params[] = {
	SL_RW_PARAM_SPECS,     SL_RW_PARAM_TIMEOUT("2h"), SL_RW_PARAM_GUARANTEE,
	SL_RW_PARAMS_CAPACITY, SL_RW_PARAM_REPLY,	  SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	return sl_rw_configure_plain(cf, REWRITE_ADDR);
}

const struct sl_class sl_class_ip_addr_rewriter = {
	SL_RW_CLASS("IPAddrRewriter", "ip_addr_rewriter"),
	.summary = "rewrites source addresses (Basic NAT)",
	.help = "Gives each source address an address of its own. Packets from it get the new "
		"source "
		"address, packets to the new one get the old as destination; a packet is looked up "
		"by its source first. The pattern is `SADDR[-SADDR2] -`, also with a prefix "
		"ADDR/LEN (without its first and last address); addresses of a range are taken at "
		"random, with `#` in sequence. Any protocol and all fragments are rewritten, with "
		"the checksums of TCP, UDP and DCCP (which Click leaves as it was). The "
		"destination annotation follows the destination. "
		"Times, capacity and input specifications are as with IPRewriter; a flow here is "
		"all that one address sends. In Click, REPLY_ANNO has no effect, and 0.0.0.0 as a "
		"destination is taken for 0.0.0.0 as a source.",
	.handlers = sl_rw_handlers,
};
