// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of IPAddrRewriter. */
#include "loader/config/rewrite.h"
#include "bpf/element/ip_addr_rewriter.h"

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

	c->mode = REWRITE_ADDR;
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

const struct sl_class sl_class_ip_addr_rewriter = {
	.spec = {.name = "IPAddrRewriter", .ports = "1-/1-", .processing = "h"},
	.base = "ip_addr_rewriter",
	.summary = "rewrites source addresses (Basic NAT)",
	.help = "Gives each source address an address of its own. Packets from it get the new "
		"source "
		"address, packets to the new one get the old as destination; a packet is looked up "
		"by its source first. The pattern is `SADDR[-SADDR2] -`, also with a prefix "
		"ADDR/LEN (without its first and last address); addresses of a range are taken at "
		"random, with `#` in sequence. Any protocol and all fragments are rewritten, with "
		"the checksums of TCP and UDP. The destination annotation follows the destination. "
		"Times, capacity and input specifications are as with IPRewriter; a flow here is "
		"all that one address sends.",
	.flags = SL_C_PORT | SL_C_STILL | SL_C_REWRITE | SL_C_SELDOM,
	.params = params,
	.handlers = handlers,
	.conf_size = sizeof(struct ip_addr_rewriter_conf),
	.conf = sl_rw_conf,
	.state_size = sizeof(struct ip_addr_rewriter_state),
	.state = sl_rw_state,
	.rw_size = sizeof(struct ip_addr_rewriter_rw),
	.rw = sl_rw_rw,
	.tables = sl_rw_tables,
	.configure = configure,
	.emit = sl_rw_emit,
	.release = sl_rw_release,
	.weight = 1200,
};
